"""What comes of an item in pieces, and then as a whole: texts, arguments, code, commands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from interactions.providers.responses import unread
from interactions.providers.responses.clients import call_id
from interactions.providers.responses.items import GIVEN, TEXTS, as_text, part_text
from interactions.providers.responses.stream.finishing import commands, given, summary
from interactions.providers.responses.stream.parts import Part, Said, Streamed
from interactions.providers.responses.stream.progress import Item, Items
from interactions.providers.responses.stream.reaching import Handler, Read, judged, reached, step_type
from interactions.providers.shared.fields import NOTHING
from interactions.turns.events import (
    ArgumentsDelta,
    Body,
    CorrectedDelta,
    Delta,
    OtherDelta,
    Remark,
    StepDelta,
    TextDelta,
    UnreadDelta,
)
from interactions.turns.fold import CORRECTED
from interactions.turns.rope import Rope
from interactions.turns.steps import CALLS, Wire
from interactions.turns.values import count, inner, word


class Row(NamedTuple):
    """A kind of piece: the kind of item that has it and its lane there, the key that the piece is under, and
    what counts its place. The step is told of a piece by `make`, or by `whole` of all that has come. One that
    comes `late` is a whole."""

    kind: str
    lane: str
    make: Callable[[str], Delta] = TextDelta
    places: str = ""
    whole: Callable[[Item], Delta] | None = None
    key: str = "delta"
    late: bool = False


def streamed(row: Row) -> Handler:
    """The handler of the events that bring such pieces."""

    def read(state: Items, raw: Wire) -> Read:
        text, fields = _text(raw, row)
        place = count(raw, row.places)
        if not text and not fields:
            return state, ()
        state, item, opening = reached(state, raw, row.kind)
        if item.done and _brought(item, text):
            return state, opening
        silent = not item.streamed.parts
        aside = row.lane not in LANES.get(item.kind, frozenset())
        known = item.aside if aside else item.streamed
        said = _said(row, known, place, text)
        if aside and row.whole:  # no step of another kind can form from it
            fields, said = {**fields, row.lane: text}, Said(known)
        field = {"aside" if aside else "streamed": said.streamed}
        late = {key: value for key, value in fields.items() if not row.late or key not in item.unread}
        state, item = state.changed(item, **field, unread=item.unread | set(late))
        bodies = [*opening, *told(row, item, said)]
        if row.whole and len(bodies) > len(opening):
            state, item = state.changed(item, told=item.streamed.length)
        if late:
            bodies.append(StepDelta(item.index, UnreadDelta(late)))
        state, item, named = _named(state, item, raw)
        spoken = silent and item.kind == "message"
        state, flags = judged(state) if spoken or named else (state, ())
        return state, (*bodies, *named, *flags)

    return read


def _named(state: Items, item: Item, raw: Wire) -> tuple[Items, Item, tuple[Body, ...]]:
    """With the name and the id of a call that has begun without them."""
    late = {key: raw[key] for key in ("call_id", "name") if word(raw, key) and not word(item.head, key)}
    kind = step_type(item.kind)
    if not late or kind not in CALLS:
        return state, item, ()
    state, item = state.changed(item, head={**item.head, **late})
    told = {"id": call_id(item.head), "name": word(item.head, "name")}
    fields = {key: value for key, value in told.items() if value}
    return state, item, (StepDelta(item.index, OtherDelta(kind, fields)),)


def _text(raw: Wire, row: Row) -> tuple[str, Wire]:
    """The piece that an event brings, also as a part, and what nobody reads of it."""
    value, fields = raw.get(row.key), unread.of_event(raw)
    value = as_text(value) if row.lane in GIVEN.values() else value
    text = value if isinstance(value, str) else part_text(inner(raw, row.key))
    return text, fields if text or value in NOTHING else {**fields, row.key: value}


def _said(row: Row, known: Streamed, place: int | None, text: str) -> Said:
    if not text:
        return Said(known)
    if row.lane == "arguments" and row.late:
        piece, corrected = given(known.text, text)
        said = piece if corrected else known.text + piece
        return Said(Streamed((Part(row.lane, None, Rope(said)),)) if piece else known, piece, corrected)
    if row.late:
        return known.finished(row.lane, place, text)
    # Commands are counted, each of them may come in one piece.
    counted = known.begins(row.lane, place) if row.lane == "command" else known
    return counted.added(row.lane, place, text)


def told(row: Row, item: Item, said: Said) -> Iterator[Body]:
    """What the step is told of a piece. What is told as a whole each time is so only when it has grown by a
    part of itself, lest a long one cost the square of its length."""
    if row.whole:
        grown = item.streamed.length - item.told
        if said.corrected or (grown and (row.late or grown * _SHARE >= item.told)):
            yield StepDelta(item.index, row.whole(item))
        yield from [Remark(CORRECTED)] if said.corrected else []
    elif said.piece:
        yield StepDelta(item.index, CorrectedDelta(said.piece) if said.corrected else row.make(said.piece))


_SHARE = 64


def untold(state: Items) -> tuple[Body, ...]:
    """What the steps are still to be told when nothing more comes."""
    items = () if state.over else state.items
    forming = (item for item in items if not item.done and item.told < item.streamed.length)
    return tuple(StepDelta(item.index, _WHOLES[item.kind](item)) for item in forming if item.kind in _WHOLES)


def _brought(item: Item, text: str) -> bool:
    """Whether the finished item has a piece that comes behind it."""
    if not text or text in item.streamed.text:
        return True
    return item.kind not in TEXTS and any(text in said for said in _strings(item.head))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inside in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(inside)


def _code(item: Item) -> Delta:
    return OtherDelta("code_execution_call", _given(language="python", code=item.streamed.under("code")))


def _input(item: Item) -> Delta:
    return OtherDelta("custom_tool_call", _given(input=item.streamed.under("input")))


def _diff(item: Item) -> Delta:
    told = inner(item.head, "operation")
    return OtherDelta("apply_patch_call", _given(**{**told, "diff": item.streamed.under("diff")}))


def _commands(item: Item) -> Delta:
    told = {key: value for key, value in inner(item.head, "action").items() if value is not None}
    return OtherDelta("shell_call", _given(**{**told, "commands": commands(item)}))


def _given(**arguments: Any) -> Wire:
    return {"arguments": arguments}


_TEXT = Row("message", "text", TextDelta, "content_index")
_SUMMARY = Row("reasoning", "summary", summary, "summary_index")
_RAW = Row("reasoning", "content", summary, "content_index")
_FUNCTION = Row("function_call", "arguments", ArgumentsDelta)
_MCP = Row("mcp_call", "arguments", ArgumentsDelta)
_CUSTOM = Row("custom_tool_call", "input", whole=_input)
_PROGRAM = Row("code_interpreter_call", "code", whole=_code)
_COMMAND = Row("shell_call", "command", places="command_index", whole=_commands)
_PATCH = Row("apply_patch_call", "diff", whole=_diff)

# The event, the row of its pieces, and the key that its whole is under.
_ROWS = (
    ("output_text", _TEXT, "text"),
    ("text", _TEXT, "text"),
    ("refusal", _TEXT, "refusal"),
    ("audio.transcript", _TEXT, "transcript"),
    ("audio_transcript", _TEXT, "transcript"),
    ("output_audio_transcript", _TEXT, "transcript"),
    ("reasoning_summary_text", _SUMMARY, "text"),
    ("reasoning_summary", _SUMMARY, "text"),
    ("reasoning_text", _RAW, "text"),
    ("reasoning", _RAW, "text"),
    ("function_call_arguments", _FUNCTION, "arguments"),
    ("mcp_call_arguments", _MCP, "arguments"),
    ("custom_tool_call_input", _CUSTOM, "input"),
    ("code_interpreter_call_code", _PROGRAM, "code"),
    ("shell_call_command", _COMMAND, "command"),
    ("apply_patch_call_operation_diff", _PATCH, "diff"),
)
# The lanes that the step of a kind of item has room for; others become steps of their own.
LANES: Mapping[str, frozenset[str]] = {
    **{row.kind: frozenset({row.lane}) for _, row, _ in _ROWS},
    "reasoning": frozenset({"summary", "content", "text"}),
}
_WHOLES = {row.kind: row.whole for _, row, _ in _ROWS if row.whole}
PIECES: Mapping[str, Handler] = {
    **{f"response.{event}.delta": streamed(row) for event, row, _ in _ROWS},
    **{f"response.{event}.done": streamed(row._replace(key=key, late=True)) for event, row, key in _ROWS},
    "response.shell_call_command.added": streamed(_COMMAND._replace(key="command", late=True)),
}
