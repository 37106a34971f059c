"""What every dialect shares: our own notes, refusals, and answers that are one document."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec

from interactions.stream.sse import is_document
from interactions.turns.events import Ended, Error, ErrorDetail
from interactions.turns.wire import load_json, read_error


class State(msgspec.Struct, frozen=True):
    """What reading a stream has to remember between frames: the status of the answer, whether it is a
    stream at all, the parts of it when it is a document, and the errand that the request was."""

    status: int = 0
    document: bool = False
    parts: tuple[bytes, ...] = ()
    errand: str = ""

    @property
    def text(self) -> str:
        return b"".join(self.parts).decode("utf-8", "replace")


S = TypeVar("S", bound=State)


def opened(note: Mapping[str, Any], state: S) -> S:
    """The state behind a note of response headers."""
    kind = next((value for key, value in note["headers"] if key.lower() == "content-type"), "")
    document = is_document(note["status"], kind)
    return msgspec.structs.replace(state, status=note["status"], document=document, parts=())


def kept(state: S, raw: bytes) -> S:
    """The state with one more part of a document in it."""
    return msgspec.structs.replace(state, parts=(*state.parts, raw))


def refusal(
    state: State,
    detail_of: Callable[[object], ErrorDetail] = read_error,
    retry_after: int | None = None,
) -> Error:
    """The error that an HTTP status and its body amount to, in the server's own words.

    Bodies come as `{"error": …}`, in an array, or as anything at all from a proxy.
    """
    value = load_json(state.text)
    if isinstance(value, list) and value:
        value = value[0]
    detail = ErrorDetail()
    if isinstance(value, Mapping):
        detail = detail_of(value if value.get("error") is None else value["error"])
    message = detail.message or state.text.strip()[:2000] or f"HTTP {state.status} without a body"
    code = detail.code if isinstance(detail.code, str) else detail.status
    return Error(ErrorDetail(code=code, message=message, http_status=state.status, retry_after=retry_after))


# What the end of an exchange means for a turn that has not ended by itself.
ENDINGS = {
    "end": "interrupted",
    "cut": "interrupted",
    "unreachable": "failed",
    "stop": "cancelled",
    "crash": "failed",
    "partial": "interrupted",
    "unchecked": "interrupted",
}


def ending(note: Mapping[str, Any]) -> Ended:
    told = {name: str(note[name]) for name in ("error", "message", "by", "time") if name in note}
    return Ended(str(note.get("status") or ENDINGS[note["note"]]), **told)
