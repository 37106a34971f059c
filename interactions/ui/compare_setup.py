"""Who is to be compared: an endpoint and a model for each column."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from interactions.endpoints import DEFAULT, Route
from interactions.ui import choices, compare_tab, settings, words
from interactions.ui.compare_columns import ignored
from interactions.ui.compare_tab import FEWEST, MOST
from interactions.ui.markdown import as_label
from interactions.ui.words import compare as said
from interactions.ui.words import endpoints as names
from interactions.workspace import Workspace


def draw(container: DeltaGenerator, workspace: Workspace) -> None:
    container.markdown(f"#### {said.INVITE}", anchors=False)
    container.caption(said.INVITE_HINT)
    count = container.segmented_control(
        said.COLUMNS,
        list(range(FEWEST, MOST + 1)),
        default=FEWEST,
        required=True,
        key=compare_tab.COUNT,
        persist_state="session",
    )
    boxes = container.container(key="compare_picks").columns(int(count or FEWEST), border=True)
    for place, box in enumerate(boxes):
        _pick(box, place, workspace)


def title(workspace: Workspace, route: Route) -> str:
    sandboxed = workspace.settings.sandboxed and route.endpoint == DEFAULT and not route.key
    return names.title(route.endpoint, sandboxed=sandboxed)


def route_to(endpoint: str) -> Route:
    """With the visitor's own key, if they gave one."""
    return Route(endpoint, choices.own_keys().get(endpoint, ""))


def _pick(box: DeltaGenerator, place: int, workspace: Workspace) -> None:
    known = list(workspace.endpoints)
    endpoint = box.selectbox(
        words.ENDPOINT,
        known,
        known.index(choices.endpoint()),
        format_func=lambda name: title(workspace, route_to(name)),
        key=compare_tab.endpoint_key(place),
        persist_state="session",
    )
    route = route_to(endpoint)
    models = settings.models(workspace, route)
    box.selectbox(
        said.MODEL,
        models,
        min(place, len(models) - 1) if models else None,
        key=compare_tab.model_key(place, endpoint),
        accept_new_options=True,
        placeholder=words.MODEL_UNKNOWN,
        persist_state="session",
    )
    _facts(box, place, workspace, route)
    if refused := compare_tab.refusal(place):
        box.error(as_label(refused))


def _facts(box: DeltaGenerator, place: int, workspace: Workspace, route: Route) -> None:
    row = box.container(horizontal=True, vertical_alignment="center")
    row.button(
        words.LOOK,
        key=f"compare_look_{place}",
        icon=":material/refresh:",
        type="tertiary",
        help=words.LOOK_HINT,
        on_click=_look,
        args=(workspace, route),
    )
    if listing := workspace.listings.known(route):
        row.caption(as_label(names.state(workspace.endpoint(route.endpoint), listing)))
    if left_out := ignored(workspace.can(route.endpoint), choices.options("", ())):
        row.caption(f"{said.IGNORES}: {', '.join(map(as_label, left_out))}")


def _look(workspace: Workspace, route: Route) -> None:
    workspace.listings.ask(route)
