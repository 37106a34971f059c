"""What is stored: conversations, their turns, what waits to be sent, and presets.

store       Store: the parts put together, and what is done with a whole conversation

The parts, each of which can be made alone:
cache       the conversations that are in memory
lookup      finds a conversation in the cache or the database
journals    the journals of stored turns: loaded, followed, unloaded
live        the turns that this process streams
library     conversations listed and searched
presets     settings under a name
writer      the thread that writes; backlog: what it has to write
health      a look at whether the database works

Functions of a connection:
queries     what is read of a conversation; fingerprint: whether it is still what is in memory
changes     what is written; sending: the queue of prompts; leases: who streams a turn; copies: for a fork

The database:
schema      the tables; migrations: how a database comes to have them
database    the engine, and what its failures mean
rows        rows as values, or as what cannot be read

For those who use the store:
context     what a turn builds on
portable    conversations exported to a cassette, or imported from one
offline     what can be shown while the database cannot be read
"""
