"""What the rows of the event log say of their frames."""

from __future__ import annotations

# What a note of ours says, by its kind.
REQUEST = "{} {}"
REQUEST_AGAIN = " (attempt {})"
REQUEST_HISTORY = ", after {} earlier steps"
RESPONSE = "{} {} {}"
RETRY = "asking again in {:g} s, attempt {} of {}"
REFUSED = "HTTP {}"
WAIT = "{}; asking again in {:g} s"
STOP = "stopped by {}; the connection is closed"
YOU = "you"  # who has stopped a turn, unless the note names somebody
LEFT_OUT = "left out of the history: {}"
END = "the server closed the stream"

RAW = "{:,} raw bytes"
LONG_ROW = "\n… {:,} characters more are in the raw bytes."
LONG_BASE64 = "{}… {:,} characters more are in the raw bytes"

MASKED = "key masked"
MASKED_OFTEN = "key masked in {:,} places"
MASKED_HINT = "A known key stood here. Each asterisk (or 9, in a key of digits) is a byte of it."
