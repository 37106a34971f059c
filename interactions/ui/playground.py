"""The page with the two panes. Drawn top to bottom; following a running turn is its last act."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.errors import InteractionsError, NotFound
from interactions.steps import Wire
from interactions.store.memory import Conversation, StoredTurn
from interactions.ui import assist, choices, panes, results, session, sidebar, words
from interactions.ui.identity import owner
from interactions.ui.live import Live
from interactions.ui.root import workspace
from interactions.ui.style import ICON, STYLE
from interactions.ui.words.examples import EXAMPLES, Example

COMMANDS = frozenset({"/new", "/reset"})


def draw() -> None:
    st.set_page_config(page_title=words.TITLE, page_icon=ICON, layout="wide")
    st.html(STYLE)
    try:
        workspace()
    except InteractionsError as error:
        st.error(str(error))
        st.stop()
    assist.draw()
    notice = st.empty()  # always there, so that what follows keeps its place
    try:
        conversation = _load(owner(), session.conversation_id())
    except NotFound:
        notice.warning(words.NOT_FOUND)
        conversation = Conversation("")
    _draw(conversation)


def _load(visitor: str, conversation: str) -> Conversation:
    return workspace().conversation(visitor, conversation) if conversation else Conversation("")


def _draw(conversation: Conversation) -> None:
    visitor = owner()
    # Asked once and first: a turn that ends while this run draws is followed to its end, and drawn again.
    running = conversation.running
    session.mirror(conversation)
    sidebar.draw(conversation)
    if workspace().settings.sandboxed:
        st.caption(words.SANDBOX)
    st.html(panes.TABS)
    left, right = st.columns(2)
    log_bar, log = panes.pane(left, "event_log", words.EVENT_LOG)
    bar, turns = panes.pane(right, "conversation", words.CONVERSATION)
    panes.draw_queue(
        conversation,
        running,
        remove=partial(workspace().remove, visitor, conversation.id),
        send=partial(workspace().send_next, visitor, conversation.id),
    )
    st.chat_input(words.COMPOSER, key="composer", on_submit=_submitted)
    if not conversation.turns:
        _invite(turns)
        return
    if running:
        bar.button("Stop", key="stop", icon=":material/stop_circle:", on_click=_stop)
    stack = panes.draw_turns(turns, conversation, running)
    draw_log = panes.draw_log(log_bar, log, lambda: _load(visitor, conversation.id), running)
    if stack is not None:
        Live(conversation.turns[-1].journal, stack, draw_log).follow()
        st.rerun()
    elif not conversation.queue:
        results.draw(turns, conversation.turns[-1], _send_results)


def _invite(container: DeltaGenerator) -> None:
    container.markdown(f"#### {words.EMPTY}", anchors=False)
    container.caption(words.EMPTY_HINT)
    chips = container.container(key="examples", horizontal=True)
    for example in EXAMPLES:
        chips.button(example.label, key=f"example_{example.label}", on_click=_send_example, args=(example,))


def _submitted() -> None:
    """Runs before the page is drawn, so the request is under way while history renders."""
    text = session.submitted()
    if text.strip() in COMMANDS:
        session.open_conversation("")
    elif text:
        _send(text)


def _send_example(example: Example) -> None:
    _send(example.prompt, example.tools)


def _send(text: str, tools: tuple[Wire, ...] = ()) -> None:
    options = choices.options(workspace().settings.model, tools)
    workspace().send(owner(), session.begin(), text, options)


def _send_results(answers: tuple[Wire, ...], stored: StoredTurn) -> None:
    workspace().send(owner(), stored.conversation, answers, stored.prompt.options)


def _stop() -> None:
    workspace().stop(owner(), session.conversation_id())
