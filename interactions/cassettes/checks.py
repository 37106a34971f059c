"""What a file says is checked here once, so that nobody who reads it later has to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec

from interactions.errors import CassetteError

DEEPEST = 100  # levels of a prompt or a note
LONGEST = 200  # characters of what a decoder says

T = TypeVar("T")


class _Note(msgspec.Struct):
    note: str


class _Asked(_Note):
    method: str
    url: str
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
        return msgspec.json.decode(data, type=kind)
    except UnicodeDecodeError as error:
        raise CassetteError(f"{otherwise}: it is not in UTF-8.") from error
    except RecursionError as error:
        raise CassetteError(f"{otherwise}: it is nested too deeply.") from error
    except msgspec.DecodeError as error:
        said = " ".join(str(error).split())
        raise CassetteError(f"{otherwise}: {said[:LONGEST]}{'…' * (len(said) > LONGEST)}.") from error


def check_note(raw: bytes, otherwise: str) -> None:
    """Raises `CassetteError` for a note that does not say what ours say."""
    name = decoded(raw, _Note, otherwise).note
    decoded(raw, _NOTES.get(name, _Note), otherwise)
    if not shallow(decoded(raw, dict[str, Any], otherwise)):
        raise CassetteError(f"{otherwise}: it is nested too deeply.")


def shallow(value: object, left: int = DEEPEST) -> bool:
    """Whether all who read it later, with whatever is left of their stack, will get to the bottom."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return left > 0 and all(shallow(each, left - 1) for each in inner)
