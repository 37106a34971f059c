"""A conversation that nobody touches: its session ends, and what is sent then begins a fresh one."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from interactions.ui import idle, words

pytestmark = pytest.mark.slow

MINUTES = 60.0  # seconds


def later(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    clock = SimpleNamespace(time=lambda: time.time() + minutes * MINUTES, monotonic=time.monotonic)
    monkeypatch.setattr(idle, "time", clock)


def send(page: AppTest, text: str) -> None:
    page.chat_input[0].set_value(text).run()


def banners(page: AppTest) -> list[str]:
    return [each.value for each in page.caption if each.value.startswith("Session ended")]


def test_a_quiet_session_ends_and_a_message_begins_a_fresh_one(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(page, "Hello")
    origin = page.session_state["_conversation"]
    later(monkeypatch, 9)
    assert banners(page.run()) == []
    later(monkeypatch, 11)
    assert banners(page.run()) == [words.SESSION_ENDED.format(10.0)]
    send(page, "Hello again")
    assert page.session_state["_conversation"] != origin
    assert page.session_state["turns"][0].previous_interaction_id is None


def test_a_session_can_be_continued(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The choice holds for the next message."""
    send(page, "My name is Ada.")
    origin = page.session_state["_conversation"]
    later(monkeypatch, 11)
    page.run()
    page.button(key="continue").click().run()
    assert banners(page) == []
    send(page, "What is my name?")
    assert page.session_state["_conversation"] == origin
    assert len(page.session_state["turns"]) == 2


def test_a_fresh_start_is_a_click(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    send(page, "Hello")
    later(monkeypatch, 11)
    page.run()
    page.button(key="start_fresh").click().run()
    assert page.session_state["turns"] == []
    assert banners(page) == []


def test_a_waiting_call_keeps_a_session_open(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody may be working on its result."""
    example = next(button for button in page.button if button.label == "Function call")
    example.click().run()
    later(monkeypatch, 600)
    assert banners(page.run()) == []
