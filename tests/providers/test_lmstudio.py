"""LM Studio's own API: requests out, frames in, events out."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations.request import Access
from interactions.endpoints.endpoint import Endpoint, endpoints
from interactions.endpoints.protocols import Protocols
from interactions.providers.lmstudio.body import body
from interactions.providers.lmstudio.profile import PROFILE
from interactions.providers.lmstudio.provider import LMStudio
from interactions.providers.protocol import Keeps, Provider
from interactions.turns.events import Progress, Usage
from interactions.turns.fold import fold
from interactions.turns.steps import ToolCall, ToolResult
from interactions.turns.turn import Turn, text_of
from tests.folding import ODD_VALUES, jsons, value
from tests.vendors import (
    NOTES,
    PICTURE,
    RECORDINGS,
    SAID,
    answer,
    asking,
    cut_everywhere,
    events_of,
    exchange,
    said,
    turn_after,
    turn_of,
    with_strangers,
)

STREAMS = {name: raw for name, raw in RECORDINGS.items() if name.startswith("lmstudio_")}
CLIENT = httpx.Client()
NATIVE: Provider = LMStudio(CLIENT, Access("http://x.test"))

SEARCHED = [{"type": "text", "text": "one hit"}]
ANSWERS: dict[str, tuple[str, list[tuple[object, ...]], Usage, str]] = {
    "lmstudio_text": (
        "completed",
        [("thought", "They greet me."), ("output", "Grüezi ✨!")],
        Usage(21, 12, 5, 4),
        "resp_7d1ftext",
    ),
    "lmstudio_tools": (
        "completed",
        [
            ("thought", "Search first."),
            ("mcp_server_tool_call", "model_search", {"limit": 1}),
            ("mcp_server_tool_result", SEARCHED),
            ("output", "Found one."),
        ],
        Usage(397, 329, 63, 5),
        "resp_0lmsample",
    ),
    "lmstudio_invalid_tool": (
        "completed",
        [
            ("mcp_server_tool_call", "open_door", {"door": 7}),
            ("mcp_server_tool_result", "Cannot find tool with name open_door."),
            ("output", "I cannot."),
        ],
        Usage(61, 40, 21, 0),
        "resp_7d1ftool",
    ),
    "lmstudio_error": ("failed", [("output", "Par")], Usage(9, 8, 1, 0), ""),
}


def event(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, **fields}


START = event("chat.start", model_instance_id="m")
PROVIDER = {"type": "plugin", "plugin_id": "mcp/house"}


def ended(*output: dict[str, Any], **more: Any) -> dict[str, Any]:
    return event("chat.end", result={"output": list(output), "response_id": "resp_1", **more})


def notes(turn: Turn) -> list[str]:
    return [said.partition(" (row")[0] for said in turn.warnings]


@pytest.mark.parametrize("name", STREAMS)
def test_a_recording_folds_to_this_answer(name: str) -> None:
    """Steps, status, usage and id; nothing is there twice, though the end tells all of it again."""
    turn = turn_of(NATIVE, STREAMS[name])
    assert (turn.status, answer(turn), turn.usage, turn.id) == ANSWERS[name]
    assert turn.warnings == ()
    assert turn.progress is None
    assert turn.model.endswith(("qwen3-8b", "gpt-oss-20b"))
    assert not any(step.open or step.other for step in turn.steps)
    assert not any(isinstance(step, ToolCall) and step.waits for step in turn.steps)


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_is_cut_before_its_end_is_no_success(name: str) -> None:
    """At every byte."""
    stream = STREAMS[name]
    final = turn_of(NATIVE, stream)
    for size, turn in cut_everywhere(NATIVE, stream):
        assert turn.ended
        assert text_of(final).startswith(text_of(turn))
        if size < len(stream.rstrip()):
            assert turn.status in {"interrupted", "failed"}, size


@pytest.mark.parametrize("name", STREAMS)
def test_what_nobody_knows_changes_nothing(name: str) -> None:
    plain = exchange(STREAMS[name])
    expected = value(fold(events_of(NATIVE, plain)))
    for frames in with_strangers(plain):
        assert value(fold(events_of(NATIVE, frames))) == expected


KINDS = [
    *("chat.start", "chat.end", "error", "model_load.start", "model_load.progress", "model_load.end"),
    *("prompt_processing.progress", "reasoning.start", "reasoning.delta", "reasoning.end"),
    *("message.start", "message.delta", "message.end"),
    *("tool_call.start", "tool_call.arguments", "tool_call.success", "tool_call.failure"),
]
FIELDS = (
    *("content", "progress", "tool", "arguments", "output", "reason", "metadata", "provider_info", "result"),
    *("error", "model_instance_id", "surprise"),
)


def strange_events() -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS)}, optional={name: jsons() for name in FIELDS}
    )


@given(st.lists(strange_events() | jsons(), max_size=8))
def test_anything_in_the_fields_of_an_event_is_read(events: list[Any]) -> None:
    """Twice alike, and the turn can be sent along as history."""
    frames = exchange(b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events))
    turn = fold(events_of(NATIVE, frames))
    assert value(turn) == value(fold(events_of(NATIVE, frames)))
    assert turn.ended
    assert json.dumps(body(asking(history=(turn,))))


@pytest.mark.parametrize("odd", ODD_VALUES)
@pytest.mark.parametrize("kind", KINDS)
def test_an_odd_value_is_read_wherever_it_stands(kind: str, odd: str) -> None:
    fields = ",".join(f'"{name}":{odd}' for name in FIELDS)
    assert turn_of(NATIVE, f'data: {{"type":"{kind}",{fields}}}\n\n'.encode()).ended


@given(st.sampled_from(sorted(STREAMS)), st.data())
def test_no_text_is_lost_and_none_is_there_more_often_than_it_came(name: str, data: st.DataObject) -> None:
    """In any order, and with any event left out or repeated."""
    lines = [line[6:] for line in STREAMS[name].decode().splitlines() if line.startswith("data: ")]
    events = [each for each in map(json.loads, lines) if each["type"] != "chat.end"]
    chosen = data.draw(st.lists(st.sampled_from(events), max_size=2 * len(events)))
    turn = turn_after(NATIVE, *chosen)
    for kind, step in (("message.delta", "output"), ("reasoning.delta", "thought")):
        told = "".join(each["content"] for each in chosen if each["type"] == kind)
        assert "".join(str(text) for found, text, *_ in answer(turn) if found == step) == told


def test_loading_and_reading_are_progress_until_the_model_speaks() -> None:
    bodies = said(NATIVE, START, event("model_load.start"), event("model_load.progress", progress=0.5))
    assert bodies[1:] == [Progress("model_load"), Progress("model_load", 0.5)]
    begun = (START, event("model_load.end", load_time_seconds=3.2), event("prompt_processing.start"))
    loaded = turn_after(NATIVE, *begun, event("prompt_processing.progress", progress=0.25))
    assert loaded.details == {"load_time_seconds": 3.2}
    speaks = turn_after(NATIVE, *begun, event("message.start"), event("message.delta", content="Hi"))
    assert speaks.progress is None


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ([event("message.delta", content="Hi")], [("output", "Hi")]),
        ([event("reasoning.delta", content="Hm")], [("thought", "Hm")]),
        (
            [
                event("reasoning.start"),
                event("reasoning.delta", content="Hm"),
                event("message.delta", content="Hi"),
            ],
            [("thought", "Hm"), ("output", "Hi")],
        ),
        (
            [event("tool_call.arguments", tool="f", arguments={"x": 1}, provider_info=PROVIDER)],
            [("mcp_server_tool_call", "f", {"x": 1})],
        ),
        (
            [event("tool_call.success", tool="f", arguments={"x": 1}, output="yes", provider_info=PROVIDER)],
            [("mcp_server_tool_call", "f", {"x": 1}), ("mcp_server_tool_result", "yes")],
        ),
    ],
)
def test_what_nothing_has_begun_begins_a_step_with_a_note(deltas: list[Any], expected: list[Any]) -> None:
    turn = turn_after(NATIVE, START, *deltas, ended())
    assert answer(turn) == expected
    assert notes(turn) == ["The server sent content of a step that it had not begun"]


def test_a_tools_result_is_paired_with_its_call() -> None:
    """The wire has no ids; the label of the server and why a call was refused are kept."""
    turn = turn_of(NATIVE, STREAMS["lmstudio_invalid_tool"])
    (call,) = [step for step in turn.steps if isinstance(step, ToolCall)]
    (result,) = [step for step in turn.steps if isinstance(step, ToolResult)]
    assert result.data["call_id"] == call.data["id"]
    assert (call.data["server_name"], result.data["is_error"]) == ("mcp/house", True)
    assert call.unread == {"metadata": {"type": "invalid_name", "tool_name": "open_door"}}


def test_two_calls_of_one_tool_are_two() -> None:
    parts = [
        each
        for number in (1, 2)
        for each in (
            event("tool_call.start", tool="f", provider_info=PROVIDER),
            event("tool_call.arguments", tool="f", arguments={"x": number}, provider_info=PROVIDER),
            event("tool_call.success", tool="f", arguments={"x": number}, output=str(number)),
        )
    ]
    output = [
        {"type": "tool_call", "tool": "f", "arguments": {"x": number}, "output": str(number)}
        for number in (1, 2)
    ]
    turn = turn_after(NATIVE, START, *parts, ended(*output))
    assert [step[2] for step in answer(turn) if step[0] == "mcp_server_tool_call"] == [{"x": 1}, {"x": 2}]
    assert turn.warnings == ()


def test_the_end_adds_what_was_not_streamed() -> None:
    output = [{"type": "message", "content": "High water at two."}]
    for deltas in ([], [event("message.start"), event("message.delta", content="High ")]):
        turn = turn_after(NATIVE, START, *deltas, ended(*output))
        assert (turn.status, text_of(turn), turn.warnings) == ("completed", "High water at two.", ())


def test_what_the_end_says_otherwise_is_shown_with_a_note() -> None:
    deltas = [event("message.start"), event("message.delta", content="High water at two.")]
    turn = turn_after(NATIVE, START, *deltas, ended({"type": "message", "content": "High water at three."}))
    assert text_of(turn) == "High water at three."
    assert len(turn.warnings) == 1


def test_figures_and_fields_that_nobody_reads_are_told() -> None:
    stats = {"input_tokens": 1, "total_output_tokens": 1, "tokens_per_second": 40.5}
    deltas = [event("message.start"), event("message.delta", content="Hi", mood="calm")]
    turn = turn_after(NATIVE, START, *deltas, ended(stats=stats, thread_id="t"))
    assert turn.details == {"stats": {"tokens_per_second": 40.5}, "thread_id": "t"}
    assert [step.unread for step in turn.steps if not step.sent] == [{"mood": "calm"}]


def test_an_error_before_the_end_is_the_end_in_the_servers_words() -> None:
    turn = turn_of(NATIVE, STREAMS["lmstudio_error"])
    assert turn.error is not None
    assert (turn.error.code, turn.error.message) == ("unknown", "The model has crashed.")


def test_two_answers_in_one_body_are_both_shown_with_a_note() -> None:
    first, second = STREAMS["lmstudio_text"], STREAMS["lmstudio_tools"]
    turn = turn_of(NATIVE, first + second)
    assert answer(turn) == ANSWERS["lmstudio_text"][1] + ANSWERS["lmstudio_tools"][1]
    assert notes(turn) == ["The body holds two answers; both are shown"]
    assert (turn.status, turn.id) == ("completed", "resp_0lmsample")


def test_a_whole_answer_instead_of_a_stream_is_the_answer() -> None:
    result = json.loads(STREAMS["lmstudio_tools"].decode().rpartition("data: ")[2])["result"]
    turn = turn_of(NATIVE, json.dumps(result).encode(), "application/json")
    status, steps, usage, id = ANSWERS["lmstudio_tools"]
    assert (turn.status, answer(turn), turn.usage, turn.id) == (status, steps, usage, id)
    refused = turn_of(NATIVE, b'{"error":{"type":"invalid_request","message":"m"}}', "application/json")
    assert refused.status == "failed"


# Requests.


def test_what_is_set_is_sent_under_its_name_there() -> None:
    """`extra` goes over all; what is unset is left out, but whether the answer is kept."""
    assert body(asking()) == {
        "model": "m",
        "store": True,
        "input": [{"type": "message", "content": "Hi"}],
        "stream": True,
    }
    sent = body(
        asking(
            system_instruction="Be brief.",
            temperature=0.0,
            top_p=0.5,
            max_output_tokens=9,
            thinking_level="none",
            store=False,
            previous_interaction_id="resp_1",
        ),
        {"integrations": ["mcp/house"]},
    )
    assert {key: sent[key] for key in sent if key not in {"model", "input", "stream"}} == {
        "system_prompt": "Be brief.",
        "temperature": 0.0,
        "top_p": 0.5,
        "max_output_tokens": 9,
        "reasoning": "off",
        "store": False,
        "previous_response_id": "resp_1",
        "integrations": ["mcp/house"],
    }


def test_pictures_go_along_and_text_files_are_text() -> None:
    asked = asking(input=({**SAID, "content": [*SAID["content"], PICTURE, NOTES]},))
    assert body(asked)["input"] == [
        {"type": "message", "content": "Hi"},
        {"type": "image", "data_url": "data:image/png;base64,iVBORw0KGgo="},
        {"type": "message", "content": "notes.txt:\n\nüber"},
    ]


def test_what_the_server_has_not_kept_is_told_as_a_text_in_front() -> None:
    """It takes no message of a model."""
    earlier = turn_of(NATIVE, STREAMS["lmstudio_tools"])
    first, second = body(asking(history=(earlier,)))["input"]
    assert second == {"type": "message", "content": "Hi"}
    lines = first["content"].split("\n\n")[1:-1]
    assert lines[0] == "User: Hi"
    assert lines[1].startswith("Result of model_search: ")
    assert lines[2] == "Assistant: Found one."


def test_an_answer_can_be_followed_but_not_asked_for_again() -> None:
    turn = turn_of(NATIVE, STREAMS["lmstudio_text"])
    assert turn.chainable
    assert not isinstance(NATIVE, Keeps)
    assert PROFILE.previous_field == "previous_response_id"


@pytest.mark.parametrize(
    "base",
    [
        "http://localhost:1234",
        "http://localhost:1234/",
        "http://localhost:1234/v1",
        "http://localhost:1234/api/v1",
        "http://localhost:1234/api/v1/",
        "http://localhost:1234/api/v1/chat",
    ],
)
def test_an_address_may_be_told_in_any_of_the_usual_ways(base: str) -> None:
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(
            200, headers={"content-type": "text/event-stream"}, content=STREAMS["lmstudio_text"]
        )

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        provider = LMStudio(client, Access(base, "planted-key"), {"x-gate": "planted-word"})
        frames = list(provider.frames(asking()))
        provider.reach()
    assert [str(each.url) for each in asked] == [
        "http://localhost:1234/api/v1/chat",
        "http://localhost:1234/api/v1/models",
    ]
    assert asked[0].headers["authorization"] == "Bearer planted-key"
    assert b"planted" not in b"".join(frame.raw for frame in frames)
    assert text_of(fold(events_of(provider, frames))) == "Grüezi ✨!"


def test_it_is_offered_beside_the_chat_completions_of_the_same_program() -> None:
    found = endpoints({"INTERACTIONS_LOCAL_SERVERS": "1"}, {})
    one, other = found["lmstudio"], found["lmstudio_native"]
    assert (one.protocol, one.think, other.protocol, other.think) == ("openai_chat", True, "lmstudio", False)
    provider = Protocols().provider(CLIENT, Endpoint("mine", "lmstudio", "http://x.test"))
    assert provider.protocol == "lmstudio"


@pytest.mark.parametrize(
    ("raw", "gist"),
    [
        (event("model_load.progress", progress=0.5), "50%"),
        (event("message.delta", content="Hi"), "Hi"),
        (event("tool_call.start", tool="f"), "f"),
        (ended(), "resp_1"),
        (event("error", error={"message": "gone"}), "gone"),
    ],
)
def test_a_row_says_what_its_event_tells(raw: dict[str, Any], gist: str) -> None:
    assert PROFILE.gist(raw["type"], raw) == gist
