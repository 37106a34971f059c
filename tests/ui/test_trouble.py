"""Each way to end badly has its sentence: what happened, the server's words, what to do."""

import json

import httpx
import pytest

from interactions.conversations.request import Access
from interactions.providers.anthropic.provider import Anthropic
from interactions.providers.chat.provider import OpenAIChat
from interactions.providers.gemini.provider import Gemini
from interactions.providers.generate_content.provider import GenerateContent
from interactions.providers.lmstudio.provider import LMStudio
from interactions.providers.protocol import Provider
from interactions.providers.reading import refold
from interactions.providers.responses.provider import OpenAIResponses
from interactions.stream.journal import Recorder
from interactions.turns.events import ErrorDetail
from interactions.turns.turn import Turn
from interactions.ui.words import OUTSIDE_CHAIN
from interactions.ui.words.causes import UNKNOWN
from interactions.ui.words.trouble import lacks_model, trouble
from tests.folding import ANSWERED, noted
from tests.vendors import RECORDINGS, turn_after, turn_of

CLIENT = httpx.Client()
ACCESS = Access("https://x.test")
PROVIDERS: dict[str, Provider] = {
    "generate": GenerateContent(CLIENT, ACCESS),
    "anthropic": Anthropic(CLIENT, ACCESS),
    "openai": OpenAIResponses(CLIENT, ACCESS),
    "chat": OpenAIChat(CLIENT, ACCESS),
    "lmstudio": LMStudio(CLIENT, ACCESS),
}


def error(kind: str, message: str = "No.", code: str | int | None = None, details: str = "") -> str:
    """A body as all three have it, or nearly."""
    precise = {"details": {"error_code": details}} if details else {}
    told = {"type": kind, "message": message, "code": code, "param": None}
    return json.dumps({"type": "error", "error": {**told, **precise}})


def failed(error: ErrorDetail, **more: object) -> Turn:
    return Turn(status="failed", ended=True, error=error, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "http_status", "message", "happened"),
    [
        ("prohibited_content", None, "Request blocked.", "A content filter stopped the answer"),
        ("invalid_request", 400, "Request blocked due to safety.", "A content filter stopped the answer"),
        ("INVALID_ARGUMENT", 400, "API key not valid.", "The server does not accept the API key"),
        ("authentication", 401, "", "The server does not accept the API key"),
        ("payment_required", 402, "", "The account behind the key cannot pay for this"),
        ("permission_denied", 403, "", "The key is not allowed to do this"),
        ("model_not_found", 404, "", "There is no such model for this key and API version"),
        ("not_found", 404, "", "The server does not have what the request names"),
        ("quota_exceeded", 429, "", "The quota of this key is used up"),
        ("RESOURCE_EXHAUSTED", 429, "", "Too many requests in a short time"),
        ("missing_thought_signature", 400, "", "The history that was sent lacks the signature of a thought"),
        (499, None, "The operation was cancelled.", "The server ran out of time and ended the answer"),
        ("deadline_exceeded", None, "", "The server ran out of time and ended the answer"),
        (None, 502, "<html>Bad gateway</html>", "The server has a problem"),
        ("ConnectError", None, "Connection refused", "Nothing answers at this address"),
        ("ConnectTimeout", None, "", "The server could not be reached; nothing was sent"),
        ("overloaded_error", None, "Overloaded", "The model is overloaded or down"),
        (None, 529, "", "The model is overloaded or down"),
        ("authentication_error", 401, "", "The server does not accept the API key"),
        ("permission_error", 403, "", "The key is not allowed to do this"),
        ("insufficient_quota", 429, "", "The account behind the key has no credit left"),
        ("invalid_request_error", 400, "Your credit balance is too low.", "The account behind the key"),
        ("invalid_request_error", 400, "prompt is too long: 9 tokens > 8", "The conversation is longer"),
        ("context_length_exceeded", 400, "", "The conversation is longer than the model can read"),
        (None, None, "Context size has been exceeded.", "The conversation is longer than the model can read"),
        (None, 200, "Unexpected endpoint.", "The server has no such address"),
        (None, 418, "I am a teapot", "The server reported an error"),
        (None, None, "", "The server reported an error"),
    ],
)
def test_an_error_has_a_sentence_the_servers_words_and_an_advice(
    code: str | int | None, http_status: int | None, message: str, happened: str
) -> None:
    found = trouble(failed(ErrorDetail(code, message, http_status=http_status)))
    assert found is not None
    assert found.happened.startswith(happened)
    assert found.quoted == message
    assert found.advice.endswith(OUTSIDE_CHAIN)
    assert len(found.advice) > len(OUTSIDE_CHAIN) + 5


def test_an_opaque_refusal_deep_in_a_conversation_points_to_its_history() -> None:
    """The same words on a first message say that a field is wrong."""
    error = ErrorDetail("invalid_request", "Request contains an invalid argument.", http_status=400)
    deep = trouble(failed(error, previous_interaction_id="v1_x"))
    first = trouble(failed(error))
    assert deep is not None
    assert first is not None
    assert "start a new one" in deep.advice
    assert "not accepted" in first.advice


def test_status_and_code_stand_behind_the_sentence() -> None:
    found = trouble(failed(ErrorDetail("quota_exceeded", "No.", http_status=429)))
    assert found is not None
    assert found.happened == "The quota of this key is used up (HTTP 429, quota_exceeded)."


@pytest.mark.parametrize("status", ["completed", "requires_action"])
def test_a_turn_that_ended_well_has_no_trouble(status: str) -> None:
    assert trouble(Turn(status=status, ended=True)) is None
    assert trouble(Turn(status="in_progress")) is None


# What servers have answered with, by their readers: the status, the body, and what is said of it.
REFUSALS: dict[str, list[tuple[int, str, str]]] = {
    "anthropic": [
        (529, error("overloaded_error"), "The model is overloaded"),
        (429, error("rate_limit_error"), "Too many requests"),
        (402, error("billing_error"), "The account behind the key has no credit"),
        (
            400,
            error("invalid_request_error", "Your credit balance is too low"),
            "The account behind the key has no",
        ),
        (
            400,
            error("invalid_request_error", "You have reached your API usage limits"),
            "The account's limit",
        ),
        (
            429,
            error("rate_limit_error", details="enforced_spend_limit_reached"),
            "The account's limit on spending",
        ),
        (429, error("rate_limit_error", details="ramp_limit_exceeded"), "The number of requests has risen"),
        (
            400,
            error("invalid_request_error", "prompt is too long: 9 tokens > 8 maximum"),
            "The conversation is longer",
        ),
        (400, error("invalid_request_error", "top_p: not allowed"), "The server refused the request"),
        (401, error("authentication_error", "invalid x-api-key"), "The server does not accept the API key"),
        (403, error("permission_error"), "The key is not allowed"),
        (404, error("not_found_error", "model: claude-9"), "The server does not have the model"),
        (413, error("request_too_large"), "The request has too many bytes"),
        (500, error("api_error"), "The server has a problem"),
        (504, error("timeout_error"), "The server ran out of time"),
    ],
    "openai": [
        (
            429,
            error("insufficient_quota", code="insufficient_quota"),
            "The account behind the key has no credit",
        ),
        (
            429,
            error("insufficient_quota", code="project_spend_limit_exceeded"),
            "The account's limit on spending",
        ),
        (429, error("tokens", code="rate_limit_exceeded"), "Too many requests"),
        (429, error("requests", code="slow_down"), "The number of requests has risen"),
        (400, error("invalid_request_error", code="context_length_exceeded"), "The conversation is longer"),
        (
            401,
            error("invalid_request_error", code="invalid_api_key"),
            "The server does not accept the API key",
        ),
        (404, error("invalid_request_error", code="model_not_found"), "There is no such model"),
        (
            400,
            error("invalid_request_error", code="previous_response_not_found"),
            "The server no longer has the answer",
        ),
        (
            400,
            error("invalid_request_error", code="unsupported_parameter"),
            "The server does not know a field",
        ),
        (500, error("server_error"), "The server has a problem"),
        (503, error("server_error", code="server_is_overloaded"), "The model is overloaded"),
    ],
    "chat": [
        (200, '{"error":"Unexpected endpoint or method. (POST /v1/v1/x)"}', "The server has no such address"),
        (200, '{"error":"Something else."}', "The server answered with an error in place of a stream"),
        (503, error("unavailable_error", "Loading model", code=503), "The server has not loaded the model"),
        (
            404,
            error("not_found_error", 'model "x" not found, try pulling it first'),
            "The server does not have this",
        ),
        (
            404,
            error("NotFoundError", "The model `x` does not exist.", code=404),
            "The server does not have the model",
        ),
        (
            400,
            error("BadRequestError", "This model's maximum context length is 8", code=400),
            "The conversation is",
        ),
        (400, error("exceed_context_size_error", code=400), "The conversation is longer"),
        (
            400,
            error("invalid_request_error", "x does not support tools"),
            "This model, or this server, takes no tools",
        ),
        (500, error("InternalServerError", code=500), "The server has a problem"),
    ],
}


@pytest.mark.parametrize(
    ("vendor", "status", "body", "happened"),
    [(vendor, *row) for vendor, rows in REFUSALS.items() for row in rows],
)
def test_every_vendors_refusal_has_words_of_its_own(
    vendor: str, status: int, body: str, happened: str
) -> None:
    """As its reader delivers it, to the end of the turn."""
    found = trouble(turn_of(PROVIDERS[vendor], body.encode(), "application/json", status))
    assert found is not None
    assert found.happened.startswith(happened)


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_recorded_turn_that_did_not_end_well_says_why(name: str) -> None:
    """None falls back on the sentence for what nobody knows."""
    turn = turn_of(PROVIDERS[name.partition("_")[0]], RECORDINGS[name])
    found = trouble(turn)
    assert (found is None) == (turn.status in {"completed", "requires_action"})
    assert found is None or not found.happened.startswith(UNKNOWN.happened.removesuffix("."))


def test_a_model_that_declines_says_so() -> None:
    """A refusal is no fault of the server's."""
    ended = {"stop_reason": "refusal", "stop_details": {"category": "bio", "explanation": "No."}}
    events = ({"type": "message_start", "message": {"id": "m"}}, {"type": "message_delta", "delta": ended})
    found = trouble(turn_after(PROVIDERS["anthropic"], *events, {"type": "message_stop"}))
    assert found is not None
    assert (found.happened, found.quoted) == ("The model declined to answer (refusal).", "No.")


def test_an_answer_that_a_filter_has_cut_does_not_ask_for_a_higher_limit() -> None:
    """OpenAI calls it incomplete, as it calls an answer that has met its limit."""
    over = {"incomplete_details": {"reason": "content_filter"}}
    found = trouble(turn_after(PROVIDERS["openai"], {"type": "response.incomplete", "response": over}))
    limit = {"incomplete_details": {"reason": "max_output_tokens"}}
    reached = trouble(turn_after(PROVIDERS["openai"], {"type": "response.incomplete", "response": limit}))
    assert found is not None
    assert reached is not None
    assert "filter" in found.happened
    assert "Raise the output limit" in reached.advice


@pytest.mark.parametrize(
    ("code", "message", "happened"),
    [
        ("ConnectError", "[Errno 111] Connection refused", "Nothing answers at this address"),
        ("ConnectError", "[WinError 10061] … the target machine actively refused it", "Nothing answers at"),
        ("ConnectError", "[Errno -2] Name or service not known", "The host name could not be resolved"),
        (
            "ConnectError",
            "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
            "The server's certificate",
        ),
        ("ConnectError", "[Errno 101] Network is unreachable", "The server could not be reached"),
        ("ConnectTimeout", "timed out", "The server could not be reached"),
    ],
)
def test_a_server_that_is_not_there_is_not_one_that_failed(code: str, message: str, happened: str) -> None:
    """Most often it is a local one that nobody has started."""
    found = trouble(failed(ErrorDetail(code, message)))
    assert found is not None
    assert found.happened.startswith(happened)


def test_a_gateway_that_does_not_reach_its_server_runs_itself() -> None:
    found = trouble(failed(ErrorDetail(None, "dial tcp: connection refused", http_status=502)))
    assert found is not None
    assert found.happened == "The server has a problem (HTTP 502)."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (61, "61 seconds"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (300, "5 minutes"),
        (301, "6 minutes"),
        (7200, "2 hours"),
        (172_800, "2 days"),
        (299, "5 minutes"),
        (10 * 365 * 86_400 - 1, "3,650 days"),
        (10 * 365 * 86_400, "for a very long time"),
        (10**9, "for a very long time"),
    ],
)
def test_the_advice_has_the_server_s_own_figure(seconds: int, words: str) -> None:
    """In the largest unit that has at least two of it, rounded up; beyond ten years it is no figure."""
    found = trouble(failed(ErrorDetail("rate_limit_error", "Slow.", http_status=429, retry_after=seconds)))
    assert found is not None
    assert found.advice.startswith(f"The server asks to wait {words}. Wait a little")


@pytest.mark.parametrize("name", [*PROVIDERS, "gemini"])
def test_a_wait_comes_from_the_refusal_s_note_and_from_nowhere_else(name: str) -> None:
    """Whatever the vendor. What a server writes into its error is its words."""
    provider = PROVIDERS.get(name) or Gemini(CLIENT, ACCESS, "v1beta")
    body = json.dumps({"error": {"message": "Slow.", "code": 429, "retry_after": "-7", "x": 1}}).encode()
    record = Recorder()
    frames = [
        noted(record, "request", attempt=1, method="POST", url="https://x.test", headers={}, body={}),
        noted(record, "response", **{**ANSWERED, "status": 429}),
        record.wire(body),
        noted(record, "refused", status=429, retry_after=300),
    ]
    turn = refold(provider, frames)
    assert turn.error is not None
    assert (turn.error.message, turn.error.retry_after) == ("Slow.", 300)
    found = trouble(turn)
    assert found is not None
    assert "wait 5 minutes" in found.advice


@pytest.mark.parametrize(
    ("code", "happened"),
    [("Stalled", "without going on"), ("TooLarge", "too large"), ("UnknownEncoding", "cannot be read here")],
)
def test_a_cut_of_ours_says_why(code: str, happened: str) -> None:
    found = trouble(Turn(status="interrupted", ended=True, error=ErrorDetail(code, "The limit is 8 MB.")))
    assert found is not None
    assert happened in found.happened
    assert found.quoted == "The limit is 8 MB."


@pytest.mark.parametrize(
    ("code", "status", "message", "lacks"),
    [
        ("model_not_found", 404, "", True),
        ("NOT_FOUND", 404, "models/m is not found for API version v1beta, or is not supported", True),
        ("not_found", 404, "Model m was not found.", True),
        ("not_found", 404, "The interaction was not found.", False),
        ("invalid_request", 400, "This model m is no longer available.", True),
        ("not_found_error", 404, "model: claude-9", True),
        ("invalid_request_error", 400, "Model Not Exist", True),
        ("NotFoundError", 404, "The model `x` does not exist.", True),
        ("not_found_error", 404, 'model "x" not found, try pulling it first', True),
        ("model_decommissioned", 400, "The model `x` has been decommissioned.", True),
        (400, 400, "x is not a valid model ID", True),
        (404, 404, "No endpoints found for x.", True),
        (None, 404, "The model x does not exist or your team has no access to it.", True),
        (None, 404, "<html>Not Found</html>", False),
        ("overloaded_error", 529, "The model is overloaded.", False),
        ("context_length_exceeded", 400, "This model's maximum context length is 8.", False),
        (None, 200, "Unexpected endpoint.", False),
    ],
)
def test_a_refusal_is_known_to_be_for_want_of_the_model(
    code: str | int | None, status: int, message: str, lacks: bool
) -> None:
    """In the words of any vendor: then the nearest one is offered."""
    assert lacks_model(failed(ErrorDetail(code, message, http_status=status))) is lacks
    assert not lacks_model(Turn(status="completed", ended=True))


def test_a_web_page_is_blamed_on_what_stands_in_front_of_the_server() -> None:
    """Whatever its title says, which stands below in its own words."""
    found = trouble(
        failed(ErrorDetail("web_page", "The server sent a web page instead of an answer: Request blocked."))
    )
    assert found is not None
    assert found.happened == "What came is not the answer of a model."
    assert "Request blocked" in found.quoted
    assert "base URL" in found.advice
