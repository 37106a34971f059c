"""What a finish reason means, in the spellings that servers have for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from interactions.providers.shared.foreign import json_text
from interactions.turns.steps import Wire
from interactions.turns.values import word

_CALLING = frozenset({"tool_calls", "tool_call", "tool_use", "function_call", "function_calls"})
_PLAIN = frozenset({"stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "completed"})
_STATUSES = {
    **dict.fromkeys((*_CALLING, *_PLAIN), "completed"),
    **dict.fromkeys(("length", "max_tokens", "max_output_tokens", "model_length"), "incomplete"),
    **dict.fromkeys(("content_filter", "safety", "recitation", "prohibited_content"), "failed"),
    **dict.fromkeys(("blocklist", "spii", "refusal", "sensitive"), "failed"),
    "insufficient_system_resource": "failed",  # DeepSeek
    "error": "failed",  # OpenRouter; the choice may have the words to it
    "abort": "cancelled",  # vLLM
}
_NONE = ("null", "none", "None")  # as a word, with every chunk but the last
_FILTERED = "The server's content filter has ended the answer."
_ERRORS = {
    **dict.fromkeys((word for word, status in _STATUSES.items() if status == "failed"), _FILTERED),
    "refusal": "The model has refused to answer.",
    "insufficient_system_resource": "The server has broken the answer off: it was short of resources.",
    "error": "The server has broken the answer off, and does not say why.",
}
_UNKNOWN = "The server has ended the answer for a reason that is not known here: {}."
_NO_CALL = "The server ended the answer for a call, and there is none"


class Outcome(NamedTuple):
    """How an answer ended: its status, what went wrong, and what is odd about it."""

    status: str
    errors: tuple[Wire, ...] | None = None
    remark: str = ""


def reason_of(choice: Wire) -> str:
    """The finish reason of a choice in the server's own word, or "" if it has none. One that comes with an
    error is that error."""
    if choice.get("error"):
        return "error"
    told = word(choice, "finish_reason") or choice.get("finish_reason") or word(choice, "finishReason")
    said = told if isinstance(told, str) else json_text(told)
    return "" if said in _NONE else said


def failed(reason: str) -> bool:
    """Whether an answer with this reason is lost, whatever comes behind it."""
    return _STATUSES.get(_known(reason)) in {"failed", "cancelled"}


def _known(reason: str) -> str:
    return re.sub(r"[\s-]+", "_", reason.strip().lower()).removeprefix("finish_reason_")


def outcome(reason: str, error: object, *, calls: bool) -> Outcome:
    """What an end means with what came: calls wait, whether they are named as the reason or not. A reason
    that nobody knows is no success."""
    known = _known(reason)
    status = _STATUSES.get(known, "incomplete")
    if known in _CALLING and not calls:
        return Outcome("incomplete", remark=_NO_CALL)
    if status == "completed" and calls:
        return Outcome("requires_action")
    return Outcome(status, _errors(reason, known, error))


def _errors(reason: str, known: str, error: object) -> tuple[Wire, ...] | None:
    """What went wrong: the server's own `error`, if the choice brought one."""
    if error:
        return (error if isinstance(error, Mapping) else {"message": str(error)},)
    if known in _STATUSES and known not in _ERRORS:
        return None
    return ({"code": reason, "message": _ERRORS.get(known) or _UNKNOWN.format(reason)},)
