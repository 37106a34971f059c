"""Text that turns out to be a thought, once its end has come."""

from __future__ import annotations

import pytest

from interactions.turns.events import (
    Delta,
    OtherDelta,
    StepDelta,
    StepStart,
    SummaryDelta,
    TextDelta,
    ThoughtDelta,
    UnreadDelta,
)
from interactions.turns.steps import Thought, plain
from interactions.turns.turn import Turn, text_of
from tests.folding import after


def test_text_turns_into_a_thought_with_all_that_it_has() -> None:
    """Where it stood, what nobody has read, and a picture in it."""
    picture = OtherDelta("image", {"uri": "https://x.test/a.png"})
    deltas: list[Delta] = [TextDelta("Hm"), picture, UnreadDelta({"mood": "calm"}), ThoughtDelta()]
    begun = after(Turn(), StepStart(0, {"type": "model_output"}))
    turn = after(begun, *(StepDelta(0, delta) for delta in deltas), StepDelta(0, SummaryDelta({"text": "!"})))
    (step,) = turn.steps
    assert isinstance(step, Thought)
    assert plain(step.content) == "Hm!"
    assert (len(step.content), step.unread, step.first) == (3, {"mood": "calm"}, begun.steps[0].first)
    assert (text_of(turn), turn.warnings) == ("", ())


@pytest.mark.parametrize("kind", ["thought", "function_call", "function_result", "user_input", "hologram"])
def test_any_other_step_stays_what_it_is(kind: str) -> None:
    before = after(Turn(), StepStart(0, {"type": kind}))
    turn = after(before, StepDelta(0, ThoughtDelta()))
    assert type(turn.steps[0]) is type(before.steps[0])


def test_of_a_step_that_never_began_it_makes_an_empty_thought() -> None:
    turn = after(Turn(), StepDelta(0, ThoughtDelta()))
    assert isinstance(turn.steps[0], Thought)
    assert turn.steps[0].content == ()
