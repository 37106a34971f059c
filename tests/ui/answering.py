"""The vendors as the playground meets them: servers, what they answer, and the page that talks to them."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import unescape
from typing import Any, NamedTuple

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button, Code, Html, Markdown, Text

from benchmarks.harness import ROOT
from interactions.ui import words
from tests import judges
from tests.peers import STREAM_HEAD, Peer, peer
from tests.vendors import RECORDINGS, check

KEY = "planted-key-5b1d"
NO_MODELS = {"object": "list", "data": [], "has_more": False}


class Vendor(NamedTuple):
    """An endpoint by its name in the settings, the recordings that it answers with, and whose
    client judges the bodies that it is sent. `busy` and `unpaid` are refusals: a status and an error."""

    endpoint: str
    path: str
    client: judges.Client
    text: str
    calls: str
    busy: tuple[int, Mapping[str, Any]]
    unpaid: tuple[int, Mapping[str, Any]]

    @property
    def plain(self) -> bytes:
        return STREAM_HEAD + RECORDINGS[self.text]

    @property
    def called(self) -> bytes:
        return STREAM_HEAD + RECORDINGS[self.calls]


def _anthropic(kind: str, message: str, **more: object) -> Mapping[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message, **more}, "request_id": "req_1"}


def _openai(code: str, message: str, kind: str) -> Mapping[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


ANTHROPIC = Vendor(
    "anthropic",
    "POST /v1/messages ",
    "anthropic",
    "anthropic_text",
    "anthropic_tool_use",
    (529, _anthropic("overloaded_error", "Overloaded")),
    (402, _anthropic("billing_error", "Your credit balance is too low.")),
)
OPENAI = Vendor(
    "openai",
    "POST /v1/responses ",
    "openai responses",
    "openai_text",
    "openai_function_call",
    (503, _openai("server_is_overloaded", "Our servers are overloaded.", "service_unavailable_error")),
    (429, _openai("insufficient_quota", "You exceeded your current quota.", "insufficient_quota")),
)
CHAT = Vendor(
    "house",
    "POST /v1/chat/completions ",
    "openai chat",
    "chat_vllm",
    "chat_lmstudio_tools",
    (429, _openai("rate_limit_exceeded", "Slow down.", "requests")),
    (429, _openai("insufficient_quota", "You exceeded your current quota.", "insufficient_quota")),
)
VENDORS = (ANTHROPIC, OPENAI, CHAT)
each_vendor = pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.endpoint)


@contextmanager
def answering(*answers: bytes, kept: bytes = b"") -> Iterator[Peer]:
    """A server that gives one of these to each POST, the last one again and again; it has no model to list,
    and `kept` is what it says of a response that it is asked for."""
    posts = iter(answers)
    last = answers[-1]

    def script(connection: socket.socket, number: int) -> None:
        asked = server.requests[number - 1]
        if asked.startswith(b"POST"):
            connection.sendall(next(posts, last))
        elif b"/models" in asked.split(b"\r\n")[0]:
            connection.sendall(document(NO_MODELS))
        else:
            connection.sendall(kept or document({"error": {"message": "Not found."}}, 404))

    with peer(script) as server:
        yield server


def document(value: object, status: int = 200, **headers: str) -> bytes:
    told = {"content-type": "application/json", **headers}
    head = "".join(f"{name.replace('_', '-')}: {each}\r\n" for name, each in told.items())
    return f"HTTP/1.1 {status} Said\r\n{head}\r\n{json.dumps(value)}".encode()


def stream(*events: Mapping[str, Any]) -> bytes:
    """An answer of these events; those of chat completions have no type."""
    told = (f"event: {each['type']}\n" if "type" in each else "" for each in events)
    said = (f"{name}data: {json.dumps(each)}\n\n" for name, each in zip(told, events, strict=True))
    return STREAM_HEAD + "".join(said).encode()


# How each says that its model declines.
DECLINED = {
    "anthropic": stream(
        {"type": "message_start", "message": {"id": "msg_1", "model": "m", "usage": {"input_tokens": 1}}},
        {"type": "message_delta", "delta": {"stop_reason": "refusal"}, "usage": {"output_tokens": 0}},
        {"type": "message_stop"},
    ),
    "openai": stream(
        {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress"}},
        {
            "type": "response.failed",
            "response": {
                "id": "resp_1",
                "status": "failed",
                "error": {"code": "content_policy_violation", "message": "It is against the rules."},
            },
        },
    ),
    "house": stream(
        {"id": "c", "choices": [{"index": 0, "delta": {"content": "I"}, "finish_reason": "content_filter"}]}
    ),
}


def posts(server: Peer) -> list[Any]:
    """The bodies that it was sent, in order."""
    parts = (each.partition(b"\r\n\r\n") for each in server.requests if each.startswith(b"POST"))
    return [json.loads(body) for _, _, body in parts]


def judged(vendor: Vendor, server: Peer) -> list[Any]:
    """The bodies that it was sent, each of which the vendor's own types allow, at the address that they have
    for it and with the key."""
    for head in (each.partition(b"\r\n\r\n")[0].decode() for each in server.requests):
        assert KEY in head
        assert head.startswith((vendor.path, "GET "))
    bodies = posts(server)
    for body in bodies:
        check(judges.body_of(vendor.client), body, "ignore")
    return bodies


def configured(patch: pytest.MonkeyPatch, servers: Mapping[str, str], **fields: object) -> AppTest:
    """The playground, with an endpoint at each of these addresses; `fields` are those of the one in the
    secrets, which speaks chat completions unless told."""
    for vendor in (ANTHROPIC, OPENAI):
        name = vendor.endpoint.upper()
        patch.setenv(f"{name}_BASE_URL", servers.get(vendor.endpoint, "http://127.0.0.1:9"))
        patch.setenv(f"{name}_API_KEY", KEY)
    patch.delenv("ANTHROPIC_AUTH_TOKEN", raising=False)
    made = AppTest.from_file(str(ROOT / "pages/playground.py"), default_timeout=30)
    url = servers.get(CHAT.endpoint, "http://127.0.0.1:9")
    house = {"base_url": url, "api_key": KEY, **fields}
    made.secrets["providers"] = {CHAT.endpoint: {"models": ["qwen3-8b"], **house}}
    return made.run()


def choose(page: AppTest, endpoint: str) -> AppTest:
    """In the settings, as a visitor does."""
    box = next(each for each in page.selectbox if each.label == words.ENDPOINT)
    return box.set_value(endpoint).run()


@contextmanager
def talking(patch: pytest.MonkeyPatch, vendor: Vendor, *answers: bytes, kept: bytes = b"") -> Iterator[Talk]:
    """A page whose turns go to a server that answers so."""
    with answering(*answers, kept=kept) as server:
        page = choose(configured(patch, {vendor.endpoint: server.url}), vendor.endpoint)
        yield Talk(page, server)


class Talk(NamedTuple):
    page: AppTest
    server: Peer


def send(page: AppTest, text: str) -> AppTest:
    return page.chat_input(key="composer").set_value(text).run()


def press(page: AppTest, label: str) -> AppTest:
    return button(page, label).click().run()


def button(page: AppTest, label: str) -> Button:
    return [each for each in page.button if each.label == label][-1]


def buttons(page: AppTest) -> set[str]:
    return {each.label for each in page.button}


def seen(page: AppTest) -> str:
    """All that the main part of the page says, as a person reads it."""
    drawn = [node for node in page.main if isinstance(node, Markdown | Text | Html | Code)]
    return unescape("\n".join(str(each.value) for each in drawn))


def statuses(page: AppTest) -> list[str]:
    """How the turns that are shown have ended."""
    assert not page.exception
    return [turn.status for turn in page.session_state["turns"]]


def chain(page: AppTest) -> str:
    """What the sidebar says that the next turn builds on."""
    (code,) = page.sidebar.code
    return str(code.value)


def troubles(page: AppTest) -> list[str]:
    """The sentences that stand in turns which did not end well, or not as they should; but for the one that
    another model has answered, since the models of the recordings are not those that are asked."""
    found = re.findall(r'<div class="trouble \w+" role="note">(.*?)</div>', seen(page), re.DOTALL)
    said = (re.sub(r"<[^>]*>", " ", each).strip() for each in found)
    return [each for each in said if " was asked for, and " not in each]
