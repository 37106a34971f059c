"""OpenAI's chat completions, as LM Studio, Ollama, vLLM, llama.cpp and many gateways serve them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from interactions.conversations.history import TEXTS
from interactions.conversations.request import Access, Request
from interactions.providers.chat.body import SETTINGS, SOUNDS, body
from interactions.providers.chat.profile import PROFILE
from interactions.providers.chat.stream.chunks import document, finish, read
from interactions.providers.chat.stream.progress import Chunks
from interactions.providers.chat.stream.tags import Scan
from interactions.providers.protocol import Capabilities
from interactions.providers.shared.bearer import Bearer
from interactions.providers.shared.fields import values
from interactions.providers.shared.foreign import PICTURES
from interactions.stream.documents import Document
from interactions.stream.journal import Frame
from interactions.stream.transport import STREAMED, Call
from interactions.turns.events import Body
from interactions.turns.steps import Wire

CAPABILITIES = Capabilities(
    settings=frozenset(SETTINGS),
    values=values(SETTINGS),
    media=(*PICTURES, *SOUNDS, "application/pdf", *TEXTS),
)


class OpenAIChat:
    """A chat completions endpoint, called with the HTTP client that the process shares. The server stores
    nothing: every request carries the whole history, and a broken turn cannot be resumed.

    `think_tags` is for servers that leave `<think>…</think>` in the text; `extra` is that of `body`;
    `headers` go with every request, and never into the journal.
    """

    can = CAPABILITIES
    profile = PROFILE

    def __init__(
        self,
        client: httpx.Client,
        access: Access,
        *,
        protocol: str = "openai_chat",
        headers: Mapping[str, str] | None = None,
        think_tags: bool = False,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.protocol = protocol
        self.start = Chunks(scan=Scan(on=think_tags))
        self._api = Bearer(client, access, headers or {})
        self._extra = extra or {}

    def frames(self, request: Request) -> Iterator[Frame]:
        call = Call("POST", "/chat/completions", STREAMED, body(request, self._extra))
        return self._api.exchange(request, call)

    def read(self, state: Chunks, frame: Frame) -> tuple[Chunks, tuple[Body, ...]]:
        return read(state, frame)

    def document(self, state: Chunks, value: Wire) -> tuple[Body, ...]:
        return document(state, value)

    def finish(self, state: Chunks) -> tuple[Body, ...]:
        return finish(state)

    def reach(self, access: Access | None = None) -> Document:
        return self._api.ask("GET", "/models", access)

    def models(self, access: Access | None = None) -> tuple[str, ...]:
        return self._api.models(access)
