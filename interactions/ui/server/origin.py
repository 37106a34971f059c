"""The names under which the app answers, and the pages from which it may be used.

A page whose name somebody's DNS resolves to this machine counts as the app's own, and another program of this
machine is `http://localhost` as well, at another port. Streamlit (1.67) looks at names on its socket alone,
and lets every port of this machine speak there.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

NO_HOST = PlainTextResponse(
    "This app does not answer under this name: open it as localhost, or start it with"
    " --server.allowedHosts and the name.\n",
    status_code=421,
)
NO_ORIGIN = PlainTextResponse(
    "This app does nothing for the page that asks: name its origin in --server.corsAllowedOrigins.\n",
    status_code=403,
)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
UNSET = "localhost"  # what `browser.serverAddress` is when nobody has set it


class OwnOrigin:
    """Middleware: applies `server.allowedHosts` to every answer, and lets the socket and what changes
    something be spoken to by the app's own pages, and by those of `server.corsAllowedOrigins`. Whoever sends
    no origin is no page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = None if scope["type"] == "lifespan" else _refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: HTTP 403
        else:
            await refusal(scope, receive, send)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    headers = Headers(scope=scope)
    host = headers.get("host", "").lower()
    if not _named(name_of(host), st.get_option("server.allowedHosts") or ()):
        return NO_HOST
    origin = headers.get("origin", "").lower()
    asks = scope["type"] == "http" and scope["method"] in _READING
    return None if asks or not origin or _trusted(origin, host) else NO_ORIGIN


def _named(name: str, allowed: Iterable[str]) -> bool:
    """Whether one of the patterns of `server.allowedHosts` means this name; all do if there are none."""
    patterns = [each.strip().lower().rstrip(".") for each in allowed]
    means = (each in ("*", name) or (each[:2] == "*." and name.endswith(each[1:])) for each in patterns)
    return not patterns or (bool(name) and any(means))


def _trusted(origin: str, host: str) -> bool:
    if not st.get_option("server.enableCORS"):
        return True
    at = origin.partition("://")[2]
    known = {each.strip().lower().rstrip("/") for each in st.get_option("server.corsAllowedOrigins")}
    return bool(at) and (at == host or not known.isdisjoint({origin, at}) or name_of(at) == _address())


def _address() -> str | None:
    """The name that the app's pages are opened by, if somebody has set one."""
    address = name_of(str(st.get_option("browser.serverAddress") or "").lower())
    return address if address not in ("", UNSET) else None


def name_of(host: str) -> str:
    """A host without its port; "" for what is none."""
    try:
        parsed = urlsplit(f"//{host}")
        whole = parsed.netloc == host and "@" not in host and (parsed.port or True)
    except ValueError:
        return ""
    return (parsed.hostname or "").rstrip(".") if whole else ""
