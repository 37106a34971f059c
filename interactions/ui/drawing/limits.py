"""How much of one text is drawn, and how deeply it may be nested.

Measured in Chromium, on two cores, with Streamlit 1.67: lists in lists take 3 s at 3,000 levels and 32 s at
10,000, emphasis in emphasis 13 s at 6,000 and more than 45 s at 20,000, brackets in brackets 3 s at 10,000
and 12 s at 25,000: the square, and worse. At a hundred levels none of them can be felt. A line that is a
heading or a row of a table takes 1 ms, and 90,000 cells of a table 3 s. Code takes 3 s for half a megabyte of
JSON, and plain text less.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from interactions.ui.drawing.code_lines import DELIMITER, SPACE, code_lines
from interactions.ui.words.limits import SHORTENED

LONGEST = 50_000  # characters of one element
HIGHLIGHTED = 20_000  # characters of code in colours: each bracket is two elements of the page
BLOCK = (LONGEST, 2_000)  # characters and lines of a block of Markdown
CELLS = 20_000  # of all tables of a text; each row is as wide as the first
TEXT = (400_000, 10_000)  # of all blocks of a text; the longest answers of today's models have 260,000

# What may be open at once in one paragraph, and stand in front of a line: a list in a list takes two columns.
_BRACKETS, _MARKS, _COLUMNS = 100, 100, 100

_BEFORE = re.compile(r"(?:[ \t>]|(?:[-*+]|\d{1,9}[.)])(?=[ \t])|\|)*")
_BREAK = re.compile(r"[ \t]*-(?:[ \t]*-){2,}\s*")
_ITEM = re.compile(r"( *)([-*+]|\d{1,9}[.)]) {1,4}(?=\S)")
_ROW = re.compile(r" {0,3}\|")
_TABLE_RULE = re.compile(r" {0,3}\|?(?:[ \t]*:?-+:?[ \t]*\|)*(?:[ \t]*:?-+:?)?\s*")
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


def cells(text: str) -> int:
    """How many cells the tables of a block may have, whatever their rows are written like."""
    if "|" not in text:
        return 0  # as of most texts, which are looked at anew with each word that comes
    found, columns = 0, 0
    above = ""
    for line, code in code_lines(text):
        if code or not line.strip(SPACE):
            columns = 0
        elif "|" in line and DELIMITER.fullmatch(line):
            named = sum("-" in cell for cell in line.split("|"))
            columns = max(columns, min(named, above.count("|") + 1))
        found += columns
        above = line
    return found


def _widest(paragraph: Iterable[str]) -> int:
    """The most that stands in front of the text of a line, in characters. A line of dashes is a rule."""
    return max((len(found[0]) for line in paragraph if (found := _before(line))), default=0)


def _before(line: str) -> re.Match[str] | None:
    return None if _BREAK.fullmatch(line) else _BEFORE.match(line)


def _paragraphs(text: str) -> Iterator[list[str]]:
    """The lines that marks can reach over: to a blank line, code, or what surely is the next item or row."""
    found: list[str] = []
    levels: dict[int, int] = {}  # where the items of these lines begin, and where their content does
    rows = False
    for line, code in code_lines(text):
        apart = code or not line.strip(SPACE)
        rows = not apart and (_is_table(found, line) or (rows and bool(_ROW.match(line))))
        begins = apart or rows or _is_item(line, levels)
        if begins:
            yield found
            found = []
        if apart or (not begins and not line.lstrip(SPACE)[0].isalnum()):
            levels = {}
        if not apart:
            found.append(line)
    yield found


def _is_table(above: list[str], line: str) -> bool:
    """Whether the line is the rule below the header of a table, with nothing above that."""
    return len(above) == 1 and bool(_TABLE_RULE.fullmatch(line)) and _columns(above[0]) == _columns(line) > 1


def _columns(line: str) -> int:
    """How many cells; 0 if the line does not begin and end as people write rows."""
    row = line.strip()
    return row.count("|") - 1 if row.startswith("|") and row.endswith("|") and "\\" not in row else 0


def _is_item(line: str, levels: dict[int, int]) -> bool:
    """Whether a list item surely begins: not deep in a paragraph, nor there with another number than 1."""
    found = _ITEM.match(line)
    if not found:
        return False
    indent, first = len(found[1]), found[2] in {"-", "*", "+", "1.", "1)"}
    inside = any(content <= indent <= content + 3 for content in list(levels.values())[-1:])
    if indent not in levels and not (first and (inside or indent <= 3)):
        return False
    for deeper in [level for level in levels if level >= indent]:
        del levels[deeper]
    levels[indent] = found.end()
    return True


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
