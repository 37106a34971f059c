"""What comes of an item in pieces: texts, arguments, code, commands, pictures, citations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from interactions.providers.responses import unread
from interactions.providers.responses.clients import call_id, client_run
from interactions.providers.responses.items import GAP, STEPS, begun, in_bytes, part_text, speaks
from interactions.providers.responses.stream.finishing import given, summary
from interactions.providers.responses.stream.parts import Part, Said, Streamed
from interactions.providers.responses.stream.progress import Item, Items
from interactions.providers.responses.tools import picture, ran
from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    Body,
    CorrectedDelta,
    Delta,
    OtherDelta,
    Remark,
    StepDelta,
    StepStart,
    TextDelta,
    UnreadDelta,
)
from interactions.turns.fold import CORRECTED
from interactions.turns.rope import Rope
from interactions.turns.steps import CALLS, WAITS, Wire
from interactions.turns.values import count, each, inner, word

Read: TypeAlias = tuple[Items, tuple[Body, ...]]
Handler: TypeAlias = Callable[[Items, Wire], Read]

# The lanes that the step of a kind of item has room for; others become steps of their own.
_LANES = {"message": {"text"}, "reasoning": {"summary", "content", "text"}}


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


def judged(state: Items, fresh: int = -1) -> Read:
    """With what is known now of who runs each call, and what that changes. The step of the one that is
    `fresh` has not begun."""
    if not any(item.kind in _CALLING for item in state.items):
        return state, ()
    seen = [(item.head, bool(item.streamed.parts) or speaks(item.head)) for item in state.items]
    told = [(head, spoken and head.get("type") == "message") for head, spoken in seen]
    changed: list[Body] = []
    for item, waits in zip(state.items, client_run(told, state.tools), strict=True):
        if item.waits != waits:
            state, _ = state.changed(item, waits=waits)
            if item.index != fresh:
                changed.append(StepDelta(item.index, OtherDelta(step_type(item.kind), {WAITS: waits})))
    return state, tuple(changed)


_CALLING = frozenset(kind for kind in STEPS if STEPS[kind]({"type": kind})["type"] in CALLS)


def step_type(kind: str) -> str:
    return str(STEPS[kind]({"type": kind})["type"]) if kind in STEPS else kind


def reached(state: Items, raw: Wire, kind: str) -> tuple[Items, Item, tuple[Body, ...]]:
    """The item that an event is about, and what begins it if the stream has not."""
    id, place = word(raw, "item_id"), count(raw, "output_index")
    item = state.streaming(raw, id, kind)
    if item is not None and not (item.done and item.again):
        if id and item.id != id and not item.named and not item.done:
            state, item = state.changed(item, id=id, place=item.place if place is None else place)
        elif id and item.id == id and not item.named:
            state, item = state.changed(item, named=True)
        return state, item, ()
    again, head = item is not None, {"type": kind, "id": id}
    gap = GAP if kind == "reasoning" else ""
    state, made = state.begun(
        raw, id, kind, head=head, announced=again, named=bool(id), streamed=Streamed(gap=gap)
    )
    state, flags = judged(state, made.index)
    made = state.items[-1]
    if again:
        return state, made, (*flags, StepStart(made.index, begun(head, made.waits)))
    # A delta of a text or of a function's arguments says by itself what it begins.
    typed = step_type(kind)
    plain = typed in {"model_output", "thought", "function_call"}
    opening = (
        ()
        if plain
        else (StepDelta(made.index, OtherDelta(typed, {WAITS: made.waits} if typed in CALLS else {})),)
    )
    return state, made, (*flags, *opening)


def _streamed(row: Row) -> Handler:
    def streamed(state: Items, raw: Wire) -> Read:
        text, place, fields = word(raw, row.key), count(raw, row.places), unread.of_event(raw)
        if not text and not fields:
            return state, ()
        state, item, opening = reached(state, raw, row.kind)
        if item.done and _brought(item, text):
            return state, opening
        silent = not item.streamed.parts
        aside = row.lane not in _LANES.get(item.kind, {row.lane})
        known = item.aside if aside else item.streamed
        said = _said(row, known, place, text)
        field = {"aside" if aside else "streamed": said.streamed}
        late = {key: value for key, value in fields.items() if not row.late or key not in item.unread}
        state, item = state.changed(item, **field, unread=item.unread | set(late))
        bodies = [*opening, *_deltas(row, item, said)]
        if late:
            bodies.append(StepDelta(item.index, UnreadDelta(late)))
        state, flags = judged(state) if silent and item.kind == "message" else (state, ())
        return state, (*bodies, *flags)

    return streamed


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


def _deltas(row: Row, item: Item, said: Said) -> Iterator[Body]:
    if not said.piece:
        return
    if row.whole:
        yield StepDelta(item.index, row.whole(item))
        yield from [Remark(CORRECTED)] if said.corrected else []
    else:
        yield StepDelta(item.index, CorrectedDelta(said.piece) if said.corrected else row.make(said.piece))


def _brought(item: Item, text: str) -> bool:
    """Whether the finished item has a piece that comes behind it."""
    return not text or text in item.streamed.text or any(text in said for said in _strings(item.head))


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
    places = sorted({part.place or 0 for part in item.streamed.parts})
    commands = ["".join(str(p.said) for p in item.streamed.parts if (p.place or 0) == at) for at in places]
    told = {key: value for key, value in inner(item.head, "action").items() if value is not None}
    return OtherDelta("shell_call", _given(**{**told, "commands": commands}))


def _given(**arguments: Any) -> Wire:
    return {"arguments": arguments}


def _part(kind: str, *, finished: bool = False) -> Handler:
    """A part of an item that begins or is whole; `kind` is that of its item unless the part says another."""

    def part(state: Items, raw: Wire) -> Read:
        said = inner(raw, "part")
        lane, owner = _PARTS.get(word(said, "type"), ("text" if kind == "message" else "summary", kind))
        places = "summary_index" if "summary_index" in raw else "content_index"
        make: Callable[[str], Delta] = TextDelta if lane == "text" else summary
        row = Row(owner, lane, make, places, key="text", late=True)
        text, place = part_text(said), count(raw, places)
        if finished:
            fields = unread.of_parts([said]) if owner == "message" else {}
            told = {key: value for key, value in raw.items() if key != "part"}
            return _streamed(row)(state, {**told, "text": text, **fields}) if text or fields else (state, ())
        if not text and state.streaming(raw, word(raw, "item_id"), owner) is None:
            return state, ()
        state, item, opening = reached(state, raw, owner)
        if item.done or lane not in _LANES.get(item.kind, set()):
            return state, opening
        seeded = item.streamed.begins(lane, place).seeded(lane, place, text)
        state, item = state.changed(item, streamed=seeded.streamed)
        return state, (*opening, *_deltas(row, item, seeded))

    return part


# The lane and the kind of item of a part, by its type.
_PARTS = {
    "summary_text": ("summary", "reasoning"),
    "reasoning_text": ("content", "reasoning"),
    "output_text": ("text", "message"),
    "refusal": ("text", "message"),
}


def _cited(state: Items, raw: Wire) -> Read:
    """A citation as it comes. One of text that has not come yet waits for the whole item."""
    annotation = inner(raw, "annotation")
    if not annotation:
        return state, ()
    state, item, opening = reached(state, raw, "message")
    lane = [part for part in item.streamed.parts if part.lane == "text"]
    place = count(raw, "content_index")
    at = next((n for n, part in enumerate(lane) if part.place == place), 0)
    before = "".join(str(part.said) for part in lane[:at])
    text = "".join(str(part.said) for part in lane[at:])
    ends = [
        annotation[key]
        for key in ("start_index", "end_index", "index")
        if isinstance(annotation.get(key), int)
    ]
    if annotation in item.cited or max(ends, default=0) > len(text):
        return state, opening
    state, item = state.changed(item, cited=(*item.cited, annotation))
    told = in_bytes(annotation, text, len(before.encode()))
    return state, (*opening, StepDelta(item.index, AnnotationsDelta((told,))))


def _drawn(state: Items, raw: Wire) -> Read:
    """A picture on its way."""
    made = picture(word(raw, "partial_image_b64"), word(raw, "output_format"))
    state, item, opening = reached(state, raw, "image_generation_call")
    if item.done or not made["data"]:
        return state, opening
    draft = {key: value for key, value in made.items() if key != "type"}
    return state, (*opening, StepDelta(item.index, OtherDelta("image", {**draft, "partial": True})))


def _printed(state: Items, raw: Wire) -> Read:
    """What a shell over there prints, which may come under the name of its call."""
    delta, place = inner(raw, "delta"), count(raw, "command_index")
    state, item, opening = _printing(state, raw)
    if item.done:
        return state, opening
    streamed = item.streamed
    for lane in ("stdout", "stderr"):
        if text := word(delta, lane):
            streamed = streamed.begins(lane, place).added(lane, place, text).streamed
    for output in each(raw, "output"):
        for lane in ("stdout", "stderr"):
            streamed = streamed.finished(lane, place, word(output, lane)).streamed
    state, item = state.changed(item, streamed=streamed)
    places = sorted({part.place or 0 for part in streamed.parts})
    outputs = [{lane: streamed.at(lane, at) for lane in ("stdout", "stderr")} for at in places]
    return state, (*opening, StepDelta(item.index, OtherDelta("shell_result", {"result": ran(outputs)})))


def _printing(state: Items, raw: Wire) -> tuple[Items, Item, tuple[Body, ...]]:
    found = state.streaming(raw, word(raw, "item_id"), "shell_call_output")
    if found is None or found.kind == "shell_call_output":
        return reached(state, raw, "shell_call_output")
    call = call_id(found.head)
    known = [one for one in state.items if one.kind == "shell_call_output" and call_id(one.head) == call]
    if known:
        return state, known[-1], ()
    head = {"type": "shell_call_output", "call_id": call}
    state, item = state.begun({}, "", "shell_call_output", head=head, announced=True)
    state, flags = judged(state, item.index)
    return state, item, (*flags, StepStart(item.index, begun(head, waits=False)))


def _heard(state: Items, raw: Wire) -> Read:
    """Sound has no place of its own in a message."""
    if not (sound := word(raw, "delta")):
        return state, ()
    state, item, opening = reached(state, raw, "message")
    return state, (*opening, StepDelta(item.index, UnreadDelta({"audio": sound})))


def _nothing(state: Items, _raw: Wire) -> Read:
    return state, ()


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
PIECES: Mapping[str, Handler] = {
    **{f"response.{event}.delta": _streamed(row) for event, row, _ in _ROWS},
    **{f"response.{event}.done": _streamed(row._replace(key=key, late=True)) for event, row, key in _ROWS},
    "response.shell_call_command.added": _streamed(_COMMAND._replace(key="command", late=True)),
    "response.shell_call_output_content.delta": _printed,
    "response.shell_call_output_content.done": _printed,
    "response.content_part.added": _part("message"),
    "response.content_part.done": _part("message", finished=True),
    "response.reasoning_part.added": _part("reasoning"),
    "response.reasoning_part.done": _part("reasoning", finished=True),
    "response.reasoning_summary_part.added": _part("reasoning"),
    "response.reasoning_summary_part.done": _part("reasoning", finished=True),
    "response.output_text.annotation.added": _cited,
    "response.image_generation_call.partial_image": _drawn,
    "response.audio.delta": _heard,
    "response.audio.done": _nothing,
    "response.output_audio.delta": _heard,
    "response.output_audio.done": _nothing,
}
