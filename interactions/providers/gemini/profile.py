"""What is known of Google and its Interactions API beside the wire."""

from __future__ import annotations

from interactions.conversations.scripts import Sdk
from interactions.providers.profile import Profile, Service

_DAY = 24 * 3600

SERVICE = Service(
    "gemini",
    "Gemini",
    "https://generativelanguage.googleapis.com",
    models=(
        *("gemini-2.5-flash", "gemini-3.8-flash"),
        *("gemini-4-hydrogen", "gemini-4-neon", "gemini-4-carbon", "gemini-4-argon"),
        *("gemini-3.5-flash-lite", "gemini-3.1-pro-preview"),
    ),
    keys=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    header="x-goog-api-key",
    looked_up="2026-12-01",  # google-genai 3.6.1
)
PROFILE = Profile(
    service=SERVICE,
    sdk=Sdk(  # google-genai 3.6.1
        "google-genai",
        "from google import genai",
        "genai.Client",
        "client.interactions.create",
        "/interactions",
        """agent agent_config background cached_content continuation_token environment generation_config input
            labels model previous_interaction_id response_format response_mime_type response_modalities
            safety_settings service_tier store stream system_instruction tools webhook_config""",
        keys=("x-goog-api-key",),
        follow_ups={"get": "client.interactions.get", "cancel": "client.interactions.cancel"},
        options="http_options",
        version="api_version",
    ),
    prices="google",
    previous_field="previous_interaction_id",
    retention={
        " on the free tier": _DAY,
        " on a paid one": tuple(days * _DAY for days in (7, 14, 28, 55)),
    },
    forgotten=frozenset({"interaction name"}),  # recorded, of an id that was never well-formed
    refusals={
        **dict.fromkeys(
            (
                *("safety", "recitation", "language", "prohibited_content", "spii", "blocklist"),
                *("image_safety", "image_prohibited_content", "image_recitation", "image_other"),
                *("content_blocked", "content_policy_violation"),
            ),
            "blocked",
        ),
        **dict.fromkeys(("authentication", "unauthenticated", "api_key_invalid"), "key"),
        **dict.fromkeys(("service_unavailable", "unavailable", "overloaded"), "busy"),
        **dict.fromkeys(("deadline_exceeded", "gateway_timeout", "cancelled"), "late"),
        **dict.fromkeys(("rate_limit_exceeded", "too_many_requests", "resource_exhausted"), "often"),
        **dict.fromkeys(("api_error", "internal_error"), "down"),
        **dict.fromkeys(
            ("malformed_function_call", "malformed_tool_call", "unexpected_tool_call", "too_many_tool_calls"),
            "bad_tool_call",
        ),
        "parameter_unknown": "field",
        "permission_denied": "forbidden",
        "not_found": "forgotten",
        "quota_exceeded": "quota",
        "payment_required": "setup",
        "model_not_found": "no_model",
        "missing_thought_signature": "no_signature",
    },
    messages={
        "api key": "key",
        "blocked": "blocked",
        "thought signature": "no_signature",
        **dict.fromkeys(("is not found for api version", "no longer available", "was retired"), "no_model"),
    },
    vague=frozenset({"api_error", "internal_error", "not_found"}),
)
