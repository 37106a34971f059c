"""The sidebar: conversations, what the next turn builds on, and what it is sent with."""

from __future__ import annotations

import streamlit as st

from interactions.settings import MODELS
from interactions.store.memory import Conversation
from interactions.ui import session, words
from interactions.ui.identity import owner
from interactions.ui.markdown import as_label
from interactions.ui.root import workspace

LISTED = 15
LEVELS = ("minimal", "low", "medium", "high", "xhigh")


def draw(conversation: Conversation) -> None:
    with st.sidebar:
        st.button(
            "New conversation",
            key="new_conversation",
            icon=":material/add:",
            width="stretch",
            on_click=session.open_conversation,
            args=("",),
        )
        _settings()
        _chain(conversation)
        _conversations(conversation)


def _settings() -> None:
    default = workspace().settings.model
    models = list(dict.fromkeys([default, *MODELS]))
    st.selectbox("Model", models, key="model", accept_new_options=True)
    with st.popover("Settings", icon=":material/tune:", width="stretch"):
        st.caption("Sent with every turn. What is left empty is not sent.")
        st.text_area("System instruction", key="system_instruction", height=100)
        st.number_input("Temperature", 0.0, 2.0, None, 0.1, key="temperature", placeholder="not set")
        st.number_input(
            "Max output tokens", 1, None, None, 256, key="max_output_tokens", placeholder="not set"
        )
        st.selectbox("Thinking level", LEVELS, None, key="thinking_level", placeholder="not set")
        st.selectbox(
            "Thought summaries", ("auto", "none"), None, key="thinking_summaries", placeholder="not set"
        )


def _chain(conversation: Conversation) -> None:
    st.caption("`previous_interaction_id` of the next turn")
    st.code(conversation.previous_interaction_id or "none: a fresh conversation", language=None)


def _conversations(current: Conversation) -> None:
    listed = workspace().conversations(owner())[:LISTED]
    if listed:
        st.caption("Conversations")
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


def _title(conversation: Conversation) -> str:
    first = conversation.turns[0].prompt.input
    text = first if isinstance(first, str) else words.UNTITLED
    line = " ".join(text.split())
    return as_label(line[:40] + "…" if len(line) > 40 else line)
