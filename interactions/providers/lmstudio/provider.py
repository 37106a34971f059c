"""LM Studio's own API: requests out, frames in, events out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from interactions.conversations.history import TEXTS
from interactions.conversations.request import Access, Request
from interactions.providers.lmstudio.body import SETTINGS, body
from interactions.providers.lmstudio.events import Chat, document, read
from interactions.providers.lmstudio.profile import PROFILE
from interactions.providers.protocol import Capabilities
from interactions.providers.shared.bearer import Bearer
from interactions.providers.shared.fields import values
from interactions.providers.shared.foreign import PICTURES
from interactions.stream.documents import Document
from interactions.stream.journal import Frame
from interactions.stream.transport import STREAMED, Call
from interactions.turns.events import Body
from interactions.turns.steps import Wire

CAPABILITIES = Capabilities(settings=frozenset(SETTINGS), values=values(SETTINGS), media=(*PICTURES, *TEXTS))
_ENDPOINTS = ("/chat", "/models")


class LMStudio:
    """The API of LM Studio that is its own, called with the HTTP client that the process shares. The server
    keeps its answers, and a request names the one that it follows; but it cannot be asked for one again.
    `extra` is that of `body`; `headers` go with every request, and never into the journal."""

    protocol = "lmstudio"
    can = CAPABILITIES
    profile = PROFILE
    start = Chat()

    def __init__(
        self,
        client: httpx.Client,
        access: Access,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._api = Bearer(client, access, headers or {}, address)
        self._extra = extra or {}

    def frames(self, request: Request) -> Iterator[Frame]:
        return self._api.exchange(request, Call("POST", "/chat", STREAMED, body(request, self._extra)))

    def read(self, state: Chat, frame: Frame) -> tuple[Chat, tuple[Body, ...]]:
        return read(state, frame)

    def document(self, _state: Chat, value: Wire) -> tuple[Body, ...]:
        return document(value)

    def reach(self, access: Access | None = None) -> Document:
        return self._api.ask("GET", "/models", access)

    def models(self, access: Access | None = None) -> tuple[str, ...]:
        return self._api.models(access)


def address(base_url: str, path: str) -> str:
    """`path` behind the version. People paste the address of the program, that of its other API, which is
    `/v1`, and those of endpoints; a gateway has its own."""
    base, _, query = base_url.partition("?")
    base = base.rstrip("/")
    for endpoint in _ENDPOINTS:
        base = base.removesuffix(endpoint)
    if urlsplit(base).path in {"", "/api", "/v1"}:
        base = base.removesuffix("/api").removesuffix("/v1") + "/api/v1"
    return base + path + (("&" if "?" in path else "?") + query if query else "")
