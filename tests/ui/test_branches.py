"""What can be done with a turn: other words, another answer, a conversation that goes on from it."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Html

from interactions.errors import OverLimit
from interactions.running.dispatch import Dispatch
from interactions.ui import words
from interactions.ui.drawing.markdown import as_label

pytestmark = pytest.mark.slow


def send(page: AppTest, text: str) -> None:
    page.chat_input[0].set_value(text).run()


def press(page: AppTest, icon: str, place: int = -1) -> None:
    """The button with this icon of the last turn, or of another one."""
    buttons = [button for button in page.button if str(button.key).startswith(f"{icon}_")]
    buttons[place].click().run()


def said(page: AppTest) -> list[str]:
    """The user's messages that the page shows."""
    return [text.value for text in page.main.text]


def statuses(page: AppTest) -> list[str]:
    drawn = "".join(str(each.value) for each in page.main if isinstance(each, Html))
    return re.findall(r'<div class="status \w+"><span>(.*?)</span>', drawn)


def places(page: AppTest) -> list[str]:
    return [each.value for each in page.main.caption if re.fullmatch(r"\d+ of \d+", each.value)]


def test_a_message_in_other_words_stands_beside_the_first_one(page: AppTest) -> None:
    """It builds on what came before it, not on what it replaces; both can be looked at."""
    send(page, "My name is Ada.")
    before = page.session_state["previous_interaction_id"]
    send(page, "My name is Bob.")
    press(page, "edit")
    key = next(str(area.key) for area in page.text_area if str(area.key).startswith("edited_"))
    page.text_area(key=key).set_value("What is my name?")
    press(page, "edit_send")
    assert said(page) == ["My name is Ada.", "What is my name?"]
    assert places(page) == ["2 of 2"]
    assert page.session_state["turns"][1].previous_interaction_id == before
    assert any("**Ada**" in markdown.value for markdown in page.main.markdown)
    press(page, "chevron_left")
    assert said(page) == ["My name is Ada.", "My name is Bob."]
    assert places(page) == ["1 of 2"]
    send(page, "What is my name?")
    assert any("**Bob**" in markdown.value for markdown in page.main.markdown), "it goes on with what is seen"


def test_an_edit_that_is_refused_keeps_its_words(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its reader is told why, and has them to send when it is over."""

    def refuse(*_args: object, **_more: object) -> None:
        raise OverLimit("That was enough for this hour.")

    send(page, "Hello")
    press(page, "edit")
    key = next(str(area.key) for area in page.text_area if str(area.key).startswith("edited_"))
    page.text_area(key=key).set_value("What is my name?")
    with monkeypatch.context() as patch:
        patch.setattr(Dispatch, "send", refuse)
        press(page, "edit_send")
    assert [error.value for error in page.error] == [as_label("That was enough for this hour.")]
    assert page.text_area(key=key).value == "What is my name?"
    press(page, "edit_send")
    assert said(page) == ["What is my name?"]
    assert not page.error


def test_an_edit_that_is_cancelled_changes_nothing(page: AppTest) -> None:
    send(page, "Hello")
    press(page, "edit")
    press(page, "edit_cancel")
    assert said(page) == ["Hello"]
    assert places(page) == []


def test_another_answer_stands_beside_the_first(page: AppTest) -> None:
    """The same words, settings and history; the first message of all has siblings too."""
    send(page, "Hello")
    for number in (2, 3):
        press(page, "refresh")
        assert said(page) == ["Hello"]
        assert places(page) == [f"{number} of {number}"]
    assert len(page.session_state["turns"]) == 1
    assert page.session_state["turns"][0].previous_interaction_id is None


def test_a_conversation_goes_on_elsewhere(page: AppTest) -> None:
    """With the turns that led there; one input and one id are sent."""
    send(page, "My name is Ada.")
    send(page, "My name is Bob.")
    origin = page.session_state["_conversation"]
    press(page, "fork_right", 0)
    assert page.session_state["_conversation"] != origin
    assert said(page) == ["My name is Ada."]
    send(page, "What is my name?")
    assert any("**Ada**" in markdown.value for markdown in page.main.markdown)
    assert len(page.session_state["turns"]) == 2


def test_a_turn_that_did_not_end_well_can_be_tried_again(page: AppTest) -> None:
    """The button says so; the failed one stays."""
    send(page, "Cut the stream after 8 events and forget it.")
    assert statuses(page) == ["interrupted"]
    labels = [button.label for button in page.button]
    assert words.TRY_AGAIN in labels
    assert words.BRING_BACK in labels
    press(page, "cloud_download")
    assert statuses(page) == ["interrupted"], "its server was asked, and does not have it"
    press(page, "refresh")
    assert places(page) == ["2 of 2"]


def test_a_background_run_is_a_switch(page: AppTest) -> None:
    """Sent with the turn, and said beside the settings."""
    page.toggle(key="background").set_value(True).run()
    send(page, "Hello")
    assert statuses(page) == ["completed"]
    conversation = page.session_state["turns"][0]
    assert conversation.id
    assert any(words.IN_BACKGROUND in caption.value for caption in page.sidebar.caption)


def test_an_agent_answers_in_the_place_of_a_model(page: AppTest) -> None:
    page.text_input(key="agent").set_value("deep-research-preview-04-2026").run()
    page.toggle(key="background").set_value(True).run()
    send(page, "Hello")
    assert statuses(page) == ["completed"]
    assert page.session_state["turns"][0].model == "deep-research-preview-04-2026"
