"""The net: what cannot be drawn is a card, and nothing else of the page is lost."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, cast

import pytest
from streamlit.runtime.scriptrunner_utils.exceptions import StopException
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest

from interactions.errors import background
from interactions.providers.profile import Gist
from interactions.stream.journal import Frame
from interactions.turns.events import Interaction, InteractionCompleted, Requested, StepStart
from interactions.turns.turn import Turn
from interactions.ui.answer import turn as drawn_turn
from interactions.ui.answer.stack import Group, Leaf
from interactions.ui.answer.turn import drawing
from interactions.ui.drawing import boundary
from interactions.ui.log import rows
from interactions.ui.tab.state import rerun_if_raced
from interactions.ui.words.limits import UNDRAWN
from tests.folding import after

CALL = {"type": "google_search_call", "id": "c1", "arguments": {"queries": ["what is SSE"]}}
ANSWER = {"type": "model_output", "content": [{"type": "text", "text": "The answer."}]}


def fault(*_: object) -> Group:
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def nothing_told() -> Iterator[None]:
    background.forget()
    yield
    background.forget()


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drawer with a fault that nobody has foreseen."""
    monkeypatch.setattr(drawn_turn, "call_card", fault)


def turn(*steps: dict[str, Any], over: bool = True) -> Turn:
    begun = after(
        Turn(), Requested((), "m", None, True), *(StepStart(at, raw) for at, raw in enumerate(steps))
    )
    return after(begun, InteractionCompleted(Interaction("v1_1", "completed"))) if over else begun


@pytest.mark.usefixtures("broken")
def test_a_step_that_cannot_be_drawn_is_a_card_with_its_json_and_all_else_stays() -> None:
    """The answer, the status and the figures of the same turn."""
    elements = drawing(turn(CALL, ANSWER)).elements
    card = next(element for element in elements if isinstance(element, Group))
    assert (card.kind, card.label) == ("card", UNDRAWN)
    assert '"what is SSE"' in card.leaves[0].value
    assert Leaf("markdown", "The answer.") in elements
    assert any(isinstance(element, Leaf) and "completed" in element.value for element in elements)
    assert Leaf("id", "v1_1") in elements


@pytest.mark.usefixtures("broken")
def test_what_cannot_be_drawn_is_logged_once_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """A live view looks twenty times a second."""
    for _ in range(3):
        drawing(turn(CALL, CALL, over=False))
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


def test_the_end_of_a_run_passes_the_boundary() -> None:
    """Streamlit ends a script by what is no `Exception`."""

    def stop() -> None:
        raise StopException

    with pytest.raises(StopException):
        boundary.attempt(stop, lambda: None)


def test_what_cannot_even_be_told_as_json_is_told() -> None:
    """Whatever the value is, the card has something to show."""
    for value in (object(), {1: float("nan")}, {"a": "\ud800"}, 10**400, {"a": {object()}}):
        assert boundary.as_it_came(value)


def script() -> None:
    import streamlit as st

    from interactions.ui.answer.stack import Element, Group, Leaf, Stack, place

    bad = Leaf("audio", "é", "audio/wav")  # no base64: the element's own call raises
    elements: list[Element] = [
        bad,
        Group("card", "A tool", (bad, Leaf("text", "inside"))),
        Leaf("text", "after \ud800"),
    ]
    place(st.container(), elements, "placed")
    stack = Stack(st.container(), "stacked")
    stack.draw([Leaf("text", "first"), Leaf("text", "second")])
    stack.draw([Group("card", "Another tool", (Leaf("text", "third"),)), bad, Leaf("text", "fourth")])
    stack.draw([bad, Group("card", "Another tool", (bad, Leaf("text", "fifth"))), Leaf("text", "fourth")])
    stack.draw([Group("card", "Another tool", (Leaf("text", "sixth"),)), Leaf("text", "seventh")])


def test_an_element_that_streamlit_refuses_is_a_card_in_its_place() -> None:
    """What stands beside it and below it is drawn, now and when it changes."""
    page = AppTest.from_function(script).run()
    assert not page.exception
    assert [text.value for text in page.text] == ["inside", "after ?", "sixth", "seventh"]
    assert [each.label for each in page.expander].count(UNDRAWN) == 2
    assert [code.value for code in page.code] == ["é", "é"]


def test_a_gist_that_fails_or_is_no_text_costs_its_row_and_no_other() -> None:
    """It may be a package's."""
    frame = Frame(0, 0, 0, "wire", b'data: {"event_type":"odd"}\n\n')
    faulty = cast(Gist, fault)
    assert rows.describe(frame, faulty)[:2] == ("unread", "")
    assert "odd" in rows.row_html(frame, None, "raw", faulty)
    assert "odd" in rows.row_html(frame, None, "raw", cast(Gist, lambda *_: None))


@pytest.mark.parametrize("name", ["read_frame", "pretty"])
def test_a_row_that_cannot_be_told_is_the_text_of_its_frame(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The log never lacks a frame."""
    monkeypatch.setattr(rows, name, fault)
    frame = Frame(0, 0, 0, "wire", b'data: {"event_type":"odd"}\n\n')
    assert rows.describe(frame)[:2] == ("unread", "")
    assert "odd" in rows.row_html(frame, None, "raw")


def disturb(monkeypatch: pytest.MonkeyPatch, times: int) -> list[str]:
    """So many times, the session's state gets a key more while Streamlit goes through it, as from another
    thread."""
    written: list[str] = []
    whole, id_of = vars(SessionState)["filtered_state"], SessionState._get_widget_id
    armed: list[bool] = []

    def filtered_state(self: SessionState) -> dict[str, Any]:
        if len(written) < times:
            armed.append(True)
        found: dict[str, Any] = whole.fget(self)
        return found

    def get_widget_id(self: SessionState, key: str) -> str:
        if armed:
            armed.clear()
            written.append(f"written {len(written)}")
            self._old_state[written[-1]] = True
        return id_of(self, key)

    monkeypatch.setattr(SessionState, "filtered_state", property(filtered_state))
    monkeypatch.setattr(SessionState, "_get_widget_id", get_widget_id)
    return written


def test_a_page_whose_session_state_changes_while_streamlit_reads_it_is_drawn_again(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message that was sent at that moment is sent, once: its callback reads all of the state, too."""
    written = disturb(monkeypatch, 4)
    page.chat_input[0].set_value("Hello").run()
    assert len(written) == 4
    assert not page.exception
    assert len(page.session_state["turns"]) == 1


def test_a_fault_of_ours_is_not_taken_for_that() -> None:
    numbers = {1: 1}
    with pytest.raises(RuntimeError, match="changed size"), rerun_if_raced():
        numbers.update((number + 1, 1) for number in numbers)
