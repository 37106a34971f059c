"""Focus, keys, a live region, copying and a look for news: what Streamlit's own elements do not do.

A component of its own, because `st.html` replaces its nodes at each change, and a screen reader then hears
nothing (1.67).
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from interactions.ui import words
from interactions.ui.server.news import Watch

_component = st.components.v2.component(
    "interactions_assist",
    html='<div class="unseen" role="status" aria-live="polite"></div>',
    js=Path(__file__).with_name("assist.js").read_text(),
    isolate_styles=False,
)


def draw(watch: Watch | None) -> None:
    """With something to `watch`, the page is run anew when there is news of it."""
    data = {"copy": words.COPY, "copied": words.COPIED, "watch": watch}
    _component(key="assist", data=data, height=1, on_news_change=_drawn_anew)


def _drawn_anew() -> None:
    """The run that follows is all that is wanted; without a callback there is none."""
