"""What the line under a message says of its turn."""

import pytest

from interactions.conversations.request import Input
from interactions.turns.events import Requested, Retried, Retrying, StepStart
from interactions.turns.turn import Turn
from interactions.ui import words
from interactions.ui.answer.stack import Leaf
from interactions.ui.answer.turn import drawing
from tests.folding import after

RESULT = {"type": "function_result", "call_id": "1", "name": "get_weather", "result": "Sunny"}
MESSAGE = {"type": "user_input", "content": [{"type": "text", "text": "Hello"}]}


@pytest.mark.parametrize(
    ("next_input", "said"),
    [
        (None, (words.STATUSES["requires_action"], "busy")),
        ((RESULT,), words.ANSWERED),
        ((MESSAGE,), words.PASSED_OVER),
        ("Hello", words.PASSED_OVER),
    ],
    ids=["nothing", "its result", "a message with a file", "a message"],
)
def test_what_was_sent_after_a_call_says_whether_it_was_answered(
    next_input: Input | None, said: tuple[str, str]
) -> None:
    turn = Turn(status="requires_action", ended=True)
    sentence, tone = said
    (status,) = (
        span
        for span in drawing(turn, next_input=next_input).elements
        if isinstance(span, Leaf) and "status" in span.value
    )
    assert f'class="status {tone}"><span>{sentence}<' in status.value


def test_a_turn_that_waited_for_nothing_is_what_it_was_whatever_came_after_it() -> None:
    turn = Turn(status="completed", ended=True)
    assert words.status(turn, (RESULT,)) == words.status(turn) == ("completed", "good")


@pytest.mark.parametrize(
    ("status", "why"), [(429, "HTTP 429"), (0, words.UNREACHED)], ids=["refused", "not reached"]
)
def test_a_pause_before_the_next_attempt_says_why_and_which_it_is(status: int, why: str) -> None:
    asked = Requested((), "m", None, stored=True)
    pausing = after(Turn(), asked, Retrying(0.5, 2, 4, status))
    assert words.status(pausing) == (f"{why}: asking again in 0.5 s (2 of 4)", "warn")
    assert words.status(after(pausing, Retried())) == words.status(after(Turn(), asked))
    begun = StepStart(0, {"type": "model_output"})
    assert words.status(after(pausing, Retried(), begun)) == ("answering", "busy")
