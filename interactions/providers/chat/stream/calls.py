"""Tool calls that come in pieces, and whatever servers have got wrong about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import msgspec

from interactions.providers.chat.stream.delta import CARRIED, carried, merged, telling
from interactions.providers.shared.fields import set_only
from interactions.providers.shared.foreign import json_text
from interactions.turns.steps import Wire
from interactions.turns.values import count, inner, word
from interactions.turns.wire import load_json


class Call(msgspec.Struct, frozen=True):
    """`index` and `id` are those of its step; `place` and `told` are what its server says instead of them.
    `answer` is the id of the completion, of which an id can be made; `whole` is that all of its arguments
    have come, in one piece, and `silent` that none has. `kind` is that of its step; `kept` goes back with
    it."""

    index: int
    answer: str
    kind: str = "function_call"
    place: int = 0
    told: str = ""
    name: str = ""
    id: str = ""
    whole: bool = False
    silent: bool = True
    kept: Wire = {}


News: TypeAlias = Literal["", "begun", "named"]
Calls: TypeAlias = tuple[Call, ...]

READ = frozenset({"index", "id", "type", "function", "custom", *CARRIED})


def pieces(delta: Wire) -> list[Wire]:
    """The pieces of calls in a chunk; one of the older kind, without a list, is as the first of a list."""
    legacy, listed = inner(delta, "function_call"), delta.get("tool_calls")
    found = listed if isinstance(listed, list) else [listed]
    older: list[Wire] = [{"index": 0, "function": legacy}] if legacy else []
    return [*(one for one in found if isinstance(one, Mapping)), *older]


def strange(delta: Wire) -> Wire:
    """What stands in the place of calls and is none."""
    listed = delta.get("tool_calls")
    found = listed if isinstance(listed, list) else [listed]
    legacy = delta.get("function_call")
    return set_only(
        {
            "tool_calls": [one for one in found if one is not None and not isinstance(one, Mapping)],
            "function_call": None if isinstance(legacy, Mapping) else legacy,
        }
    )


def taken_up(calls: Calls, piece: Wire, position: int, blank: Call) -> tuple[Calls, Call, News]:
    """The calls with a piece in them, the one that it belongs to, and what that one has become by it: begun,
    out of `blank`, or given an id or a name that it lacked."""
    told, name = word(piece, "id"), word(_function(piece), "name")
    index = count(piece, "index")
    place = position if index is None else index
    whole, silent = bool(name) and _whole(piece), not arguments_in(piece)
    known = _known(calls, piece, place)
    longer = known is not None and _goes_on_naming(known, piece, name)
    if known is None or (_another(known, told, name, whole) and not longer):
        made = msgspec.structs.replace(blank, place=place, told=told, name=name, whole=whole, silent=silent)
        made = msgspec.structs.replace(made, id=_unique(calls, made), kept=carried(piece))
        return (*calls, made), made, "begun"
    kept = merged(known.kept, carried(piece))
    name = known.name + name if longer else known.name or name
    named = msgspec.structs.replace(
        known, told=known.told or told, name=name, silent=known.silent and silent, kept=kept
    )
    if named == known:
        return calls, known, ""
    if named.told != known.told:
        named = msgspec.structs.replace(named, id=_unique(calls, named))
    news: News = "named" if (named.id, named.name) != (known.id, known.name) else ""
    return tuple(named if call is known else call for call in calls), named, news


def arguments_in(piece: Wire) -> str:
    """Their JSON; Ollama's own API has an object, and so have servers built after it. A custom tool is given
    free text."""
    function = _function(piece)
    named = "input" if "custom" in piece else "arguments"
    value = function.get(named, function.get("parameters"))
    return value if isinstance(value, str) else "" if value is None else json_text(value)


def kind_of(piece: Wire) -> str:
    """The kind of step that a call is."""
    return "custom_tool_call" if inner(piece, "custom") else "function_call"


def unread(piece: Wire) -> Wire:
    """The fields of a piece that say something and that nobody reads."""
    known, function = {"name", "arguments", "parameters", "input"}, _function(piece)
    inside = {key: value for key, value in function.items() if key not in known}
    flat = known if function is piece else set()
    left = {key: value for key, value in piece.items() if key not in READ | flat}
    return telling({**left, "function": {} if flat else telling(inside)})


def _function(piece: Wire) -> Wire:
    """What is called and with what; a few servers leave out the object around it."""
    return inner(piece, "custom") or inner(piece, "function") or piece


def _known(calls: Calls, piece: Wire, place: int) -> Call | None:
    """The call that a piece seems to go on with: the newest at its place, or else the one of its id. Some
    servers leave the place out, and some count it up with every piece."""
    told, index = word(piece, "id"), count(piece, "index")
    here = next((call for call in reversed(calls) if call.place == place), None)
    if not told or (here is not None and (index is not None or here.told == told)):
        return here
    same = next((call for call in reversed(calls) if call.told == told), None)
    name = word(_function(piece), "name")
    goes_on = same is not None and name in {"", same.name} and not (name and _whole(piece))
    return same if goes_on else here


def _another(known: Call, told: str, name: str, whole: bool) -> bool:
    """Whether a piece at a known place begins another call: some servers leave every call at place 0. An old
    LM Studio repeats an empty name with every piece."""
    if not known.name or not name:
        return False
    return told != known.told if told else name != known.name or (whole and known.whole)


def _goes_on_naming(known: Call, piece: Wire, name: str) -> bool:
    """Whether a piece has more of the name of a call. One that begins a call has an id, if the call before it
    has one."""
    begins = "id" in piece or "type" in piece or not known.told or not known.silent
    return name not in {"", known.name} and bool(known.name) and not begins


def _whole(piece: Wire) -> bool:
    """Whether the piece has all of the arguments; an empty object may stand for those that follow."""
    value = load_json(arguments_in(piece))
    return isinstance(value, Mapping) and bool(value)


def _unique(calls: Calls, call: Call) -> str:
    """The result of a call goes back under its id: one that is missing, or given twice, is made up."""
    taken = {other.id for other in calls if other.index != call.index}
    if call.told and call.told not in taken:
        return call.told
    return f"{call.told or f'call_{call.answer}'}_{call.index}"
