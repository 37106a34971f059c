"""What is known of LM Studio beside the wire of its own API."""

from __future__ import annotations

from interactions.providers.profile import Local, Profile
from interactions.providers.shared.gists import counts, joined
from interactions.providers.shared.gists import gist as native
from interactions.turns.steps import Wire
from interactions.turns.values import inner, word


def gist(kind: str, value: Wire) -> str:
    """Of an event: its text, its tool, or how far it has come."""
    share, found = value.get("progress"), inner(value, "result")
    if isinstance(share, int | float):
        return f"{share:.0%}"
    if found:
        return joined(word(found, "response_id"), counts(found.get("stats")))
    said = (word(value, key) for key in ("tool", "content", "reason", "model_instance_id"))
    return joined(*said) or native(kind, value)


PROFILE = Profile(
    local=(Local("lmstudio_native", "LM Studio (its own API)", 1234, "/api/v1"),),
    previous_field="previous_response_id",
    forgotten=frozenset({"previous_response_id"}),
    refusals={
        "invalid_request": "refused",
        "model_not_found": "no_model",
        "model_load_failed": "loading",
        "mcp_connection_error": "down",
        "internal_error": "down",
    },
    messages={"model not found": "not_downloaded", "failed to load": "loading", "crashed": "down"},
    vague=frozenset({"invalid_request", "internal_error"}),
    gist=gist,
)
