"""The arguments of a call that come in pieces, each at its place, as JSON text that grows at its end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from interactions.providers.shared.foreign import json_text
from interactions.turns.steps import Wire
from interactions.turns.values import DEEPEST

Path: TypeAlias = tuple[str | int, ...]

_STEP = re.compile(
    r"\.(?P<name>[^.\[\]]+)|\[(?P<place>\d{1,6})\]"
    r"|\['(?P<single>(?:[^'\\]|\\.)*)'\]|\[\"(?P<double>(?:[^\"\\]|\\.)*)\"\]"
)
_ESCAPED = re.compile(r"\\(.)")
_MISSING = object()


class Written(msgspec.Struct, frozen=True):
    """The arguments so far: their `value`, and where its text stands. `open` are the keys of the objects and
    lists that are open in the text, within the outermost; `growing` is the key of a text that is not closed
    yet. Once something has come for a place that the text has left, it has `strayed`: the text is no longer
    that of the value."""

    value: Wire = {}
    begun: bool = False
    open: Path = ()
    growing: str | int | None = None
    strayed: bool = False


def path_of(told: object) -> Path:
    """The keys of a JSON path (RFC 9535) of names and places; () for any other."""
    if not isinstance(told, str) or not told.startswith("$"):
        return ()
    keys: list[str | int] = []
    at = 1
    while at < len(told):
        found = _STEP.match(told, at)
        if found is None or len(keys) == DEEPEST:
            return ()
        at = found.end()
        keys.append(_key(found))
    return tuple(keys) if keys and isinstance(keys[0], str) else ()


def _key(found: re.Match[str]) -> str | int:
    if found["place"] is not None:
        return int(found["place"])
    quoted = found["single"] if found["single"] is not None else found["double"]
    return found["name"] if quoted is None else _ESCAPED.sub(r"\1", quoted)


def put(written: Written, path: Path, piece: object) -> tuple[Written, str] | None:
    """The arguments with a piece more, and the text that it adds; None where there is no such place. A text
    goes on where there is one."""
    known = _at(written.value, path)
    goes_on = isinstance(known, str) and isinstance(piece, str)
    whole = f"{known}{piece}" if goes_on else piece
    value = _with(written.value, path, whole)
    if value is None:
        return None
    after = msgspec.structs.replace(written, value=value, begun=True)
    if written.strayed or (known is not _MISSING and whole == known):
        return after, ""
    if goes_on and (*written.open, written.growing) == path:
        return after, json_text(piece)[1:-1]
    text = None if known is not _MISSING else _behind(written, path)
    if text is None:
        return msgspec.structs.replace(after, strayed=True), ""
    grows = isinstance(piece, str)
    shown = json_text(piece)
    moved = msgspec.structs.replace(after, open=path[:-1], growing=path[-1] if grows else None)
    return moved, text + (shown[:-1] if grows else shown)


def put_all(written: Written, args: Wire) -> tuple[Written, str]:
    """The arguments with all of these, which are whole."""
    if not written.begun:
        return Written(value=args, begun=True), json_text(args)[:-1]
    said = ""
    for key, value in args.items():
        known = written.value.get(key, _MISSING)
        if known is _MISSING:
            written, text = put(written, (key,), value) or (written, "")
            said += text
        elif known != value:
            merged = {**written.value, key: value}
            written = msgspec.structs.replace(written, value=merged, strayed=True)
    return written, said


def ending(written: Written) -> str:
    """What closes the text."""
    return _closing(written, 0) + "}" if written.begun and not written.strayed else ""


def _behind(written: Written, path: Path) -> str | None:
    """The text that leads from the end of what was said to a new place, or None if there is no way."""
    shared = 0
    while shared < min(len(written.open), len(path) - 1) and written.open[shared] == path[shared]:
        shared += 1
    beside = _at(written.value, path[:shared])
    if _at(written.value, path[: shared + 1]) is not _MISSING or not isinstance(beside, Mapping | list):
        return None  # what is closed is not opened again
    leading = _leading(path, shared, len(beside))
    first = "" if written.begun else "{"
    return None if leading is None else _closing(written, shared) + first + ("," if beside else "") + leading


def _leading(path: Path, start: int, place: int) -> str | None:
    """The brackets and names down to the value; its first key is beside `place` others."""
    said = ""
    for depth in range(start, len(path)):
        key = path[depth]
        if isinstance(key, str):
            said += f"{json_text(key)}:"
        elif key != (place if depth == start else 0):
            return None
        if depth + 1 < len(path):
            said += "{" if isinstance(path[depth + 1], str) else "["
    return said


def _closing(written: Written, shared: int) -> str:
    """What closes the text that grows, and all that is open but for the first `shared`."""
    inside = (_at(written.value, written.open[:depth]) for depth in range(len(written.open), shared, -1))
    brackets = "".join("}" if isinstance(value, Mapping) else "]" for value in inside)
    return ('"' if written.growing is not None else "") + brackets


def _at(value: Any, path: Path) -> Any:
    for key in path:
        inside = isinstance(value, Mapping if isinstance(key, str) else list)
        if not inside or (key not in value if isinstance(key, str) else key >= len(value)):
            return _MISSING
        value = value[key]
    return value


def _with(value: Any, path: Path, piece: object) -> Any:
    """A copy with the piece at its place, or None where there is no such place."""
    if not path:
        return piece
    key, rest = path[0], path[1:]
    if isinstance(key, str):
        known = {} if value is _MISSING else value
        if not isinstance(known, Mapping):
            return None
        inner = _with(known.get(key, _MISSING), rest, piece)
        return None if inner is None and rest else {**known, key: inner}
    items = [] if value is _MISSING else value
    if not isinstance(items, list) or key > len(items):
        return None
    inner = _with(items[key] if key < len(items) else _MISSING, rest, piece)
    return None if inner is None and rest else [*items[:key], inner, *items[key + 1 :]]
