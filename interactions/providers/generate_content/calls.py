"""Calls of functions: whole, or in pieces of which each names a place in the arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from interactions.providers.generate_content.arguments import path_of, put, put_all
from interactions.providers.generate_content.lanes import Call, Lane, Read, begun, ended, raw, with_
from interactions.providers.generate_content.names import VENDOR, camel, unread
from interactions.providers.shared.foreign import json_text
from interactions.turns.events import ArgumentsDelta, Body, NativeDelta, OtherDelta, Remark, StepDelta
from interactions.turns.steps import Wire
from interactions.turns.values import each, word

NAMELESS = "The server sent a part of a call that it had not begun"
_READ = frozenset({"id", "name", "args", "partialArgs", "willContinue"})
_VALUES = ("stringValue", "numberValue", "boolValue", "nullValue")


def call(lane: Lane, part: Wire, more: Wire) -> Read:
    """A part with a call, or a piece of one; `more` are fields of the part that nobody reads."""
    piece = camel(part["functionCall"])
    known = _continued(lane, piece)
    empty = not any(piece.get(key) for key in ("name", "id", "partialArgs")) and piece.get("args") is None
    if known is None and empty and not unread(piece, _READ):
        return lane, ()  # it marks the end of a call that has ended
    if known is None:
        lane, bodies, known = _begun(lane, part, piece)
    else:
        known, bodies = _named(lane, known, part, piece)
    known, said = _arguments(known, piece)
    bodies += (*said, *raw(known.index, {**more, **unread(piece, _READ)}))
    goes_on = piece.get("willContinue") is True
    known = msgspec.structs.replace(known, more=goes_on)
    others = tuple(one for one in lane.calls if one.index != known.index)
    lane = with_(lane, waiting={**lane.waiting, known.index: (known.id, known.name)})
    if not goes_on and (empty or piece.get("args") is not None):
        return with_(lane, calls=others), (*bodies, *ended(known))
    return with_(lane, calls=(*others, known)), bodies


def _continued(lane: Lane, piece: Wire) -> Call | None:
    """The open call that a piece goes on with: that of its id, or else the last one, unless it has another
    name."""
    told, name = word(piece, "id"), word(piece, "name")
    for one in reversed(lane.calls):
        if told and one.told:
            if told == one.told:
                return one
            continue
        return one if not name or (one.more and name == one.name) or not one.name else None
    return None


def _begun(lane: Lane, part: Wire, piece: Wire) -> tuple[Lane, tuple[Body, ...], Call]:
    told, name = word(piece, "id"), word(piece, "name")
    id = _unique(lane, told)
    item = _item(part, piece)
    step = {"type": "function_call", "id": id, "name": name}
    lane, bodies = begun(lane, step, item)
    lane = with_(lane, ids=lane.ids | {id})
    noted = () if name else (Remark(NAMELESS),)
    return lane, (*bodies, *noted), Call(lane.at, id, told, name, item["part"])


def _named(lane: Lane, known: Call, part: Wire, piece: Wire) -> tuple[Call, tuple[Body, ...]]:
    """A call with the id, name or signature that has come late."""
    told, name = known.told or word(piece, "id"), known.name or word(piece, "name")
    late = {key: value for key, value in _item(part, piece)["part"].items() if key != "functionCall"}
    function = {**known.part["functionCall"], **_item(part, piece)["part"]["functionCall"]}
    whole = {**known.part, **late, "functionCall": function}
    if whole == known.part:
        return known, ()
    id = known.id if told == known.told else _unique(lane, told)
    after = msgspec.structs.replace(known, id=id, told=told, name=name, part=whole)
    item = {"kind": "call", "part": whole}
    bodies: tuple[Body, ...] = (StepDelta(known.index, NativeDelta(VENDOR, item)),)
    if (id, name) != (known.id, known.name):
        bodies += (StepDelta(known.index, OtherDelta("function_call", {"id": id, "name": name})),)
    return after, bodies


def _item(part: Wire, piece: Wire) -> dict[str, Any]:
    """What the part was on the wire; its arguments are those of the step, and stand there only."""
    said = {key: value for key, value in piece.items() if key in {"id", "name"} and value}
    empty: Wire = {"args": {}} if "args" in piece else {}
    return {"kind": "call", "part": {**part, "functionCall": {**said, **empty}}}


def _arguments(known: Call, piece: Wire) -> tuple[Call, tuple[Body, ...]]:
    written, said, odd = known.written, "", []
    for raw_one in each(piece, "partialArgs"):
        one = camel(raw_one)
        value = next((one[key] if key != "nullValue" else None for key in _VALUES if key in one), ...)
        path = path_of(one.get("jsonPath"))
        found = put(written, path, value) if value is not ... and path and _fits(one) else None
        if found is not None:
            written, said = found[0], said + found[1]
        elif value is not ... or unread(one, {"jsonPath", "willContinue"}):
            odd.append(raw_one)
    args = piece.get("args")
    if isinstance(args, Mapping):
        written, text = put_all(written, args)
        said += text
    elif args is not None:
        said += args if isinstance(args, str) else json_text(args)
    bodies: tuple[Body, ...] = (StepDelta(known.index, ArgumentsDelta(said)),) if said else ()
    known = msgspec.structs.replace(known, written=written)
    return known, (*bodies, *raw(known.index, {"partialArgs": odd} if odd else {}))


def _fits(one: Wire) -> bool:
    """Whether a value is of the kind that it is said to be; that of nothing is null, or its name."""
    text, number, truth = one.get("stringValue", ""), one.get("numberValue", 0), one.get("boolValue", False)
    return isinstance(text, str) and isinstance(number, int | float) and isinstance(truth, bool)


def _unique(lane: Lane, told: str) -> str:
    """The result of a call goes back under its id: one that is missing, or given twice, is made up."""
    if told and told not in lane.ids:
        return told
    return "_".join(filter(None, (told or "call", "" if told else lane.answer, str(lane.next))))
