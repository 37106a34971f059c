"""Bodies that grow: compressed ones, and ones without an end."""

from __future__ import annotations

import gzip
import json
import random
import socket
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.errors import UpstreamError
from interactions.stream import bodies
from interactions.stream.documents import ask
from interactions.stream.journal import Frame, Recorder
from interactions.stream.stop import Stop
from interactions.stream.transport import Call, exchange, new_client
from tests.peers import peer, says

ONE = b'data: {"index":0}\n\n'


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "deflate": zlib.compress,
    "deflate, identity": raw_deflate,
    "deflate, gzip": lambda data: gzip.compress(zlib.compress(data)),
}


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with new_client(silence=5.0) as made:
        yield made


def head(encoding: str, kind: str = "text/event-stream") -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-encoding: {encoding}\r\n\r\n".encode()


def frames(client: httpx.Client, url: str) -> list[Frame]:
    return list(exchange(client, Call("POST", url, {}, {}), Recorder(), Stop()))


def body(found: list[Frame]) -> bytes:
    return b"".join(frame.raw for frame in found if frame.kind == "wire")


def last(found: list[Frame]) -> dict[str, object]:
    note: dict[str, object] = json.loads(found[-1].raw)
    return note


@pytest.mark.parametrize("encoding", PACKERS)
@pytest.mark.parametrize("size", [1, 7, 10**6])
def test_a_compressed_stream_is_kept_as_what_it_was_compressed_from(
    client: httpx.Client, encoding: str, size: int
) -> None:
    """However it arrives. The log has what the model's server wrote."""
    packed = PACKERS[encoding](ONE * 50)
    pieces = [packed[start : start + size] for start in range(0, len(packed), size)]
    with peer(says(head(encoding), *pieces)) as server:
        found = frames(client, server.url)
    assert body(found) == ONE * 50
    assert [frame.raw for frame in found if frame.kind == "wire"] == [ONE] * 50
    assert last(found) == {"note": "end"}


@pytest.mark.parametrize("length", range(4))
def test_a_body_that_breaks_off_anywhere_keeps_what_came_of_it(client: httpx.Client, length: int) -> None:
    """From its first byte on, though the form of a body is told by more than one."""
    announced = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 99\r\n\r\n"
    with peer(says(announced, ONE[:length])) as server:
        found = frames(client, server.url)
    assert (body(found), last(found)["note"]) == (ONE[:length], "cut")


def test_a_file_of_several_parts_is_read_to_its_last(client: httpx.Client) -> None:
    """Some servers compress each event by itself; what is behind the last part is nothing."""
    with peer(says(head("gzip"), gzip.compress(ONE), gzip.compress(ONE) + b"\0\0")) as server:
        assert body(frames(client, server.url)) == ONE * 2


@given(
    data=st.binary(max_size=300_000)
    | st.integers(0, 9).map(lambda seed: random.Random(seed).randbytes(2**18))
)
def test_what_was_packed_comes_out(data: bytes) -> None:
    for encoding, pack in PACKERS.items():
        response = httpx.Response(200, headers={"content-encoding": encoding}, stream=_Stream(pack(data)))
        assert b"".join(bodies.pieces(response, bodies.LARGEST)) == data


class _Stream(httpx.SyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    def __iter__(self) -> Iterator[bytes]:
        yield self._data


@cache
def much(filling: bytes, wbits: int = 16 + zlib.MAX_WBITS) -> bytes:
    """400 MB of this, compressed: a hundred times the same block, that nobody has to wait for."""
    packer = zlib.compressobj(1, wbits=wbits)
    block = filling * (4_000_000 // len(filling))
    first, again = (packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    return first + again * 99


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json", "application/x-ndjson"])
@pytest.mark.parametrize("filling", [b"\0", b"\n\n", b": ping\n\n", b"data: x\n\n"])
def test_a_compressed_answer_that_grows_without_bound_is_cut(
    client: httpx.Client, kind: str, filling: bytes
) -> None:
    """Of 400 MB some 8 MB are decoded, and the note says the limit. How much that is depends on how much came
    with the last read of the socket, 64 KB at most."""
    with peer(says(head("gzip", kind), much(filling))) as server:
        found = frames(client, server.url)
    note = last(found)
    assert (note["note"], note["error"]) == ("cut", "TooLarge")
    assert "8 MB" in str(note["message"]) or "500,000 frames" in str(note["message"])
    assert len(body(found)) <= bodies.FREE + bodies.EXPANSION * 2**16


@pytest.mark.parametrize("encoding", ["gzip, gzip", "deflate, gzip, gzip"])
def test_so_is_one_that_was_compressed_twice(client: httpx.Client, encoding: str) -> None:
    first, *others = encoding.split(", ")
    packed = much(b"\0", zlib.MAX_WBITS if first == "deflate" else 16 + zlib.MAX_WBITS)
    for name in others:
        packed = PACKERS[name](packed)
    with peer(says(head(encoding), packed)) as server:
        assert last(frames(client, server.url))["error"] == "TooLarge"


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "aes128gcm, gzip"])
def test_an_encoding_that_cannot_be_read_is_said(client: httpx.Client, encoding: str) -> None:
    """And nothing of it is taken for an answer."""
    with peer(says(head(encoding), b"\x1b\x00\x11")) as server:
        found = frames(client, server.url)
        with pytest.raises(UpstreamError, match="compressed its answer"):
            ask(client, "GET", server.url, {})
    assert last(found)["error"] == "UnknownEncoding"
    assert encoding.split(",")[0] in str(last(found)["message"])
    assert body(found) == b""


def test_what_is_not_what_it_says_is_a_cut(client: httpx.Client) -> None:
    """Plain text under the name of gzip."""
    with peer(says(head("gzip"), ONE)) as server:
        assert last(frames(client, server.url))["error"] == "DecodingError"


def endless(opening: bytes, filling: bytes) -> Callable[[socket.socket, int], None]:
    def script(connection: socket.socket, _number: int) -> None:
        with suppress(ConnectionError):  # the client leaves
            connection.sendall(opening)
            while True:
                connection.sendall(filling)

    return script


@pytest.mark.parametrize(
    ("kind", "filling", "limit"),
    [
        ("text/event-stream", b"x" * 10_000, "longer than 0 MB"),
        ("application/x-ndjson", b"x" * 10_000, "longer than 0 MB"),
        ("application/json", b"x" * 10_000, "longer than 0 MB"),
        ("text/event-stream", ONE * 100, "larger than 1 MB"),
        ("text/event-stream", b"\n\n" * 1000, "more than 50 frames"),
    ],
)
def test_an_answer_without_end_ends(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, kind: str, filling: bytes, limit: str
) -> None:
    """One line, one document, or frames without number; with smaller limits than there are."""
    monkeypatch.setattr("interactions.stream.transport.LONGEST", 50_000)
    monkeypatch.setattr("interactions.stream.bodies.LONGEST", 50_000)
    monkeypatch.setattr("interactions.stream.transport.MOST", 50 if "50" in limit else 10**9)
    monkeypatch.setattr("interactions.stream.bodies.MOST", 50)
    monkeypatch.setattr("interactions.stream.transport.LARGEST", 2**20)
    opening = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n\r\n".encode()
    with peer(endless(opening, filling)) as server:
        note = last(frames(client, server.url))
    assert note["error"] == "TooLarge"
    assert limit in str(note["message"])


def test_a_plain_answer_without_end_is_refused(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of models is no more trusted than a stream; nor is one that comes by the byte."""
    monkeypatch.setattr("interactions.stream.documents.LONGEST", 10**6)
    opening = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
    with (
        peer(endless(opening, b"x" * 10_000)) as server,
        pytest.raises(UpstreamError, match="larger than 0 MB"),
    ):
        ask(client, "GET", server.url, {})
    with (
        peer(says(head("gzip", "application/json"), gzip.compress(b" " * 10**8))) as server,
        pytest.raises(UpstreamError, match="larger"),
    ):
        ask(client, "GET", server.url, {})
    monkeypatch.setattr("interactions.stream.documents.PATIENCE", 0.0)
    with peer(endless(opening, b"x")) as server, pytest.raises(UpstreamError, match="not complete after"):
        ask(client, "GET", server.url, {})


MEASURED = """
import gzip, resource, sys
from interactions.stream.journal import Recorder
from interactions.stream.stop import Stop
from interactions.stream.transport import Call, exchange, new_client
from tests.peers import peer, says
head = b"HTTP/1.1 200 OK\\r\\ncontent-type: text/event-stream\\r\\ncontent-encoding: gzip\\r\\n\\r\\n"
packer = __import__("zlib").compressobj(wbits=31)
packed = b"".join(packer.compress(b"\\0" * 10**6) for _ in range(400)) + packer.flush()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with peer(says(head, packed)) as server:
    found = list(exchange(new_client(5.0), Call("POST", server.url, {}), Recorder(), Stop()))
assert b"TooLarge" in found[-1].raw
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_what_400_kb_decode_to_does_not_fill_the_memory() -> None:
    """Once 2.2 GB; now some tens of MB."""
    done = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit < 100 * 2**20


def test_the_limits_are_above_what_vendors_send() -> None:
    """A file of 20 MB in base64 is one frame, and several of them are one stream."""
    assert bodies.LONGEST > 2 * 20 * 2**20 * 4 / 3
    assert bodies.LARGEST > 5 * 20 * 2**20 * 4 / 3
