"""A body from a file or a pipe, as the transport would have written it down."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

import httpx

from interactions.stream.journal import Frame, Recorder
from interactions.stream.stop import Stop
from interactions.stream.transport import Call, exchange

_PIECE = 2**16
_CALL = Call("POST", "http://localhost", {})


class _Body(httpx.SyncByteStream):
    def __init__(self, source: BinaryIO) -> None:
        self._source = source

    def __iter__(self) -> Iterator[bytes]:
        """Raises `httpx.ReadError` where the source breaks off, or somebody stops it."""
        try:
            yield from iter(lambda: self._source.read1(_PIECE), b"")  # type: ignore[attr-defined]
        except OSError as error:
            raise httpx.ReadError(str(error)) from error
        except KeyboardInterrupt:
            raise httpx.ReadError("The reading was stopped.") from None


class _Answering(httpx.BaseTransport):
    """Answers any request with one body."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source

    def handle_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002 (httpx's interface)
        return httpx.Response(200, stream=_Body(self._source))


def frames_of(source: BinaryIO) -> list[Frame]:
    """The journal of an exchange whose answer has this body, read as it comes."""
    with httpx.Client(transport=_Answering(source)) as client:
        return list(exchange(client, _CALL, Recorder(), Stop()))
