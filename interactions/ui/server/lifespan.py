"""The start and the end of the process."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import AsyncIterator

import streamlit as st

from interactions.errors import InteractionsError
from interactions.ui.server.root import workspace

# The page, and pandas: `st.write_stream` asks whether its argument is a data frame, and the first one to ask
# waits a second for the import.
FIRST_NEEDED = ("pandas", "interactions.ui.page", "interactions.ui.diagnostics")


@contextlib.asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Imports and opens what a first turn needs, so that it is as fast as any other; at the end, saves what
    is not saved yet. A wrong configuration is reported by the page and by /health."""
    for module in FIRST_NEEDED:
        importlib.import_module(module)
    with contextlib.suppress(InteractionsError):
        workspace()
    yield
    with contextlib.suppress(InteractionsError):
        workspace().close()
