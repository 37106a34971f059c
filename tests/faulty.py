"""A proxy that does to answers what networks and servers do to them, as a schedule says, and remembers it."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from itertools import count, repeat
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from tests.peers import read_request

PATIENCE = 5.0  # seconds: for a sandbox that is silent, and a client that does not leave a silent proxy
COMPLETED = b"event: interaction.completed\ndata: "
FORWARDED = frozenset({"accept", "content-type", "x-goog-api-key"})

Asked: TypeAlias = Literal["create", "get", "stream", "cancel"]


@dataclass(frozen=True)
class Edit:
    """What happens to the frames of a stream; `at` and `count` are which come again or change places."""

    kind: Literal["no completion", "no usage", "no done", "again", "swapped"]
    at: int = 0
    count: int = 1


@dataclass(frozen=True)
class Cut:
    """The answer breaks off after `at` bytes of its head or body, or so many before its end: closed, ended as
    HTTP wants it, or silent. With `leaves` the sandbox sees its client leave then; else it is heard out."""

    at: int
    part: Literal["head", "body", "end"] = "body"
    how: Literal["closed", "ended", "silent"] = "closed"
    leaves: bool = False


NEVER = Cut(sys.maxsize)


@dataclass(frozen=True)
class Fault:
    """What befalls one request. `lost` is the request on its way to the sandbox, or all of the answer on
    its way back, heard out or not. A `stale` record says that the interaction goes on."""

    refused: int = 0
    retry_after: int = 0
    lost: Literal["", "before", "behind", "left"] = ""
    stale: bool = False
    edits: tuple[Edit, ...] = ()
    framing: Literal["chunked", "length", "close"] = "chunked"
    cut: Cut | None = None


@dataclass
class Exchange:
    """One request and what became of it. `whole`: the client got the sandbox's answer as it was."""

    number: int
    asked: Asked
    body: bytes
    fault: Fault
    interaction: str
    forwarded: bool = False
    accepted: bool = False
    refused: bool = False
    whole: bool = False
    head: bool = False
    sent: bytearray = field(default_factory=bytearray)


class Proxy:
    """Between a client and the server at `url`. Each kind of request has faults of its own, in order."""

    def __init__(self, url: str, faults: Mapping[Asked, Iterable[Fault]]) -> None:
        self._address = urlsplit(url).netloc
        self._faults = {asked: iter(of_kind) for asked, of_kind in faults.items()}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._exchanges: dict[int, Exchange] = {}
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    @property
    def exchanges(self) -> list[Exchange]:
        """In the order in which the client began them."""
        return [self._exchanges[number] for number in sorted(self._exchanges)]

    def close(self) -> None:
        """Returns when all that was begun is over."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(2 * PATIENCE)
            assert not thread.is_alive()

    def _serve(self) -> None:
        for number in count():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._play, args=(client, number), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _play(self, client: socket.socket, number: int) -> None:
        with client, contextlib.suppress(OSError):  # the client has left
            client.settimeout(PATIENCE)
            head, _, body = read_request(client).partition(b"\r\n\r\n")
            method, target, headers = _parsed(head)
            asked = _asked(method, target)
            fault = next(self._faults.get(asked, iter(())), Fault())
            exchange = self._exchanges[number] = Exchange(number, asked, body, fault, _named(target.encode()))
            if fault.refused:
                _refuse(client, exchange)
            if fault.refused or fault.lost == "before":
                return
            upstream = HTTPConnection(self._address, timeout=PATIENCE)
            with contextlib.closing(upstream):
                upstream.request(method, target, body or None, headers)
                exchange.forwarded = True
                _forward(client, exchange, upstream)


def _parsed(head: bytes) -> tuple[str, str, dict[str, str]]:
    line, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = line.split(" ")
    pairs = (each.split(": ", 1) for each in lines)
    return method, target, {name: value for name, value in pairs if name.lower() in FORWARDED}


def _asked(method: str, target: str) -> Asked:
    if method == "POST":
        return "cancel" if target.endswith("/cancel") else "create"
    return "stream" if "stream=true" in target else "get"


def _named(text: bytes | bytearray) -> str:
    """The interaction that a path or an answer is about."""
    found = re.search(rb'(?:"id":"|interactions/)(v1_[\w-]+)', text)
    return found[1].decode() if found else ""


def _refuse(client: socket.socket, exchange: Exchange) -> None:
    fault = exchange.fault
    body = json.dumps({"error": {"code": "unavailable", "message": "Not now."}}).encode()
    more = {"retry-after": str(fault.retry_after), "content-length": str(len(body))}
    client.sendall(_head(exchange.number, fault.refused, "application/json", more) + body)
    exchange.refused = exchange.head = True
    exchange.sent += body


def _forward(client: socket.socket, exchange: Exchange, upstream: HTTPConnection) -> None:
    fault, answer = exchange.fault, upstream.getresponse()
    exchange.accepted = answer.status < 300
    exchange.refused = not exchange.accepted
    kind = answer.headers["content-type"]
    heard = _Heard(upstream, answer, exchange)
    pieces: Iterator[bytes] = iter(heard)
    if answer.status < 300 and kind.startswith("text/event-stream"):
        pieces = _edited(_frames(pieces), fault.edits, again=exchange.asked == "stream")
    elif answer.status < 300 and fault.stale and exchange.asked == "get":
        pieces = iter([_stale(b"".join(pieces))])
    if fault.lost:
        heard.to_the_end(pieces, leaves=fault.lost == "left")
    else:
        _Answer(client, exchange, lambda more: _head(exchange.number, answer.status, kind, more)).play(
            pieces, heard
        )


class _Heard:
    """What the sandbox says, in pieces as they come; `broken` when it breaks off."""

    def __init__(self, upstream: HTTPConnection, answer: HTTPResponse, exchange: Exchange) -> None:
        self._upstream = upstream
        self._answer = answer
        self._exchange = exchange
        self.broken = False
        self.said = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        try:
            while piece := self._answer.read1(65536):
                self.said += piece
                self._exchange.interaction = self._exchange.interaction or _named(self.said)
                yield piece
        except (HTTPException, OSError):
            self.broken = True

    def to_the_end(self, pieces: Iterator[bytes], *, leaves: bool) -> None:
        """What nobody else hears; one who `leaves` does so when the interaction has a name."""
        for _ in pieces:
            if leaves and self._exchange.interaction:
                break
        if leaves:
            self._answer.close()
            self._upstream.close()


class _Answer:
    """Bytes to the client in the framing of the fault, up to the place of the cut."""

    def __init__(
        self, client: socket.socket, exchange: Exchange, head: Callable[[Mapping[str, str]], bytes]
    ) -> None:
        self._client = client
        self._exchange = exchange
        self._framing = exchange.fault.framing
        self._cut = exchange.fault.cut or NEVER
        self._head = head
        self._room = self._cut.at

    def play(self, pieces: Iterator[bytes], heard: _Heard) -> None:
        over = self._begin(pieces) if self._at_once else self._open()
        for piece in () if over else pieces:
            if over := self._send(piece):
                break
        if over:
            self._break_off(pieces, heard)
        elif self._framing == "chunked" and not heard.broken:
            self._client.sendall(b"0\r\n\r\n")
        self._exchange.whole = not over and not heard.broken and bytes(heard.said) == self._exchange.sent

    @property
    def _at_once(self) -> bool:
        """Whether all of the body has to be known first."""
        return self._framing == "length" or self._cut.part == "end"

    def _begin(self, pieces: Iterator[bytes]) -> bool:
        whole = b"".join(pieces)
        if self._cut.part == "end":
            self._room = max(0, len(whole) - self._cut.at)
        length = min(self._room, len(whole)) if self._cut.how == "ended" else len(whole)
        return self._open(length) or self._send(whole)

    def _open(self, length: int = 0) -> bool:
        framing = {
            "chunked": {"transfer-encoding": "chunked"},
            "length": {"content-length": str(length)},
            "close": {"connection": "close"},
        }
        head = self._head(framing[self._framing])
        part = head[: self._cut.at] if self._cut.part == "head" else head
        self._client.sendall(part)
        self._exchange.head = part == head
        return not self._exchange.head or not self._room

    def _send(self, piece: bytes) -> bool:
        """Whether this was the place of the cut."""
        part = piece[: self._room]
        self._room -= len(part)
        size = len(part) if self._cut.how == "ended" else len(piece)
        whole = size == len(part)
        chunk = b"%x\r\n%b%b" % (size, part, b"\r\n" if whole else b"")
        self._client.sendall(chunk if self._framing == "chunked" and size else part)
        self._exchange.sent += part
        return not self._room

    def _break_off(self, pieces: Iterator[bytes], heard: _Heard) -> None:
        if self._cut.how == "ended" and self._framing == "chunked" and self._exchange.head:
            self._client.sendall(b"0\r\n\r\n")
        if self._cut.how != "silent":
            self._client.shutdown(socket.SHUT_RDWR)
        heard.to_the_end(pieces, leaves=self._cut.leaves)
        if self._cut.how == "silent":
            while self._client.recv(4096):
                pass


def _head(number: int, status: int, kind: str, more: Mapping[str, str]) -> bytes:
    headers = {"content-type": kind, "x-exchange": str(number), **more}
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode()


def _stale(record: bytes) -> bytes:
    value = json.loads(record)
    return json.dumps({"id": value["id"], "status": "in_progress", "object": "interaction"}).encode()


def _frames(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        *frames, rest = (rest + piece).split(b"\n\n")
        for frame in frames:
            yield frame + b"\n\n"
    if rest:
        yield rest


def _edited(frames: Iterator[bytes], edits: tuple[Edit, ...], *, again: bool) -> Iterator[bytes]:
    """Only a stream that comes again says things twice, or in another order."""
    for edit in edits:
        if again or edit.kind not in {"again", "swapped"}:
            frames = _EDITS[edit.kind](frames, edit)
    return frames


def _without_completion(frames: Iterator[bytes], _: Edit) -> Iterator[bytes]:
    return (frame for frame in frames if not frame.startswith(COMPLETED))


def _without_done(frames: Iterator[bytes], _: Edit) -> Iterator[bytes]:
    return (frame for frame in frames if b"data: [DONE]" not in frame)


def _without_usage(frames: Iterator[bytes], _: Edit) -> Iterator[bytes]:
    for frame in frames:
        if frame.startswith(COMPLETED):
            event: dict[str, Any] = json.loads(frame.removeprefix(COMPLETED))
            event["interaction"].pop("usage", None)
            yield COMPLETED + json.dumps(event).encode() + b"\n\n"
        else:
            yield frame


def _again(frames: Iterator[bytes], edit: Edit) -> Iterator[bytes]:
    heard: list[bytes] = []
    for number, frame in enumerate(frames):
        yield frame
        heard.append(frame)
        if number + 1 == edit.at + edit.count:
            yield from heard[edit.at :]


def _swapped(frames: Iterator[bytes], edit: Edit) -> Iterator[bytes]:
    for number, frame in enumerate(frames):
        if number == edit.at and (following := next(frames, b"")):
            yield following
        yield frame


_EDITS: dict[str, Callable[[Iterator[bytes], Edit], Iterator[bytes]]] = {
    "no completion": _without_completion,
    "no usage": _without_usage,
    "no done": _without_done,
    "again": _again,
    "swapped": _swapped,
}


def lasting(faults: tuple[Fault, ...], *, for_ever: bool) -> Iterator[Fault]:
    """Each once, and the last of them again and again."""
    yield from faults
    if for_ever and faults:
        yield from repeat(faults[-1])
