"""What turns are sent with: the popover of the sidebar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.endpoints import DEFAULT, Route
from interactions.errors import InteractionsError
from interactions.listings import Listing
from interactions.providers import Capabilities
from interactions.settings import usable_key
from interactions.ui import choices, words
from interactions.ui.markdown import as_label
from interactions.ui.words import endpoints as names
from interactions.workspace import Workspace

FIELD = "own_key_field"


def draw(workspace: Workspace) -> None:
    can = workspace.can(choices.endpoint())
    with st.popover(words.SETTINGS, icon=":material/tune:", width="stretch"):
        st.caption(words.SETTINGS_HINT)
        _endpoint(workspace)
        _model(workspace, can)
        _generation(can)
        _server(workspace, can)
        _key(workspace)
    choices.remember()
    st.caption(_summary(workspace))


def default_model(workspace: Workspace) -> str:
    """What a turn is sent to if no model is chosen; "" if there is none."""
    return next(iter(_models(workspace)), "")


def _models(workspace: Workspace) -> Sequence[str]:
    return models(workspace, choices.route())


def models(workspace: Workspace, route: Route) -> Sequence[str]:
    """Those that come with the app or its configuration, then those that the server has listed."""
    listed = workspace.listings.known(route) or Listing()
    return list(dict.fromkeys([*workspace.endpoint(route.endpoint).models, *listed.models]))


def _endpoint(workspace: Workspace) -> None:
    known = list(workspace.endpoints)
    chosen = known.index(choices.initial("endpoint", choices.endpoint()))
    st.selectbox(
        words.ENDPOINT,
        known,
        chosen,
        format_func=lambda name: names.title(name, sandboxed=_sandboxed(workspace, name)),
        key=choices.field("endpoint"),
        on_change=_chosen,
        args=(workspace,),
    )
    route, row = choices.route(), st.container(horizontal=True, vertical_alignment="center")
    listing = workspace.listings.known(route)
    if listing is not None:
        row.caption(as_label(names.state(workspace.endpoint(route.endpoint), listing)))
    row.button(
        words.LOOK,
        key="look",
        icon=":material/refresh:",
        type="tertiary",
        help=words.LOOK_HINT,
        on_click=_look,
        args=(workspace,),
    )


def _sandboxed(workspace: Workspace, name: str) -> bool:
    return workspace.settings.sandboxed and workspace.endpoint(name).protocol == "gemini"


def _chosen(workspace: Workspace) -> None:
    """A server on this machine is looked at right away: whether it runs is what its reader wants to know."""
    choices.choose_endpoint()
    endpoint = workspace.endpoint(choices.endpoint())
    if endpoint.local or endpoint.api_key or choices.own_key():
        _look(workspace)


def _look(workspace: Workspace) -> None:
    workspace.listings.ask(choices.route())


def _model(workspace: Workspace, can: Capabilities) -> None:
    chosen = choices.initial("model") or default_model(workspace)
    models = list(dict.fromkeys([*_models(workspace), chosen])) if chosen else list(_models(workspace))
    st.selectbox(
        "Model",
        models,
        models.index(chosen) if chosen else None,
        key=choices.field("model"),
        accept_new_options=True,
        placeholder=words.MODEL_UNKNOWN,
    )
    if "agent" in can.settings:
        agent = choices.initial("agent", "")
        st.text_input("Agent", agent, key=choices.field("agent"), placeholder=words.UNSET, help=words.AGENT)
    instruction = choices.initial("system_instruction", "")
    st.text_area("System instruction", instruction, key=choices.field("system_instruction"), height=100)


def _generation(can: Capabilities) -> None:
    boxes = st.columns(2)
    known = [draw for name, draw in _GENERATION.items() if name in can.settings]
    for place, widget in enumerate(known):
        widget(boxes[place % 2], can)
    if "stop_sequences" in can.settings:
        stops, key = choices.initial("stop_sequences", ""), choices.field("stop_sequences")
        st.text_area("Stop sequences", stops, key=key, height=68, placeholder=words.STOP_SEQUENCES)
    if "response_schema" in can.settings:
        schema, key = choices.initial("response_schema", ""), choices.field("response_schema")
        st.text_area(words.SCHEMA, schema, key=key, height=100, placeholder=words.SCHEMA_HINT)


def _number(
    box: DeltaGenerator, label: str, name: str, least: float | None, most: float | None, step: float
) -> None:
    value = choices.initial(name)
    box.number_input(label, least, most, value, step, key=choices.field(name), placeholder=words.UNSET)


def _choice(box: DeltaGenerator, label: str, name: str, options: tuple[str, ...]) -> None:
    value = choices.initial(name)
    index = options.index(value) if value in options else None
    box.selectbox(label, options, index, key=choices.field(name), placeholder=words.UNSET)


_GENERATION: Mapping[str, Callable[[DeltaGenerator, Capabilities], None]] = {
    "temperature": lambda box, _: _number(box, "Temperature", "temperature", 0.0, 2.0, 0.1),
    "top_p": lambda box, _: _number(box, "Top P", "top_p", 0.0, 1.0, 0.05),
    "max_output_tokens": lambda box, _: _number(box, "Max output tokens", "max_output_tokens", 1, None, 256),
    "seed": lambda box, _: _number(box, "Seed", "seed", None, None, 1),
    "thinking_level": lambda box, can: _choice(box, "Thinking level", "thinking_level", can.levels),
    "thinking_budget": lambda box, _: _number(box, "Thinking budget", "thinking_budget", 0, None, 1024),
    "thinking_summaries": lambda box, can: _choice(
        box, "Thought summaries", "thinking_summaries", can.summaries
    ),
}


def _server(workspace: Workspace, can: Capabilities) -> None:
    if "store" in can.settings:
        st.toggle("Store", choices.initial("store", True), key=choices.field("store"), help=words.STORE)
    if "background" in can.settings:
        background = choices.initial("background", False)
        st.toggle("Run in the background", background, key=choices.field("background"), help=words.BACKGROUND)
    if can.versions:
        default = workspace.settings.api_version
        versions = list(dict.fromkeys([default, *can.versions]))
        chosen = versions.index(choices.initial("api_version") or default)
        key = choices.field("api_version")
        st.selectbox("API version", versions, chosen, key=key, help=words.API_VERSION)


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
        said = workspace.try_key(choices.route())
    except InteractionsError as error:
        choices.judge_key(False, str(error))
        return
    if said is None:
        choices.judge_key(True, words.KEY_WORKS)
    else:
        choices.judge_key(False, words.KEY_REFUSED.format(said.http_status, said.message))


def _summary(workspace: Workspace) -> str:
    """What the next turn is sent with, as far as it is not the usual."""
    try:
        options = choices.options(default_model(workspace), ())
    except InteractionsError as error:
        return as_label(str(error))
    can = workspace.can(choices.endpoint())
    told = {
        options.api_version: bool(can.versions)
        and options.api_version not in ("", workspace.settings.api_version),
        words.NOT_STORED: not options.store and "store" in can.settings,
        words.IN_BACKGROUND: options.background and "background" in can.settings,
        words.WITH_OWN_KEY: bool(choices.own_key()),
    }
    chosen = as_label(options.agent or options.model or words.MODEL_UNKNOWN)
    if choices.endpoint() != DEFAULT:
        chosen = f"{as_label(names.title(choices.endpoint()))} · {chosen}"
    return " · ".join([chosen, *(word for word, shown in told.items() if shown)])
