"""What the end of a message means, by the reason that it gives and what has come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from interactions.providers.shared.foreign import MISSING_CALL
from interactions.turns.steps import Wire
from interactions.turns.values import word

REASONS = {
    "end_turn": "completed",
    "stop_sequence": "completed",
    "tool_use": "requires_action",
    "max_tokens": "incomplete",
    "model_context_window_exceeded": "incomplete",
    "pause_turn": "requires_continuation",
    "compaction": "requires_continuation",
    "refusal": "failed",
}


def status_of(reason: str, kinds: Sequence[str]) -> str:
    """By the reason to stop and what has come. A call waits for its result behind a plain end, too, and
    without it nothing does; without a call and a reason, or for one that is not known, nobody knows what the
    end means."""
    status = REASONS.get(reason, "incomplete" if reason else "interrupted")
    called = _called(kinds)
    if status == "requires_action" and not called:
        return "incomplete"
    return "requires_action" if called and (status == "completed" or not reason) else status


def _called(kinds: Sequence[str]) -> bool:
    """Whether a call waits for its result. None does if another model took over after it, or if the server
    has answered it itself."""
    handed_over = max((at for at, kind in enumerate(kinds) if kind == "fallback"), default=-1)
    last = kinds[handed_over + 1 :]
    return last.count("tool_use") > last.count("tool_result")


def token(id: str, kinds: Iterable[str]) -> str:
    """By what a paused answer goes on. Without a word of an answer the token is the same each time, and the
    same one is not followed twice: a request that asks for a summary gets nothing else, for ever."""
    return id if set(kinds) - {"compaction"} else "compaction"


def errors(reason: str, status: str, details: Wire) -> tuple[Wire, ...] | None:
    """Why the model has declined, in the server's words or by its category; a call that did not come; or a
    reason to stop that is not known."""
    if reason == "refusal":
        category = word(details, "category")
        words = f"The model declined to answer{f' ({category})' if category else ''}."
        return ({"code": "refusal", "message": word(details, "explanation") or words},)
    if (reason, status) == ("tool_use", "incomplete"):
        return (MISSING_CALL,)
    if not reason or reason in REASONS:
        return None
    return ({"code": reason, "message": f"The answer ended for a reason that is not known: {reason}."},)
