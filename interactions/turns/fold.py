"""`apply`: the only code that assembles anything.

A turn begins with the user's input and ends once. Several requests may carry it (hops: a long answer that
the server continues); their steps follow one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import assert_never

import msgspec

from interactions.turns.changes import at_rest, changed, doubted, named, over, taken, warned, with_status
from interactions.turns.events import (
    CorrectedDelta,
    Ended,
    Error,
    ErrorDetail,
    Event,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    KnownStepDelta,
    LeftOut,
    NativeDelta,
    Progress,
    Remark,
    Requested,
    Resumed,
    Retried,
    Retrieved,
    Retrying,
    SignatureDelta,
    StatusUpdate,
    StepDelta,
    StepStart,
    StepStop,
    Told,
    Unknown,
    UnreadDelta,
)
from interactions.turns.finished import received, reconciled
from interactions.turns.places import begun, extended, stopped
from interactions.turns.status import ANSWERED, CHAINABLE, FINAL
from interactions.turns.steps import Wire, step_from_wire
from interactions.turns.turn import Receipt, Turn, counted, settled, turn_waits, without
from interactions.turns.wire import read_error

CORRECTED = "The finished answer is not what was streamed, and is shown instead"


def apply(turn: Turn, event: Event) -> Turn:
    """The turn after the event. Never raises: what does not fit is a warning on the turn."""
    match body := event.body:
        case StepDelta() | KnownStepDelta():
            return _step_delta(turn, body, event)
        case StepStart():
            return _step_start(turn, body, event)
        case StepStop():
            return _step_stop(turn, body, event)
        case Requested():
            return _requested(turn, body, event)
        case InteractionCreated():
            return _created(turn, body, event)
        case StatusUpdate():
            return _status_update(turn, body, event)
        case InteractionCompleted():
            return _completed(turn, body, event)
        case Error():
            return _error(turn, body, event)
        case Retrying():
            return changed(turn, retry=body)
        case Retried():
            return changed(turn, retry=None)
        case Resumed():
            return _resumed(turn, body)
        case LeftOut():
            return _left_out(turn, body, event)
        case Told():
            return changed(turn, details={**turn.details, **body.fields})
        case Remark():
            return warned(turn, event, body.words)
        case Progress():
            return changed(turn, progress=None if turn.ended or not body.doing else body)
        case Retrieved():
            return _retrieved(turn, body, event)
        case Ended():
            return _ended(turn, body, event)
        case Unknown():
            return turn
        case _:
            assert_never(body)


def fold(events: Iterable[Event], turn: Turn | None = None) -> Turn:
    """All events applied in order."""
    return reduce(apply, events, turn or Turn())


def _requested(turn: Turn, body: Requested, event: Event) -> Turn:
    if turn.ended:
        return warned(turn, event, "Another request was sent after the turn had ended")
    hop = turn.hop + 1
    made = (
        step_from_wire(raw, hop=hop, index=index, frame=event.frame) for index, raw in enumerate(body.input)
    )
    steps = tuple(msgspec.structs.replace(step, sent=True, open=False) for step in made)
    return changed(
        turn,
        hop=hop,
        status="in_progress",
        steps=turn.steps + steps,
        model=body.model,
        asked=body.model,
        stored=body.stored,
        # Later hops name an interaction of this same turn, which is not what the turn follows.
        previous_interaction_id=turn.previous_interaction_id if hop else body.previous_interaction_id,
        continuation_token=None,
        doubts=(),
    )


def _created(turn: Turn, body: InteractionCreated, event: Event) -> Turn:
    id = body.interaction.id
    if id and turn.id and id != turn.id and turn.named == turn.hop:
        turn = _another(turn, event)
    return taken(with_status(turn, body.interaction.status, event), body.interaction)


def _another(turn: Turn, event: Event) -> Turn:
    """A proxy has put two answers into one body. The second is read like one of a request of its own."""
    turn = warned(at_rest(turn, event), event, "The body holds two answers; both are shown")
    return changed(
        turn, hop=turn.hop + 1, unasked=turn.unasked + 1, status="in_progress", ended=False, ended_at=0
    )


def _status_update(turn: Turn, body: StatusUpdate, event: Event) -> Turn:
    turn = named(with_status(turn, body.status, event), body.interaction_id)
    turn = counted(turn, body.usage, final=turn.ended)
    if turn.status == body.status == "requires_continuation":
        turn = changed(turn, continuation_token=body.continuation_token or turn.continuation_token)
    # `completed` and `requires_action` come again with the interaction itself, which has steps and usage.
    if body.status in FINAL - CHAINABLE and not turn.ended:
        return over(turn, body.status, event)
    return turn


def _completed(turn: Turn, body: InteractionCompleted, event: Event) -> Turn:
    interaction = body.interaction
    status = interaction.status or "completed"
    already_over = turn.ended
    turn = taken(with_status(turn, status, event), interaction)
    turn = counted(turn, interaction.usage, final=already_over)
    turn = _reconciled(turn, interaction.steps or (), event)
    # A second report may add an error, but does not replace the one that ended the turn.
    if not already_over or turn.error is None:
        turn = changed(turn, error=_outcome(turn, interaction, status))
    # A background run answers its request with an interaction that is not over yet.
    if already_over or status in {"queued", "in_progress"}:
        return turn
    if status == "requires_continuation":
        return changed(turn, continuation_token=interaction.continuation_token)
    return _unparsed(over(turn, status, event), event)


def _unfold(turn: Turn, raws: Sequence[Wire], event: Event) -> Turn:
    steps = received(turn.steps, turn.hop, raws, event.frame)
    return changed(turn, steps=steps, first_token_at=turn.first_token_at or (event.at if raws else 0))


def _reconciled(turn: Turn, raws: Sequence[Wire], event: Event) -> Turn:
    """With the steps of a finished interaction, where its stream had others, or none."""
    steps, corrected = reconciled(turn.steps, turn.hop, raws, event.frame)
    turn = changed(turn, steps=steps, first_token_at=turn.first_token_at or (event.at if raws else 0))
    return warned(turn, event, CORRECTED) if corrected else turn


def _unparsed(turn: Turn, event: Event) -> Turn:
    """A call that waits has all of its arguments; those that are no JSON then will not become any."""
    said = [call.arguments for call in turn_waits(turn) if call.hop == turn.hop]
    odd = any(isinstance(arguments, str) and arguments for arguments in said)
    return (
        warned(turn, event, "The arguments of a call are no JSON; they are shown as they came")
        if odd
        else turn
    )


def _outcome(turn: Turn, interaction: Interaction, status: str) -> ErrorDetail | None:
    """What was wrong on the way is over with an answer; else it stays, unless the server says more."""
    if interaction.errors:
        return read_error(interaction.errors[0])
    return None if status in ANSWERED else turn.error


def _error(turn: Turn, body: Error, event: Event) -> Turn:
    if turn.ended and turn.status == "failed" and turn.error is None:
        return changed(turn, error=body.error)  # a status update has ended it; these are the words to it
    if turn.ended:
        return warned(turn, event, "The server reported an error after the end")
    return over(changed(turn, error=body.error), "failed", event)


def _resumed(turn: Turn, body: Resumed) -> Turn:
    """A rebuilt request takes the place of the refused one; other rungs go on with what it has brought."""
    status = turn.status if turn.status == "queued" else "in_progress"
    rungs = turn.rungs if turn.rungs[-1:] == (body.rung,) else (*turn.rungs, body.rung)
    turn = changed(turn, ended=False, status=status, ended_at=0, rungs=rungs)
    if body.rung == "rebuild":
        return changed(without(turn, also_sent=True), hop=turn.hop - 1, error=None)
    return without(turn, after=body.after) if body.afresh or body.after >= 0 else turn


def _left_out(turn: Turn, body: LeftOut, event: Event) -> Turn:
    return warned(turn, event, f"Left out of the history, as it was made elsewhere: {', '.join(body.parts)}")


def _retrieved(turn: Turn, body: Retrieved, event: Event) -> Turn:
    interaction = body.interaction
    turn = counted(turn, interaction.usage, final=turn.ended)
    if interaction.status in ANSWERED:
        if interaction.steps:
            turn = _unfold(settled(without(turn)), interaction.steps, event)
        else:
            turn = warned(turn, event, "The server has kept no steps; what had arrived is shown")
    turn = taken(changed(turn, error=_outcome(turn, interaction, interaction.status)), interaction)
    if interaction.status == "requires_continuation":
        return changed(turn, status=interaction.status, continuation_token=interaction.continuation_token)
    if turn.receipt and interaction.status == "cancelled":
        turn = changed(turn, receipt=turn.receipt._replace(confirmed=True))
    return over(turn, interaction.status, event)


def _ended(turn: Turn, body: Ended, event: Event) -> Turn:
    paused = turn.status == "requires_continuation" and body.status == "interrupted" and not body.error
    if body.message and not body.error:
        turn = doubted(turn, event, body.message.removesuffix("."))
    if turn.ended or paused:
        return turn
    if body.by:
        turn = changed(turn, receipt=Receipt(body.by, body.time))
    detail = ErrorDetail(code=body.error, message=body.message) if body.error else turn.error
    return over(changed(turn, error=detail), body.status, event)


def _step_start(turn: Turn, body: StepStart, event: Event) -> Turn:
    turn = _speaks(turn, event)
    step = step_from_wire(body.step, hop=turn.hop, index=body.index, frame=event.frame)
    made = changed(turn, steps=begun(turn.steps, step))
    return at_rest(made, event) if turn.ended else made


def _step_delta(turn: Turn, body: StepDelta | KnownStepDelta, event: Event) -> Turn:
    if turn.ended or turn.progress:
        turn = _speaks(turn, event)
    if body.metadata is not None:
        turn = counted(turn, body.metadata.total_usage, final=False)
    steps = extended(turn.steps, turn.hop, body, event.frame)
    if len(steps) > len(turn.steps) and not turn.ended:
        turn = warned(turn, event, "The server sent content of a step that it had not begun")
    if isinstance(body.delta, CorrectedDelta):
        turn = warned(turn, event, CORRECTED)
    if turn.ended:
        return at_rest(changed(turn, steps=steps), event)
    if turn.first_token_at or isinstance(body.delta, SignatureDelta | NativeDelta | UnreadDelta):
        return changed(turn, steps=steps)
    return changed(turn, steps=steps, first_token_at=event.at)


def _speaks(turn: Turn, event: Event) -> Turn:
    """What the model says ends what the server was doing. Behind the end it is kept, and no success."""
    turn = warned(turn, event, "Content arrived after the end") if turn.ended else turn
    return changed(turn, progress=None) if turn.progress else turn


def _step_stop(turn: Turn, body: StepStop, event: Event) -> Turn:
    turn = changed(turn, steps=stopped(turn.steps, turn.hop, body.index, event.frame))
    return counted(turn, body.usage, final=turn.ended)
