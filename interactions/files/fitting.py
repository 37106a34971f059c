"""Checks values from a file or a user against the type that is expected.

msgspec decides what fits. What does not is told in words of ours: where it stands, and what is expected
there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from msgspec import inspect

from interactions.errors import Misfit

DEEPEST = 100  # levels of a value; `turns.values` says why it is more than a stream may have
LONGEST = 80  # characters of a name that is repeated
LARGEST = 10**15  # of a number that is repeated
BOM = b"\xef\xbb\xbf"

T = TypeVar("T")
_Time: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
_LISTS = (inspect.ListType, inspect.VarTupleType)
_OBJECTS = (inspect.StructType, inspect.DictType)
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}

# What is expected, in words. What a file says of itself has no other types.
_WORDS: Mapping[type[inspect.Type], str] = {
    inspect.StrType: "a text",
    inspect.BoolType: "true or false",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.NoneType: "null",
    inspect.BytesType: "base64",
    inspect.DateTimeType: "a time with its zone, such as 2026-01-31T12:00:00Z",
    inspect.ListType: "a list",
    inspect.VarTupleType: "a list",
    inspect.DictType: "an object",
    inspect.StructType: "an object",
}
_FOUND: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
    list: "a list",
    dict: "an object",
}


def parsed(data: bytes, kind: type[T]) -> T:
    """Decodes a JSON document as a value of this type; a byte order mark in front is no part of it. Raises
    `Misfit`."""
    data = data.removeprefix(BOM)
    try:
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.ValidationError as error:
            raise _misfit(msgspec.json.decode(data), kind) from error
    except RecursionError as error:
        raise Misfit("it is nested too deeply") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Misfit(_unreadable(data)) from error


def fitted(value: object, kind: type[T]) -> T:
    """Converts the value to this type. Raises `Misfit`."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise _misfit(value, kind) from error


def shallow(value: object, left: int = DEEPEST) -> bool:
    """Whether the value has at most `left` levels, so that recursive readers do not run out of stack."""
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return left > 0 and all(shallow(each, left - 1) for each in inner)


def _unreadable(data: bytes) -> str:
    try:
        json.loads(data)
    except UnicodeDecodeError:
        return "it is not JSON (not in UTF-8)"
    except json.JSONDecodeError as error:
        return f"it is not JSON (line {error.lineno}, column {error.colno})"
    except (RecursionError, ValueError):  # a number of too many digits
        pass
    return "it is not JSON"


def _misfit(value: object, kind: type) -> Misfit:
    found = next(_wrong(value, inspect.type_info(kind), ""), ("", "it has another form than is expected"))
    return Misfit(found[1], found[0])


def _wrong(value: object, kind: inspect.Type, place: str) -> Iterator[tuple[str, str]]:
    """Where something is wrong, and what."""
    match kind:
        case inspect.UnionType():
            yield from _none_of(value, kind, place)
        case inspect.StructType() if isinstance(value, dict):
            yield from _fields(value, kind, place)
        case inspect.DictType() if isinstance(value, dict):
            for key, each in value.items():
                yield from _wrong(each, kind.value_type, f"{place}.{_name(key)}")
        case inspect.ListType() | inspect.VarTupleType() if isinstance(value, list | tuple):
            for number, each in enumerate(value):
                yield from _wrong(each, kind.item_type, f"{place}[{number}]")
        case _ if not _fits(value, kind):
            yield place, f"expected {_expected(kind)}, found {_found(value)}"


def _fields(value: dict[str, Any], kind: inspect.StructType, place: str) -> Iterator[tuple[str, str]]:
    known = {field.encode_name: field for field in kind.fields}
    for name, field in known.items():
        if name in value:
            yield from _wrong(value[name], field.type, f"{place}.{name}")
        elif field.required:
            yield place, f"the field `{name}` is missing"
    unknown = [name for name in value if name not in known] if kind.forbid_unknown_fields else []
    for name in unknown:
        yield place, f"the field `{_name(name)}` is unknown: take it out, or update the app if that wrote it"


def _none_of(value: object, kind: inspect.UnionType, place: str) -> Iterator[tuple[str, str]]:
    """The trouble inside of the one that is meant, if a container can tell; else all that would do."""
    wrongs = [list(_wrong(value, each, place)) for each in kind.types]
    if not all(wrongs):
        return
    wanted = _OBJECTS if isinstance(value, dict) else _LISTS if isinstance(value, list | tuple) else ()
    meant = [wrong for each, wrong in zip(kind.types, wrongs, strict=True) if isinstance(each, wanted)]
    if meant:
        yield from meant[0]
    else:
        yield place, f"expected {_expected(kind)}, found {_found(value)}"


def _fits(value: object, kind: inspect.Type) -> bool:
    match kind:
        case inspect.LiteralType():
            return value in kind.values
        case inspect.StrType():
            return isinstance(value, str) and _formed(value, kind)
        case inspect.BoolType():
            return isinstance(value, bool)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool) and _within(value, kind)
        case inspect.FloatType():
            return isinstance(value, int | float) and not isinstance(value, bool) and _within(value, kind)
        case inspect.NoneType():
            return value is None
        case inspect.BytesType():
            return _converts(value, bytes)
        case inspect.DateTimeType():
            return _converts(value, _Time)
        case _:  # containers that are none, and what nothing is known of
            return isinstance(kind, inspect.AnyType)


def _formed(value: str, kind: inspect.StrType) -> bool:
    short = kind.max_length is None or len(value) <= kind.max_length
    return short and (kind.pattern is None or re.search(kind.pattern, value) is not None)


def _within(value: float, kind: inspect.IntType | inspect.FloatType) -> bool:
    return (
        (kind.ge is None or value >= kind.ge)
        and (kind.gt is None or value > kind.gt)
        and (kind.le is None or value <= kind.le)
        and (kind.lt is None or value < kind.lt)
    )


def _converts(value: object, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _expected(kind: inspect.Type) -> str:
    match kind:
        case inspect.UnionType():
            return " or ".join(
                _expected(each) for each in kind.types if not isinstance(each, inspect.NoneType)
            )
        case inspect.StrType() if kind.max_length is not None:
            return f"a text of at most {kind.max_length:,} characters"
        case inspect.StrType() if kind.pattern is not None:
            return f"a text like {kind.pattern}"
        case inspect.LiteralType():
            return f"one of {', '.join(repr(value) for value in kind.values)}"
        case inspect.IntType() | inspect.FloatType():
            bounds = [(word, getattr(kind, name)) for name, word in _BOUNDS.items()]
            told = " and ".join(f"{word} {bound:,}" for word, bound in bounds if bound is not None)
            return f"{_WORDS[type(kind)]} of {told}" if told else _WORDS[type(kind)]
        case _:
            return _WORDS.get(type(kind), "something else")


def _found(value: object) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST:
        return f"{value:,}"
    return _FOUND.get(type(value), "something else")


def _name(name: object) -> str:
    """A name of theirs, in one line."""
    line = " ".join("".join(char if char.isprintable() else " " for char in str(name)).split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
