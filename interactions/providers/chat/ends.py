"""How a chat completion ends: what its finish reason means, and whose fault it was."""

from __future__ import annotations

from collections.abc import Mapping

from interactions.turns.steps import Wire

# Any other reason is a plain end, at which a call waits, whether it is named as the reason or not.
_STATUSES = {
    "length": "incomplete",
    "content_filter": "failed",
    "insufficient_system_resource": "failed",  # DeepSeek
    "error": "failed",  # OpenRouter; the choice may have the words to it
    "abort": "cancelled",  # vLLM
}
_ERRORS = {
    "content_filter": "The server's content filter has ended the answer.",
    "insufficient_system_resource": "The server has broken the answer off: it was short of resources.",
    "error": "The server has broken the answer off, and does not say why.",
}


def status_of(finish: str, *, calls: bool) -> str:
    return _STATUSES.get(finish, "requires_action" if calls else "completed")


def errors_of(finish: str, error: object) -> tuple[Wire, ...] | None:
    """What went wrong: the server's own `error`, if the choice brought one."""
    if error:
        return (error if isinstance(error, Mapping) else {"message": str(error)},)
    return ({"code": finish, "message": _ERRORS[finish]},) if finish in _ERRORS else None
