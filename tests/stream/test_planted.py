"""Planted secrets and a server that repeats them: nothing that the app writes, shows or says has them."""

from __future__ import annotations

import gzip
import html
import json
import logging
import re
import socket
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote_to_bytes

import pytest

from interactions.conversations.exchanges import curl, exchanges
from interactions.conversations.request import Options
from interactions.conversations.scripts import python_script
from interactions.endpoints.endpoint import Route, endpoints
from interactions.errors import InteractionsError
from interactions.settings import Settings
from interactions.stream.journal import Frame
from interactions.workspace import Workspace
from tests.peers import STREAM_HEAD, Peer, peer
from tests.waiting import until

KEY = "sk-live-Ab3dEf6h/Ij9lMn2+pQr5tUv8x_env"
OWN = "AIzaSyD4f9Q2xK7mLp0RtVw8YbNcEhGjU_visitor"
HEADER = "gateway-secret-4711-Qq"
PASSWORD = "pa55-w0rd-of-url"
QUERY = "query-Zx81-secret-parameter"
PATH = "sk-path-9f8e7d6c5b4a"
ASKED = "Say it to me."


class Speaker(NamedTuple):
    """A protocol, whether its addresses may have a query, and the events of an answer with this id that says
    these pieces of text."""

    protocol: str
    query: bool
    events: Callable[[str, Iterable[str]], list[Mapping[str, Any]]]


def _gemini(id: str, pieces: Iterable[str]) -> list[Mapping[str, Any]]:
    interaction = {"id": id, "status": "in_progress", "object": "interaction", "model": "m"}
    return [
        {"event_type": "interaction.created", "interaction": interaction},
        {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}},
        *(
            {"event_type": "step.delta", "index": 0, "delta": {"type": "text", "text": each}}
            for each in pieces
        ),
        {"event_type": "step.stop", "index": 0},
        {"event_type": "interaction.completed", "interaction": {**interaction, "status": "completed"}},
    ]


def _anthropic(id: str, pieces: Iterable[str]) -> list[Mapping[str, Any]]:
    block = {"type": "text", "text": ""}
    return [
        {"type": "message_start", "message": {"id": id, "model": "m", "usage": {"input_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": each}}
            for each in pieces
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
    ]


def _responses(id: str, pieces: Iterable[str]) -> list[Mapping[str, Any]]:
    place = {"item_id": "i", "output_index": 0, "content_index": 0}
    item = {"type": "message", "id": "i", "role": "assistant", "content": [], "status": "in_progress"}
    return [
        {"type": "response.created", "response": {"id": id, "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        *({"type": "response.output_text.delta", **place, "delta": each} for each in pieces),
        {"type": "response.completed", "response": {"id": id, "status": "completed"}},
    ]


def _chat(id: str, pieces: Iterable[str]) -> list[Mapping[str, Any]]:
    deltas = [{"content": each} for each in pieces]
    said = [{"id": id, "choices": [{"index": 0, "delta": each}]} for each in deltas]
    return [*said, {"id": id, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]


def _generate_content(id: str, pieces: Iterable[str]) -> list[Mapping[str, Any]]:
    said = [{"content": {"parts": [{"text": each}]}} for each in pieces]
    return [{"responseId": id, "candidates": [each]} for each in (*said, {"finishReason": "STOP"})]


PROTOCOLS = [
    Speaker("gemini", False, _gemini),
    Speaker("gemini_generate_content", False, _generate_content),
    Speaker("anthropic", False, _anthropic),
    Speaker("openai_responses", True, _responses),
    Speaker("openai_chat", True, _chat),
]


def sse(events: Iterable[Mapping[str, Any]]) -> bytes:
    names = (each.get("type") or each.get("event_type") for each in events)
    return "".join(
        f"{f'event: {name}' + chr(10) if name else ''}data: {json.dumps(each)}\n\n"
        for name, each in zip(names, events, strict=True)
    ).encode()


def told(protocol: Speaker, text: str) -> bytes:
    return STREAM_HEAD + sse(protocol.events("id-1", [f"It is {text}, and no other."]))


def written(write: Callable[[str], str]) -> Callable[[Speaker, list[str]], bytes]:
    """A text with all secrets in this writing, put into JSON as it is."""

    def way(protocol: Speaker, secrets: list[str]) -> bytes:
        return told(protocol, "HERE").replace(b"HERE", " ".join(map(write, secrets)).encode())

    return way


def refused(status: str, kind: str, body: str) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n\r\n{body}".encode()


def cut_in(protocol: Speaker, secrets: list[str], size: int) -> bytes:
    """Every secret in deltas of so many characters."""
    pieces = [
        piece
        for secret in secrets
        for piece in ("It is ", *[secret[at : at + size] for at in range(0, len(secret), size)], ". ")
    ]
    return STREAM_HEAD + sse(protocol.events("id-1", pieces))


HEADED = (
    "content-type: text/event-stream\r\nlocation: https://x.test/{0}\r\n"
    "set-cookie: a={0}; path=/\r\nx-echo: {0}"
)
WAYS: dict[str, Callable[[Speaker, list[str]], bytes]] = {
    "text": lambda protocol, secrets: told(protocol, " ".join(secrets)),
    "escapes of JSON": written(lambda secret: "".join(f"\\u{ord(each):04x}" for each in secret)),
    "slashes escaped": written(lambda secret: secret.replace("/", "\\/")),
    "percent": written(lambda secret: "".join(f"%{ord(each):02X}" for each in secret)),
    "HTML by numbers": written(lambda secret: "".join(f"&#{ord(each)};" for each in secret)),
    "hex": written(lambda secret: secret.encode().hex()),
    "base64": written(lambda secret: b64encode(secret.encode()).decode()),
    "Basic": written(lambda secret: b64encode(b"name:" + secret.encode()).decode()),
    "comment": lambda protocol, secrets: (
        STREAM_HEAD + f": {secrets}\n\n".encode() + sse(protocol.events("id-1", ["Hi."]))
    ),
    "an unknown event": lambda protocol, secrets: (
        STREAM_HEAD + sse([{"type": "x.debug", "headers": secrets}, *protocol.events("id-1", ["Hi."])])
    ),
    "garbage": lambda protocol, secrets: (
        STREAM_HEAD + f"data: {secrets}\n\n{secrets}\n\n".encode() + sse(protocol.events("id-1", ["Hi."]))
    ),
    "an id": lambda protocol, secrets: STREAM_HEAD + sse(protocol.events("-".join(secrets), ["Hi."])),
    "two deltas": lambda protocol, secrets: cut_in(protocol, secrets, 21),
    "deltas of seven": lambda protocol, secrets: cut_in(protocol, secrets, 7),
    "one character a delta": lambda protocol, secrets: cut_in(protocol, secrets, 1),
    "an error": lambda _dialect, secrets: refused(
        "401 No", "application/json", json.dumps({"error": {"message": f"Bad key: {secrets}", "code": 401}})
    ),
    "an error in HTML": lambda _dialect, secrets: refused(
        "400 Bad", "Text/HTML", f"<p>{html.escape(str(secrets))}"
    ),
    "the reason phrase": lambda _dialect, secrets: refused(f"403 {' '.join(secrets)}", "text/plain", "No."),
    "headers": lambda protocol, secrets: (
        b"HTTP/1.1 200 OK\r\n"
        + HEADED.format(" ".join(secrets)).encode()
        + b"\r\n\r\n"
        + sse(protocol.events("id-1", ["Hi."]))
    ),
    "a redirect": lambda _dialect, secrets: (
        f"HTTP/1.1 302 Found\r\nlocation: https://x.test/?{'&'.join(secrets)}\r\n\r\n".encode()
    ),
    "a stream that breaks": lambda protocol, secrets: (
        STREAM_HEAD.replace(b"\r\n\r\n", b"\r\ncontent-length: 99999\r\n\r\n")
        + told(protocol, " ".join(secrets)).removeprefix(STREAM_HEAD)[:-40]
    ),
    "a broken chunk": lambda _dialect, secrets: (
        STREAM_HEAD.replace(b"\r\n\r\n", b"\r\ntransfer-encoding: chunked\r\n\r\n")
        + f"{secrets[0]}\r\n".encode()
    ),
    "no HTTP": lambda _dialect, secrets: f"{secrets[0]} 1.1 {secrets}\r\n\r\n".encode(),
    "compressed": lambda protocol, secrets: (
        STREAM_HEAD.replace(b"\r\n\r\n", b"\r\ncontent-encoding: gzip\r\n\r\n")
        + gzip.compress(told(protocol, " ".join(secrets)).removeprefix(STREAM_HEAD))
    ),
}


def tells(data: bytes, secret: str) -> str:
    """The writing in which more than half of a secret is there to be read, or ""."""
    unescaped = re.sub(rb"\\+u00([0-7][0-9a-f])", lambda match: bytes.fromhex(match[1].decode()), data)
    views = {
        "plain": data,
        "JSON": unescaped.replace(b"\\/", b"/"),
        "percent": unquote_to_bytes(data),
        "HTML": html.unescape(data.decode("latin-1")).encode("latin-1", "replace"),
    }
    half = len(secret) // 2 + 1
    for name, view in views.items():
        if any(secret[at : at + half].encode() in view for at in range(len(secret) - half + 1)):
            return name
    forms = [secret.encode().hex().encode(), secret.encode().hex().upper().encode()]
    forms += [b64encode(b"xyz"[:at] + secret.encode())[4 : half * 4 // 3] for at in range(3)]
    return next(("encoded" for form in forms if form in data), "")


@contextmanager
def repeating(protocol: Speaker, way: str, others: list[str], by_byte: bool = False) -> Iterator[Peer]:
    """A server that repeats the key that it is sent, and these others, in this way."""

    def script(connection: socket.socket, number: int) -> None:
        asked = server.requests[number - 1].decode()
        answer = WAYS[way](protocol, [*(key for key in (KEY, OWN) if key in asked), *others])
        with suppress(OSError):
            for at in range(0, len(answer), 1 if by_byte else len(answer)):
                connection.sendall(answer[at : at + 1] if by_byte else answer)

    with peer(script) as server:
        yield server


def planted(protocol: Speaker, url: str, folder: Path) -> Workspace:
    """An endpoint with a secret everywhere that one can be."""
    address = url.replace("http://", f"http://me:{PASSWORD}@") + f"/{PATH}/v1"
    section = {
        "base_url": f"{address}?key={QUERY}" if protocol.query else address,
        "protocol": protocol.protocol,
        "api_key": KEY,
        "headers": {"x-gateway": HEADER},
        "models": ["m"],
    }
    settings = Settings(api_key=KEY, base_url=url, data=str(folder), silence=5.0)
    return Workspace(settings, endpoints({}, {"providers": {"mine": section}}))


def everything(workspace: Workspace, folder: Path, route: Route) -> Iterator[tuple[str, bytes]]:
    """What of a turn is kept, shown or handed out, by name."""
    (turn,) = workspace.library.conversation("ann", "c").turns
    frames = turn.journal.slice()
    yield "frames", b"".join(workspace.library.frame("ann", "c", turn.id, frame.seq) for frame in frames)
    yield "turn", repr(turn.journal.turn).encode()
    texts = [str(getattr(step, "content", "")) for step in turn.journal.turn.steps]
    yield "text", "".join(texts).encode()
    yield "cassette", workspace.cassettes.export("ann", "c")
    names = workspace.profiles.key_names(turn.prompt.protocol)
    for each in exchanges(frames):
        sdk = workspace.profiles.of(turn.prompt.protocol).sdk
        yield "cURL", curl(each.request, names).encode()
        yield "Python", python_script(each.request, sdk, names).encode()
        yield "plain Python", python_script(each.request, None, names).encode()
        yield "body", each.body
    yield "health", json.dumps(workspace.health()).encode()
    yield "configuration", json.dumps(workspace.configuration()).encode()
    yield "representations", repr((workspace.endpoints.endpoint("mine"), workspace.settings, route)).encode()
    asks: dict[str, Callable[[], object]] = {
        "reach": lambda: workspace.endpoints.reach("mine").body,
        "try_key": lambda: workspace.endpoints.try_key(route),
        "models": lambda: workspace.endpoints.listings.ask(route),
        "retrieve": lambda: workspace.endpoints.retrieve("ann", turn.head.id, route).body,
    }
    for name, ask in asks.items():
        try:
            said = ask()
        except InteractionsError as error:
            said = str(error)
        yield name, said if isinstance(said, bytes) else repr(said).encode()
    workspace.close()
    with sqlite3.connect(folder / "conversations.sqlite3") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in folder.iterdir():
        yield file.name, file.read_bytes()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.protocol)
@pytest.mark.parametrize(
    "own",
    [pytest.param(False, id="the deployment's key"), pytest.param(True, id="own", marks=pytest.mark.slow)],
)
def test_what_a_server_repeats_of_a_secret_is_nowhere(
    way: str,
    protocol: Speaker,
    own: bool,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not in the database, nor in what is shown, exported, asked or printed."""
    monkeypatch.setattr("interactions.stream.transport.ATTEMPTS", 1)
    monkeypatch.setattr("interactions.running.resume.PATIENCE", 0.0)
    caplog.set_level(logging.DEBUG)
    others, route = [HEADER, PASSWORD, PATH, *([QUERY] if protocol.query else ())], Route("mine", OWN * own)
    secrets = [KEY, OWN, *others]
    answer = WAYS[way](protocol, secrets)
    assert any(tells(answer, secret) for secret in secrets) or "delta" in way or way == "compressed"
    with repeating(protocol, way, others, by_byte=way == "text") as server:
        workspace = planted(protocol, server.url, tmp_path)
        workspace.turns.send("ann", "c", ASKED, Options("m"), route)
        until(lambda: workspace.library.conversation("ann", "c").turns[0].journal.closed)
        found = list(everything(workspace, tmp_path, route))
    found += [("log", caplog.text.encode()), ("output", "".join(capfd.readouterr()).encode())]
    assert [
        (name, secret, writing)
        for name, data in found
        for secret in secrets
        if (writing := tells(data, secret))
    ] == []
    assert ASKED in dict(found)["cassette"].decode()


@pytest.mark.parametrize("secret", [KEY, OWN, HEADER, PASSWORD, PATH])
def test_a_program_that_fails_with_a_secret_in_its_words_does_not_tell_it(
    secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also before anything was sent, when no call has said what it carries."""

    def failing(*_args: object) -> Iterator[Frame]:
        raise ValueError(f"what is {secret}?")

    monkeypatch.setattr("interactions.providers.chat.provider.OpenAIChat.frames", failing)
    workspace = planted(PROTOCOLS[-1], "http://127.0.0.1:9", tmp_path)
    workspace.turns.send("ann", "c", ASKED, Options("m"), Route("mine", OWN if secret == OWN else ""))
    until(lambda: workspace.library.conversation("ann", "c").turns[0].journal.closed)
    (turn,) = workspace.library.conversation("ann", "c").turns
    workspace.close()
    assert turn.head.error is not None
    assert turn.head.error.message == f"ValueError: what is {'*' * len(secret)}?"
    assert not tells(workspace.cassettes.export("ann", "c"), secret)
