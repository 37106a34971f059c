"""Cuts the bytes of a response body into frames, and reads a frame as a server-sent event.

Cutting and reading are apart on purpose: the journal keeps the bytes of every frame, its blank line included,
and reading them later, anywhere, gives the same event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, cast

import httpx
from httpx_sse import EventSource

BOM = "\ufeff"

# Two line ends in a row; each is CRLF, LF or a lone CR (WHATWG HTML, 9.2.5 "Parsing an event stream").
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))")
_FIELDS = ("data", "event", "id", "retry", ":")
# Nine frames of ten look like this; a general decoder for each of them was most of the cost of a stream.
_USUAL = re.compile(rb"(?:event: ([^\r\n]+)\n)?data: ([^\r\n]+)\n\n")
_JSON = ("{", "[")
# Events that only keep a connection open, by the names that they have; an event without data is none.
_ALIVE = rb"(?:ping|keep-?alive|heartbeat)"
_NOTHING = re.compile(
    rb"event: ?%b(?:\ndata:.*)*|(?:event:.*)?(?:\n?data: ?)?"
    # On the first level of the value: what a text says has its quotation marks behind backslashes.
    rb"|(?:event:.*\n)?(?:data: ?)?\{(?:[^{}]*,)?\s*\"(?:event_)?type\"\s*:\s*\"%b\".*" % (_ALIVE, _ALIVE)
)
_UNSAID = (b":", b"id:", b"retry:")  # lines that say nothing to a reader
_ENDS = re.compile(rb"[\r\n]+")
_DOCUMENTS = frozenset({"application/json", "text/html"})
_LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
_LINE_END = re.compile(r"\r\n|\n|\r")


def media_type(content_type: str) -> str:
    """Without parameters, in lower case (RFC 9110, 8.3.1: case means nothing); of several, the first."""
    return re.split("[;,]", content_type, maxsplit=1)[0].strip().lower()


def is_document(status: int, content_type: str) -> bool:
    """Whether a body is one document, and no stream: a refusal is."""
    return status >= 300 or media_type(content_type) in _DOCUMENTS


def tells(raw: bytes) -> bool:
    """Whether a frame says anything: comments, pings and empty lines do not."""
    lines = [line for line in _ENDS.split(raw.removeprefix(BOM.encode())) if not line.startswith(_UNSAID)]
    return _NOTHING.fullmatch(b"\n".join(lines).strip()) is None


class Cutter:
    """Finds frame borders in a body that arrives in arbitrary pieces.

    The cuts depend on the bytes alone, never on how they arrived: fed whole or byte by byte, the frames
    are the same, and joined with `rest()` they are the body.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._has_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The frames that this chunk completes."""
        self._buffer += chunk
        self._has_cr = self._has_cr or b"\r" in chunk
        frames = list(self._complete())
        # A border can begin up to three bytes before the end of what was searched.
        self._searched = max(0, len(self._buffer) - 3)
        return frames

    def rest(self) -> bytes:
        """The rest when the body ends: a frame without its blank line, or nothing."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        self._searched = 0
        return rest

    def _complete(self) -> Iterator[bytes]:
        start = 0
        while (end := self._border(max(start, self._searched))) is not None:
            yield bytes(self._buffer[start:end])
            start = end
        if start:
            del self._buffer[:start]

    def _border(self, position: int) -> int | None:
        if not self._has_cr:
            found = self._buffer.find(b"\n\n", position)
            return None if found < 0 else found + 2
        match = _BLANK_LINE.search(self._buffer, position)
        if match is None:
            return None
        # A CR at the very end may be half of a CRLF whose LF is still on its way.
        undecided = match.end() == len(self._buffer) and self._buffer.endswith(b"\r")
        return None if undecided else match.end()


class Lines:
    """Cuts a body with one JSON value a line."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        first, *others = chunk.split(b"\n")
        self._buffer += first
        lines = []
        for other in others:
            lines.append(bytes(self._buffer) + b"\n")
            self._buffer = bytearray(other)
        return lines

    def rest(self) -> bytes:
        return bytes(self._buffer)


class Whole:
    """Takes a body that is one document as one frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        self._buffer += chunk
        return []

    def rest(self) -> bytes:
        return bytes(self._buffer)


def cutter(status: int, content_type: str) -> Cutter | Lines | Whole:
    """The cutter for a body of this media type."""
    if is_document(status, content_type):
        return Whole()
    return Lines() if media_type(content_type) in _LINES else Cutter()


class FrameText(NamedTuple):
    """One frame as text: the event's name and data, and JSON that no field name introduces."""

    event: str
    data: str
    bare: str

    @property
    def values(self) -> tuple[tuple[str, str], ...]:
        """What it says, each with the name that it has. What is bare may be an error, behind which nothing
        counts: it comes last."""
        said = ((self.data, self.event),) if self.data else ()
        return (*said, (self.bare, "")) if self.bare else said


def read_frame(raw: bytes) -> FrameText:
    """The event in one frame; httpx-sse decides what its fields mean.

    Each frame is read on its own, so an `id:` of an earlier one does not turn later comments into empty
    events (httpx-sse 0.4.3 dispatches those). A frame without its blank line dispatches nothing, as the
    specification says. Bare JSON is kept, because servers have sent errors that way.
    """
    if usual := _USUAL.fullmatch(raw):
        event, data = usual.groups(b"message")
        return FrameText(event.decode("utf-8", "replace"), data.decode("utf-8", "replace"), "")
    text = raw.decode("utf-8", "replace").removeprefix(BOM)
    for sse in EventSource(cast(httpx.Response, _FrameBody(text))).iter_sse():
        if sse.data:
            return FrameText(sse.event, sse.data, _bare_json(text))
    return FrameText("", "", _bare_json(text))


def _bare_json(text: str) -> str:
    lines = [line for line in _LINE_END.split(text) if line and not line.startswith(_FIELDS)]
    return "\n".join(lines) if lines and lines[0].startswith(_JSON) else ""


class _FrameBody:
    """The part of an `httpx.Response` that `EventSource` reads, holding one frame."""

    headers = {"content-type": "text/event-stream"}  # noqa: RUF012 (never written to)

    def __init__(self, text: str) -> None:
        self._text = text

    def iter_text(self) -> Iterator[str]:
        yield self._text
