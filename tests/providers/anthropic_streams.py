"""Streams of Anthropic's Messages API, and the way from them to a turn, without a network."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpx

from interactions.conversations.request import Access, Options, Request
from interactions.providers.anthropic.body import body
from interactions.providers.anthropic.provider import Anthropic
from interactions.providers.reading import refold
from interactions.running.runner import stream
from interactions.stream.journal import Frame, Journal, Recorder
from interactions.stream.stop import Stop
from interactions.stream.transport import new_client
from interactions.turns.turn import Turn
from tests.folding import ANSWERED, HERE, cases, cut, noted
from tests.peers import peer

STREAMS = {
    path.stem.removeprefix("anthropic_"): path.read_bytes()
    for path in sorted((HERE / "recordings/vendors").glob("anthropic_*.sse"))
} | cases("anthropic_")
MODEL = "claude-opus-5-5"
SAID = {"type": "user_input", "content": [{"type": "text", "text": "Hi"}]}
ASKED = {"input": [SAID], "model": MODEL}
USER = {"role": "user", "content": [{"type": "text", "text": "Hi"}]}
CALLS = STREAMS["tool_use"]
EXCEEDED = {"code": 500, "message": "Context size has been exceeded.", "type": "server_error"}  # llama.cpp's
REFUSES = httpx.MockTransport(lambda _: httpx.Response(500))
PROVIDER = Anthropic(httpx.Client(transport=REFUSES), Access("https://x.test"))


def request(**changes: Any) -> Request:
    """A request that says `Hi`; fields of its options are told by their names."""
    chosen = {key: changes.pop(key) for key in list(changes) if key in Options.__struct_fields__}
    options = Options(**{"model": MODEL, **chosen})
    return Request(**{"input": "Hi", "options": options, "record": Recorder(), "stop": Stop(), **changes})


def exchange(*bodies: bytes, ending: str = "end", kind: str = "text/event-stream") -> Iterator[Frame]:
    """The frames of a turn: one request for each body, and how each of them ended."""
    record = Recorder()
    for hop, content in enumerate(bodies):
        yield noted(record, "request", attempt=1, body={}, asked={**ASKED, "input": [] if hop else [SAID]})
        yield noted(record, "response", **{**ANSWERED, "headers": [("Content-Type", kind)]})
        for raw in cut(content) if kind.endswith("stream") else [content] if content else []:
            yield record.wire(raw)
        yield noted(record, ending)


def answer(*bodies: bytes, **how: Any) -> Turn:
    return refold(PROVIDER, exchange(*bodies, **how))


def sse(*events: Any) -> bytes:
    frames = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
    return "".join(frames).encode()


def misnamed(error: Any) -> bytes:
    """An answer that an event with the name of an error ends, whatever type its JSON has."""
    said = sse(begun(), *block(0, {"type": "text", "text": ""}, text("Par")))
    return said + f"event: error\ndata: {json.dumps(error)}\n\n".encode()


def begun(**usage: Any) -> dict[str, Any]:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "content": []}
    return {"type": "message_start", "message": {**message, "stop_reason": None, "usage": usage}}


def block(index: int, content: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of one block, from its start to its end."""
    return [
        {"type": "content_block_start", "index": index, "content_block": content},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def over(reason: str | None, usage: dict[str, Any] | None = None, **delta: Any) -> list[dict[str, Any]]:
    return [
        {"type": "message_delta", "delta": {"stop_reason": reason, **delta}, "usage": usage or {}},
        {"type": "message_stop"},
    ]


def text(said: str) -> dict[str, Any]:
    return {"type": "text_delta", "text": said}


def given_json(part: str) -> dict[str, Any]:
    return {"type": "input_json_delta", "partial_json": part}


def replayed(turn: Turn, **changes: Any) -> list[dict[str, Any]]:
    """The blocks that go back of what a turn has answered."""
    sent: list[dict[str, Any]] = body(request(history=(turn,), **changes))["messages"]
    return [block for message in sent if message["role"] == "assistant" for block in message["content"]]


def validated(value: Any) -> Any:
    """All of it: the client's types check a list only as far as somebody looks at it."""
    if isinstance(value, Mapping):
        return {key: validated(each) for key, each in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str | bytes):
        return [validated(each) for each in value]
    return value


def run(*answers: bytes, **options: Any) -> tuple[Turn, list[dict[str, Any]]]:
    """A turn streamed from a server that gives one answer after the other, and the bodies it was sent."""

    def script(connection: socket.socket, number: int) -> None:
        connection.sendall(answers[number - 1])

    with peer(script) as server, new_client(2.0) as client:
        provider = Anthropic(client, Access(server.url, "k"))
        journal = Journal(Turn())
        stream(provider, request(**options), journal)
        assert refold(provider, journal.slice()) == journal.turn, "a stored turn is its journal, folded"
        return journal.turn, [json.loads(each.split(b"\r\n\r\n", 1)[1]) for each in server.requests]
