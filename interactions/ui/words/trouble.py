"""What is said of a turn that did not end well: what happened, in whose words, and what to do."""

from __future__ import annotations

from typing import NamedTuple

from interactions.events import ErrorDetail
from interactions.turn import Turn
from interactions.ui.words import OUTSIDE_CHAIN


class Trouble(NamedTuple):
    """`quoted` is the server's own text, if it had any."""

    happened: str
    quoted: str
    advice: str


class Cause(NamedTuple):
    happened: str
    advice: str


AGAIN = "Send it again."
FILTER = Cause(
    "A content filter stopped the answer.", "The server keeps nothing of it. Say it in other words."
)
KEY = Cause("The server does not accept the API key.", "Check the key; Settings can test another one.")
BUSY = Cause("The model is overloaded or down.", "Try again in a while, or use another model.")
LATE = Cause(
    "The server ran out of time and ended the answer.",
    "Streams end after about ten minutes. Ask for less at once.",
)
OFTEN = Cause(
    "Too many requests in a short time.", "Wait a little and send it again, or use another model or key."
)
TOOL_CALL = Cause(
    "The model wrote a tool call that cannot be read.", "Ask again, or make the schema simpler."
)
DENIED = Cause(
    "The key is not allowed to do this.", "Check what the key's project may use, or take another model."
)
UNPAID = Cause(
    "The account behind the key cannot pay for this.",
    "Set up billing for the account of the key, or raise its limit.",
)
LONG = Cause(
    "The conversation is longer than the model can take.",
    "Start a new one, or choose a model that takes more.",
)
UNREACHABLE = Cause(
    "The server could not be reached; nothing was sent.",
    "Check the endpoint and the network, then send it again.",
)
FORGOTTEN = Cause(
    "The server does not have what the request names.",
    "Interactions are kept for 1 day on the free tier and 55 days on a paid one. Start a new conversation.",
)
DOWN = Cause("The server has a problem.", "Try again in a while.")
LONG_CHAIN = Cause(
    "The server refused the request and does not say which part of it.",
    "It worked before in this conversation? Then its history is what the server refuses: start a new one.",
)

_BLOCKED = (
    "safety recitation language prohibited_content spii blocklist image_safety image_prohibited_content"
    " image_recitation image_other content_blocked refusal content_filter content_policy_violation"
)
_UNPAID = (
    "payment_required billing_error insufficient_quota credit_balance_exhausted"
    " organization_spend_limit_exceeded project_spend_limit_exceeded organization_usage_limit_exceeded"
    " enforced_spend_limit_reached contract_spend_limit_reached"
)
_NO_KEY = "authentication unauthenticated api_key_invalid authentication_error invalid_api_key"
_BUSY = "service_unavailable unavailable overloaded overloaded_error server_is_overloaded"
_OFTEN = "rate_limit_exceeded too_many_requests resource_exhausted rate_limit_error slow_down"
_CAUSES: dict[str, Cause] = {
    **dict.fromkeys(_BLOCKED.split(), FILTER),
    **dict.fromkeys(_UNPAID.split(), UNPAID),
    **dict.fromkeys(_NO_KEY.split(), KEY),
    **dict.fromkeys(_BUSY.split(), BUSY),
    **dict.fromkeys(("deadline_exceeded", "gateway_timeout", "cancelled", "timeout_error"), LATE),
    **dict.fromkeys(_OFTEN.split(), OFTEN),
    **dict.fromkeys(("api_error", "server_error"), DOWN),
    **dict.fromkeys(("context_length_exceeded", "request_too_large"), LONG),
    **dict.fromkeys(
        ("malformed_function_call", "malformed_tool_call", "unexpected_tool_call", "too_many_tool_calls"),
        TOOL_CALL,
    ),
    "not_found": FORGOTTEN,
    "quota_exceeded": Cause(
        "The quota of this key is used up.", "Wait until it is renewed, or use another key or plan."
    ),
    **dict.fromkeys(("permission_denied", "permission_error"), DENIED),
    "model_not_found": Cause(
        "There is no such model for this key and API version.", "Choose another model or API version."
    ),
    "missing_thought_signature": Cause(
        "The history that was sent lacks the signature of a thought.", "Start a new conversation."
    ),
    "parameter_unknown": Cause(
        "The server does not know a field of the request.", "Try the other API version, or unset the field."
    ),
    **dict.fromkeys(("unreachable", "connecterror", "connecttimeout"), UNREACHABLE),
    "crash": Cause("This program failed while it read the stream.", AGAIN),
}
# Where the code is a plain `invalid_request`, and the message is what tells.
_TELLING = {
    "api key": KEY,
    "blocked": FILTER,
    "thought signature": _CAUSES["missing_thought_signature"],
    "credit balance": UNPAID,
    "context size": LONG,
    "context length": LONG,
    "prompt is too long": LONG,
}
_STATUSES = {
    # LM Studio says so to a path that it does not know.
    200: Cause(
        "The server answered with an error in the place of a stream.",
        "Read its words: the address of the endpoint may be wrong.",
    ),
    400: Cause(
        "The server refused the request.", "Read its words: a field or a value is not accepted. See the log."
    ),
    401: KEY,
    402: UNPAID,
    403: DENIED,
    404: Cause(
        "The server does not know what the request names.",
        "Check the model's name and the API version. An old conversation may have expired on the server.",
    ),
    413: LONG,
    429: OFTEN,
    499: LATE,
    503: BUSY,
    504: LATE,
    529: BUSY,
}
_ENDED = {
    "incomplete": Cause("The model stopped before it was done.", "Raise the output limit, or say “go on”."),
    "budget_exceeded": Cause("The token budget of the run is used up.", "Raise the budget and ask again."),
}


def trouble(turn: Turn) -> Trouble | None:
    """The sentences that stand in a turn which did not end well; None for one that did, or still runs."""
    if not turn.ended or turn.status in {"completed", "requires_action"}:
        return None
    error = turn.error or ErrorDetail()
    if turn.status == "cancelled":
        happened, advice = _cancelled(turn), f"What had arrived is kept. {OUTSIDE_CHAIN}"
    elif turn.status in _ENDED:
        happened, advice = _ENDED[turn.status]
    elif turn.status == "interrupted":
        happened, advice = _interrupted(error), f"What had arrived is kept. {OUTSIDE_CHAIN} {AGAIN}"
    else:
        cause = _cause(turn, error)
        happened = f"{cause.happened.removesuffix('.')}{_named(error)}."
        advice = f"{cause.advice} {OUTSIDE_CHAIN}"
    return Trouble(happened, error.message or "", advice)


def _cancelled(turn: Turn) -> str:
    """The receipt of a stop: who, when, and what the server says to it."""
    if turn.receipt is None:
        lost = f"{_interrupted(turn.error)} " if turn.error and turn.error.code else ""
        return f"{lost}The server has cancelled the answer."
    by, time, confirmed = turn.receipt
    tokens = turn.usage.total_output_tokens if turn.usage else None
    said = f"Stopped by {by} at {time}."
    if not confirmed:
        return f"{said} The connection is closed. The server does not say whether it has stopped."
    counted = f", and counts {tokens:,} tokens of output" if tokens is not None else "; it reports no usage"
    return f"{said} The server confirms it{counted}."


def _interrupted(error: ErrorDetail) -> str:
    if error.code == "ReadTimeout":
        return "The server said nothing for too long, and the connection was ended."
    if error.code:
        return "The connection broke before the answer was complete."
    return "The stream ended without saying that the answer was complete."


def _cause(turn: Turn, error: ErrorDetail) -> Cause:
    code, message = str(error.code or error.status or "").lower(), (error.message or "").lower()
    told = next((cause for words, cause in _TELLING.items() if words in message), None)
    if told is not None and code not in _CAUSES:
        return told
    if turn.previous_interaction_id and code == "invalid_request" and error.http_status == 400:
        return LONG_CHAIN
    status = error.http_status or (error.code if isinstance(error.code, int) else 0)
    default = DOWN if status >= 500 else Cause("The server reported an error.", AGAIN)
    return _CAUSES.get(code) or _STATUSES.get(status, default)


def _named(error: ErrorDetail) -> str:
    """The status and the code, for those who look them up."""
    status = f"HTTP {error.http_status}" if error.http_status else ""
    code = str(error.code or error.status or "")
    known = ", ".join(filter(None, (status, code if code not in {"unreachable", "crash"} else "")))
    return f" ({known})" if known else ""
