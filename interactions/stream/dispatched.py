"""The events in the text of one frame: those of the specification, and those it drops and most clients read.

What is dropped is read only if it is whole: a cut event is no event, whatever of it has come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeAlias, cast

import httpx
from httpx_sse import EventSource

from interactions.stream.forms import is_whole

Said: TypeAlias = tuple[str, str]  # the data of an event, and its name

DONE = "[DONE]"
UNENDED = "An event had no blank line behind it; the standard drops it, most clients read it"
INDENTED = "An event began with spaces; the standard drops it, and it is read here"
LINE_END = re.compile(r"\r\n|\n|\r")
_INDENT = re.compile(r"(?:^|(?<=[\r\n]))[ \t]+(?=(?:data|event|id|retry)?:)")


def events_in(text: str) -> tuple[list[Said], tuple[str, ...]]:
    """The events in the text of a frame, and what was wrong with them."""
    if (found := _dispatched(text)) is not None:
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
    for line in LINE_END.split(text):
        field, _, value = line.partition(":")
        if field == "event":
            event = value.removeprefix(" ")
        elif field == "data" and value.strip():
            said.append((value.removeprefix(" "), event))
    return said


def is_event(data: str) -> bool:
    """Whether data is all that its event said: JSON that has come to its end, or the end of the stream."""
    return data.strip() == DONE or is_whole(data)


class _FrameBody:
    """The part of an `httpx.Response` that `EventSource` reads, holding one frame."""

    headers = {"content-type": "text/event-stream"}  # noqa: RUF012 (never written to)

    def __init__(self, text: str) -> None:
        self._text = text

    def iter_text(self) -> Iterator[str]:
        yield self._text
