"""HTTP to an API of OpenAI's kind: one address, a key as bearer's token, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal
from urllib.parse import urlsplit

import httpx
import msgspec

from interactions.conversations.request import Access, Request
from interactions.providers.shared.gateway import meant_for, segment, send
from interactions.providers.shared.listing import gathered
from interactions.stream.documents import Document, ask
from interactions.stream.journal import Frame
from interactions.stream.transport import Call
from interactions.turns.wire import load_json

_ENDPOINTS = ("/chat/completions", "/responses", "/models")
# OpenAI's codes for billing, and what they mean. The status is that of a busy server (429), but the same
# request is refused until somebody pays, so it is not sent again.
BILLING: Mapping[str, Literal["unpaid", "spent"]] = {
    "insufficient_quota": "unpaid",
    "credit_balance_exhausted": "unpaid",
    "billing_not_active": "unpaid",
    "organization_spend_limit_exceeded": "spent",
    "project_spend_limit_exceeded": "spent",
    "organization_usage_limit_exceeded": "spent",
}


class Bearer:
    """Sends requests with the key as bearer token. A request may name another access than the default one.
    `headers` go to the address of that one only, and are masked in the journal: they may be the secrets of a
    gateway. `place` makes an address of a base URL and a path."""

    def __init__(
        self,
        client: httpx.Client,
        access: Access,
        headers: Mapping[str, str],
        place: Callable[[str, str], str] | None = None,
    ) -> None:
        self._client = client
        self._place = place or address
        self._access = access
        self._headers = headers

    def exchange(self, request: Request, call: Call) -> Iterator[Frame]:
        """The frames of a call, whose URL is the path behind the base URL."""
        access = request.access or self._access
        added = self._added(access)
        whole = msgspec.structs.replace(
            call,
            url=self._place(access.base_url, call.url),
            headers={**call.headers, **added},
            secret=frozenset(added),
            unrecoverable=unpaid,
        )
        return send(self._client, request, whole)

    def ask(self, method: str, path: str, access: Access | None) -> Document:
        access = access or self._access
        return ask(self._client, method, self._place(access.base_url, path), self._added(access))

    def models(self, access: Access | None) -> tuple[str, ...]:
        """OpenAI's list is one page; a server that cuts its own takes the name of the last as OpenAI's other
        lists do."""

        def fetch(mark: str) -> Document:
            return self.ask("GET", f"/models?after={segment(mark)}" if mark else "/models", access)

        return gathered(fetch)

    def _added(self, access: Access) -> dict[str, str]:
        own = meant_for(access, self._access, self._headers)
        return {**own, "authorization": f"Bearer {access.api_key}"} if access.api_key else own


def address(base_url: str, path: str) -> str:
    """`path` behind the version. People paste addresses with and without `/v1`, with an endpoint behind it,
    with a slash at the end (LM Studio does not take two), and with a query (Azure's `api-version`)."""
    base, _, query = base_url.partition("?")
    base = base.rstrip("/")
    for endpoint in _ENDPOINTS:
        base = base.removesuffix(endpoint)
    if not urlsplit(base).path:
        base += "/v1"
    return base + path + (("&" if "?" in path else "?") + query if query else "")


def unpaid(body: bytes) -> bool:
    """Whether a refusal is about billing."""
    value = load_json(body.decode("utf-8", "replace"))
    error = value.get("error") if isinstance(value, Mapping) else None
    # The word stands in either field, by the kind of error.
    words = (error.get("code"), error.get("type")) if isinstance(error, Mapping) else ()
    return any(isinstance(word, str) and word in BILLING for word in words)
