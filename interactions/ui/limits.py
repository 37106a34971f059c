"""How much of one text is drawn, and how deeply it may be nested.

Measured in Chromium, on two cores, with Streamlit 1.67: lists in lists take 3 s at 3,000 levels and 32 s at
10,000, emphasis in emphasis 13 s at 6,000 and more than 45 s at 20,000, brackets in brackets 3 s at 10,000
and 12 s at 25,000: the square, and worse. At a hundred levels none of them can be felt. A line that is a
heading or a row of a table takes 1 ms. Code takes 3 s for half a megabyte of JSON, and plain text less.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from interactions.ui.markdown import lines
from interactions.ui.words.limits import SHORTENED

LONGEST = 50_000  # characters of one element
HIGHLIGHTED = 20_000  # characters of code in colours: each bracket is two elements of the page
BLOCK = (LONGEST, 2_000)  # characters and lines of a block of Markdown
TEXT = (400_000, 10_000)  # of all blocks of a text; the longest answers of today's models have 260,000

# What may be open at once in one paragraph, and stand in front of a line: a list in a list takes two columns.
_BRACKETS, _MARKS, _COLUMNS = 100, 100, 100

_BEFORE = re.compile(r"(?:[ \t>]|([-*+]|\d{1,9}[.)])(?=[ \t])|(\|))*")
_MARK = re.compile(r"\\.|([\[\]])|(?<=[^\W_])_+(?=[^\W_])|([*_~]+)", re.DOTALL)


def shortened(text: str) -> str:
    """The beginning of a text that is too long to be drawn, and how much more there is."""
    return text if len(text) <= LONGEST else text[:LONGEST] + SHORTENED.format(len(text) - LONGEST)


def beginning(text: str, characters: int, lines: int) -> str:
    """As much of a text as there may be of it, at most so many lines."""
    head = text[:characters]
    return head if head.count("\n") < lines else "\n".join(head.split("\n", lines)[:lines])


def brief(text: str, most: int = 300) -> str:
    """The beginning of a text that should be a line."""
    return text if len(text) <= most else text[: most - 1] + "…"


def nested(text: str) -> bool:
    """Whether a block of Markdown is nested more deeply than it is drawn. It stays so while it grows."""
    marks = sum(map(text.count, "*_~"))
    if text.count("[") <= _BRACKETS and marks <= _MARKS and _widest(text.splitlines()) <= _COLUMNS:
        return False
    return any(
        _widest(paragraph) > _COLUMNS or _crowded("".join(paragraph)) for paragraph in _paragraphs(text)
    )


def _widest(paragraph: Iterable[str]) -> int:
    """The most that stands in front of the text of a line, in characters."""
    return max((len(found[0]) for line in paragraph if (found := _BEFORE.match(line))), default=0)


def _paragraphs(text: str) -> Iterator[list[str]]:
    """The lines that marks can reach over: to a blank line, code, the next item or row of a table."""
    found: list[str] = []
    for line, verbatim in lines(text):
        begins = _BEFORE.match(line)
        if verbatim or (begins and any(begins.groups())):
            yield found
            found = []
        if not verbatim:
            found.append(line)
    yield found


def _crowded(text: str) -> bool:
    brackets = marks = 0
    for found in _MARK.finditer(text):
        if bracket := found[1]:
            brackets = max(0, brackets + (1 if bracket == "[" else -1))
        elif run := found[2]:
            marks = max(0, marks + _opened(text, found.start(), found.end()) * len(run))
        if brackets > _BRACKETS or marks > _MARKS:
            return True
    return False


def _opened(text: str, start: int, end: int) -> int:
    """1 for a mark that may begin something, -1 for one that can only end it (CommonMark 0.31, 6.2)."""
    before, behind = text[max(0, start - 1) : start].strip(), text[end : end + 1].strip()
    begins = bool(behind) and (behind.isalnum() or not before.isalnum())
    ends = bool(before) and (before.isalnum() or not behind.isalnum())
    return 1 if begins else -1 if ends else 0
