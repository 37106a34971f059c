"""The model's Markdown: cut into blocks that can be drawn once, and shown as it was written.

Both work line by line from the start, so what they say of a text stays true when the text grows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from interactions.ui.drawing.code_lines import DELIMITER, SPACE, code_lines, fence_behind
from interactions.ui.drawing.plain import visible

ENOUGH = 1_000  # characters; a shorter block is not worth a border, and keeps lists and links whole

LABEL = 1_000  # characters that a label has at most

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_CONTINUES = re.compile(r"\s|[-*+>|]|\d+[.)]")
_JOINER = "\u2060"

# What Streamlit's Markdown replaces outside code (1.67; seen in its bundle): arrows and the like when nothing
# but space or markup is around them, `:name:` and `:name[`, and `$`.
_RUN = re.compile(r"[-<>~=]+")
_SYMBOLS = frozenset({"<->", "->", "<-", "--", ">=", "<=", "~="})
_DIRECTIVE = re.compile(r":(?=[A-Za-z0-9_+\-][A-Za-z0-9_+\-/]*[:\[{])")
_DOLLAR = re.compile(r"(?<!\\)((?:\\\\)*)\$")
_IMAGE = re.compile(r"(?<!\\)((?:\\\\)*)!(?=\[)")  # drawn as a link: an image is fetched, by every reader
_RULE = re.compile(r"[\s|:\-=]+")
_ADDRESS = re.compile(r"(?<=\w)(?:(?=@)|:(?=//)|(?<=www)(?=\.))", re.IGNORECASE)  # would become links
_MARKUP = re.compile(r"[!-/:-@\[-`{-~]")  # all ASCII punctuation
_TICKS = re.compile(r"`+")

# Where a backtick may be no code: lines that may be of several blocks, rows, tags, links, addresses.
_PLAIN = re.compile(r"(?:(?:[^\W\d_`]|`(?!``))[^<\n\r]*(?:\r?\n|\Z))+")
_END = re.compile(r"[\n\r](?!$)")
_CLOSED = re.compile(r"<[^<>`\"'\n]*>|\]\((?:<[^<>\\\n]*>|[^()\"'<>\s]*)(?: \"[^\"\\\n]*\")?\)")
_OPEN = re.compile(r"<[A-Za-z/!?]|\]\(|\]:")
_LITERAL = re.compile(r"www\.|:/|@", re.IGNORECASE)


def blocks(text: str) -> list[str]:
    """The text, cut where Markdown lets it be cut; joined, the blocks are the text. Every block but the
    last is final."""
    borders = [0, *_borders(text), len(text)]
    return [text[start:end] for start, end in pairwise(borders)]


def _borders(text: str) -> Iterator[int]:
    begun, position, blank, fence = 0, 0, False, ""
    for line in _LINE.findall(text):
        whole = line.endswith("\n")
        if not fence and blank and whole and position - begun >= ENOUGH and not _CONTINUES.match(line):
            yield position
            begun = position
        fence = fence_behind(fence, line)
        blank = not line.strip()
        position += len(line)


def as_written(text: str) -> str:
    """Markdown that Streamlit draws as the author wrote it: no symbol, colour, emoji or formula of its own.

    For drawing only. Code is left alone; it is not touched there either.
    """
    drawn: list[str] = []
    prose: list[str] = []
    for line, code in code_lines(text):
        if code or not line.strip(SPACE):
            drawn += [_prose("".join(prose)), line]
            prose.clear()
        else:
            prose.append(line)
    return "".join([*drawn, _prose("".join(prose))])


def lines(text: str) -> Iterator[tuple[str, bool]]:
    """Every line, and whether it stays as it is: code, a table's or heading's rule, or nothing."""
    for line, code in code_lines(text):
        yield line, code or bool(_RULE.fullmatch(line))


def as_label(text: str) -> str:
    """Plain text for a place that reads Markdown, such as a button: nothing in it is markup, and what would
    not be seen has a sign."""
    whole = text if len(text) <= LABEL else f"{text[: LABEL - 1]}…"
    joined = _RUN.sub(_joined, visible(" ".join(whole.split())))
    joined = _ADDRESS.sub(lambda match: match[0] + _JOINER, joined)
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", joined)


def _prose(text: str) -> str:
    """Text of one paragraph or more lines: everything but rules, and code spans that surely are, is
    protected."""
    parts, position = [], 0
    for start, end in sorted([*_rules(text), *_sure_spans(text)]):
        if start >= position:
            parts += [_protected(text[position:start]), text[start:end]]
            position = end
    return "".join([*parts, _protected(text[position:])])


def _rules(text: str) -> Iterator[tuple[int, int]]:
    """The lines that are a table's or heading's rule."""
    return (line.span() for line in _LINE.finditer(text) if _RULE.fullmatch(line[0]))


def _sure_spans(text: str) -> Iterator[tuple[int, int]]:
    """The code spans up to the first place where something may come before one: the end of a block or of a
    table's cell, HTML, an address. What is closed within its line is code, whatever the lines are."""
    plain, tabular = _PLAIN.fullmatch(text), any(map(DELIMITER.fullmatch, _LINE.findall(text)))
    position = 0
    for start, end in code_spans(text):
        before, span = text[position:start], text[start:end]
        if _OPEN.search(_CLOSED.sub("", before)) or (tabular and "|" in span):
            return
        if _LITERAL.search(before.split(" ")[-1]) or (not plain and (_END.search(span) or "`" in before)):
            return
        yield start, end
        position = end


def code_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each begins and ends: at a run of backticks, of which a backslash takes one, and the next run
    that is as long. Linear."""
    runs = [run.span() for run in _TICKS.finditer(text)]
    opens = [start + _escaped(text, start) for start, _ in runs]
    following: list[int] = []
    newest: dict[int, int] = {}
    for place in range(len(runs) - 1, -1, -1):
        start, end = runs[place]
        following.append(newest.get(end - opens[place], 0))
        newest[end - start] = place
    following.reverse()
    place = 0
    while place < len(runs):
        if partner := following[place]:
            yield opens[place], runs[partner][1]
        place = max(place, partner) + 1


def _escaped(text: str, place: int) -> bool:
    before = place
    while before and text[before - 1] == "\\":
        before -= 1
    return (place - before) % 2 == 1


def _joined(run: re.Match[str]) -> str:
    """A symbol that Streamlit would replace, held apart inside; one within a word is left alone."""
    beside = run.string[max(0, run.start() - 1) : run.start()] + run.string[run.end() : run.end() + 1]
    if run[0] not in _SYMBOLS or any(char.isalnum() or char == "_" for char in beside):
        return run[0]
    return _JOINER.join(run[0])


def _protected(text: str) -> str:
    text = _DIRECTIVE.sub("&#58;", _RUN.sub(_joined, text))
    if "![" in text:
        text = _IMAGE.sub(r"\1\!", text)
    return _DOLLAR.sub(r"\1\$", text) if "$" in text else text
