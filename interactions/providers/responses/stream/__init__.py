"""The stream of a response: its events, and the items that come in pieces."""
