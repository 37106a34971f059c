"""OpenAI's Responses API: requests out, frames in, events out."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI

from interactions.conversations.history import transplanted, wire_steps
from interactions.conversations.request import Access
from interactions.providers.protocol import Provider, keeping
from interactions.providers.reading import Answer, Reading, interpret, refold
from interactions.providers.responses.body import body
from interactions.providers.responses.provider import CAPABILITIES, OpenAIResponses
from interactions.providers.shared.foreign import UNANSWERED
from interactions.running import resume
from interactions.running.runner import stream
from interactions.stream.journal import Frame, Journal, Recorder
from interactions.stream.transport import new_client
from interactions.turns.events import (
    Body,
    Ended,
    Error,
    Interaction,
    InteractionCompleted,
    NativeDelta,
    Requested,
    Retrieved,
    SignatureDelta,
    StepDelta,
    StepStart,
    StepStop,
    Unknown,
    Usage,
)
from interactions.turns.fold import CORRECTED, fold
from interactions.turns.steps import ModelOutput, ToolCall, ToolResult
from interactions.turns.turn import Turn, text_of, turn_waits
from tests.folding import ODD_VALUES, after, jsons, noted, value
from tests.folding import turn_of as gemini_turn
from tests.judges import body_of
from tests.peers import STREAM_HEAD, peer, says
from tests.vendors import (
    CITY,
    PDF,
    PICTURE,
    RECORDINGS,
    SAID,
    SOUND,
    VALUE,
    WEATHER,
    answer,
    asking,
    calls_of,
    check,
    content,
    cut_everywhere,
    events_of,
    exchange,
    said,
    sse,
    text_at,
    turn_after,
    turn_of,
    with_strangers,
)
from tests.vendors import NOTES as NAMED

STREAMS = {
    name: raw for name, raw in RECORDINGS.items() if name.startswith("openai_") and "_odd_" not in name
}
GPT: Provider = OpenAIResponses(httpx.Client(), Access("https://x.test"))

ANSWERS: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "openai_text": ("completed", [("output", "It is 21 °C and sunny.")]),
    "openai_function_call": (
        "requires_action",
        [
            ("thought", "**Planning**\n\nCall the weather tool.\n\n**Checking units**"),
            ("function_call", "get_weather", {"city": "Zürich"}),
        ],
    ),
    "openai_web_search": (
        "completed",
        [
            ("google_search_call", "google_search", {"queries": ["tallest bridge"]}),
            ("output", "The Huajiang Canyon Bridge."),
        ],
    ),
    "openai_codex": (
        "requires_action",
        [
            ("output", "I will patch the file."),
            ("custom_tool_call", "apply_patch", {"input": "*** Begin Patch\n*** End Patch"}),
        ],
    ),
    "openai_failed": ("failed", []),
    "openai_error_nested": ("failed", []),
}
USAGE = {
    "openai_text": Usage(222, 210, 12, 0, 128),
    "openai_function_call": Usage(241, 180, 21, 40, 0),
    "openai_web_search": Usage(4060, 4000, 40, 20, 0),
    "openai_codex": Usage(970, 900, 58, 12, 0),
}
CREATED = {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "model": "m"}}
RATE = {"code": "rate_limit_exceeded", "type": "tokens", "message": "Slower."}


def response(*output: Any, status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"id": "resp_1", "object": "response", "status": status, "output": list(output), **more}


def over(*output: Any, status: str = "completed", **more: Any) -> dict[str, Any]:
    return {"type": f"response.{status}", "response": response(*output, status=status, **more)}


def message(text: str, *annotations: Any, **more: Any) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": list(annotations)}
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": [part], **more}


def whole(item: dict[str, Any], place: int | None = 0) -> list[dict[str, Any]]:
    """An item of which nothing was streamed."""
    where = {} if place is None else {"output_index": place}
    bare = {key: item[key] for key in ("type", "id", "call_id", "name", "execution") if key in item}
    return [
        {"type": "response.output_item.added", "item": bare, **where},
        {"type": "response.output_item.done", "item": item, **where},
    ]


def only(*items: dict[str, Any]) -> Turn:
    """The turn of a stream with these items, each whole."""
    events = [event for place, item in enumerate(items) for event in whole(item, place)]
    return turn_after(GPT, CREATED, *events, over(*items))


@pytest.mark.parametrize("name", STREAMS)
def test_a_recording_folds_to_this_answer(name: str) -> None:
    """Steps, status, usage and id."""
    turn = turn_of(GPT, STREAMS[name])
    assert (turn.status, answer(turn)) == ANSWERS[name]
    assert turn.ended
    assert turn.warnings == ()
    assert turn.usage == USAGE.get(name)
    assert turn.id.startswith("resp_0sample")
    assert turn.model.startswith("gpt-")
    assert not any(step.open or step.other for step in turn.steps)


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_is_cut_anywhere_is_no_success(name: str) -> None:
    """At every byte before the last event is whole; what had come is a beginning of the answer."""
    stream = STREAMS[name]
    known = text_of(turn_of(GPT, stream))
    for size, turn in cut_everywhere(GPT, stream):
        assert turn.ended
        assert known.startswith(text_of(turn))
        assert size >= len(stream.rstrip()) or turn.status in {"interrupted", "failed"}, size


@pytest.mark.parametrize("name", STREAMS)
def test_what_nobody_knows_changes_nothing(name: str) -> None:
    """Comments, names and shapes from nowhere, in every place."""
    plain = exchange(STREAMS[name])
    expected = value(fold(events_of(GPT, plain)))
    for frames in with_strangers(plain):
        assert value(fold(events_of(GPT, frames))) == expected


@pytest.mark.parametrize("name", ["openai_text", "openai_function_call", "openai_web_search", "openai_codex"])
def test_a_response_that_is_retrieved_says_what_was_streamed(name: str) -> None:
    """Step by step, with what goes back to the server."""
    streamed = turn_of(GPT, STREAMS[name])
    events = [json.loads(line[6:]) for line in STREAMS[name].split(b"\n") if line.startswith(b"data: ")]
    document = json.dumps(events[-1]["response"]).encode()
    assert content(turn_of(GPT, document, "application/json")) == content(streamed)


@given(st.lists(jsons(), max_size=6))
def test_any_json_is_read(values: list[Any]) -> None:
    """`read` never raises, and what it makes of nonsense is no success."""
    raw = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in values)
    assert turn_of(GPT, raw).status in {"interrupted", "failed"}


EVENTS = """
response.created response.output_item.added response.output_item.done response.output_text.delta
response.output_text.done response.function_call_arguments.delta response.function_call_arguments.done
response.reasoning_summary_part.added response.reasoning_summary_text.done response.reasoning_text.delta
response.completed response.failed error
"""
KINDS = """
message reasoning function_call custom_tool_call web_search_call mcp_call code_interpreter_call
image_generation_call shell_call tool_search_output file_search_call
"""
FIELDS = "id call_id name content summary arguments input action outputs error output results status"
CITED = [{"type": "output_text", "text": "ü", "annotations": [{"type": "url_citation", "start_index": 1}]}]
KNOWN: list[object] = ["failed", CITED, [{"type": "text"}, {"type": "image", "url": "data:;base64,x"}]]


def strange_items() -> st.SearchStrategy[dict[str, Any]]:
    fields = st.dictionaries(st.sampled_from(FIELDS.split()), jsons() | st.sampled_from(KNOWN))
    kinds = st.sampled_from(KINDS.split()) | jsons()
    return st.builds(lambda kind, rest: {**rest, "type": kind}, kinds, fields)


def strange_events() -> st.SearchStrategy[dict[str, Any]]:
    """Objects that look like events, with anything in their fields."""
    answers = st.fixed_dictionaries(
        {}, optional={"id": jsons(), "status": jsons(), "output": st.lists(strange_items(), max_size=2)}
    )
    return st.fixed_dictionaries(
        {"type": st.sampled_from(EVENTS.split())},
        optional={
            "item": strange_items() | jsons(),
            "response": answers | jsons(),
            "output_index": st.integers(0, 2) | jsons(),
            "item_id": st.sampled_from(["a", "b"]) | jsons(),
            "delta": st.text(max_size=3) | jsons(),
            "arguments": st.text(max_size=3) | jsons(),
            "text": st.text(max_size=3) | jsons(),
            "content_index": st.integers(0, 1) | jsons(),
            "summary_index": st.integers(0, 1) | jsons(),
            "error": jsons(),
        },
    )


@given(st.lists(strange_events(), max_size=8))
def test_anything_in_the_fields_of_an_event_is_read(events: list[dict[str, Any]]) -> None:
    """Twice alike, and the turn can be sent along as history."""
    frames = exchange(b"".join(sse(event) for event in events))
    turn = fold(events_of(GPT, frames))
    assert value(turn) == value(fold(events_of(GPT, frames)))
    assert turn.ended
    assert json.dumps(body(asking(history=(turn,))))


@pytest.mark.parametrize("odd", ODD_VALUES)
def test_an_odd_value_is_read_wherever_it_stands(odd: str) -> None:
    """Numbers out of range, half characters, depths that no decoder goes to."""
    for event in ("response.created", "response.output_item.done", "response.completed", "error", "x"):
        for field in ("response", "item", "delta", "error"):
            raw = f'data: {{"type":"{event}","{field}":{odd}}}\n\n'.encode()
            assert turn_of(GPT, raw).ended


def test_the_stream_is_read_into_these_events() -> None:
    """The native item stands before the end of its step, and the thought's signature before that."""
    kinds = [
        type(each.delta).__name__ if isinstance(each, StepDelta) else type(each).__name__
        for each in said(GPT, *(whole({"type": "reasoning", "id": "rs", "encrypted_content": "x"})))
    ]
    assert kinds == ["StepStart", "SignatureDelta", "NativeDelta", "StepStop"]


# The traps.


def test_a_nested_error_that_response_failed_repeats_is_told_once() -> None:
    """The wire nests what the documentation has flat; the stream goes on behind it."""
    frames = exchange(STREAMS["openai_error_nested"])
    bodies = [event.body for event in events_of(GPT, frames)]
    assert sum(isinstance(each, Error) for each in bodies) == 1
    turn = fold(events_of(GPT, frames))
    assert turn.error is not None
    assert turn.error.code == "rate_limit_exceeded"
    assert turn.warnings == ()


@pytest.mark.parametrize(
    ("told", "status", "error"),
    [
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "incomplete", None),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "steered"}},
            "incomplete",
            ("steered", "The server ended the answer early: steered."),
        ),
        ({"status": "cancelled"}, "cancelled", None),
        ({"status": "failed", "error": RATE}, "failed", ("rate_limit_exceeded", "Slower.")),
        (
            {"error": {"code": 500, "type": "InternalServerError", "message": "m"}},
            "failed",
            ("InternalServerError", "m"),
        ),
        ({"status": "completed", "error": None}, "completed", None),
        ({"status": "in_progress"}, "completed", None),
        ({}, "completed", None),
    ],
)
def test_the_status_of_a_response_counts_for_more_than_the_event_it_ends_with(
    told: dict[str, Any], status: str, error: tuple[str, str] | None
) -> None:
    """vLLM ends every stream with the same event, and its words for a failure may be all that is in it."""
    turn = turn_after(GPT, CREATED, *whole(message("Par")), {"type": "response.completed", "response": told})
    assert (turn.status, text_of(turn), turn.warnings) == (status, "Par", ())
    assert (turn.error and (turn.error.code, turn.error.message)) == error


def test_an_event_that_says_more_of_the_end_than_its_response_is_believed() -> None:
    for told in ({}, {"status": "completed"}, {"status": "in_progress"}):
        end = {"type": "response.incomplete", "response": told}
        assert turn_after(GPT, CREATED, end).status == "incomplete"


@pytest.mark.parametrize(
    "event", [{"type": "error", "error": RATE}, {"type": "error", **RATE, "param": None}]
)
def test_an_error_is_read_nested_and_flat(event: dict[str, Any]) -> None:
    """Nothing need follow it."""
    turn = turn_after(GPT, CREATED, {**event, "type": "error"})
    assert turn.status == "failed"
    assert turn.error is not None
    assert turn.error.message == "Slower."


def test_a_failure_that_no_error_event_precedes_has_its_words() -> None:
    turn = turn_of(GPT, STREAMS["openai_failed"])
    assert turn.error is not None
    assert (turn.error.code, turn.error.message) == ("server_error", "An error occurred.")


def test_an_error_without_a_type_is_one() -> None:
    """So llama.cpp says it; its code is a number, and the type is the word."""
    error = {"error": {"code": 500, "message": "context size exceeded", "type": "server_error"}}
    turn = turn_after(GPT, CREATED, error)
    assert turn.status == "failed"
    assert turn.error is not None
    assert (turn.error.code, turn.error.message) == ("server_error", "context size exceeded")


FAULT = {"code": "server_error", "message": "m"}
NESTED = {"type": "server_error", "error": FAULT}
FLAT = {"code": 500, "type": "server_error", "message": "m"}


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        (b"data: " + json.dumps(NESTED).encode(), ("server_error", "m")),
        (sse(NESTED), ("server_error", "m")),
        (b"data: " + json.dumps({"type": "response.error", "error": FAULT}).encode(), ("server_error", "m")),
        (sse({"type": "response.error", "error": "m"}), (None, "m")),
        (b"event: error\ndata: " + json.dumps(FLAT).encode(), ("server_error", "m")),
        (
            b"event: error\ndata: " + json.dumps(NESTED).encode(),
            ("server_error", "m"),
        ),
        (b"event: error\ndata: out of memory", (None, "out of memory")),
        (b'event: error\ndata: "out of memory"', (None, "out of memory")),
        (json.dumps({"error": FAULT}).encode() + b"\ndata: [DONE]", ("server_error", "m")),
        (json.dumps({"error": FAULT}).encode() + b'\ndata: {"type":"keepalive"}', ("server_error", "m")),
    ],
)
def test_an_error_is_one_under_any_name_and_in_any_shape(raw: bytes, error: tuple[str | None, str]) -> None:
    """As the vendor's client takes for one whatever has something under `error`."""
    begun = b"".join(sse(event) for event in (CREATED, *whole(message("Par"))))
    turn = turn_of(GPT, begun + raw.rstrip() + b"\n\n")
    assert (turn.status, text_of(turn), turn.warnings) == ("failed", "Par", ())
    assert turn.error is not None
    assert (turn.error.code, turn.error.message) == error


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_an_empty_error_beside_an_event_is_none(nothing: object) -> None:
    events: tuple[dict[str, Any], ...] = (
        CREATED,
        {"type": "response.hologram"},
        *whole(message("Hi")),
        over(),
    )
    turn = turn_after(GPT, *({**event, "error": nothing} for event in events))
    assert (turn.status, text_of(turn)) == ("completed", "Hi")


def test_an_error_beside_an_end_is_no_success_and_beside_a_failure_told_once() -> None:
    """The first to say it is believed."""
    assert turn_after(GPT, CREATED, {**over(message("Hi")), "error": FAULT}).status == "failed"
    turn = turn_after(GPT, CREATED, {**over(status="failed", error=RATE), "error": FAULT})
    assert (turn.status, turn.warnings) == ("failed", ())
    assert turn.error is not None
    assert turn.error.message == "m"


@pytest.mark.parametrize("name", ["", "event: error\n"])
def test_the_name_of_an_event_that_is_known_by_its_type_counts_for_nothing(name: str) -> None:
    raw = b"".join(
        f"{name}data: {json.dumps(event)}\n\n".encode() for event in (CREATED, over(message("Hi")))
    )
    assert turn_of(GPT, raw).status == "completed"


def test_a_keepalive_is_only_a_row() -> None:
    """It is in no list of events, and feeds the clock of silence like any other byte."""
    (bodies,) = said(GPT, {"type": "keepalive", "sequence_number": 13})
    assert isinstance(bodies, Unknown)


def test_items_are_told_by_their_ids_where_nobody_counts_them() -> None:
    """llama.cpp sends no `output_index` and no `sequence_number`."""
    first, second = whole({"type": "reasoning", "id": "r"}, None), whole(message("Hello", id="m"), None)
    events = [
        CREATED,
        first[0],
        second[0],
        {"type": "response.reasoning_text.delta", "item_id": "r", "delta": "Hm"},
        {"type": "response.output_text.delta", "item_id": "m", "delta": "Hello"},
        first[1],
        second[1],
        over(),
    ]
    turn = turn_after(GPT, *events)
    assert answer(turn) == [("thought", "Hm"), ("output", "Hello")]
    assert (turn.status, turn.warnings) == ("completed", ())


@pytest.mark.parametrize("names", [{}, {"item_id": "another"}])
def test_without_any_name_a_delta_belongs_to_the_item_begun_last(names: dict[str, str]) -> None:
    added, done = whole(message("Hello"), None)
    delta = {"type": "response.output_text.delta", "delta": "Hello", **names}
    assert answer(turn_after(GPT, CREATED, added, delta, done, over())) == [("output", "Hello")]


def test_interleaved_items_are_told_apart_by_their_place() -> None:
    calls = [
        {"type": "function_call", "id": f"fc{n}", "call_id": f"c{n}", "name": f"f{n}", "arguments": f"[{n}]"}
        for n in range(2)
    ]
    (added, done), (added2, done2) = whole(calls[0], 0), whole(calls[1], 1)
    delta = "response.function_call_arguments.delta"
    pieces = [(0, "["), (1, "["), (1, "1]"), (0, "0]")]
    deltas = [{"type": delta, "output_index": place, "delta": piece} for place, piece in pieces]
    turn = turn_after(GPT, CREATED, added, added2, *deltas, done2, done, over(*calls))
    assert answer(turn) == [("function_call", "f0", [0]), ("function_call", "f1", [1])]


def test_a_call_is_answered_by_its_call_id_which_is_not_the_item_s() -> None:
    call = turn_of(GPT, STREAMS["openai_function_call"]).steps[-1]
    assert isinstance(call, ToolCall)
    assert call.data["id"] == "call_sampleA"


def test_an_item_that_came_whole_is_there_once() -> None:
    """Servers that do not stream in pieces; the events that repeat the whole add nothing."""
    call = {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": '{"a":1}'}
    added, done = whole(call)
    late = {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": '{"a":1}'}
    for events in ([added, done], [added, late, done], [done], [added, late, late, done, done]):
        turn = turn_after(GPT, CREATED, *events, over(call))
        assert answer(turn) == [("function_call", "f", {"a": 1})]
    thought = {"type": "reasoning", "id": "r", "content": [{"type": "reasoning_text", "text": "Hm"}]}
    assert answer(only(thought, message("Hi"))) == [("thought", "Hm"), ("output", "Hi")]


def piece(kind: str, **fields: object) -> dict[str, Any]:
    return {"type": f"response.{kind}", "output_index": 0, **fields}


def in_parts(*texts: str) -> dict[str, Any]:
    return {**message(""), "content": [{"type": "output_text", "text": text} for text in texts]}


def reasoning(summary: tuple[str, ...] = (), content: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "reasoning",
        "id": "r",
        "summary": [{"type": "summary_text", "text": text} for text in summary],
        "content": [{"type": "reasoning_text", "text": text} for text in content],
    }


ONE, TWO = ({"delta": "one ", "content_index": 0}, {"delta": "two", "content_index": 1})
ONE_DONE, TWO_DONE = ({"text": "one ", "content_index": 0}, {"text": "two", "content_index": 1})
DELTA, DONE = "output_text.delta", "output_text.done"


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [(DONE, ONE_DONE), (DONE, TWO_DONE)],
        [(DELTA, ONE), (DONE, ONE_DONE), (DONE, TWO_DONE)],
        [(DELTA, ONE), (DONE, ONE_DONE)],
        [(DELTA, ONE), (DELTA, TWO), (DONE, ONE_DONE), (DONE, TWO_DONE), (DONE, ONE_DONE)],
        [(DELTA, {"delta": "o", "content_index": 0}), (DONE, ONE_DONE), (DELTA, TWO)],
        [(DELTA, {"delta": "on", "content_index": 0})],
        [(DELTA, {"delta": "one "}), (DONE, {"text": "one "}), (DONE, {"text": "two"})],
        [(DELTA, {"delta": "one two"}), (DONE, ONE_DONE), (DONE, TWO_DONE)],
        [(DELTA, ONE), (DONE, {"text": "one "}), (DELTA, TWO), (DONE, {"text": "two"})],
    ],
)
def test_what_was_not_streamed_of_a_part_is_added_and_nothing_is_there_twice(
    pieces: list[tuple[str, dict[str, Any]]],
) -> None:
    """Whether the parts are counted or not."""
    item = in_parts("one ", "two")
    added, done = whole(item)
    events = [piece(kind, **fields) for kind, fields in pieces]
    turn = turn_after(GPT, CREATED, added, *events, done, over(item))
    assert (answer(turn), turn.warnings) == ([("output", "one two")], ())


@pytest.mark.parametrize(
    ("streamed", "late"), [("one two three", "one "), ("uno ", "one "), ("one ", "uno two")]
)
def test_a_finished_text_takes_the_place_of_what_it_contradicts(streamed: str, late: str) -> None:
    """And a note says so; the whole item has the last word."""
    item = in_parts("one ", "two")
    added, done = whole(item)
    events = [piece(DELTA, delta=streamed, content_index=0), piece(DONE, text=late, content_index=0)]
    turn = turn_after(GPT, CREATED, added, *events)
    assert (text_of(turn), [words.partition(" (row")[0] for words in turn.warnings]) == (late, [CORRECTED])
    assert text_of(turn_after(GPT, CREATED, added, *events, done)) == "one two"


def test_a_part_that_grew_when_another_stood_behind_it_is_put_right_by_the_whole_item() -> None:
    item = in_parts("one ", "two")
    added, done = whole(item)
    events = [piece(DELTA, delta="on", content_index=0), piece(DELTA, **TWO), piece(DONE, **ONE_DONE)]
    turn = turn_after(GPT, CREATED, added, *events, done)
    assert (text_of(turn), len(turn.warnings)) == ("one two", 1)


BEGINS = "reasoning_summary_part.added"
SUMMARY = "reasoning_summary_text"
RAW = "reasoning_text"


@pytest.mark.parametrize(
    ("pieces", "summary", "content", "thought"),
    [
        (
            [
                (BEGINS, {"summary_index": 0}),
                (f"{SUMMARY}.done", {"summary_index": 0, "text": "A"}),
                (BEGINS, {"summary_index": 1}),
                (f"{SUMMARY}.done", {"summary_index": 1, "text": "B"}),
            ],
            ("A", "B"),
            (),
            "A\n\nB",
        ),
        ([(f"{SUMMARY}.delta", {"summary_index": 0, "delta": "A"})], ("A", "B"), (), "A\n\nB"),
        (
            [(f"{SUMMARY}.delta", {"delta": "A"}), (BEGINS, {}), (f"{SUMMARY}.delta", {"delta": "B"})],
            ("A", "B"),
            (),
            "A\n\nB",
        ),
        ([(f"{SUMMARY}.delta", {"summary_index": 0, "delta": "A"}), (BEGINS, {})], ("A",), (), "A"),
        ([(f"{RAW}.delta", {"content_index": 0, "delta": "Hm"})], ("A", "B"), ("Hm",), "Hm\n\nA\n\nB"),
        (
            [
                (f"{RAW}.delta", {"content_index": 0, "delta": "Hm"}),
                (f"{RAW}.done", {"content_index": 1, "text": "So"}),
            ],
            (),
            ("Hm", "So"),
            "Hm\n\nSo",
        ),
        ([(f"{SUMMARY}.delta", {"summary_index": 0, "delta": "Hm"})], (), ("Hm",), "Hm"),
        (
            [
                (f"{RAW}.delta", {"content_index": 0, "delta": "Hm"}),
                (f"{SUMMARY}.done", {"summary_index": 0, "text": "Hm"}),
            ],
            ("Hm",),
            ("Hm",),
            "Hm",
        ),
        ([], ("A",), ("Hm",), "A\n\nHm"),
    ],
)
def test_every_part_of_a_thought_is_there_once(
    pieces: list[tuple[str, dict[str, Any]]], summary: tuple[str, ...], content: tuple[str, ...], thought: str
) -> None:
    """However much of it is streamed. Some servers stream as a summary what is none."""
    item = reasoning(summary, content)
    added, done = whole(item)
    events = [piece(kind, **fields) for kind, fields in pieces]
    assert answer(turn_after(GPT, CREATED, added, *events, done, over(item))) == [("thought", thought)]


@pytest.mark.parametrize("ends", [1, 2])
def test_arguments_of_which_the_end_was_not_streamed_are_whole(ends: int) -> None:
    call = {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": '{"a":1}'}
    added, done = whole(call)
    begins = piece("function_call_arguments.delta", delta='{"a"')
    late = piece("function_call_arguments.done", arguments='{"a":1}')
    turn = turn_after(GPT, CREATED, added, begins, *[late, done][-ends:], over(call))
    assert answer(turn) == [("function_call", "f", {"a": 1})]


def test_a_delta_of_an_item_that_never_began_is_kept() -> None:
    """With a warning; its item is no second step."""
    delta = {"type": "response.output_text.delta", "output_index": 0, "item_id": "msg_1", "delta": "Hi"}
    turn = turn_after(GPT, CREATED, delta, whole(message("Hi"))[1], over())
    assert answer(turn) == [("output", "Hi")]
    assert turn.warnings


def test_an_answer_that_is_only_in_the_last_event_is_the_answer() -> None:
    turn = turn_after(GPT, CREATED, over(message("Hi")))
    assert (turn.status, answer(turn)) == ("completed", [("output", "Hi")])


def test_encrypted_thoughts_are_taken_from_the_finished_item() -> None:
    """What `added` has of them is unfinished."""
    thought = turn_of(GPT, STREAMS["openai_function_call"]).steps[1]
    assert thought.native["openai"]["encrypted_content"] == "gAAAAABsampleFinal"
    bodies = [event.body for event in events_of(GPT, exchange(STREAMS["openai_function_call"]))]
    signed = [each.delta for each in bodies if isinstance(each, StepDelta)]
    assert [each.signature for each in signed if isinstance(each, SignatureDelta)] == ["gAAAAABsampleFinal"]


def test_an_empty_thought_is_a_step_without_words() -> None:
    assert answer(only({"type": "reasoning", "id": "r", "summary": []})) == [("thought", "")]


def test_a_commentary_of_codex_keeps_its_phase() -> None:
    """It goes back with the message."""
    items = body(asking(history=(turn_of(GPT, STREAMS["openai_codex"]),)))["input"]
    assert [item.get("phase") for item in items] == [None, "commentary", None, None, None]
    assert items[3] == {
        "type": "custom_tool_call_output",
        "call_id": "call_patch1",
        "output": UNANSWERED,
    }


def test_a_custom_tool_is_answered_in_its_own_kind() -> None:
    """Its call may lie in a turn that the server has kept, and so is not sent."""
    turn = turn_of(GPT, STREAMS["openai_codex"])
    result = {"type": "function_result", "call_id": "call_patch1", "name": "apply_patch", "result": "Done"}
    expected = {"type": "custom_tool_call_output", "call_id": "call_patch1", "output": "Done"}
    along = body(asking(input=(result,), history=(turn,)))
    named = body(asking(input=(result,), previous_interaction_id="resp_0", named=lambda: (turn,)))
    assert along["input"][-1] == expected
    assert named["input"] == [expected]
    check(body_of("openai responses"), named)


@pytest.mark.parametrize("kind", ["computer_call", "local_shell_call", "shell_call", "apply_patch_call"])
def test_a_call_that_no_step_stands_for_waits_all_the_same(kind: str) -> None:
    """It is kept and shown as it came, and goes back to its own vendor only."""
    item = {"type": kind, "id": "x", "call_id": "c", "action": {"type": "screenshot"}}
    turn = only(item)
    assert (turn.status, [step.type for step in turn_waits(turn)]) == ("requires_action", [kind])
    assert body(asking(history=(turn,)))["input"][1] == item
    assert [step["type"] for step in wire_steps([turn])] == ["user_input"]


def test_a_call_that_was_answered_over_there_does_not_wait() -> None:
    call = {"type": "shell_call", "id": "x", "call_id": "c", "action": {}}
    result = {"type": "shell_call_output", "id": "y", "call_id": "c", "output": []}
    assert only(call, result, message("Done")).status == "completed"


@pytest.mark.parametrize(("execution", "status"), [("client", "requires_action"), ("server", "completed")])
def test_a_search_for_tools_waits_if_it_is_the_client_s(execution: str, status: str) -> None:
    item = {"type": "tool_search_call", "id": "t", "call_id": "c", "execution": execution, "arguments": {}}
    turn = only(item)
    assert (turn.status, answer(turn)) == (status, [("tool_search_call", "tool_search", {})])


def test_a_waiting_call_is_known_even_if_the_last_event_lists_nothing() -> None:
    """Some servers leave `output` empty there."""
    call = {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": "{}"}
    assert turn_after(GPT, CREATED, *whole(call), over()).status == "requires_action"


def test_a_refusal_is_text_that_is_marked() -> None:
    item = {**message(""), "content": [{"type": "refusal", "refusal": "I will not."}]}
    added, done = whole(item)
    delta = {"type": "response.refusal.delta", "output_index": 0, "delta": "I will not."}
    late = {"type": "response.refusal.done", "output_index": 0, "refusal": "I will not."}
    for events in ([delta, late], []):
        turn = turn_after(GPT, CREATED, added, *events, done, over(item))
        assert answer(turn) == [("output", "I will not.")]
        assert turn.steps[-1].other == ({"type": "refusal"},)


@pytest.mark.parametrize(
    ("reason", "code"), [("max_output_tokens", None), ("content_filter", "content_filter"), ("steered",) * 2]
)
def test_an_incomplete_answer_says_why_unless_it_is_the_usual_reason(reason: str, code: str | None) -> None:
    told = over(message("Par"), status="incomplete", incomplete_details={"reason": reason})
    turn = turn_after(GPT, CREATED, *whole(message("Par")), told)
    assert (turn.status, text_of(turn)) == ("incomplete", "Par")
    assert (turn.error.code if turn.error else None) == code


def test_citations_count_bytes_here_and_characters_there() -> None:
    """Of the whole text, also behind its first part."""
    cited = {"type": "url_citation", "start_index": 4, "end_index": 7, "url": "https://x.test", "title": "T"}
    filed = {"type": "file_citation", "index": 2, "file_id": "f", "filename": "a.pdf"}
    parts = [
        {"type": "output_text", "text": "Öl: süß. ", "annotations": [cited]},
        {"type": "output_text", "text": "Ünd", "annotations": [filed]},
    ]
    item = {**message(""), "content": parts}
    deltas = [
        {"type": "response.output_text.delta", "output_index": 0, "content_index": n, "delta": part["text"]}
        for n, part in enumerate(parts)
    ]
    added, done = whole(item)
    for events in ([added, *deltas, done], [added, done]):
        turn = turn_after(GPT, CREATED, *events, over(item))
        url, file = content(turn)[0]["content"][0]["annotations"]
        assert text_at(turn, url["start_index"], url["end_index"]) == "süß"
        assert text_at(turn, 0, file["start_index"]) == "Öl: süß. Ün"
        assert file["file_name"] == "a.pdf"


def test_what_the_server_ran_itself_is_a_server_s_call() -> None:
    """With its result as a step behind it, where the item brings one."""
    turn = only(
        {"type": "mcp_call", "id": "a", "name": "f", "server_label": "s", "arguments": "{}", "output": "o"},
        {"type": "mcp_call", "id": "b", "name": "f", "server_label": "s", "error": {"message": "no"}},
        {"type": "code_interpreter_call", "id": "c", "code": "1", "outputs": [{"type": "logs", "logs": "1"}]},
        {"type": "file_search_call", "id": "d", "queries": ["q"]},
        {"type": "web_search_call", "id": "e", "action": {"type": "open_page", "url": "https://x.test"}},
        {"type": "tool_search_output", "id": "f", "call_id": "t", "tools": [{"name": "x"}]},
    )
    assert answer(turn) == [
        ("mcp_server_tool_call", "f", {}),
        ("mcp_server_tool_result", "o"),
        ("mcp_server_tool_call", "f", {}),
        ("mcp_server_tool_result", {"message": "no"}),
        ("code_execution_call", "code_execution", {"language": "python", "code": "1"}),
        ("code_execution_result", "1"),
        ("file_search_call", "file_search", {"queries": ["q"]}),
        ("google_search_call", "google_search", {"url": "https://x.test"}),
        ("tool_search_result", [{"name": "x"}]),
    ]
    assert turn.status == "completed"


def test_a_picture_that_was_made_is_shown_once() -> None:
    """Not the drafts of it."""
    item = {"type": "image_generation_call", "id": "i", "result": "AA==", "output_format": "webp"}
    added, done = whole(item)
    draft = {
        "type": "response.image_generation_call.partial_image",
        "output_index": 0,
        "partial_image_b64": "B",
    }
    turn = turn_after(GPT, CREATED, added, draft, done, over(item))
    picture = {"type": "image", "data": "AA==", "mime_type": "image/webp"}
    assert content(turn)[0]["content"] == ({"raw": picture},)


IMAGE = {"type": "image_generation_call", "id": "i"}
MODERATED = {"type": "image_generation_user_error", "code": "moderation_blocked", "message": "Rejected."}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"status": "failed", "result": None, "error": MODERATED}, MODERATED),
        ({"status": "failed", "result": None, "error": None}, {"status": "failed"}),
        ({"status": "failed", "error": "m"}, {"message": "m"}),
        ({"status": "completed", "result": "AA==", "error": None}, None),
    ],
)
def test_a_picture_that_was_not_made_says_why(fields: dict[str, Any], error: object) -> None:
    """Also when it was retrieved. To another vendor it is nothing."""
    item = {**IMAGE, **fields}
    retrieved = turn_of(GPT, json.dumps(response(item)).encode(), "application/json")
    for turn in (only(item), retrieved):
        step = turn.steps[-1]
        assert isinstance(step, ModelOutput)
        assert (step.error, step.other) == (error, ())
        assert "error" not in json.dumps(wire_steps([transplanted(turn)]))


def test_a_picture_made_of_lines_is_called_what_browsers_call_it() -> None:
    picture = content(only({**IMAGE, "result": "PHN2Zz4=", "output_format": "svg"}))[0]["content"][0]
    assert picture["raw"]["mime_type"] == "image/svg+xml"


CODE = {"type": "code_interpreter_call", "id": "c", "code": "plot()", "status": "completed"}
FILES = {"type": "file_search_call", "id": "d", "queries": ["q"], "status": "completed"}
PAGES = {"type": "web_search_call", "id": "e", "status": "completed"}
LOGS = {"type": "logs", "logs": "1"}
PLOT = {"type": "image", "url": "https://x.test/i.png"}
FOUND = [{"file_id": "f", "filename": "a.txt", "score": 0.9, "text": "found"}]


@pytest.mark.parametrize(
    ("item", "brought"),
    [
        ({**CODE, "outputs": [LOGS, LOGS]}, "1\n1"),
        ({**CODE, "outputs": [PLOT]}, [{"type": "image", "uri": "https://x.test/i.png"}]),
        (
            {**CODE, "outputs": [LOGS, {**PLOT, "url": "data:image/png;base64,AA=="}]},
            [{"type": "text", "text": "1"}, {"type": "image", "mime_type": "image/png", "data": "AA=="}],
        ),
        ({**CODE, "outputs": [{"type": "hologram"}]}, [{"type": "hologram"}]),
        ({**FILES, "results": FOUND}, FOUND),
        ({**FILES, "results": []}, []),
        ({**PAGES, "action": {"type": "search", "query": "q", "sources": [PLOT]}}, [PLOT]),
    ],
)
def test_what_a_server_s_tool_has_brought_is_a_step(item: dict[str, Any], brought: object) -> None:
    """It answers its call, and goes neither back nor to another vendor."""
    turn = only(item)
    call, result = turn.steps[-2:]
    assert isinstance(call, ToolCall)
    assert isinstance(result, ToolResult)
    assert (result.data["call_id"], result.data["result"]) == (call.data["id"], brought)
    assert body(asking(history=(turn,)))["input"][1:-1] == [item]
    assert transplanted(turn).steps == turn.steps[:1]


@pytest.mark.parametrize(
    "item",
    [
        {**CODE, "outputs": None},
        {**CODE, "outputs": []},
        {**FILES, "results": None},
        {**PAGES, "action": {"type": "search", "query": "q", "sources": None}},
        {"type": "mcp_call", "id": "m", "name": "f", "server_label": "s", "output": None, "error": None},
    ],
)
@pytest.mark.parametrize("status", ["completed", "failed", "incomplete"])
def test_a_server_s_tool_that_brings_nothing_says_how_it_went(item: dict[str, Any], status: str) -> None:
    """What it has found comes only if a request asks for it."""
    item = {**item, "status": status}
    for turn in (only(item), turn_after(GPT, CREATED, over(item))):
        assert len(turn.steps) == 2
        assert isinstance(call := turn.steps[-1], ToolCall)
        assert call.data["status"] == status


def test_the_end_marker_of_other_endpoints_is_tolerated() -> None:
    assert turn_of(GPT, STREAMS["openai_text"] + b"data: [DONE]\n\n").status == "completed"


def test_a_finished_response_instead_of_a_stream_is_the_answer() -> None:
    document = json.dumps(response(message("All of it."), usage={"input_tokens": 1, "output_tokens": 2}))
    turn = turn_of(GPT, document.encode(), "application/json")
    assert (turn.status, answer(turn)) == ("completed", [("output", "All of it.")])
    assert turn.usage == Usage(3, 1, 2)


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (b'{"error":"Unexpected endpoint or method. (POST /responses)"}', "failed"),
        (b'{"id":"resp_1","status":"failed","error":{"code":"server_error","message":"m"}}', "failed"),
        (b'{"id":"resp_1","status":"in_progress"}', "interrupted"),
        (b"<html>", "failed"),
        (b"", "interrupted"),
    ],
)
def test_any_other_document_is_no_success(document: bytes, status: str) -> None:
    """LM Studio answers 200 to a wrong path."""
    assert turn_of(GPT, document, "application/json").status == status


def test_a_refusal_s_word_is_its_type_where_it_has_no_code() -> None:
    raw = b'{"error":{"message":"m","type":"invalid_request_error","param":null,"code":null}}'
    turn = turn_of(GPT, raw, "application/json", 400)
    assert turn.error is not None
    assert (turn.error.code, turn.error.http_status) == ("invalid_request_error", 400)


@pytest.mark.parametrize(
    "error",
    [
        {"type": "insufficient_quota", "code": "credit_balance_exhausted", "message": "m"},
        {"type": "insufficient_quota", "code": None, "message": "m"},
        {"code": "insufficient_quota", "message": "m"},
    ],
)
def test_an_empty_purse_is_not_asked_again(error: dict[str, Any]) -> None:
    """Its status is that of a server that is asked too often (429)."""
    found, asked = refused(error)
    assert asked == 1
    assert found.status == "failed"


@pytest.mark.parametrize("error", [RATE, {"code": "slow_down", "message": "m"}, "busy", None])
def test_any_other_429_is_asked_again(error: object) -> None:
    assert refused(error)[1] == 4


def refused(error: object) -> tuple[Turn, int]:
    document = json.dumps({"error": error}).encode()
    head = b"HTTP/1.1 429 X\r\ncontent-type: application/json\r\nretry-after: 0.001\r\n"
    with peer(says(head + f"content-length: {len(document)}\r\n\r\n".encode(), document)) as server:
        provider = OpenAIResponses(new_client(2.0), Access(server.url))
        turn = fold(events_of(provider, list(provider.frames(asking()))))
        return turn, len(server.requests)


def test_silence_of_a_reasoning_model_is_not_the_five_seconds_of_the_library() -> None:
    """The client's own patience is told when it is made."""
    with new_client(600.0) as client:
        assert client.timeout.read == 600.0


# Requests.


def test_the_least_is_sent_without_what_is_unset() -> None:
    """`store` is always said, since it is true where it is not; the padding of deltas is refused."""
    assert body(asking()) == {
        "model": "m",
        "input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}],
        "store": True,
        "stream": True,
        "stream_options": {"include_obfuscation": False},
    }


def test_what_is_set_is_sent() -> None:
    sent = body(
        asking(
            system_instruction="Be brief.",
            temperature=0.0,
            max_output_tokens=10,
            thinking_level="low",
            thinking_summaries="auto",
            tools=(WEATHER, {"type": "google_search"}, {"type": "image_generation"}),
            store=False,
            top_p=0.0,
            seed=7,
            stop_sequences=("END",),
        )
    )
    del sent["input"]
    assert sent == {
        "model": "m",
        "instructions": "Be brief.",
        "reasoning": {"effort": "low", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": 10,
        "temperature": 0.0,
        "top_p": 0.0,
        "tools": [{**WEATHER, "strict": False}, {"type": "web_search"}, {"type": "image_generation"}],
        "store": False,
        "stream": True,
        "stream_options": {"include_obfuscation": False},
    }
    assert "reasoning" not in body(asking(thinking_summaries="none"))


def test_what_it_does_not_have_of_another_vendor_is_not_sent() -> None:
    """All that it has are; "none" of its thoughts is nothing."""
    assert "reasoning" not in body(asking(thinking_level="ultra", thinking_summaries="omitted"))
    for level in GPT.can.values["thinking_level"]:
        for summary in GPT.can.values["thinking_summaries"]:
            sent = body(asking(thinking_level=level, thinking_summaries=summary))
            told = {} if summary == "none" else {"summary": summary}
            assert sent["reasoning"] == {"effort": level, **told}
            check(body_of("openai responses"), sent)


def test_the_schema_of_an_answer_is_its_format() -> None:
    sent = body(asking(response_schema=CITY))
    told = {"type": "json_schema", "name": "answer", "schema": CITY, "strict": True}
    assert sent["text"] == {"format": told}
    check(body_of("openai responses"), sent)


def test_fields_of_one_s_own_go_over_those_of_the_body() -> None:
    """The log has the body as it was sent, and the turn what that says."""
    asked: list[httpx.Request] = []
    with serving(asked) as client:
        provider = OpenAIResponses(
            client, Access("http://x.test"), extra={"store": False, "truncation": "auto", "model": "n"}
        )
        frames = list(provider.frames(asking()))
    sent = json.loads(asked[0].content)
    assert (sent["store"], sent["truncation"], sent["model"]) == (False, "auto", "n")
    check(body_of("openai responses"), sent)
    assert json.loads(frames[0].raw)["body"] == sent
    begun = next(event.body for event in events_of(provider, frames))
    assert begun == Requested((SAID,), "n", None, stored=False)


FILE = {"type": "document", "data": "JVBERg==", "mime_type": "application/pdf"}
NOTES = {"type": "document", "data": "w7xiZXI=", "mime_type": "text/plain"}
ELSEWHERE = {"type": "document", "uri": "https://x.test/a.pdf", "mime_type": "application/pdf"}
RESULT = {"type": "function_result", "call_id": "call_sampleA", "name": "get_weather", "result": {"c": 21}}
CASES = {
    "plain": asking(),
    "options": asking(
        system_instruction="Brief.",
        temperature=0.5,
        top_p=0.9,
        max_output_tokens=9,
        thinking_level="high",
        thinking_summaries="detailed",
        tools=(
            WEATHER,
            {"type": "function", "name": "f"},
            {"type": "code_execution"},
            {"type": "google_search"},
        ),
    ),
    "named": asking(previous_interaction_id="resp_0", background=True),
    "turns": asking(history=(turn_of(GPT, STREAMS["openai_text"]),), store=False),
    "thoughts": asking(
        history=(turn_of(GPT, STREAMS["openai_function_call"]),), input=(RESULT,), store=False
    ),
    "search": asking(history=(turn_of(GPT, STREAMS["openai_web_search"]),), store=False),
    "codex": asking(history=(turn_of(GPT, STREAMS["openai_codex"]),), store=False),
    "picture": asking(input=({**SAID, "content": [PICTURE, FILE, NOTES, ELSEWHERE]},)),
    "picture of a tool": asking(input=({**RESULT, "result": [{"type": "text", "text": "So:"}, PICTURE]},)),
    "foreign": asking(
        history=(transplanted(turn_of(GPT, STREAMS["openai_function_call"])),), input=(RESULT,)
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_vendor_s_own_types_allow_every_request(case: str) -> None:
    """And know each of its fields, but for the `status` that a custom tool's call is sent out with."""
    check(body_of("openai responses"), body(CASES[case]), "ignore" if case == "codex" else "forbid")


def test_files_keep_their_names() -> None:
    """A text goes as one; there is no sound in this API."""
    asked = asking(input=({**SAID, "content": [PDF, NAMED, VALUE, SOUND]},))
    check(body_of("openai responses"), body(asked))
    assert body(asked)["input"][0]["content"] == [
        {"type": "input_file", "file_data": "data:application/pdf;base64,JVBERg==", "filename": "plan.pdf"},
        {"type": "input_text", "text": "notes.txt:\n\nüber"},
        {"type": "input_text", "text": 'a .json:\n\n{"a":1}'},
    ]
    for kind in ("image/svg+xml", "audio/wav", "video/mp4", "application/zip"):
        assert not kind.startswith(GPT.can.media)


def test_content_that_is_empty_or_cannot_be_read_is_left_out() -> None:
    """Also if nothing is left of a message."""
    broken = {"type": "document", "data": "?", "mime_type": "text/plain"}
    nothing = [{"type": "text", "text": ""}, {"type": "image"}, {"type": "document"}, {"type": "audio"}]
    parts = body(asking(input=({**SAID, "content": [broken]},)))["input"][0]["content"]
    assert [part["type"] for part in parts] == ["input_file"]
    assert body(asking(input=({**SAID, "content": nothing},)))["input"] == []


def test_the_history_of_this_vendor_goes_back_as_it_came() -> None:
    """Thoughts with their encrypted content, calls with both ids; the answer of a tool is the turn's own."""
    events = [
        json.loads(line[6:]) for line in STREAMS["openai_function_call"].split(b"\n") if line[:5] == b"data:"
    ]
    _, *items, result = body(CASES["thoughts"])["input"]
    assert items == events[-1]["response"]["output"]
    assert result == {"type": "function_call_output", "call_id": "call_sampleA", "output": '{"c":21}'}


def test_thoughts_that_only_their_server_can_read_are_left_out() -> None:
    turn = only({"type": "reasoning", "id": "rs", "summary": []}, message("Hi"))
    assert [item["type"] for item in body(asking(history=(turn,)))["input"]] == ["message"] * 3


def test_the_history_of_another_vendor_is_what_can_be_said_in_this_one_s_words() -> None:
    """Without thoughts, signatures, and what a foreign server ran."""
    foreign = gemini_turn(b"".join(_native_steps()))
    items = body(asking(history=(foreign,)))["input"]
    assert items == [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
        {"type": "message", "role": "assistant", "content": "Let me see."},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a":1}'},
        {"type": "function_call_output", "call_id": "c", "output": UNANSWERED},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
    ]


def _native_steps() -> Iterator[bytes]:
    steps = (
        {"type": "thought", "signature": "theirs", "summary": [{"type": "text", "text": "Hm"}]},
        {"type": "google_search_call", "id": "s", "arguments": {"queries": ["q"]}},
        {"type": "google_search_result", "call_id": "s", "result": []},
        {"type": "model_output", "content": [{"type": "text", "text": "Let me see."}]},
        {"type": "function_call", "id": "c", "name": "f", "arguments": {"a": 1}, "signature": "theirs"},
        {"type": "hologram"},
    )
    for index, step in enumerate(steps):
        yield sse({"event_type": "step.start", "index": index, "step": step})
        yield sse({"event_type": "step.stop", "index": index})


def test_a_call_that_nobody_has_answered_is_answered_before_the_next_word() -> None:
    """Also one that lies in the turn that is named, and only those that no result was given for."""
    turn = turn_of(GPT, STREAMS["openai_function_call"])
    output = {"type": "function_call_output", "call_id": "call_sampleA", "output": UNANSWERED}
    named = body(asking(previous_interaction_id="resp_0", named=lambda: (turn,)))
    assert named["input"] == [output, *body(asking())["input"]]
    check(body_of("openai responses"), named)
    along = body(asking(history=(turn, turn_of(GPT, STREAMS["openai_text"]))))
    assert [item["type"] for item in along["input"]].count("function_call_output") == 1
    given = body(asking(input=(RESULT,), previous_interaction_id="resp_0", named=lambda: (turn,)))
    assert [item["output"] for item in given["input"]] == ['{"c":21}']


def test_this_vendor_s_turn_goes_to_google_without_what_is_only_this_vendor_s() -> None:
    """No item, and nothing that Google's list of keys does not have."""
    sent = wire_steps([turn_of(GPT, STREAMS["openai_function_call"])])
    assert [set(step) for step in sent[1:]] == [
        {"type", "signature", "summary"},
        {"type", "id", "name", "arguments"},
    ]
    assert "fc_0sample" not in json.dumps(sent)


def test_another_account_gets_the_words_and_not_the_items() -> None:
    """Ids and encrypted thoughts are worth nothing there."""
    turn = transplanted(turn_of(GPT, STREAMS["openai_function_call"]))
    assert not any(step.native for step in turn.steps)
    assert "gAAAA" not in json.dumps(body(asking(history=(turn,))))


# The wire.


def serving(asked: list[httpx.Request], content: bytes = b"", status: int = 200) -> httpx.Client:
    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(status, headers={"content-type": "text/event-stream"}, content=content)

    return httpx.Client(transport=httpx.MockTransport(serve))


def test_a_call_goes_to_the_endpoint_and_its_key_is_in_no_frame() -> None:
    """The turn begins with our own words for what was asked, which are not sent."""
    asked: list[httpx.Request] = []
    with serving(asked, STREAMS["openai_text"]) as client:
        provider = OpenAIResponses(
            client, Access("https://x.test/v1", "planted-key"), {"X-Gateway": "planted-word"}
        )
        frames = list(provider.frames(asking(previous_interaction_id="resp_0")))
    (request,) = asked
    assert str(request.url) == "https://x.test/v1/responses"
    assert request.headers["authorization"] == "Bearer planted-key"
    assert request.headers["x-gateway"] == "planted-word"
    assert json.loads(request.content) == body(asking(previous_interaction_id="resp_0"))
    assert b"planted" not in b"".join(frame.raw for frame in frames)
    bodies = [event.body for event in events_of(provider, frames)]
    assert bodies[0] == Requested((SAID,), "m", "resp_0", stored=True)
    assert fold(events_of(provider, frames)).previous_interaction_id == "resp_0"


def test_without_a_key_none_is_sent_and_a_gateway_s_words_stay_at_its_address() -> None:
    asked: list[httpx.Request] = []
    with serving(asked) as client:
        provider = OpenAIResponses(client, Access("http://x.test"), {"X-Gateway": "planted-word"})
        provider.reach()
        provider.reach(Access("https://own.test/v1/", "own"))
    assert "authorization" not in asked[0].headers
    assert [each.headers.get("x-gateway") for each in asked] == ["planted-word", None]
    assert [str(each.url) for each in asked] == ["http://x.test/v1/models", "https://own.test/v1/models"]


def test_what_can_be_asked_of_a_response() -> None:
    """Under its quoted id: one from a visitor cannot lead to another path."""
    asked: list[httpx.Request] = []
    with serving(asked) as client:
        provider = OpenAIResponses(client, Access("https://x.test/v1"))
        list(provider.follow_up(asking(), "get", "resp_1"))
        list(provider.follow_up(asking(), "stream", "resp_1"))
        list(provider.follow_up(asking(), "stream", "resp_1", "4"))
        list(provider.follow_up(asking(), "cancel", "resp_1"))
        provider.retrieve("../models?x")
        provider.forget("resp_1")
    assert [f"{each.method} {each.url.raw_path.decode()}" for each in asked] == [
        "GET /v1/responses/resp_1",
        "GET /v1/responses/resp_1?stream=true",
        "GET /v1/responses/resp_1?stream=true&starting_after=4",
        "POST /v1/responses/resp_1/cancel",
        "GET /v1/responses/..%2Fmodels%3Fx",
        "DELETE /v1/responses/resp_1",
    ]


@pytest.mark.parametrize(
    ("raw", "mark"),
    [
        (b'data: {"type":"keepalive","sequence_number":0}\n\n', "0"),
        (b'data: {"type":"response.output_text.delta","delta":"x"}\n\n', ""),
        (b'data: {"sequence_number":"4"}\n\n', ""),
        (b"data: [DONE]\n\n", ""),
        (b": comment\n\n", ""),
    ],
)
def test_a_stream_can_be_taken_up_behind_a_numbered_event(raw: bytes, mark: str) -> None:
    assert keeping(GPT).mark(Frame(0, 0, 0, "wire", raw)) == mark


def test_a_provider_says_what_it_can() -> None:
    """A server that keeps nothing is given fewer capabilities."""
    assert OpenAIResponses.protocol == "openai_responses"
    assert GPT.can is CAPABILITIES
    assert not {"seed", "stop_sequences", "agent", "api_version"} & GPT.can.settings


@pytest.mark.parametrize("name", ["openai_text", "openai_function_call", "openai_web_search", "openai_codex"])
def test_the_vendor_s_client_reads_the_same(name: str) -> None:
    """The same bytes, from a server: text, calls and usage."""
    turn = turn_of(GPT, STREAMS[name])
    with (
        peer(says(STREAM_HEAD, STREAMS[name])) as server,
        OpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0) as client,
        client.responses.create(model="m", input="Hi", stream=True) as events,
    ):
        *_, last = events
    assert last.type == "response.completed"
    theirs = last.response
    assert text_of(turn) == theirs.output_text
    assert calls_of(turn) == {
        each.call_id: json.loads(each.arguments) if each.type == "function_call" else {"input": each.input}
        for each in theirs.output
        if each.type in {"function_call", "custom_tool_call"}
    }
    assert theirs.usage is not None
    assert turn.usage is not None
    thoughts, visible = turn.usage.total_thought_tokens, turn.usage.total_output_tokens
    assert theirs.usage.output_tokens == (thoughts or 0) + (visible or 0)
    assert theirs.usage.output_tokens_details.reasoning_tokens == thoughts
    assert theirs.usage.input_tokens == turn.usage.total_input_tokens
    assert theirs.usage.input_tokens_details.cached_tokens == turn.usage.total_cached_tokens


def test_the_vendor_s_client_sends_its_requests_to_the_same_place() -> None:
    """What it sends for the same body is what we send."""
    heads = []
    for name in ("theirs", "ours"):
        with peer(says(STREAM_HEAD, STREAMS["openai_text"])) as server:
            if name == "theirs":
                with OpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0) as client:
                    list(client.responses.create(**body(asking())))
            else:
                provider = OpenAIResponses(new_client(2.0), Access(f"{server.url}/v1", "k"))
                list(provider.frames(asking()))
            head, _, sent = server.requests[0].partition(b"\r\n\r\n")
            bearer = b"authorization: bearer k" in head.lower()
            heads.append((head.split(b"\r\n")[0], bearer, json.loads(sent)))
    assert heads[0] == heads[1]


# Brought back.

WORDS = ("One ", "two ", "three ", "four.")
BACKGROUND = {"id": "resp_1", "model": "m", "background": True}
BEGUN = {"type": "response.created", "sequence_number": 0, "response": {**BACKGROUND, "status": "queued"}}
GOES_ON = {**BACKGROUND, "status": "in_progress"}
COUNTED = message("".join(WORDS))


def numbered(start: int, *events: dict[str, Any]) -> bytes:
    return STREAM_HEAD + b"".join(
        sse({**event, "sequence_number": start + n}) for n, event in enumerate(events)
    )


def words(*given: str) -> list[dict[str, Any]]:
    kind = "response.output_text.delta"
    return [{"type": kind, "item_id": "msg_1", "output_index": 0, "delta": word} for word in given]


def document(answer: object, status: int = 200) -> bytes:
    raw = json.dumps(answer).encode()
    head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(raw)}\r\n\r\n"
    return head.encode() + raw


CUT = numbered(0, BEGUN, whole(COUNTED)[0], *words(*WORDS[:2]))
REST = numbered(4, *words(*WORDS[2:]), whole(COUNTED)[1], over(COUNTED))
AGAIN = numbered(0, BEGUN, whole(COUNTED)[0], *words(*WORDS), whole(COUNTED)[1], over(COUNTED))


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "FIRST", 0.01)
    monkeypatch.setattr(resume, "PATIENCE", 3.0)
    monkeypatch.setattr(resume, "BACKGROUND_PATIENCE", 3.0)
    monkeypatch.setattr("interactions.stream.transport.ATTEMPTS", 1)


def run(*answers: bytes, **changes: Any) -> tuple[Turn, list[str], list[Any]]:
    """A turn against a server that gives these answers in turn, what it was asked, and the bodies."""

    def script(connection: socket.socket, number: int) -> None:
        connection.sendall(answers[number - 1])

    with peer(script) as server:
        provider = OpenAIResponses(new_client(2.0), Access(server.url, "k"))
        journal = Journal(Turn())
        stream(provider, asking(**changes), journal)
        assert refold(provider, journal.slice()) == journal.turn
        heads = [each.split(b" HTTP")[0].decode() for each in server.requests]
        bodies = [each.partition(b"\r\n\r\n")[2] for each in server.requests]
    return journal.turn, heads, [json.loads(each) for each in bodies if each]


@pytest.mark.usefixtures("hurried")
def test_a_background_run_goes_on_exactly_where_its_stream_broke() -> None:
    """The item that was open is the one that goes on, though its beginning is not repeated."""
    turn, asked, _ = run(CUT, document(GOES_ON), REST, document(response(COUNTED)), background=True)
    assert (turn.status, text_of(turn), turn.rungs) == (
        "completed",
        "One two three four.",
        ("get", "stream"),
    )
    assert asked[1:3] == [
        "GET /v1/responses/resp_1",
        "GET /v1/responses/resp_1?stream=true&starting_after=3",
    ]
    assert turn.warnings == ()


@pytest.mark.usefixtures("hurried")
def test_what_went_on_where_it_broke_is_one_step() -> None:
    """Also without the comparison that follows."""
    turn, _, _ = run(CUT, document(GOES_ON), REST, document({}, 500), background=True)
    assert answer(turn) == [("output", "One two three four.")]
    assert turn.steps[-1].native["openai"] == COUNTED


@pytest.mark.usefixtures("hurried")
def test_a_stream_without_numbers_is_read_again_from_its_start() -> None:
    """Nothing is there twice."""
    first = STREAM_HEAD + sse(CREATED) + b"".join(sse(event) for event in (whole(COUNTED)[0], *words("One ")))
    turn, asked, _ = run(first, document(GOES_ON), AGAIN, document(response(COUNTED)), background=True)
    assert (turn.status, text_of(turn)) == ("completed", "One two three four.")
    assert asked[2] == "GET /v1/responses/resp_1?stream=true"


@pytest.mark.usefixtures("hurried")
def test_a_response_that_is_over_is_the_last_word() -> None:
    turn, asked, _ = run(CUT, document(response(COUNTED)), background=True)
    assert (turn.status, text_of(turn)) == ("completed", "One two three four.")
    assert len(asked) == 2


@pytest.mark.usefixtures("hurried")
def test_a_stream_in_the_foreground_ends_with_its_connection() -> None:
    """The id is then not found; what had come stays, and says so."""
    missing = document({"error": {"message": "m", "type": "invalid_request_error", "code": None}}, 404)
    turn, asked, _ = run(CUT, missing)
    assert (turn.status, text_of(turn), len(asked)) == ("interrupted", "One two ", 2)
    assert turn.warnings


@pytest.mark.usefixtures("hurried")
def test_an_id_that_is_forgotten_is_replaced_by_the_history() -> None:
    """OpenAI says it with 400 and a word of its own."""
    refusal = document({"error": {"message": "m", "code": "previous_response_not_found"}}, 400)
    earlier = (turn_of(GPT, STREAMS["openai_text"]),)
    turn, _, bodies = run(refusal, AGAIN, previous_interaction_id="resp_0", earlier=lambda: earlier)
    assert (turn.status, turn.rungs) == ("completed", ("rebuild",))
    assert "previous_response_id" not in bodies[1]
    assert [item.get("role") for item in bodies[1]["input"]] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    ("found", "body"),
    [
        (response(status="queued"), "StatusUpdate"),
        (response(message("x"), status="completed"), "Retrieved"),
        (response(status="cancelled"), "Retrieved"),
        ({"error": {"message": "m"}}, ""),
        ([], ""),
    ],
)
def test_a_follow_up_brings_home_how_a_response_stands(found: object, body: str) -> None:
    record = Recorder()
    headers = {"status": 200, "headers": [("content-type", "application/json")]}
    frames = [
        noted(record, "request", attempt=1, errand="get"),
        noted(record, "response", **headers),
        record.wire(json.dumps(found).encode()),
        noted(record, "end"),
    ]
    assert [type(event.body).__name__ for event in events_of(GPT, frames)] == ([body] if body else [])


def test_a_failed_response_that_is_retrieved_has_its_words() -> None:
    turn = Turn(status="in_progress", hop=0)
    failed = read_document(response(status="failed", error={"code": "server_error", "message": "m"}))
    found = after(turn, failed)
    assert found.error is not None
    assert (found.status, found.error.code) == ("failed", "server_error")


def test_a_message_that_was_never_sent_is_in_its_turn() -> None:
    """Its note has no request, only what was to be asked."""
    note = noted(Recorder(), "partial", status="interrupted", message="m", body={"input": "Hi", "model": "m"})
    requested, ended = (event.body for event in events_of(GPT, [note]))
    assert requested == Requested((SAID,), "m", None, stored=True)
    assert isinstance(ended, Ended)


@pytest.mark.parametrize("odd", [None, [], {"input": [1], "previous_interaction_id": 7}])
def test_a_note_that_says_something_else_is_read(odd: object) -> None:
    """It may come from a file."""
    (event,) = events_of(GPT, [noted(Recorder(), "request", attempt=1, asked=odd)])
    assert event.body == Requested((), "", None, stored=True)


def test_a_cut_follow_up_brings_nothing_home() -> None:
    """Half a document is no news."""
    asked = retrieved(b'{"status":"completed"}')
    assert interpret(GPT, asked, noted(Recorder(), "cut", error="ReadError"))[1] == ()


def retrieved(document: bytes) -> Reading:
    """A turn whose response was asked for, at the end of the answer."""
    held = (Recorder().wire(document),)
    return Reading(Turn(), GPT.start, Answer(200, "application/json", held=held, follow_up="get"))


def read_document(found: dict[str, Any]) -> Body:
    _, (event,) = interpret(GPT, retrieved(json.dumps(found).encode()), noted(Recorder(), "end"))
    assert isinstance(event.body, Retrieved)
    return event.body


def test_the_sequence_of_a_turn_is_read_from_what_it_is() -> None:
    """Bodies of one frame stand in the order in which they are applied."""
    item = {"type": "mcp_call", "id": "a", "name": "f", "server_label": "s", "output": "o"}
    bodies = said(GPT, *whole(item), over(item))
    assert [type(each) for each in bodies] == [
        StepStart,
        StepDelta,
        StepDelta,
        StepStop,
        StepStart,
        StepStop,
        InteractionCompleted,
    ]
    native = bodies[2]
    assert isinstance(native, StepDelta)
    assert native.delta == NativeDelta("openai", item)
    completed = bodies[-1]
    assert isinstance(completed, InteractionCompleted)
    assert isinstance(completed.interaction, Interaction)
