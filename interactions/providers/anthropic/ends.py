"""How a message ends: what its reason to stop means, what it declined, and what it has used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from interactions.turns.events import Usage
from interactions.turns.steps import Wire
from interactions.turns.values import count, inner, word

# Any other reason is a plain end; the versioning policy allows new ones.
_STATUSES = {
    "tool_use": "requires_action",
    "max_tokens": "incomplete",
    "model_context_window_exceeded": "incomplete",
    "pause_turn": "requires_continuation",
    "compaction": "requires_continuation",
    "refusal": "failed",
}


def status_of(reason: str, kinds: Sequence[str]) -> str:
    """By the reason to stop and the kinds of all blocks. A call waits for its result behind a plain end, too;
    without a call and a reason, nobody knows what the end means."""
    if reason in _STATUSES:
        return _STATUSES[reason]
    if _called(kinds):
        return "requires_action"
    return "completed" if reason else "interrupted"


def _called(kinds: Sequence[str]) -> bool:
    """What a model has called before another took its place, nobody waits for."""
    last = next((kind for kind in reversed(kinds) if kind in {"tool_use", "fallback"}), "")
    return last == "tool_use"


def token_of(id: str, kinds: Iterable[str]) -> str:
    """By what a paused answer goes on. Without a word of an answer the token is the same each time, and the
    same one is not followed twice: a request that asks for a summary gets nothing else, for ever."""
    return id if set(kinds) - {"compaction"} else "compaction"


def errors_of(reason: str, details: Wire) -> tuple[Wire, ...] | None:
    """Why the model has declined, in the server's words or by its category."""
    if reason != "refusal":
        return None
    category = word(details, "category")
    words = f"The model declined to answer{f' ({category})' if category else ''}."
    return ({"code": "refusal", "message": word(details, "explanation") or words},)


def usage_of(raw: Wire) -> Usage | None:
    """The wire counts thoughts with the output, and the cached parts of a prompt beside its input."""
    if not raw:
        return None
    cached = count(raw, "cache_read_input_tokens") or 0
    written = count(raw, "cache_creation_input_tokens") or 0
    prompt = (count(raw, "input_tokens") or 0) + written + cached
    output = count(raw, "output_tokens") or 0
    thought = count(inner(raw, "output_tokens_details"), "thinking_tokens") or 0
    return Usage(
        total_tokens=prompt + output,
        total_input_tokens=prompt,
        total_output_tokens=max(0, output - thought),
        total_thought_tokens=thought,
        total_cached_tokens=cached,
        total_cache_write_tokens=written or None,
    )
