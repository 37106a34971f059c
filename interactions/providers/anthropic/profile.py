"""What is known of Anthropic and its Messages API beside the wire."""

from __future__ import annotations

from interactions.conversations.scripts import Sdk
from interactions.providers.profile import Profile, Service
from interactions.providers.shared.gists import TELLING, counts, item_of, joined, part_of, texts, told
from interactions.providers.shared.gists import gist as native
from interactions.turns.steps import Wire
from interactions.turns.values import inner

_AT = "https://api.anthropic.com"


def gist(kind: str, value: Wire) -> str:
    match kind:
        case "message_start":
            return _message(inner(value, "message"))
        case "message":
            return _message(value)
        case "message_delta":
            return _message_delta(value)
        case "content_block_start":
            return item_of(inner(value, "content_block"))
        case "content_block_delta":
            return part_of(inner(value, "delta"), TELLING)
    return native(kind, value)


def _message(message: Wire) -> str:
    return joined(message.get("model"), message.get("stop_reason"), counts(message.get("usage")))


def _message_delta(value: Wire) -> str:
    delta = inner(value, "delta")
    details = told(inner(delta, "stop_details"), ("explanation", "category"))
    reasons = (f"stop_reason {reason}" for reason in texts([delta.get("stop_reason")]))
    return joined(*reasons, details, counts(value.get("usage")))


PROFILE = Profile(
    service=Service(
        "anthropic",
        "Anthropic",
        _AT,
        models=(
            "claude-opus-5-5",
            "claude-sonnet-5-5",
            "claude-haiku-5-5",
            "claude-fable-5-2",
            "claude-mythos-5-2",
        ),
        keys=("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
        tokens=frozenset({"ANTHROPIC_AUTH_TOKEN"}),
        address="ANTHROPIC_BASE_URL",
        header="x-api-key",
        looked_up="2026-12-01",  # anthropic 2.14.0
    ),
    sdk=Sdk(  # anthropic 2.14.0
        "anthropic",
        "from anthropic import Anthropic",
        "Anthropic",
        "client.messages.create",
        "/v1/messages",
        """max_tokens messages model cache_control container diagnostics inference_geo metadata output_config
            service_tier speed stop_sequences stream system thinking tool_choice tools user_profile_id
            workspace_id""",
        keys=("x-api-key", "authorization"),
        unsent="x-api-key",  # the SDK sends a key as bearer; other servers may know the older header alone
        home=_AT,
    ),
    prices="anthropic",
    refusals={
        "authentication_error": "key",
        "overloaded_error": "busy",
        "timeout_error": "late",
        "rate_limit_error": "often",
        "api_error": "down",
        "invalid_request_error": "refused",
        "billing_error": "unpaid",
        **dict.fromkeys(("enforced_spend_limit_reached", "contract_spend_limit_reached"), "spent"),
        "permission_error": "forbidden",
        "not_found_error": "absent",
        "request_too_large": "large",
        "conflict_error": "conflict",
        "refusal": "declined",
    },
    messages={"credit balance": "unpaid", "api usage limits": "spent", "prompt is too long": "long"},
    vague=frozenset({"api_error", "invalid_request_error", "not_found_error"}),
    gist=gist,
)
