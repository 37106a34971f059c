"""A recorded request as a program: the vendor's own SDK sends what was sent before."""

import ast
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import anthropic
import httpx
import msgspec
import openai
import pytest
from google.genai._gaos.google_genai import _CREATE_BODY_KEYS
from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations.exchanges import exchanges
from interactions.conversations.request import Access, FollowUp, Request
from interactions.conversations.scripts import Sdk, python_script
from interactions.providers.anthropic.provider import Anthropic
from interactions.providers.chat.provider import OpenAIChat
from interactions.providers.gemini.provider import Gemini
from interactions.providers.generate_content.provider import GenerateContent
from interactions.providers.profile import Profiles
from interactions.providers.protocol import Provider, keeping
from interactions.providers.responses.provider import OpenAIResponses
from interactions.stream import notes
from interactions.stream.masks import MASK
from tests import folding
from tests.folding import requested
from tests.generated import alike
from tests.oddities import PROTOCOLS
from tests.peers import STREAM_HEAD, Peer, peer, says
from tests.vendors import PICTURE, RECORDINGS, WEATHER, asking, turn_of

pytestmark = pytest.mark.slow

KEYS = {f"{name}_API_KEY": f"planted-{name}" for name in ("GEMINI", "ANTHROPIC", "OPENAI")}
ENVIRONMENT = {**os.environ, **KEYS, "API_KEY": "planted"}
DOCUMENT = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{"id": "v1_a", "status": "completed"}'
SAID = 'It\'s “quoted”\n""" \\ {x} $HOME é 𝄞 \x00 ' + "long " * 60
NAMES = Profiles(PROTOCOLS.values())
UNTOLD = (b"[DONE]", b'{"type":"ping"}')  # what no SDK hands on


def sdk_of(protocol: str) -> Sdk:
    """By the profile of the protocol."""
    found = NAMES.of(protocol).sdk
    assert found is not None
    return found


def rich(provider: Provider, recording: bytes, **more: Any) -> Request:
    """A request with a history, a picture, a tool and settings."""
    said = {"type": "user_input", "content": [{"type": "text", "text": SAID}, PICTURE]}
    options = {"system_instruction": SAID, "tools": (WEATHER,), "temperature": 0.0, "max_output_tokens": 64}
    return asking(input=(said,), history=(turn_of(provider, recording),), **{**options, **more})


def sent_by(provider: Provider, request: Request) -> notes.Request:
    """The request as its journal has it."""
    return exchanges(provider.frames(request))[0].request


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", script],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def parsed(raw: bytes) -> tuple[str, dict[str, str], Any]:
    """The request line, the headers that say something, and the JSON of a request."""
    head, _, body = raw.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (field.partition(": ") for field in fields)}
    return line, headers, json.loads(body) if body else None


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with httpx.Client() as made:
        yield made


def gemini(client: httpx.Client, server: Peer) -> Provider:
    return Gemini(client, Access(server.url, "k"), "v1beta")


def content(client: httpx.Client, server: Peer) -> Provider:
    return GenerateContent(client, Access(server.url, "k"), extra={"odd": {"a": 1}})


def messages(client: httpx.Client, server: Peer) -> Provider:
    return Anthropic(client, Access(server.url, "k"), "2023-06-01")


def responses(client: httpx.Client, server: Peer) -> Provider:
    return OpenAIResponses(client, Access(f"{server.url}/v1?api-version=7", "k"), {"x-gateway": "secret"})


def chat(client: httpx.Client, server: Peer) -> Provider:
    return OpenAIChat(client, Access(server.url), protocol="openai_chat_local", extra={"num_ctx": 5})


PROVIDERS = {
    "gemini": (gemini, folding.RECORDINGS["function_call"]),
    "gemini_generate_content": (content, RECORDINGS["generate_content_function_call"]),
    "anthropic": (messages, RECORDINGS["anthropic_tool_use"]),
    "openai_responses": (responses, RECORDINGS["openai_function_call"]),
    "openai_chat": (chat, RECORDINGS["chat_llamacpp_tools"]),
}
SENT = {
    "gemini": {"x-goog-api-key": "planted-GEMINI"},
    "gemini_generate_content": {"x-goog-api-key": "planted-GEMINI"},
    "anthropic": {
        "authorization": "Bearer planted-ANTHROPIC",
        "x-api-key": "planted-ANTHROPIC",
        "anthropic-version": "2023-06-01",
    },
    "openai_responses": {"authorization": "Bearer planted", "x-gateway": "planted"},
    "openai_chat": {"authorization": "Bearer none"},
}


def spelled(protocol: str, value: Any) -> Any:
    """Google's client mixes two spellings of names, and puts functions behind other tools."""
    return alike(value) if protocol == "gemini_generate_content" else value


@pytest.mark.parametrize("protocol", PROVIDERS)
def test_the_script_sends_what_was_sent_and_prints_what_comes(protocol: str, client: httpx.Client) -> None:
    """To the same place, with the same JSON, whatever a person has typed; and every event is a line."""
    make, recording = PROVIDERS[protocol]
    with peer(says(STREAM_HEAD, recording)) as server:
        provider = make(client, server)
        request = sent_by(provider, rich(provider, recording))
        printed = run(python_script(request, sdk_of(protocol), NAMES.key_names(protocol)))
        (line, _, body), (line_again, headers, body_again) = map(parsed, server.requests)
    assert line_again == line
    assert spelled(protocol, body_again) == spelled(protocol, body)
    assert SENT[protocol].items() <= headers.items()
    events = [data for data in recording.split(b"data: ")[1:] if not data.startswith(UNTOLD)]
    assert [type(json.loads(event)) for event in printed.splitlines()] == [dict] * len(events)


@pytest.mark.parametrize("protocol", ["gemini", "openai_responses"])
@pytest.mark.parametrize(("kind", "mark"), [("get", ""), ("stream", "7"), ("cancel", "")])
def test_a_request_about_an_answer_is_a_script_as_well(
    protocol: str, kind: FollowUp, mark: str, client: httpx.Client
) -> None:
    """The query's order is the SDK's affair, and so is to say that no stream is wanted."""
    make, recording = PROVIDERS[protocol]
    with peer(says(STREAM_HEAD, recording) if kind == "stream" else says(DOCUMENT)) as server:
        provider = make(client, server)
        frames = keeping(provider).follow_up(asking(), kind, "v1_a", mark)
        assert run(python_script(exchanges(frames)[0].request, sdk_of(protocol)))
        first, again = (urlsplit(parsed(raw)[0].removesuffix(" HTTP/1.1")) for raw in server.requests)
    assert again.path == first.path
    assert {*parse_qsl(again.query)} - {("stream", "false")} == {*parse_qsl(first.query)}


@pytest.mark.parametrize("protocol", PROVIDERS)
def test_without_an_sdk_the_script_sends_the_same_and_prints_the_lines_as_they_came(
    protocol: str, client: httpx.Client
) -> None:
    """For httpx alone, whatever the protocol is."""
    make, recording = PROVIDERS[protocol]
    with peer(says(STREAM_HEAD, recording)) as server:
        provider = make(client, server)
        request = sent_by(provider, rich(provider, recording))
        printed = run(python_script(request, None, NAMES.key_names(protocol)))
        (line, sent, body), (line_again, sent_again, body_again) = map(parsed, server.requests)
    assert (line_again, body_again) == (line, body)
    assert printed.splitlines() == recording.decode().splitlines()
    told = {
        name: KEYS.get(f"{protocol.partition('_')[0].upper()}_API_KEY", "planted")
        for name in sent
        if sent[name] == "k"
    }
    told |= {"authorization": "Bearer planted"} if sent.get("authorization") == "Bearer k" else {}
    assert {**sent_again, **told} == sent_again
    assert sent_again.get("accept") == sent["accept"]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://gateway.test/v9/ask", ""),
        ("https://api.openai.com/v1/chat/completions/c1", "get"),
        ("https://gateway.test/v1/answers/c1/cancel", "cancel"),
    ],
)
def test_what_the_sdk_has_no_call_for_is_no_program_for_it(url: str, kind: str) -> None:
    """Half an address, or a new answer in the place of an old one, would be another request."""
    request = requested(method="GET", url=url, follow_up=kind)
    script = python_script(request, sdk_of("openai_chat"))
    assert f"httpx.stream('GET', '{url}'" in script
    assert "OpenAI" not in script
    assert "base_url" not in script


def test_the_scripts_know_the_fields_that_the_sdks_know() -> None:
    """A newer SDK may take more of them; what it is not known to take goes by another way."""
    made = openai.OpenAI(api_key="k"), anthropic.Anthropic(api_key="k")
    known: dict[str, Any] = {
        "openai_responses": made[0].responses.create,
        "openai_chat": made[0].chat.completions.create,
        "anthropic": made[1].messages.create,
    }
    common = {"extra_headers", "extra_query", "extra_body", "timeout"}
    for protocol, create in known.items():
        taken = inspect.signature(create).parameters.keys() - common
        assert set(sdk_of(protocol).fields.split()) <= taken
    assert set(sdk_of("gemini").fields.split()) <= _CREATE_BODY_KEYS


@given(
    st.text(max_size=20),
    st.dictionaries(st.text(max_size=9), st.sampled_from([MASK, SAID, "x"]), max_size=4),
    st.dictionaries(
        st.text(max_size=9) | st.sampled_from(["model", "stream"]), folding.jsons(), max_size=4
    ).map(
        lambda body: msgspec.json.decode(msgspec.json.encode(body))  # NaN is no JSON
    ),
    st.sampled_from([*PROVIDERS, "of-nobody-here"]),
)
def test_what_was_recorded_is_never_code(
    url: str, headers: dict[str, str], body: dict[str, Any], protocol: str
) -> None:
    """A request may come from somebody else's file. What it says is literals; all names are our own."""
    tree = ast.parse(python_script(requested(url=url, headers=headers, body=body), NAMES.of(protocol).sdk))
    told: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            told |= ast.literal_eval(node.value) if name in {"body", "extra_body"} else {}
    assert told == body
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert names <= {
        "genai",
        "Anthropic",
        "OpenAI",
        "os",
        "client",
        "body",
        "extra_body",
        "answer",
        "event",
        "print",
        "httpx",
        "headers",
        "line",
    }


@pytest.mark.parametrize(
    ("url", "variable"),
    [
        ("https://api.openai.com/v1/responses", "OPENAI_API_KEY"),
        ("https://eu.api.openai.com/v1/responses", "OPENAI_API_KEY"),
        ("https://api.openai.com.evil.test/v1/responses", "API_KEY"),
        ("https://api.openai.com@evil.test/v1/responses", "API_KEY"),
        ("https://evil.test/api.openai.com/responses", "API_KEY"),
        ("http://127.0.0.1:1234/v1/responses", "API_KEY"),
    ],
)
def test_a_key_is_meant_for_the_host_that_gave_it(url: str, variable: str) -> None:
    request = requested(url=url, headers={"authorization": MASK}, body={})
    script = python_script(request, sdk_of("openai_responses"), NAMES.key_names("openai_responses"))
    assert f"api_key=os.environ['{variable}']" in script
