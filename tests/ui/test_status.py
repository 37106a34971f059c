"""What the line under a message says of its turn."""

from typing import Any

import pytest

from interactions.conversations.request import Input
from interactions.turns.events import (
    Interaction,
    InteractionCompleted,
    Progress,
    Requested,
    Retried,
    Retrying,
    StepDelta,
    StepStart,
    TextDelta,
)
from interactions.turns.turn import Turn
from interactions.ui import words
from interactions.ui.answer.stack import Leaf
from interactions.ui.answer.turn import drawing
from interactions.ui.compare import table
from interactions.ui.words.trouble import trouble
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


CALLS: Any = {
    ("function_call",): "waits for the result of a function",
    ("mcp_approval_call",): "waits for an approval",
    ("shell_call",): "waits for the result of a shell command",
    ("local_shell_call", "shell_call"): "waits for the result of a shell command",
    ("apply_patch_call",): "waits for the result of a patch",
    ("computer_call",): "waits for a screenshot",
    ("custom_tool_call",): "waits for the result of a tool",
    ("tool_search_call",): "waits for an answer to tool_search",
    ("mcp_approval_call", "shell_call", "shell_call"): (
        "waits for an approval and the result of a shell command"
    ),
}


def waiting(*kinds: str) -> Turn:
    """A turn that has ended because of such calls."""
    begun = (StepStart(at, {"type": kind, "id": str(at), "waits": True}) for at, kind in enumerate(kinds))
    ended = InteractionCompleted(Interaction("v1_1", "requires_action"))
    return after(Turn(), Requested((), "m", None, stored=True), *begun, ended)


@pytest.mark.parametrize(("kinds", "said"), CALLS.items(), ids=map("+".join, CALLS))
def test_a_turn_says_what_it_waits_for(kinds: tuple[str, ...], said: str) -> None:
    assert words.status(waiting(*kinds)) == (said, "busy")


@pytest.mark.parametrize("kinds", CALLS, ids="+".join)
def test_a_call_of_any_kind_is_answered_by_its_result_and_passed_over_by_a_message(
    kinds: tuple[str, ...],
) -> None:
    turn = waiting(*kinds)
    results = tuple({"type": kind.replace("_call", "_result"), "call_id": "0"} for kind in kinds)
    functions = set(kinds) == {"function_call"}
    assert words.status(turn, results) == (words.ANSWERED if functions else words.ANSWERED_ELSE)
    assert words.status(turn, "Hello") == (words.PASSED_OVER if functions else words.PASSED_OVER_ELSE)


@pytest.mark.parametrize(
    ("doing", "share", "said"),
    [
        ("web_search searching", None, "searching the web…"),
        ("web_search_call.searching", None, "searching the web…"),
        ("response.web_search_call.in_progress", None, "searching the web…"),
        ("code_interpreter interpreting", None, "running code…"),
        ("mcp_list_tools in_progress", None, "asking a server which tools it has…"),
        ("model_load", 0.4, "loading the model, 40 %"),
        ("model_load.progress", 0.0, "loading the model, 0 %"),
        ("prompt_processing", 0.124, "reading the prompt, 12 %"),
        ("model_load", float("nan"), "loading the model…"),
        ("model_load", 7.0, "loading the model…"),
        ("Warming up the hologram", None, "Warming up the hologram"),
        ("Warming up", 0.5, "Warming up, 50 %"),
    ],
)
def test_what_the_server_says_that_it_does_is_the_status(doing: str, share: float | None, said: str) -> None:
    """In our words, or else in its own."""
    turn = after(Turn(), Requested((), "m", None, stored=True), Progress(doing, share))
    assert words.status(turn) == (said, "busy")


@pytest.mark.parametrize("doing", ["", "web_search completed", "model_load.end"])
def test_what_is_over_or_says_nothing_is_no_status(doing: str) -> None:
    asked = after(Turn(), Requested((), "m", None, stored=True))
    assert words.status(after(asked, Progress(doing))) == words.status(asked)


def test_content_ends_what_the_server_said_that_it_did() -> None:
    asked = after(Turn(), Requested((), "m", None, stored=True), Progress("web_search searching"))
    begun = after(asked, StepStart(0, {"type": "model_output"}), StepDelta(0, TextDelta("Hi")))
    assert words.status(begun) == ("answering", "busy")


def test_a_reason_to_stop_that_nobody_knows_is_told_in_the_servers_word() -> None:
    """On the line of its status, in the sentence below, and in the table of a comparison."""
    detail = {"code": "cosmic_rays", "message": "It was stopped by cosmic_rays."}
    early = Interaction("v1_1", "incomplete", errors=(detail,))
    turn = after(Turn(), Requested((), "m", None, stored=True), InteractionCompleted(early))
    assert words.status(turn) == ("incomplete: the server says cosmic_rays", "warn")
    found = trouble(turn)
    assert found is not None
    assert "“cosmic_rays”" in found.happened
    assert found.quoted == detail["message"]
    assert table._status(turn) == "incomplete: the server says cosmic_rays"


def test_an_answer_that_has_met_its_limit_is_incomplete_without_a_word_more() -> None:
    turn = after(Turn(), InteractionCompleted(Interaction("v1_1", "incomplete")))
    assert words.status(turn) == (words.STATUSES["incomplete"], "warn")


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


def test_a_search_that_runs_may_be_any_vendor_s() -> None:
    """Whose it is says the item that comes with the end of its step."""
    begun = StepStart(0, {"type": "google_search_call", "id": "0"})
    assert words.status(after(Turn(), Requested((), "m", None, stored=True), begun)) == (
        "using Web search",
        "busy",
    )
