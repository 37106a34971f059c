"""The end of a session: a conversation in which nothing has happened for some minutes."""

from __future__ import annotations

import time

import streamlit as st

from interactions.conversations.conversation import Conversation
from interactions.ui import words
from interactions.ui.tab import session


def over(conversation: Conversation, minutes: float) -> bool:
    """Whether the session has ended: no message, turn or waiting call for so long. 0 minutes is never."""
    left = remaining(conversation, minutes)
    return left is not None and left < 0


def remaining(conversation: Conversation, minutes: float) -> float | None:
    """Seconds until the session has ended if nothing happens, below 0 if it has; None if it does not end."""
    if not minutes or not conversation.turns or conversation.busy or conversation.queue:
        return None
    newest = conversation.turns[-1]
    if newest.head.status == "requires_action" or session.continued() == newest.id:
        return None
    ended = newest.created.timestamp() + newest.head.ended_at / 1e9
    return ended + minutes * 60 - time.time()


def banner(conversation: Conversation, minutes: float) -> None:
    """Draws the choice to continue or to start fresh, above the composer. A message that is sent without a
    choice begins a fresh conversation."""
    with st.container(key="idle", border=True, horizontal=True, vertical_alignment="center"):
        st.caption(words.SESSION_ENDED.format(minutes))
        st.button(words.CONTINUE, key="continue", on_click=session.go_on, args=(conversation.turns[-1].id,))
        st.button(words.START_FRESH, key="start_fresh", on_click=session.open_conversation, args=("",))
