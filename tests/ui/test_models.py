"""Models that come and go: which are offered, and what takes the place of one that is gone."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.harness import ROOT
from interactions.endpoints import listings as listings_of
from interactions.providers.built_in import HOME
from interactions.ui import words
from tests.folding import RECORDINGS as NATIVE
from tests.peers import STREAM_HEAD, Peer, peer
from tests.ui.answering import (
    ANTHROPIC,
    CHAT,
    KEY,
    OPENAI,
    buttons,
    choose,
    configured,
    document,
    posts,
    press,
    seen,
    send,
    statuses,
)

pytestmark = pytest.mark.slow

LISTED = ("gemini-3.8-flash", "gemini-3.5-flash", "gemini-2.5-flash-image", "gemini-embedding-001")
GONE = document({"error": {"code": "model_not_found", "message": "Model 'm' was not found."}}, 404)
GOOGLE = {"models": [{"name": f"models/{name}"} for name in LISTED]}


@contextmanager
def serving(listed: Mapping[str, Any], *answers: bytes, listing_status: int = 200) -> Iterator[Peer]:
    """A server with a list of models, that gives one of these answers to each message."""
    given = iter(answers)

    def script(connection: socket.socket, number: int) -> None:
        asked = server.requests[number - 1].startswith(b"POST")
        connection.sendall(next(given) if asked else document(listed, listing_status))

    with peer(script) as server:
        yield server


def native(patch: pytest.MonkeyPatch, server: Peer) -> AppTest:
    """The playground at a server of the native protocol, that was never asked for its models."""
    patch.setenv("INTERACTIONS_BASE_URL", server.url)
    patch.setenv("GEMINI_API_KEY", KEY)
    made = AppTest.from_file(str(ROOT / "pages/playground.py"), default_timeout=30)
    made.secrets["UNRELATED"] = "anything"
    return made.run()


def models(page: AppTest) -> Any:
    return next(each for each in page.selectbox if each.label == "Model")


def opened(page: AppTest) -> AppTest:
    """With the settings open."""
    page.session_state["settings"] = True
    return page.run()


def listings(server: Peer) -> int:
    return sum(b"/models" in request.split(b"\r\n")[0] for request in server.requests)


def test_a_model_that_is_gone_is_replaced_by_the_nearest_in_one_click(environ: pytest.MonkeyPatch) -> None:
    """The server is asked then; what is sent next goes to that model, too."""
    answer = STREAM_HEAD + NATIVE["text_with_thoughts"]
    with serving(GOOGLE, GONE, answer, answer) as server:
        page = send(native(environ, server), "Hi")
        assert statuses(page) == ["failed"]
        assert listings(server) == 0
        press(page, words.TRY_NEAREST)
        assert statuses(page) == ["completed"]
        assert "GCD" in seen(page)
        send(page, "And now?")
    asked = [body["model"] for body in posts(server)]
    assert asked == ["gemini-2.5-flash", "gemini-3.5-flash", "gemini-3.5-flash"]
    assert [body["input"] for body in posts(server)] == ["Hi", "Hi", "And now?"]
    assert models(page).value == "gemini-3.5-flash"


@pytest.mark.parametrize(
    ("vendor", "refusal", "named"),
    [
        (
            ANTHROPIC,
            {"type": "error", "error": {"type": "not_found_error", "message": "model: claude-opus-4"}},
            ("claude-opus-5", "claude-haiku-5-5"),
        ),
        (
            OPENAI,
            {"error": {"type": "invalid_request_error", "code": "model_not_found", "message": "No."}},
            ("gpt-6.1-sol", "text-embedding-3-large"),
        ),
        (
            CHAT,
            {
                "error": {
                    "message": "The model `qwen3-8b` does not exist.",
                    "type": "NotFoundError",
                    "code": 404,
                }
            },
            ("qwen3-14b", "whisper-1"),
        ),
    ],
    ids=lambda value: getattr(value, "endpoint", ""),
)
def test_every_vendor_s_refusal_offers_the_nearest_by_its_name(
    vendor: Any, refusal: Mapping[str, Any], named: tuple[str, str], environ: pytest.MonkeyPatch
) -> None:
    """Where the list is known already."""
    listed = {"object": "list", "data": [{"id": name} for name in named], "has_more": False}
    with serving(listed, document(refusal, 404), vendor.plain) as server:
        page = send(choose(configured(environ, {vendor.endpoint: server.url}), vendor.endpoint), "Hi")
        assert statuses(page) == ["failed"]
        (offered,) = (each for each in buttons(page) if each.startswith(words.TRY_WITH.format("")))
        press(page, offered)
        assert statuses(page) == ["completed"]
        assert posts(server)[-1]["model"] == named[0]
        assert listings(server) == 1


def test_a_server_that_lists_nothing_near_says_so(environ: pytest.MonkeyPatch) -> None:
    with serving({"models": [{"name": "models/gemini-embedding-001"}]}, GONE) as server:
        page = send(native(environ, server), "Hi")
        press(page, words.TRY_NEAREST)
        assert unescape(page.error[0].value) == words.NO_NEAREST.format("gemini-2.5-flash")
        assert statuses(page) == ["failed"]
        assert len(posts(server)) == 1


def test_a_list_that_cannot_be_had_says_why(environ: pytest.MonkeyPatch) -> None:
    refused = {"error": {"code": 403, "message": "Not for you.", "status": "PERMISSION_DENIED"}}
    with serving(refused, GONE, listing_status=403) as server:
        page = send(native(environ, server), "Hi")
        press(page, words.TRY_NEAREST)
        assert "Not for you." in unescape(page.error[0].value)
        assert len(posts(server)) == 1


def test_another_failure_offers_no_other_model(environ: pytest.MonkeyPatch) -> None:
    late = document({"error": {"code": "deadline_exceeded", "message": "Late."}}, 400)
    with serving(GOOGLE, late) as server:
        page = send(native(environ, server), "Hi")
        assert statuses(page) == ["failed"]
        assert words.TRY_NEAREST not in buttons(page)
        assert words.TRY_AGAIN in buttons(page)


def test_the_models_of_the_server_are_offered_when_the_settings_are_opened(
    environ: pytest.MonkeyPatch,
) -> None:
    """Once; before that those that the program knows. The default stays the first."""
    environ.setattr(listings_of, "PATIENCE", 30.0)  # a busy machine takes longer than a moment
    with serving(GOOGLE) as server:
        page = native(environ, server)
        assert models(page).options == list(HOME.models)
        assert listings(server) == 0
        opened(page)
        assert models(page).options == [HOME.models[0], *LISTED]
        assert models(page).value == HOME.models[0]
        page.run()
        assert listings(server) == 1
        assert not page.exception


def test_without_a_list_the_names_that_the_program_knows_are_offered(environ: pytest.MonkeyPatch) -> None:
    environ.setattr(listings_of, "PATIENCE", 30.0)
    with serving({"models": []}) as server:
        page = opened(native(environ, server))
        assert models(page).options == list(HOME.models)


def test_a_server_that_needs_a_key_is_not_asked_without_one(environ: pytest.MonkeyPatch) -> None:
    """The embedded sandbox answers then, with the names that the program knows."""
    environ.delenv("GEMINI_API_KEY", raising=False)
    environ.delenv("GOOGLE_API_KEY", raising=False)
    made = AppTest.from_file(str(ROOT / "pages/playground.py"), default_timeout=30)
    made.secrets["UNRELATED"] = "anything"
    page = opened(made.run())
    assert models(page).options == list(HOME.models)
    assert not page.exception
