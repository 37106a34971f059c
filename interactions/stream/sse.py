"""Reads a frame of a response body as a server-sent event.

Cutting and reading are apart on purpose: the journal keeps the bytes of every frame, its blank line included,
and reading them later, anywhere, gives the same event. What the specification drops and most clients read is
read if it is whole: a cut event is no event, whatever of it has come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, TypeAlias, cast

import httpx
from httpx_sse import EventSource

from interactions.stream.forms import BOM, is_whole, json_values

Said: TypeAlias = tuple[str, str]  # the data of an event, and its name

DONE = "[DONE]"
UNENDED = "An event had no blank line behind it; the standard drops it, most clients read it"
DOUBLED = "An event named its field twice; the standard takes the second for data, and it is read as meant"
INDENTED = "An event began with spaces; the standard drops it, and it is read here"

# Nine frames of ten look like this; a general decoder for each of them was most of the cost of a stream.
USUAL = re.compile(rb"(?:event: ([^\r\n]+)\r?\n)?data: (?!data:)([^\r\n]+)\r?\n\r?\n")
_FIELDS = ("data", "event", "id", "retry", ":")
_JSON = ("{", "[")
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
_UNSAID = (b":", b"id:", b"retry:")  # lines that say nothing to a reader
_ENDS = re.compile(rb"[\r\n]+")


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
        return (*self.events, *((value, "") for value in json_values(self.bare)))


def read_frame(raw: bytes) -> FrameText:
    """The event in one frame; httpx-sse decides what its fields mean.

    Each frame is read on its own, so an `id:` of an earlier one does not turn later comments into empty
    events (httpx-sse 0.4.3 dispatches those). Bare JSON is kept, because servers have sent errors that way.
    What the specification drops is read, with a remark, if it is whole.
    """
    if usual := USUAL.fullmatch(raw):
        event, data = usual.groups(b"message")
        return FrameText(event.decode("utf-8", "replace"), data.decode("utf-8", "replace"), "")
    text = raw.decode("utf-8", "replace").lstrip(BOM)
    said, wrong = _events_in(text) if "data" in text else ([], ())
    (told, name), *more = said or [("", "")]
    return FrameText(name, told, _bare_json(text), tuple(more), wrong)


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
        data, name = found
        if data.startswith("data:") and is_event(inside := data.removeprefix("data:").strip()):
            return [(inside, name)], (DOUBLED,)
        parted = _parted(text) if "\n" in found[0] and not is_event(found[0]) else []
        several = len(parted) > 1 and all(is_event(data) for data, _ in parted)
        return (parted, (UNENDED,)) if several else ([found], ())
    for mended, remark in ((text, UNENDED), (_INDENT.sub("", text), INDENTED)):
        found = _dispatched(f"{mended}\n\n")
        if found is not None and is_event(found[0]):
            return [found], (remark,)
        if whole := [each for each in _parted(mended) if is_event(each[0])]:
            return whole, (remark,)
    return [], ()


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
    """What stands there without a field; of an object in a list, the object."""
    text = text if is_event(text) else _IN_LIST.sub("", text, count=1)
    lines = [line for line in _LINE_END.split(text) if line and not line.startswith(_FIELDS)]
    return "\n".join(lines) if lines and lines[0].startswith(_JSON) else ""


class _FrameBody:
    """The part of an `httpx.Response` that `EventSource` reads, holding one frame."""

    headers = {"content-type": "text/event-stream"}  # noqa: RUF012 (never written to)

    def __init__(self, text: str) -> None:
        self._text = text

    def iter_text(self) -> Iterator[str]:
        yield self._text
