"""What servers of the native protocol do that they should not, by kind: none of it costs content, and none of
it becomes a success."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from interactions.conversations.history import wire_steps
from interactions.providers.gemini.steps import ACCEPTED
from interactions.providers.shared.foreign import NO_CALL
from interactions.stream.journal import Recorder
from interactions.turns.events import Usage
from interactions.turns.fold import fold
from interactions.turns.status import CHAINABLE
from interactions.turns.steps import ModelOutput, Thought, ToolCall, Wire, content_of, plain
from interactions.turns.turn import Turn, text_of, turn_waits
from tests.folding import ANSWERED, RECORDINGS, events_of, noted, turn_of

UNBEGUN = "The server sent content of a step that it had not begun"
CREATED = {"event_type": "interaction.created", "interaction": {"id": "v1_a", "status": "in_progress"}}
TEXT_START = {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}}
CALL = {"type": "function_call", "id": "fa", "name": "tide", "arguments": {}}
CALL_START = {"event_type": "step.start", "index": 0, "step": CALL}


def delta(index: object = 0, **said: object) -> dict[str, Any]:
    return {"event_type": "step.delta", "index": index, "delta": said}


def completed(status: object = "completed", **more: object) -> dict[str, Any]:
    interaction = {"id": "v1_a", "status": status, "model": "gemini-3.8-flash", **more}
    return {"event_type": "interaction.completed", "interaction": interaction}


def stream(*events: Mapping[str, Any]) -> bytes:
    lines = (
        f"event: {event.get('event_type', 'message')}\ndata: {json.dumps(event)}\n\n" for event in events
    )
    return "".join(lines).encode()


def folded(*events: Mapping[str, Any]) -> Turn:
    return turn_of(stream(CREATED, *events))


def made(turn: Turn) -> list[Any]:
    return [step for step in turn.steps if not step.sent]


def notes(turn: Turn) -> list[str]:
    return [warning.split(" (row")[0] for warning in turn.warnings]


@pytest.mark.parametrize(
    ("name", "calls"),
    [
        ("call_whole_in_start", {"fa": {"port": "Büsum", "days": 2}}),
        ("interleaved_calls", {"fa": {"port": "Büsum"}, "fb": {"day": "2026-11-02"}}),
        ("unsigned_thought", {"fa": {"port": "Büsum"}}),
    ],
)
def test_calls_have_their_arguments_however_they_came(name: str, calls: dict[str, Wire]) -> None:
    """Whole in the start, or in pieces that take turns; the turn waits for all of them."""
    turn = turn_of(RECORDINGS[name])
    assert {call.data["id"]: call.arguments for call in turn_waits(turn)} == calls
    assert turn.warnings == ()


@pytest.mark.parametrize("name", ["call_whole_in_start", "interleaved_calls", "unsigned_thought"])
def test_a_stream_that_is_cut_is_no_success(name: str) -> None:
    """At every byte: what was not said did not happen. The last event is whole without its blank line."""
    body = RECORDINGS[name]
    said = b'"event_type": "interaction.completed"}'
    whole = body.index(said) + len(said)  # the blank line behind it may be missing
    for at in range(len(body)):
        turn = turn_of(body[:at])
        assert (turn.status in CHAINABLE) is (at >= whole), body[max(0, at - 40) : at]


def test_an_unsigned_thought_is_shown_and_stays_here() -> None:
    """The server would refuse it; the signature of its call goes back."""
    turn = turn_of(RECORDINGS["unsigned_thought"])
    thought, call = made(turn)
    assert (plain(thought.content), thought.signature) == ("**Looking up the tide**\n\n", "")
    assert [step["type"] for step in wire_steps([turn], ACCEPTED)] == ["user_input", "function_call"]
    assert wire_steps([turn], ACCEPTED)[-1]["signature"] == call.data["signature"] == "Y2FsbHNpZw=="


def test_a_signature_that_comes_behind_its_call_goes_back_with_it() -> None:
    """An empty one takes nothing away."""
    signed = [delta(type="thought_signature", signature=signature) for signature in ("c2ln", "")]
    turn = folded(CALL_START, *signed, completed("requires_action"))
    assert wire_steps([turn], ACCEPTED)[-1] == {**CALL, "signature": "c2ln"}
    assert made(turn)[0].other == ()


SAYS: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "text": "Hello"},
    "a thought": {"type": "thought_summary", "content": {"type": "text", "text": "Hello"}},
    "arguments": {"type": "arguments_delta", "arguments": '{"say":"Hello"}'},
    "a result": {"type": "google_search_result", "result": [{"title": "Hello"}]},
    "a picture": {"type": "image", "data": "SGVsbG8=", "mime_type": "image/png"},
    "a kind that is not known": {"type": "daydream", "of": "Hello"},
}
ODD_INDEXES = {
    "another": 7,
    "a number as text": "7",
    "a word": "first",
    "null": None,
    "half a one": 0.5,
    "a huge one": 10**400,
    "a list": [0],
}


@pytest.mark.parametrize("kind", SAYS)
@pytest.mark.parametrize("index", ODD_INDEXES.values(), ids=ODD_INDEXES)
def test_a_delta_without_a_start_begins_a_step(kind: str, index: object) -> None:
    """Whatever stands as its index; a note says so."""
    turn = folded(delta(index, **SAYS[kind]), completed())
    (step,) = made(turn)
    assert "Hello" in str(step) or "SGVsbG8=" in str(step)
    assert notes(turn)[0] == UNBEGUN


@pytest.mark.parametrize("kind", SAYS)
def test_what_names_no_step_goes_to_the_newest(kind: str) -> None:
    """A start without an index is that of a new one."""
    unplaced = [
        {key: value for key, value in each.items() if key != "index"} for each in (TEXT_START, CALL_START)
    ]
    said = {key: value for key, value in delta(**SAYS[kind]).items() if key != "index"}
    turn = folded(*unplaced, said, completed("requires_action"))
    assert [(step.index, type(step)) for step in made(turn)][:2] == [(0, ModelOutput), (1, ToolCall)]
    newest = [step for step in made(turn) if step.index == 1]
    assert "Hello" in str(newest) or "SGVsbG8=" in str(newest)


ELSEWHERE = [
    {"type": "text", "content": "Hello"},
    {"type": "text", "text": {"text": "Hello"}},
    {"type": "text", "delta": "Hello"},
    {"text": "Hello"},
    "Hello",
]


@pytest.mark.parametrize("said", ELSEWHERE)
def test_text_is_text_under_other_keys(said: Any) -> None:
    turn = folded(TEXT_START, {**delta(), "delta": said}, completed())
    assert text_of(turn) == "Hello"
    assert not made(turn)[0].unread


def test_a_delta_may_be_the_event_itself() -> None:
    event = {"event_type": "step.delta", "index": 0, "type": "text", "text": "Hello"}
    assert text_of(folded(TEXT_START, event, completed())) == "Hello"


@pytest.mark.parametrize(
    "said",
    [
        {"type": "thought_summary", "text": "Hello"},
        {"type": "thought_summary", "content": "Hello"},
        {"type": "thought_summary", "summary": {"type": "text", "text": "Hello"}},
    ],
)
def test_a_thought_is_a_thought_under_other_keys(said: Wire) -> None:
    start = {**TEXT_START, "step": {"type": "thought"}}
    (thought,) = made(folded(start, {**delta(), "delta": said}, completed()))
    assert isinstance(thought, Thought)
    assert plain(thought.content) == "Hello"


@pytest.mark.parametrize(
    "step",
    [
        {"type": "thought", "content": [{"type": "text", "text": "Hello"}]},
        {"type": "thought", "text": "Hello"},
        {"type": "model_output", "text": "Hello"},
        {"type": "model_output", "content": "Hello"},
        {"type": "model_output", "output": [{"type": "text", "text": "Hello"}]},
    ],
)
def test_a_step_has_its_text_under_other_keys(step: Wire) -> None:
    """In its start, and in a finished interaction."""
    for turn in (folded({**TEXT_START, "step": step}, completed()), folded(completed(steps=[step]))):
        assert plain(content_of(made(turn)[0])) == "Hello"
        assert not made(turn)[0].unread


@pytest.mark.parametrize("given", ['{"port":"Büsum"}', {"port": "Büsum"}])
@pytest.mark.parametrize("pieces", [(), ('{"port":', '"Büsum"}'), ("{}", '{"port":"Büsum"}'), ("", "{}")])
def test_arguments_may_stand_in_the_start_and_in_pieces(given: object, pieces: tuple[str, ...]) -> None:
    """As an object or as its JSON; what is said twice is there once."""
    start = {**CALL_START, "step": {**CALL, "arguments": given}}
    said = [delta(type="arguments_delta", arguments=piece) for piece in pieces]
    turn = folded(start, *said, {"event_type": "step.stop", "index": 0}, completed("requires_action"))
    (call,) = turn_waits(turn)
    assert call.arguments == {"port": "Büsum"}


def test_arguments_that_begin_in_the_start_go_on_in_pieces() -> None:
    start = {**CALL_START, "step": {**CALL, "arguments": '{"port":'}}
    turn = folded(start, delta(type="arguments_delta", arguments='"Büsum"}'), completed("requires_action"))
    assert turn_waits(turn)[0].arguments == {"port": "Büsum"}


@pytest.mark.parametrize("given", ['{"port":"Büsum"}', {"port": "Büsum"}])
def test_a_call_may_come_as_one_delta(given: object) -> None:
    turn = folded(delta(**{**CALL, "arguments": given}), completed("requires_action"))
    (call,) = turn_waits(turn)
    assert (call.name, call.data["id"], call.arguments) == ("tide", "fa", {"port": "Büsum"})


def test_the_arguments_of_a_finished_call_may_be_a_text() -> None:
    turn = folded(completed("requires_action", steps=[{**CALL, "arguments": '{"port":"Büsum"}'}]))
    assert turn_waits(turn)[0].arguments == {"port": "Büsum"}


@pytest.mark.parametrize("status", ["paused", "done", "COMPLETED", 5, {"state": "completed"}, ["completed"]])
def test_a_status_that_is_not_known_is_no_success(status: object) -> None:
    """The turn has the server's word."""
    turn = folded(TEXT_START, delta(type="text", text="Hello"), completed(status))
    assert (turn.status, text_of(turn)) == ("incomplete", "Hello")
    assert turn.error is not None
    assert turn.error.code == (status if isinstance(status, str) else json.dumps(status))


def test_an_unknown_status_keeps_the_errors_of_the_interaction() -> None:
    turn = folded(completed("paused", errors=[{"code": "weather", "message": "Rain."}]))
    assert (turn.status, turn.error and turn.error.code) == ("incomplete", "weather")


@pytest.mark.parametrize("called", [False, True])
def test_an_idle_server_has_done_all_that_it_had_to_do(called: bool) -> None:
    """It waits for the answer to a call if it has made one."""
    turn = folded(*([CALL_START] if called else []), completed("idle"))
    assert (turn.status, turn.ended) == ("requires_action" if called else "completed", True)
    assert len(turn_waits(turn)) == called


def test_a_server_that_is_idle_on_the_way_ends_nothing() -> None:
    update = {"event_type": "interaction.status_update", "interaction_id": "v1_a", "status": "idle"}
    turn = folded(update, TEXT_START, delta(type="text", text="Hello"))
    assert (turn.status, text_of(turn)) == ("interrupted", "Hello")


@pytest.mark.parametrize(
    "events",
    [
        (),
        (TEXT_START, delta(type="text", text="I will look it up.")),
        (CALL_START, {**CALL_START, "index": 1, "step": {"type": "function_result", "call_id": "fa"}}),
        ({**CALL_START, "step": {"type": "google_search_call", "id": "s", "arguments": {}}},),
    ],
    ids=["nothing", "text alone", "a call with its result", "a call of the server's own"],
)
def test_a_turn_that_waits_for_a_call_that_never_came_is_over(events: tuple[Wire, ...]) -> None:
    """And says so."""
    turn = folded(*events, completed("requires_action"))
    assert (turn.status, turn.ended, turn_waits(turn)) == ("incomplete", True, ())
    assert NO_CALL in notes(turn)


def test_a_call_that_nobody_announced_is_a_call() -> None:
    turn = folded(delta(type="arguments_delta", arguments="{}"), completed("requires_action"))
    assert turn.status == "requires_action"
    assert NO_CALL not in notes(turn)


USAGE = {"total_tokens": 60, "total_input_tokens": 40, "total_output_tokens": 20, "total_thought_tokens": 0}
PLACES: dict[str, tuple[dict[str, Any], ...]] = {
    "in the interaction": (completed(usage=USAGE),),
    "beside the interaction": ({**completed(), "usage": USAGE},),
    "in the metadata of the end": ({**completed(), "metadata": {"total_usage": USAGE}},),
    "in the metadata of a delta": (
        {**delta(type="text", text="x"), "metadata": {"total_usage": USAGE}},
        completed(),
    ),
    "in the stop of a step": ({"event_type": "step.stop", "index": 0, "usage": USAGE}, completed()),
    "in a status update": (
        {"event_type": "interaction.status_update", "status": "in_progress", "usage": USAGE},
        completed(),
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_usage_counts_wherever_it_stands(place: str) -> None:
    turn = folded(TEXT_START, *PLACES[place])
    assert turn.usage == Usage(60, 40, 20, 0)


@pytest.mark.parametrize(
    ("total", "output"),
    [(60, 13), (67, 20), (None, 20), (99, 20)],
    ids=["inside", "beside", "no total", "a total of something else"],
)
@pytest.mark.parametrize("place", PLACES)
def test_whether_thoughts_are_inside_the_output_is_told_by_the_total(
    total: int | None, output: int, place: str
) -> None:
    told = json.dumps({**USAGE, "total_tokens": total, "total_thought_tokens": 7})
    events = json.loads(json.dumps(PLACES[place]).replace(json.dumps(USAGE), told))
    usage = folded(TEXT_START, *events).usage
    assert usage is not None
    assert (usage.total_output_tokens, usage.total_thought_tokens) == (output, 7)


def test_the_usage_of_a_step_is_shown_and_not_counted() -> None:
    step = {"total_tokens": 5, "total_output_tokens": 5}
    stop = {"event_type": "step.stop", "index": 0, "usage": USAGE, "step_usage": step}
    turn = folded(TEXT_START, stop, completed())
    assert turn.usage == Usage(60, 40, 20, 0)
    assert turn.details["step_usage of step 0"] == step


def test_usage_by_modality_and_by_tool_is_shown() -> None:
    more = {
        "input_tokens_by_modality": [{"modality": "image", "tokens": 258}],
        "grounding_tool_count": [{"type": "google_search", "count": 2}],
        "raw_prompt_token": 9,
        "output_tokens_by_modality": [],
    }
    turn = folded(completed(usage={**USAGE, **more}, service_tier="flex", environment_id="env_1"))
    shown = {key: value for key, value in more.items() if value}
    assert turn.details == {**shown, "service_tier": "flex", "environment_id": "env_1"}
    assert turn.usage == Usage(60, 40, 20, 0)


NEW: dict[str, Any] = {"mood": "sunny", "empty": "", "nothing": None, "none": [], "no": {}}
PART = {"type": "text", "text": "Hello", **NEW}
ON_A_STEP: dict[str, tuple[dict[str, Any], object]] = {
    "a text": (delta(type="text", text="Hello", **NEW), {"mood": "sunny"}),
    "a thought": (
        delta(type="thought_summary", content={"type": "text", "text": "Hello", **NEW}),
        {"mood": "sunny"},
    ),
    "a signature": (delta(type="thought_signature", signature="c2ln", **NEW), {"mood": "sunny"}),
    "arguments": (delta(type="arguments_delta", arguments="{}", **NEW), {"mood": "sunny"}),
    "annotations": (delta(type="text_annotation_delta", annotations=[{}], **NEW), {"mood": "sunny"}),
    "odd annotations": (delta(type="text", text="Hello", annotations="odd"), {"annotations": "odd"}),
    "a picture": (delta(type="image", data="SGVsbG8=", **NEW), {"mood": "sunny"}),
    "a result": (delta(type="google_search_result", result=[1], **NEW), {"mood": "sunny"}),
    "beside a delta": ({**delta(type="text", text="Hello"), **NEW}, {"mood": "sunny"}),
}
STARTS: dict[str, tuple[dict[str, Any], object]] = {
    "a text": ({"type": "model_output", **NEW}, {"mood": "sunny"}),
    "a part of a text": ({"type": "model_output", "content": [PART]}, {"parts": [{"mood": "sunny"}]}),
    "a thought": ({"type": "thought", "signature": "c2ln", **NEW}, {"mood": "sunny"}),
    "a part of a thought": ({"type": "thought", "summary": [PART]}, {"parts": [{"mood": "sunny"}]}),
    "a call": ({**CALL, **NEW}, {"mood": "sunny"}),
    "a result": ({"type": "function_result", "call_id": "a", "result": 1, **NEW}, {"mood": "sunny"}),
}


@pytest.mark.parametrize("kind", ON_A_STEP)
def test_a_field_of_a_delta_that_nobody_reads_is_shown_on_its_step(kind: str) -> None:
    """And one that is empty says nothing."""
    event, unread = ON_A_STEP[kind]
    turn = folded(event, completed())
    assert [step.unread for step in made(turn)] == [unread]


@pytest.mark.parametrize("kind", STARTS)
def test_a_field_of_a_start_that_nobody_reads_is_shown_on_its_step(kind: str) -> None:
    step, unread = STARTS[kind]
    turn = folded({**TEXT_START, "step": step}, completed())
    assert [step.unread for step in made(turn)] == [unread]


@pytest.mark.parametrize("place", ["created", "completed", "beside", "update", "error"])
def test_a_field_of_an_answer_that_nobody_reads_is_shown(place: str) -> None:
    events: dict[str, dict[str, Any]] = {
        "created": {**CREATED, "interaction": {**CREATED["interaction"], **NEW}},  # type: ignore[dict-item]
        "completed": completed(**NEW),
        "beside": {**completed(), **NEW},
        "update": {"event_type": "interaction.status_update", "status": "in_progress", **NEW},
        "error": {"event_type": "error", "error": {"code": "c", **NEW}},
    }
    wanted = {"error": {"mood": "sunny"}} if place == "error" else {"mood": "sunny"}
    assert folded(events[place]).details == wanted


def test_a_field_of_a_finished_step_that_nobody_reads_is_shown() -> None:
    turn = folded(completed(steps=[{"type": "model_output", "content": [PART]}, {"type": "thought", **NEW}]))
    assert turn.details == {"steps": [{"parts": [{"mood": "sunny"}]}, {"mood": "sunny"}]}


def test_what_only_repeats_the_request_is_not_shown_again() -> None:
    echoes = {"system_instruction": "Be brief.", "tools": [{"type": "google_search"}], "labels": {"a": "b"}}
    assert folded(completed(**echoes, created="2026-12-01T00:00:00Z", object="interaction")).details == {}


WHOLE = {
    "id": "v1_a",
    "status": "completed",
    "object": "interaction",
    "steps": [{"type": "model_output", "content": [{"type": "text", "text": "Hello"}]}],
    "service_tier": "flex",
    "usage": USAGE,
}


@pytest.mark.parametrize("name", ["", "event: message\n", "event: interaction.completed\n"])
def test_a_whole_interaction_in_a_stream_is_read_as_what_it_is(name: str) -> None:
    """Whether or not the event has a name."""
    turn = turn_of(f"{name}data: {json.dumps(WHOLE)}\n\n".encode())
    assert (turn.id, turn.status, text_of(turn), turn.usage) == (
        "v1_a",
        "completed",
        "Hello",
        Usage(60, 40, 20, 0),
    )
    assert turn.details == {"service_tier": "flex"}


def test_a_whole_interaction_that_still_runs_ends_nothing() -> None:
    running = {**WHOLE, "status": "in_progress", "steps": []}
    assert turn_of(f"data: {json.dumps(running)}\n\n".encode()).status == "interrupted"


def test_a_second_answer_in_the_body_is_shown_behind_the_first() -> None:
    """Its steps have the same indexes, and it ends by itself."""
    second = json.loads(json.dumps(CREATED).replace("v1_a", "v1_b"))
    hello, again = (delta(type="text", text=text) for text in ("Hello", "Again"))
    turn = folded(TEXT_START, hello, completed(), second, TEXT_START, again, completed(id="v1_b"))
    assert [plain(step.content) for step in made(turn)] == ["Hello", "Again"]
    assert (turn.status, turn.id) == ("completed", "v1_b")
    assert any("two answers" in warning for warning in turn.warnings)


def test_a_call_of_the_first_answer_is_none_of_the_second() -> None:
    second = json.loads(json.dumps(CREATED).replace("v1_a", "v1_b"))
    turn = folded(CALL_START, completed("requires_action"), second, completed("requires_action", id="v1_b"))
    assert NO_CALL in notes(turn)


def test_a_document_is_judged_as_a_stream_is() -> None:
    """Where JSON has come in place of a stream."""
    for status, told in (("idle", "completed"), ("requires_action", "incomplete"), ("paused", "incomplete")):
        record, headers = Recorder(), [("content-type", "application/json")]
        begun = noted(record, "request", body={"model": "m", "input": "Hi"})
        answered = noted(record, "response", **{**ANSWERED, "headers": headers})
        document = record.wire(json.dumps({**WHOLE, "status": status}).encode())
        turn = fold(events_of([begun, answered, document, noted(record, "end")]))
        assert (turn.status, text_of(turn), turn.details) == (told, "Hello", {"service_tier": "flex"})


@pytest.mark.parametrize("given", [{}, {"port": "Büsum"}])
@pytest.mark.parametrize("begun", [[], [{**CALL_START, "step": {"type": "function_call"}}]])
def test_a_finished_answer_gives_a_call_without_a_beginning_its_id_and_name(
    begun: list[Any], given: Wire
) -> None:
    """It is the call that was streamed, and no second one beside it."""
    arguments = delta(type="arguments_delta", arguments=json.dumps(given))
    end = completed("requires_action", steps=[{**CALL, "arguments": given}])
    turn = folded(*begun, arguments, {"event_type": "step.stop", "index": 0}, end)
    (call,) = turn_waits(turn)
    assert (call.name, call.data["id"], call.arguments) == ("tide", "fa", given)
    assert [step.type for step in made(turn)] == ["function_call"]


def test_a_finished_call_with_other_arguments_is_another_call() -> None:
    arguments = delta(type="arguments_delta", arguments='{"port":"Husum"}')
    turn = folded(arguments, completed("requires_action", steps=[{**CALL, "arguments": {"port": "Büsum"}}]))
    assert [step.data.get("id") for step in made(turn)] == [None, "fa"]
