"""What turns are sent with: the popover of the sidebar."""

from __future__ import annotations

import streamlit as st

from interactions.errors import InteractionsError
from interactions.settings import MODELS, VERSIONS, usable_key
from interactions.ui import choices, words
from interactions.ui.markdown import as_label
from interactions.workspace import Workspace

LEVELS = ("minimal", "low", "medium", "high", "xhigh")
FIELD = "own_key_field"


def draw(workspace: Workspace) -> None:
    choices.default_settings()
    with st.popover(words.SETTINGS, icon=":material/tune:", width="stretch"):
        st.caption(words.SETTINGS_HINT)
        _model(workspace)
        _generation()
        _server(workspace)
        _key(workspace)
    st.caption(_summary(workspace))


def _model(workspace: Workspace) -> None:
    models = list(dict.fromkeys([workspace.settings.model, *MODELS]))
    st.selectbox("Model", models, key="model", accept_new_options=True)
    st.text_area("System instruction", key="system_instruction", height=100)


def _generation() -> None:
    unset = words.UNSET
    left, right = st.columns(2)
    left.number_input("Temperature", 0.0, 2.0, None, 0.1, key="temperature", placeholder=unset)
    right.number_input("Top P", 0.0, 1.0, None, 0.05, key="top_p", placeholder=unset)
    left.number_input("Max output tokens", 1, None, None, 256, key="max_output_tokens", placeholder=unset)
    right.number_input("Seed", None, None, None, 1, key="seed", placeholder=unset)
    left.selectbox("Thinking level", LEVELS, None, key="thinking_level", placeholder=unset)
    right.selectbox("Thought summaries", ("auto", "none"), None, key="thinking_summaries", placeholder=unset)
    st.text_area("Stop sequences", key="stop_sequences", height=68, placeholder=words.STOP_SEQUENCES)


def _server(workspace: Workspace) -> None:
    default = workspace.settings.api_version
    versions = list(dict.fromkeys([default, *VERSIONS]))
    st.toggle("Store", key="store", help=words.STORE)
    st.selectbox("API version", versions, key="api_version", help=words.API_VERSION)


def _key(workspace: Workspace) -> None:
    """The field is emptied as soon as it is read: the key is in no element that the server sends."""
    st.text_input("Your own API key", key=FIELD, type="password", on_change=_typed, help=words.OWN_KEY)
    if choices.own_key():
        st.caption(words.OWN_KEY_USED)
        row = st.container(horizontal=True)
        row.button("Test key", key="test_key", on_click=_test, args=(workspace,))
        row.button("Forget key", key="forget_key", on_click=choices.use_key, args=("",))
    elif workspace.capped:
        st.caption(words.CAPPED.format(workspace.settings.turns_per_hour))
    if verdict := choices.key_verdict():
        good, sentence = verdict
        (st.success if good else st.error)(as_label(sentence))


def _typed() -> None:
    typed = choices.take(FIELD).strip()
    if not typed:
        return
    try:
        choices.use_key(usable_key(words.THE_KEY, typed))
    except InteractionsError as error:
        choices.judge_key(False, str(error))


def _test(workspace: Workspace) -> None:
    try:
        said = workspace.try_key(choices.own_key())
    except InteractionsError as error:
        choices.judge_key(False, str(error))
        return
    if said is None:
        choices.judge_key(True, words.KEY_WORKS)
    else:
        choices.judge_key(False, words.KEY_REFUSED.format(said.http_status, said.message))


def _summary(workspace: Workspace) -> str:
    """What the next turn is sent with, as far as it is not the usual."""
    options = choices.options(workspace.settings.model, ())
    usual = workspace.settings.api_version
    told = {
        options.api_version: options.api_version not in ("", usual),
        words.NOT_STORED: not options.store,
        words.WITH_OWN_KEY: bool(choices.own_key()),
    }
    return " · ".join([as_label(options.model), *(word for word, shown in told.items() if shown)])
