"""Cuts the bytes of a response body into frames, and reads a frame as a server-sent event.

Cutting and reading are apart on purpose: the journal keeps the bytes of every frame, its blank line included,
and reading them later, anywhere, gives the same event.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from interactions.stream.dispatched import LINE_END, Said, events_in, is_event
from interactions.stream.forms import BOM, Form, form_of, json_values

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
_LINE_ENDS = re.compile(rb"\r\n|\n|\r")
_BEGINNINGS = (b"data:", b"event:")
_LONG = 2**16


def tells(raw: bytes) -> bool:
    """Whether a frame says anything: comments, pings and empty lines do not."""
    lines = [line for line in _ENDS.split(raw.removeprefix(BOM.encode())) if not line.startswith(_UNSAID)]
    return _NOTHING.fullmatch(b"\n".join(lines).strip()) is None


class Cutter:
    """Finds frame borders in an event stream that arrives in arbitrary pieces.

    The cuts depend on the bytes alone, never on how they arrived: fed whole or byte by byte, the frames
    are the same, and joined with `rest()` they are the body. A frame ends at its blank line. Where servers
    leave that out, it ends behind a line that is one JSON value, and before the next event.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._has_cr = False
        self._begin(0)

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
        self._begin(0)
        return rest

    def _begin(self, line: int) -> None:
        """A frame begins at this line: nothing of it has been seen, no data, and nothing that needs its blank
        line."""
        self._line, self._empty, self._data, self._plain = line, True, b"", False

    def _complete(self) -> Iterator[bytes]:
        start = 0
        while True:
            end = self._border(max(start, self._searched))
            if end is None or not _USUAL.fullmatch(self._buffer, start, end):
                end = self._early(len(self._buffer) if end is None else end) or end
            if end is None:
                break
            yield bytes(self._buffer[start:end])
            start = end
            self._begin(start)
        if start:
            del self._buffer[:start]
            self._line -= start

    def _border(self, position: int) -> int | None:
        if not self._has_cr:
            found = self._buffer.find(b"\n\n", position)
            return None if found < 0 else found + 2
        match = _BLANK_LINE.search(self._buffer, position)
        return None if match is None or self._undecided(match.end()) else match.end()

    def _undecided(self, end: int) -> bool:
        """A CR at the very end may be half of a CRLF whose LF is still on its way."""
        return end == len(self._buffer) and self._buffer.endswith(b"\r")

    def _early(self, limit: int) -> int | None:
        """Where the frame ends without a blank line, if it does so in front of `limit`. A line is
        looked at once."""
        while not self._plain:
            found = _LINE_ENDS.search(self._buffer, max(self._line, self._searched), limit)
            if found is None or self._undecided(found.end()):
                return None
            line = bytes(self._buffer[self._line : found.start()]).removeprefix(BOM.encode()).strip()
            if self._empty and line.startswith((b"{", b"[")):
                if is_event(line.decode("utf-8", "replace")):
                    return found.end()
                self._plain = True
            elif self._data and line.startswith(_BEGINNINGS):
                if is_event(self._data.decode("utf-8", "replace")):
                    return self._line
                self._plain = True
            elif line.startswith(b"data:"):
                self._data = line.removeprefix(b"data:")
            self._line, self._empty = found.end(), self._empty and not line
        return None


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


CUTTERS: Mapping[Form, Callable[[], Cutter | Lines | Whole]] = {
    "stream": Cutter,
    "lines": Lines,
    "document": Whole,
}


class BodyCutter:
    """Cuts a body by its form, which its first bytes tell. What is too short to tell is one frame."""

    def __init__(self, status: int, content_type: str) -> None:
        self._said = (status, content_type)
        self._head = bytearray()
        self._enough = 0
        self._cutter: Cutter | Lines | Whole | None = None

    def feed(self, chunk: bytes) -> list[bytes]:
        if self._cutter is not None:
            return self._cutter.feed(chunk)
        self._head += chunk
        if len(self._head) < self._enough:
            return []
        form = form_of(*self._said, bytes(self._head))
        if form is None:
            # A long document is looked at less and less often: each look begins at its first byte.
            self._enough = 2 * len(self._head) if len(self._head) > _LONG else 0
            return []
        self._cutter = CUTTERS[form]()
        return self._cutter.feed(bytes(self._head))

    def rest(self) -> bytes:
        return bytes(self._head) if self._cutter is None else self._cutter.rest()


def cut(stream: bytes) -> list[bytes]:
    """The frames of an event stream that is all there."""
    cutter = Cutter()
    frames = cutter.feed(stream)
    rest = cutter.rest()
    return [*frames, rest] if rest else frames


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
    if usual := _USUAL.fullmatch(raw):
        event, data = usual.groups(b"message")
        return FrameText(event.decode("utf-8", "replace"), data.decode("utf-8", "replace"), "")
    text = raw.decode("utf-8", "replace").removeprefix(BOM)
    said, wrong = events_in(text) if "data" in text else ([], ())
    (told, name), *more = said or [("", "")]
    return FrameText(name, told, _bare_json(text), tuple(more), wrong)


def remarks(raw: bytes) -> tuple[str, ...]:
    """What was wrong with a frame."""
    return () if _USUAL.fullmatch(raw) else read_frame(raw).remarks


def _bare_json(text: str) -> str:
    lines = [line for line in LINE_END.split(text) if line and not line.startswith(_FIELDS)]
    return "\n".join(lines) if lines and lines[0].startswith(_JSON) else ""
