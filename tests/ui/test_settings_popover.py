"""The settings of the sidebar, without the page around them."""

from __future__ import annotations

from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

from interactions.conversations.request import Options
from interactions.sandbox import Server
from interactions.ui import words
from interactions.ui.server.root import workspace
from tests.peers import peer, says

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("environ")]

KEY = "AIza-planted-7c1e"
MODEL = "gemini-2.5-flash"


@pytest.fixture
def page(sandbox: Server, environ: pytest.MonkeyPatch) -> AppTest:
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "k")
    return opened()


def opened() -> AppTest:
    """A page with the popover; `away` shows another one, and `full` refuses every message."""

    def script() -> None:
        import streamlit as st

        from interactions.ui.server.root import workspace
        from interactions.ui.sidebar import settings
        from interactions.ui.tab import choices, session

        if st.session_state.get("away"):
            session.leave()
            return
        settings.draw(workspace())
        st.session_state["chosen"] = choices.options("gemini-2.5-flash", ())

        def submitted() -> None:
            text = st.session_state["composer"]
            session.begin()
            if st.session_state.get("full"):
                session.refuse("Not now.", text)

        st.chat_input("Message", key="composer", on_submit=submitted)
        st.caption(session.refusal() or "No refusal.")

    made = AppTest.from_function(script, default_timeout=15)
    made.secrets["UNRELATED"] = "anything"
    return made.run()


def chosen(page: AppTest) -> Options:
    options = page.session_state["chosen"]
    assert isinstance(options, Options)
    return options


def everything(page: AppTest) -> str:
    """Every element as it is sent to the browser."""
    return "".join(str(node.proto) for node in page.main if node.proto is not None)


def captions(page: AppTest) -> list[str]:
    return [unescape(caption.value) for caption in page.caption]


def said(page: AppTest) -> str:
    """What the page says of the key."""
    return unescape("".join(element.value for element in (*page.success, *page.error)))


def test_what_is_left_alone_is_unset(page: AppTest) -> None:
    """But the model, the version and the storing, which have a default."""
    assert chosen(page) == Options(MODEL, api_version="v1beta")
    assert MODEL in captions(page)
    assert not page.exception


def test_every_setting_reaches_the_turn_nought_included(page: AppTest) -> None:
    """One widget each; stop sequences stand one in a line, with their spaces."""
    page.selectbox(key="model").set_value("gemini-3.8-flash")
    page.text_area(key="system_instruction").set_value("Be brief.")
    for key, value in {"temperature": 0.0, "top_p": 0.0, "max_output_tokens": 1, "seed": 0}.items():
        page.number_input(key=key).set_value(value)
    page.selectbox(key="thinking_level").set_value("low")
    page.selectbox(key="thinking_summaries").set_value("auto")
    page.text_area(key="stop_sequences").set_value("END\n\n two words\n")
    page.toggle(key="store").set_value(False)
    page.selectbox(key="api_version").set_value("v1")
    page.run()
    assert chosen(page) == Options(
        "gemini-3.8-flash",
        system_instruction="Be brief.",
        temperature=0.0,
        max_output_tokens=1,
        thinking_level="low",
        thinking_summaries="auto",
        store=False,
        top_p=0.0,
        seed=0,
        stop_sequences=("END", " two words"),
        api_version="v1",
    )
    assert isinstance(chosen(page).seed, int)
    assert f"gemini-3.8-flash · v1 · {words.NOT_STORED}" in captions(page)


def test_a_setting_that_is_json_is_checked_as_it_is_typed(page: AppTest) -> None:
    """Of the form that its field takes; what is wrong is said under it, and an environment may be a name."""
    page.text_area(key="environment").set_value(" remote ")
    page.text_area(key="safety_settings").set_value('[{"type": "harassment", "threshold": "off"}]').run()
    assert chosen(page).environment == "remote"
    assert chosen(page).safety_settings == ({"type": "harassment", "threshold": "off"},)
    for name, text, told in (
        ("labels", '{"team": 5}', "“Labels” in the settings, or empty it: team: expected a text, found 5."),
        ("labels", "[]", "“Labels” in the settings, or empty it: expected an object, found a list."),
        ("environment", "{", "“Environment of the agent” in the settings, or empty it: it is not JSON"),
    ):
        page.text_area(key=name).set_value(text).run()
        assert told in said(page)
        page.text_area(key=name).set_value("")


def test_the_version_of_the_deployment_is_the_default(environ: pytest.MonkeyPatch) -> None:
    """The other one can be chosen."""
    environ.setenv("INTERACTIONS_API_VERSION", "v1")
    page = opened()
    assert page.selectbox(key="api_version").options == ["v1", "v1beta"]
    assert chosen(page).api_version == "v1"
    assert MODEL in captions(page)


def test_settings_survive_a_visit_to_another_page(page: AppTest) -> None:
    """Streamlit forgets widgets that are not drawn; key and settings stay."""
    page.number_input(key="temperature").set_value(0.5)
    page.toggle(key="store").set_value(False)
    page.text_input(key="own_key_field").set_value(KEY).run()
    before = chosen(page)
    page.session_state["away"] = True
    page.run().run()
    page.session_state["away"] = False
    page.run()
    assert chosen(page) == before == Options(MODEL, temperature=0.5, store=False, api_version="v1beta")
    assert page.session_state["_own_keys"] == {"gemini": KEY}
    assert not page.exception
    assert not page.warning


def test_a_key_of_ones_own_is_taken_out_of_its_field(page: AppTest) -> None:
    """It is in no element; the page says that it is in use, and it can be forgotten."""
    page.text_input(key="own_key_field").set_value(f" {KEY}\n").run()
    assert page.session_state["_own_keys"] == {"gemini": KEY}
    assert page.text_input(key="own_key_field").value == ""
    assert words.OWN_KEY_USED in captions(page)
    assert KEY not in everything(page)
    assert KEY not in repr(chosen(page))
    page.button(key="forget_key").click().run()
    assert page.session_state["_own_keys"] == {}
    assert words.OWN_KEY_USED not in captions(page)


def test_what_cannot_be_a_key_is_refused_in_words(page: AppTest) -> None:
    """And the key that was there stays."""
    page.text_input(key="own_key_field").set_value(KEY).run()
    page.text_input(key="own_key_field").set_value("“quoted”").run()
    assert "has characters that no key has" in said(page)
    assert "quoted" not in everything(page)
    assert page.session_state["_own_keys"] == {"gemini": KEY}


def test_a_key_that_works_is_said_to_work(page: AppTest) -> None:
    """Until another one is set."""
    page.text_input(key="own_key_field").set_value(KEY).run()
    page.button(key="test_key").click().run()
    assert said(page) == words.KEY_WORKS
    assert KEY not in everything(page)
    page.text_input(key="own_key_field").set_value(f"{KEY}2").run()
    assert not page.success


def test_a_key_that_does_not_work_is_answered_in_the_servers_words(environ: pytest.MonkeyPatch) -> None:
    """Without the key, which the server may repeat."""
    refusal = (
        b'HTTP/1.1 400 Bad\r\n\r\n{"error":{"code":400,"message":"API key not valid: AIza-planted-7c1e"}}'
    )
    with peer(says(refusal)) as server:
        environ.setenv("INTERACTIONS_BASE_URL", server.url)
        page = opened()
        page.text_input(key="own_key_field").set_value(KEY).run()
        page.button(key="test_key").click().run()
    assert "(HTTP 400): API key not valid: (masked)" in said(page)
    assert KEY not in everything(page)


def test_an_endpoint_that_is_not_there_says_nothing_of_the_key(environ: pytest.MonkeyPatch) -> None:
    """The sentence says what to check instead."""
    environ.setenv("INTERACTIONS_BASE_URL", "http://127.0.0.1:9")
    page = opened()
    page.text_input(key="own_key_field").set_value(KEY).run()
    page.button(key="test_key").click().run()
    assert said(page).endswith("Check the endpoint.")
    assert KEY not in everything(page)


def test_the_limit_of_the_deployment_is_named_where_it_can_be_lifted(environ: pytest.MonkeyPatch) -> None:
    """It is gone with a key of one's own, and the sandbox has none."""
    environ.setenv("INTERACTIONS_TURNS_PER_HOUR", "7")
    assert words.CAPPED.format(7) not in captions(opened())
    workspace.cache_clear()
    environ.setenv("GEMINI_API_KEY", "k")
    page = opened()
    assert words.CAPPED.format(7) in captions(page)
    page.text_input(key="own_key_field").set_value(KEY).run()
    assert words.CAPPED.format(7) not in captions(page)


def test_a_refused_message_goes_back_into_the_composer(page: AppTest) -> None:
    """With the reason, and no conversation begun; both are gone with the next message."""
    page.session_state["full"] = True
    page.chat_input(key="composer").set_value("Hello").run()
    assert "Not now." in captions(page)
    composer = page.chat_input(key="composer").proto
    assert (composer.set_value, composer.value) == (True, "Hello")
    assert page.session_state["_conversation"] == ""
    assert "conversation" not in page.query_params
    page.session_state["full"] = False
    page.chat_input(key="composer").set_value("Hello").run()
    assert "No refusal." in captions(page)
    assert page.session_state["_conversation"]
