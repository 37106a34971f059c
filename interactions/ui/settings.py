"""What turns are sent with: the popover of the sidebar."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.errors import InteractionsError
from interactions.settings import MODELS, VERSIONS, usable_key
from interactions.ui import choices, words
from interactions.ui.markdown import as_label
from interactions.workspace import Workspace

LEVELS = ("minimal", "low", "medium", "high", "xhigh")
FIELD = "own_key_field"


def draw(workspace: Workspace) -> None:
    with st.popover(words.SETTINGS, icon=":material/tune:", width="stretch"):
        st.caption(words.SETTINGS_HINT)
        _model(workspace)
        _generation()
        _server(workspace)
        _key(workspace)
    choices.remember()
    st.caption(_summary(workspace))


def _model(workspace: Workspace) -> None:
    chosen = choices.initial("model", workspace.settings.model)
    models = list(dict.fromkeys([workspace.settings.model, *MODELS, chosen]))
    st.selectbox("Model", models, models.index(chosen), key="model", accept_new_options=True)
    st.text_input(
        "Agent", choices.initial("agent", ""), key="agent", placeholder=words.UNSET, help=words.AGENT
    )
    instruction = choices.initial("system_instruction", "")
    st.text_area("System instruction", instruction, key="system_instruction", height=100)


def _generation() -> None:
    left, right = st.columns(2)
    _number(left, "Temperature", "temperature", 0.0, 2.0, 0.1)
    _number(right, "Top P", "top_p", 0.0, 1.0, 0.05)
    _number(left, "Max output tokens", "max_output_tokens", 1, None, 256)
    _number(right, "Seed", "seed", None, None, 1)
    _choice(left, "Thinking level", "thinking_level", LEVELS)
    _choice(right, "Thought summaries", "thinking_summaries", ("auto", "none"))
    stops = choices.initial("stop_sequences", "")
    st.text_area("Stop sequences", stops, key="stop_sequences", height=68, placeholder=words.STOP_SEQUENCES)


def _number(
    box: DeltaGenerator, label: str, key: str, least: float | None, most: float | None, step: float
) -> None:
    value = choices.initial(key)
    box.number_input(label, least, most, value, step, key=key, placeholder=words.UNSET)


def _choice(box: DeltaGenerator, label: str, key: str, options: tuple[str, ...]) -> None:
    value = choices.initial(key)
    index = options.index(value) if value in options else None
    box.selectbox(label, options, index, key=key, placeholder=words.UNSET)


def _server(workspace: Workspace) -> None:
    default = workspace.settings.api_version
    versions = list(dict.fromkeys([default, *VERSIONS]))
    st.toggle("Store", choices.initial("store", True), key="store", help=words.STORE)
    background = choices.initial("background", False)
    st.toggle("Run in the background", background, key="background", help=words.BACKGROUND)
    chosen = versions.index(choices.initial("api_version", default))
    st.selectbox("API version", versions, chosen, key="api_version", help=words.API_VERSION)


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
        words.IN_BACKGROUND: options.background,
        words.WITH_OWN_KEY: bool(choices.own_key()),
    }
    return " · ".join(
        [as_label(options.agent or options.model), *(word for word, shown in told.items() if shown)]
    )
