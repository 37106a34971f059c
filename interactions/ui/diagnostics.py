"""What runs here, how it is configured, and any interaction as its server has it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from interactions.errors import InteractionsError
from interactions.providers.documents import Document
from interactions.ui import session, words
from interactions.ui.root import workspace
from interactions.workspace import versions


def draw() -> None:
    st.set_page_config(page_title=f"Diagnostics · {words.TITLE}", page_icon=":material/monitor_heart:")
    session.leave()
    st.title("Diagnostics", anchor=False)
    try:
        health = workspace().health()
    except InteractionsError as error:
        st.error(str(error))
        st.stop()
    _facts("Health", health)
    _facts("Configuration", workspace().configuration())
    _reach()
    _retrieve()
    _facts("Versions", versions())


def _facts(title: str, facts: object) -> None:
    st.subheader(title, anchor=False)
    st.json(facts)


def _reach() -> None:
    st.subheader("Endpoint", anchor=False)
    st.caption("Asks the endpoint for its list of models.")
    if st.button("Check now", key="reach"):
        _answer(lambda: workspace().reach())


def _retrieve() -> None:
    st.subheader("Raw interaction", anchor=False)
    with st.form("retrieve"):
        wanted = st.text_input("Interaction id", value=session.previous_interaction_id())
        asked = st.form_submit_button("Fetch")
    if asked and wanted.strip():
        _answer(lambda: workspace().retrieve(wanted.strip()))


def _answer(ask: Callable[[], Document]) -> None:
    try:
        document = ask()
    except InteractionsError as error:
        st.error(str(error))
        return
    st.caption(f"HTTP {document.status} in {document.milliseconds:,.0f} ms, {len(document.body):,} bytes")
    st.json(document.json)
