"""The protocol of Anthropic's Messages API: frames in, events out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations.history import wire_steps
from interactions.providers.anthropic.body import body
from interactions.providers.anthropic.events import UNSAID, read
from interactions.providers.anthropic.message import Message
from interactions.providers.reading import Reading, begin, refold, take
from interactions.stream.journal import Frame, Recorder
from interactions.turns.events import ErrorDetail, Usage
from interactions.turns.steps import ModelOutput, Text, Thought, ToolCall, ToolResult, UserInput, plain
from interactions.turns.turn import Turn, text_of
from tests.folding import ANSWERED, cut, jsons, noted
from tests.providers.anthropic_streams import (
    ASKED,
    CALLS,
    EXCEEDED,
    MODEL,
    PROVIDER,
    SAID,
    STREAMS,
    answer,
    begun,
    block,
    exchange,
    given_json,
    misnamed,
    over,
    replayed,
    request,
    sse,
    text,
)


def test_an_answer_is_its_text_and_its_usage() -> None:
    """The whole prompt counts as input, the part from the cache included."""
    turn = answer(STREAMS["text"])
    assert (turn.status, turn.id, turn.model, turn.stored) == (
        "completed",
        "msg_01SampleFinal",
        MODEL,
        False,
    )
    assert text_of(turn) == "It is 21 °C and sunny."
    assert turn.usage == Usage(566, 552, 14, 0, 512)
    assert not turn.warnings
    assert [type(step) for step in turn.steps] == [UserInput, ModelOutput]
    assert not any(step.open for step in turn.steps)


def test_a_tool_turn_is_a_thought_a_text_and_its_calls() -> None:
    turn = answer(CALLS)
    _, thought, output, weather, time = turn.steps
    assert (turn.status, turn.warnings) == ("requires_action", ())
    assert isinstance(thought, Thought)
    assert plain(thought.content) == "The user wants the weather in Zürich, so call the tool."
    assert thought.signature == "EqQBCgIYAhIkU2FtcGxlU2lnbmF0dXJl"
    assert isinstance(output, ModelOutput)
    assert plain(output.content) == "Let me look that up ☀️."
    assert isinstance(weather, ToolCall)
    assert isinstance(time, ToolCall)
    assert (weather.name, weather.arguments) == ("get_weather", {"city": "Zürich", "unit": "C"})
    assert (weather.server_executed, weather.data["id"]) == (False, "toolu_01SampleA")
    assert (time.name, time.arguments) == ("get_time", {})
    assert turn.usage == Usage(530, 412, 87, 31, 0)


def test_a_search_is_a_call_a_result_and_a_cited_text() -> None:
    turn = answer(STREAMS["web_search"])
    _, thought, call, result, output = turn.steps
    assert (turn.status, turn.warnings) == ("completed", ())
    assert isinstance(thought, Thought)
    assert isinstance(call, ToolCall)
    assert (call.type, call.arguments) == ("google_search_call", {"queries": ["tallest bridge"]})
    assert isinstance(result, ToolResult)
    assert result.data == {
        "type": "google_search_result",
        "call_id": call.data["id"],
        "result": [
            {
                "title": "List of tallest bridges",
                "url": "https://example.org/bridges",
                "page_age": "2 weeks ago",
            }
        ],
    }
    assert isinstance(output, ModelOutput)
    (part,) = output.content
    assert isinstance(part, Text)
    assert str(part.text) == "The Huajiang Canyon Bridge."
    assert part.annotations == (
        {
            "type": "url_citation",
            "url": "https://example.org/bridges",
            "title": "List of tallest bridges",
        },
    )
    assert turn.usage == Usage(6136, 6039, 75, 22, 0)


def test_an_error_in_the_stream_fails_the_turn_and_keeps_what_had_come() -> None:
    turn = answer(STREAMS["error"])
    assert (turn.status, text_of(turn)) == ("failed", "Partial ans")
    assert turn.error == ErrorDetail("overloaded_error", "Overloaded")
    assert not any(step.open for step in turn.steps)


ODD = frozenset({"delta_without_start"})  # recordings that break the rules before their end


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_cut_anywhere_is_no_success(name: str) -> None:
    """At every byte, with whatever of the last frame has come."""
    *before, end = exchange(b"")
    whole = cut(STREAMS[name])
    for count, last in enumerate(whole):
        reading = after(before + wire(whole[:count]))
        assert reading.turn.warnings == () or name in ODD
        for length in range(len(last.rstrip())):
            ended = after([*wire([last[:length]]), end], reading).turn
            assert ended.ended
            assert ended.status == ("interrupted" if reading.turn.error is None else "failed")


def wire(raws: list[bytes]) -> list[Frame]:
    return [Frame(9, 9, 9, "wire", raw) for raw in raws if raw]


def after(frames: list[Frame], reading: Reading | None = None) -> Reading:
    reading = reading or begin(PROVIDER)
    for frame in frames:
        reading = take(PROVIDER, reading, frame)
    return reading


UNKNOWN: tuple[dict[str, Any], ...] = (
    {"type": "ping"},
    {"type": "message_annotation", "note": {"a": [1]}},
    {"type": "content_block_delta", "index": 99, "delta": {"type": "text_delta", "text": ""}},
    {"type": "content_block_start", "index": 98, "content_block": {}},
    {"type": "content_block_stop", "index": 98},
    {"type": "content_block_delta"},
)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("event", UNKNOWN, ids=lambda event: str(event["type"]))
def test_what_is_not_known_changes_nothing_wherever_it_comes(name: str, event: dict[str, Any]) -> None:
    """Events of later versions, and what says nothing, are rows of the log."""
    frames, expected = cut(STREAMS[name]), shape(answer(STREAMS[name]))
    for place in range(len(frames) + 1):
        assert shape(answer(b"".join([*frames[:place], sse(event), *frames[place:]]))) == expected


def shape(turn: Turn) -> Any:
    """What a turn says, without the numbers of its rows."""
    notes = [warning.rpartition(" (row")[0] for warning in turn.warnings]
    return turn.status, turn.usage, turn.error, notes, wire_steps([turn]), replayed(turn)


def odd_events() -> st.SearchStrategy[dict[str, Any]]:
    """Objects that look like events, with anything in their fields."""
    kinds = st.sampled_from(KINDS.split())
    parts = st.dictionaries(st.sampled_from(WORDS.split()), kinds | jsons(), max_size=5)
    fields = {word: parts | jsons() for word in ("message", "content_block", "delta", "usage", "error")}
    index = st.integers(min_value=0, max_value=2) | jsons()
    return st.fixed_dictionaries({"type": kinds | jsons()}, optional={**fields, "index": index})


KINDS = """
message_start content_block_start content_block_delta content_block_stop message_delta message_stop error
text thinking redacted_thinking tool_use server_tool_use mcp_tool_use web_search_tool_result refusal
code_execution_tool_result text_delta thinking_delta signature_delta input_json_delta citations_delta
web_search bash_code_execution pause_turn fallback compaction compaction_delta message tool_result advisor
container_upload mcp_tool_listing hologram smell_delta advisor_message fallback_message 2027-01-01
"""
WORDS = """
type id name text thinking signature data input content citations citation partial_json tool_use_id
stop_reason stop_details usage input_tokens output_tokens output_tokens_details message details error_code
to model encrypted_content iterations container expires_at file_id caller role total_tokens native waits
estimated_tokens
"""


@given(st.lists(odd_events(), max_size=8), jsons())
def test_any_json_is_read(events: list[dict[str, Any]], document: Any) -> None:
    """Whatever is said under the names of the API, nothing is raised; and what came can be sent back."""
    told = "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode()
    turn = answer(told)
    assert turn.ended
    body(request(history=(turn,)))
    assert answer(json.dumps(document).encode(), kind="application/json").ended


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_bytes_are_read(raws: list[bytes]) -> None:
    *before, end = exchange(b"")
    assert refold(PROVIDER, [*before, *wire(raws), end]).status in {"interrupted", "failed"}


def test_reading_twice_gives_the_same() -> None:
    """`read` is a function of state and frame."""
    state = Message()
    for frame in exchange(CALLS):
        assert read(state, frame) == read(state, frame)
        state, _ = read(state, frame)


def test_another_attempt_is_the_same_request() -> None:
    """Only the first opens the turn, and what was answered to it is forgotten."""
    record = Recorder()
    asked = {"body": {}, "asked": ASKED}
    refused = {**ANSWERED, "status": 529}
    frames = [
        noted(record, "request", attempt=1, **asked),
        noted(record, "response", **refused),
        record.wire(b'{"type":"error"}'),
        noted(record, "retry", seconds=0.5, attempt=2, of=4),
        noted(record, "request", attempt=2, **asked),
        noted(record, "response", **ANSWERED),
        *map(record.wire, cut(STREAMS["text"])),
        noted(record, "end"),
    ]
    turn = refold(PROVIDER, frames)
    assert (turn.status, turn.hop, turn.error, turn.stored) == ("completed", 0, None, False)


def test_a_turn_that_was_never_sent_has_its_input() -> None:
    """The note of a turn that its process has not got to holds what it would have asked."""
    note = noted(
        Recorder(), "partial", status="interrupted", message="m", body={"input": "Hi", "model": MODEL}
    )
    turn = refold(PROVIDER, [note])
    assert (turn.status, turn.model, wire_steps([turn])) == ("interrupted", MODEL, (SAID,))
    assert not turn.stored


@pytest.mark.parametrize("asked", [None, "Hi", {"input": 7}, {"input": [7], "model": None}])
def test_a_note_from_a_file_may_ask_for_anything(asked: Any) -> None:
    """Notes are checked for what all providers take for granted; this is one provider's own."""
    note = noted(Recorder(), "request", attempt=1, body={}, asked=asked)
    assert refold(PROVIDER, [note]).steps == ()


def test_a_request_that_is_made_anew_begins_the_turn_anew() -> None:
    record = Recorder()
    asked = noted(record, "request", attempt=1, body={}, asked=ASKED)
    turn = refold(PROVIDER, [asked, noted(record, "resume", rung="rebuild", afresh=True), asked])
    assert (turn.hop, turn.rungs, len(turn.steps)) == (0, ("rebuild",), 1)


def test_a_cut_turn_says_that_it_cannot_be_asked_for() -> None:
    record = Recorder()
    frames = [
        *exchange(STREAMS["text"][:900]),
        noted(record, "partial", status="interrupted", message="Nothing is kept."),
    ]
    turn = refold(PROVIDER, frames)
    assert turn.status == "interrupted"
    assert any("Nothing is kept" in warning for warning in turn.warnings)


SLOW = {"type": "rate_limit_error", "message": "Slow down."}
RAMP = {**SLOW, "details": {"error_code": "ramp_limit_exceeded"}}


@pytest.mark.parametrize(
    ("status", "content", "code", "message"),
    [
        (429, json.dumps({"type": "error", "error": SLOW}), "rate_limit_error", "Slow down."),
        (429, json.dumps({"type": "error", "error": RAMP}), "ramp_limit_exceeded", "Slow down."),
        (404, '{"error":{"type":"not_found_error","message":"model: m"}}', "not_found_error", "model: m"),
        (400, '{"error":"no"}', None, "no"),
        (502, "<html>Bad Gateway</html>", None, "Bad Gateway"),
        (500, "", None, "HTTP 500 without a body"),
    ],
)
def test_a_refusal_is_an_error_in_the_server_s_own_words(
    status: int, content: str, code: str | None, message: str
) -> None:
    record = Recorder()
    frames = [
        noted(record, "request", attempt=1, body={}, asked=ASKED),
        noted(record, "response", **{**ANSWERED, "status": status}),
        *([record.wire(content.encode())] if content else []),
        noted(record, "refused", status=status),
    ]
    turn = refold(PROVIDER, frames)
    assert (turn.status, turn.error) == ("failed", ErrorDetail(code, message, None, status))


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("end_turn", "completed"),
        ("stop_sequence", "completed"),
        ("tool_use", "incomplete"),
        ("max_tokens", "incomplete"),
        ("model_context_window_exceeded", "incomplete"),
        ("refusal", "failed"),
        ("a_new_reason", "incomplete"),
    ],
)
def test_every_reason_to_stop_is_a_status(reason: str, status: str) -> None:
    turn = answer(sse(begun(), *block(0, {"type": "text", "text": ""}, text("Hi")), *over(reason)))
    assert (turn.status, turn.ended, text_of(turn)) == (status, True, "Hi")


CALLED = block(1, {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}, given_json('{"a":1}'))


@pytest.mark.parametrize("reason", ["tool_use", "end_turn", "stop_sequence", None])
def test_a_call_waits_for_its_result_whatever_the_reason_to_stop(reason: str | None) -> None:
    """Compatible servers give the usual one, or none."""
    turn = answer(sse(begun(), *block(0, {"type": "text", "text": ""}, text("Hi")), *CALLED, *over(reason)))
    assert isinstance(call := turn.steps[-1], ToolCall)
    assert (turn.status, call.arguments, turn.warnings) == ("requires_action", {"a": 1}, ())


@pytest.mark.parametrize("ends", [over(None), over(""), over("end_turn")[1:]], ids=["null", "empty", "none"])
def test_an_end_without_a_reason_is_no_success(ends: list[dict[str, Any]]) -> None:
    """Nobody has said how the answer did. What it has used is known all the same."""
    said = block(0, {"type": "text", "text": ""}, text("Hi"))
    turn = answer(sse(begun(input_tokens=3), *said, *ends))
    assert (turn.status, turn.error, text_of(turn)) == ("interrupted", None, "Hi")
    assert turn.usage == Usage(3, 3, 0, 0, 0)
    assert [note.partition(" (row")[0] for note in turn.warnings] == [UNSAID]
    whole = {**begun()["message"], "content": [{"type": "text", "text": "Hi"}], "stop_reason": None}
    turn = answer(json.dumps(whole).encode(), kind="application/json")
    assert (turn.status, text_of(turn)) == ("interrupted", "Hi")


SERVER_TOOLS = [
    ("web_fetch", {"url": "https://x.test"}, "url_context_call", {"urls": ["https://x.test"]}),
    ("code_execution", {"code": "1"}, "code_execution_call", {"code": "1", "language": "python"}),
    ("bash_code_execution", {"command": "ls"}, "code_execution_call", {"code": "ls", "language": "bash"}),
    ("text_editor_code_execution", {"path": "a"}, "code_execution_call", {"path": "a"}),
    ("tool_search_tool_regex", {"pattern": "w.*"}, "tool_search_call", {"queries": ["w.*"]}),
    ("tool_search_tool_bm25", {"query": "w"}, "tool_search_call", {"queries": ["w"]}),
]


@pytest.mark.parametrize(("name", "given", "kind", "arguments"), SERVER_TOOLS)
def test_a_tool_that_the_server_runs_is_a_call_of_ours(
    name: str, given: dict[str, Any], kind: str, arguments: dict[str, Any]
) -> None:
    """Its input is shown whole, and goes back as it was."""
    begin = {"type": "server_tool_use", "id": "srvtoolu_1", "name": name, "input": {}}
    parts = [given_json(each) for each in ("", *json.dumps(given))]
    turn = answer(sse(begun(), *block(0, begin, *parts), *over("end_turn")))
    call = turn.steps[1]
    assert isinstance(call, ToolCall)
    assert (call.type, call.arguments) == (kind, arguments)
    assert replayed(turn) == [{**begin, "input": given}]


RESULTS = [
    ("web_fetch", {"type": "web_fetch_result", "url": "u"}, [{"url": "u", "status": "success"}], False),
    ("web_search", {"type": "web_search_tool_result_error", "error_code": "unavailable"}, None, True),
    ("code_execution", {"stdout": "a\n", "stderr": "b"}, "a\nb", False),
    ("bash_code_execution", {"type": "bash_code_execution_tool_result_error"}, None, True),
    ("text_editor_code_execution", {"content": "text"}, "text", False),
    ("text_editor_code_execution", {"is_file_update": True}, {"is_file_update": True}, False),
    ("tool_search", {"tool_references": [{"tool_name": "f"}]}, [{"tool_name": "f"}], False),
]


@pytest.mark.parametrize(("name", "content", "shown", "failed"), RESULTS)
def test_its_result_is_a_result_of_ours(name: str, content: Any, shown: Any, failed: bool) -> None:
    """An object that names an error is one; without its meaning it is shown as it is."""
    whole = {"type": f"{name}_tool_result", "tool_use_id": "srvtoolu_1", "content": content}
    turn = answer(sse(begun(), *block(0, whole), *over("end_turn")))
    result = turn.steps[1]
    assert isinstance(result, ToolResult)
    assert (result.data["call_id"], result.data.get("is_error", False)) == ("srvtoolu_1", failed)
    assert result.data["result"] == (content if shown is None else shown)
    assert replayed(turn) == [whole]


def test_a_tool_of_an_mcp_server_is_one_whatever_its_name() -> None:
    """Its arguments are its own, also where one of the API's tools has the same name."""
    begin = {
        "type": "mcp_tool_use",
        "id": "mcptoolu_1",
        "name": "web_search",
        "server_name": "s",
        "input": {},
    }
    found = {"type": "mcp_tool_result", "tool_use_id": "mcptoolu_1", "is_error": True, "content": "no"}
    turn = answer(
        sse(begun(), *block(0, begin, given_json('{"query":"q"}')), *block(1, found), *over("end_turn"))
    )
    _, call, result = turn.steps
    assert isinstance(call, ToolCall)
    assert isinstance(result, ToolResult)
    assert (call.type, call.data["server_name"]) == ("mcp_server_tool_call", "s")
    assert call.arguments == {"query": "q"}
    assert (result.data["result"], result.data["is_error"]) == ("no", True)
    assert replayed(turn) == [{**begin, "input": {"query": "q"}}, found]


def test_omitted_thoughts_are_a_thought_without_words_that_goes_back() -> None:
    """The newest models sign thoughts that they do not show, unless they are asked for them."""
    turn = answer(STREAMS["web_search"])
    thought = turn.steps[1]
    assert isinstance(thought, Thought)
    assert (thought.content, thought.signature) == ((), "EpQBCkYIBxgC")
    assert replayed(turn, model="claude-sonnet-5-5")[0] == {
        "type": "thinking",
        "thinking": "",
        "signature": "EpQBCkYIBxgC",
    }


def test_empty_pieces_of_thinking_are_not_a_first_token() -> None:
    """A beta counts tokens in deltas without text; a signature and a block's start say nothing either."""
    thinking = block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "", "estimated_tokens": 12},
        {"type": "signature_delta", "signature": "s"},
    )
    turn = answer(sse(begun(), *thinking))
    assert turn.first_token_at == 0
    thought = turn.steps[1]
    assert isinstance(thought, Thought)
    assert thought.content == ()


def test_a_signature_takes_the_place_of_the_one_before() -> None:
    signed = [{"type": "signature_delta", "signature": each} for each in ("one", "two")]
    turn = answer(sse(begun(), *block(0, {"type": "thinking", "thinking": "", "signature": ""}, *signed)))
    assert isinstance(thought := turn.steps[1], Thought)
    assert thought.signature == "two"


def test_a_redacted_thought_comes_whole_and_goes_back_whole() -> None:
    whole = {"type": "redacted_thinking", "data": "EmwKAhgB"}
    turn = answer(sse(begun(), *block(0, whole), *over("max_tokens")))
    assert isinstance(thought := turn.steps[1], Thought)
    assert (turn.status, thought.signature, thought.content) == ("incomplete", "EmwKAhgB", ())
    assert replayed(turn) == [whole]


def test_a_call_without_arguments_has_an_empty_object() -> None:
    """All that its stream says of them is one empty fragment."""
    call = answer(CALLS).steps[-1]
    assert isinstance(call, ToolCall)
    assert (call.arguments, call.data["arguments"]) == ({}, {})


def test_fragments_may_be_cut_inside_a_string_and_be_no_json_in_the_end() -> None:
    """A limit cuts them anywhere. What is no object goes back as it was said, in one."""
    begin = {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}
    cut_off = block(0, begin, given_json('{"a": "\\u00'), given_json("e4"))
    turn = answer(sse(begun(), *cut_off, *over("max_tokens")))
    assert isinstance(call := turn.steps[1], ToolCall)
    assert (turn.status, call.arguments) == ("incomplete", '{"a": "\\u00e4')
    assert replayed(turn) == [{**begin, "input": {"INVALID_JSON": '{"a": "\\u00e4'}}]


def test_a_citation_may_come_before_the_words_that_it_is_for() -> None:
    """It belongs to its block, and comes back from there."""
    cited = {
        "type": "page_location",
        "cited_text": "x",
        "document_index": 0,
        "document_title": "Paper",
        "start_page_number": 3,
        "end_page_number": 4,
    }
    pieces = [{"type": "citations_delta", "citation": cited}, text("So "), text("it is.")]
    turn = answer(sse(begun(), *block(0, {"type": "text", "text": ""}, *pieces), *over("end_turn")))
    assert isinstance(output := turn.steps[1], ModelOutput)
    assert isinstance(part := output.content[0], Text)
    assert part.annotations == ({"type": "file_citation", "file_name": "Paper", "page_number": 3},)
    assert replayed(turn) == [{"type": "text", "text": "So it is.", "citations": [cited]}]


def test_figures_at_the_end_take_the_place_of_those_at_the_start() -> None:
    """They are totals; the input grows when the server runs tools. What is null or absent stays."""
    started = begun(
        input_tokens=2037, cache_read_input_tokens=100, cache_creation_input_tokens=7, output_tokens=1
    )
    ended = over("end_turn", {"input_tokens": 15665, "cache_read_input_tokens": None, "output_tokens": 9})
    assert answer(sse(started, *ended)).usage == Usage(15781, 15772, 9, 0, 100, None, 7)


def test_a_refusal_without_a_block_is_a_failure_with_a_reason() -> None:
    """It is told in the server's words, or by its category."""
    details = {"type": "refusal", "category": "bio", "explanation": None}
    turn = answer(sse(begun(), *over("refusal", stop_details=details)))
    assert (turn.status, turn.error) == (
        "failed",
        ErrorDetail("refusal", "The model declined to answer (bio)."),
    )
    turn = answer(sse(begun(), *over("refusal", stop_details={**details, "explanation": "Not this."})))
    assert turn.error == ErrorDetail("refusal", "Not this.")


@pytest.mark.parametrize(
    "said", [{"type": "overloaded_error", "message": "m"}, "overloaded"], ids=["object", "text"]
)
def test_an_error_behind_http_200_is_an_error(said: Any) -> None:
    """Named by its event, by its type or by neither; a compatible server has sent only this, and closed."""
    for content in (
        b"event: error\ndata: " + json.dumps({"error": said}).encode() + b"\n\n",
        b"data: " + json.dumps({"error": said}).encode() + b"\n\n",
        sse({"type": "error", "error": said}),
    ):
        turn = answer(content)
        assert (turn.status, turn.steps[1:]) == ("failed", ())
        assert turn.error is not None
        assert turn.error.message in {"m", "overloaded"}
    assert answer(b'event: error\ndata: "no"\n\n').error == ErrorDetail(message="no")


@pytest.mark.parametrize(
    ("said", "code", "message"),
    [
        (EXCEEDED, "server_error", "Context size has been exceeded."),
        ({"type": "ping", "error": {"type": "api_error", "message": "m"}}, "api_error", "m"),
        ({"type": "message_stop", "message": "m"}, "message_stop", "m"),
    ],
)
def test_an_event_that_is_named_an_error_is_one_whatever_its_type(said: Any, code: str, message: str) -> None:
    """The API's own client goes by the name. llama.cpp sends the first."""
    for ending in ("end", "cut"):
        turn = answer(misnamed(said), ending=ending)
        assert (turn.status, text_of(turn), turn.error) == ("failed", "Par", ErrorDetail(code, message))


def test_a_json_document_behind_http_200_may_be_an_error() -> None:
    """A wrong path at a compatible server."""
    turn = answer(b'{"error":"Unexpected endpoint or method."}', kind="application/json")
    assert (turn.status, turn.error) == (
        "failed",
        ErrorDetail(None, "Unexpected endpoint or method.", None, 200),
    )


def test_a_json_document_may_be_the_whole_message() -> None:
    """A server that does not stream; all of it is there at once."""
    content = [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        {"type": "text", "text": "Look:", "citations": [{"type": "search_result_location", "source": "u"}]},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {"a": 1}},
    ]
    whole = {**begun(input_tokens=3)["message"], "content": content, "stop_reason": "tool_use"}
    turn = answer(json.dumps(whole).encode(), kind="application/json")
    assert (turn.status, text_of(turn), turn.usage) == ("requires_action", "Look:", Usage(3, 3, 0, 0, 0))
    assert replayed(turn) == content


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", "interrupted"), (b"<html>Sign in</html>", "failed"), (b'{"type":"mess', "interrupted")],
)
def test_any_other_document_is_no_success(content: bytes, status: str) -> None:
    assert answer(content, kind="text/html").status == status


def test_an_end_without_the_last_event_is_an_interruption() -> None:
    """Also when all has been said but that."""
    for ending in ("end", "cut"):
        turn = answer(STREAMS["text"].rsplit(b"event: message_stop", 1)[0], ending=ending)
        assert (turn.status, text_of(turn)) == ("interrupted", "It is 21 °C and sunny.")
