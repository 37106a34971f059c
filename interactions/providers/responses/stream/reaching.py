"""The item that an event is about, and who runs the calls among the items."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from interactions.providers.responses.clients import client_run
from interactions.providers.responses.items import GAP, STEPS, begun, speaks
from interactions.providers.responses.stream.parts import Streamed
from interactions.providers.responses.stream.progress import Item, Items
from interactions.turns.events import Body, OtherDelta, StepDelta, StepStart
from interactions.turns.steps import CALLS, WAITS, Wire
from interactions.turns.values import count, word

Read: TypeAlias = tuple[Items, tuple[Body, ...]]
Handler: TypeAlias = Callable[[Items, Wire], Read]


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
