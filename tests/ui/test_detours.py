"""A conversation that changes its vendor: what each of them is told of the others, and what it gets back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import pytest
from streamlit.testing.v1 import AppTest

from interactions.providers.gemini.steps import TRANSPLANTED
from interactions.sandbox import Server
from interactions.ui import words
from interactions.ui.server.root import workspace
from tests.peers import STREAM_HEAD, Peer
from tests.ui.answering import (
    ANTHROPIC,
    CHAT,
    OPENAI,
    VENDORS,
    Vendor,
    answering,
    chain,
    choose,
    configured,
    judged,
    press,
    send,
    statuses,
    troubles,
)
from tests.vendors import RECORDINGS, strangers

pytestmark = pytest.mark.slow

SEARCHES = {"anthropic": "anthropic_web_search", "openai": "openai_web_search", "house": "chat_vllm"}
BRIDGE = "The Huajiang Canyon Bridge."
SEARCH = "Answer with a Google search."


class Tour(NamedTuple):
    page: AppTest
    servers: Mapping[str, Peer]

    def bodies(self, vendor: Vendor) -> list[Any]:
        return judged(vendor, self.servers[vendor.endpoint])

    def go(self, endpoint: str, text: str) -> None:
        send(choose(self.page, endpoint), text)
        assert statuses(self.page)[-1] in {"completed", "requires_action"}

    def asked_of_google(self) -> list[Any]:
        """The bodies that went to the sandbox, from the notes of their journals."""
        owner, conversation = self.page.session_state["_owner"], self.page.session_state["_conversation"]
        turns = workspace().library.conversation(owner, conversation).turns
        frames = (each.journal.slice() for each in turns if each.prompt.endpoint == "gemini")
        notes = [json.loads(frame.raw) for each in frames for frame in each if frame.kind == "note"]
        return [note["body"] for note in notes if note["note"] == "request"]


@pytest.fixture
def tour(sandbox: Server, environ: pytest.MonkeyPatch) -> Iterator[Tour]:
    """A page with all four; the vendors search or call, then answer."""
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "any")
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(answering(STREAM_HEAD + RECORDINGS[stream]))
            for name, stream in SEARCHES.items()
        }
        yield Tour(configured(environ, {name: each.url for name, each in servers.items()}), servers)


def test_a_conversation_goes_through_all_vendors_and_back(tour: Tour) -> None:
    """Each is told what was said, in its own words; what nobody else can read stays behind, and is named."""
    from google.genai._gaos.types.interactions.createmodelinteraction import (  # costs seconds
        CreateModelInteraction,
    )

    page = tour.page
    tour.go("gemini", SEARCH)
    first = page.session_state["turns"][0]
    assert chain(page) == first.id
    assert troubles(page) == []
    tour.go("anthropic", "The tallest bridge?")
    assert chain(page) == words.SENT_ALONG
    tour.go("openai", "Is it?")
    assert chain(page) == "resp_0sampleWeb"
    tour.go("house", "Hello")
    assert chain(page) == words.SENT_ALONG
    choose(page, "gemini")
    assert chain(page) == first.id
    assert words.ALSO_SENT in [caption.value for caption in page.sidebar.caption]
    send(page, "What was said?")
    assert statuses(page) == ["completed"] * 5
    for vendor in VENDORS:
        assert len(tour.bodies(vendor)) == 1
    (messages,) = (body["messages"] for body in tour.bodies(ANTHROPIC))
    assert [each["role"] for each in messages] == ["user", "assistant", "user"]
    assert {block["type"] for each in messages for block in each["content"]} == {"text"}
    (items,) = (body["input"] for body in tour.bodies(OPENAI))
    assert [item["role"] for item in items] == ["user", "assistant", "user", "assistant", "user"]
    (messages,) = (body["messages"] for body in tour.bodies(CHAT))
    assert [each["role"] for each in messages] == ["user", "assistant"] * 3 + ["user"]
    assert [each["content"] for each in messages].count(BRIDGE) == 2
    last = tour.asked_of_google()[-1]
    assert last["previous_interaction_id"] == first.id
    kinds = [step["type"] for step in last["input"]]
    assert kinds.count("user_input") == 4
    assert kinds.count("model_output") == 3
    assert not {kind for kind in kinds if "search" in kind}
    file = workspace().cassettes.export(page.session_state["_owner"], page.session_state["_conversation"])
    copy = workspace().cassettes.import_("another", file)
    assert workspace().cassettes.export("another", copy) == file
    for body in tour.asked_of_google():
        assert not strangers(CreateModelInteraction.model_validate(body))


def test_a_vendor_that_keeps_its_own_turns_is_told_the_others(tour: Tour) -> None:
    """Behind the id of its last one, and the sidebar says both."""
    page = tour.page
    tour.go("openai", "The tallest bridge?")
    tour.go("house", "Hello")
    choose(page, "openai")
    assert chain(page) == "resp_0sampleWeb"
    assert words.ALSO_SENT in [caption.value for caption in page.sidebar.caption]
    send(page, "Is it?")
    second = tour.bodies(OPENAI)[1]
    assert second["previous_response_id"] == "resp_0sampleWeb"
    said = [item["content"] for item in second["input"]]
    assert said[1] == "Hello there ✨"
    assert [part[0]["text"] for part in (said[0], said[2])] == ["Hello", "Is it?"]


def test_what_is_left_out_is_said_in_the_turn(tour: Tour) -> None:
    """By its name, once; a turn that takes all of its history along says nothing."""
    page = tour.page
    tour.go("gemini", SEARCH)
    tour.go("anthropic", "The tallest bridge?")
    (said,) = troubles(page)
    assert said.startswith("Left out of the history")
    for name in ("google_search_call", "google_search_result", "signatures"):
        assert name in said
    tour.go("openai", "Is it?")
    assert len(troubles(page)) == 2
    tour.go("openai", "Sure?")
    assert len(troubles(page)) == 2, "the server has it under an id"


SIGNED = {"anthropic": "EqQBCgIYAhIkU2FtcGxlU2lnbmF0dXJl", "openai": "gAAAAABsampleFinal"}


@pytest.mark.parametrize("vendor", [ANTHROPIC, OPENAI], ids=lambda vendor: vendor.endpoint)
def test_signed_thoughts_go_back_to_their_own_vendor_alone(
    vendor: Vendor, environ: pytest.MonkeyPatch, sandbox: Server
) -> None:
    """Unchanged, also after a detour; the others never see them. OpenAI has its own back."""
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "any")
    signature = SIGNED[vendor.endpoint]
    with answering(vendor.called, vendor.plain) as own, answering(CHAT.plain) as other:
        page = configured(environ, {vendor.endpoint: own.url, CHAT.endpoint: other.url})
        tour = Tour(page, {vendor.endpoint: own, CHAT.endpoint: other})
        choose(page, vendor.endpoint)
        if vendor is OPENAI:
            page.toggle[0].set_value(False).run()
        press(page, "Function call")
        for field in (each for each in page.text_area if each.label.startswith("Result of")):
            field.set_value("21")
        press(page, "Send results")
        tour.go("house", "Hello")
        assert "signatures" in troubles(page)[0]
        tour.go("gemini", "Hello")
        tour.go(vendor.endpoint, "And then?")
        assert statuses(page) == ["requires_action", *["completed"] * 4]
        for body in tour.bodies(vendor)[1:]:
            assert json.dumps(body).count(signature) == 1
            assert _thought(vendor, body) == _recorded(vendor)
        assert signature not in json.dumps(tour.bodies(CHAT))
        (google,) = tour.asked_of_google()
        assert signature not in json.dumps(google)


def _thought(vendor: Vendor, body: Any) -> Any:
    """The thought in a request, as it goes out."""
    if vendor is OPENAI:
        return next(item for item in body["input"] if item["type"] == "reasoning")
    blocks = (block for each in body["messages"] for block in each["content"])
    return next(block for block in blocks if block["type"] == "thinking")


def _recorded(vendor: Vendor) -> Any:
    """The same thought as the vendor has sent it."""
    lines = RECORDINGS[vendor.calls].decode().split("\n")
    events = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    if vendor is OPENAI:
        return events[-1]["response"]["output"][0]
    pieces = [event["delta"] for event in events if event.get("index") == 0 and "delta" in event]
    said = "".join(piece.get("thinking", "") for piece in pieces)
    return {"type": "thinking", "thinking": said, "signature": pieces[-1]["signature"]}


@pytest.mark.parametrize("vendor", VENDORS, ids=lambda vendor: vendor.endpoint)
def test_a_tool_round_elsewhere_is_one_that_google_takes(
    vendor: Vendor, environ: pytest.MonkeyPatch, sandbox: Server
) -> None:
    """It refuses a call without a signature; other vendors sign in their own way, or not at all."""
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "any")
    with answering(vendor.called, vendor.plain) as own:
        page = configured(environ, {vendor.endpoint: own.url})
        tour = Tour(page, {vendor.endpoint: own})
        choose(page, vendor.endpoint)
        press(page, "Function call")
        for field in (each for each in page.text_area if each.label.startswith("Result of")):
            field.set_value("21")
        press(page, "Send results")
        send(choose(page, "gemini"), "Hello")
        assert statuses(page) == ["requires_action", "completed", "completed"]
        (google,) = tour.asked_of_google()
        calls = [step for step in google["input"] if step["type"] == "function_call"]
        assert {call["signature"] for call in calls} == {TRANSPLANTED}
