"""Gemini's generateContent in the page: an endpoint of the secrets, answered with its recordings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from interactions.ui import words
from interactions.ui.words.endpoints import title
from tests.generated import STREAMS, checked_by_sdk
from tests.peers import STREAM_HEAD
from tests.ui.answering import (
    CHAT,
    Talk,
    answering,
    buttons,
    chain,
    choose,
    configured,
    document,
    posts,
    press,
    seen,
    send,
    statuses,
    troubles,
)

pytestmark = pytest.mark.slow

PATH = b"POST /v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse "
HI = {"role": "user", "parts": [{"text": "Hi"}]}


@contextmanager
def talking(patch: pytest.MonkeyPatch, *answers: bytes) -> Iterator[Talk]:
    with answering(*answers) as server:
        fields: dict[str, Any] = {"protocol": "gemini_generate_content", "models": ["gemini-3.8-flash"]}
        page = choose(configured(patch, {CHAT.endpoint: server.url}, **fields), CHAT.endpoint)
        yield Talk(page, server)


def told(name: str) -> bytes:
    return STREAM_HEAD + STREAMS[name]


def bodies(talk: Talk) -> list[Any]:
    """What was sent, each as Google's client knows it, at its address and with the key."""
    for request in talk.server.requests:
        assert request.startswith((PATH, b"GET "))
        assert b"x-goog-api-key: planted-key" in request
    for body in posts(talk.server):
        checked_by_sdk(body)
    return posts(talk.server)


def test_a_turn_is_sent_read_and_shown_and_the_next_carries_it(environ: pytest.MonkeyPatch) -> None:
    with talking(environ, told("thoughts")) as talk:
        page = send(talk.page, "Hi")
        assert statuses(page) == ["completed"]
        assert "7,845 m" in seen(page)
        assert troubles(page) == []
        assert chain(page) == words.SENT_ALONG
        send(page, "And then?")
        first, second = bodies(talk)
        assert first == {"contents": [HI]}
        roles = [content["role"] for content in second["contents"]]
        assert roles == ["user", "model", "user"]
        assert second["contents"][1]["parts"][-1]["thoughtSignature"]


def test_a_call_is_answered_in_the_page_and_goes_back_with_its_result(environ: pytest.MonkeyPatch) -> None:
    with talking(environ, told("function_call"), told("thoughts")) as talk:
        page = press(talk.page, "Function call")
        assert statuses(page) == ["requires_action"]
        (field,) = (each for each in page.text_area if each.label.startswith("Result of"))
        field.set_value('{"celsius": 21}')
        press(page, "Send results")
        assert statuses(page) == ["requires_action", "completed"]
        first, second = bodies(talk)
        assert first["tools"][0]["functionDeclarations"][0]["parametersJsonSchema"]["type"] == "object"
        call, result = (content["parts"][-1] for content in second["contents"][1:])
        assert call["functionCall"]["id"] == result["functionResponse"]["id"] == "fc_0a1b2c"
        assert call["thoughtSignature"]
        assert result["functionResponse"]["response"] == {"celsius": 21}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("code_execution", ["print(sum(range(10)))", "ZeroDivisionError"]),
        ("grounding", ["https://bridge.example/history", "Øresund Bridge opening", 'class="chips"']),
        ("url_context", ["https://museum.example/hours", "paywall"]),
        ("partial_args", ["set_light", "brightness"]),
        ("candidates", ["Red fox.", "Blue whale.", "several candidates"]),
        ("two_answers", ["One.", "Two and more.", "two answers"]),
        ("usage", ["promptTokensDetails", "ON_DEMAND", "avgLogprobs"]),
    ],
)
def test_what_an_answer_has_is_seen(name: str, shown: list[str], environ: pytest.MonkeyPatch) -> None:
    with talking(environ, told(name)) as talk:
        page = send(talk.page, "Hi")
        assert not page.exception
        said = seen(page) + "".join(troubles(page))
        assert [each for each in shown if each not in said] == []


@pytest.mark.parametrize(
    ("name", "happened"),
    [
        ("safety", "The answer was stopped: dangerous content."),
        ("prompt_blocked", "(prohibited_content)"),
        ("malformed_call", "The model wrote a tool call that cannot be read (malformed_function_call)."),
        ("max_tokens", "limit"),
        ("error", "The model is overloaded or down"),
        ("error_array", "Too many requests in a short time"),
    ],
)
def test_an_answer_that_did_not_end_well_says_why(
    name: str, happened: str, environ: pytest.MonkeyPatch
) -> None:
    with talking(environ, told(name)) as talk:
        page = send(talk.page, "Hi")
        assert statuses(page)[0] in {"failed", "incomplete"}
        assert happened in troubles(page)[0]


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        (400, {"message": "API key not valid.", "status": "INVALID_ARGUMENT"}, "does not accept the API key"),
        (400, {"message": "Unknown name.", "status": "INVALID_ARGUMENT"}, "The server refused the request"),
        (
            400,
            {"message": "User location is not supported for the API use.", "status": "FAILED_PRECONDITION"},
            "HTTP 400",
        ),
        (403, {"message": "No.", "status": "PERMISSION_DENIED"}, "The key is not allowed to do this"),
        (404, {"message": "models/x is not found.", "status": "NOT_FOUND"}, "There is no such model"),
    ],
)
def test_a_refusal_is_told_in_words_and_not_asked_again(
    status: int, error: dict[str, Any], sentence: str, environ: pytest.MonkeyPatch
) -> None:
    said = [{"error": {"code": status, **error}}]
    with talking(environ, document(said, status), told("thoughts")) as talk:
        page = send(talk.page, "Hi")
        assert statuses(page) == ["failed"]
        assert sentence in troubles(page)[0]
        assert error["message"] in troubles(page)[0]
        assert len(posts(talk.server)) == 1
        press(page, words.TRY_AGAIN)
        assert statuses(page) == ["completed"]


def test_a_cut_is_told_and_offers_another_try(environ: pytest.MonkeyPatch) -> None:
    half = told("thoughts").partition(b"**7,845")[0]
    with talking(environ, half, told("thoughts")) as talk:
        page = send(talk.page, "Hi")
        assert statuses(page) == ["interrupted"]
        assert words.TRY_AGAIN in buttons(page)
        assert words.BRING_BACK not in buttons(page)


def test_the_service_is_offered_by_its_name_with_the_key_of_the_other(
    environ: pytest.MonkeyPatch,
) -> None:
    """At the address that Google's own client takes."""
    environ.setenv("GEMINI_API_KEY", "planted-key-5b1d")
    with answering(told("thoughts")) as server:
        environ.setenv("GOOGLE_GEMINI_BASE_URL", server.url)
        page = choose(configured(environ, {}), "gemini_generate_content")
        assert title("gemini_generate_content") == "Gemini generateContent"
        send(page, "Hi")
        assert statuses(page) == ["completed"]
        posted = next(each for each in server.requests if each.startswith(b"POST"))
        assert b"x-goog-api-key: planted-key-5b1d" in posted
        assert json.loads(posted.partition(b"\r\n\r\n")[2]) == {"contents": [HI]}
