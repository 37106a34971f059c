"""What nobody has foreseen stays where it happens: what cannot be drawn is shown as it came.

A net, and no way of drawing: whatever is known to come from servers is the business of whoever draws it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

import msgspec
import streamlit as st
from streamlit.runtime.state import session_state

from interactions.errors import background
from interactions.turns.values import whole_text
from interactions.ui.drawing.plain import compact

T = TypeVar("T")


def disturbed(error: RuntimeError) -> bool:
    """Whether the session's state has changed while Streamlit went through it; then the same works again.

    A run that a newer one has replaced writes to that state at its end, in its own thread and under another
    lock (Streamlit 1.67, `ScriptRunner`), and the newer one fails if it reads all of it at that moment.
    """
    return extract_tb(error.__traceback__)[-1].filename == session_state.__file__


@contextmanager
def undisturbed() -> Iterator[None]:
    """Draws the page once more if its session state was `disturbed`."""
    try:
        yield
    except RuntimeError as error:
        if not disturbed(error):
            raise
        st.rerun()


def attempt(draw: Callable[[], T], instead: Callable[[], T]) -> T:
    """What `draw` does, or else what is done `instead`. What ends a run of the page passes."""
    try:
        return draw()
    except Exception as error:  # noqa: BLE001 (whatever it is, the rest of the page stays)
        report(error)
        return instead()


def report(error: Exception) -> None:
    """Logs what was caught, with its traceback; of what happens at each look at a stream the first."""
    place = extract_tb(error.__traceback__)[-1]
    background.report(f"the page ({Path(place.filename).name}:{place.lineno})", error)


def as_it_came(value: object) -> str:
    """A value as JSON, whatever it is."""
    try:
        text = whole_text(compact(msgspec.to_builtins(value, enc_hook=str)))
        return msgspec.json.format(text, indent=2)
    except Exception:  # noqa: BLE001 (here ends what can be done)
        return repr(value)
