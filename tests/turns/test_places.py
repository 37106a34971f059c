"""Content that comes without its step, behind the end, into another's place, or other than it ended."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.turns.events import (
    ArgumentsDelta,
    Body,
    CorrectedDelta,
    Ended,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    OtherDelta,
    Progress,
    Remark,
    Requested,
    SignatureDelta,
    StepDelta,
    StepStart,
    StepStop,
    SummaryDelta,
    TextDelta,
    Told,
    UnreadDelta,
    Usage,
)
from interactions.turns.steps import ModelOutput, Thought, ToolCall, plain, sent_arguments
from interactions.turns.turn import Turn, another_model, text_of, turn_waits
from tests.folding import after

HELD = {"type": "text", "text": "t"}


def calls(turn: Turn) -> list[tuple[str, object, object, bool]]:
    found = [step for step in turn.steps if isinstance(step, ToolCall)]
    return [(call.name, call.data.get("id"), call.arguments, call.waits) for call in found]


def thoughts(turn: Turn) -> list[str]:
    return [plain(step.content) for step in turn.steps if isinstance(step, Thought)]


def said(turn: Turn) -> list[str]:
    """The warnings without their rows."""
    return [warning.rpartition(" (row")[0] for warning in turn.warnings]


def test_a_start_that_comes_late_names_the_call_whose_arguments_came_before() -> None:
    """Its name, its id and its type are taken over; what had come stays."""
    turn = after(
        Turn(hop=0),
        StepDelta(3, ArgumentsDelta('{"port":')),
        StepStart(3, {"type": "function_call", "id": "c", "name": "tide", "arguments": {}}),
        StepDelta(3, ArgumentsDelta('"Büsum"}')),
        StepStop(3),
    )
    assert calls(turn) == [("tide", "c", {"port": "Büsum"}, True)]
    assert said(turn) == ["The server sent content of a step that it had not begun"]


@pytest.mark.parametrize(
    ("kind", "content"),
    [("model_output", {"content": [HELD]}), ("thought", {"summary": [HELD], "signature": "s"})],
)
def test_a_start_that_comes_late_puts_its_own_text_in_front(kind: str, content: dict[str, Any]) -> None:
    turn = after(Turn(hop=0), StepDelta(0, TextDelta("ide")), StepStart(0, {"type": kind, **content}))
    assert [plain(step.content) for step in turn.steps if isinstance(step, ModelOutput | Thought)] == ["tide"]


def test_a_late_start_of_another_kind_is_a_step_of_its_own() -> None:
    turn = after(
        Turn(hop=0), StepDelta(0, TextDelta("t")), StepStart(0, {"type": "function_call", "name": "f"})
    )
    assert (text_of(turn), calls(turn)) == ("t", [("f", None, {}, True)])


def test_a_step_begun_twice_is_two_steps_though_both_have_one_index() -> None:
    turn = after(
        Turn(hop=0),
        StepStart(0, {"type": "model_output"}),
        StepDelta(0, TextDelta("a")),
        StepStart(0, {"type": "model_output"}),
        StepDelta(0, TextDelta("b")),
    )
    assert [plain(step.content) for step in turn.steps if isinstance(step, ModelOutput)] == ["a", "b"]
    assert turn.warnings == ()


@pytest.mark.parametrize("kind", ["function_call", "google_search_call", "code_execution_result"])
def test_text_inside_of_a_tool_is_text_of_the_answer(kind: str) -> None:
    """And the tool goes on as if nothing had been said."""
    turn = after(
        Turn(hop=0),
        StepStart(0, {"type": kind, "id": "c", "name": "f"}),
        StepDelta(0, TextDelta("High ")),
        StepDelta(0, SummaryDelta({"type": "text", "text": "Hm."})),
        StepDelta(0, OtherDelta(kind, {"more": 1})),
        StepDelta(0, TextDelta("water.")),
        StepStop(0),
    )
    assert (text_of(turn), thoughts(turn)) == ("High water.", ["Hm."])
    assert turn.steps[0].data["more"] == 1  # type: ignore[union-attr]  # it is a tool's
    assert not any(step.open or step.other for step in turn.steps)
    assert said(turn) == ["The server sent content of a step that it had not begun"]


def test_arguments_inside_of_a_text_are_a_call() -> None:
    turn = after(
        Turn(hop=0),
        StepStart(0, {"type": "model_output"}),
        StepDelta(0, TextDelta("t")),
        StepDelta(0, ArgumentsDelta('{"a":1}')),
        StepDelta(0, TextDelta("u")),
        StepStop(0),
    )
    assert (text_of(turn), calls(turn)) == ("tu", [("function", None, {"a": 1}, True)])


LATE: list[tuple[str, Body]] = [
    ("text", StepDelta(0, TextDelta("late"))),
    ("text in a new step", StepDelta(7, TextDelta("late"))),
    ("thought", StepDelta(8, SummaryDelta({"type": "text", "text": "late"}))),
    ("step", StepStart(9, {"type": "model_output", "content": [{"type": "text", "text": "late"}]})),
    ("arguments", StepDelta(9, ArgumentsDelta('{"late":1}'))),
]


@pytest.mark.parametrize("late", [body for _, body in LATE], ids=[name for name, _ in LATE])
def test_content_behind_the_end_is_kept_and_changes_no_status(late: Body) -> None:
    over = InteractionCompleted(Interaction("v1_a", "completed", usage=Usage(1)))
    turn = after(Turn(hop=0), StepDelta(0, TextDelta("t")), over, late, Ended("interrupted"))
    told = text_of(turn) + "".join(thoughts(turn)) + str(calls(turn))
    assert "late" in told
    assert (turn.status, turn.ended, turn.ended_at) == ("completed", True, 101_000_000)
    assert "Content arrived after the end" in said(turn)
    assert not any(step.open for step in turn.steps)


def test_a_second_answer_in_the_same_body_is_shown_beside_the_first() -> None:
    """It is read like a hop of its own: its steps may be counted afresh, and its usage is added."""
    turn = after(
        Turn(),
        Requested((), "m", None, stored=True),
        InteractionCreated(Interaction("a", "in_progress")),
        StepDelta(0, TextDelta("one")),
        InteractionCompleted(Interaction("a", "completed", usage=Usage(3, 1, 2))),
        InteractionCreated(Interaction("b", "in_progress")),
        StepDelta(0, TextDelta("two")),
    )
    assert (turn.status, turn.ended, turn.unasked) == ("in_progress", False, 1)
    turn = after(turn, InteractionCompleted(Interaction("b", "completed", usage=Usage(30, 10, 20))))
    assert [plain(step.content) for step in turn.steps if isinstance(step, ModelOutput)] == ["one", "two"]
    assert (turn.id, turn.status, turn.usage) == ("b", "completed", Usage(33, 11, 22))
    assert "The body holds two answers; both are shown" in said(turn)


def test_a_second_answer_that_breaks_off_is_no_success() -> None:
    turn = after(
        Turn(hop=0),
        InteractionCreated(Interaction("a")),
        InteractionCompleted(Interaction("a", "completed")),
        InteractionCreated(Interaction("b")),
        Ended("interrupted"),
    )
    assert turn.status == "interrupted"


@pytest.mark.parametrize("id", ["a", ""])
def test_an_answer_that_is_named_again_is_the_same_answer(id: str) -> None:
    turn = after(
        Turn(hop=0),
        InteractionCreated(Interaction("a")),
        StepDelta(0, TextDelta("t")),
        InteractionCreated(Interaction(id)),
        StepDelta(0, TextDelta("u")),
    )
    assert (text_of(turn), turn.hop, turn.warnings[1:]) == ("tu", 0, ())


@pytest.mark.parametrize(
    ("pieces", "arguments"),
    [
        (("{}", '{"a":', "1}"), {"a": 1}),
        (("{ }", '{"a":1}'), {"a": 1}),
        (("null", '{"a":1}'), {"a": 1}),
        (("{}", "{}"), {}),
        (("{}",), {}),
        (('{"a":1}', '{"a":1}'), {"a": 1}),
        (('{"a":1}', '{"b":2}'), '{"a":1}{"b":2}'),
        (('{"a":',), '{"a":'),
        (("tide Büsum",), "tide Büsum"),
    ],
)
def test_fragments_of_arguments_are_one_object_or_the_text_that_they_are(
    pieces: tuple[str, ...], arguments: object
) -> None:
    """An empty object before the real one holds its place; what is no JSON is not taken for an empty one."""
    begun = StepStart(0, {"type": "function_call", "id": "c", "name": "f", "arguments": {}})
    deltas = [StepDelta(0, ArgumentsDelta(piece)) for piece in pieces]
    turn = after(Turn(hop=0), begun, *deltas, StepStop(0))
    (call,) = [step for step in turn.steps if isinstance(step, ToolCall)]
    assert call.arguments == arguments
    wrapped = arguments if isinstance(arguments, dict) else {"INVALID_JSON": arguments}
    assert sent_arguments(call) == wrapped


@pytest.mark.parametrize("kind", ["model_output", "thought"])
def test_a_finished_text_takes_the_place_of_what_was_streamed(kind: str) -> None:
    turn = after(
        Turn(hop=0),
        StepStart(0, {"type": kind}),
        StepDelta(0, TextDelta("draft")),
        StepDelta(0, CorrectedDelta("final")),
    )
    assert [plain(step.content) for step in turn.steps if isinstance(step, ModelOutput | Thought)] == [
        "final"
    ]
    assert said(turn) == ["The finished answer is not what was streamed, and is shown instead"]


def text(kind: str, words: str) -> dict[str, Any]:
    return {"type": kind, ("summary" if kind == "thought" else "content"): [{"type": "text", "text": words}]}


CALL = {"type": "function_call", "id": "c", "name": "f", "arguments": {"a": 1}}
FINISHED: list[tuple[str, list[dict[str, Any]], str, bool]] = [
    ("the same", [text("thought", "Hm."), text("model_output", "High water.")], "High water.", False),
    ("only its end", [text("model_output", "water.")], "High water.", False),
    ("more of it", [text("model_output", "High water. Bye.")], "High water. Bye.", False),
    ("another one", [text("model_output", "Low water.")], "Low water.", True),
    ("its words in another order", [text("model_output", "water.\n\nHigh ")], "water.\n\nHigh ", True),
    ("in two", [text("model_output", "High "), text("model_output", "water.")], "High water.", False),
    (
        "one more",
        [text("model_output", "High water."), text("model_output", "Bye.")],
        "High water.Bye.",
        False,
    ),
    ("nothing", [], "High water.", False),
]


@pytest.mark.parametrize(
    ("told", "expected", "corrected"), [row[1:] for row in FINISHED], ids=[r[0] for r in FINISHED]
)
def test_what_a_finished_interaction_says_is_compared_with_what_was_streamed(
    told: list[dict[str, Any]], expected: str, corrected: bool
) -> None:
    """What is there stays as it is, what is missing is added, and what is contradicted is replaced."""
    turn = after(
        Turn(hop=0),
        StepStart(0, {"type": "thought"}),
        StepDelta(0, SummaryDelta({"type": "text", "text": "Hm."})),
        StepStart(1, {"type": "model_output"}),
        StepDelta(1, TextDelta("High ")),
        StepDelta(1, TextDelta("water.")),
        InteractionCompleted(Interaction("a", "completed", steps=tuple(told))),
    )
    assert (text_of(turn), thoughts(turn)) == (expected, ["Hm."])
    assert bool(turn.warnings) is corrected


@pytest.mark.parametrize("pieces", [(), ("{",), ('{"a":1}',), ('{"a":2}',)])
def test_a_finished_call_has_the_arguments_that_the_server_says_at_last(pieces: tuple[str, ...]) -> None:
    begun = StepStart(0, {**CALL, "arguments": {}})
    deltas = [StepDelta(0, ArgumentsDelta(piece)) for piece in pieces]
    over = InteractionCompleted(Interaction("a", "requires_action", steps=(CALL,)))
    turn = after(Turn(hop=0), begun, *deltas, over)
    assert calls(turn) == [("f", "c", {"a": 1}, True)]


def test_who_runs_a_call_is_said_by_the_wire_and_may_be_said_late() -> None:
    turn = after(
        Turn(hop=0),
        StepStart(0, {"type": "shell_call", "id": "s", "waits": True}),
        StepStart(1, {"type": "custom_tool_call", "id": "x", "name": "search"}),
        StepStart(2, {"type": "function_call", "id": "f", "name": "f"}),
        StepDelta(2, OtherDelta("function_call", {"waits": False})),
        InteractionCompleted(Interaction("a", "requires_action")),
    )
    assert [call.data["id"] for call in turn_waits(turn)] == ["s"]
    assert all("waits" not in step.data for step in turn.steps if isinstance(step, ToolCall))


def test_a_picture_takes_the_place_of_its_draft() -> None:
    turn = after(
        Turn(hop=0),
        StepStart(0, {"type": "model_output"}),
        StepDelta(0, OtherDelta("image", {"data": "MQ==", "partial": True})),
        StepDelta(0, OtherDelta("image", {"data": "Mg==", "partial": True})),
        StepDelta(0, OtherDelta("image", {"data": "Mw=="})),
        StepDelta(0, OtherDelta("image", {"data": "NA=="})),
    )
    (step,) = turn.steps
    assert [part.raw["data"] for part in step.content] == ["Mw==", "NA=="]  # type: ignore[union-attr]


def test_fields_that_nobody_reads_are_kept_with_their_step_and_their_turn() -> None:
    turn = after(
        Turn(hop=0),
        StepDelta(0, TextDelta("t")),
        StepDelta(0, UnreadDelta({"mood": "go", "scores": [1], "rank": 1})),
        StepDelta(0, UnreadDelta({"mood": "od", "scores": [2], "rank": 2})),
        Told({"stop_sequence": "END", "tier": "a"}),
        Told({"tier": "b"}),
    )
    assert turn.steps[0].unread == {"mood": "good", "scores": [1, 2], "rank": 2}
    assert turn.details == {"stop_sequence": "END", "tier": "b"}


@pytest.mark.parametrize(
    "ends",
    [
        StepDelta(0, TextDelta("t")),
        StepStart(0, {"type": "thought"}),
        InteractionCompleted(Interaction("a", "completed")),
        Progress(""),
    ],
)
def test_what_the_server_does_is_over_when_the_model_speaks(ends: Body) -> None:
    turn = after(Turn(hop=0), Progress("loading", 0.5))
    assert turn.progress == Progress("loading", 0.5)
    assert after(turn, ends).progress is None


def test_a_remark_is_a_warning_whenever_it_comes() -> None:
    turn = after(Turn(hop=0), InteractionCompleted(Interaction("a", "completed")), Remark("It is odd"))
    assert turn.warnings == ("It is odd (row 101)",)


@pytest.mark.parametrize(
    ("asked", "answered", "another"),
    [
        ("m", "m", False),
        ("", "m", False),
        ("m", "", False),
        ("gpt-5.5", "gpt-5.5-2026-08-01", False),
        ("claude-opus-4-5", "claude-opus-4-5-20251101", False),
        ("models/gemini-2.5-flash", "gemini-2.5-flash-001", False),
        ("qwen/qwen3-8b", "qwen3-8b", False),
        ("llama3", "llama3:latest", False),
        ("gemini-flash-latest", "gemini-flash-4", False),
        ("gemini-2.5-flash", "gemini-4-flash", True),
        ("gemini-2.5-flash", "gemini-2.5-flash-lite", True),
        ("gpt-5.5", "gpt-5.5-mini", True),
    ],
)
def test_a_snapshot_of_a_model_is_that_model(asked: str, answered: str, *, another: bool) -> None:
    assert (bool(answered) and another_model(asked, answered)) is another
    turn = after(
        Turn(),
        Requested((), asked, None, stored=True),
        InteractionCreated(Interaction("a", model=answered or None)),
    )
    assert turn.substituted is another


DELTAS = st.builds(
    StepDelta,
    st.integers(0, 2),
    st.one_of(
        st.builds(TextDelta, st.from_regex(r"t[0-9]{6};", fullmatch=True)),
        st.builds(
            lambda text: SummaryDelta({"type": "text", "text": text}),
            st.from_regex(r"s[0-9]{6};", fullmatch=True),
        ),
        st.builds(ArgumentsDelta, st.from_regex(r"a[0-9]{6};", fullmatch=True)),
        st.builds(SignatureDelta, st.just("sig")),
    ),
)
STARTS = st.builds(
    lambda index, kind: StepStart(index, {"type": kind}),
    st.integers(0, 2),
    st.sampled_from(["model_output", "thought", "function_call", "google_search_result", "daydream"]),
)
ENDS = st.builds(StepStop, st.integers(0, 2)) | st.just(InteractionCompleted(Interaction("a", "completed")))


@given(st.lists(DELTAS | STARTS | ENDS, max_size=20))
def test_nothing_that_arrived_is_lost_and_nothing_is_there_twice(bodies: list[Body]) -> None:
    """Whatever is begun, ended, or never announced."""
    turn = after(Turn(hop=0), *bodies)
    shown = "".join(map(repr, (plain(s.content) for s in turn.steps if isinstance(s, ModelOutput | Thought))))
    shown += "".join(str(step.arguments) for step in turn.steps if isinstance(step, ToolCall))
    shown += "".join(str(raw) for step in turn.steps for raw in step.other)
    for body in bodies:
        match body:
            case StepDelta(delta=TextDelta(text=words)) | StepDelta(delta=ArgumentsDelta(arguments=words)):
                assert shown.count(words) == sum(words in repr(each) for each in bodies)
            case StepDelta(delta=SummaryDelta(content=content)):
                assert shown.count(content["text"]) == sum(content["text"] in repr(each) for each in bodies)
