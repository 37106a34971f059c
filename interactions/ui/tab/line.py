"""The line of a conversation's tree that one browser tab shows, and the turn that is being edited."""

from __future__ import annotations

from typing import Any

import streamlit as st

from interactions.ui.tab import session

_state: Any = st.session_state


def followed(conversation: str) -> str:
    """The turn whose line this tab follows; "" is the newest."""
    known, turn = _state.get("_line", ("", ""))
    return turn if known == conversation else ""


def follow(conversation: str, turn: str) -> None:
    """Shows the newest line through this turn."""
    _state["_line"] = (conversation, turn)
    edit("")
    session.flip()


def open_at(conversation: str, turn: str) -> None:
    """Opens a conversation on the newest line through this turn; "" is the line that was followed last."""
    if turn:
        _state["_line"] = (conversation, turn)
    session.open_conversation(conversation)


def edited() -> str:
    """The turn whose message is being edited, or ""."""
    return str(_state.get("_editing") or "")


def edit(turn: str) -> None:
    """Shows the form that edits a turn in place of its buttons; "" closes it."""
    _state["_editing"] = turn


def first_try(turn: str) -> bool:
    """True once for each turn."""
    tried = _state.setdefault("_tried", set())
    known = turn in tried
    tried.add(turn)
    return not known
