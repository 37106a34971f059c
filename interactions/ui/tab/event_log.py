"""What the event log of one browser tab shows: which rows, from where on, and whether it is paused.

The log reaches back to the beginning of a turn, so that rows keep their place when more come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import streamlit as st

from interactions.conversations.conversation import Conversation, StoredTurn
from interactions.ui.tab import session

ROWS = 1_000  # that a log begins with, at least, if there are so many
MOST = 4_000  # that come to it before its beginning moves on; journals of turns before it are not read
EARLIER = 5  # turns more at a click

_state: Any = st.session_state


class Filter(NamedTuple):
    """Rows of these event types (all, if none is named), with this text, of this turn."""

    types: frozenset[str] = frozenset()
    text: str = ""
    turn: str = ""

    @property
    def all_rows(self) -> bool:
        """Whether no row of the turns that are shown is left out."""
        return not (self.types or self.text)


def page() -> int | None:
    """The first block of the log page that is shown, or None for the live end."""
    page = _state.get("_page")
    return None if page is None else int(page)


def show_page(block: int | None) -> None:
    _state["_page"] = block
    session.flip()


def follow_replay() -> None:
    """A replay begins: both panes show it, from its first frame on."""
    _state["log_export"] = False
    _state["_paused"] = None
    show_page(None)


def wanted() -> Filter:
    """Which rows of the log are shown. Its widgets exist only while their popover is open; this stays."""
    return _state.get("_wanted") or Filter()


def filter_rows() -> None:
    types, text = frozenset(_state.get("log_types") or ()), str(_state.get("log_text") or "")
    _show_rows(Filter(types, text, str(_state.get("log_turn") or "")))


def show_all_rows() -> None:
    for key in ("log_types", "log_text", "log_turn"):
        _state.pop(key, None)
    _show_rows(Filter())


def _show_rows(chosen: Filter) -> None:
    _state["_wanted"], _state["_page"] = chosen, None
    session.flip()


def paused() -> int | None:
    """The number of rows at which the log was paused, if it is."""
    rows = _state.get("_paused")
    return None if rows is None else int(rows)


def pause(rows: int | None) -> None:
    _state["_paused"] = rows


def first_turn(conversation: Conversation) -> int:
    """The place of the first turn that the log has. It moves on when too much has come, but not while the log
    is paused: what is new is counted from there."""
    known, place, most = _state.get("_reach", ("", 0, MOST))
    fits = known == conversation.id and place <= len(conversation.turns)
    if fits and (paused() is not None or count(conversation.turns, place) <= most):
        return int(place)
    return _set(conversation, _back(conversation.turns))


def show_earlier(conversation: Conversation) -> None:
    _set(conversation, max(0, first_turn(conversation) - EARLIER))
    show_page(0)


def first_block(first: int) -> int:
    """The block that stands first in the log pane of this tab. It stays while the window moves on, so that
    a row keeps its place in the page, and with it its being open, from run to run."""
    key = (session.conversation_id(), session.slot())
    known, base = _state.get("_base", (None, 0))
    if known != key or not base <= first <= base + 40:
        base = first
        _state["_base"] = (key, base)
    return int(base)


def count(turns: Sequence[StoredTurn], place: int) -> int:
    return sum(len(stored.journal) for stored in turns[place:])


def _set(conversation: Conversation, place: int) -> int:
    _state["_reach"] = (conversation.id, place, count(conversation.turns, place) + MOST)
    return place


def _back(turns: Sequence[StoredTurn]) -> int:
    place, count = len(turns), 0
    while place and count < ROWS:
        place -= 1
        count += len(turns[place].journal)
    return place
