"""Callbacks that come to their end.

Streamlit (1.67) ends a callback at its next look at `st.session_state` when another click has come by then:
a message that it was to send would be lost. What is insisted on is done by the run that cut it short.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException, StopException

from interactions.ui.drawing.boundary import disturbed

_LEFT = "_left_undone"

_state: Any = st.session_state


def at_once() -> Mapping[str, Any]:
    """The state as it is, in a look at which no callback ends."""
    while True:
        try:
            return st.session_state.to_dict()
        except RuntimeError as error:
            if not disturbed(error):
                raise


def insist(act: Callable[[], None]) -> None:
    """Does it now, or in the next run. It may be cut short and done again: once it has done what must not be
    done twice, it looks at the state no more, and leaves to `afterwards` what has to."""
    afterwards(act)
    catch_up()


def afterwards(act: Callable[[], None]) -> None:
    """Does it when what is insisted on has been done. No look at the state."""
    at_once()[_LEFT].append(act)


def catch_up() -> None:
    """Before a page is drawn: does what callbacks have left undone."""
    left = _state.setdefault(_LEFT, [])
    while left:
        act = left.pop(0)
        try:
            act()
        except (StopException, RerunException):
            left.insert(0, act)
            raise
