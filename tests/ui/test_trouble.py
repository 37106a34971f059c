"""Each way to end badly has its sentence: what happened, the server's words, what to do."""

import pytest

from interactions.events import ErrorDetail
from interactions.turn import Turn
from interactions.ui.words import OUTSIDE_CHAIN
from interactions.ui.words.trouble import trouble


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
        ("ConnectError", None, "Connection refused", "The server could not be reached; nothing was sent"),
        ("ConnectTimeout", None, "", "The server could not be reached; nothing was sent"),
        ("overloaded_error", None, "Overloaded", "The model is overloaded or down"),
        (None, 529, "", "The model is overloaded or down"),
        ("authentication_error", 401, "", "The server does not accept the API key"),
        ("permission_error", 403, "", "The key is not allowed to do this"),
        ("insufficient_quota", 429, "", "The account behind the key cannot pay for this"),
        ("invalid_request_error", 400, "Your credit balance is too low.", "The account behind the key"),
        ("invalid_request_error", 400, "prompt is too long: 9 tokens > 8", "The conversation is longer"),
        ("context_length_exceeded", 400, "", "The conversation is longer than the model can take"),
        (None, None, "Context size has been exceeded.", "The conversation is longer than the model can take"),
        (None, 200, "Unexpected endpoint.", "The server answered with an error in the place of a stream"),
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
