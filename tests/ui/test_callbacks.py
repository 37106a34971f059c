"""A callback that is ended in its midst: what it left undone is done by the next run, and once."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

pytestmark = pytest.mark.slow


def script() -> None:
    import streamlit as st
    from streamlit.runtime.scriptrunner import StopException

    from interactions.ui.tab import callbacks

    def send(text: str) -> None:
        if st.session_state["busy"]:
            st.session_state["busy"] = False
            raise StopException  # as any look at the state does while another click waits
        if st.session_state["fails"]:
            raise ValueError("It cannot be sent.")
        st.session_state["sent"] = [*st.session_state["sent"], text]
        callbacks.defer(lambda: note(text))

    def note(text: str) -> None:
        if st.session_state["busy_later"]:
            st.session_state["busy_later"] = False
            raise StopException
        st.session_state["noted"] = [*st.session_state["noted"], text]

    for name in ("busy", "busy_later", "fails"):
        st.session_state.setdefault(name, False)
    for name in ("sent", "noted"):
        st.session_state.setdefault(name, [])
    callbacks.run_deferred()
    for text in ("one", "two"):
        st.button(text, key=text, on_click=callbacks.run, args=(lambda text=text: send(text),))


@pytest.fixture
def page() -> AppTest:
    return AppTest.from_function(script).run()


def sent(page: AppTest) -> list[str]:
    found: list[str] = page.session_state["sent"]
    return found


def test_an_undisturbed_callback_does_it_at_once(page: AppTest) -> None:
    page.button(key="one").click().run()
    page.run()
    assert sent(page) == ["one"]


def test_what_was_cut_short_is_done_by_the_next_run(page: AppTest) -> None:
    page.session_state["busy"] = True
    page.button(key="one").click().run()
    page.run()
    page.run()
    assert sent(page) == ["one"]


def test_what_comes_afterwards_is_cut_short_alone(page: AppTest) -> None:
    """What was done before it is not done again."""
    page.session_state["busy_later"] = True
    page.button(key="one").click().run()
    assert page.session_state["noted"] == []
    page.run()
    page.run()
    assert sent(page) == page.session_state["noted"] == ["one"]


def test_what_has_failed_is_not_tried_again(page: AppTest) -> None:
    page.session_state["fails"] = True
    page.button(key="one").click().run()
    assert page.exception
    page.session_state["fails"] = False
    assert not page.run().exception
    assert sent(page) == []
