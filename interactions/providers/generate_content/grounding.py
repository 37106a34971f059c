"""What an answer says it stands on: sources of its text, and searches and pages that are told beside the
parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from interactions.providers.generate_content.lanes import Lane, Read, with_
from interactions.providers.generate_content.names import VENDOR, camel, unread
from interactions.providers.shared.foreign import json_text
from interactions.turns.events import AnnotationsDelta, Body, OtherDelta, StepDelta, StepStart, StepStop, Told
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, word

_GROUNDS = (
    "groundingChunks",
    "groundingSupports",
    "webSearchQueries",
    "imageSearchQueries",
    "searchEntryPoint",
)
_STATUS = "URL_RETRIEVAL_STATUS_"


class Source(NamedTuple):
    """A citation, and the bytes of the text that it is of: where it says so, and which they are."""

    note: Wire
    start: int | None = None
    end: int | None = None
    text: str = ""


def told(lane: Lane, candidate: Wire) -> Read:
    """What a candidate says of its sources. What it has cited is noted in the text as soon as that is
    there."""
    grounding = camel(candidate.get("groundingMetadata"))
    new = tuple(one for one in (grounding, camel(candidate.get("citationMetadata"))) if one)
    new = tuple(one for one in new if one not in lane.sources)
    lane = with_(lane, sources=lane.sources + new)
    lane, bodies = _searched(lane, grounding)
    lane, more = _pages(lane, camel(candidate.get("urlContextMetadata")))
    over = bool(word(candidate, "finishReason"))
    lane, notes = cited(lane, over=over) if new or (over and lane.sources) else (lane, ())
    rest = unread(grounding, _GROUNDS) | _entry(grounding)
    beside = (Told({"groundingMetadata": rest}),) if rest else ()
    return lane, (*bodies, *more, *notes, *beside)


def _entry(grounding: Wire) -> dict[str, object]:
    rest = unread(camel(grounding.get("searchEntryPoint")), ("renderedContent",))
    return {"searchEntryPoint": rest} if rest else {}


def _searched(lane: Lane, grounding: Wire) -> Read:
    """The searches, and the suggestions that Google wants shown."""
    queries = [
        query
        for key in ("webSearchQueries", "imageSearchQueries")
        for query in _listed(grounding, key)
        if isinstance(query, str)
    ]
    html = word(camel(grounding.get("searchEntryPoint")), "renderedContent")
    if not queries and not html:
        return lane, ()
    found = {"result": [{"search_suggestions": html}]} if html else {}
    return _pair(lane, "google_search", {"arguments": {"queries": queries}}, found)


def _pages(lane: Lane, context: Wire) -> Read:
    pages = [camel(page) for page in each(context, "urlMetadata")]
    if not pages:
        return lane, ()
    found = [
        {
            "url": word(page, "retrievedUrl"),
            "status": word(page, "urlRetrievalStatus").removeprefix(_STATUS).lower(),
            **unread(page, ("retrievedUrl", "urlRetrievalStatus")),
        }
        for page in pages
    ]
    urls = {"arguments": {"urls": [page["url"] for page in found]}}
    return _pair(lane, "url_context", urls, {"result": found})


def _pair(lane: Lane, tool: str, given: Wire, found: Wire) -> Read:
    """A call and its result beside the parts; told once more, they are changed."""
    bodies: tuple[Body, ...] = ()
    place = lane.tools.get(tool)
    if place is None:
        place, id = lane.next, f"{tool}_{lane.next}"
        kept = {VENDOR: {"kind": "nothing"}}
        lane = with_(lane, next=place + 2, tools={**lane.tools, tool: place})
        bodies = (
            StepStart(place, {"type": f"{tool}_call", "id": id, "native": kept}),
            StepStart(place + 1, {"type": f"{tool}_result", "call_id": id, "native": kept}),
        )
    return lane, (
        *bodies,
        StepDelta(place, OtherDelta(f"{tool}_call", given)),
        StepDelta(place + 1, OtherDelta(f"{tool}_result", found)),
        *(StepStop(place + nth) for nth in range(2) if bodies),
    )


def cited(lane: Lane, *, over: bool) -> Read:
    """The citations whose text is there; once the answer is `over`, all of them. Each is noted once."""
    texts = [(index, str(text).encode()) for index, text in lane.texts]
    bodies: tuple[Body, ...] = ()
    for raw_one in lane.sources:
        for source in (*_supports(raw_one, over=over), *_recited(raw_one)):
            index, note = _placed(texts, source, over=over)
            mark = json_text([index, note])
            if index is None or mark in lane.cited:
                continue
            lane = with_(lane, cited=lane.cited | {mark})
            bodies += (StepDelta(index, AnnotationsDelta((note,))),)
    return lane, bodies


def _supports(grounding: Wire, *, over: bool) -> Iterator[Source]:
    """A citation for each source of each piece of text; and at the end, those of no piece."""
    chunks = [_note(camel(chunk)) for chunk in each(grounding, "groundingChunks")]
    named: set[int] = set()
    for raw_support in each(grounding, "groundingSupports"):
        support = camel(raw_support)
        segment = camel(support.get("segment"))
        places = [place for place in _listed(support, "groundingChunkIndices") if _is_in(place, chunks)]
        for place in places:
            named.add(place)
            start, end = count(segment, "startIndex") or 0, count(segment, "endIndex")
            yield Source(chunks[place], start, end, word(segment, "text"))
    if over:
        yield from (Source(note) for place, note in enumerate(chunks) if place not in named)


def _is_in(place: object, chunks: list[Wire]) -> bool:
    return type(place) is int and 0 <= place < len(chunks)


def _listed(raw: Wire, key: str) -> list[Any]:
    value = raw.get(key)
    return value if isinstance(value, list) else []


def _recited(metadata: Wire) -> Iterator[Source]:
    """Passages that stand word for word in a source."""
    for raw_one in (*each(metadata, "citations"), *each(metadata, "citationSources")):
        one = camel(raw_one)
        note = {"type": "url_citation", "url": word(one, "uri"), "title": word(one, "title")}
        rest = unread(one, ("uri", "title", "startIndex", "endIndex"))
        yield Source(_filled({**note, **rest}), count(one, "startIndex") or 0, count(one, "endIndex"))


def _note(chunk: Wire) -> Wire:
    """A source as an annotation; one of a kind that is not known stays as it came."""
    kind = next((key for key in _NOTES if isinstance(chunk.get(key), Mapping)), "")
    if not kind:
        return {"type": next(iter(chunk), "source"), **chunk}
    named, names = _NOTES[kind]
    said = camel(chunk[kind])
    known = {ours: said.get(theirs) for theirs, ours in names.items()}
    return _filled({"type": named, **known, **unread(said, names)})


_NOTES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "web": ("url_citation", {"uri": "url", "title": "title"}),
    "image": ("url_citation", {"sourceUri": "url", "title": "title"}),
    "maps": ("place_citation", {"uri": "url", "title": "name", "placeId": "place_id"}),
    "retrievedContext": (
        "file_citation",
        {"uri": "document_uri", "title": "file_name", "text": "source", "pageNumber": "page_number"},
    ),
}


def _filled(note: Wire) -> Wire:
    return {key: value for key, value in note.items() if value not in ("", None)}


def _placed(texts: list[tuple[int, bytes]], source: Source, *, over: bool) -> tuple[int | None, Wire]:
    """The step that a citation stands in, and the citation with its place there. Places count the bytes of
    all texts together, or of one; which, tells the text that is cited."""
    if not texts:
        return None, source.note
    if source.end is None:
        return (texts[-1][0] if over else None), source.note
    start, end, said = source.start or 0, source.end, source.text.encode()
    found = next(_spots(texts, start, end, said), None)
    if found is None and not over:
        return None, source.note
    index, start, end = found or (texts[-1][0], start, end)
    return index, {**source.note, "start_index": start, "end_index": end}


def _spots(
    texts: list[tuple[int, bytes]], start: int, end: int, said: bytes
) -> Iterator[tuple[int, int, int]]:
    """Where a citation may stand, the likeliest first."""
    before = 0
    for index, text in texts:
        if (
            before <= start
            and end <= before + len(text)
            and (not said or text[start - before : end - before] == said)
        ):
            yield index, start - before, end - before
        before += len(text)
    for index, text in texts:
        if said and text[start:end] == said:
            yield index, start, end
    for index, text in texts:
        if said and (place := text.find(said)) >= 0:
            yield index, place, place + len(said)
