"""How much of one text is drawn, and how deeply it may be nested: what the browser reads in good time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from interactions.ui.markdown import lines
from interactions.ui.words.limits import SHORTENED

LONGEST = 50_000  # characters of one element
_INDENTED = 200  # columns of markers and indentation in front of a line: 100 lists in lists
_BRACKETED = 500  # brackets that are open in one paragraph
_EMPHASIZED = 500  # marks of emphasis that are

_BEFORE = re.compile(r"(?:[ \t>]|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))*")
_MARKS = re.compile(r"\\.|([\[\]])|(?<=\w)_+(?=\w)|([*_~]+)", re.DOTALL)


def shortened(text: str) -> str:
    """The beginning of a text that is too long to be drawn, and how much more there is."""
    return text if len(text) <= LONGEST else text[:LONGEST] + SHORTENED.format(len(text) - LONGEST)


def brief(text: str, most: int = 300) -> str:
    """The beginning of a text that should be a line."""
    return text if len(text) <= most else text[: most - 1] + "…"


def nested(text: str) -> bool:
    """Whether a block of Markdown is nested more deeply than it is drawn. It stays so while it grows."""
    brackets, marks = text.count("["), sum(map(text.count, "*_~"))
    if brackets <= _BRACKETED and marks <= _EMPHASIZED and _widest(text.splitlines()) <= _INDENTED:
        return False
    return any(_deep(paragraph) for paragraph in _paragraphs(text))


def _widest(lines: Iterable[str]) -> int:
    """The most that stands in front of the text of a line, in characters."""
    return max((len(found[0]) for line in lines if (found := _BEFORE.match(line))), default=0)


def _paragraphs(text: str) -> Iterator[list[str]]:
    """The lines between those that are blank or code: marks do not reach beyond them."""
    found: list[str] = []
    for line, verbatim in lines(text):
        if verbatim:
            yield found
            found = []
        else:
            found.append(line)
    yield found


def _deep(paragraph: list[str]) -> bool:
    return _widest(paragraph) > _INDENTED or _crowded("".join(paragraph))


def _crowded(text: str) -> bool:
    brackets = marks = 0
    for found in _MARKS.finditer(text):
        if bracket := found[1]:
            brackets = max(0, brackets + (1 if bracket == "[" else -1))
        elif run := found[2]:
            marks = max(0, marks + _opened(text, found.start(), found.end()) * len(run))
        if brackets > _BRACKETED or marks > _EMPHASIZED:
            return True
    return False


def _opened(text: str, start: int, end: int) -> int:
    """1 for a mark that may begin something, -1 for one that can only end it (CommonMark 0.31, 6.2)."""
    before, behind = text[max(0, start - 1) : start].strip(), text[end : end + 1].strip()
    begins = bool(behind) and (behind.isalnum() or not before.isalnum())
    ends = bool(before) and (before.isalnum() or not behind.isalnum())
    return 1 if begins else -1 if ends else 0
