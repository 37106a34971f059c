"""Cuts the bytes of a response body into frames, which joined are the body again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from interactions.stream.forms import BOM, Form, form_of
from interactions.stream.sse import USUAL, is_event

# Two line ends in a row; each is CRLF, LF or a lone CR (WHATWG HTML, 9.2.5 "Parsing an event stream").
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))")
_LINE_END = re.compile(rb"\r\n|\n|\r")
_BEGINNINGS = (b"data:", b"event:")
_QUOTED, _UNQUOTED = re.compile(rb'["\\]'), re.compile(rb'["{}\[\]]')
_LONG = 2**16  # bytes of a body whose form is still open, behind which it is looked at less and less often


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
            if end is None or not self._is_usual(start, end):
                end = self._early(len(self._buffer) if end is None else end) or end
            if end is None:
                break
            yield bytes(self._buffer[start:end])
            start = end
            self._begin(start)
        if start:
            del self._buffer[:start]
            self._line -= start

    def _is_usual(self, start: int, end: int) -> bool:
        """Whether this is one event, within which no frame ends. Where lines end with a line feed alone, that
        is told without a look at each of its bytes."""
        if self._has_cr:
            return USUAL.fullmatch(self._buffer, start, end) is not None
        last = self._buffer.rfind(b"\n", start, end - 2) + 1 or start
        named = last > start and self._buffer.startswith(b"event: ", start)
        one = last == start or (named and self._buffer.find(b"\n", start, end - 2) == last - 1)
        return one and self._buffer.startswith(b"data:", last)

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
            found = _LINE_END.search(self._buffer, max(self._line, self._searched), limit)
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


class Elements:
    """Cuts a JSON list behind each of its objects. What follows the list is a stream."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._at = self._level = 0
        self._quoted = False
        self._following: Cutter | None = None

    def feed(self, chunk: bytes) -> list[bytes]:
        if self._following is not None:
            return self._following.feed(chunk)
        self._buffer += chunk
        frames = []
        while (end := self._end()) is not None:
            frames.append(bytes(self._buffer[:end]))
            del self._buffer[:end]
            self._at = 0
            if self._level <= 0:
                self._following = Cutter()
                return frames + self._following.feed(bytes(self._buffer))
        return frames

    def rest(self) -> bytes:
        return bytes(self._buffer) if self._following is None else self._following.rest()

    def _end(self) -> int | None:
        """Where an object ends, or the list. Each byte is looked at once."""
        while mark := (_QUOTED if self._quoted else _UNQUOTED).search(self._buffer, self._at):
            self._at = mark.end()
            if mark[0] == b"\\":
                self._at += 1  # what is escaped, also if it has yet to come
            elif mark[0] == b'"':
                self._quoted = not self._quoted
            else:
                self._level += 1 if mark[0] in b"{[" else -1
                if mark[0] in b"}]" and self._level <= 1:
                    return self._at
        self._at = max(self._at, len(self._buffer))
        return None


AnyCutter: TypeAlias = Cutter | Lines | Elements | Whole
CUTTERS: Mapping[Form, Callable[[], AnyCutter]] = {
    "stream": Cutter,
    "lines": Lines,
    "list": Elements,
    "document": Whole,
}


class BodyCutter:
    """Cuts a body by its form, which its first bytes tell. What is too short to tell is one frame."""

    def __init__(self, status: int, content_type: str) -> None:
        self._said = (status, content_type)
        self._head = bytearray()
        self._enough = 0
        self._cutter: AnyCutter | None = None

    def feed(self, chunk: bytes) -> list[bytes]:
        if self._cutter is not None:
            return self._cutter.feed(chunk)
        self._head += chunk
        if len(self._head) < self._enough:
            return []
        form = form_of(*self._said, bytes(self._head))
        if form is None:
            # Each look begins at the first byte.
            self._enough = 2 * len(self._head) if len(self._head) > _LONG else 0
            return []
        self._cutter = CUTTERS[form]()
        return self._cutter.feed(bytes(self._head))

    def rest(self) -> bytes:
        return bytes(self._head) if self._cutter is None else self._cutter.rest()


def cut(body: bytes, form: Form = "stream") -> list[bytes]:
    """The frames of a body that is all there."""
    cutter = CUTTERS[form]()
    frames = cutter.feed(body)
    rest = cutter.rest()
    return [*frames, rest] if rest else frames
