"""The words of an answer that is more than text: its cards, what it waits for, what a server does."""
