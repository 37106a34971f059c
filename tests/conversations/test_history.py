"""Earlier turns, as a server takes them back."""

from __future__ import annotations

import json
from functools import partial

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations import history
from interactions.conversations.history import left_behind, remembered, transplanted
from interactions.providers.gemini.steps import ACCEPTED, TRANSPLANTED
from interactions.sandbox.fields import STEPS, check_tagged
from interactions.turns.events import (
    OtherDelta,
    Requested,
    StepDelta,
    StepStart,
    StepStop,
    TextDelta,
)
from interactions.turns.steps import OWN_CALLS, Wire
from interactions.turns.turn import Turn
from tests.folding import RECORDINGS, after, jsons, turn_of, wire_events

wire_steps = partial(history.wire_steps, accepted=ACCEPTED)

SAID = {"type": "user_input", "content": [{"type": "text", "text": "Hi"}]}


def made_of(*steps: Wire) -> Turn:
    """A turn whose answer came whole."""
    begun = after(Turn(), Requested((SAID,), "m", None, stored=False))
    starts = [part for at, step in enumerate(steps) for part in (StepStart(at, step), StepStop(at))]
    return after(begun, *starts)


def test_a_recorded_call_goes_back_with_its_thought_and_its_arguments_as_an_object() -> None:
    """The signature stands in the thought; the call's own is empty, and is not sent."""
    steps = wire_steps([turn_of(RECORDINGS["function_call"])])
    assert [step["type"] for step in steps] == ["user_input", "thought", "function_call"]
    assert steps[0] == SAID
    assert steps[1]["signature"]
    assert set(steps[2]) == {"type", "id", "name", "arguments"}
    assert isinstance(steps[2]["arguments"], dict)


@pytest.mark.parametrize("name", RECORDINGS)
def test_a_strict_server_takes_every_recorded_step_back(name: str) -> None:
    """No key more than its type has; a kind that is not known goes back as it came."""
    for step in wire_steps([turn_of(RECORDINGS[name])]):
        if step["type"] in STEPS:
            check_tagged(json.loads(json.dumps(step)), STEPS, "input")


def test_every_tool_step_has_its_keys() -> None:
    """A kind without a row in the table could not be sent."""
    results = {call.removesuffix("_call") + "_result" for call in OWN_CALLS}
    assert set(ACCEPTED.keys) == OWN_CALLS | results


def test_keys_that_a_step_does_not_have_are_left_out() -> None:
    """The server refuses an `id` on a result and a `call_id` on a call."""
    call = {"type": "function_call", "id": "c", "call_id": "c", "name": "f", "arguments": {"a": 1}}
    result = {"type": "function_result", "id": "c", "call_id": "c", "name": "f", "result": ""}
    sent = wire_steps([made_of(call, result)])
    assert sent[1] == {"type": "function_call", "id": "c", "name": "f", "arguments": {"a": 1}}
    assert sent[2] == {"type": "function_result", "call_id": "c", "name": "f", "result": ""}


@pytest.mark.parametrize("arguments", ["{", "", "7", "[1]"])
def test_arguments_that_are_no_object_go_back_as_they_were_said(arguments: str) -> None:
    """The server takes objects alone, so they are put into one."""
    turn = made_of()
    begun = StepStart(0, {"type": "function_call", "id": "c", "name": "f", "arguments": {}})
    delta = StepDelta(0, OtherDelta("function_call", {"arguments": arguments}))
    (sent,) = wire_steps([after(turn, begun, delta, StepStop(0))])[1:]
    assert sent["arguments"] == ({"INVALID_JSON": arguments} if arguments else {})


def test_what_says_nothing_is_left_out() -> None:
    """A step that was opened and never filled is no part of the history."""
    assert wire_steps([made_of({"type": "model_output"}, {"type": "thought"}, {"type": ""})]) == (SAID,)


def test_media_go_back_with_the_keys_that_they_have() -> None:
    """What the stream added for its own purposes stays here."""
    picture = {"type": "image", "data": "AA==", "mime_type": "image/png", "rate": 1}
    output = {
        "type": "model_output",
        "content": [{"type": "text", "text": "So:", "annotations": []}, picture],
    }
    (sent,) = wire_steps([made_of(output)])[1:]
    assert sent["content"] == [
        {"type": "text", "text": "So:"},
        {"type": "image", "data": "AA==", "mime_type": "image/png"},
    ]


def test_citations_go_back_with_their_text() -> None:
    """They are part of what the model wrote."""
    cited = {
        "type": "text",
        "text": "So.",
        "annotations": [{"type": "url_citation", "url": "https://x.test"}],
    }
    assert wire_steps([made_of({"type": "model_output", "content": [cited]})])[1]["content"] == [cited]


def test_another_account_gets_no_signature_that_it_cannot_check() -> None:
    """Thoughts keep their place, and say that they come from elsewhere; the turn itself stays as it is."""
    turn = made_of(
        {"type": "thought", "signature": "mine"},
        {"type": "google_search_call", "id": "s", "signature": "mine", "arguments": {}},
        {"type": "function_call", "id": "c", "name": "f", "arguments": {}, "signature": ""},
    )
    sent = wire_steps([transplanted(turn)])
    assert [step.get("signature") for step in sent] == [None, TRANSPLANTED, TRANSPLANTED, None]
    assert [step.get("signature") for step in wire_steps([turn])] == [None, "mine", "mine", None]


def test_calls_of_a_model_that_signs_nothing_have_the_placeholder_elsewhere() -> None:
    """Google refuses a call without a signature, whoever made it."""
    turn = made_of({"type": "function_call", "id": "c", "name": "f", "arguments": {}})
    assert "signature" not in wire_steps([turn])[1]
    assert wire_steps([transplanted(turn)])[1]["signature"] == TRANSPLANTED


def test_a_server_of_which_nothing_is_known_gets_all_keys_and_no_placeholder() -> None:
    """A signature that says nothing to it is not sent, nor is what another vendor takes for one."""
    call = {"type": "function_call", "id": "c", "name": "f", "arguments": {}, "odd": 1}
    turn = made_of(
        {"type": "thought", "signature": "mine", "summary": [{"type": "text", "text": "So."}]},
        {**call, "signature": "mine"},
        {"type": "hologram", "signature": "mine", "light": 1},
    )
    assert [step.get("signature") for step in history.wire_steps([turn])] == [None, "mine", "mine", "mine"]
    sent = history.wire_steps([transplanted(turn)])
    assert sent[1:] == (
        {"type": "thought", "summary": [{"type": "text", "text": "So."}]},
        call,
        {"type": "hologram", "light": 1},
    )


@pytest.mark.parametrize("vendor", [False, True])
def test_what_is_left_behind_is_what_is_not_sent(vendor: bool) -> None:
    """A search of Google's goes to another key of Google's; one in a vendor's own words goes to nobody."""
    turn = made_of({"type": "google_search_call", "id": "s", "signature": "mine", "arguments": {}})
    assert left_behind(turn, vendor=vendor) == ({"signatures", "google_search_call"} if vendor else set())
    worded = [msgspec.structs.replace(step, native={"v": {"type": "search"}}) for step in turn.steps[1:]]
    foreign = msgspec.structs.replace(turn, steps=(turn.steps[0], *worded))
    assert left_behind(foreign, vendor=vendor) == {"google_search_call"} | (
        {"signatures"} if vendor else set()
    )
    assert wire_steps([transplanted(foreign)]) == (SAID,)


@pytest.mark.parametrize(
    ("status", "belongs"),
    [
        ("completed", True),
        ("requires_action", True),
        ("incomplete", True),
        ("failed", False),
        ("cancelled", False),
        ("interrupted", False),
        ("budget_exceeded", False),
    ],
)
def test_only_turns_that_ended_well_belong_to_the_history(status: str, belongs: bool) -> None:
    """Kept by the server or not."""
    assert remembered(Turn(status=status, ended=True, stored=False)) is belongs
    assert not remembered(Turn(status=status))


def test_the_answers_of_all_hops_go_back_in_order() -> None:
    """A turn of several requests is one turn of the history."""
    first = after(
        made_of({"type": "model_output", "content": "One"}), Requested((), "m", "v1_1", stored=True)
    )
    turn = after(first, StepStart(0, {"type": "model_output"}), StepDelta(0, TextDelta(" two")), StepStop(0))
    assert [step["content"][0]["text"] for step in wire_steps([turn])] == ["Hi", "One", " two"]


@given(st.lists(wire_events() | jsons(), max_size=8))
def test_any_turn_becomes_steps_that_can_be_sent(values: list[object]) -> None:
    """What a server has sent, however odd, never raises here."""
    body = b"".join(b"data: " + json.dumps(value).encode() + b"\n\n" for value in values)
    turn = turn_of(body)
    for step in wire_steps([turn, transplanted(turn)]):
        assert json.dumps(step)
