"""Items as they begin and as they are whole, and what a finished response adds to them."""

from __future__ import annotations

import msgspec

from interactions.providers.responses import unread
from interactions.providers.responses.items import GAP, STEPS, TEXTS, begun, results, texts, typed
from interactions.providers.responses.stream.finishing import finished, seeded
from interactions.providers.responses.stream.parts import Streamed
from interactions.providers.responses.stream.progress import Item, Items
from interactions.providers.responses.stream.reaching import Read, judged
from interactions.providers.responses.whole import step
from interactions.turns.events import Body, Remark, StepDelta, StepStart, StepStop, Unknown, UnreadDelta
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, inner, word

LESS = "The server has told less of the answer at its end than before; all of it is shown"
UNBEGUN = "The server sent content of a step that it had not begun"


def told_again(state: Items, response: Wire) -> Read:
    """With all that a finished response has and its stream had not."""
    output = [item for item in map(typed, each(response, "output")) if word(item, "type")]
    bodies: tuple[Body, ...] = ()
    for wire, item in zip(output, state.matching(output), strict=True):
        if (item is None and _aside(state, wire)) or _gathered(state, wire):
            continue
        state, more = _closed(state, {}, wire, item)
        bodies += more
    text = word(response, "output_text")
    if text and not any(item.kind == "message" for item in state.items):
        state, more = _closed(state, {}, {"type": "message", "role": "assistant", "content": text}, None)
        bodies += more
    return state, bodies


def _aside(state: Items, wire: Wire) -> bool:
    """Whether a text was streamed under the name of an item that has no place for it."""
    said = _said(wire)
    return bool(said) and any(item.aside.text == said for item in state.items)


def _gathered(state: Items, wire: Wire) -> bool:
    """Whether a text is all that was said in several items of its kind."""
    kind = word(wire, "type")
    spoken = [said for item in state.items if item.kind == kind in TEXTS and (said := item.streamed.lanes)]
    return len(spoken) > 1 and _bare(_said(wire)) == _bare("".join(spoken))


def _said(wire: Wire) -> str:
    """All of a message or a thought."""
    return (
        "".join(text for lane in texts(wire).values() for text in lane) if word(wire, "type") in TEXTS else ""
    )


def _bare(text: str) -> str:
    return "".join(text.split())


def added(state: Items, raw: Wire) -> Read:
    wire = typed(inner(raw, "item"))
    kind, id = word(wire, "type"), word(wire, "id") or word(raw, "item_id")
    if not kind:
        return state, (Unknown("response.output_item.added", raw),)
    known = state.announcing(raw, wire)
    if known and (known.announced or known.done):
        state, _ = state.changed(known, again=known.done and known.added, added=True)
        return state, ()
    if known:
        place = count(raw, "output_index") if known.place is None else known.place
        state, item = state.changed(
            known, announced=True, added=True, kind=kind, head=wire, id=id or known.id, place=place
        )
        return _opened(state, item)
    state, item = _new(state, raw, wire, announced=True)
    return _opened(*state.changed(item, added=True))


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


def done(state: Items, raw: Wire) -> Read:
    wire = typed(inner(raw, "item"))
    if not word(wire, "type"):
        return state, (Unknown("response.output_item.done", raw),)
    item = state.finishing(raw, wire)
    if item and item.done and item.again and item.head != wire:
        item = None
    state, bodies = _closed(state, raw, wire, item)
    return state, bodies if item else (Remark(UNBEGUN), *bodies)


def _closed(state: Items, raw: Wire, wire: Wire, item: Item | None) -> Read:
    """With an item that is whole, for the first time or again."""
    if item is None:
        state, item = _new(state, raw, wire, announced=False)
    elif item.done and item.head == wire and item.kind not in TEXTS:
        return state, ()
    elif (item.done or (not raw and item.kind == "message" and item.streamed.sealed)) and _less(item, wire):
        return state, (Remark(LESS),)
    fresh = not item.announced and not item.done
    state, _ = state.changed(item, head=wire, kind=word(wire, "type"), announced=True)
    state, flags = judged(state, item.index if fresh else -1)
    item = msgspec.structs.replace(item, waits=state.at(item.index).waits)
    state, bodies = (_finished if word(wire, "type") in STEPS else _raw)(state, item, wire)
    return state, (*flags, *bodies)


def _less(item: Item, wire: Wire) -> bool:
    """Whether a finished text is told once more, and only a piece of it."""
    said = _said(wire)
    return said != item.streamed.lanes and bool(said) and said in item.streamed.lanes


def _raw(state: Items, item: Item, wire: Wire) -> Read:
    """A kind that is not known here becomes a step only now."""
    state, _ = state.changed(state.at(item.index), done=True)
    return state, () if item.done else (StepStart(item.index, step(wire, waits=False)), StepStop(item.index))


def _finished(state: Items, item: Item, wire: Wire) -> Read:
    """What is new of the `item` as it was, and the result that it may bring along."""
    fresh = not item.announced and not item.done
    opening = (StepStart(item.index, begun(wire, item.waits)),) if fresh else ()
    after, deltas = finished(item, wire)
    state = state.replaced(state.at(item.index), after)
    following = () if item.done and results(item.head) else results(wire)
    pairs = [(StepStart(at, made), StepStop(at)) for at, made in enumerate(following, start=state.next)]
    tools = each(wire, "tools") if after.kind == "tool_search_output" else []
    more = state.tools.and_those(tools)
    state = msgspec.structs.replace(state, next=state.next + len(following), tools=more)
    said = [StepDelta(item.index, delta) for delta in deltas]
    stop = (StepStop(item.index),) if said or not item.done else ()
    return state, (*opening, *said, *stop, *(body for pair in pairs for body in pair))
