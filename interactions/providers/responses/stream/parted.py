"""What else comes of an item before it is whole: its parts as they begin and end, citations, pictures, what a
shell prints, sound."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from interactions.providers.responses import unread
from interactions.providers.responses.clients import call_id
from interactions.providers.responses.items import begun, in_bytes, part_text
from interactions.providers.responses.stream.finishing import summary
from interactions.providers.responses.stream.pieces import LANES, Row, streamed, told
from interactions.providers.responses.stream.progress import Item, Items
from interactions.providers.responses.stream.reaching import Handler, Read, judged, reached
from interactions.providers.responses.tools import picture, ran
from interactions.turns.events import (
    AnnotationsDelta,
    Body,
    Delta,
    OtherDelta,
    Progress,
    StepDelta,
    StepStart,
    TextDelta,
    UnreadDelta,
)
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, inner, word


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
            rest = {key: value for key, value in raw.items() if key != "part"}
            return streamed(row)(state, {**rest, "text": text, **fields}) if text or fields else (state, ())
        if not text and state.streaming(raw, word(raw, "item_id"), owner) is None:
            return state, ()
        state, item, opening = reached(state, raw, owner)
        if item.done or lane not in LANES.get(item.kind, frozenset()):
            return state, opening
        seeded = item.streamed.begins(lane, place).seeded(lane, place, text)
        state, item = state.changed(item, streamed=seeded.streamed)
        return state, (*opening, *told(row, item, seeded))

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
    shown = StepDelta(item.index, OtherDelta("image", {**draft, "partial": True}))
    return state, (*opening, shown, Progress("image_generation partial_image"))


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


PARTS: Mapping[str, Handler] = {
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
