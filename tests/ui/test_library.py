"""The library in the sidebar: find, name, pin, delete and bring back."""

import time

import httpx
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Html

from interactions.sandbox import Server
from interactions.ui import words

pytestmark = pytest.mark.slow


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


def press(page: AppTest, key: str) -> None:
    next(button for button in page.main.button if str(button.key).startswith(key)).click().run()


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


def test_a_hit_is_opened_on_its_line(page: AppTest) -> None:
    """Not on the newest, or on the one that was followed last."""
    send(page, "Answer with a Google search.")
    conversation, found = page.session_state["_conversation"], page.session_state["turns"]
    press(page, "edit_")
    next(area for area in page.text_area if str(area.key).startswith("edited_")).set_value("Something else")
    press(page, "edit_send_")
    assert page.session_state["turns"] != found
    page.button(key="new_conversation").click().run()
    search(page, "peberholm")
    page.button(key=f"open_{conversation}").click().run()
    assert page.session_state["turns"] == found


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


def test_what_is_deleted_can_be_deleted_at_its_server_too(page: AppTest, sandbox: Server) -> None:
    """Undo brings the conversation back, not the interactions; the next turn sends the history along."""
    send(page, "Forget me")
    name = page.session_state["previous_interaction_id"]
    page.session_state["library_menu"] = True
    page.run()
    page.checkbox(key="library_forget").check().run()
    page.button(key="library_delete").click().run()
    address = f"{sandbox.url}/v1beta/interactions/{name}"
    assert httpx.get(address, headers={"x-goog-api-key": "any"}, trust_env=False).status_code == 404
    page.button(key="library_undo").click().run()
    send(page, "What did I say first?")
    assert any("Forget me" in markdown.value for markdown in page.main.markdown)
    assert any(words.CLIMBED["rebuild"] in str(each.value) for each in page.main if isinstance(each, Html))
