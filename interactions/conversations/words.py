"""Text prepared for search: folded to words here, so that every database finds the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from interactions.conversations.attachments import line
from interactions.conversations.request import Input

LONGEST_TITLE = 80  # characters
MOST = 500_000  # characters of an index line; PostgreSQL takes 1 MB
LONGEST = 64  # characters of a word that count; indexes do not take words of any length
AROUND = 60  # characters of a hit's surroundings, on either side

# Scripts that are written without spaces: each character is a word.
_ALONE = "\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_ALONE += "\U00020000-\U0003ffff"
_WORD = re.compile(f"[{_ALONE}]|[^\\W_{_ALONE}]+")
_RUN = re.compile(r"[^\W_]+")


class Phrase(NamedTuple):
    """Words that have to stand side by side. With `begun`, the last one is the beginning of a word."""

    words: tuple[str, ...]
    begun: bool = False


def fold(text: str) -> str:
    """The text without case, accents and compatibility forms: "Ärger" and "ARGER", "ﬁ" and "fi" are the
    same."""
    if text.isascii():
        return text.casefold()
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(part for part in parts if not unicodedata.combining(part))


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return [word[:LONGEST] for word in _WORD.findall(fold(text))]


def index_line(text: str) -> str:
    """The text as the database indexes it: each word once, with spaces between them."""
    return " ".join(sorted(set(words(text))))[:MOST]


def phrases(query: str) -> tuple[Phrase, ...]:
    """What a query looks for: each run of letters, and the last one also as the beginning of a word, because
    its reader may still be typing it."""
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
    """One line of the text, around the first place where a phrase stands, or else its beginning."""
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
    """The text without what some database refuses: a NUL, and half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def words_of(said: Input) -> str:
    """All text in a message that can be searched, the results of tools included."""
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
    """The title of a conversation by its first message: the beginning of its text, else the names of its
    files, in one line; "" for one without either."""
    title = " ".join(storable(line(said)).split())
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1].rstrip() + "…"
