"""Gemini's generateContent: what its streams say, recording by recording, and how answers end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.genai import types

from interactions.providers.generate_content.ends import STATUSES
from interactions.turns.steps import Media, ModelOutput, OtherStep, Text, Thought, ToolCall, ToolResult
from interactions.turns.turn import text_of, turn_waits
from tests.generated import (
    GENERATE,
    STREAMS,
    body_of,
    by_sdk,
    call,
    chunk,
    chunks_of,
    parts_by_sdk,
    text,
    turn,
)
from tests.vendors import answer, calls_of, content, cut_everywhere, text_at, turn_of

PAIR = ("code_execution_call", "code_execution_result")
SAID: dict[str, tuple[str, list[tuple[object, ...]]]] = {
    "thoughts": (
        "completed",
        [
            ("thought", "**Counting bridges**\n\nThe Øresund has one bridge.\n"),
            ("output", "The Øresund Bridge is **7,845 m** long."),
        ],
    ),
    "signatures": (
        "completed",
        [("thought", "First I add."), ("thought", "Then I check."), ("output", "It is 42.")],
    ),
    "function_call": (
        "requires_action",
        [("thought", "I need the weather."), ("function_call", "get_weather", {"city": "Malmö"})],
    ),
    "parallel_calls": (
        "requires_action",
        [
            ("function_call", "get_weather", {"city": "Malmö"}),
            ("function_call", "get_weather", {"city": "København"}),
            ("function_call", "get_time", {}),
        ],
    ),
    "partial_args": (
        "requires_action",
        [
            (
                *("function_call", "set_light"),
                {
                    "room": 'living "room" ☀',
                    "brightness": 50,
                    "scene": {"colors": ["warm", None], "fade": True},
                },
            ),
            ("function_call", "get_weather", {"city": "Lund"}),
        ],
    ),
    "code_execution": (
        "completed",
        [
            ("output", "I will add them up.\n"),
            (PAIR[0], "code_execution", {"language": "python", "code": "print(sum(range(10)))\n"}),
            (PAIR[1], "45\n"),
            (PAIR[0], "code_execution", {"language": "python", "code": "1/0"}),
            (PAIR[1], "ZeroDivisionError: division by zero"),
            ("output", "The sum is 45."),
        ],
    ),
    "max_tokens": ("incomplete", [("output", "Once upon a time there was a bridge")]),
    "safety": ("failed", [("output", "First, take ")]),
    "prompt_blocked": ("failed", []),
    "malformed_call": ("failed", [("thought", "Let me look.")]),
    "error": ("failed", [("output", "The Øre")]),
    "error_array": ("failed", [("output", "Half ")]),
    "usage": ("completed", [("output", "A cat.")]),
    "candidates": ("completed", [("output", "Red fox."), ("candidate",)]),
    "two_answers": ("completed", [("output", "One."), ("output", "Two and more.")]),
    "finish_everywhere": ("completed", [("output", "A B C")]),
    "snake_case": (
        "requires_action",
        [("thought", "Sum."), ("function_call", "get_weather", {"city": "Ystad"})],
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_a_recording_says(name: str) -> None:
    folded = turn_of(GENERATE, STREAMS[name])
    assert (folded.status, answer(folded)) == SAID[name]
    assert folded.ended
    assert not any(step.open for step in folded.steps)


@pytest.mark.parametrize("name", STREAMS)
def test_googles_own_client_finds_the_same_text_thoughts_and_calls(name: str) -> None:
    """In the first candidate, which is all that its `text` has."""
    folded = turn_of(GENERATE, STREAMS[name])
    parts = parts_by_sdk(STREAMS[name])
    thoughts = [step for step in folded.steps if isinstance(step, Thought)]
    assert text_of(folded) == "".join(part.text or "" for part in parts if not part.thought)
    said = "".join(str(part.text) for step in thoughts for part in step.content if isinstance(part, Text))
    assert said == "".join(part.text or "" for part in parts if part.thought)
    if name != "partial_args":  # which it leaves in pieces
        called = [(one.name, one.args) for part in parts if (one := part.function_call)]
        functions = [step for step in folded.steps if isinstance(step, ToolCall) and step.waits]
        assert [(step.name, step.arguments) for step in functions] == called


@pytest.mark.parametrize("name", [name for name in STREAMS if name != "two_answers"])
def test_the_usage_is_that_of_the_last_chunk(name: str) -> None:
    folded = turn_of(GENERATE, STREAMS[name])
    told = [chunk.usage_metadata for chunk in by_sdk(STREAMS[name]) if chunk.usage_metadata]
    assert folded.usage is not None
    assert told
    assert folded.usage.total_tokens == told[-1].total_token_count
    assert folded.usage.total_input_tokens == told[-1].prompt_token_count
    assert folded.usage.total_output_tokens == told[-1].candidates_token_count
    assert folded.usage.total_thought_tokens == told[-1].thoughts_token_count
    assert folded.usage.total_cached_tokens == told[-1].cached_content_token_count
    assert folded.usage.total_tool_use_tokens == told[-1].tool_use_prompt_token_count


def test_usage_by_modality_and_what_else_is_told_beside_the_steps() -> None:
    details = turn_of(GENERATE, STREAMS["usage"]).details
    assert details["promptTokensDetails"] == [
        {"modality": "TEXT", "tokenCount": 42},
        {"modality": "IMAGE", "tokenCount": 258},
    ]
    assert details["trafficType"] == "ON_DEMAND"
    assert details["createTime"] == "2026-12-01T12:00:00.123456Z"
    (step,) = (step for step in turn_of(GENERATE, STREAMS["usage"]).steps if not step.sent)
    assert step.unread == {"avgLogprobs": -0.25}


@pytest.mark.parametrize(
    ("counts", "out", "thoughts", "total"),
    [
        ({"candidatesTokenCount": 6, "thoughtsTokenCount": 89, "totalTokenCount": 105}, 6, 89, 105),
        ({"candidatesTokenCount": 95, "thoughtsTokenCount": 89, "totalTokenCount": 105}, 6, 89, 105),
        ({"candidatesTokenCount": 6, "thoughtsTokenCount": 89}, 6, 89, 105),
        ({"candidatesTokenCount": 6, "totalTokenCount": 16}, 6, None, 16),
        ({"thoughtsTokenCount": 5, "totalTokenCount": 15}, None, 5, 15),
    ],
)
def test_the_total_tells_whether_thoughts_are_in_the_output(
    counts: dict[str, int], out: int | None, thoughts: int | None, total: int
) -> None:
    told = {**chunk(text("x"), finish="STOP"), "usageMetadata": {"promptTokenCount": 10, **counts}}
    usage = turn(told).usage
    assert usage is not None
    assert (usage.total_output_tokens, usage.total_thought_tokens) == (out, thoughts)
    assert usage.total_tokens == total


def test_usage_survives_a_cut() -> None:
    counted = {**chunk(text("x")), "usageMetadata": {"promptTokenCount": 3, "totalTokenCount": 3}}
    cut_off = turn(counted)
    assert cut_off.status == "interrupted"
    assert cut_off.usage is not None
    assert cut_off.usage.total_input_tokens == 3


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_is_cut_anywhere_is_no_success_that_was_not_said(name: str) -> None:
    """Good is what its last chunk has said; each prefix has what had come, and no step stays open."""
    good = {"completed", "requires_action"}
    said_well = STREAMS[name].find(b'"STOP"')
    length = 0
    for size, left in cut_everywhere(GENERATE, STREAMS[name]):
        assert left.ended
        assert not any(step.open for step in left.steps)
        assert left.status not in good or 0 <= said_well < size
        assert len(text_of(left)) >= length
        length = len(text_of(left))
    assert answer(left) == answer(turn_of(GENERATE, STREAMS[name]))


@pytest.mark.parametrize("name", STREAMS)
def test_it_does_not_matter_in_which_pieces_a_stream_arrives(name: str) -> None:
    """One document of all its chunks says the same."""
    if name.startswith("error"):
        return
    whole = json.dumps(chunks_of(STREAMS[name])).encode()
    at_once = turn_of(GENERATE, b"data: " + whole + b"\n\n")
    assert content(at_once) == content(turn_of(GENERATE, STREAMS[name]))
    assert at_once.status == turn_of(GENERATE, STREAMS[name]).status


@pytest.mark.parametrize("name", [name for name in STREAMS if not name.startswith("error")])
def test_bare_json_is_a_chunk_as_well(name: str) -> None:
    """As the elements of an array are read, which servers send without `alt=sse`."""
    lines = [json.dumps(value, indent=2) for value in chunks_of(STREAMS[name])]
    bare = "".join(f"{line}\n\n" for line in lines).encode()
    assert answer(turn_of(GENERATE, bare)) == answer(turn_of(GENERATE, STREAMS[name]))


def test_one_document_is_a_whole_answer() -> None:
    whole = json.dumps(chunk(text("Why?", thought=True), text("So."), finish="STOP")).encode()
    folded = turn_of(GENERATE, whole, "application/json")
    assert (folded.status, folded.id) == ("completed", "r")
    assert answer(folded) == [("thought", "Why?"), ("output", "So.")]


def test_a_document_that_is_no_answer_is_a_refusal() -> None:
    assert turn_of(GENERATE, b'{"surprise": 1}', "application/json").status == "failed"


def test_what_another_client_of_google_wraps_is_read_within() -> None:
    """Under `response`, as the servers of its command line have it; what stands beside it is told."""
    folded = turn({"response": chunk(text("Hi"), finish="STOP"), "traceId": "t1"})
    assert (folded.status, text_of(folded)) == ("completed", "Hi")
    assert folded.details["traceId"] == "t1"


def test_the_marker_of_other_protocols_ends_nothing() -> None:
    body = body_of([chunk(text("A"))]) + b"data: [DONE]\n\n" + body_of([chunk(text("B"), finish="STOP")])
    folded = turn_of(GENERATE, body)
    assert (folded.status, text_of(folded)) == ("completed", "AB")
    assert turn_of(GENERATE, body_of([chunk(text("A"))]) + b"data: [DONE]\n\n").status == "interrupted"


@pytest.mark.parametrize("reason", [*types.FinishReason.__members__, "of_tomorrow", "stop", 7])
def test_every_finish_reason_has_a_status_and_stands_in_the_turn(reason: str | int) -> None:
    folded = turn(chunk(text("x"), finishReason=reason, finishMessage="So it is."))
    word = str(reason).upper()
    assert folded.status == STATUSES.get(word, "incomplete")
    assert (folded.status == "completed") == (word == "STOP")
    if word in {"STOP", "MAX_TOKENS"}:
        assert folded.error is None
        assert folded.details["finishMessage"] == "So it is."
    else:
        assert folded.error is not None
        assert (folded.error.code, folded.error.message) == (word.lower(), "So it is.")


def test_every_finish_reason_of_the_client_is_known_and_no_other() -> None:
    """A new one is read as unknown until somebody has decided."""
    assert set(types.FinishReason.__members__) == set(STATUSES)


def test_a_finish_reason_that_says_nothing_takes_no_others_place() -> None:
    nothing = "FINISH_REASON_UNSPECIFIED"
    assert turn(chunk(text("x"), finish="STOP"), chunk(finish=nothing)).status == "completed"
    assert turn(chunk(text("x"), finish=nothing), chunk(finish="STOP")).status == "completed"


@pytest.mark.parametrize("reason", types.BlockedReason.__members__)
def test_a_message_that_was_not_taken_has_failed_with_the_reason(reason: str) -> None:
    ratings = [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH", "blocked": True}]
    feedback = {"blockReason": reason, "blockReasonMessage": "No.", "safetyRatings": ratings}
    folded = turn({"promptFeedback": feedback, "responseId": "r"})
    assert folded.status == "failed"
    assert folded.error is not None
    assert (folded.error.code, folded.error.message) == (reason.lower(), "No.")
    assert folded.details["promptFeedback"]["safetyRatings"] == ratings


def test_feedback_without_a_reason_ends_nothing() -> None:
    rated = {"promptFeedback": {"safetyRatings": [{"category": "HARM_CATEGORY_HARASSMENT"}]}}
    folded = turn({**chunk(text("x"), finish="STOP"), **rated})
    assert folded.status == "completed"
    assert folded.details["promptFeedback"] == rated["promptFeedback"]


def test_an_answer_that_may_go_on_is_taken_up_by_its_token() -> None:
    paused = turn(chunk(text("Half"), finish="CONTINUATION", continuationToken="dG9rZW4="))
    assert (paused.status, paused.continuation_token) == ("requires_continuation", "dG9rZW4=")
    assert not paused.ended
    assert turn(chunk(text("Half"), finish="CONTINUATION")).status == "incomplete"


@pytest.mark.parametrize("name", ["error", "error_array"])
def test_an_error_in_mid_stream_keeps_what_had_come(name: str) -> None:
    folded = turn_of(GENERATE, STREAMS[name])
    assert folded.error is not None
    assert folded.error.code == {"error": "UNAVAILABLE", "error_array": "RESOURCE_EXHAUSTED"}[name]
    assert text_of(folded)


def test_content_behind_an_error_is_kept_and_no_success() -> None:
    error = {"error": {"code": 500, "message": "Oops.", "status": "INTERNAL"}}
    folded = turn(chunk(text("A")), error, chunk(text("B"), finish="STOP"))
    assert (folded.status, text_of(folded)) == ("failed", "AB")
    assert any(said.startswith("Content arrived after the end") for said in folded.warnings)


@pytest.mark.parametrize("whole", [True, False])
def test_a_refusal_is_told_in_the_servers_words(whole: bool) -> None:
    """Alone, or in an array, as it comes where a stream was asked for without `alt=sse`."""
    error = {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}
    refusal = json.dumps(error if whole else [error]).encode()
    folded = turn_of(GENERATE, refusal, "application/json", 400)
    assert folded.error is not None
    assert (folded.error.code, folded.error.message) == ("INVALID_ARGUMENT", "API key not valid.")
    assert folded.error.http_status == 400


def test_other_candidates_are_steps_apart_from_the_answer_that_nobody_waits_for() -> None:
    """All that they say is there, text by text."""
    parts = [text("Why?", thought=True), text("B"), call(name="f", args={})]
    second = {"content": {"parts": parts}, "index": 1}
    first = chunk(text("A"), index=0)
    last = chunk(text("a"), finish="STOP", index=0)
    more = {"content": {"parts": [text("b")]}, "index": 1, "finishReason": "SAFETY"}
    folded = turn(
        {**first, "candidates": [*first["candidates"], second]},
        {**last, "candidates": [*last["candidates"], more]},
    )
    assert (folded.status, text_of(folded)) == ("completed", "Aa")
    assert turn_waits(folded) == ()
    assert any("several candidates" in said for said in folded.warnings)
    (other,) = (step for step in folded.steps if isinstance(step, OtherStep))
    assert other.data["candidate"] == 1
    assert other.unread == {
        "thoughts": "Why?",
        "text": "Bb",
        "finishReason": "SAFETY",
        "parts": [{"functionCall": {"name": "f", "args": {}}}],
    }


def test_a_second_answer_in_the_same_body_is_shown_as_one() -> None:
    folded = turn_of(GENERATE, STREAMS["two_answers"])
    assert any("two answers" in said for said in folded.warnings)
    assert [step.hop for step in folded.steps if not step.sent] == [0, 1]
    assert folded.usage is not None
    assert folded.usage.total_output_tokens == 6
    cut_off = turn(chunk(text("One."), finish="STOP"), chunk(text("Two"), id="other"))
    assert (cut_off.status, text_of(cut_off)) == ("interrupted", "One.Two")


def test_an_id_that_changes_before_the_end_is_no_second_answer() -> None:
    """Some gateways make one for each chunk."""
    folded = turn(chunk(text("A"), id="1"), chunk(text("B"), id="2", finish="STOP"))
    assert (folded.id, answer(folded), folded.warnings) == ("1", [("output", "AB")], ())


def test_the_id_and_the_model_may_come_late() -> None:
    late = {**chunk(text("B"), finish="STOP", id="r9"), "modelVersion": "m-2"}
    folded = turn(chunk(text("A"), id=""), late)
    assert (folded.id, folded.model) == ("r9", "m-2")


def test_a_code_that_fails_is_an_error_and_is_paired_by_its_id() -> None:
    steps = [step for step in turn_of(GENERATE, STREAMS["code_execution"]).steps if not step.sent]
    calls_made = [step for step in steps if isinstance(step, ToolCall)]
    results = [step for step in steps if isinstance(step, ToolResult)]
    assert [step.data["id"] for step in calls_made] == [step.data["call_id"] for step in results]
    assert [step.data.get("is_error", False) for step in results] == [False, True]
    assert results[1].data["outcome"] == "OUTCOME_FAILED"


@pytest.mark.parametrize("outcome", types.Outcome.__members__)
def test_an_outcome_that_is_not_well_is_an_error(outcome: str) -> None:
    folded = turn(chunk({"codeExecutionResult": {"outcome": outcome, "output": "x"}}, finish="STOP"))
    (result,) = (step for step in folded.steps if isinstance(step, ToolResult))
    assert result.data.get("is_error", False) == (outcome not in {"OUTCOME_OK", "OUTCOME_UNSPECIFIED"})


def test_sources_stand_in_the_text_by_bytes_and_searches_beside_it() -> None:
    folded = turn_of(GENERATE, STREAMS["grounding"])
    (output,) = (step for step in folded.steps if isinstance(step, ModelOutput))
    (part,) = output.content
    assert isinstance(part, Text)
    cited = [
        (note["url"], text_at(folded, note["start_index"], note["end_index"]) if "end_index" in note else "")
        for note in part.annotations
    ]
    assert cited == [
        ("https://bridge.example/history", "The Øresund Bridge opened in 2000."),
        ("https://bridge.example/history", "It is 7,845 m long."),
        ("https://facts.example/length", "It is 7,845 m long."),
        ("https://unused.example/", ""),
    ]
    search = next(step for step in folded.steps if isinstance(step, ToolCall))
    found = next(step for step in folded.steps if isinstance(step, ToolResult))
    assert search.arguments == {"queries": ["Øresund Bridge opening", "Øresund Bridge length"]}
    assert found.data["call_id"] == search.data["id"]
    assert "Øresund Bridge opening" in found.data["result"][0]["search_suggestions"]
    assert folded.details["groundingMetadata"]["retrievalMetadata"]


def test_sources_that_are_told_again_or_too_early_are_noted_once_and_in_their_place() -> None:
    segment = {"startIndex": 2, "endIndex": 5, "text": "two"}
    support = {"segment": segment, "groundingChunkIndices": [0]}
    grounds = {"groundingChunks": [{"web": {"uri": "https://a.example"}}], "groundingSupports": [support]}
    parts = [text("1 "), text("two"), text(" 3")]
    chunks = [chunk(part, groundingMetadata=grounds) for part in parts]
    folded = turn(*chunks, chunk(finish="STOP", groundingMetadata=grounds))
    (output,) = (step for step in folded.steps if isinstance(step, ModelOutput))
    (part,) = output.content
    assert isinstance(part, Text)
    (note,) = part.annotations
    assert text_at(folded, note["start_index"], note["end_index"]) == "two"


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ({"web": {"uri": "u", "title": "t", "domain": "d"}}, ("url_citation", "url", "domain")),
        (
            {"maps": {"uri": "u", "title": "t", "placeId": "p", "text": "x"}},
            ("place_citation", "url", "text"),
        ),
        (
            {"retrievedContext": {"uri": "u", "title": "t", "text": "x"}},
            ("file_citation", "document_uri", "source"),
        ),
        ({"image": {"sourceUri": "u", "imageUri": "i"}}, ("url_citation", "url", "imageUri")),
        ({"hologram": {"uri": "u"}}, ("hologram", "hologram", "hologram")),
    ],
)
def test_every_kind_of_source_is_a_citation(source: dict[str, Any], note: tuple[str, str, str]) -> None:
    grounds = {"groundingChunks": [source]}
    folded = turn(chunk(text("x"), finish="STOP", groundingMetadata=grounds))
    (output,) = (step for step in folded.steps if isinstance(step, ModelOutput))
    (part,) = output.content
    assert isinstance(part, Text)
    (annotation,) = part.annotations
    assert annotation["type"] == note[0]
    assert {note[1], note[2]} <= set(annotation)


def test_a_recitation_is_a_citation() -> None:
    cited = {"citations": [{"startIndex": 0, "endIndex": 2, "uri": "https://a.example", "license": "mit"}]}
    folded = turn(chunk(text("ab cd"), finish="STOP", citationMetadata=cited))
    (output,) = (step for step in folded.steps if isinstance(step, ModelOutput))
    (part,) = output.content
    assert isinstance(part, Text)
    assert part.annotations[0]["license"] == "mit"
    assert text_at(folded, 0, part.annotations[0]["end_index"]) == "ab"


def test_pages_that_were_read_are_a_call_and_its_result() -> None:
    said = answer(turn_of(GENERATE, STREAMS["url_context"]))
    urls = ["https://museum.example/hours", "https://museum.example/members"]
    assert said[1:] == [
        ("url_context_call", "url_context", {"urls": urls}),
        (
            "url_context_result",
            [{"url": urls[0], "status": "success"}, {"url": urls[1], "status": "paywall"}],
        ),
    ]


def test_a_picture_stands_between_the_texts() -> None:
    outputs = [
        step for step in turn_of(GENERATE, STREAMS["inline_data"]).steps if isinstance(step, ModelOutput)
    ]
    kinds = [
        [part.raw["type"] if isinstance(part, Media) else "text" for part in one.content] for one in outputs
    ]
    assert kinds == [["text"], ["image"], ["text"]]


def test_sound_in_pieces_is_one_and_says_its_rate() -> None:
    (output,) = (step for step in turn_of(GENERATE, STREAMS["speech"]).steps if isinstance(step, ModelOutput))
    pieces = [part.raw for part in output.content if isinstance(part, Media)]
    assert [piece["data"] for piece in pieces] == ["AAABAAIA", "AwAEAAUA"]
    assert {piece["sample_rate"] for piece in pieces} == {24000}


def test_a_file_that_is_thought_of_is_in_the_thought() -> None:
    blob = {"mimeType": "image/png", "data": "aGk="}
    folded = turn(chunk({"inlineData": blob, "thought": True}, text("x"), finish="STOP"))
    thought = next(step for step in folded.steps if isinstance(step, Thought))
    assert isinstance(thought.content[0], Media)


def test_tools_of_the_server_are_its_own_and_wait_for_nobody() -> None:
    folded = turn_of(GENERATE, STREAMS["server_tools"])
    assert [step.type for step in folded.steps if isinstance(step, ToolCall)] == [
        "google_search_call",
        "function_call",
    ]
    assert [waiting.name for waiting in turn_waits(folded)] == ["get_tide"]


@pytest.mark.parametrize("tool", types.ToolType.__members__)
def test_every_tool_of_the_client_is_a_card(tool: str) -> None:
    """One that is not known stays as it came."""
    call_part = {"toolCall": {"toolType": tool, "id": "1", "args": {"queries": ["q"]}}}
    result = {"toolResponse": {"toolType": tool, "id": "1", "response": {"found": "x"}}}
    steps = [step for step in turn(chunk(call_part, result, finish="STOP")).steps if not step.sent]
    if tool == "TOOL_TYPE_UNSPECIFIED":
        assert all(isinstance(step, OtherStep) for step in steps)
        assert "found" in json.dumps([dict(step.data) for step in steps if isinstance(step, OtherStep)])
    else:
        assert [type(step) for step in steps] == [ToolCall, ToolResult]


def test_calls_without_ids_get_some_that_differ() -> None:
    assert len(calls_of(turn_of(GENERATE, STREAMS["parallel_calls"]))) == 3


@pytest.mark.parametrize("named", [{"id": "c1"}, {}])
def test_a_call_that_the_server_has_answered_itself_waits_for_nobody(named: dict[str, str]) -> None:
    """By its id, or by its name alone."""
    response = {"functionResponse": {**named, "name": "f", "response": {"a": 1}}}
    folded = turn(chunk(call(name="f", id="c1", args={})), chunk(response), chunk(text("So."), finish="STOP"))
    assert (folded.status, turn_waits(folded)) == ("completed", ())
    assert answer(folded)[1:] == [("function_result", {"a": 1}), ("output", "So.")]
    assert turn(chunk(call(name="f", args={}), call(name="g", args={}), response, finish="STOP")).status == (
        "requires_action"
    )


def test_an_answer_without_anything_in_it_is_noted() -> None:
    assert any("has sent nothing" in said for said in turn(chunk(finish="STOP")).warnings)
    assert turn(chunk(text("x"), finish="STOP")).warnings == ()


@pytest.mark.parametrize("status", [200, 400])
def test_an_error_is_told_by_its_most_precise_word(status: int) -> None:
    """In mid-stream and as a refusal."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}
    error = {"code": 400, "message": "No.", "status": "INVALID_ARGUMENT", "details": [{"x": 1}, info]}
    kind = "text/event-stream" if status == 200 else "application/json"
    raw = json.dumps({"error": error}).encode()
    folded = turn_of(GENERATE, b"data: " + raw + b"\n\n" if status == 200 else raw, kind, status)
    assert folded.error is not None
    assert (folded.status, folded.error.code) == ("failed", "API_KEY_INVALID")
