"""Reading and writing of JSON values from untrusted sources, with limits of depth and of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Annotated, Any, TypeAlias

import msgspec

# Levels of a value in a stream. Our files put up to 20 more around it, and `files.fitting` reads 100: so
# what was read once can be written to a file and read again.
DEEPEST = 80
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
    # Brackets inside of strings do not count, so strings are removed first.
    steps = (_LEVEL[bracket[0]] for bracket in _BRACKET.finditer(_STRING.sub("", text)))
    return any(level > DEEPEST for level in accumulate(steps))


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
        return msgspec.json.encode(_mapped(value, _encodable))


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
    return _mapped(value, _whole_leaf)


def _mapped(value: Any, leaf: Callable[[Any], Any]) -> Any:
    """The value with `leaf` applied to everything in it that is neither an object nor a list."""
    if isinstance(value, Mapping):
        return {_mapped(key, leaf): _mapped(inside, leaf) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        mapped = [_mapped(inside, leaf) for inside in value]
        return mapped if isinstance(value, list) else tuple(mapped)
    return leaf(value)


def _whole_leaf(value: Any) -> Any:
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **whole(msgspec.structs.asdict(value)))
    return value


def _encodable(value: Any) -> Any:
    """What `encoded` can write in the place of a value that msgspec refuses."""
    if isinstance(value, str):
        return whole_text(value)
    if type(value) is int:
        return msgspec.Raw(str(value).encode())
    if value is None or isinstance(value, bool | float | msgspec.Raw):
        return value
    return _mapped(msgspec.to_builtins(value), _encodable)
