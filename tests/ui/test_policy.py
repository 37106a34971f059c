"""The headers that every answer carries."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from interactions.ui.identity import COOKIE, OwnerCookie, owner_of
from interactions.ui.policy import POLICY, ContentPolicy


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


def test_a_page_may_load_nothing_from_elsewhere() -> None:
    """Not an image, not a script, not a frame."""
    assert CLIENT.get("/").headers["content-security-policy"] == POLICY
    assert "http" not in POLICY
    assert "*" not in POLICY


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
