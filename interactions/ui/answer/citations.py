"""Citations: what a text's annotations point to, as numbered links in it and a list of sources below."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import islice
from typing import NamedTuple
from urllib.parse import urlsplit

from interactions.turns.steps import Text, Wire
from interactions.turns.values import word
from interactions.ui import words
from interactions.ui.drawing.limits import TEXT, brief
from interactions.ui.drawing.markdown import code_spans, lines

MOST = 300  # marks in a text; all sources are listed
CITATIONS = frozenset({"url_citation", "file_citation", "place_citation"})

_NUMBER = re.compile("[0-9]+")
_LINK = re.compile(r"!?\[[^\[\]\n]*+\]\([^)\n]{0,2000}+\)")


class Source(NamedTuple):
    """What is cited; `url` is empty where there is nothing to open."""

    title: str
    url: str
    place: str


def citations(part: Text) -> Iterator[Wire]:
    return (each for each in part.annotations if word(each, "type") in CITATIONS)


def other_notes(part: Text) -> Iterator[Wire]:
    """Annotations that cite nothing: who speaks, when a word is said, kinds not known here."""
    return (each for each in part.annotations if word(each, "type") not in CITATIONS)


def source(annotation: Wire) -> Source:
    """The source of an annotation of any of the three kinds, whichever fields it lacks."""
    url = web_url(annotation.get("url"))
    uri = str(annotation.get("document_uri") or annotation.get("source") or "")
    named = annotation.get("title") or annotation.get("name") or annotation.get("file_name")
    page = annotation.get("page_number")
    place = f"page {page}" if page else urlsplit(url).hostname if url else uri
    return Source(str(named or place or uri or words.NAMELESS_SOURCE), url, str(place or ""))


def sources(parts: Iterable[Text]) -> tuple[Source, ...]:
    """The sources of all parts, each once; the first has number 1 in the text."""
    return tuple(dict.fromkeys(source(each) for part in parts for each in citations(part)))


def web_url(value: object) -> str:
    """The value if it is a web address, else the empty string: nothing else becomes a link."""
    address = str(value or "").strip()
    try:
        parsed = urlsplit(address)
        is_web = parsed.scheme in {"http", "https"} and bool(parsed.hostname)
    except ValueError:
        return ""
    return address if is_web and address.isprintable() and " " not in address else ""


def link(title: str, url: str) -> str:
    """A link as HTML, with its title escaped; only the title if `url` is not a web address."""
    address, text = web_url(url), escape(brief(title))
    return f'<a href="{escape(address)}" target="_blank">{text}</a>' if address else text


def cited(part: Text, known: tuple[Source, ...]) -> str:
    """The part's Markdown with a numbered link behind each place that is cited.

    Annotations count UTF-8 bytes, the end exclusive. One without an end, or in code, has no mark in the text;
    none parts a number.
    """
    text, rest = _drawn(str(part.text))
    places: dict[int, dict[str, None]] = {}
    numbers = {found: number for number, found in enumerate(known, start=1)}
    unbroken = list(_unbroken(text)) if part.annotations else []
    raw = text.encode("utf-8", "replace") if part.annotations else b""
    for annotation in islice(citations(part), MOST):
        place, found = _place(text, raw, annotation, unbroken), source(annotation)
        if place is not None and found in numbers:
            places.setdefault(place, {})[_mark(numbers[found], found)] = None
    for place in sorted(places, reverse=True):
        text = text[:place] + "".join(places[place]) + text[place:]
    return text + rest


def _drawn(text: str) -> tuple[str, str]:
    return text[: TEXT[0]], text[TEXT[0] :]


def _mark(number: int, found: Source) -> str:
    # Streamlit would draw some runs of characters as symbols; in an address they are written another way.
    address = found.url.replace("--", "-%2D").replace("~", "%7E").replace("<", "%3C").replace(">", "%3E")
    return f"[\\[{number}\\]](<{address}>)" if address else f"\\[{number}\\]"


class _Unbroken(NamedTuple):
    """A stretch of text that no citation mark may break. A mark goes behind it, or is left out in code."""

    start: int
    end: int
    code: bool


def _unbroken(text: str) -> Iterator[_Unbroken]:
    position = 0
    for line, verbatim in lines(text):
        if verbatim and line.strip():
            yield _Unbroken(position, position + len(line), True)
        position += len(line)
    yield from (_Unbroken(*span, False) for span in code_spans(text))
    yield from (_Unbroken(*found.span(), False) for found in _LINK.finditer(text))


def _place(
    text: str, raw: bytes, annotation: Mapping[str, object], unbroken: Iterable[_Unbroken]
) -> int | None:
    end = annotation.get("end_index")
    if not isinstance(end, int) or end <= 0:
        return None
    place = len(text[: len(raw[:end].decode(errors="ignore"))].rstrip())
    if place and _NUMBER.match(text, place - 1) and (rest := _NUMBER.match(text, place)):
        place = rest.end()  # some servers count one character too few
    for start, stop, code in unbroken:
        if start < place <= stop and code:
            return None
        if start < place < stop:
            place = stop
    return place
