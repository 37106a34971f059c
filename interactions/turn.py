"""A turn, and `apply`: the only code that assembles anything.

A turn begins with the user's input and ends once. Several requests may carry it (hops: a long answer that
the server continues); their steps follow one another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from interactions.deltas import add, closed, step_kind
from interactions.events import (
    Ended,
    Error,
    ErrorDetail,
    Event,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    KnownStepDelta,
    Requested,
    SignatureDelta,
    StatusUpdate,
    StepDelta,
    StepStart,
    StepStop,
    Usage,
)
from interactions.status import CHAINABLE, FINAL, may_follow
from interactions.steps import ModelOutput, Step, Text, step_from_wire
from interactions.wire import read_error


class Turn(msgspec.Struct, frozen=True):
    """One turn as far as it is known. Times are ns since its request; 0 is "not yet"."""

    id: str = ""
    status: str = ""
    ended: bool = False
    steps: tuple[Step, ...] = ()
    model: str = ""
    hop: int = -1
    stored: bool = True
    previous_interaction_id: str | None = None
    continuation_token: str | None = None
    usage: Usage | None = None
    error: ErrorDetail | None = None
    warnings: tuple[str, ...] = ()
    first_token_at: int = 0
    ended_at: int = 0

    @property
    def chainable(self) -> bool:
        """Whether a later turn can name this one as its previous interaction."""
        return self.ended and self.stored and bool(self.id) and self.status in CHAINABLE


def apply(turn: Turn, event: Event) -> Turn:
    """The turn after the event. Never raises: what does not fit is a warning on the turn."""
    handler = _HANDLERS.get(type(event.body))
    return turn if handler is None else handler(turn, event.body, event)


def fold(events: Iterable[Event], turn: Turn | None = None) -> Turn:
    """All events applied in order."""
    turn = turn or Turn()
    for event in events:
        turn = apply(turn, event)
    return turn


def _with(turn: Turn, **changes: Any) -> Turn:
    return msgspec.structs.replace(turn, **changes)


def _warn(turn: Turn, event: Event, words: str) -> Turn:
    """The first of a kind says it for all that follow."""
    if any(said.startswith(words) for said in turn.warnings):
        return turn
    return _with(turn, warnings=(*turn.warnings, f"{words} (row {event.frame})"))


def _requested(turn: Turn, body: Requested, event: Event) -> Turn:
    if turn.ended:
        return _warn(turn, event, "Another request was sent after the turn had ended")
    hop = turn.hop + 1
    made = (
        step_from_wire(raw, hop=hop, index=index, frame=event.frame) for index, raw in enumerate(body.input)
    )
    steps = tuple(msgspec.structs.replace(step, sent=True, open=False) for step in made)
    return _with(
        turn,
        hop=hop,
        status="in_progress",
        steps=turn.steps + steps,
        model=body.model,
        stored=body.stored,
        previous_interaction_id=turn.previous_interaction_id if hop else body.previous_interaction_id,
        continuation_token=None,
    )


def _created(turn: Turn, body: InteractionCreated, event: Event) -> Turn:
    return _take(_set_status(turn, body.interaction.status, event), body.interaction)


def _take(turn: Turn, interaction: Interaction) -> Turn:
    return _with(
        turn,
        id=interaction.id or turn.id,
        model=interaction.model or interaction.agent or turn.model,
    )


def _set_status(turn: Turn, status: str, event: Event) -> Turn:
    if not status or status == turn.status:
        return turn
    if turn.ended or not may_follow(turn.status, status):
        return _warn(turn, event, f"The server said {status} after {turn.status}")
    return _with(turn, status=status)


def _status_update(turn: Turn, body: StatusUpdate, event: Event) -> Turn:
    turn = _with(_set_status(turn, body.status, event), id=body.interaction_id or turn.id)
    if body.status in FINAL - CHAINABLE and not turn.ended:
        return _end(turn, body.status, event)
    return turn


def _completed(turn: Turn, body: InteractionCompleted, event: Event) -> Turn:
    interaction = body.interaction
    status = interaction.status or "completed"
    already_over = turn.ended
    turn = _take(_set_status(turn, status, event), interaction)
    if not already_over or turn.usage is None:
        turn = _with(turn, usage=_added(turn.usage, interaction.usage))
    if interaction.steps and not any(step.hop == turn.hop and not step.sent for step in turn.steps):
        turn = _unfold(turn, interaction.steps, event)
    if interaction.errors and turn.error is None:
        turn = _with(turn, error=read_error(interaction.errors[0]))
    if already_over or status in {"queued", "in_progress"}:
        return turn
    if status == "requires_continuation":
        return _with(turn, continuation_token=interaction.continuation_token)
    return _end(turn, status, event)


def _unfold(turn: Turn, steps: Iterable[Any], event: Event) -> Turn:
    made = tuple(
        closed(step_from_wire(raw, hop=turn.hop, index=index, frame=event.frame), event.frame)
        for index, raw in enumerate(steps)
        if raw.get("type") != "user_input"
    )
    return _with(turn, steps=turn.steps + made, first_token_at=turn.first_token_at or event.at)


def _added(one: Usage | None, other: Usage | None) -> Usage | None:
    return one + other if one and other else one or other


def _end(turn: Turn, status: str, event: Event) -> Turn:
    return _with(
        turn,
        status=status,
        ended=True,
        ended_at=event.at,
        steps=tuple(closed(step, event.frame) if step.open else step for step in turn.steps),
    )


def _error(turn: Turn, body: Error, event: Event) -> Turn:
    if turn.ended and turn.status == "failed" and turn.error is None:
        return _with(turn, error=body.error)  # a status update has ended it; these are the words to it
    if turn.ended:
        return _warn(turn, event, "The server reported an error after the end")
    return _end(_with(turn, error=body.error), "failed", event)


def _ended(turn: Turn, body: Ended, event: Event) -> Turn:
    paused = turn.status == "requires_continuation" and body.status == "interrupted" and not body.error
    if turn.ended or paused:
        return turn
    detail = ErrorDetail(code=body.error, message=body.message) if body.error else turn.error
    return _end(_with(turn, error=detail), body.status, event)


def _step_start(turn: Turn, body: StepStart, event: Event) -> Turn:
    if turn.ended:
        return _warn(turn, event, "A step began after the end")
    step = step_from_wire(body.step, hop=turn.hop, index=body.index, frame=event.frame)
    return _with(turn, steps=(*turn.steps, step))


def _step_delta(turn: Turn, body: StepDelta | KnownStepDelta, event: Event) -> Turn:
    if turn.ended:
        return _warn(turn, event, "Content arrived after the end")
    position = _find(turn, body.index)
    if position < 0:
        raw = {"type": step_kind(body.delta)}
        step = step_from_wire(raw, hop=turn.hop, index=body.index, frame=event.frame)
        turn, position = _with(turn, steps=(*turn.steps, step)), len(turn.steps)
        turn = _warn(turn, event, "The server sent content of a step that it had not begun")
    old = turn.steps[position]
    new = add(old, body.delta, event.frame)
    steps = (*turn.steps[:position], new, *turn.steps[position + 1 :])
    if turn.first_token_at or isinstance(body.delta, SignatureDelta):
        return _with(turn, steps=steps)
    return _with(turn, steps=steps, first_token_at=event.at)


def _step_stop(turn: Turn, body: StepStop, event: Event) -> Turn:
    position = _find(turn, body.index)
    if position < 0:
        return turn
    step = closed(turn.steps[position], event.frame)
    return _with(turn, steps=(*turn.steps[:position], step, *turn.steps[position + 1 :]))


def _find(turn: Turn, index: int) -> int:
    """The position of the newest step of this hop with this index, or -1."""
    for position in range(len(turn.steps) - 1, -1, -1):
        step = turn.steps[position]
        if step.index == index and step.hop == turn.hop and not step.sent:
            return position
    return -1


def text_of(turn: Turn) -> str:
    """The answer: every text part of every model output, joined."""
    parts = (part for step in turn.steps if isinstance(step, ModelOutput) for part in step.content)
    return "".join(str(part.text) for part in parts if isinstance(part, Text))


_HANDLERS: dict[type, Callable[[Turn, Any, Event], Turn]] = {
    Requested: _requested,
    InteractionCreated: _created,
    StatusUpdate: _status_update,
    StepStart: _step_start,
    KnownStepDelta: _step_delta,
    StepDelta: _step_delta,
    StepStop: _step_stop,
    InteractionCompleted: _completed,
    Error: _error,
    Ended: _ended,
}
