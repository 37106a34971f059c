"""What is said of an answer beside its text: fields that nobody reads, its phase, its model, its end."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from interactions.turns.events import (
    Body,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    Remark,
    Requested,
    StepDelta,
    StepStart,
    StepStop,
    TextDelta,
    Told,
    UnreadDelta,
)
from interactions.turns.turn import Turn
from interactions.ui.answer.stack import Element, Group, Leaf
from interactions.ui.answer.turn import drawing
from interactions.ui.words.answer import cards
from tests.folding import after

ASKED = Requested((), "gpt-6", None, stored=True)
BEGUN = (ASKED, InteractionCreated(Interaction("r1", model="gpt-6-2026-05-01")))
ENDED = InteractionCompleted(Interaction("r1", "completed"))
STEPS: list[dict[str, Any]] = [
    {"type": "model_output"},
    {"type": "thought"},
    {"type": "function_call", "id": "c", "name": "f"},
    {"type": "google_search_call", "id": "c"},
    {"type": "google_search_result", "call_id": "c"},
    {"type": "hologram"},
]


def turn(*bodies: Body) -> Turn:
    return after(Turn(), *BEGUN, *bodies)


def card(made: Turn, label: str) -> Group | None:
    found = [each for each in drawing(made).elements if isinstance(each, Group) and each.label == label]
    assert len(found) < 2
    return found[0] if found else None


def html(elements: list[Element]) -> str:
    return unescape(
        "\n".join(each.value for each in elements if isinstance(each, Leaf) and each.kind == "html")
    )


def values(group: Group | None) -> str:
    assert group is not None
    return unescape("\n".join(leaf.value for leaf in group.leaves))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: str(step["type"]))
def test_fields_that_nobody_reads_stand_raw_under_the_step_once_it_is_whole(step: dict[str, Any]) -> None:
    """While it grows they may come with every piece."""
    begun = (StepStart(0, step), StepDelta(0, UnreadDelta({"logprobs": [{"token": "a"}], "nothing": ""})))
    assert card(turn(*begun), cards.UNREAD) is None
    for end in (StepStop(0), ENDED):
        shown = values(card(turn(*begun, end), cards.UNREAD))
        assert '"token": "a"' in shown
        assert "nothing" not in shown


@pytest.mark.parametrize(
    ("phase", "said"), [("commentary", "commentary"), ("final_answer", "final answer"), ("encore", "encore")]
)
def test_the_phase_of_a_text_is_a_label_above_it(phase: str, said: str) -> None:
    """And no field that nobody reads. The text can be streamed below."""
    begun = (StepStart(0, {"type": "model_output"}), StepDelta(0, UnreadDelta({"phase": phase})))
    growing = turn(*begun, StepDelta(0, TextDelta("Let me see")))
    shown = drawing(growing)
    assert shown.growing is not None
    assert shown.elements[shown.growing] == Leaf("markdown", "Let me see")
    assert shown.elements[shown.growing - 1] == Leaf("html", f'<p class="phase">{said}</p>')
    assert card(turn(*begun, StepStop(0)), cards.UNREAD) is None


def test_the_caller_of_a_tool_is_a_sentence_on_its_card_wherever_it_was_said() -> None:
    call = StepStart(0, {"type": "function_call", "id": "c", "name": "f"})
    said = StepDelta(0, UnreadDelta({"caller": {"type": "program", "caller_id": "call_7"}}))
    made = turn(call, said, StepStop(0))
    assert "Called by a program (call_7)" in values(card(made, "f"))
    assert card(made, cards.UNREAD) is None


def test_what_is_said_of_the_answer_as_a_whole_is_one_card_behind_it() -> None:
    told = Told(
        {
            "stop_sequence": "\nEND",
            "container": {"id": "container_1", "expires_at": "2026-12-01T14:00:00Z"},
            "service_tier": "priority",
            "context_management": None,
        }
    )
    made = turn(StepStart(0, {"type": "model_output"}), StepDelta(0, TextDelta("Hi")), told, ENDED)
    shown = values(card(made, cards.DETAILS))
    assert cards.STOP_SEQUENCE.format('"\\nEND"') in shown
    assert cards.CONTAINER_UNTIL.format("container_1", "2026-12-01T14:00:00Z") in shown
    assert '"service_tier": "priority"' in shown
    assert "context_management" not in shown
    labels = [each.label for each in drawing(made).elements if isinstance(each, Group)]
    assert labels[-1] == cards.DETAILS


def test_a_container_without_an_end_is_named() -> None:
    shown = values(card(turn(Told({"container": {"id": "container_1"}})), cards.DETAILS))
    assert cards.CONTAINER.format("container_1") in shown


def test_an_answer_of_which_nothing_more_is_said_has_no_such_card() -> None:
    assert card(turn(ENDED), cards.DETAILS) is None


def test_a_remark_is_seen_on_the_turn() -> None:
    assert "The call is missing (row" in html(drawing(turn(Remark("The call is missing"), ENDED)).elements)


def test_the_facts_name_the_model_that_answers_and_not_the_one_that_was_asked() -> None:
    assert "gpt-6-2026-05-01" in html(drawing(turn()).elements)
    assert "gpt-6" not in html(drawing(after(Turn(), ASKED)).elements)
