"""Callbacks that come to their end.

Streamlit (1.67) ends a callback at its next look at `st.session_state` when another click has come by then:
a message that it was to send would be lost. What was cut short is done by the run that cut it short.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException, StopException

from interactions.ui.tab.state import snapshot

_DEFERRED = "_deferred"

_state: Any = st.session_state


def run(act: Callable[[], None]) -> None:
    """Does it now, or in the next run. It may be cut short and done again: once it has done what must not be
    done twice, it looks at the state no more, and leaves to `defer` what has to."""
    defer(act)
    run_deferred()


def defer(act: Callable[[], None]) -> None:
    """Does it when what was deferred before has been done. No look at the state that could end a callback."""
    snapshot()[_DEFERRED].append(act)


def run_deferred() -> None:
    """Does what callbacks have left undone. Called before a page is drawn."""
    deferred = _state.setdefault(_DEFERRED, [])
    while deferred:
        act = deferred.pop(0)
        try:
            act()
        except (StopException, RerunException):
            deferred.insert(0, act)
            raise
