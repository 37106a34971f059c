"""JSON values that anybody may have written: read with care, and written again. How deep they may be, and how
large their numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import accumulate
from typing import Annotated, Any, TypeAlias

import msgspec

DEEPEST = 80  # levels; with what is put around it, a value can be written to a file of ours, and read again
LARGEST = 2**53 - 1  # of a number that counts: what all who read JSON agree on (RFC 8259, 6)

Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
Place: TypeAlias = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
_Object: TypeAlias = Mapping[str, Any]

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)  # possessive: one without an end is read once
_BRACKET = re.compile(r"[\[\]{}]")
_LEVEL = {"[": 1, "{": 1, "]": -1, "}": -1}


def too_deep(text: str) -> bool:
    """Whether a JSON text has more levels than are read. Linear, and without a stack."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    steps = (_LEVEL[bracket] for bracket in _BRACKET.findall(_STRING.sub("", text)))
    return max(accumulate(steps, initial=0)) > DEEPEST


def word(raw: _Object, key: str) -> str:
    """The text under a key, or "" for anything else."""
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def inner(raw: _Object, key: str) -> _Object:
    """The object under a key, or an empty one."""
    value = raw.get(key)
    return value if isinstance(value, Mapping) else {}


def each(raw: _Object, key: str) -> list[_Object]:
    """The objects in the list under a key."""
    value = raw.get(key)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def count(raw: _Object, key: str) -> int | None:
    """The number under a key, if something can be counted so."""
    value = raw.get(key)
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST
    return value if whole else None


def encoded(value: object) -> bytes:
    """The value as JSON, whatever is in it: msgspec writes no number of more than 64 bits, and no half of a
    surrogate pair."""
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError):
        return msgspec.json.encode(_written_out(value))


def whole_text(text: str) -> str:
    """The text with a question mark for each half of a surrogate pair, which nothing that wants UTF-8
    takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def whole(value: Any) -> Any:
    """A JSON value, or a struct of such, all of whose texts are `whole_text`."""
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, Mapping):
        return {whole(key): whole(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(whole(inside) for inside in value)
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **whole(msgspec.structs.asdict(value)))
    return value


def _written_out(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_written_out(key): _written_out(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [_written_out(inside) for inside in value]
    if isinstance(value, str):
        return whole_text(value)
    if type(value) is int:
        return msgspec.Raw(str(value).encode())
    if value is None or isinstance(value, bool | float | msgspec.Raw):
        return value
    return _written_out(msgspec.to_builtins(value))
