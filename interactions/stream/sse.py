"""Reads a frame of a response body as a server-sent event.

Cutting and reading are apart on purpose: the journal keeps the bytes of every frame, its blank line included,
and reading them later, anywhere, gives the same event. What the specification drops and most clients read is
read if it is whole: a cut event is no event, whatever of it has come.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple, TypeAlias, cast

import httpx
from httpx_sse import EventSource

from interactions.stream.forms import BOM, is_whole, json_values, page_message, page_title
from interactions.turns.wire import load_json

Said: TypeAlias = tuple[str, str]  # the data of an event, and its name

DONE = "[DONE]"
UNENDED = "An event had no blank line behind it; the standard drops it, most clients read it"
DOUBLED = "An event named its field twice; the standard takes the second for data, and it is read as meant"
INDENTED = "An event began with spaces; the standard drops it, and it is read here"
QUOTED = "An event is a text with JSON in it, and is read as that"
SEVERAL = "An event holds several JSON values; no client reads them, and they are read here one by one"
UNNAMED = "Lines of an event have no name of a field; the standard drops them, and they are read here"
BROKEN = "An event broke off, and another one followed in its place"

# Nine frames of ten look like this; a general decoder for each of them was most of the cost of a stream.
USUAL = re.compile(rb"(?:event: ([^\r\n]+)\r?\n)?data: (?!data:|\")([^\r\n]+)\r?\n\r?\n")
_AGAIN = re.compile(r"\s*data:\s*(?=[{\[])")
_FIELDS = ("data", "event", "id", "retry", ":")
_FAULT = "error:"  # as llama.cpp called the field of an error for years
_JSON = ("{", "[")
_PAGES = ("<!doc", "<html")
_IN_LIST = re.compile(r"^\s*[\[,]\s*(?=\{)")
_INDENT = re.compile(r"(?:^|(?<=[\r\n]))[ \t]+(?=(?:data|event|id|retry)?:)")
_LINE_END = re.compile(r"\r\n|\n|\r")
# Events that only keep a connection open, by the names that they have; an event without data is none.
_ALIVE = rb"(?:ping|keep-?alive|heartbeat)"
_NOTHING = re.compile(
    rb"event: ?%b(?:\ndata:.*)*|(?:event:.*)?(?:\n?data: ?)?"
    # On the first level of the value: what a text says has its quotation marks behind backslashes.
    rb"|(?:event:.*\n)?(?:data: ?)?\{(?:[^{}]*,)?\s*\"(?:event_)?type\"\s*:\s*\"%b\".*" % (_ALIVE, _ALIVE)
)
_SHORT = 4096  # bytes of a frame that is worth remembering for a moment
_UNSAID = (b":", b"id:", b"retry:")  # lines that say nothing to a reader
_ENDS = re.compile(rb"[\r\n]+")


def is_usual(raw: bytes) -> bool:
    """Whether a frame is one event, written as nearly all are."""
    return _usual(raw) is not None


def _may_be_glued(raw: bytes) -> bool:
    """Whether a line may hold several events; a text that holds the same is looked at for nothing."""
    return b"}{" in raw or b"} {" in raw or b"}[D" in raw or raw.count(b"data:") > 1


def tells(raw: bytes) -> bool:
    """Whether a frame says anything: comments, pings and empty lines do not."""
    lines = [line for line in _ENDS.split(raw.removeprefix(BOM.encode())) if not line.startswith(_UNSAID)]
    return _NOTHING.fullmatch(b"\n".join(lines).strip()) is None


class FrameText(NamedTuple):
    """One frame as text: the event's name and data, and JSON that no field name introduces. `more` are events
    behind the first from which no blank line parts it; `remarks` say what was wrong with the frame."""

    event: str
    data: str
    bare: str
    more: tuple[Said, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def events(self) -> tuple[Said, ...]:
        return ((self.data, self.event), *self.more) if self.data else ()

    @property
    def values(self) -> tuple[Said, ...]:
        """What it says, each with the name that it has. What is bare may be an error, behind which nothing
        counts: it comes last."""
        if not self.bare:
            return self.events
        return (*self.events, *((value, "") for value in json_values(self.bare)))


def _usual(raw: bytes) -> FrameText | None:
    """What a frame says that is one event, written as nearly all are; None of any other. The walk asks
    before the provider does: what is short is told to both from one look."""
    return _remembered(raw) if len(raw) <= _SHORT else _looked_at(raw)


def _looked_at(raw: bytes) -> FrameText | None:
    usual = USUAL.fullmatch(raw)
    if usual is None or _may_be_glued(raw):
        return None
    event, data = usual.groups(b"message")
    return FrameText(event.decode("utf-8", "replace"), data.decode("utf-8", "replace"), "")


_remembered = lru_cache(maxsize=64)(_looked_at)


def read_frame(raw: bytes) -> FrameText:
    """The event in one frame; httpx-sse decides what its fields mean.

    Each frame is read on its own, so an `id:` of an earlier one does not turn later comments into empty
    events (httpx-sse 0.4.3 dispatches those). Bare JSON is kept, because servers have sent errors that way.
    What the specification drops is read, with a remark, if it is whole.
    """
    if (usual := _usual(raw)) is not None:
        return usual
    text = raw.decode("utf-8", "replace").lstrip(BOM)
    said, wrong = _events_in(text) if "data" in text else ([], ())
    wrong = wrong if said else _page(text)
    (told, name), *more = said or [("", "")]
    return FrameText(name, told, _bare_json(text), tuple(more), wrong)


def _page(text: str) -> tuple[str, ...]:
    """What is wrong with a frame that is the beginning of a web page, in the midst of a stream."""
    title = page_title(text) if text.lstrip()[:5].lower() in _PAGES else None
    return () if title is None else (page_message(title).removesuffix("."),)


def parted(raw: bytes) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """A frame as frames of one event each, and what was wrong with it."""
    said = read_frame(raw)
    if len(said.values) < 2:
        return (raw,), said.remarks
    lines = ((name, data.replace("\n", "\ndata: ")) for data, name in said.events)
    events = [f"event: {name}\ndata: {data}\n\n".encode() for name, data in lines]
    return (*events, *(f"{value}\n".encode() for value in json_values(said.bare))), said.remarks


def _events_in(text: str) -> tuple[list[Said], tuple[str, ...]]:
    """The events in the text of a frame, and what was wrong with them."""
    if (found := _dispatched(text)) is not None:
        return ([found], ()) if is_event(found[0]) else _meant(text, found)
    for mended, remark in ((text, UNENDED), (_INDENT.sub("", text), INDENTED)):
        found = _dispatched(f"{mended}\n\n")
        if found is not None and is_event(found[0]):
            return [found], (remark,)
        said, wrong = _meant(mended, found) if found is not None else ([], ())
        if said and wrong not in ((), (BROKEN,)):
            return said, (*wrong, remark) if remark not in wrong else wrong
        if whole := [each for each in _parted(mended) if is_event(each[0])]:
            return whole, (remark,)
    return [], ()


def _meant(text: str, found: Said) -> tuple[list[Said], tuple[str, ...]]:
    """What an event may have been meant to say that is no JSON as it stands there."""
    for reading, remark in _READINGS:
        if said := reading(text, found):
            return said, (remark,)
    return [found], ()


def _doubled(_text: str, found: Said) -> list[Said]:
    inside = found[0].removeprefix("data:").strip()
    return [(inside, found[1])] if found[0].startswith("data:") and is_event(inside) else []


def _quoted(_text: str, found: Said) -> list[Said]:
    inside = load_json(found[0]) if found[0].startswith('"') else None
    return [(inside, found[1])] if isinstance(inside, str) and is_event(inside) else []


def _unparted(text: str, _found: Said) -> list[Said]:
    parted = _parted(text)
    return parted if len(parted) > 1 and all(is_event(data) for data, _ in parted) else []


def _glued(_text: str, found: Said) -> list[Said]:
    values = [value for part in _AGAIN.split(found[0]) for value in json_values(part)]
    return [(value, found[1]) for value in values] if len(values) > 1 and all(map(is_event, values)) else []


def _unnamed(text: str, found: Said) -> list[Said]:
    whole = text.partition("data:")[2].strip()
    return [(whole, found[1])] if is_event(whole) else []


def _broken(text: str, _found: Said) -> list[Said]:
    parts = [(part, name) for data, name in _parted(text) for part in _AGAIN.split(data)]
    return [(part, name) for part, name in parts if part.strip() and is_event(part)]


# In this order: the first that finds events is right.
_READINGS: tuple[tuple[Callable[[str, Said], list[Said]], str], ...] = (
    (_doubled, DOUBLED),
    (_quoted, QUOTED),
    (_unparted, UNENDED),
    (_glued, SEVERAL),
    (_unnamed, UNNAMED),
    (_broken, BROKEN),
)


def _dispatched(text: str) -> Said | None:
    """The first event that the specification finds in a text."""
    events = EventSource(cast(httpx.Response, _FrameBody(text))).iter_sse()
    return next(((sse.data, sse.event) for sse in events if sse.data), None)


def _parted(text: str) -> list[Said]:
    """Each line of data as an event of its own, with the last name in front of it."""
    said, event = [], "message"
    for line in _LINE_END.split(text):
        field, _, value = line.partition(":")
        if field == "event":
            event = value.removeprefix(" ")
        elif field == "data" and value.strip():
            said.append((value.removeprefix(" "), event))
    return said


def is_event(data: str) -> bool:
    """Whether data is all that its event said: JSON that has come to its end, or the end of the stream."""
    return data.strip() == DONE or is_whole(data)


def _bare_json(text: str) -> str:
    """What stands there without a field; of an object in a list, the object. A field that is called an error
    is an object with one."""
    text = text if is_event(text) else _IN_LIST.sub("", text, count=1)
    lines = [line for line in _LINE_END.split(text) if line and not line.startswith(_FIELDS)]
    if lines and lines[0].startswith(_FAULT):
        fault = lines[0].removeprefix(_FAULT)
        return f'{{"error":{fault}}}' if is_whole(fault) else ""
    return "\n".join(lines) if lines and lines[0].startswith(_JSON) else ""


class _FrameBody:
    """The part of an `httpx.Response` that `EventSource` reads, holding one frame."""

    headers = {"content-type": "text/event-stream"}  # noqa: RUF012 (never written to)

    def __init__(self, text: str) -> None:
        self._text = text

    def iter_text(self) -> Iterator[str]:
        yield self._text
