"""Anthropic's Messages API, and servers that speak it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from interactions.conversations.history import TEXTS
from interactions.conversations.request import Access, Request
from interactions.providers.anthropic.body import (
    ADAPTIVE,
    VERSION,
    body,
    settings,
    version_of,
)
from interactions.providers.anthropic.events import detail, document, read
from interactions.providers.anthropic.message import Message
from interactions.providers.anthropic.profile import PROFILE
from interactions.providers.protocol import Capabilities
from interactions.providers.shared.fields import values
from interactions.providers.shared.foreign import PICTURES
from interactions.providers.shared.gateway import meant_for, segment, send
from interactions.providers.shared.listing import MOST, gathered
from interactions.stream.documents import Document, ask
from interactions.stream.journal import Frame
from interactions.stream.transport import STREAMED, Call
from interactions.turns.events import Body, ErrorDetail
from interactions.turns.steps import Wire
from interactions.turns.wire import load_json

_VERSIONED = "anthropic-version"
# A limit on spending comes as HTTP 429, like that of a busy server, but waiting does not lift it.
_BILLING = frozenset(code for code, meaning in PROFILE.refusals.items() if meaning in {"unpaid", "spent"})


class Anthropic:
    """The Messages API, called with the HTTP client that the process shares. A request may name another
    access and version than those it was made with. With `bearer` keys go as `Authorization`, which some
    compatible servers want instead of `x-api-key`; Anthropic's own takes both. `headers` go with every
    request (betas, what a gateway wants), and never into the journal; `extra` goes over the fields of every
    body."""

    protocol = "anthropic"
    profile = PROFILE
    start = Message()

    def __init__(
        self,
        client: httpx.Client,
        access: Access,
        api_version: str = VERSION,
        *,
        bearer: bool = False,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.can = Capabilities(
            settings=frozenset(settings(api_version)),
            values=values(settings(api_version)),
            media=(*PICTURES, "application/pdf", *TEXTS),
        )
        self._client = client
        self._access = access
        self._version = api_version
        self._bearer = bearer
        self._headers = headers or {}
        self._extra = extra or {}

    def frames(self, request: Request) -> Iterator[Frame]:
        access = request.access or self._access
        sent = {**body(request, self._version), **self._extra}
        added = self._added(access, version_of(request.options, self._version))
        call = Call(
            "POST",
            _url(access, "/messages"),
            {**STREAMED, **added},
            sent,
            # The version is no secret, and whoever reads the log wants to see it.
            secret=frozenset(added) - {_VERSIONED},
            unrecoverable=unpaid,
            fallback=_plainer(sent),
        )
        return send(self._client, request, call)

    def read(self, state: Message, frame: Frame) -> tuple[Message, tuple[Body, ...]]:
        return read(state, frame)

    def document(self, state: Message, value: Wire) -> tuple[Body, ...]:
        return document(state, value)

    def detail(self, error: object) -> ErrorDetail:
        return detail(error)

    def reach(self, access: Access | None = None) -> Document:
        return self._list(1, "", access)

    def models(self, access: Access | None = None) -> tuple[str, ...]:
        return gathered(lambda mark: self._list(MOST, mark, access))

    def _list(self, limit: int, mark: str, access: Access | None) -> Document:
        access = access or self._access
        behind = f"&after_id={segment(mark)}" if mark else ""
        headers = self._added(access, self._version)
        return ask(self._client, "GET", _url(access, f"/models?limit={limit}{behind}"), headers)

    def _added(self, access: Access, version: str) -> dict[str, str]:
        if not access.api_key:
            key = {}
        elif self._bearer:
            key = {"authorization": f"Bearer {access.api_key}"}
        else:
            key = {"x-api-key": access.api_key}
        return {_VERSIONED: version, **meant_for(access, self._access, self._headers), **key}


def _url(access: Access, path: str) -> str:
    """Under `/v1`, which a base URL may have at its end already."""
    return f"{access.base_url.rstrip('/').removesuffix('/v1')}/v1{path}"


def _plainer(sent: Mapping[str, Any]) -> tuple[str, object] | None:
    """The body without `thinking`, for a model that refuses the field. One with a budget, which the user has
    set, is not changed: the user has to read the refusal."""
    plainer = {key: value for key, value in sent.items() if key != "thinking"}
    return ("thinking", plainer) if sent.get("thinking") == ADAPTIVE else None


def unpaid(body: bytes) -> bool:
    """Whether a refusal is about money."""
    value = load_json(body.decode("utf-8", "replace"))
    return isinstance(value, Mapping) and detail(value.get("error")).code in _BILLING
