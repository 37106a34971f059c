"""The playground inside somebody else's script."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Html

from interactions.sandbox import Server
from interactions.ui import words

pytestmark = pytest.mark.slow


def script(url: str, data: str) -> None:
    import streamlit as st

    from interactions.settings import Settings
    from interactions.ui import playground
    from interactions.workspace import Workspace

    st.title("My own page")
    workspace = st.cache_resource(lambda: Workspace(Settings(base_url=url, api_key="any", data=data)))()
    playground(workspace)


def test_five_lines_put_both_panes_into_any_script(sandbox: Server, tmp_path: Path) -> None:
    """It brings its sidebar, keeps the host's elements, and talks to the workspace that it was given."""
    page = AppTest.from_function(script, args=(sandbox.url, str(tmp_path)), default_timeout=20).run()
    page.chat_input[0].set_value("Hello from elsewhere").run()
    assert not page.exception
    assert page.title[0].value == "My own page"
    assert "Hello from elsewhere" in [text.value for text in page.text]
    assert any("completed" in html.value for html in page.get("html") if isinstance(html, Html))
    assert page.session_state["previous_interaction_id"]
    assert page.button(key="new_conversation").label == words.NEW_CONVERSATION
