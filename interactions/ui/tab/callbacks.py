"""Callbacks that are not lost when another click comes.

Streamlit (1.67) ends a callback at its next access to `st.session_state` if another click has come by then: a
message that it was about to send would be lost. So each action is queued first, and what a callback could not
finish is done by the run that cut it short.
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
    """Does `act` now or, if it is cut short, again in the next run. After a step that must not happen twice,
    `act` must not access the session state; it passes what has to follow to `defer`."""
    defer(act)
    run_deferred()


def defer(act: Callable[[], None]) -> None:
    """Queues `act` behind what is queued already. It reads a snapshot, which does not end the callback."""
    snapshot()[_DEFERRED].append(act)


def run_deferred() -> None:
    """Does what callbacks have queued and not finished. Called before a page is drawn."""
    deferred = _state.setdefault(_DEFERRED, [])
    while deferred:
        act = deferred.pop(0)
        try:
            act()
        except (StopException, RerunException):
            deferred.insert(0, act)
            raise
