"""A server that answers each request with the answer recorded for it in a cassette."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from interactions.cassettes.document import Cassette
from interactions.conversations.exchanges import Exchange, exchanges
from interactions.stream import notes
from interactions.stream.masks import MASK
from interactions.turns.wire import load_json

# Of one connection and not of the answer, or about bytes that were decoded before they were recorded.
_LEFT_OUT = frozenset({"connection", "keep-alive", "transfer-encoding", "content-encoding", "alt-svc"})
_CLOSING = 5.0  # seconds


class Player:
    """An ASGI app that serves the recorded answers. Each is given once: to the first request with its method,
    path and body, or else to the next one with its method and path. `pace` multiplies every pause."""

    def __init__(self, cassette: Cassette, pace: float = 1.0) -> None:
        self._pace = pace
        self._left = [each for turn in cassette.turns for each in exchanges(turn.frames) if _answers(each)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        target = b"?".join(filter(None, (scope["raw_path"], scope["query_string"]))).decode("latin-1")
        found = self._take(
            request.method, target, load_json((await request.body()).decode("utf-8", "replace"))
        )
        if found is None:
            await _unknown(request.method, target)(scope, receive, send)
        else:
            await self._play(found, receive, send)

    def _take(self, method: str, target: str, body: object) -> Exchange | None:
        asked = [each for each in self._left if (each.request.method, _target(each)) == (method, target)]
        same = [each for each in asked if each.request.body == body]
        found = next(iter(same or asked), None)
        self._left = [each for each in self._left if each is not found]
        return found

    async def _play(self, played: Exchange, receive: Receive, send: Send) -> None:
        began = time.monotonic()

        async def until(at: int) -> None:
            due = began + (at - played.asked) / 1e9 * self._pace
            await asyncio.sleep(max(0.0, due - time.monotonic()))

        if not played.status:
            await _leave_waiting(receive)
            return
        await until(played.answered)
        await send({"type": "http.response.start", "status": played.status, "headers": _headers(played)})
        for _, frames in groupby(played.frames, key=lambda frame: frame.read):
            together = list(frames)
            await until(together[0].at)
            body = b"".join(frame.raw for frame in together)
            await send({"type": "http.response.body", "body": body, "more_body": True})
        if played.ending is None or played.ending.ends == "whole":
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        elif isinstance(played.ending, notes.Cut) and played.ending.error == "ReadTimeout":
            await _leave_waiting(receive)
        # A body that is never ended makes uvicorn close the connection, as the recorded one was.


@contextmanager
def serving(cassette: Cassette, port: int = 0, host: str = "127.0.0.1", pace: float = 1.0) -> Iterator[str]:
    """Runs a server in a thread and yields its URL. `port` 0 takes a free one. Raises `OSError` for one in
    use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listener:
        server = uvicorn.Server(_config(Player(cassette, pace)))
        thread = threading.Thread(target=server.run, args=([listener],), name="cassette", daemon=True)
        thread.start()
        bound = listener.getsockname()[1]
        try:
            yield f"http://[{host}]:{bound}" if ":" in host else f"http://{host}:{bound}"
        finally:
            server.should_exit = True
            thread.join(_CLOSING)


def _config(app: Player) -> uvicorn.Config:
    logging.getLogger("uvicorn.error").addFilter(_unexpected)
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        ws="none",
        timeout_graceful_shutdown=0,
        server_header=False,
        date_header=False,
    )
    config.access_log = False  # as an argument it would take the handlers from every server of the process
    return config


def _unexpected(record: logging.LogRecord) -> bool:
    """Whether a log record of uvicorn is about something that this server does not do on purpose."""
    said = record.levelno >= logging.WARNING or record.threadName != "cassette"
    return said and not record.msg.startswith(("ASGI callable returned without", "Cancel %s running task(s)"))


def _answers(exchange: Exchange) -> bool:
    """Whether the server was reached, even if it sent no answer."""
    return bool(exchange.status) or not isinstance(exchange.ending, notes.Unreachable)


def _target(exchange: Exchange) -> str:
    """Path and query, without the host that it was recorded at."""
    return "/" + exchange.request.url.partition("://")[2].partition("/")[2]


def _headers(exchange: Exchange) -> list[tuple[bytes, bytes]]:
    """The recorded headers without those that do not hold for the replayed body: it is not compressed, so its
    length differs."""
    packed = any(name.lower() == "content-encoding" for name, _ in exchange.headers)
    left_out = _LEFT_OUT | ({"content-length"} if packed else set())
    return [
        (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in exchange.headers
        if name.lower() not in left_out and value != MASK
    ]


def _unknown(method: str, target: str) -> JSONResponse:
    message = f"The cassette has no answer, or no further one, to {method} {target}."
    return JSONResponse({"error": {"code": 404, "message": message, "status": "NOT_FOUND"}}, 404)


async def _leave_waiting(receive: Receive) -> None:
    """Says nothing until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
