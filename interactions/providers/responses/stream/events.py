"""Events of the Responses API, in the words of Interactions: the response as a whole, and its items. What
comes of an item in pieces is in `pieces`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from interactions.providers.responses import unread
from interactions.providers.responses.items import GAP, STEPS, begun, results
from interactions.providers.responses.stream.finishing import finished, seeded
from interactions.providers.responses.stream.parts import Streamed
from interactions.providers.responses.stream.pieces import PIECES, Read, judged
from interactions.providers.responses.stream.progress import Item, Items
from interactions.providers.responses.whole import ended, interaction, step
from interactions.providers.shared.foreign import fault, read_events
from interactions.stream.journal import Frame
from interactions.turns.events import (
    Body,
    Error,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    Progress,
    Remark,
    StatusUpdate,
    StepDelta,
    StepStart,
    StepStop,
    Told,
    Unknown,
    UnreadDelta,
)
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, inner, word
from interactions.turns.wire import load_json

UNBEGUN = "The server sent content of a step that it had not begun"
SILENT = "The server says that the answer is complete, and has sent none"
UNSAID = "The server has not said how the answer ended"

# What a tool of the server does: the kind of its item, and a word for it.
_LIFE = re.compile(r"response\.(\w+?)(?:_call)?\.(in_progress|\w+ing|completed|failed|incomplete)")
_AT_REST = frozenset({"completed", "failed", "incomplete"})


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
    handler = HANDLERS.get(kind) if isinstance(raw, Mapping) else None
    life = _LIFE.fullmatch(kind) if handler is None and isinstance(raw, Mapping) else None
    told = fault(raw) if handler or life else fault(raw, kind, name)
    errors = () if told is None else (Error(told),)
    if life:
        return state, (*errors, _progress(life))
    if handler is None or not isinstance(raw, Mapping):
        return state, errors or (Unknown(kind, raw),)
    state, bodies = handler(state, raw)
    return state, (*errors, *bodies)


def _progress(life: re.Match[str]) -> Progress:
    tool, doing = life.groups()
    return Progress("" if doing in _AT_REST else f"{tool} {doing}")


def _created(state: Items, raw: Wire) -> Read:
    response = inner(raw, "response")
    status = word(response, "status") or "in_progress"
    named = Interaction(word(response, "id"), status, word(response, "model") or None)
    return _begun(state, response), (InteractionCreated(named), *_told(response))


def _begun(state: Items, response: Wire) -> Items:
    """Of another response nothing has come yet; its steps are counted on."""
    id = word(response, "id")
    if id and state.id and id != state.id:
        state = Items(next=state.next)
    tools = state.tools.and_those(each(response, "tools"))
    return msgspec.structs.replace(state, id=id or state.id, tools=tools)


def _told(response: Wire) -> tuple[Body, ...]:
    fields = unread.of_response(response)
    return (Told(fields),) if fields else ()


def _goes_on(status: str) -> Callable[[Items, Wire], Read]:
    def goes_on(state: Items, raw: Wire) -> Read:
        response = inner(raw, "response")
        id = word(response, "id")
        if id and state.id and id != state.id:
            return _created(state, raw)
        return _begun(state, response), (StatusUpdate(status, id),)

    return goes_on


def _over(name: str) -> Callable[[Items, Wire], Read]:
    def over(state: Items, raw: Wire) -> Read:
        response = inner(raw, "response") or {key: part for key, part in raw.items() if key != "type"}
        opening: tuple[Body, ...] = ()
        # Behind an end a response of another id is a second one, which has not said that it begins.
        if state.over and word(response, "id") not in {"", state.id}:
            opening = (InteractionCreated(Interaction(word(response, "id"), "in_progress")),)
            state = _begun(state, response)
        state = _begun(state, response)
        state, bodies = _output(state, each(response, "output"))
        state, flags = judged(state)
        waits = any(item.waits for item in state.items)
        used = raw.get("usage")
        found = ended(response, name or _named(response), waits=waits, used=used)
        state = msgspec.structs.replace(state, over=True)
        remarks = _remarks(state, response, found, name)
        return state, (*opening, *bodies, *flags, *_told(response), *remarks, InteractionCompleted(found))

    return over


def _named(response: Wire) -> str:
    """How a response ended whose event does not say it."""
    return "completed" if word(response, "status") == "completed" else "incomplete"


def _remarks(state: Items, response: Wire, found: Interaction, name: str) -> tuple[Body, ...]:
    """What is odd about an end."""
    if found.status == "completed" and not state.items and not response.get("output"):
        return (Remark(SILENT),)
    if not name and not word(response, "status"):
        return (Remark(UNSAID),)
    return ()


def _output(state: Items, output: list[Wire]) -> Read:
    """With all that the items of a finished response have and its stream had not."""
    bodies: tuple[Body, ...] = ()
    for wire, item in zip(output, state.matching(output), strict=True):
        state, more = _closed(state, {}, wire, item) if word(wire, "type") else (state, ())
        bodies += more
    return state, bodies


def _added(state: Items, raw: Wire) -> Read:
    wire = inner(raw, "item")
    kind, id = word(wire, "type"), word(wire, "id") or word(raw, "item_id")
    if not kind:
        return state, (Unknown("response.output_item.added", raw),)
    known = state.announcing(raw, wire)
    if known and (known.announced or known.done):
        state, _ = state.changed(known, again=known.done)
        return state, ()
    if known:
        place = count(raw, "output_index") if known.place is None else known.place
        state, item = state.changed(
            known, announced=True, kind=kind, head=wire, id=id or known.id, place=place
        )
        return _opened(state, item)
    return _opened(*_new(state, raw, wire, announced=True))


def _new(state: Items, raw: Wire, wire: Wire, *, announced: bool) -> tuple[Items, Item]:
    kind = word(wire, "type")
    gap = GAP if kind == "reasoning" else ""
    id = word(wire, "id") or word(raw, "item_id")
    return state.begun(raw, id, kind, head=wire, announced=announced, streamed=Streamed(gap=gap))


def _opened(state: Items, item: Item) -> Read:
    """With the step of an item that has just been announced, and what it brings along."""
    state, flags = judged(state, item.index)
    item = state.at(item.index)
    if item.kind not in STEPS:
        return state, flags
    bodies: list[Body] = [*flags, StepStart(item.index, begun(item.head, item.waits))]
    fields = unread.of_item(item.head, begins=True)
    news = {key: value for key, value in fields.items() if key not in item.unread}
    if news:
        bodies.append(StepDelta(item.index, UnreadDelta(news)))
    streamed, deltas = seeded(item)
    state, _ = state.changed(item, unread=item.unread | set(news), streamed=streamed)
    return state, (*bodies, *(StepDelta(item.index, delta) for delta in deltas))


def _done(state: Items, raw: Wire) -> Read:
    wire = inner(raw, "item")
    if not word(wire, "type"):
        return state, (Unknown("response.output_item.done", raw),)
    item = state.finishing(raw, wire)
    if item and item.done and item.again and item.head != wire:
        item = None
    state, bodies = _closed(state, raw, wire, item)
    began = item is not None and (item.announced or item.done)
    return state, bodies if began or item is not None else (Remark(UNBEGUN), *bodies)


def _closed(state: Items, raw: Wire, wire: Wire, item: Item | None) -> Read:
    """With an item that is whole. One of a kind not known here becomes a step only now."""
    opening: tuple[Body, ...] = ()
    if item is None:
        state, item = _new(state, raw, wire, announced=False)
    elif item.done and item.head == wire and item.kind not in {"message", "reasoning"}:
        return state, ()
    fresh, before = not item.announced and not item.done, item
    state, _ = state.changed(item, head=wire, kind=word(wire, "type"), announced=True)
    state, flags = judged(state, item.index if fresh else -1)
    item = state.at(item.index)
    if item.kind not in STEPS:
        state, _ = state.changed(item, done=True)
        native = (StepStart(item.index, step(wire, waits=False)), StepStop(item.index))
        return state, (*flags, *native) if not before.done else flags
    if fresh:
        opening = (StepStart(item.index, begun(wire, item.waits)),)
    after, deltas = finished(msgspec.structs.replace(before, waits=item.waits, announced=not fresh), wire)
    state, item = state.changed(item, **{name: getattr(after, name) for name in after.__struct_fields__})
    state, item = state.changed(item, announced=True)
    following = () if before.done and results(before.head) else results(wire)
    pairs = [(StepStart(at, made), StepStop(at)) for at, made in enumerate(following, start=state.next)]
    state = msgspec.structs.replace(state, next=state.next + len(following))
    said = [StepDelta(item.index, delta) for delta in deltas]
    stop = (StepStop(item.index),) if said or not before.done else ()
    tools = each(wire, "tools") if item.kind in {"tool_search_output", "additional_tools"} else []
    state = msgspec.structs.replace(state, tools=state.tools.and_those(tools))
    return state, (*flags, *opening, *said, *stop, *(body for pair in pairs for body in pair))


def document(value: Wire) -> tuple[Body, ...]:
    """The bodies of a finished response, sent where a stream was asked for; one that has failed brings its
    error along."""
    status = word(value, "status")
    over = status == "failed" or (status and value.get("error") is None)
    return (*_told(value), InteractionCompleted(interaction(value))) if over else ()


HANDLERS: Mapping[str, Callable[[Items, Wire], Read]] = {
    "response.created": _created,
    "response.queued": _goes_on("queued"),
    "response.in_progress": _goes_on("in_progress"),
    "response.completed": _over("completed"),
    "response.incomplete": _over("incomplete"),
    "response.failed": _over("failed"),
    "response.cancelled": _over("cancelled"),
    "response.done": _over(""),
    "response.output_item.added": _added,
    "response.output_item.done": _done,
    **PIECES,
}
