"""The page *Diagnostics*: versions, configuration, the endpoint's latency, and the JSON of an interaction."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from interactions.errors import InteractionsError
from interactions.files.fitting import shallow
from interactions.files.signatures import UNKNOWN
from interactions.stream.documents import Document
from interactions.ui import assist, words
from interactions.ui.server.identity import owner
from interactions.ui.server.media_files import owned
from interactions.ui.server.root import workspace
from interactions.ui.style import STYLE, configure
from interactions.ui.tab import choices, session
from interactions.ui.tab.state import rerun_if_raced
from interactions.ui.words import diagnostics
from interactions.workspace import versions

TREE = 1_000_000  # bytes of an answer that is shown as a tree
DEPTH = 50  # levels of one, with the values in it
HEAD = 50_000  # characters of any other that stand in the page


@rerun_if_raced()
def draw() -> None:
    configure(words.DIAGNOSTICS)
    st.html(STYLE)
    session.leave()
    assist.draw(None)
    st.markdown(f"### {diagnostics.TITLE}", anchors=False)
    try:
        health = workspace().health()
    except InteractionsError as error:
        st.error(str(error))
        st.stop()
    left, right = st.columns(2, gap="large")
    with left:
        _facts(diagnostics.HEALTH, health)
        _facts(diagnostics.CONFIGURATION, workspace().configuration())
        _facts(diagnostics.VERSIONS, versions())
    with right:
        _reach()
        _retrieve()


def _facts(title: str, facts: object) -> None:
    st.markdown(f"#### {title}")
    st.json(facts)


def _reach() -> None:
    st.markdown(f"#### {diagnostics.ENDPOINT}")
    st.caption(diagnostics.REACH)
    if st.button(diagnostics.CHECK, key="reach"):
        _answer(lambda: workspace().endpoints.reach(choices.endpoint()))


def _retrieve() -> None:
    st.markdown(f"#### {diagnostics.RAW}")
    with st.form("retrieve"):
        wanted = st.text_input(diagnostics.ID, value=session.previous_interaction_id())
        asked = st.form_submit_button(diagnostics.FETCH)
    if asked and wanted.strip():
        _answer(lambda: workspace().endpoints.retrieve(owner(), wanted.strip(), choices.route()))


def _answer(ask: Callable[[], Document]) -> None:
    try:
        document = ask()
    except InteractionsError as error:
        st.error(str(error))
        return
    st.caption(diagnostics.ANSWER.format(document.status, document.milliseconds, len(document.body)))
    _show(document)


def _show(document: Document) -> None:
    """Draws JSON as a tree if it is small and flat enough for a browser, and anything else as text. A long
    text is cut, and is a file to download as well."""
    value = document.json if len(document.body) <= TREE else ""
    if isinstance(value, dict | list) and shallow(value, DEPTH):
        st.json(value, expanded=1)
        return
    text = document.body.decode("utf-8", "replace")
    st.code(text[:HEAD], language=None, wrap_lines=True)
    if len(text) > HEAD:
        st.caption(diagnostics.CUT.format(len(text) - HEAD))
        st.download_button(
            words.RAW_BODY.format(len(document.body)),
            document.body,
            "answer.txt",
            owned(UNKNOWN),
            on_click="ignore",
        )
