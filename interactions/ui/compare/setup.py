"""The form before a comparison: an endpoint and a model for each column."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from interactions.endpoints.endpoint import Route
from interactions.errors import InteractionsError
from interactions.ui import words
from interactions.ui.compare.columns import ignored
from interactions.ui.drawing.markdown import as_label
from interactions.ui.sidebar.endpoint import draw_state, models
from interactions.ui.tab import choices, comparison
from interactions.ui.tab.comparison import FEWEST, MOST
from interactions.ui.words import compare, endpoints
from interactions.workspace import Workspace


def draw(container: DeltaGenerator, workspace: Workspace) -> None:
    container.markdown(f"#### {compare.INVITE}", anchors=False)
    container.caption(compare.INVITE_HINT)
    count = container.segmented_control(
        compare.COLUMNS,
        list(range(FEWEST, MOST + 1)),
        default=FEWEST,
        required=True,
        key=comparison.COUNT,
        persist_state="session",
    )
    boxes = container.container(key="compare_picks").columns(int(count or FEWEST), border=True)
    for place, box in enumerate(boxes):
        _pick(box, place, workspace)


def _pick(box: DeltaGenerator, place: int, workspace: Workspace) -> None:
    known = list(workspace.endpoints.names)
    endpoint = box.selectbox(
        words.ENDPOINT,
        known,
        known.index(choices.endpoint()),
        format_func=endpoints.title,
        key=comparison.endpoint_key(place),
        persist_state="session",
    )
    route = choices.route_to(endpoint)
    before = comparison.picked(place, endpoint)
    known_models = list(dict.fromkeys([*models(workspace, route), *filter(None, (before,))]))
    usual = min(place, len(known_models) - 1) if known_models else None
    box.selectbox(
        compare.MODEL,
        known_models,
        known_models.index(before) if before else usual,
        key=comparison.model_key(place, endpoint),
        accept_new_options=True,
        placeholder=words.MODEL_UNKNOWN,
        persist_state="session",
    )
    _facts(box, place, workspace, route)
    if refused := comparison.refusal(place):
        box.error(as_label(refused))


def _facts(box: DeltaGenerator, place: int, workspace: Workspace, route: Route) -> None:
    row = box.container(horizontal=True, vertical_alignment="center")
    draw_state(row, workspace, route, f"compare_look_{place}")
    try:
        options = choices.options("", ())
    except InteractionsError:  # an invalid schema: the sidebar says so
        return
    if left_out := ignored(workspace.endpoints.can(route.endpoint), options):
        row.caption(f"{compare.IGNORES}: {', '.join(map(as_label, left_out))}")
