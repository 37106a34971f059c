"""What an answer cites: annotations with their places in the text, and lists of sources beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from interactions.providers.chat.stream.progress import Part
from interactions.providers.shared.foreign import json_text
from interactions.turns.events import AnnotationsDelta, StepDelta
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, inner, word

LISTS = ("citations", "search_results")
_PLACES = ("start_index", "end_index")
_NUMBER = re.compile(r"\[(\d{1,4})\]")


def cited_in(delta: Wire) -> tuple[Wire, ...]:
    """The annotations of a delta. Each has its fields under its own type here, and beside it there."""
    return tuple(map(_flat, each(delta, "annotations")))


def _flat(annotation: Wire) -> Wire:
    kind = word(annotation, "type")
    outer = {key: value for key, value in annotation.items() if key != kind or not inner(annotation, kind)}
    return {**inner(annotation, kind), **outer}


def end_of(annotation: Wire) -> int:
    """Behind which character of the whole text an annotation has its place."""
    return count(annotation, "end_index") or 0


def placed(cited: Iterable[Wire], parts: tuple[Part, ...]) -> Iterator[StepDelta]:
    """The annotations at their steps. Their places count the characters of the whole answer there, and the
    bytes of one text here."""
    said = [part for part in parts if part.kind == "text"]
    starts = [0, *accumulate(len(part.text) for part in said)]
    for annotation in cited:
        start = count(annotation, "start_index") or 0
        at = max((at for at in range(len(said)) if starts[at] <= start), default=0)
        text, before = str(said[at].text), starts[at]
        found = {
            key: len(text[: max(0, annotation[key] - before)].encode())
            for key in _PLACES
            if count(annotation, key) is not None
        }
        yield StepDelta(said[at].index, AnnotationsDelta(({**annotation, **found},)))


def listed(raw: Wire) -> Wire:
    """The lists of sources in a chunk or a delta."""
    return {key: raw[key] for key in LISTS if isinstance(raw.get(key), list) and raw[key]}


def numbered(lists: Wire, cited: Iterable[Wire], text: str) -> Iterator[Wire]:
    """Sources as annotations, each where the text has its number in brackets. Those that were cited already
    are known."""
    known = {word(one, "url") for one in cited}
    for number, found in enumerate(_sources(lists), start=1):
        if word(found, "url") in known:
            continue
        marks = [mark for mark in _NUMBER.finditer(text) if int(mark[1]) == number]
        for mark in marks:
            yield {**found, "start_index": mark.start(), "end_index": mark.end()}
        if not marks:
            yield found


def _sources(lists: Wire) -> list[Wire]:
    """Each source once: the list of addresses says their order, that of results their titles."""
    found: dict[str, Wire] = {}
    for one in (one for key in LISTS for one in lists.get(key, ())):
        told = one if isinstance(one, Mapping) else {"url": one if isinstance(one, str) else json_text(one)}
        url = word(told, "url") or word(told, "link") or json_text(told)
        found[url] = {"type": "url_citation", **found.get(url, {}), **told, "url": url}
    return [*found.values()]
