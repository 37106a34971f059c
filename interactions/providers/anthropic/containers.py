"""The container in which a server has run code for an answer, as the next request names it.

A request that brings the result of a call by such code is refused without it. Any other is refused with one
that has expired.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from interactions.providers.anthropic.blocks import VENDOR
from interactions.turns.steps import ToolCall
from interactions.turns.turn import Turn
from interactions.turns.values import inner, word


def container_of(turns: Sequence[Turn], now: datetime) -> str:
    """The id of the newest container that a server of this protocol has told of, if it is needed or there
    still is one; "" without."""
    for turn in reversed(turns):
        if not any(VENDOR in step.native for step in turn.steps):
            continue
        told = inner(turn.details, "container")
        if id := word(told, "id") or word(turn.details, "container"):
            needed = turn is turns[-1] and _goes_on(turn)
            return id if needed or _lasts(word(told, "expires_at"), now) else ""
    return ""


def _goes_on(turn: Turn) -> bool:
    """Whether the server waits with an answer that it has begun: it was paused, or wants a result."""
    calls = any(isinstance(step, ToolCall) and step.waits for step in turn.steps)
    return turn.status == "requires_continuation" or (turn.status == "requires_action" and calls)


def _lasts(expires_at: str, now: datetime) -> bool:
    """Whether the time is in the future. One that is not told is none."""
    try:
        end = datetime.fromisoformat(expires_at)
    except ValueError:
        return False
    return (end if end.tzinfo else end.replace(tzinfo=UTC)) > now
