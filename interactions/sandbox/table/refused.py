"""Requests that are refused before a stream opens."""

from interactions.sandbox import refusals
from interactions.sandbox.table.scenario import ASK, Scenario

REFUSED = (
    Scenario(
        "HTTP 429 always",
        "Answer with HTTP 429 always.",
        "429 with Retry-After: 1, every time",
        ASK + r"HTTP 429 always\b",
        busy=429,
    ),
    Scenario(
        "HTTP 429",
        "Answer with HTTP 429.",
        "429 with Retry-After: 1, twice for the same body; then it succeeds",
        ASK + r"HTTP 429\b(?! always)",
        busy=429,
    ),
    Scenario(
        "HTTP 503 always",
        "Answer with HTTP 503 always.",
        "503 with Retry-After: 1, every time",
        ASK + r"HTTP 503 always\b",
        busy=503,
    ),
    Scenario(
        "HTTP 503",
        "Answer with HTTP 503.",
        "503 with Retry-After: 1, twice for the same body; then it succeeds",
        ASK + r"HTTP 503\b(?! always)",
        busy=503,
    ),
    Scenario(
        "quota",
        "Answer with an exceeded quota.",
        "429 quota_exceeded without Retry-After, every time",
        ASK + r"(?:exceeded quota|quota exceeded)\b",
        refuse=refusals.quota,
    ),
    Scenario(
        "bad key",
        "Answer with a bad key.",
        "400 in the gateway's old shape: API key not valid",
        ASK + r"bad (?:API )?key\b",
        refuse=refusals.bad_key,
    ),
    Scenario(
        "unauthenticated",
        "Answer with HTTP 401.",
        "401 authentication",
        ASK + r"HTTP 401\b",
        refuse=refusals.unauthenticated,
    ),
    Scenario(
        "payment required",
        "Answer with HTTP 402.",
        "402 payment_required",
        ASK + r"HTTP 402\b",
        refuse=refusals.unpaid,
    ),
    Scenario(
        "forbidden",
        "Answer with HTTP 403.",
        "403 permission_denied",
        ASK + r"HTTP 403\b",
        refuse=refusals.forbidden,
    ),
    Scenario(
        "model not found",
        "Answer with HTTP 404.",
        "404 model_not_found, whatever the model",
        ASK + r"(?:HTTP 404|model not found)\b",
        refuse=refusals.no_model,
    ),
    Scenario(
        "missing signature",
        "Answer with a missing signature.",
        "400 missing_thought_signature",
        ASK + r"missing (?:thought )?signature\b",
        refuse=refusals.unsigned,
    ),
    Scenario(
        "long chain",
        "Answer as after a long chain.",
        "400 without a reason if the request has a previous_interaction_id; else it succeeds",
        ASK + r"long chain\b",
        refuse=refusals.long_chain,
    ),
    Scenario(
        "proxy page",
        "Answer with a proxy page.",
        "502 with a page of HTML",
        ASK + r"(?:proxy page|HTTP 502)\b",
        refuse=refusals.proxy_page,
    ),
)
