"""Changes of a turn from which the fold is made: each returns a copy."""

from __future__ import annotations

from typing import Any

import msgspec

from interactions.turns.deltas import closed
from interactions.turns.events import Event, Interaction
from interactions.turns.status import may_follow
from interactions.turns.turn import Turn


def changed(turn: Turn, **changes: Any) -> Turn:
    return msgspec.structs.replace(turn, **changes)


def warned(turn: Turn, event: Event, words: str) -> Turn:
    """Adds a warning, once for each kind."""
    if any(said.startswith(words) for said in turn.warnings):
        return turn
    return changed(turn, warnings=(*turn.warnings, f"{words} (row {event.frame})"))


def doubted(turn: Turn, event: Event, words: str) -> Turn:
    """A warning that stands until the server's own record has been read."""
    told = warned(turn, event, words)
    return changed(told, doubts=turn.doubts + told.warnings[len(turn.warnings) :])


def named(turn: Turn, id: str) -> Turn:
    return changed(turn, id=id, named=turn.hop) if id else turn


def taken(turn: Turn, interaction: Interaction) -> Turn:
    return changed(
        named(turn, interaction.id),
        model=interaction.model or interaction.agent or turn.model,
    )


def with_status(turn: Turn, status: str, event: Event) -> Turn:
    if not status or status == turn.status:
        return turn
    if turn.ended or not may_follow(turn.status, status):
        return warned(turn, event, f"The server said {status} after {turn.status}")
    return changed(turn, status=status)


def over(turn: Turn, status: str, event: Event) -> Turn:
    turn = at_rest(turn, event)
    return changed(turn, status=status, ended=True, ended_at=event.at, retry=None, progress=None)


def at_rest(turn: Turn, event: Event) -> Turn:
    """With no step that is open."""
    if not any(step.open for step in turn.steps):
        return turn
    steps = tuple([closed(step, event.frame) if step.open else step for step in turn.steps])
    return changed(turn, steps=steps)
