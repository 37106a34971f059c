"""A page that waits: it looks for what others have done, and notices when its conversation has gone quiet."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeAlias

import streamlit as st

from interactions.store.conversation import Conversation
from interactions.ui import session, words

FAST, SLOW = 2.0, 10.0  # seconds between two looks, in the first minute of waiting and after it
FIRST = 60.0

Sign: TypeAlias = tuple[object, ...]

_state: Any = st.session_state


def sign(conversation: Conversation) -> Sign:
    """What changes when something happens to a conversation."""
    turns = conversation.tree or conversation.turns
    newest = turns[-1] if turns else None
    return (
        conversation.id,
        conversation.title,
        conversation.pinned,
        conversation.busy,
        len(turns),
        newest and (newest.id, newest.epoch),
        conversation.queue,
    )


def over(conversation: Conversation, minutes: float) -> bool:
    """Whether the session has ended: no message, turn or waiting call for so long. 0 minutes is never."""
    if not minutes or not conversation.turns or conversation.busy or conversation.queue:
        return False
    newest = conversation.turns[-1]
    if newest.head.status == "requires_action" or _state.get("_continued") == newest.id:
        return False
    ended = newest.created.timestamp() + newest.head.ended_at / 1e9
    return time.time() - ended > minutes * 60


def banner(conversation: Conversation, minutes: float) -> None:
    """Above the composer; what is sent without a choice begins a fresh conversation."""
    with st.container(key="idle", border=True, horizontal=True, vertical_alignment="center"):
        st.caption(words.SESSION_ENDED.format(minutes))
        st.button(words.CONTINUE, key="continue", on_click=go_on, args=(conversation,))
        st.button(words.START_FRESH, key="start_fresh", on_click=session.open_conversation, args=("",))


def go_on(conversation: Conversation) -> None:
    _state["_continued"] = conversation.turns[-1].id


def look(load: Callable[[], Conversation], shown: Conversation, minutes: float) -> None:
    """Looks at the conversation that the page shows; see `notice`."""

    def seen(found: Conversation) -> Sign:
        return (*sign(found), over(found, minutes))

    notice(lambda: seen(load()), seen(shown))


def notice(look: Callable[[], Sign], shown: Sign) -> None:
    """Looks now and then, as long as the page shows this, and draws it anew when there is news."""
    began = time.monotonic()
    fast = _state.get("_looked") != shown

    @st.fragment(run_every=FAST if fast else SLOW)
    def glance() -> None:
        if look() != shown:
            st.rerun()
        if fast and time.monotonic() - began > FIRST:
            _state["_looked"] = shown
            st.rerun()

    glance()
