"""The component that does what Streamlit's elements do not: focus, keys, a live region, copying, and news.

It is a component because `st.html` replaces its nodes at each change (1.67): a screen reader announces only
what changes within a node that stays.
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
    """Draws the component. If there is something to `watch`, the page runs again when there is news of it."""
    data = {"copy": words.COPY, "copied": words.COPIED, "watch": watch}
    _component(key="assist", data=data, height=1, on_news_change=_drawn_anew)


def _drawn_anew() -> None:
    """Does nothing: the rerun is what is wanted, and without a callback Streamlit makes none."""
