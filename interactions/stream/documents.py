"""A plain answer: one request, one JSON document."""

from __future__ import annotations

import time
from collections.abc import Mapping

import httpx
import msgspec

from interactions.errors import Unreachable, UpstreamError
from interactions.stream.bodies import LONGEST, Cut, pieces
from interactions.stream.echoes import Echoes
from interactions.stream.masks import secrets_of
from interactions.stream.transport import UNSENDABLE
from interactions.turns.wire import load_json

PATIENCE = 60.0  # seconds for all of an answer


class Document(msgspec.Struct, frozen=True):
    """An HTTP answer: its body with the keys of the request masked, how long it took in ms, and the host that
    was asked."""

    status: int
    body: bytes
    milliseconds: float
    host: str = ""

    @property
    def json(self) -> object:
        """The parsed body, or its text when it is no JSON, or nested too deeply."""
        return load_json(self.body.decode("utf-8", "replace"))


def ask(client: httpx.Client, method: str, url: str, headers: Mapping[str, str]) -> Document:
    """Raises `Unreachable` when there is no answer, and `UpstreamError` for one that cannot be read to its
    end; an HTTP error is an answer. Keys in the headers and in the address are in none of them."""
    began = time.perf_counter()
    # Servers repeat keys in error messages, and httpx repeats addresses in its own.
    echoes = Echoes(secrets_of(url, headers, frozenset(name.lower() for name in headers)))
    try:
        with client.stream(method, url, headers=dict(headers), timeout=httpx.Timeout(10.0)) as response:
            body = _read(response, began + PATIENCE)
    # An id of a server may make the address unusable; its text may hold a key, so the cause is dropped.
    except httpx.InvalidURL:
        raise UpstreamError(f"{UNSENDABLE} Check the id and the endpoint.") from None
    except Cut as error:
        raise UpstreamError(f"{error} Check the endpoint.", host=httpx.URL(url).host) from None
    except httpx.HTTPError as error:
        said = echoes.without(str(error).encode()).decode() or type(error).__name__
        host = httpx.URL(url).host
        message = f"No answer from {host}: {said.removesuffix('.')}. Check the endpoint."
        raise Unreachable(message, host=host) from None
    milliseconds = (time.perf_counter() - began) * 1000
    return Document(response.status_code, echoes.without(body), milliseconds, httpx.URL(url).host)


def _read(response: httpx.Response, until: float) -> bytes:
    body = bytearray()
    for piece in pieces(response, LONGEST):
        body += piece
        if time.perf_counter() > until:
            raise Cut("Stalled", f"The answer was not complete after {PATIENCE:.0f} s.")
    return bytes(body)
