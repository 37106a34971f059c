"""What is known of OpenAI and its Responses API beside the wire."""

from __future__ import annotations

from collections.abc import Mapping

from interactions.conversations.scripts import Sdk
from interactions.providers.profile import Profile, Service
from interactions.providers.shared.bearer import BILLING
from interactions.providers.shared.gists import TELLING, counts, item_of, joined, told
from interactions.providers.shared.gists import gist as native
from interactions.turns.steps import Wire
from interactions.turns.values import inner

_UNKNOWN = ("unknown_parameter", "unsupported_parameter", "unsupported_value")


def gist(kind: str, value: Wire) -> str:
    if kind == "response":
        return _response(value)
    return _piece(value) if kind.startswith("response.") else native(kind, value)


def _response(response: Wire) -> str:
    """How a response stands, and why."""
    error, reason = inner(response, "error"), inner(response, "incomplete_details").get("reason")
    said = (response.get("status"), reason, error.get("code"), error.get("message"), response.get("model"))
    return joined(*said, counts(response.get("usage")))


def _piece(value: Wire) -> str:
    """A piece of a response: what is in it, or about what it is."""
    if isinstance(response := value.get("response"), Mapping):
        return _response(response)
    for key in ("item", "part", "annotation"):
        if isinstance(part := value.get(key), Mapping):
            return item_of(part)
    return told(value, TELLING)


PROFILE = Profile(
    service=Service(
        "openai",
        "OpenAI",
        "https://api.openai.com/v1",
        models=("gpt-6-astra", "gpt-6.2-sol", "gpt-6.2-astra", "gpt-6.1-terra", "gpt-6-luna", "gpt-5.5"),
        keys=("OPENAI_API_KEY",),
        address="OPENAI_BASE_URL",
        looked_up="2026-12-01",  # openai 3.57.0
    ),
    sdk=Sdk(  # openai 3.57.0
        "openai",
        "from openai import OpenAI",
        "OpenAI",
        "client.responses.create",
        "/responses",
        """access_programs background background_options context_management conversation image include input
            instructions max_output_tokens max_tool_calls metadata model moderation parallel_tool_calls
            previous_response_id prompt prompt_cache_key prompt_cache_options prompt_cache_retention
            reasoning safety_identifier
            service_tier store stream stream_options temperature text tool_choice tools top_logprobs top_p
            truncation user""",
        keys=("authorization",),
        follow_ups={"get": "client.responses.retrieve", "cancel": "client.responses.cancel"},
    ),
    prices="openai",
    previous_field="previous_response_id",
    retention={"": 30 * 24 * 3600},
    forgotten=frozenset({"previous_response_not_found"}),
    refusals={
        "invalid_api_key": "key",
        "server_is_overloaded": "busy",
        **dict.fromkeys(("rate_limit_exceeded", "requests", "tokens"), "often"),
        "server_error": "down",
        "invalid_request_error": "refused",
        **BILLING,
        "context_length_exceeded": "long",
        **dict.fromkeys(_UNKNOWN, "field"),
        **dict.fromkeys(("slow_down", "ramp_limit_exceeded"), "faster"),
        "content_filter": "filter",
        "invalid_prompt": "bad_prompt",
        "previous_response_not_found": "unlinked",
        "unsupported_country_region_territory": "region",
    },
    vague=frozenset({"server_error", "invalid_request_error"}),
    gist=gist,
)
