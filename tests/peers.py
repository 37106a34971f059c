"""Servers for tests: a socket that answers with exactly the bytes it is told, and then does as it is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Script = Callable[[socket.socket, int], None]

STREAM_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"


class Peer:
    """Plays `script(connection, number)` to each connection after it has read the request."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.requests: list[bytes] = []
        self.left = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._play, args=(connection,), daemon=True).start()

    def _play(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.requests.append(read_request(connection))
            except ConnectionError:
                return
            self._script(connection, len(self.requests))

    def wait_until_left(self, connection: socket.socket) -> None:
        """For scripts: says nothing until the client has gone."""
        while connection.recv(4096):
            pass
        self.left.set()


def read_request(connection: socket.socket) -> bytes:
    """Raises `ConnectionError` if the client leaves before its end."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        body += _received(connection)
    return head + b"\r\n\r\n" + body


def _received(connection: socket.socket) -> bytes:
    if not (data := connection.recv(65536)):
        raise ConnectionError("the client has left")
    return data


@contextmanager
def peer(script: Script) -> Iterator[Peer]:
    server = Peer(script)
    try:
        yield server
    finally:
        server.close()


def says(*pieces: bytes) -> Script:
    """A script that sends the pieces and closes."""

    def script(connection: socket.socket, _number: int) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return script
