"""Which lines of Markdown are code (CommonMark 0.31, 4.4 and 4.5, in list items too).

A line counts as code only if every reader of Markdown agrees. From the first place where they may differ
(HTML, footnotes, directives) no line counts as code, so that all of them are protected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from os.path import commonprefix

SPACE = " \t\r\n"  # all that a blank line has
# What may be the delimiter row below a table's header, in lists and quotes too.
DELIMITER = re.compile(r"(?=[^-]*-)[\s>|:*+\d.)-]*")
_DEEPEST = 50  # items in items; reading on would take the square of them

_LINE = re.compile(r"[^\n\r]*(?:\r\n|\n|\r)|[^\n\r]+")
_OPENS = r"(`{3,}+(?!.*`)|~{3,})"  # a line of ```code``` opens nothing
_FENCE = re.compile(_OPENS)
# Also behind list markers, and as deep as nested lists put it.
_ANY_FENCE = re.compile(rf"\s*(?:(?:[-*+]|\d{{1,9}}[.)])[ \t]+)*{_OPENS}")
_MARKER = re.compile(r"([-*+]|\d{1,9}[.)])( +|$)")
_BREAK = re.compile(r"([-*_])(?: *\1){2,}$")
_HEADING = re.compile(r"#{1,6}(?: |$)")
_HTML = re.compile(r"<[A-Za-z/!?]")
_ENDLESS = re.compile(r"<(?:[!?]|(?:pre|script|style|textarea)\b)", re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*-->$")
_STRANGE = re.compile(r":::|\[\^")
_BEGINS = re.compile(r"`{3}|~{3}|[-*+>#|]|\d+[.)]")


@lru_cache(maxsize=32)  # a block is read by whoever measures it, cites in it and writes it out
def code_lines(text: str) -> tuple[tuple[str, bool], ...]:
    """Every line, and whether it surely is code when Streamlit draws the text, which takes away the margin
    that all lines have, and all space at the start."""
    return tuple(_code_lines(text))


def _code_lines(text: str) -> Iterator[tuple[str, bool]]:
    found = _LINE.findall(text)
    margin = _margin(text)
    reader = _Reader(doubtful=bool(margin) and "\r" in text)
    begun = False
    for line in found:
        seen = line.removeprefix(margin) if begun else line.lstrip()
        begun = begun or bool(seen)
        yield line, reader.code(seen) if begun else False


def fence_behind(fence: str, line: str) -> str:
    """What may be an open fence behind the line, with what stands before it, or "". Where `code_lines` names
    only what surely is code, this misses none."""
    if not fence:
        match = _ANY_FENCE.match(line)
        return match[0] if match else ""
    run, rest = fence.split()[-1], line.strip()
    deep = len(line) - len(line.lstrip()) > len(fence) - len(run) + 3
    return "" if _closes(run, rest) and not deep else fence


def _closes(run: str, rest: str) -> bool:
    """Whether a line that begins and ends without space is the end of a fence (CommonMark 0.31, 4.5)."""
    return rest.startswith(run) and not rest.strip(run[0])


def _margin(text: str) -> str:
    """What all lines that are not blank begin with (`textwrap.dedent`)."""
    indents = [line[: len(line) - len(line.lstrip(" \t"))] for line in text.split("\n") if line.strip(" \t")]
    return commonprefix(indents)  # noqa: RUF071 (characters are meant, not folders)


class _Reader:
    """What is open behind the lines so far: list items by the column where their content begins, a fence, a
    paragraph."""

    def __init__(self, doubtful: bool) -> None:
        self._doubtful = doubtful
        self._items: list[int] = []
        self._fence = ""
        self._paragraph = False
        self._quoted = False  # the paragraph may be in a quote
        self._odd = False  # the paragraph may be a table or a definition
        self._html = ""  # what ends HTML that may be open

    def code(self, line: str) -> bool:
        view = line.expandtabs(4).rstrip(" \n\r")
        rest = view.lstrip(" ")
        if not rest:
            self._paragraph = self._quoted = self._odd = False
            self._html = "" if self._html == "blank" else self._html
            return bool(self._fence) and not self._doubtful
        is_code = self._goes_on(view, rest) or self._begins(view, len(view) - len(rest))
        return is_code and not self._doubtful

    def _goes_on(self, view: str, rest: str) -> bool:
        """Whether the line belongs to the fence; one that is left of its item ends both."""
        if not self._fence:
            return False
        column = len(view) - len(rest) - (self._items[-1] if self._items else 0)
        if column < 0:
            self._fence = ""
            return False
        if column <= 3 and _closes(self._fence, rest):
            self._fence = ""
        return True

    def _begins(self, view: str, indent: int) -> bool:
        items = self._items
        inside = next((at for at, column in enumerate(items) if indent < column), len(items))
        direct = self._paragraph and inside == len(items)
        kept = items[:inside]
        while True:
            rest = view[indent:]
            if indent - (kept[-1] if kept else 0) >= 4:
                return self._indented(kept)
            marker = None if _BREAK.match(rest) else _MARKER.match(rest)
            if self._html or not marker:
                return self._leaf(kept, rest, direct)
            if self._is_text(marker, direct):
                return False
            spaces = len(marker[2])
            kept.append(indent + len(marker[1]) + (spaces if 0 < spaces < 5 else 1))
            self._end(kept)
            direct = False
            indent += marker.end()
            if spaces > 4:
                return True
            if len(view) == indent or len(kept) > _DEEPEST:
                self._doubtful = True
                return False

    def _indented(self, kept: list[int]) -> bool:
        if not self._paragraph and not self._html:
            self._end(kept)
            return True
        return False

    def _is_text(self, marker: re.Match[str], direct: bool) -> bool:
        """Whether a list cannot begin here, because a paragraph goes on (5.3)."""
        first = not marker[1][0].isdigit() or int(marker[1][:-1]) == 1
        if not self._paragraph or (first and marker[2]):
            return False
        self._doubtful |= self._odd or self._quoted
        return direct

    def _leaf(self, kept: list[int], rest: str, direct: bool) -> bool:
        if _STRANGE.match(rest) or (self._html and _BEGINS.match(rest)):
            self._doubtful = True
        elif fence := _FENCE.match(rest):
            self._end(kept)
            self._fence = fence[0]
            return True
        elif rest.startswith(">"):
            self._end(kept)
            self._paragraph = self._quoted = True
        elif _HEADING.match(rest) or _BREAK.match(rest):
            self._end(kept)
        elif direct and not rest.strip("=-"):
            self._doubtful |= self._odd
            self._paragraph = self._odd = self._quoted
        else:
            self._text(kept, rest)
        return False

    def _text(self, kept: list[int], rest: str) -> None:
        if _HTML.match(rest) and not _COMMENT.match(rest):
            self._doubtful |= self._paragraph and kept != self._items
            self._html = "ever" if _ENDLESS.match(rest) else self._html or "blank"
        if not self._paragraph:
            self._end(kept)
        self._paragraph = True
        self._odd = self._odd or "|" in rest or "]:" in rest

    def _end(self, kept: list[int]) -> None:
        self._items = kept
        self._paragraph = self._quoted = self._odd = False
