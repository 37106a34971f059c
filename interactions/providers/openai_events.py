"""Events of the Responses API, in the words of Interactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from interactions.events import (
    ArgumentsDelta,
    Body,
    Delta,
    Error,
    Event,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    NativeDelta,
    StatusUpdate,
    StepDelta,
    StepStart,
    StepStop,
    SummaryDelta,
    TextDelta,
    Unknown,
)
from interactions.journal import Frame
from interactions.providers.foreign import count, detail, fault, inner, word
from interactions.providers.notes import Dialect, asked, read_note
from interactions.providers.openai_items import (
    STEPS,
    VENDOR,
    begun,
    client_side,
    finishing,
    interaction,
    results,
    step,
)
from interactions.providers.reading import State, kept, refusal
from interactions.sse import read_frame
from interactions.steps import Wire
from interactions.wire import load_json

# Ends of a response that its status says whatever the event is called.
_UNFINISHED = frozenset({"incomplete", "failed", "cancelled"})


class Item(msgspec.Struct, frozen=True):
    """An output item that has begun: the index of its step, and what names it in the stream. `spoken` is that
    some of its content was streamed."""

    index: int
    place: int | None
    id: str
    kind: str = ""
    waits: bool = False
    spoken: bool = False
    done: bool = False


class Items(State, frozen=True):
    """The items so far. `next` is the index of the next step: a call that brings its result makes two."""

    items: tuple[Item, ...] = ()
    next: int = 0


Said: TypeAlias = tuple[Items, tuple[Body, ...]]


def read(state: Items, frame: Frame) -> tuple[Items, tuple[Event, ...]]:
    """The events of one frame. Pure; never raises."""
    if frame.kind == "note":
        return read_note(_DIALECT, state, frame)
    if state.document:
        return kept(state, frame.raw), ()
    bodies: tuple[Body, ...] = ()
    for data, name in read_frame(frame.raw).values:
        state, said = (state, ()) if data == "[DONE]" else _event(state, load_json(data), name)
        bodies += said
    return state, tuple([Event(frame.seq, frame.at, body) for body in bodies])


def _event(state: Items, raw: object, name: str) -> Said:
    """An error is one whatever its type; the stream goes on, and `response.failed` may follow. Of an event
    that is known by its type the name counts for nothing; an error beside it is told first."""
    kind = (word(raw, "type") if isinstance(raw, Mapping) else "") or name
    handler = _HANDLERS.get(kind) if isinstance(raw, Mapping) else None
    told = fault(raw) if handler else fault(raw, kind, name)
    errors = () if told is None else (Error(told),)
    if handler is None or not isinstance(raw, Mapping):
        return state, errors or (Unknown(kind, raw),)
    state, bodies = handler(state, raw)
    return state, (*errors, *bodies)


def _created(state: Items, raw: Wire) -> Said:
    response = inner(raw, "response")
    status = word(response, "status") or "in_progress"
    named = Interaction(word(response, "id"), status, word(response, "model") or None)
    return state, (InteractionCreated(named),)


def _goes_on(status: str) -> Callable[[Items, Wire], Said]:
    return lambda state, raw: (state, (StatusUpdate(status, word(inner(raw, "response"), "id")),))


def _over(name: str) -> Callable[[Items, Wire], Said]:
    def over(state: Items, raw: Wire) -> Said:
        response = inner(raw, "response")
        found = interaction({**response, "status": _outcome(response, name)})
        if found.status == "completed" and any(item.waits for item in state.items) and not found.steps:
            found = msgspec.structs.replace(found, status="requires_action")
        return state, (InteractionCompleted(found),)

    return over


def _outcome(response: Wire, name: str) -> str:
    """How a response ended: as it says itself, or else by the `name` of its event. vLLM ends every stream
    with `response.completed`; what failed may have nothing but an error in it."""
    status = word(response, "status")
    if not status and response.get("error") is not None:
        return "failed"
    return status if status in _UNFINISHED else name


def _added(state: Items, raw: Wire) -> Said:
    item = inner(raw, "item")
    kind = word(item, "type")
    state, made = _made(state, raw, word(item, "id"), kind=kind, waits=client_side(item))
    return state, (StepStart(made.index, begun(item)),) if kind in STEPS else ()


def _made(state: Items, raw: Wire, id: str, **more: Any) -> tuple[Items, Item]:
    item = Item(state.next, count(raw, "output_index"), id, **more)
    return msgspec.structs.replace(state, items=(*state.items, item), next=state.next + 1), item


def _done(state: Items, raw: Wire) -> Said:
    """The item as it goes back. One of a kind not known here becomes a step only now that it is whole."""
    opening: tuple[Body, ...] = ()
    item = inner(raw, "item")
    kind = word(item, "type")
    found = _find(state, raw, word(item, "id"))
    if not kind or (found and found.done and found.id == word(item, "id")):
        return state, (Unknown("response.output_item.done", raw),)
    if found is None or found.done or found.kind not in {"", kind}:
        state, opening = _added(state, raw)
        found = state.items[-1]
    state = _changed(state, found, done=True, kind=kind, waits=client_side(item))
    stop = StepStop(found.index)
    if kind not in STEPS:
        return state, (*opening, StepStart(found.index, step(item)), stop)
    deltas = (*finishing(item, found.spoken), NativeDelta(VENDOR, item))
    following = results(item)
    pairs = [(StepStart(at, wire), StepStop(at)) for at, wire in enumerate(following, start=state.next)]
    state = msgspec.structs.replace(state, next=state.next + len(following))
    said = (StepDelta(found.index, delta) for delta in deltas)
    return state, (*opening, *said, stop, *(body for pair in pairs for body in pair))


def _find(state: Items, raw: Wire, id: str) -> Item | None:
    """Of the item that an event is about, the newest record. OpenAI counts them; other servers name them at
    best, and not always by the same name: then it is the last that was begun."""
    place = count(raw, "output_index")
    newest = state.items[::-1]
    placed = (item for item in newest if place is not None and item.place == place)
    named = (item for item in newest if id and item.id == id)
    last = (item for item in newest if not item.done and (place is None or item.place is None))
    return next(placed, None) or next(named, None) or next(last, None)


def _changed(state: Items, item: Item, **changes: Any) -> Items:
    changed = msgspec.structs.replace(item, **changes)
    return msgspec.structs.replace(state, items=tuple(changed if one is item else one for one in state.items))


def _streamed(key: str, make: Callable[[str], Delta], *, late: bool = False) -> Callable[[Items, Wire], Said]:
    """A piece of an item's content, under `key`. One that comes `late` has all of it, and only counts if
    nothing was streamed."""

    def streamed(state: Items, raw: Wire) -> Said:
        text = word(raw, key)
        item = _find(state, raw, word(raw, "item_id"))
        if not text or (item and (item.done or (late and item.spoken) or item.kind not in {"", *STEPS})):
            return state, ()
        if item is None:
            state, item = _made(state, raw, word(raw, "item_id"))
        if not item.spoken:
            state = _changed(state, item, spoken=True)
        return state, (StepDelta(item.index, make(text)),)

    return streamed


def _summary_part(state: Items, raw: Wire) -> Said:
    """A blank line between the parts of a summary, which are one text here."""
    item = _find(state, raw, word(raw, "item_id"))
    if item is None or not item.spoken or item.done:
        return state, ()
    return state, (StepDelta(item.index, _summary("\n\n")),)


def _summary(text: str) -> SummaryDelta:
    return SummaryDelta({"type": "text", "text": text})


def _document(state: Items) -> tuple[Body, ...]:
    """What a JSON body says where a stream was asked for: an error, or the finished response."""
    if not state.document or not state.parts:
        return ()
    value = load_json(state.text)
    if not isinstance(value, Mapping):
        return (Unknown("", value),)
    if value.get("error") is None and word(value, "status"):
        return (InteractionCompleted(interaction(value)),)
    failed = value.get("status") == "failed"
    return (InteractionCompleted(interaction(value)),) if failed else (refusal(state, detail),)


_DIALECT = Dialect(Items(), asked, _document, interaction, detail)

_HANDLERS: dict[str, Callable[[Items, Wire], Said]] = {
    "response.created": _created,
    "response.queued": _goes_on("queued"),
    "response.in_progress": _goes_on("in_progress"),
    "response.completed": _over("completed"),
    "response.incomplete": _over("incomplete"),
    "response.failed": _over("failed"),
    "response.cancelled": _over("cancelled"),
    "response.output_item.added": _added,
    "response.output_item.done": _done,
    "response.output_text.delta": _streamed("delta", TextDelta),
    "response.output_text.done": _streamed("text", TextDelta, late=True),
    "response.refusal.delta": _streamed("delta", TextDelta),
    "response.refusal.done": _streamed("refusal", TextDelta, late=True),
    "response.reasoning_summary_part.added": _summary_part,
    "response.reasoning_summary_text.delta": _streamed("delta", _summary),
    "response.reasoning_summary_text.done": _streamed("text", _summary, late=True),
    "response.reasoning_text.delta": _streamed("delta", _summary),
    "response.reasoning_text.done": _streamed("text", _summary, late=True),
    "response.function_call_arguments.delta": _streamed("delta", ArgumentsDelta),
    "response.function_call_arguments.done": _streamed("arguments", ArgumentsDelta, late=True),
}
