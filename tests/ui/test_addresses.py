"""Who opens an address below a page comes to a page."""

from __future__ import annotations

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from interactions.ui.server.addresses import TAKEN, BelowPages
from interactions.ui.server.routes import ROUTES, at


def anything(_request: Request) -> Response:
    return PlainTextResponse("served")


CLIENT = TestClient(
    Starlette(
        routes=[Route("/{path:path}", anything, methods=["GET", "POST"])],
        middleware=[Middleware(BelowPages, pages=("", "compare", "diagnostics"))],
    )
)
HTML = {"accept": "text/html,application/xhtml+xml"}


def opened(path: str) -> str:
    """Where a browser ends up that opens this address."""
    return str(CLIENT.get(path, headers=HTML).url).removeprefix("http://testserver")


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ("/diagnostics/x", "/diagnostics"),
        ("/diagnostics/x/", "/diagnostics"),
        ("/diagnostics/x/y?conversation=a&b=%20", "/diagnostics?conversation=a&b=%20"),
        ("/diagnostics/compare", "/diagnostics"),
        ("/nowhere/x?conversation=a", "/?conversation=a"),
        ("/nowhere/example.com/", "/"),
    ],
)
def test_an_address_below_a_page_leads_to_the_page_and_any_other_to_the_first(path: str, end: str) -> None:
    assert opened(path) == end
    assert CLIENT.get(path, headers=HTML, follow_redirects=False).status_code == 307


@pytest.mark.parametrize(
    "path", ["/", "/compare", "/compare/", "/nowhere", *(f"/{each}/x/y" for each in sorted(TAKEN))]
)
def test_pages_and_what_is_served_beside_them_stay_where_they_are(path: str) -> None:
    assert opened(path) == path


def test_all_our_own_addresses_stay_where_they_are() -> None:
    assert {str(route.path).split("/")[1] for route in ROUTES} <= TAKEN


def test_what_is_not_opened_as_a_page_is_left_alone() -> None:
    """Scripts, and whatever a program asks."""
    assert CLIENT.get("/diagnostics/x", headers={"accept": "*/*"}, follow_redirects=False).status_code == 200
    assert CLIENT.post("/diagnostics/x", headers=HTML, follow_redirects=False).status_code == 200


def test_pages_below_a_base_path_stay_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": "/any/where"}.get)
    assert opened("/any/where/diagnostics") == "/any/where/diagnostics"
    assert opened("/any/where/diagnostics/x") == "/any/where/diagnostics"
    assert opened("/any/where/else/x") == "/any/where/"
    assert opened("/else/where") == "/else/where"


def test_what_the_page_s_links_lead_to_is_below_the_base_path_as_the_page_is() -> None:
    """Only whoever asks after the health need not know where that is."""
    ours = [route.path for route in ROUTES]
    assert [route.path for route in at("")] == ours
    assert [route.path for route in at("/chat")] == [*(f"/chat{path}" for path in ours), "/health"]
