"""The conversation that one browser tab shows, in `st.session_state` and the URL."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from interactions.conversations.conversation import Conversation, Prompt, new_id
from interactions.errors import InteractionsError

PARAMETER = "conversation"
LISTED = 15  # conversations
NEWEST_TURNS = 5
EARLIER_TURNS = 10  # more at each click

_state: Any = st.session_state


def conversation_id() -> str:
    """The conversation of this run, or "" for a fresh one.

    After the page has written the URL, the browser may send the old one once more; it is not believed
    before it was seen as written. Another page has dropped the parameter on the way here: it is put back.
    """
    # A click within some 20 ms of a write (a round trip, over a network) still brings the old URL (1.67).
    current, url = _state.get("_conversation", ""), st.query_params.get(PARAMETER, "")
    if _state.pop("_away", False) and current and not url:
        open_conversation(current)
    elif _state.get("_written") is None:
        if url != current:
            show(url)
    elif url == _state["_written"]:
        _state["_written"] = None
    return str(_state.get("_conversation", ""))


def current() -> str:
    """The conversation of the last run, for callbacks: they come before the URL is looked at."""
    return str(_state.get("_conversation", ""))


def open_conversation(conversation: str) -> None:
    """Shows a conversation ("" is a fresh one) and says so in the URL."""
    if conversation:
        st.query_params[PARAMETER] = conversation
    else:
        st.query_params.pop(PARAMETER, None)
    _state["_written"] = conversation
    show(conversation)


def show(conversation: str) -> None:
    """Shows a conversation in the next run of the playground: its newest turns, and the end of its log."""
    _state["_conversation"] = conversation
    _state["_turns"] = NEWEST_TURNS
    _state["_page"] = _state["_paused"] = _state["_wanted"] = None
    _state["_refusal"] = ""
    flip()


def opened(conversation: str) -> bool:
    """True once when this conversation is opened, and not for one that has begun here."""
    before, _state["_opened"] = _state.get("_opened", ""), conversation
    return conversation not in ("", before) and _state.get("_begun") != conversation


def visitor() -> str:
    """An id for a visitor without a cookie; it lives as long as the session."""
    return str(_state.setdefault("_owner", secrets.token_hex(16)))


def continued() -> str:
    """The turn after which the visitor has chosen to go on, though the session had ended."""
    return str(_state.get("_continued") or "")


def go_on(turn: str) -> None:
    """The visitor goes on after this turn, though the session had ended."""
    _state["_continued"] = turn


def forget() -> None:
    """There is no such conversation: what is sent now begins another one."""
    _state["_conversation"] = ""


def leave(page: str = "another") -> str:
    """Marks that another page is shown. Returns the page before, or "" for the playground. A page change
    drops the URL's parameters, which is not navigation."""
    before, _state["_away"] = _state.get("_away"), page
    return str(before or "")


def begin() -> str:
    """The conversation to send to; a fresh one gets its id now."""
    current = str(_state.get("_conversation", ""))
    _state["_begun"] = _state["_refusal"] = ""
    if not current:
        current = _state["_begun"] = _state["_new"] = new_id()
        open_conversation(current)
    return current


def new(conversation: str) -> bool:
    """Whether its id was made in this tab, and nothing has been sent to it."""
    return bool(conversation) and _state.get("_new") == conversation


def sent() -> None:
    """From now on the conversation is an existing one."""
    _state["_new"] = ""


def refuse(sentence: str, text: str) -> None:
    """The message was not sent: the sentence says why, and the text goes back into the composer. The
    conversation that it would have begun is taken back."""
    if _state.get("_begun"):
        open_conversation("")
    _state["_refusal"] = sentence
    if text:
        _state["composer"] = text


def report(sentence: str) -> None:
    """Says on the page why what was clicked did not happen."""
    _state["_refusal"] = sentence


@contextmanager
def reporting() -> Iterator[None]:
    """Reports an error that is raised in its block as a sentence on the page."""
    try:
        yield
    except InteractionsError as error:
        report(str(error))


def refusal() -> str:
    """What `refuse` or `report` has said, until a message is sent or another conversation is opened."""
    return str(_state.get("_refusal") or "")


def listed() -> int:
    """How many conversations the library shows."""
    return int(_state.get("_listed", LISTED))


def list_more() -> None:
    _state["_listed"] = listed() + LISTED


def deleted(conversation: str) -> None:
    """Remembers what can be undone, and leaves it; the empty string forgets."""
    _state["_deleted"] = conversation
    if conversation:
        open_conversation("")


def last_deleted() -> str:
    return str(_state.get("_deleted") or "")


def mirror(conversation: Conversation) -> None:
    """Copies the turns that are shown, and the id that the next turn builds on, into the state."""
    _state["turns"] = [stored.turn for stored in conversation.turns[-shown_turns() :]]
    _state["previous_interaction_id"] = conversation.previous_interaction_id


def previous_interaction_id() -> str:
    return str(_state.get("previous_interaction_id") or "")


def touch() -> None:
    """Ends this script run if the page has gone or a newer run has begun. A loop that draws nothing for a
    while would otherwise outlive its page."""
    _state.get("_conversation")


def settle(conversation: Conversation) -> None:
    """Has the panes draw into their other slot if the last turn that they showed is gone from the line, as
    after *Regenerate*. Called before they are drawn; a paused log goes on."""
    newest = [stored.id for stored in conversation.turns[-2 * NEWEST_TURNS :]]
    last, known = _state.get("_drawn", ("", slot()))
    if last and last not in newest:
        _state["_paused"] = None
        if slot() == known:
            flip()
    _state["_drawn"] = (newest[-1] if newest else "", slot())


def flip() -> None:
    """Has the panes draw into their other slot: see `panes.fresh`."""
    _state["_flip"] = 1 - slot()


def slot() -> int:
    return int(_state.get("_flip", 0))


def queue_slot(queue: tuple[Prompt, ...]) -> int:
    """The slot to draw the queue into: the other one whenever the queue has changed."""
    ids = tuple(prompt.id for prompt in queue)
    known, current = _state.get("_queue", ((), 0))
    if ids != known:
        current = 1 - current
        _state["_queue"] = (ids, current)
    return int(current)


def shown_turns() -> int:
    return int(_state.get("_turns", NEWEST_TURNS))


def show_earlier_turns() -> None:
    _state["_turns"] = shown_turns() + EARLIER_TURNS
