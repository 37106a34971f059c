"""Tool calls that come in pieces, and whatever servers have got wrong about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from interactions.providers.shared.foreign import json_text
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, inner, word
from interactions.turns.wire import load_json


class Call(msgspec.Struct, frozen=True):
    """`index` and `id` are those of its step; `place` and `told` are what its server says instead of them.
    `answer` is the id of the completion, of which an id can be made; `whole` is that all of its arguments
    have come, in one piece."""

    index: int
    answer: str
    place: int = 0
    told: str = ""
    name: str = ""
    id: str = ""
    whole: bool = False


News: TypeAlias = Literal["", "begun", "named"]
Calls: TypeAlias = tuple[Call, ...]


def pieces(delta: Wire) -> list[Wire]:
    """The pieces of calls in a chunk; one of the older kind, without a list, is as the first of a list."""
    legacy = inner(delta, "function_call")
    return [*each(delta, "tool_calls"), *([{"index": 0, "function": legacy}] if legacy else [])]


def taken_up(calls: Calls, piece: Wire, position: int, blank: Call) -> tuple[Calls, Call, News]:
    """The calls with a piece in them, the one that it belongs to, and what that one has become by it: begun,
    out of `blank`, or given an id or a name that it lacked. A call is told by its `index`, or else by where
    the piece stands in its list."""
    index, told, name = count(piece, "index"), word(piece, "id"), word(inner(piece, "function"), "name")
    place = position if index is None else index
    known = next((call for call in reversed(calls) if call.place == place), None)
    whole = bool(name) and _whole(piece)
    if known is None or _another(known, told, name, whole):
        made = msgspec.structs.replace(blank, place=place, told=told, name=name, whole=whole)
        made = msgspec.structs.replace(made, id=_unique(calls, made))
        return (*calls, made), made, "begun"
    named = msgspec.structs.replace(known, told=known.told or told, name=known.name or name)
    if named == known:
        return calls, known, ""
    if named.told != known.told:
        named = msgspec.structs.replace(named, id=_unique(calls, named))
    return tuple(named if call is known else call for call in calls), named, "named"


def arguments_in(piece: Wire) -> str:
    """Their JSON; Ollama's own API has an object, and so have servers built after it."""
    value = inner(piece, "function").get("arguments")
    return value if isinstance(value, str) else json_text(value) if isinstance(value, Mapping) else ""


def _another(known: Call, told: str, name: str, whole: bool) -> bool:
    """Whether a piece at a known place begins another call: some servers leave every call at place 0. An old
    LM Studio repeats an empty name with every piece."""
    if not known.name or not name:
        return False
    return told != known.told if told else name != known.name or (whole and known.whole)


def _whole(piece: Wire) -> bool:
    return isinstance(load_json(arguments_in(piece)), Mapping)


def _unique(calls: Calls, call: Call) -> str:
    """The result of a call goes back under its id: one that is missing, or given twice, is made up."""
    taken = {other.id for other in calls if other.index != call.index}
    if call.told and call.told not in taken:
        return call.told
    return f"{call.told or f'call_{call.answer}'}_{call.index}"
