"""Streams folded into turns."""

from __future__ import annotations

import json
import re
from itertools import accumulate, pairwise
from typing import Any, NamedTuple, get_args

import httpx
import msgspec
import pytest
from httpx_sse import EventSource
from hypothesis import given
from hypothesis import strategies as st

from interactions.providers.reading import begin, take
from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    Body,
    Ended,
    Error,
    ErrorDetail,
    Event,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    KnownDelta,
    KnownStepDelta,
    NativeDelta,
    OtherDelta,
    Requested,
    SignatureDelta,
    StatusUpdate,
    StepDelta,
    StepStart,
    StepStop,
    SummaryDelta,
    TextDelta,
    Unknown,
    Usage,
    WireBody,
)
from interactions.turns.fold import apply, fold
from interactions.turns.status import CHAINABLE, FINAL, TRANSITIONS, may_follow
from interactions.turns.steps import (
    Media,
    ModelOutput,
    OtherStep,
    Step,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    UserInput,
    plain,
)
from interactions.turns.turn import Turn, text_of, turn_waits
from interactions.turns.wire import parse
from tests.folding import (
    GEMINI,
    RECORDINGS,
    STREAMS,
    after,
    cut,
    events_of,
    exchange,
    jsons,
    turn_of,
    value,
    wire_events,
)

every_stream = pytest.mark.parametrize("body", STREAMS.values(), ids=STREAMS)


class Expected(NamedTuple):
    """What a recording comes to. `terminal` marks the event that ends it; empty: nothing does."""

    status: str
    text: str
    steps: str
    tokens: int | None = 13
    error: str | int | None = None
    terminal: bytes = b'"event_type":"interaction.completed"'


SPACED = b'"event_type": "interaction.completed"'
WARNINGS = {
    "deltas_without_start": ["The server sent content of a step that it had not begun"],
    "fragmented_arguments": ["The arguments of a call are no JSON; they are shown as they came"],
}
EXPECTED = {
    "annotation_shapes": Expected("completed", "Seeded, cited and closed.", "ModelOutput"),
    "bare_error": Expected("failed", "Well, ", "ModelOutput", None, "prohibited_content", b'{"error"'),
    "byte_order_mark": Expected("completed", "After a BOM.", "ModelOutput"),
    "call_whole_in_start": Expected("requires_action", "", "ToolCall", 60, None, SPACED),
    "cancelled": Expected("cancelled", "Stopped ea", "ModelOutput", None, None, b'"status":"cancelled"'),
    "comments_and_fields": Expected(
        "completed", "Kept alive.", "ModelOutput", terminal=b'data: "event_type": "interaction.completed"'
    ),
    "completed_with_steps": Expected("completed", "Hello, all at once.", "Thought ModelOutput", 19),
    "continuation_first": Expected("requires_continuation", "The first hop, ", "Thought ModelOutput", 17),
    "continuation_second": Expected("completed", "and the second.", "ModelOutput", 21),
    "crlf": Expected("completed", "Windows\nlines: ünïcödé ✓", "ModelOutput"),
    "deltas_without_start": Expected(
        "completed", "The second half.", "Thought ModelOutput ToolCall ToolResult"
    ),
    "deltas_without_type": Expected("completed", "A report in two parts.", "Thought ModelOutput ToolCall"),
    "error_in_an_array": Expected("failed", "", "", None, 503, b'"error"'),
    "error_in_plain_text": Expected("failed", "So far ", "ModelOutput", None, None, b"event: error"),
    "error_without_done": Expected(
        "failed",
        "The first half of the answer, then ",
        "ModelOutput",
        None,
        "service_unavailable",
        b'"event_type":"error"',
    ),
    "failed_twice_told": Expected("failed", "", "", None, "deadline_exceeded", b'"status":"failed"'),
    "failed_with_errors": Expected("failed", "", "", 5, None),
    "fragmented_arguments": Expected("requires_action", "", "ToolCall ToolCall ToolCall", 93),
    "function_call": Expected("requires_action", "", "Thought ToolCall", 133),
    "function_result": Expected("completed", "It is sunny and 22 °C in Paris right now.", "ModelOutput", 183),
    "image_output": Expected("completed", "Here it is:One pixel.", "ModelOutput", 1298),
    "interleaved_calls": Expected("requires_action", "", "Thought ToolCall ToolCall", 60, None, SPACED),
    "just_ends": Expected("interrupted", "Half of an ans", "ModelOutput", None, None, b""),
    "legacy_content": Expected(
        "requires_action",
        "2 + 2 = 4",
        "Thought ModelOutput ToolCall",
        22,
        terminal=b'"event_type":"interaction.complete"',
    ),
    "mixed_line_ends": Expected("completed", "Every line end.", "ModelOutput"),
    "not_stored": Expected("completed", "Nobody keeps this.", "ModelOutput"),
    "search_after_text": Expected(
        "completed",
        "Die Brücke ist 1 280 m lang und heißt Łazienkowski.",
        "Thought ModelOutput ToolCall ToolResult",
        1983,
    ),
    "status_updates": Expected("incomplete", "A long run.", "ModelOutput", 2078),
    "text_with_thoughts": Expected(
        "completed",
        "1071 mod 462 = 147, 462 mod 147 = 21, 147 mod 21 = 0, so the GCD is **21** ✓",
        "Thought ModelOutput",
        346,
    ),
    "unsigned_thought": Expected("requires_action", "", "Thought ToolCall", 60, None, SPACED),
    "unknown_kinds": Expected("completed", "Still here.", "OtherStep ModelOutput"),
}


def answer(turn: Turn) -> list[Step]:
    """The steps that the server made."""
    return [step for step in turn.steps if not step.sent]


def step_of(turn: Turn, index: int) -> Any:
    return next(step for step in turn.steps if step.index == index and not step.sent)


def test_every_recording_says_what_it_comes_to() -> None:
    """A recording without its row in the table would be folded and never looked at."""
    assert sorted(EXPECTED) == sorted(RECORDINGS)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recording_folds_to_its_turn(name: str) -> None:
    """Status, text, steps, tokens and error of each."""
    turn = turn_of(RECORDINGS[name])
    found = Expected(
        turn.status,
        text_of(turn),
        " ".join(type(step).__name__ for step in answer(turn)),
        turn.usage.total_tokens if turn.usage else None,
        turn.error.code if turn.error else None,
        EXPECTED[name].terminal,
    )
    assert found == EXPECTED[name]
    assert turn.ended is (turn.status != "requires_continuation")
    assert all(not step.open for step in turn.steps if turn.ended)
    assert plain(turn.steps[0].content) == "Hi"  # type: ignore[union-attr]  # it is the user's input
    assert [warning.split(" (row")[0] for warning in turn.warnings] == WARNINGS.get(name, [])


@every_stream
def test_a_turn_has_the_id_that_the_server_named(body: bytes) -> None:
    """Taken from the first event that holds one; empty where nothing was stored or nothing was said."""
    ids = re.findall(rb'"(?:interaction_)?id":\s?"(v1_[^"]*)"', body)
    assert turn_of(body).id == (ids[0].decode() if ids else "")


# The API notes' own accumulator, as an independent judge (JSON in, dictionaries out).
def _judged(body: bytes) -> tuple[dict[int, dict[str, Any]], str, Any]:
    headers = {"content-type": "text/event-stream"}
    steps: dict[int, dict[str, Any]] = {}
    status, usage = "", None
    for sse in EventSource(httpx.Response(200, headers=headers, content=body)).iter_sse():
        if not sse.data.startswith("{"):
            continue
        event = json.loads(sse.data)
        match event.get("event_type"):
            case "interaction.completed":
                status, usage = event["interaction"]["status"], event["interaction"]["usage"]
            case "step.start":
                steps[event["index"]] = {**event["step"], "_arguments": ""}
            case "step.delta":
                step = steps.setdefault(event["index"], {"_arguments": ""})
                _judged_delta(step, dict(event["delta"]))
    return steps, status, usage


def _judged_delta(step: dict[str, Any], delta: dict[str, Any]) -> None:
    match delta.pop("type", None):
        case "text":
            step["_text"] = step.get("_text", "") + delta["text"]
        case "thought_summary":
            step["_summary"] = step.get("_summary", "") + delta["content"]["text"]
        case "thought_signature":
            step["signature"] = delta["signature"] or step.get("signature")
        case "arguments_delta":
            step["_arguments"] += delta["arguments"]
        case kind if str(kind).endswith(("_call", "_result")):
            step.update({key: it for key, it in delta.items() if key != "signature" or it})


NOT_PLAIN = {
    "annotation_shapes",
    "byte_order_mark",
    "completed_with_steps",
    "deltas_without_type",
    "legacy_content",
    "unsigned_thought",  # it counts thoughts inside the output
}
COMPLETED = EXPECTED["crlf"].terminal
PLAIN = [
    name
    for name in STREAMS
    if name not in NOT_PLAIN and (name not in EXPECTED or EXPECTED[name].terminal == COMPLETED)
]


@pytest.mark.parametrize("name", PLAIN)
def test_the_fold_agrees_with_the_accumulator_of_the_notes(name: str) -> None:
    """Another reader and a naive fold in dictionaries find the same texts, arguments, results and figures."""
    steps, status, usage = _judged(STREAMS[name])
    turn = turn_of(STREAMS[name])
    assert turn.status == status
    assert turn.usage is not None
    assert all(getattr(turn.usage, key) == usage[key] for key in usage if key in Usage.__struct_fields__)
    assert sorted(step.index for step in answer(turn)) == sorted(steps)
    for index, raw in steps.items():
        _agree(step_of(turn, index), raw)


def _agree(step: Step, raw: dict[str, Any]) -> None:
    match step:
        case ModelOutput():
            assert plain(step.content) == raw.get("_text", "")
        case Thought():
            assert (plain(step.content), step.signature) == (
                raw.get("_summary", ""),
                raw.get("signature", ""),
            )
        case ToolCall():
            try:
                formed = json.loads(raw["_arguments"]) if raw["_arguments"] else raw.get("arguments", {})
            except ValueError:
                formed = raw["_arguments"]
            assert step.arguments == formed
            assert step.data.get("signature") == raw.get("signature")
        case ToolResult():
            assert step.data["result"] == raw["result"]


@every_stream
def test_every_prefix_of_a_stream_folds(body: bytes) -> None:
    """After each frame there is a turn: steps are only added, and once ended it stays as it ended."""
    turns = list(accumulate(events_of(exchange(body)), apply, initial=Turn()))
    kept = [value(turn) for turn in turns]
    for before, now in pairwise(turns):
        assert len(now.steps) >= len(before.steps)
        assert (now.ended, now.status) == (True, before.status) if before.ended else True
        assert bool(now.id) >= bool(before.id)
    assert [value(turn) for turn in turns] == kept, "an older turn changed when a newer one was made"


def _over_at(body: bytes, terminal: bytes) -> int:
    """The number of bytes at which the terminal event is whole: JSON needs no blank line behind it."""
    if not terminal:
        return len(body) + 1
    begun = body.index(terminal)
    if terminal == b'{"error"':
        return body.index(b"}}", begun) + 2
    match = re.compile(rb"\r\n\r|\n\n|\r\r").search(body, begun)
    whole = body[: match.end() if match else None]
    return len(whole.rstrip() if whole.rstrip().endswith((b"}", b"]")) else whole)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_stream_cut_at_any_byte_is_interrupted_unless_it_had_said_how_it_ended(name: str) -> None:
    """Never a success without a complete terminal event, and what had arrived is kept."""
    body = RECORDINGS[name]
    over = _over_at(body, EXPECTED[name].terminal)
    for length, turn in _cut_everywhere(body):
        if length < over:
            assert (turn.status, turn.ended, turn.chainable) == ("interrupted", True, False), length
        else:
            assert turn.status == EXPECTED[name].status, length
        assert EXPECTED[name].text.startswith(text_of(turn))
        assert all(not step.open for step in turn.steps if turn.ended)


def _cut_everywhere(body: bytes) -> list[tuple[int, Turn]]:
    """The turn of every beginning of the body, with the note that the connection has ended behind it.

    The whole frames are folded once; the cuts do not depend on how bytes arrive (see test_sse).
    """
    request, response, *wire, end = exchange(body)
    reading = take(GEMINI, take(GEMINI, begin(GEMINI), request), response)
    found, start = [], 0
    for frame in wire:
        for length in range(start, start + len(frame.raw)):
            rest = type(frame)(frame.seq, frame.at, frame.read, "wire", body[start:length])
            found.append((length, take(GEMINI, take(GEMINI, reading, rest), end).turn))
        reading = take(GEMINI, reading, frame)
        start += len(frame.raw)
    return [*found, (len(body), take(GEMINI, reading, end).turn)]


@pytest.mark.parametrize(
    ("ending", "status"),
    [("end", "interrupted"), ("cut", "interrupted"), ("stop", "cancelled"), ("crash", "failed")],
)
def test_an_open_turn_ends_with_its_connection(ending: str, status: str) -> None:
    """What the end of an exchange means for a turn that nobody has ended."""
    told = {"error": "ReadError", "message": "reset"} if ending in {"cut", "crash"} else {}
    frames = exchange(RECORDINGS["just_ends"], ending=ending, **told)
    turn = fold(events_of(frames))
    assert (turn.status, turn.ended, text_of(turn)) == (status, True, "Half of an ans")
    assert turn.error == (ErrorDetail("ReadError", "reset") if told else None)


@pytest.mark.parametrize("ending", ["end", "cut", "stop", "crash"])
def test_a_turn_that_has_ended_does_not_end_again(ending: str) -> None:
    """A connection that breaks behind the last event takes nothing back."""
    turn = fold(events_of(exchange(RECORDINGS["function_result"], ending=ending, error="ReadError")))
    assert (turn.status, turn.error) == ("completed", None)


def test_a_paused_answer_goes_on_in_the_next_hop() -> None:
    """Two requests make one turn: steps in order, named by hop and index, tokens added, the last id kept."""
    turn = turn_of(RECORDINGS["continuation_first"], RECORDINGS["continuation_second"])
    assert (turn.status, text_of(turn), turn.id) == (
        "completed",
        "The first hop, and the second.",
        "v1_cont2",
    )
    assert [(step.hop, step.index) for step in answer(turn)] == [(0, 0), (0, 1), (1, 0)]
    assert turn.usage == Usage(38, 27, 9, 2, 0, 0)
    assert turn.continuation_token is None


def test_an_index_of_an_earlier_hop_is_another_step() -> None:
    """A hop that begins without its `step.start` does not write into the hop before."""
    hop = Requested((), "m", None, stored=True)
    turn = after(Turn(), hop, KnownStepDelta(0, TextDelta("a")), hop, KnownStepDelta(0, TextDelta("b")))
    assert [(step.hop, plain(step.content)) for step in turn.steps if isinstance(step, ModelOutput)] == [
        (0, "a"),
        (1, "b"),
    ]


def test_a_paused_answer_is_open_and_no_success() -> None:
    """It waits for its next hop with the server's token; if the connection then breaks it is interrupted."""
    turn = turn_of(RECORDINGS["continuation_first"])
    assert (turn.ended, turn.chainable, turn.continuation_token) == (False, False, "dG9rZW4=")
    assert after(turn, Ended("interrupted", "cut")).status == "interrupted"
    assert after(turn, Ended("cancelled")).status == "cancelled"


def test_a_pause_may_be_told_by_a_status_alone() -> None:
    """Its token is as good there, and a status without one takes none away."""
    told = '{"event_type":"interaction.status_update","status":"requires_continuation"%s}'
    turn = after(Turn(hop=0), parse(told % ',"continuation_token":"t"'), parse(told % ""))
    assert (turn.status, turn.ended, turn.continuation_token) == ("requires_continuation", False, "t")


def test_the_second_hop_cut_at_any_byte_is_interrupted() -> None:
    """The first hop's end is not the turn's."""
    first, second = RECORDINGS["continuation_first"], RECORDINGS["continuation_second"]
    over = _over_at(second, EXPECTED["continuation_second"].terminal)
    for length in range(0, over, 5):
        turn = turn_of(first, second[:length])
        assert (turn.status, turn.chainable) == ("interrupted", False)


def test_text_and_media_keep_their_order() -> None:
    """A text behind an image is a part of its own."""
    step = step_of(turn_of(RECORDINGS["image_output"]), 0)
    assert [type(part) for part in step.content] == [Text, Media, Text]
    assert step.content[1].raw["mime_type"] == "image/png"


def test_all_shapes_of_annotations_reach_their_text() -> None:
    """In a seed, on a text delta, under both delta names, and behind the end of the step."""
    (part,) = step_of(turn_of(RECORDINGS["annotation_shapes"]), 0).content
    assert [each["type"] for each in part.annotations] == ["url_citation", "file_citation", "place_citation"]


def test_late_annotations_cite_bytes_of_their_text() -> None:
    """Offsets are UTF-8 bytes of the part, and the part is what they count in."""
    (part,) = step_of(turn_of(RECORDINGS["search_after_text"]), 1).content
    cited = [str(part.text).encode()[each["start_index"] : each["end_index"]] for each in part.annotations]
    assert [each.decode() for each in cited] == ["Die Brücke ist 1 280 m lang ", "rücke ist 1 280 m lang "]


def test_a_server_tool_s_delta_is_its_whole_payload() -> None:
    """It is laid over the skeleton of the step."""
    turn = turn_of(RECORDINGS["search_after_text"])
    call, result = step_of(turn, 2), step_of(turn, 3)
    assert call.arguments == {"queries": ["Brücke Länge", "Łazienkowski"]}
    assert (call.data["id"], call.data["signature"], call.server_executed) == ("s1", "EsIgCALL==", True)
    assert result.data["result"][0]["search_suggestions"].startswith("<style>")
    assert (call.name, result.name) == ("google_search", "google_search")


def test_what_a_program_prints_comes_in_pieces() -> None:
    """All other results come whole."""
    for kind, result in (("code_execution_result", "a\nb\n"), ("google_maps_result", "b\n")):
        pieces = (StepDelta(0, OtherDelta(kind, {"result": text})) for text in ("a\n", "b\n"))
        turn = after(Turn(hop=0), StepStart(0, {"type": kind, "call_id": "c"}), *pieces)
        assert step_of(turn, 0).data["result"] == result


@pytest.mark.parametrize(
    ("step", "delta"),
    [
        ("thought", {"type": "thought_summary"}),
        ("thought", {"type": "thought_summary", "content": None}),
        ("thought", {"type": "thought_signature", "signature": None}),
        ("function_call", {"type": "arguments_delta", "arguments": None}),
        ("model_output", {"type": "text_annotation_delta"}),
        ("model_output", {"type": "text_annotation", "annotations": None}),
    ],
)
def test_a_delta_without_its_field_says_nothing(step: str, delta: dict[str, Any]) -> None:
    """The vendor's types allow that; nothing of it is to be drawn, only its row is known."""
    begun = StepStart(0, {"type": step, "id": "c"})
    said = parse(json.dumps({"event_type": "step.delta", "index": 0, "delta": delta}))
    silent = step_of(after(Turn(hop=0), begun), 0)
    assert msgspec.structs.replace(step_of(after(Turn(hop=0), begun, said), 0), last=silent.last) == silent


def test_an_empty_signature_wipes_out_none() -> None:
    """Servers send `""` where they have nothing to add."""
    start = StepStart(0, {"type": "google_search_call", "id": "s", "signature": "given"})
    empty = StepDelta(0, OtherDelta("google_search_call", {"arguments": {"queries": []}, "signature": ""}))
    assert step_of(after(Turn(hop=0), start, empty), 0).data == {
        "type": "google_search_call",
        "id": "s",
        "signature": "given",
        "arguments": {"queries": []},
    }
    turn = after(Turn(hop=0), KnownStepDelta(0, SignatureDelta("s")), KnownStepDelta(0, SignatureDelta("")))
    assert step_of(turn, 0).signature == "s"


def test_what_a_step_was_in_another_protocol_is_kept_beside_it() -> None:
    """Not in its data, and no token of the answer; a step that comes whole may bring it along."""
    item = {"id": "fc_1", "type": "function_call"}
    begun = StepStart(0, {"type": "function_call", "id": "c"})
    turn = after(Turn(hop=0), begun, StepDelta(0, NativeDelta("vendor", item)), StepStop(0))
    come_whole = StepStart(0, {"type": "function_call", "id": "c", "native": {"vendor": item}})
    for step in (step_of(turn, 0), step_of(after(Turn(hop=0), come_whole), 0)):
        assert (step.native, step.data) == ({"vendor": item}, {"type": "function_call", "id": "c"})
    assert turn.first_token_at == 0


def test_arguments_are_parsed_at_the_end_of_their_step() -> None:
    """Fragments may be cut anywhere; none at all is an empty object; what is no JSON stays text."""
    turn = turn_of(RECORDINGS["fragmented_arguments"])
    assert [step_of(turn, index).arguments for index in range(3)] == [
        {"location": 'São "Paulo"', "days": [1, 2]},
        {},
        '{"a":',
    ]


def test_calls_that_only_the_last_event_has_are_there() -> None:
    """A turn that waits for results has something to be answered."""
    steps: list[dict[str, Any]] = [
        {"type": "model_output", "content": [{"type": "text", "text": "Let me see."}]},
        {"type": "function_call", "id": "c", "name": "f", "arguments": {"a": 1}},
    ]
    completed = InteractionCompleted(Interaction("v1_a", "requires_action", steps=tuple(steps)))
    streamed = (
        StepStart(0, {"type": "model_output"}),
        KnownStepDelta(0, TextDelta("Let me see.")),
        StepStop(0),
    )
    turn = after(Turn(hop=0), *streamed, completed)
    assert text_of(turn) == "Let me see."
    assert [(call.data["id"], call.arguments) for call in turn_waits(turn)] == [("c", {"a": 1})]
    again = after(Turn(hop=0), *streamed, StepStart(1, steps[1]), StepStop(1), completed)
    assert [call.data["id"] for call in turn_waits(again)] == ["c"]


def test_a_call_that_the_server_has_answered_itself_waits_for_nobody() -> None:
    """Agents run functions of their own beside those that they ask for."""
    calls = [StepStart(at, {"type": "function_call", "id": id}) for at, id in ((0, "a"), (2, "b"))]
    result = StepStart(1, {"type": "function_result", "call_id": "a", "result": "done"})
    completed = InteractionCompleted(Interaction("v1_a", "requires_action"))
    turn = after(Turn(hop=0), calls[0], result, calls[1], completed)
    assert [call.data["id"] for call in turn_waits(turn)] == ["b"]


def test_arguments_are_text_while_they_form() -> None:
    """Half a JSON object is shown as what it is."""
    call = StepStart(0, {"type": "function_call", "id": "c", "name": "f", "arguments": {}})
    turn = after(Turn(hop=0), call, KnownStepDelta(0, ArgumentsDelta('{"a":')))
    assert step_of(turn, 0).arguments == '{"a":'


def test_a_legacy_call_that_comes_whole_is_a_call() -> None:
    """Before June 2026 a function call was one delta."""
    call = step_of(turn_of(RECORDINGS["legacy_content"]), 2)
    assert (call.name, call.arguments, call.data["id"]) == ("check", {"sum": 4}, "old1")


def test_unknown_kinds_are_kept_as_they_came() -> None:
    """An unknown step holds its object, and every delta that fits no step is beside it."""
    turn = turn_of(RECORDINGS["unknown_kinds"])
    dream, output = step_of(turn, 0), step_of(turn, 1)
    assert isinstance(dream, OtherStep)
    assert (dream.type, dream.data["colour"]) == ("daydream", "blue")
    assert dream.other == ({"type": "dream_fragment", "frame": 1},)
    assert output.other == ({"type": "melody", "notes": ["c4"]},)


@pytest.mark.parametrize(
    "delta",
    [
        TextDelta("t"),
        SummaryDelta({"text": "t"}),
        SignatureDelta("s"),
        ArgumentsDelta("{}"),
        AnnotationsDelta(({"type": "x"},)),
        OtherDelta("image", {"data": "aGk="}),
        OtherDelta("google_search_call", {"arguments": {}}),
        OtherDelta("error", {"code": "x"}),
    ],
)
@pytest.mark.parametrize(
    "kind", ["model_output", "thought", "function_call", "function_result", "user_input", "daydream"]
)
def test_no_delta_is_lost_on_any_kind_of_step(delta: Any, kind: str) -> None:
    """It changes the step it fits; else it is kept raw beside it, or begins a step that can hold it."""
    before = after(Turn(hop=0), StepStart(0, {"type": kind}))
    turn = after(before, StepDelta(0, delta))
    assert turn.steps != before.steps
    assert bool(turn.warnings) is (len(turn.steps) > 1)


def test_a_thought_can_hold_a_picture() -> None:
    """A summary is text or an image."""
    turn = after(
        Turn(hop=0),
        KnownStepDelta(0, SummaryDelta({"type": "text", "text": "a"})),
        KnownStepDelta(0, SummaryDelta({"type": "image", "data": "aGk="})),
        KnownStepDelta(0, SummaryDelta({"type": "text", "text": "b"})),
    )
    assert [type(part) for part in step_of(turn, 0).content] == [Text, Media, Text]


def test_a_step_begun_twice_is_two_steps() -> None:
    """A replay of a finished run repeats its indices; the newest one grows."""
    start = StepStart(0, {"type": "model_output"})
    turn = after(
        Turn(hop=0), start, KnownStepDelta(0, TextDelta("a")), start, KnownStepDelta(0, TextDelta("b"))
    )
    assert [plain(step.content) for step in turn.steps] == ["a", "b"]  # type: ignore[union-attr]


def test_a_step_knows_the_rows_it_came_from() -> None:
    """From its start, or its first delta, to its stop."""
    frames = list(exchange(RECORDINGS["text_with_thoughts"]))
    rows = [frame.seq for frame in frames if b'"index":1' in frame.raw]
    step = step_of(fold(events_of(frames)), 1)
    assert (step.first, step.last) == (rows[0], rows[-1])


def test_the_first_token_is_the_first_thing_a_reader_sees() -> None:
    """A signature is none; a thought's words are one."""
    turn = after(Turn(hop=0), KnownStepDelta(0, SignatureDelta("s")))
    assert turn.first_token_at == 0
    turn = apply(turn, Event(7, 70, KnownStepDelta(0, SummaryDelta({"text": "t"}))))
    turn = apply(turn, Event(8, 80, KnownStepDelta(1, TextDelta("t"))))
    assert turn.first_token_at == 70


def test_a_turn_begins_with_what_was_asked() -> None:
    """A text, or steps such as the results of functions; they are closed and stand before the answer."""
    results = (
        {"type": "function_result", "call_id": "a", "result": 1},
        {"type": "user_input", "content": "x"},
    )
    turn = after(Turn(), Requested(results, "m", "v1_parent", stored=False))
    assert [(type(step).__name__, step.sent, step.open) for step in turn.steps] == [
        ("ToolResult", True, False),
        ("UserInput", True, False),
    ]
    assert (turn.status, turn.model, turn.previous_interaction_id) == ("in_progress", "m", "v1_parent")
    assert not after(turn, InteractionCompleted(Interaction("v1_a", "completed"))).chainable


def test_a_server_that_numbers_a_step_like_an_input_does_not_write_into_it() -> None:
    """What we sent stays what we sent, whatever index a delta names."""
    asked = Requested(({"type": "user_input", "content": "mine"},), "m", None, stored=True)
    turn = after(Turn(), asked, KnownStepDelta(0, TextDelta("theirs")), KnownStepDelta(-1, TextDelta("!")))
    assert [plain(step.content) for step in turn.steps if isinstance(step, UserInput)] == ["mine"]
    assert text_of(turn) == "theirs!"


def test_a_flood_after_the_end_is_one_warning() -> None:
    """A thousand late deltas say no more than the first."""
    turn = after(
        Turn(hop=0), Error(ErrorDetail(message="no")), *[KnownStepDelta(0, TextDelta("late"))] * 1000
    )
    assert len(turn.warnings) == 1
    assert "after the end" in turn.warnings[0]


@pytest.mark.parametrize("status", sorted(FINAL | {"paused_for_tea"}))
def test_a_completion_ends_the_turn_with_its_status(status: str) -> None:
    """Only what is kept on the server and ended well enough can be built upon."""
    turn = after(Turn(hop=0), InteractionCompleted(Interaction("v1_a", status)))
    assert (turn.ended, turn.status) == (True, status)
    assert turn.chainable is (status in CHAINABLE)
    assert turn.warnings == ()


@pytest.mark.parametrize("status", ["completed", "requires_action", "incomplete"])
def test_a_status_update_alone_is_no_success(status: str) -> None:
    """Only the completion itself is; before it the stream can still break."""
    turn = after(Turn(hop=0), InteractionCreated(Interaction("v1_a", "in_progress")), StatusUpdate(status))
    assert (turn.ended, turn.chainable) == (False, False)
    assert after(turn, Ended("interrupted")).status == "interrupted"


def test_a_turn_without_an_id_cannot_be_built_upon() -> None:
    """With `store: false` the id is empty."""
    assert not turn_of(RECORDINGS["not_stored"]).chainable


def test_running_totals_of_one_request_are_not_added() -> None:
    """A completion that comes again changes no figure."""
    completed = InteractionCompleted(Interaction("v1_a", "completed", usage=Usage(10, 4, 6)))
    assert after(Turn(hop=0), completed, completed).usage == Usage(10, 4, 6)


@pytest.mark.parametrize(
    "told",
    [
        {"event_type": "interaction.status_update", "status": "failed", "usage": {"total_tokens": 10}},
        {"event_type": "interaction.status_update", "status": "in_progress", "usage": {"total_tokens": 10}},
        {"event_type": "step.stop", "index": 0, "usage": {"total_tokens": 10}},
        {
            "event_type": "step.delta",
            "index": 0,
            "delta": {"type": "text", "text": "a"},
            "metadata": {"total_usage": {"total_tokens": 10}},
        },
        {
            "event_type": "step.delta",
            "index": 0,
            "delta": {"type": "strange"},
            "metadata": {"total_usage": {"total_tokens": 10}},
        },
    ],
)
def test_a_running_total_is_the_usage_until_there_is_a_newer_one(told: dict[str, Any]) -> None:
    """Wherever it stands; odd ones cost nothing but themselves."""
    earlier = StatusUpdate("in_progress", usage=Usage(4))
    turn = after(Turn(hop=0), earlier, parse(json.dumps(told)), Error(ErrorDetail("server_error")))
    assert turn.usage == Usage(10)
    odd = json.dumps(told).replace('{"total_tokens": 10}', '"many"')
    assert after(Turn(hop=0), earlier, parse(odd)).usage == Usage(4)


def test_figures_that_one_hop_lacks_do_not_hide_the_other_s() -> None:
    """Unknown plus five is five; unknown twice stays unknown."""
    assert Usage(5, None, 1) + Usage(None, None, 2) == Usage(5, None, 3)


def test_the_words_of_an_error_are_kept_when_a_status_came_first() -> None:
    """Some servers say `failed` and then why."""
    turn = turn_of(RECORDINGS["failed_twice_told"])
    assert (turn.status, turn.error) == ("failed", ErrorDetail("deadline_exceeded", ""))


def test_the_errors_of_a_failed_run_are_its_error() -> None:
    """Even where their fields are not what the schema says."""
    turn = turn_of(RECORDINGS["failed_with_errors"])
    assert turn.error is not None
    assert "The run broke." in str(turn.error.message)


@pytest.mark.parametrize(
    "late",
    [
        StepStart(0, {"type": "model_output"}),
        KnownStepDelta(0, TextDelta("t")),
        Error(ErrorDetail("c")),
        StatusUpdate("in_progress"),
        Requested((), "m", None, stored=True),
    ],
)
def test_what_comes_after_the_end_is_a_warning(late: Body) -> None:
    """It names its row. Content is kept, and all else changes nothing."""
    turn = after(Turn(hop=0), InteractionCompleted(Interaction("v1_a", "completed")))
    warned = after(turn, late)
    assert warned.warnings == (warned.warnings[0],)
    assert warned.warnings[0].endswith("(row 100)")
    assert (warned.status, warned.error) == ("completed", None)
    assert bool(warned.steps) is isinstance(late, StepStart | KnownStepDelta)


def test_a_status_that_cannot_follow_is_a_warning() -> None:
    """A final status stays, whatever is said later."""
    turn = after(Turn(hop=0), StatusUpdate("completed"), StatusUpdate("in_progress"))
    assert turn.status == "completed"
    assert turn.warnings == ("The server said in_progress after completed (row 101)",)


def test_a_final_status_is_followed_by_nothing_but_itself() -> None:
    """And every status of the table may follow the start of a turn."""
    assert all(may_follow("", status) for status in TRANSITIONS if status)
    assert all(
        may_follow(status, after) is (status == after) for status in FINAL for after in TRANSITIONS if after
    )
    assert may_follow("warming_up", "in_progress")
    assert may_follow("in_progress", "warming_up")


BODIES = (
    st.builds(lambda event: parse(json.dumps(event)), wire_events())
    | st.sampled_from(
        [
            Requested(({"type": "user_input", "content": "x"},), "m", None, stored=True),
            Ended("interrupted"),
            Ended("cancelled", "stop", "m"),
            InteractionCompleted(Interaction("v1_a", "completed", usage=Usage(1))),
            InteractionCompleted(Interaction("v1_a", "requires_continuation", continuation_token="t")),
            InteractionCompleted(Interaction("v1_a", steps=({"type": "thought"},), errors=({"code": 0.5},))),
            StatusUpdate("failed", "v1_b"),
            Error(ErrorDetail("c")),
            KnownStepDelta(0, TextDelta("t")),
            StepStart(0, {"type": "model_output"}),
            StepStop(0),
        ]
    )
    | st.builds(Unknown, st.text(max_size=5), jsons())
)


@given(st.lists(BODIES, max_size=25))
def test_any_sequence_of_events_folds_and_keeps_what_it_has(bodies: list[Body]) -> None:
    """Ended stays ended with its status and its error, unless another answer begins in the same body; an id
    is never lost, steps never get fewer, and what was said of older turns stays true."""
    turn = Turn()
    for row, body in enumerate(bodies):
        kept = value(turn)
        now = apply(turn, Event(row, row + 1, body))
        assert value(turn) == kept
        over = (now.ended, now.status, now.ended_at) == (True, turn.status, turn.ended_at)
        assert not turn.ended or over or now.unasked > turn.unasked
        assert now.error is not None or turn.error is None
        assert bool(now.id) >= bool(turn.id)
        assert len(now.steps) >= len(turn.steps)
        assert not now.ended or all(not step.open for step in now.steps)
        assert now.warnings[: len(turn.warnings)] == turn.warnings
        turn = now
    ended = apply(turn, Event(99, 99, Ended("interrupted", "cut")))
    assert ended.ended


@given(
    st.sampled_from(sorted(RECORDINGS)), st.lists(st.tuples(st.integers(min_value=0), jsons()), max_size=5)
)
def test_events_that_are_not_known_change_nothing_wherever_they_stand(
    name: str, extra: list[tuple[int, Any]]
) -> None:
    """The documentation says so: skip what you do not know. It is in the journal all the same."""
    events = list(events_of(exchange(RECORDINGS[name])))
    mixed = list(events)
    for at, raw in extra:
        mixed.insert(at % (len(mixed) + 1), Event(0, 0, Unknown("interaction.weather", raw)))
    assert fold(mixed) == fold(events)


def test_every_kind_of_event_step_and_delta_is_in_some_recording() -> None:
    """A new class without a recording fails here."""
    events = [event for body in RECORDINGS.values() for event in events_of(exchange(body))]
    steps = [step for body in RECORDINGS.values() for step in turn_of(body).steps]
    deltas = {
        type(event.body.delta) for event in events if isinstance(event.body, KnownStepDelta | StepDelta)
    }
    assert {type(event.body) for event in events} >= {
        *get_args(WireBody),
        StepDelta,
        Unknown,
        Requested,
        Ended,
    }
    assert {type(step) for step in steps} == set(get_args(Step))
    assert deltas == {*get_args(KnownDelta), OtherDelta}


def test_the_frames_of_an_exchange_joined_are_its_body() -> None:
    """The journal holds a response to the byte."""
    for body in STREAMS.values():
        wire = [frame.raw for frame in exchange(body) if frame.kind == "wire"]
        assert b"".join(wire) == body
        assert wire == cut(body)
