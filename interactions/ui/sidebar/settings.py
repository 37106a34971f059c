"""The popover *Settings*: endpoint, model, generation settings, and a key of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle, groupby

import streamlit as st

from interactions.conversations.kinds import Json
from interactions.conversations.request import KINDS
from interactions.endpoints.endpoint import DEFAULT, Route
from interactions.errors import InteractionsError
from interactions.providers.protocol import Capabilities
from interactions.settings import usable_key
from interactions.ui import words
from interactions.ui.drawing.markdown import as_label
from interactions.ui.sidebar import endpoint, widgets
from interactions.ui.sidebar.widgets import SMALL
from interactions.ui.tab import choices
from interactions.ui.tab.state import take
from interactions.ui.words import endpoints
from interactions.ui.words.settings import AS_JSON, FORGET_KEY, LABELS, OWN_KEY, TEST_KEY
from interactions.workspace import Workspace

FIELD = "own_key_field"


def draw(workspace: Workspace) -> None:
    can = workspace.endpoints.can(choices.endpoint())
    box = st.popover(
        words.SETTINGS, icon=":material/tune:", width="stretch", key="settings", on_change="rerun"
    )
    if box.open:
        endpoint.look(workspace, choices.route())
    with box:
        st.caption(words.SETTINGS_HINT)
        _endpoint(workspace)
        _form(workspace, can)
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
        format_func=endpoints.title,
        key=choices.field("endpoint"),
        on_change=_chosen,
        args=(workspace,),
    )
    row = st.container(horizontal=True, vertical_alignment="center")
    endpoint.draw_state(row, workspace, choices.route(), "look")


def _chosen(workspace: Workspace) -> None:
    """Asks the new endpoint for its models, unless it needs a key and has none."""
    choices.choose_endpoint()
    route = choices.route()
    chosen = workspace.endpoints.endpoint(route.endpoint)
    if chosen.local or chosen.api_key or route.key:
        workspace.endpoints.listings.ask(route)


def _form(workspace: Workspace, can: Capabilities) -> None:
    """Draws the settings that the provider takes, in the order of their labels. The model is always shown;
    what is written as JSON stands in a box of its own, which is open if something is in it."""
    shown = [name for name in LABELS if name in can.settings or name == "model"]
    written = [name for name in shown if isinstance(KINDS[name], Json)]
    values = {**can.values, "model": _models(workspace), "api_version": _versions(workspace, can)}
    plain = (name for name in shown if name not in written)
    for small, group in groupby(plain, lambda name: isinstance(KINDS[name], SMALL)):
        boxes = st.columns(2) if small else [st.container()]
        for box, name in zip(cycle(boxes), group):
            with box:
                widgets.draw(name, KINDS[name], values.get(name, ()))
    if written:
        with st.expander(AS_JSON, expanded=any(map(choices.filled, written)), icon=":material/data_object:"):
            for name in written:
                widgets.draw(name, KINDS[name], ())


def _versions(workspace: Workspace, can: Capabilities) -> Sequence[str]:
    """The API versions on offer; the first is the one that the deployment is configured with."""
    return list(dict.fromkeys([workspace.settings.api_version, *can.values.get("api_version", ())]))


def _key(workspace: Workspace) -> None:
    """Draws the field for a key. It is emptied as soon as it is read, so that no element contains the key."""
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
    typed = take(FIELD).strip()
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
    """A line under the popover: the model, and every setting that is not at its default."""
    try:
        options = choices.options(default_model(workspace), ())
    except InteractionsError as error:
        return as_label(str(error))
    can = workspace.endpoints.can(choices.endpoint())
    told = {
        options.api_version: "api_version" in can.settings
        and options.api_version not in ("", workspace.settings.api_version),
        words.NOT_STORED: not options.store and "store" in can.settings,
        words.IN_BACKGROUND: options.background and "background" in can.settings,
        words.WITH_OWN_KEY: bool(choices.route().key),
    }
    chosen = as_label(options.agent or options.model or words.MODEL_UNKNOWN)
    if choices.endpoint() != DEFAULT:
        chosen = f"{as_label(endpoints.title(choices.endpoint()))} · {chosen}"
    return " · ".join([chosen, *(word for word, shown in told.items() if shown)])
