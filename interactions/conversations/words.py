"""Text as it is searched: folded to words here, so that every database finds the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from interactions.conversations.attachments import line
from interactions.conversations.request import Input

LONGEST = 64  # characters of a word that count; indexes do not take words of any length
AROUND = 60  # characters of a hit's surroundings, on either side

# Scripts that are written without spaces: each character is a word.
_ALONE = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_ALONE += "\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_ALONE}]|[^\\W_{_ALONE}]+")
_RUN = re.compile(r"[^\W_]+")


LONGEST_TITLE = 80  # characters
MOST = 500_000  # characters of an index line; PostgreSQL takes 1 MB


class Phrase(NamedTuple):
    """Words that stand side by side; the last may be the beginning of one."""

    words: tuple[str, ...]
    begun: bool = False


def fold(text: str) -> str:
    """Without case, accents and compatibility forms: "Ärger" and "ARGER", "ﬁ" and "fi" are the same."""
    if text.isascii():
        return text.casefold()
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def words(text: str) -> list[str]:
    """The folded words in order."""
    return [word[:LONGEST] for word in _WORD.findall(fold(text))]


def index_line(text: str) -> str:
    """Each word once, with spaces between them."""
    return " ".join(sorted(set(words(text))))[:MOST]


def phrases(query: str) -> tuple[Phrase, ...]:
    """A query as typed: every run of letters is looked for, the last one also as a beginning."""
    runs = [tuple(words(run)) for run in _RUN.findall(fold(query))]
    found = [Phrase(run) for run in runs if run]
    if found and query[-1:].isalnum() and not re.match(f"[{_ALONE}]", found[-1].words[-1]):
        found[-1] = Phrase(found[-1].words, begun=True)
    return tuple(found)


def found_in(text: str, wanted: Iterable[Phrase]) -> bool:
    """Whether every phrase is there, its words side by side."""
    line = f" {' '.join(words(text))} "
    return all(_line(phrase) in line for phrase in wanted)


def _line(phrase: Phrase) -> str:
    return f" {' '.join(phrase.words)}{'' if phrase.begun else ' '}"


def hit(text: str, wanted: Iterable[Phrase]) -> str:
    """One line of the text around the first place where a phrase stands, or its beginning."""
    line = " ".join(unicodedata.normalize("NFC", text).split())
    places = [place for phrase in wanted for place in _places(line, phrase)]
    middle = min(places, default=0)
    start, end = max(0, middle - AROUND), min(len(line), middle + AROUND)
    return f"{'…' * (start > 0)}{line[start:end].strip()}{'…' * (end < len(line))}"


def _places(line: str, phrase: Phrase) -> Iterator[int]:
    """Where the phrase's first word stands first, in characters of the text as it is written."""
    first, last = phrase.words[0], len(phrase.words) == 1 and phrase.begun
    for run in _WORD.finditer(line):
        folded = words(run.group())
        if any(word == first or (last and word.startswith(first)) for word in folded):
            yield run.start()
            return


def storable(text: str) -> str:
    """What any database can hold as text: no NUL, no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def words_of(said: Input) -> str:
    """The text of what a visitor has sent; steps count with their texts and results."""
    if isinstance(said, str):
        return said
    return "\n".join(text for step in said for text in _texts(step))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for key in ("text", "content", "result"):
            yield from _texts(value.get(key))


def title_of(said: Input) -> str:
    """The beginning of a first message, or the names of its files, in one line, as it can be stored; empty
    for one without either."""
    title = " ".join(storable(line(said)).split())
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"
