"""An endpoint as the page shows it: its title, its models, and whether it answers."""

from __future__ import annotations

from collections.abc import Sequence

from streamlit.delta_generator import DeltaGenerator

from interactions.endpoints.endpoint import Route
from interactions.endpoints.listings import Listing
from interactions.ui import words
from interactions.ui.drawing.markdown import as_label
from interactions.ui.words import endpoints
from interactions.workspace import Workspace


def title(workspace: Workspace, route: Route) -> str:
    return endpoints.title(route.endpoint, sandboxed=workspace.endpoints.sandboxed(route))


def models(workspace: Workspace, route: Route) -> Sequence[str]:
    """The models of an endpoint: the default, what the server has listed, and what else is configured. The
    names that the program knows by itself are offered as long as there is no list."""
    chosen = workspace.endpoints.endpoint(route.endpoint)
    listed = workspace.endpoints.listings.known(route) or Listing()
    service = workspace.profiles.of(chosen.protocol).service
    ours = service.models if service and listed.models else ()
    configured = [name for name in chosen.models[1:] if name not in ours]
    return list(dict.fromkeys([*chosen.models[:1], *listed.models, *configured]))


def look(workspace: Workspace, route: Route) -> None:
    """Asks the server for its models, unless it is known which it has, or it needs a key and has none."""
    chosen = workspace.endpoints.endpoint(route.endpoint)
    if chosen.local or chosen.api_key or route.key:
        workspace.endpoints.listings.look(route)


def draw_state(row: DeltaGenerator, workspace: Workspace, route: Route, key: str) -> None:
    """Draws what is known of the server, and a button that asks it."""
    listing = workspace.endpoints.listings.known(route)
    if listing is not None:
        row.caption(as_label(endpoints.state(workspace.endpoints.endpoint(route.endpoint), listing)))
    row.button(
        words.LOOK,
        key=key,
        icon=":material/refresh:",
        type="tertiary",
        help=words.LOOK_HINT,
        on_click=_look,
        args=(workspace, route),
    )


def _look(workspace: Workspace, route: Route) -> None:
    workspace.endpoints.listings.ask(route)
