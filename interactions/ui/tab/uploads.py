"""Files that a popover takes."""

from __future__ import annotations

from typing import Any

import streamlit as st

_state: Any = st.session_state


def key(popover: str) -> str:
    """The key of the widget that takes a file there. Each file has a new one: none can be emptied (1.67)."""
    return f"{popover}_file_{_state.get('_uploads', 0)}"


def take(popover: str) -> bytes | None:
    """The file that was given there, which the page forgets; the popover is closed. For callbacks."""
    file = _state.get(key(popover))
    _state["_uploads"] = _state.get("_uploads", 0) + 1
    _state[popover] = False
    return None if file is None else bytes(file.getvalue())
