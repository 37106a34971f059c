"""The boundary around each part of the page: an unexpected exception costs that part alone.

It is the last resort. Odd values that servers are known to send are handled where they are drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from traceback import extract_tb
from typing import TypeVar

import msgspec

from interactions.errors import background
from interactions.turns.values import whole_text
from interactions.ui.drawing.plain import compact

T = TypeVar("T")


def attempt(draw: Callable[[], T], instead: Callable[[], T]) -> T:
    """The result of `draw` or, if it raises, of `instead`. How Streamlit ends a run passes through: it is no
    `Exception`."""
    try:
        return draw()
    except Exception as error:  # noqa: BLE001 (whatever it is, the rest of the page stays)
        report(error)
        return instead()


def report(error: Exception) -> None:
    """Logs an exception with its traceback. One that repeats while a stream is drawn is logged once."""
    place = extract_tb(error.__traceback__)[-1]
    background.report(f"the page ({Path(place.filename).name}:{place.lineno})", error)


def as_it_came(value: object) -> str:
    """A value as JSON, whatever it is."""
    try:
        text = whole_text(compact(msgspec.to_builtins(value, enc_hook=str)))
        return msgspec.json.format(text, indent=2)
    except Exception:  # noqa: BLE001 (here ends what can be done)
        return repr(value)
