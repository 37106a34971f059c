"""The sidebar: conversations, what the next turn builds on, and what it is sent with."""

from __future__ import annotations

import streamlit as st

from interactions.store.conversation import Conversation, Entry
from interactions.ui import choices, session, settings, words
from interactions.ui.identity import owner
from interactions.ui.markdown import as_label
from interactions.workspace import Workspace

LISTED = 15


def draw(workspace: Workspace, conversation: Conversation) -> None:
    with st.sidebar:
        st.button(
            words.NEW_CONVERSATION,
            key="new_conversation",
            icon=":material/add:",
            width="stretch",
            on_click=session.open_conversation,
            args=("",),
        )
        settings.draw(workspace)
        _chain(workspace, conversation)
        _conversations(workspace, conversation)


def _chain(workspace: Workspace, conversation: Conversation) -> None:
    ground = conversation.ground(workspace.account(choices.own_key()), choices.stores())
    st.caption("`previous_interaction_id` of the next turn")
    none = words.SENT_ALONG if ground.along else words.FRESH
    st.code(ground.previous_interaction_id or none, language=None, wrap_lines=True)
    if ground.previous_interaction_id and ground.along:
        st.caption(words.ALSO_SENT)


def _conversations(workspace: Workspace, current: Conversation) -> None:
    listed = workspace.conversations(owner(), LISTED)
    if listed:
        st.caption(words.CONVERSATIONS)
    for conversation in listed:
        st.button(
            _title(conversation),
            key=f"open_{conversation.id}",
            icon=":material/sensors:" if conversation.running else ":material/chat_bubble:",
            type="secondary" if conversation.id == current.id else "tertiary",
            width="stretch",
            on_click=session.open_conversation,
            args=(conversation.id,),
        )


def _title(entry: Entry) -> str:
    line = entry.title or words.UNTITLED
    return as_label(line[:40] + "…" if len(line) > 40 else line)
