"""The sidebar: conversations, what the next turn builds on, and what it is sent with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from interactions.conversations.conversation import Conversation
from interactions.errors import StoreError
from interactions.store.context import context_of
from interactions.ui import words
from interactions.ui.drawing.limits import shortened
from interactions.ui.drawing.markdown import as_label
from interactions.ui.server.identity import owner
from interactions.ui.sidebar import library, presets, settings
from interactions.ui.tab import choices, session
from interactions.ui.words import chain
from interactions.workspace import Workspace


def draw(workspace: Workspace, conversation: Conversation) -> None:
    with st.sidebar:
        draw_new(words.NEW_CONVERSATION, "new_conversation", partial(session.open_conversation, ""))
        library.draw_menu(workspace, owner(), conversation)
        settings.draw(workspace)
        presets.draw(workspace, owner())
        _chain(workspace, conversation)
        library.draw(workspace, owner(), conversation)
        library.draw_import(workspace.imports, owner())


def draw_new(label: str, key: str, begin: Callable[[], None]) -> None:
    """The button at the top of a sidebar, which begins something fresh."""
    st.button(label, key=key, icon=":material/add:", width="stretch", on_click=begin)


def _chain(workspace: Workspace, conversation: Conversation) -> None:
    keeps = choices.stores() and "store" in workspace.endpoints.can(choices.endpoint()).settings
    profile = workspace.profiles.of(workspace.endpoints.endpoint(choices.endpoint()).protocol)
    box = st.container(key="chain")
    box.caption(chain.follows(profile.previous_field))
    try:
        built = context_of(conversation, workspace.endpoints.accounts.name(choices.route()), keeps)
    except StoreError as error:
        box.caption(as_label(str(error)))
        return
    none = words.SENT_ALONG if built.along else words.FRESH
    box.code(shortened(built.previous_interaction_id or none), language=None)
    if built.made is not None:
        box.caption(chain.life((datetime.now(UTC) - built.made).total_seconds(), profile.retention))
    if built.previous_interaction_id and built.along:
        box.caption(words.ALSO_SENT)
