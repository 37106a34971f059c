"""The headers that every answer carries."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from interactions.ui.server.identity import COOKIE, OwnerCookie, owner_of
from interactions.ui.server.policy import ContentPolicy, policy


def page(_request: Request) -> Response:
    return PlainTextResponse("page")


def strict(_request: Request) -> Response:
    return PlainTextResponse("raw", headers={"content-security-policy": "sandbox"})


CLIENT = TestClient(
    Starlette(
        routes=[Route("/", page), Route("/strict", strict)],
        middleware=[Middleware(OwnerCookie), Middleware(ContentPolicy)],
    )
)
HTML = {"accept": "text/html"}


def directives(host: str) -> dict[str, list[str]]:
    said = CLIENT.get("/", headers={"host": host}).headers["content-security-policy"]
    return {name: sources for name, *sources in (each.split() for each in said.split("; "))}


@pytest.mark.parametrize("host", ["localhost", "localhost:8501", "127.0.0.1:8501", "chat.example.org"])
def test_a_page_may_load_and_ask_nothing_but_its_own_host(host: str) -> None:
    """Not an image, not a script, not a frame; the socket is that of this host and no other."""
    found = directives(host)
    assert found["connect-src"] == ["'self'", "blob:", f"ws://{host}", f"wss://{host}"]
    others = {source for name, sources in found.items() for source in sources if name != "connect-src"}
    assert {source for source in others if not source.startswith("'")} == {"blob:", "data:"}
    assert {"'unsafe-eval'", "*", "ws:", "wss:", "http:", "https:"}.isdisjoint(others)
    assert [each for each in found["script-src"] if "unsafe" in each] == []
    assert found["default-src"] == ["'self'"]
    for name in ("frame-src", "object-src", "base-uri", "form-action"):
        assert found[name] == ["'none'"]


@pytest.mark.parametrize(
    "host",
    [
        "evil.example; script-src *",
        "a b",
        "x.org https://evil.example",
        "*",
        "*.example",
        "x.org,evil.example",
        "'unsafe-inline'",
        "x.org:",
        "x.org:port",
        "[::1]:8501",
        "-",
        "",
        "x" * 1_000,
    ],
)
def test_what_is_no_host_name_gets_into_no_policy(host: str) -> None:
    """Nothing more is allowed for it than for any other."""
    assert policy(host) == policy("")
    assert "connect-src 'self' blob:;" in policy(host)


def test_every_answer_is_what_it_says_it_is() -> None:
    """No browser guesses at it, and no other server is told where its reader was."""
    for path in ("/", "/strict", "/nowhere"):
        headers = CLIENT.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"


def test_an_answer_with_a_policy_of_its_own_keeps_it() -> None:
    """The raw frames are stricter."""
    assert CLIENT.get("/strict").headers["content-security-policy"] == "sandbox"


def test_a_browser_without_a_cookie_gets_one_that_scripts_cannot_read() -> None:
    """Once: who has one keeps it."""
    given = CLIENT.get("/", headers=HTML).headers["set-cookie"]
    assert all(part in given for part in (COOKIE, "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Secure" not in given
    again = CLIENT.get("/", headers={**HTML, "cookie": f"{COOKIE}=known"})
    assert "set-cookie" not in again.headers


def test_what_is_no_page_sets_no_cookie() -> None:
    """Assets and APIs are asked for by the thousand, some of them at once."""
    CLIENT.cookies.clear()
    assert "set-cookie" not in CLIENT.get("/", headers={"accept": "*/*"}).headers


def test_the_owner_is_not_the_cookie() -> None:
    """The cookie is a credential; what is kept and shown of it is a hash."""
    assert "secret" not in owner_of("secret")
    assert owner_of("secret") == owner_of("secret") != owner_of("other")
