"""The library in the sidebar: find, name, pin, delete and bring back."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from interactions.sandbox import Server
from interactions.ui import words

pytestmark = pytest.mark.slow


@pytest.fixture
def page(sandbox: Server, tmp_path: Path) -> AppTest:
    return AppTest.from_function(
        script, args=(sandbox.url, f"sqlite:///{tmp_path / 'kept.db'}"), default_timeout=20
    ).run()


def script(url: str, folder: str) -> None:
    import streamlit as st

    from interactions.settings import Settings
    from interactions.ui import playground
    from interactions.workspace import Workspace

    made = st.cache_resource(
        lambda url, folder: Workspace(Settings(base_url=url, api_key="any", database_url=folder))
    )
    playground(made(url, folder))


def send(page: AppTest, text: str) -> None:
    page.chat_input[0].set_value(text).run()


def search(page: AppTest, query: str) -> None:
    """What was said a moment ago is found when it is saved, a tenth of a second later."""
    page.text_input(key="library_search").set_value(query).run()
    for _ in range(50):
        if titles(page):
            return
        time.sleep(0.1)
        page.run()


def titles(page: AppTest) -> list[str]:
    return [button.label for button in page.sidebar.button if str(button.key).startswith("open_")]


def test_a_conversation_is_found_by_a_word_of_its_answer_and_opened(page: AppTest) -> None:
    """The hit is shown in its place; what has not the word is not listed."""
    for text in ("Answer with a Google search.", "What is an aardvark?"):
        page.button(key="new_conversation").click().run()
        send(page, text)
    assert len(titles(page)) == 2
    search(page, "peberholm")
    assert titles(page) == ["Answer with a Google search&#46;"], [c.value for c in page.sidebar.caption]
    assert any("Peberholm" in caption.value for caption in page.sidebar.caption)
    page.text_input(key="library_search").set_value("nowhere to be found").run()
    assert words.NOTHING_FOUND in [caption.value for caption in page.sidebar.caption]


def test_a_deleted_conversation_can_be_brought_back(page: AppTest) -> None:
    """Deleting leaves it and offers to undo; undoing opens it again, whole."""
    send(page, "Keep me")
    page.session_state["library_menu"] = True
    page.run()
    page.button(key="library_delete").click().run()
    assert titles(page) == []
    assert words.DELETED in [caption.value for caption in page.sidebar.caption]
    page.button(key="library_undo").click().run()
    assert titles(page) == ["Keep me"]
    assert "Keep me" in [text.value for text in page.text]


def test_a_conversation_is_renamed_and_pinned(page: AppTest) -> None:
    send(page, "Hello")
    conversation = page.session_state["_conversation"]
    page.session_state["library_menu"] = True
    page.run()
    page.text_input(key=f"title_{conversation}").set_value("A *better* title").run()
    assert titles(page) == ["A &#42;better&#42; title"]
    page.button(key="library_pin").click().run()
    assert page.button(key="library_pin").label == words.UNPIN
