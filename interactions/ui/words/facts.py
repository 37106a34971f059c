"""What the figures of an answer and the files in it are called."""

from __future__ import annotations

INPUT = "{:,} in"
OUTPUT = "{:,} out"
THOUGHT = "{:,} thought"
CACHED = "{:,} cached"
TOOL_USE = "{:,} tool use"
FIRST = "first token {:,.0f} ms"
SPEED = "{:,.0f} tokens/s"
DURATION = "{:,.2f} s"
SILENT = "{} · no data for {} s"

NOT_LOADED = "{}, not loaded"
PIECES = "{:,} pieces so far"
