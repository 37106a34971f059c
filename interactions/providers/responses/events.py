"""Events of the Responses API, in the words of Interactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import msgspec

from interactions.providers.responses.items import (
    STEPS,
    VENDOR,
    begun,
    client_side,
    finishing,
    interaction,
    results,
    step,
    summary,
)
from interactions.providers.responses.progress import GAP, Items
from interactions.providers.shared.foreign import fault, read_events
from interactions.stream.journal import Frame
from interactions.turns.events import (
    ArgumentsDelta,
    Body,
    Delta,
    Error,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    NativeDelta,
    StatusUpdate,
    StepDelta,
    StepStart,
    StepStop,
    TextDelta,
    Unknown,
)
from interactions.turns.steps import Wire
from interactions.turns.values import count, inner, word
from interactions.turns.wire import load_json

# Ends of a response that its status says whatever the event is called.
_UNFINISHED = frozenset({"incomplete", "failed", "cancelled"})


Read: TypeAlias = tuple[Items, tuple[Body, ...]]


def read(state: Items, frame: Frame) -> Read:
    """The bodies of one frame, and the state after it. Pure; never raises."""
    return read_events(state, frame, _event)


def _event(state: Items, data: str, name: str) -> Read:
    """An error is one whatever its type; the stream goes on, and `response.failed` may follow. Of an event
    that is known by its type the name counts for nothing; an error beside it is told first."""
    if data == "[DONE]":
        return state, ()
    raw = load_json(data)
    kind = (word(raw, "type") if isinstance(raw, Mapping) else "") or name
    handler = _HANDLERS.get(kind) if isinstance(raw, Mapping) else None
    told = fault(raw) if handler else fault(raw, kind, name)
    errors = () if told is None else (Error(told),)
    if handler is None or not isinstance(raw, Mapping):
        return state, errors or (Unknown(kind, raw),)
    state, bodies = handler(state, raw)
    return state, (*errors, *bodies)


def _created(state: Items, raw: Wire) -> Read:
    response = inner(raw, "response")
    status = word(response, "status") or "in_progress"
    named = Interaction(word(response, "id"), status, word(response, "model") or None)
    return state, (InteractionCreated(named),)


def _goes_on(status: str) -> Callable[[Items, Wire], Read]:
    return lambda state, raw: (state, (StatusUpdate(status, word(inner(raw, "response"), "id")),))


def _over(name: str) -> Callable[[Items, Wire], Read]:
    def over(state: Items, raw: Wire) -> Read:
        response = inner(raw, "response")
        found = interaction({**response, "status": _outcome(response, name)})
        # The API completes a response that waits for results; Interactions has a status of its own for that.
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


def _added(state: Items, raw: Wire) -> Read:
    item = inner(raw, "item")
    kind = word(item, "type")
    state, made = state.begun(raw, word(item, "id"), kind=kind, waits=client_side(item))
    return state, (StepStart(made.index, begun(item)),) if kind in STEPS else ()


def _done(state: Items, raw: Wire) -> Read:
    """The item as it goes back. One of a kind not known here becomes a step only now that it is whole."""
    opening: tuple[Body, ...] = ()
    item = inner(raw, "item")
    kind = word(item, "type")
    found = state.find(raw, word(item, "id"))
    if not kind or (found and found.done and found.id == word(item, "id")):
        return state, (Unknown("response.output_item.done", raw),)
    # Without an `output_item.added` of its own the item begins and ends here.
    if found is None or found.done or found.kind not in {"", kind}:
        state, opening = _added(state, raw)
        found = state.items[-1]
    state = state.changed(found, done=True, kind=kind, waits=client_side(item))
    stop = StepStop(found.index)
    # No step was begun for it at `output_item.added`: nothing was known but its kind.
    if kind not in STEPS:
        return state, (*opening, StepStart(found.index, step(item)), stop)
    deltas = (*finishing(item, found.streamed), NativeDelta(VENDOR, item))
    following = results(item)
    pairs = [(StepStart(at, wire), StepStop(at)) for at, wire in enumerate(following, start=state.next)]
    state = msgspec.structs.replace(state, next=state.next + len(following))
    said = (StepDelta(found.index, delta) for delta in deltas)
    return state, (*opening, *said, stop, *(body for pair in pairs for body in pair))


def _streamed(
    key: str, make: Callable[[str], Delta], places: str = "", *, late: bool = False
) -> Callable[[Items, Wire], Read]:
    """The handler of an event with a piece of a part, under `key`; `places` has the place of the part. One
    that comes `late` is all of the part, and adds what was not streamed of it."""
    gap = GAP if make is summary else ""

    def streamed(state: Items, raw: Wire) -> Read:
        text, part = word(raw, key), (places, count(raw, places))
        item = state.find(raw, word(raw, "item_id"))
        # `output_item.done` has brought the whole item: another piece would stand there twice.
        if item and (item.done or item.kind not in {"", *STEPS}):
            return state, ()
        if item and late:
            text = item.streamed.missing(part, text)
        if not text:
            return state, ()
        if item is None:
            state, item = state.begun(raw, word(raw, "item_id"))
        streamed, piece = item.streamed.added(part, text, gap)
        return state.changed(item, streamed=streamed), (StepDelta(item.index, make(piece)),)

    return streamed


def _apart(state: Items, raw: Wire) -> Read:
    """Notes that a part of a summary begins: servers that do not number the parts say it only here."""
    item = state.find(raw, word(raw, "item_id"))
    if item is None or item.done:
        return state, ()
    return state.changed(item, streamed=msgspec.structs.replace(item.streamed, apart=True)), ()


def document(value: Wire) -> tuple[Body, ...]:
    """The bodies of a finished response, sent where a stream was asked for; one that has failed brings its
    error along."""
    status = word(value, "status")
    over = status == "failed" or (status and value.get("error") is None)
    return (InteractionCompleted(interaction(value)),) if over else ()


_HANDLERS: dict[str, Callable[[Items, Wire], Read]] = {
    "response.created": _created,
    "response.queued": _goes_on("queued"),
    "response.in_progress": _goes_on("in_progress"),
    "response.completed": _over("completed"),
    "response.incomplete": _over("incomplete"),
    "response.failed": _over("failed"),
    "response.cancelled": _over("cancelled"),
    "response.output_item.added": _added,
    "response.output_item.done": _done,
    "response.output_text.delta": _streamed("delta", TextDelta, "content_index"),
    "response.output_text.done": _streamed("text", TextDelta, "content_index", late=True),
    "response.refusal.delta": _streamed("delta", TextDelta, "content_index"),
    "response.refusal.done": _streamed("refusal", TextDelta, "content_index", late=True),
    "response.reasoning_summary_part.added": _apart,
    "response.reasoning_summary_text.delta": _streamed("delta", summary, "summary_index"),
    "response.reasoning_summary_text.done": _streamed("text", summary, "summary_index", late=True),
    "response.reasoning_text.delta": _streamed("delta", summary, "content_index"),
    "response.reasoning_text.done": _streamed("text", summary, "content_index", late=True),
    "response.function_call_arguments.delta": _streamed("delta", ArgumentsDelta),
    "response.function_call_arguments.done": _streamed("arguments", ArgumentsDelta, late=True),
}
