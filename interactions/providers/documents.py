"""A plain answer: one request, one JSON document."""

from __future__ import annotations

import time
from collections.abc import Mapping

import httpx
import msgspec

from interactions.errors import Unreachable
from interactions.masks import MASK
from interactions.wire import load_json


class Document(msgspec.Struct, frozen=True):
    """An HTTP answer as it came, and how long it took in ms."""

    status: int
    body: bytes
    milliseconds: float

    @property
    def json(self) -> object:
        """The parsed body, or its text when it is no JSON, or nested too deeply."""
        return load_json(self.body.decode("utf-8", "replace"))

    def masked(self, key: str) -> Document:
        """Without the key, which servers repeat."""
        body = self.body.replace(key.encode(), MASK.encode()) if key else self.body
        return msgspec.structs.replace(self, body=body)


def ask(client: httpx.Client, method: str, url: str, headers: Mapping[str, str]) -> Document:
    """Raises `Unreachable` when there is no answer; an HTTP error is an answer."""
    began = time.perf_counter()
    try:
        response = client.request(method, url, headers=dict(headers), timeout=httpx.Timeout(10.0))
    except httpx.HTTPError as error:
        words = (
            f"No answer from {httpx.URL(url).host}: {str(error) or type(error).__name__}. Check the endpoint."
        )
        raise Unreachable(words) from error
    return Document(response.status_code, response.content, (time.perf_counter() - began) * 1000)
