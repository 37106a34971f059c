"""The model's Markdown: cut into blocks that can be drawn once, and shown as it was written.

Both work line by line from the start, so what they say of a text stays true when the text grows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

ENOUGH = 2_000  # characters; a shorter block is not worth a border, and keeps lists and links whole

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_CONTINUES = re.compile(r"\s|[-*+>|]|\d+[.)]")
_JOINER = "\u2060"

# What Streamlit's Markdown replaces outside code (1.67; seen in its bundle): arrows and the like when nothing
# but space or markup is around them, `:name:` and `:name[`, and `$`.
_SYMBOL = re.compile(r"(?<![\w\-<>~=])(<->|->|<-|--|>=|<=|~=)(?![\w\-<>~=])")
_DIRECTIVE = re.compile(r":(?=[A-Za-z0-9_+\-/]+[:\[])")
_RULE = re.compile(r"[\s|:\-=]+")
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)


def blocks(text: str) -> list[str]:
    """The text, cut where Markdown lets it be cut; joined, the blocks are the text. Every block but the
    last is final."""
    borders = [0, *_borders(text), len(text)]
    return [text[start:end] for start, end in pairwise(borders)]


def _borders(text: str) -> Iterator[int]:
    begun, position, blank, fence = 0, 0, False, ""
    for line in text.splitlines(keepends=True):
        whole = line.endswith("\n")
        if not fence and blank and whole and position - begun >= ENOUGH and not _CONTINUES.match(line):
            yield position
            begun = position
        fence = _fence_after(fence, line)
        blank = not line.strip()
        position += len(line)


def _fence_after(fence: str, line: str) -> str:
    """The fence that is open behind the line, or the empty string (CommonMark 0.31, 4.5)."""
    match = _FENCE.match(line)
    if match is None:
        return fence
    if not fence:
        return match[1]
    closes = match[1].startswith(fence) and not line[match.end() :].strip()
    return "" if closes else fence


def as_written(text: str) -> str:
    """Markdown that Streamlit draws as the author wrote it: no symbol, colour, emoji or formula of its own.

    For drawing only. Code is left alone; it is not touched there either.
    """
    drawn: list[str] = []
    prose: list[str] = []
    fence = ""
    for line in text.splitlines(keepends=True):
        after = _fence_after(fence, line)
        if fence or after:
            drawn.append(_prose("".join(prose)))
            prose.clear()
            drawn.append(line)
        else:
            prose.append(line)
        fence = after
    drawn.append(_prose("".join(prose)))
    return "".join(drawn)


def _prose(text: str) -> str:
    """Text without fences: everything between its code spans is protected."""
    parts, position = [], 0
    for span in _CODE_SPAN.finditer(text):
        parts += [_protected(text[position : span.start()]), span[0]]
        position = span.end()
    return "".join([*parts, _protected(text[position:])])


def _protected(text: str) -> str:
    return "".join(
        line if _RULE.fullmatch(line) or line.startswith(("    ", "\t")) else _line(line)
        for line in text.splitlines(keepends=True)
    )


def _line(line: str) -> str:
    line = _SYMBOL.sub(lambda match: _JOINER.join(match[0]), line)
    return _DIRECTIVE.sub("&#58;", line).replace("$", r"\$")
