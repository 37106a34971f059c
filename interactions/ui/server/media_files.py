"""Files that Streamlit serves at `/media/…`: sound, film and downloads, for their owner alone.

Streamlit gives one to whoever has its address, under the MIME type that it came with, and the address is a
hash of bytes, type and name. So the type carries a mark of the owner that nobody can compute: the address
cannot be computed either, and the middleware knows whose the file is.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interactions.conversations.conversation import Owner
from interactions.files.signatures import SHOWN, UNKNOWN
from interactions.ui.server import identity
from interactions.ui.server.addresses import base
from interactions.ui.server.policy import FOREIGN

NOT_THERE = PlainTextResponse("File not found", status_code=404)
PROTECTED = {**FOREIGN, "cache-control": "private"}

_SECRET = secrets.token_bytes(32)  # of this process; who reconnects to another is drawn anew
_MARKED = re.compile(r"(?P<mime>[^;]*);\s*(?P<whose>owner|session)=(?P<mark>[0-9a-f]{64})(?:; charset=.*)?")


def owned(mime: str) -> str:
    """The MIME type for a file of this visitor's. One without a cookie is known by nothing in a request:
    then the address alone protects the file."""
    whose = "owner" if identity.cookie() else "session"
    return f"{mime};{whose}={_mark(identity.owner())}"


def _mark(owner: Owner) -> str:
    return hmac.new(_SECRET, owner.encode(), hashlib.sha256).hexdigest()


class OwnFiles:
    """Middleware: a file of somebody else's cannot be told from one that there is not, and none is a page or
    a program."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _below_media(scope):
            await self._app(scope, receive, send)
            return
        asker = Request(scope).cookies.get(identity.COOKIE, "")
        refused = False

        async def send_own(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                refused = not _protect(MutableHeaders(scope=message), asker)
                if refused:
                    await NOT_THERE(scope, receive, send)
            if not refused:
                await send(message)

        await self._app(scope, receive, send_own)


def _below_media(scope: Scope) -> bool:
    path: str = scope["path"].removeprefix(scope.get("root_path") or "")
    return path.startswith(f"{base()}/media/")


def _protect(headers: MutableHeaders, asker: str) -> bool:
    """False for what is not the asker's."""
    known = _MARKED.fullmatch(headers.get("content-type", ""))
    if known is None:
        return False
    own = hmac.compare_digest(known["mark"], _mark(identity.owner_of(asker)))
    if known["whose"] == "owner" and not (asker and own):
        return False
    shown = known["mime"] in SHOWN
    headers["content-type"] = known["mime"] if shown else UNKNOWN
    if not shown:
        headers.setdefault("content-disposition", "attachment")
    headers.update(PROTECTED)
    return True
