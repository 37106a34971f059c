"""Foreign values as plain text, with a visible sign for each character that would not be seen."""

from __future__ import annotations

import json
import re

from interactions.ui.words.limits import TOO_DEEP

# What changes a line without being seen in it: controls, what turns the direction of text (UAX 9), marks
# without a width, letters of tags, and halves of a character. What joins letters and emoji is left alone.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def compact(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return TOO_DEEP


def visible(line: str) -> str:
    """The line with a sign for each character that would not be seen."""
    return _UNSEEN.sub(_sign, line)


def _sign(unseen: re.Match[str]) -> str:
    """Unicode has pictures of the ASCII controls; any other is told by its number."""
    number = ord(unseen[0])
    if unseen[0] == "\n":
        return "⏎"
    if number < 0x20:
        return chr(0x2400 + number)
    return "␡" if number == 0x7F else f"[U+{number:04X}]"
