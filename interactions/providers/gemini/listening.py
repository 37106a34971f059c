"""What has been heard of an answer, and how its end is judged by it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from interactions.providers.shared.foreign import MISSING_CALL, NO_CALL
from interactions.turns.events import (
    ArgumentsDelta,
    Body,
    Delta,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    KnownStepDelta,
    OtherDelta,
    Remark,
    StepDelta,
    StepStart,
)
from interactions.turns.status import FINAL
from interactions.turns.steps import OWN_CALLS, Wire

# The statuses of google-genai 3.6.1. `interrupted` is ours.
STATUSES = (FINAL - {"interrupted"}) | {"queued", "in_progress", "idle", "requires_continuation"}


class Heard(msgspec.Struct, frozen=True):
    """The id of the answer, the index of its newest step, and the ids of the calls that nobody has answered;
    that of one without an id is ""."""

    id: str = ""
    newest: int = -1
    calls: frozenset[str] = frozenset()


def heard(state: Heard, body: Body) -> Heard:
    match body:
        case KnownStepDelta() | StepDelta():
            found = state.calls or _unannounced(body.delta)
            if body.index == state.newest and found == state.calls:
                return state
            return Heard(state.id, body.index, found)
        case StepStart():
            return Heard(state.id, body.index, calls([body.step], state.calls))
        case InteractionCreated(interaction) if interaction.id not in ("", state.id):
            return Heard(interaction.id)
    return state


def _unannounced(delta: Delta) -> frozenset[str]:
    """The call that a delta tells of, before any call was begun."""
    match delta:
        case ArgumentsDelta():
            return frozenset({""})
        case OtherDelta(kind, data):
            return calls([{**data, "type": kind}])
    return frozenset()


def calls(steps: Sequence[Wire], before: frozenset[str] = frozenset()) -> frozenset[str]:
    """The calls that the client may be asked for: those of functions, and those of a kind not known here."""
    found = set(before)
    for step in steps:
        kind = str(step.get("type"))
        if kind == "function_call" or (kind.endswith("_call") and kind not in OWN_CALLS):
            found.add(str(step.get("id") or ""))
        elif kind.endswith("_result"):
            found.discard(str(step.get("call_id")))
    return frozenset(found)


def judged(state: Heard, body: Body) -> Iterator[Body]:
    """The end of an answer as what came with it lets it be."""
    if not isinstance(body, InteractionCompleted):
        yield body
        return
    called = calls(body.interaction.steps or (), state.calls)
    yield InteractionCompleted(settled(body.interaction, bool(called)))
    if body.interaction.status == "requires_action" and not called:
        yield Remark(NO_CALL)


def settled(interaction: Interaction, called: bool) -> Interaction:
    """With a status that the turn knows. `idle` says that the server has done all that it had to do
    (google-genai 3.6.1, `InteractionStatus`); a word that is not known is no success."""
    match interaction.status:
        case "idle":
            return msgspec.structs.replace(interaction, status="requires_action" if called else "completed")
        case "requires_action" if not called:
            errors = interaction.errors or (MISSING_CALL,)
            return msgspec.structs.replace(interaction, status="incomplete", errors=errors)
        case status if status and status not in STATUSES:
            told = {"code": status, "message": f"The server ended the answer as “{status}”."}
            errors = interaction.errors or (told,)
            return msgspec.structs.replace(interaction, status="incomplete", errors=errors)
    return interaction
