"""How far back the event log of this tab reaches: to a turn, so that rows stay in their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from interactions.conversations.conversation import Conversation, StoredTurn
from interactions.ui.tab import session

ROWS = 1_000  # that a log begins with, at least, if there are so many
MOST = 4_000  # that come to it before its beginning moves on; journals of turns before it are not read
EARLIER = 5  # turns more at a click

_state: Any = st.session_state


def first(conversation: Conversation) -> int:
    """The place of the first turn that the log has. It moves on when too much has come, but not while the log
    is paused: what is new is counted from there."""
    known, place, most = _state.get("_reach", ("", 0, MOST))
    fits = known == conversation.id and place <= len(conversation.turns)
    if fits and (session.paused() is not None or rows(conversation.turns, place) <= most):
        return int(place)
    return _set(conversation, _back(conversation.turns))


def earlier(conversation: Conversation) -> None:
    _set(conversation, max(0, first(conversation) - EARLIER))
    session.show_log_page(0)


def base(first: int) -> int:
    """The block that stands first in the log pane of this tab. It stays while the window moves on, so that
    a row keeps its place in the page, and with it its being open, from run to run."""
    key = (session.conversation_id(), session.slot())
    known, base = _state.get("_base", (None, 0))
    if known != key or not base <= first <= base + 40:
        base = first
        _state["_base"] = (key, base)
    return int(base)


def rows(turns: Sequence[StoredTurn], place: int) -> int:
    return sum(len(stored.journal) for stored in turns[place:])


def _set(conversation: Conversation, place: int) -> int:
    _state["_reach"] = (conversation.id, place, rows(conversation.turns, place) + MOST)
    return place


def _back(turns: Sequence[StoredTurn]) -> int:
    place, count = len(turns), 0
    while place and count < ROWS:
        place -= 1
        count += len(turns[place].journal)
    return place
