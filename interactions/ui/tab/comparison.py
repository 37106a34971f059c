"""What one browser tab remembers of its comparison, in `st.session_state` and the URL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from interactions.ui.tab import session
from interactions.ui.tab.state import snapshot

PARAMETER = "compare"
FEWEST, MOST = 2, 4
COMPOSER = "compare_composer"
COUNT = "compare_count"
_ID = re.compile(r"[0-9a-f]{32}")

_state: Any = st.session_state


class Pick(NamedTuple):
    """Where the messages of a column go."""

    endpoint: str
    model: str


class Sent(NamedTuple):
    """How the last message went out to a column: the settings that its provider was not sent, and why it was
    not sent at all, if so."""

    pick: Pick
    ignored: tuple[str, ...] = ()
    refused: str = ""


def ids() -> tuple[str, ...]:
    """The conversations of this run's comparison, or none for a fresh one. The URL is believed as
    `session.conversation_id` believes it."""
    known, url = current(), _listed(st.query_params.get(PARAMETER, ""))
    returned = session.leave(PARAMETER) != PARAMETER
    if returned and known and not url:
        _write(known)
    elif _state.get("_compare_written") is None:
        if url != known:
            _show(url)
    elif url == _state["_compare_written"]:
        _state["_compare_written"] = None
    return current()


def current() -> tuple[str, ...]:
    """The conversations of the last run, for callbacks: they come before the URL is looked at."""
    return tuple(_state.get("_compare", ()))


def open_comparison(conversations: tuple[str, ...]) -> None:
    """Shows these side by side (none is a fresh comparison), and says so in the URL."""
    _write(conversations)
    _show(conversations)


def forget() -> None:
    """Leaves a comparison that is not there: what is sent now begins another one."""
    _state["_compare"] = ()


def _listed(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_ID.findall(text)))[:MOST]


def _write(conversations: tuple[str, ...]) -> None:
    if conversations:
        st.query_params.from_dict({PARAMETER: ",".join(conversations)})
    else:
        st.query_params.pop(PARAMETER, None)
    _state["_compare_written"] = conversations


def _show(conversations: tuple[str, ...]) -> None:
    _state["_compare"], _state["_compare_sent"] = conversations, {}
    report("")
    session.flip()


def submitted() -> str:
    """The text in the composer, exactly as typed."""
    return str(snapshot().get(COMPOSER) or "")


def give_back(text: str) -> None:
    """Puts a message that was sent nowhere back into the composer."""
    _state[COMPOSER] = text


def report(sentence: str, refused: Sequence[str] = ()) -> None:
    """Says why a message was not sent; in a fresh comparison also by column."""
    _state["_compare_said"], _state["_compare_refused"] = sentence, tuple(refused)


def notice() -> str:
    return str(_state.get("_compare_said") or "")


def refusal(place: int) -> str:
    refused = _state.get("_compare_refused", ())
    return str(refused[place]) if place < len(refused) else ""


def remember(sent: Mapping[str, Sent]) -> None:
    """How the last message went out, by conversation."""
    _state["_compare_sent"] = dict(sent)


def last(conversation: str) -> Sent | None:
    """How the last message went out to a conversation; None if it was sent elsewhere or before a reload."""
    found: Sent | None = _state.get("_compare_sent", {}).get(conversation)
    return found


def endpoint_key(place: int) -> str:
    return f"compare_endpoint_{place}"


def model_key(place: int, endpoint: str) -> str:
    """The key of a widget. Each endpoint has a widget of its own, as its models are others."""
    return f"compare_model_{place}_{endpoint}"


def picks() -> list[Pick]:
    """The endpoints and models that the widgets say, which are remembered. For callbacks."""
    chosen = [str(_state[endpoint_key(place)]) for place in range(int(_state.get(COUNT) or FEWEST))]
    picked = [
        Pick(endpoint, str(_state.get(model_key(place, endpoint)) or ""))
        for place, endpoint in enumerate(chosen)
    ]
    _state["_compare_picks"] = tuple(picked)
    return picked


def picked(place: int, endpoint: str) -> str:
    """The model that the last comparison had in this column, or "". Streamlit may lose what a field said that
    was not on the page when runs followed one another fast."""
    last: tuple[Pick, ...] = _state.get("_compare_picks", ())
    return last[place].model if place < len(last) and last[place].endpoint == endpoint else ""
