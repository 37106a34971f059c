"""The content policy: a page loads nothing from other servers.

Markdown from a model can name an image on any server; a browser that fetched it would tell that server who
reads what. Streamlit needs inline styles; the inline scripts of its one page are named by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

INLINE = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def _hashes(page: bytes) -> str:
    """The inline scripts of a page, as a policy names them (CSP 3, 2.3.1)."""
    digests = (hashlib.sha256(script).digest() for script in INLINE.findall(page))
    return "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)


_PAGE = Path(streamlit.__file__).parent / "static" / "index.html"

_SCRIPTS = f"script-src 'self' blob:{_hashes(_PAGE.read_bytes())}"  # components come as blobs
_REST = "; ".join(
    (
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "font-src 'self' data:",
        "worker-src 'self' blob:",
        "frame-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
)
# For what somebody else has written: it is no page and no program, and no other site is given it.
FOREIGN = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "same-origin",
}
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]{0,250}[a-z0-9])?(:[0-9]{1,5})?", re.IGNORECASE)


def policy(host: str) -> str:
    """For a page of this host. Its socket is named beside 'self', which not every browser takes for it; a
    host that a policy cannot name (an IPv6 address) has to do with 'self'."""
    socket = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    # A recording is read from its blob.
    return f"default-src 'self'; {_SCRIPTS}; connect-src 'self' blob:{socket}; {_REST}"


class ContentPolicy:
    """Middleware: every answer that says nothing about it gets the policy."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        host = Headers(scope=scope).get("host", "")

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("content-security-policy", policy(host))
                headers.setdefault("referrer-policy", "no-referrer")
                headers.setdefault("x-content-type-options", "nosniff")
            await send(message)

        await self._app(scope, receive, send_with_policy)
