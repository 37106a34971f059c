"""The session state of a tab: how it is read while other threads write, and what widgets say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from traceback import extract_tb
from typing import Any

import streamlit as st
from streamlit.runtime.state import session_state

from interactions.conversations.attachments import File

_state: Any = st.session_state


def raced(error: RuntimeError) -> bool:
    """Whether the session state has changed while Streamlit iterated over it; then the same works again.

    A run that a newer one has replaced writes to that state at its end, in its own thread and under another
    lock (Streamlit 1.67, `ScriptRunner`), and the newer one fails if it reads all of it at that moment.
    """
    return extract_tb(error.__traceback__)[-1].filename == session_state.__file__


@contextmanager
def rerun_if_raced() -> Iterator[None]:
    """Runs the page again if reading the session state has `raced` with a write."""
    try:
        yield
    except RuntimeError as error:
        if not raced(error):
            raise
        st.rerun()


def snapshot() -> Mapping[str, Any]:
    """A copy of the whole state. Unlike access to a single key, this does not end a callback (1.67)."""
    while True:
        try:
            return st.session_state.to_dict()
        except RuntimeError as error:
            if not raced(error):
                raise


def ticked(key: str) -> bool:
    """Whether a checkbox is ticked."""
    return bool(_state.get(key))


def typed(key: str) -> str:
    """The text of a text field."""
    return str(_state.get(key) or "")


def chosen(key: str) -> Any:
    """What is chosen in a field that always has a value: one of some choices, or a number."""
    return _state.get(key)


def uploaded(key: str) -> File | None:
    """The file in an uploader that takes one."""
    file = _state.get(key)
    return None if file is None else File(file.name, file.type or "", bytes(file.getvalue()))


def take(key: str) -> str:
    """The text of a field, which is emptied. For callbacks."""
    text = typed(key)
    _state[key] = ""
    return text


def upload_key(popover: str) -> str:
    """The key of the file uploader in a popover. It changes with each file: an uploader cannot be emptied
    (1.67), so that a new one takes its place."""
    return f"{popover}_file_{_state.get('_uploads', 0)}"


def take_upload(popover: str) -> bytes | None:
    """The file that was chosen in a popover, which is closed and forgets the file. For callbacks."""
    file = _state.get(upload_key(popover))
    _state["_uploads"] = _state.get("_uploads", 0) + 1
    _state[popover] = False
    return None if file is None else bytes(file.getvalue())
