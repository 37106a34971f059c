"""Who is asking: an anonymous owner in a cookie that scripts cannot read."""

from __future__ import annotations

import hashlib
import secrets

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interactions.conversations.conversation import Owner
from interactions.ui.tab import session

COOKIE = "interactions_owner"
YEAR = 365 * 24 * 3600  # seconds


class OwnerCookie:
    """Middleware: a browser that opens a page without a cookie gets one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _opens_page(HTTPConnection(scope)):
            await self._app(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", _new_cookie(scope["scheme"] == "https"))
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def _opens_page(connection: HTTPConnection) -> bool:
    wants_html = "text/html" in connection.headers.get("accept", "")
    return wants_html and COOKIE not in connection.cookies


def _new_cookie(secure: bool) -> str:
    value = secrets.token_urlsafe(24)
    return f"{COOKIE}={value}; Path=/; Max-Age={YEAR}; HttpOnly; SameSite=Lax" + (
        "; Secure" if secure else ""
    )


def owner_of(cookie: str) -> Owner:
    """The owner behind a cookie. The cookie is a credential, so what is kept and shown is its hash."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:32]


def cookie() -> str:
    """This visitor's; "" without one."""
    found: object = st.context.cookies.get(COOKIE)
    return found if isinstance(found, str) else ""  # under AppTest it is a mock


def owner() -> Owner:
    """This visitor. Without a cookie (a bare socket, AppTest) an owner that lives as long as the session."""
    if known := cookie():
        return owner_of(known)
    return session.visitor()
