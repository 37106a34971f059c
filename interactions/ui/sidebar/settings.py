"""What turns are sent with: the popover of the sidebar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.endpoints.endpoint import DEFAULT, Route
from interactions.errors import InteractionsError
from interactions.providers.protocol import Capabilities
from interactions.settings import usable_key
from interactions.turns.values import LARGEST
from interactions.ui import words
from interactions.ui.drawing.markdown import as_label
from interactions.ui.sidebar import endpoint
from interactions.ui.tab import choices
from interactions.ui.words import endpoints as names
from interactions.ui.words.settings import FORGET_KEY, LABELS, OWN_KEY, TEST_KEY
from interactions.workspace import Workspace

FIELD = "own_key_field"


def draw(workspace: Workspace) -> None:
    can = workspace.endpoints.can(choices.endpoint())
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
    return endpoint.models(workspace, choices.route())


def _endpoint(workspace: Workspace) -> None:
    known = list(workspace.endpoints.names)
    chosen = known.index(choices.initial("endpoint", choices.endpoint()))
    st.selectbox(
        words.ENDPOINT,
        known,
        chosen,
        format_func=names.title,
        key=choices.field("endpoint"),
        on_change=_chosen,
        args=(workspace,),
    )
    row = st.container(horizontal=True, vertical_alignment="center")
    endpoint.draw_state(row, workspace, choices.route(), "look")


def _chosen(workspace: Workspace) -> None:
    """A server on this machine is looked at right away: whether it runs is what its reader wants to know."""
    choices.choose_endpoint()
    route = choices.route()
    chosen = workspace.endpoints.endpoint(route.endpoint)
    if chosen.local or chosen.api_key or route.key:
        workspace.endpoints.listings.ask(route)


def _model(workspace: Workspace, can: Capabilities) -> None:
    chosen = choices.initial("model") or default_model(workspace)
    typed = (chosen, choices.model())  # in the server's list or not
    models = list(dict.fromkeys([*_models(workspace), *filter(None, typed)]))
    st.selectbox(
        LABELS["model"],
        models,
        models.index(chosen) if chosen else None,
        key=choices.field("model"),
        accept_new_options=True,
        placeholder=words.MODEL_UNKNOWN,
    )
    if "agent" in can.settings:
        agent = choices.initial("agent", "")
        st.text_input(
            LABELS["agent"], agent, key=choices.field("agent"), placeholder=words.UNSET, help=words.AGENT
        )
    instruction = choices.initial("system_instruction", "")
    st.text_area(
        LABELS["system_instruction"], instruction, key=choices.field("system_instruction"), height=100
    )


def _generation(can: Capabilities) -> None:
    boxes = st.columns(2)
    shown = [name for name in (*_NUMBERS, *_CHOICES) if name in can.settings]
    for place, name in enumerate(shown):
        if name in _NUMBERS:
            _number(boxes[place % 2], name)
        else:
            _choice(boxes[place % 2], name, _CHOICES[name](can))
    _lines("stop_sequences", words.STOP_SEQUENCES, 68, can)
    _lines("response_schema", words.SCHEMA_HINT, 100, can)
    mark = st.empty()  # always there, so that what follows keeps its place
    if "response_schema" in can.settings and (refused := choices.schema_refused()):
        mark.error(as_label(refused))


def _number(box: DeltaGenerator, name: str) -> None:
    """What comes from a file may be out of bounds, which the widget would not survive."""
    (least, most, step), value = _NUMBERS[name], choices.initial(name)
    known = value if value is not None and least <= value <= most else None
    box.number_input(LABELS[name], least, most, known, step, key=choices.field(name), placeholder=words.UNSET)


def _choice(box: DeltaGenerator, name: str, options: tuple[str, ...]) -> None:
    value = choices.initial(name)
    index = options.index(value) if value in options else None
    box.selectbox(LABELS[name], options, index, key=choices.field(name), placeholder=words.UNSET)


def _lines(name: str, placeholder: str, height: int, can: Capabilities) -> None:
    if name in can.settings:
        text, key = choices.initial(name, ""), choices.field(name)
        st.text_area(LABELS[name], text, key=key, height=height, placeholder=placeholder)


# The least, the most, and a step.
_NUMBERS: Mapping[str, tuple[float, float, float]] = {
    "temperature": (0.0, 2.0, 0.1),
    "top_p": (0.0, 1.0, 0.05),
    "max_output_tokens": (1, LARGEST, 256),
    "seed": (-LARGEST, LARGEST, 1),
    "thinking_budget": (0, LARGEST, 1024),
}
_CHOICES: Mapping[str, Callable[[Capabilities], tuple[str, ...]]] = {
    "thinking_level": attrgetter("levels"),
    "thinking_summaries": attrgetter("summaries"),
}


def _server(workspace: Workspace, can: Capabilities) -> None:
    if "store" in can.settings:
        st.toggle(
            LABELS["store"], choices.initial("store", True), key=choices.field("store"), help=words.STORE
        )
    if "background" in can.settings:
        background = choices.initial("background", False)
        st.toggle(LABELS["background"], background, key=choices.field("background"), help=words.BACKGROUND)
    if can.versions:
        default = workspace.settings.api_version
        versions = list(dict.fromkeys([default, *can.versions]))
        version, key = choices.initial("api_version"), choices.field("api_version")
        chosen = versions.index(version if version in versions else default)
        st.selectbox(LABELS["api_version"], versions, chosen, key=key, help=words.API_VERSION)


def _key(workspace: Workspace) -> None:
    """The field is emptied as soon as it is read: the key is in no element that the server sends."""
    route = choices.route()  # the one that is shown: another may be chosen before a callback runs
    st.text_input(
        OWN_KEY, key=FIELD, type="password", on_change=_typed, args=(route.endpoint,), help=words.OWN_KEY
    )
    if route.key:
        st.caption(words.OWN_KEY_USED)
        row = st.container(horizontal=True)
        row.button(TEST_KEY, key="test_key", on_click=_test, args=(workspace, route))
        row.button(FORGET_KEY, key="forget_key", on_click=choices.use_key, args=(route.endpoint, ""))
    elif workspace.turns.capped:
        st.caption(words.CAPPED.format(workspace.settings.turns_per_hour))
    if verdict := choices.key_verdict():
        good, sentence = verdict
        (st.success if good else st.error)(as_label(sentence))


def _typed(endpoint: str) -> None:
    typed = choices.take(FIELD).strip()
    if not typed:
        return
    try:
        choices.use_key(endpoint, usable_key(words.THE_KEY, typed))
    except InteractionsError as error:
        choices.judge_key(endpoint, False, str(error))


def _test(workspace: Workspace, route: Route) -> None:
    try:
        said = workspace.endpoints.try_key(route)
    except InteractionsError as error:
        choices.judge_key(route.endpoint, False, str(error))
        return
    if said is None:
        choices.judge_key(route.endpoint, True, words.KEY_WORKS)
    else:
        refusal = words.KEY_REFUSED.format(said.http_status, said.message)
        choices.judge_key(route.endpoint, False, refusal)


def _summary(workspace: Workspace) -> str:
    """What the next turn is sent with, as far as it is not the usual."""
    try:
        options = choices.options(default_model(workspace), ())
    except InteractionsError as error:
        return as_label(str(error))
    can = workspace.endpoints.can(choices.endpoint())
    told = {
        options.api_version: bool(can.versions)
        and options.api_version not in ("", workspace.settings.api_version),
        words.NOT_STORED: not options.store and "store" in can.settings,
        words.IN_BACKGROUND: options.background and "background" in can.settings,
        words.WITH_OWN_KEY: bool(choices.route().key),
    }
    chosen = as_label(options.agent or options.model or words.MODEL_UNKNOWN)
    if choices.endpoint() != DEFAULT:
        chosen = f"{as_label(names.title(choices.endpoint()))} · {chosen}"
    return " · ".join([chosen, *(word for word, shown in told.items() if shown)])
