"""Focus, keys, a live region and copying: what Streamlit's own elements do not do.

A component of its own, because `st.html` replaces its nodes at each change, and a screen reader then hears
nothing (1.67).
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from interactions.ui import words

_component = st.components.v2.component(
    "interactions_assist",
    html='<div class="unseen" role="status" aria-live="polite"></div>',
    js=Path(__file__).with_name("assist.js").read_text(),
    isolate_styles=False,
)


def draw() -> None:
    _component(key="assist", data={"copy": words.COPY, "copied": words.COPIED}, height=1)
