"""The words that stand where something is cut, or drawn as plain text."""

from __future__ import annotations

UNDRAWN = "This part could not be drawn: here it is as it came"
SHORTENED = "\n… {:,} characters more are in the event log."
LONG_BLOCK = "This is the beginning of a long block. All of it is in the event log."
LONG_TEXT = "Here ends what is drawn of a long text. All of it is in the event log."
NESTED = "This is the plain text: as Markdown it is nested too deeply to be drawn."
WIDE = "This is the plain text: its tables have too many cells to be drawn."
TOO_DEEP = "Nested too deeply to be shown; open the raw bytes."
NOTHING = '<p class="dim">This part could not be drawn. All that came is in the event log.</p>'
