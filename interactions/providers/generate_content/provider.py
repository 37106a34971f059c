"""Gemini's generateContent: requests out, frames in. Its servers keep nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from interactions.conversations.history import TEXTS
from interactions.conversations.kinds import VERSIONS
from interactions.conversations.request import Access, Request
from interactions.providers.generate_content.body import SETTINGS, body
from interactions.providers.generate_content.chunks import Chunks, document, finish, read
from interactions.providers.generate_content.ends import detail
from interactions.providers.generate_content.profile import PROFILE
from interactions.providers.protocol import Capabilities
from interactions.providers.shared.fields import values
from interactions.providers.shared.gateway import meant_for, segment, send
from interactions.providers.shared.listing import MOST, gathered
from interactions.stream.documents import Document, ask
from interactions.stream.journal import Frame
from interactions.stream.transport import STREAMED, Call
from interactions.turns.events import Body, ErrorDetail
from interactions.turns.steps import Wire

CAPABILITIES = Capabilities(
    settings=frozenset(SETTINGS),
    values=values(SETTINGS),
    media=(
        *(f"image/{kind}" for kind in ("png", "jpeg", "webp", "heic", "heif", "gif", "bmp", "tiff")),
        *("audio/", "video/", "application/pdf", *TEXTS),
    ),
)


class GenerateContent:
    """An endpoint that answers at `models/…:streamGenerateContent`, called with the HTTP client that the
    process shares. A request may name another access and version than those it was made with. `headers` go
    with every request, and never into the journal; `extra` goes over the fields of every body."""

    protocol = "gemini_generate_content"
    profile = PROFILE
    can = CAPABILITIES
    start = Chunks()

    def __init__(
        self,
        client: httpx.Client,
        access: Access,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._client = client
        self._access = access
        self._headers = headers or {}
        self._extra = extra or {}

    def frames(self, request: Request) -> Iterator[Frame]:
        access, options = request.access or self._access, request.options
        added = self._added(access)
        path = f"{model_path(options.model)}:streamGenerateContent?alt=sse"
        call = Call(
            "POST",
            address(access.base_url, path, options.api_version),
            {**STREAMED, **added},
            {**body(request), **self._extra},
            secret=frozenset(added),
        )
        return send(self._client, request, call)

    def read(self, state: Chunks, frame: Frame) -> tuple[Chunks, tuple[Body, ...]]:
        return read(state, frame)

    def document(self, state: Chunks, value: Wire) -> tuple[Body, ...]:
        return document(state, value)

    def finish(self, state: Chunks) -> tuple[Body, ...]:
        return finish(state)

    def detail(self, error: object) -> ErrorDetail:
        return detail(error)

    def reach(self, access: Access | None = None) -> Document:
        return self._ask("models?pageSize=1", access)

    def models(self, access: Access | None = None) -> tuple[str, ...]:
        def fetch(mark: str) -> Document:
            behind = f"&pageToken={segment(mark)}" if mark else ""
            return self._ask(f"models?pageSize={MOST}{behind}", access)

        return gathered(fetch)

    def _ask(self, path: str, access: Access | None) -> Document:
        access = access or self._access
        return ask(self._client, "GET", address(access.base_url, path), self._added(access))

    def _added(self, access: Access) -> dict[str, str]:
        own = meant_for(access, self._access, self._headers)
        return {**own, "x-goog-api-key": access.api_key} if access.api_key else own


def address(base_url: str, path: str, version: str = "") -> str:
    """`path` under a version: the one that the base URL ends with, or else the one that is asked for."""
    base = base_url.rstrip("/")
    if base.endswith(tuple(f"/{each}" for each in VERSIONS)):
        return f"{base}/{path}"
    return f"{base}/{segment(version or VERSIONS[0])}/{path}"


def model_path(model: str) -> str:
    """Where a model is: among Google's, unless its name says that it is a tuned one."""
    kind, _, name = model.rpartition("/")
    return (
        f"{kind}/{segment(name)}"
        if kind == "tunedModels"
        else f"models/{segment(model.removeprefix('models/'))}"
    )
