"""What a file says is checked here once, so that nobody who reads it later has to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec

from interactions.errors import CassetteError, Misfit
from interactions.files.fitting import parsed, shallow

T = TypeVar("T")


class _Note(msgspec.Struct):
    note: str


class _Asked(_Note):
    method: str
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://")]
    headers: dict[str, str]
    attempt: int
    body: dict[str, Any] | None = None
    history: int = 0


class _Answered(_Note):
    status: int
    reason: str
    http_version: str
    headers: list[tuple[str, str]]


class _Retried(_Note):
    seconds: float
    attempt: int
    of: int


class _Refused(_Note):
    status: int
    retry_after: Annotated[int, msgspec.Meta(ge=0, le=10**9)] | None = None


class _Resumed(_Note):
    rung: str
    afresh: bool


class _Waited(_Note):
    seconds: float
    status: str


class _LeftOut(_Note):
    parts: list[str]


# What the rest of the program takes for granted in a note of ours. Others only need a name.
_NOTES: Mapping[str, type[_Note]] = {
    "request": _Asked,
    "response": _Answered,
    "retry": _Retried,
    "refused": _Refused,
    "resume": _Resumed,
    "wait": _Waited,
    "left_out": _LeftOut,
}


def decoded(data: bytes, kind: type[T], otherwise: str) -> T:
    """Raises `CassetteError` that begins with `otherwise`."""
    try:
        return parsed(data, kind)
    except Misfit as error:
        raise CassetteError(f"{otherwise}: {error}.") from error


def check_note(raw: bytes, otherwise: str) -> None:
    """Raises `CassetteError` for a note that does not say what ours say."""
    name = decoded(raw, _Note, otherwise).note
    decoded(raw, _NOTES.get(name, _Note), otherwise)
    if not shallow(decoded(raw, dict[str, Any], otherwise)):
        raise CassetteError(f"{otherwise}: it is nested too deeply.")
