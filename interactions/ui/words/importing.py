"""The words of the import of a conversation."""

IMPORT = "Import a conversation"
HINT = "A conversation or a turn that was exported as JSON. It becomes a new conversation."
COMING = "Importing, {:.0%}"
STOP = "Stop the import"
ARRIVED = "The file has become a conversation."
OPEN = "Open it"
CLOSE = "Close"
