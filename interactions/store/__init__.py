"""What is kept: conversations, their turns, and what waits to be sent.

schema        the tables; migrations: how a database comes to have them
database      the engine, and where the two databases differ
words         text as it is searched
conversation  the values that the rest of the program sees
changes       what is written; library: what is read; both as functions of a connection
sending       prompts that wait and become turns; ground: what a turn builds on
rows          rows as what they stand for, or as what cannot be read
writer        the thread that writes; unsaved: what it has to
checkup       a look at the database, for whoever asks whether it works
desk          the conversations that are in memory
process       who holds a turn; recovery: turns whose process has died
past          journals of turns that are over
portable      conversations that leave as a cassette, or come from one
presets       settings under a name
sql           the store itself
"""
