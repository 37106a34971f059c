"""Addresses below a page, which are redirected to it.

Streamlit (1.67) answers every address with its one HTML page. Below a page that does not find its scripts, as
their addresses are relative, and stays white.
"""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# What is below these is no page: Streamlit's own addresses, and ours.
TAKEN = frozenset(
    {"_stcore", "app", "auth", "component", "health", "media", "metrics", "news", "raw", "static", "~"}
)


class BelowPages:
    """Middleware: who opens an address below a page is sent to that page, and else to the first one."""

    def __init__(self, app: ASGIApp, pages: Collection[str]) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        where = self._sent_to(Request(scope)) if scope["type"] == "http" else None
        await (self._app if where is None else RedirectResponse(where))(scope, receive, send)

    def _sent_to(self, request: Request) -> str | None:
        if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
            return None
        root = (request.scope.get("root_path") or "") + base()
        if not request.url.path.startswith(f"{root}/"):
            return None
        found = above(request.url.path.removeprefix(root), self._pages)
        query = f"?{request.url.query}" if request.url.query else ""
        return None if found is None else found + query


def base() -> str:
    """What stands before every path of this app: "" or as in "/chat"."""
    path = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{path}" if path else ""


def above(path: str, pages: Collection[str]) -> str | None:
    """The way from an address below a page up to it; None from any other. Relative, as a proxy may have put
    something in front."""
    first, *below = path.strip("/").split("/")
    if not below or first in TAKEN:
        return None
    return "../" * (path.count("/") - 1) + (first if first in pages else "")
