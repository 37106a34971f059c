"""What one browser tab has chosen to send its turns with, in `st.session_state`."""

from __future__ import annotations

from typing import Any

import streamlit as st

from interactions.request import Options
from interactions.steps import Wire

WIDGETS = (
    "model",
    "system_instruction",
    "temperature",
    "top_p",
    "max_output_tokens",
    "thinking_level",
    "thinking_summaries",
    "seed",
    "stop_sequences",
    "store",
    "background",
    "agent",
    "api_version",
)

_state: Any = st.session_state


def initial(key: str, default: Any = None) -> Any:
    """The value for a widget to begin with: what was chosen before it was last taken off the page.

    It stays the same while the widget lives. Not by way of the widget's own state: one in a popover that was
    never opened does not hear of that, and reports its default when it is (1.67).
    """
    begun = _state.setdefault("_initial", {})
    if key not in _state:
        begun[key] = _state.get("_chosen", {}).get(key, default)
    return begun.get(key, default)


def remember() -> None:
    """Called when the widgets are drawn: what they say outlives them."""
    _state["_chosen"] = {key: _state[key] for key in WIDGETS if key in _state}


def _value(key: str) -> Any:
    return _state[key] if key in _state else _state.get("_chosen", {}).get(key)


def options(default_model: str, tools: tuple[Wire, ...]) -> Options:
    """The settings as the widgets have them; what was left alone is unset."""
    return Options(
        model=str(_value("model") or default_model),
        system_instruction=str(_value("system_instruction") or ""),
        temperature=_value("temperature"),
        max_output_tokens=_value("max_output_tokens"),
        thinking_level=_value("thinking_level"),
        thinking_summaries=_value("thinking_summaries"),
        tools=tools,
        store=stores(),
        top_p=_value("top_p"),
        seed=_value("seed"),
        stop_sequences=tuple(line for line in _text("stop_sequences").split("\n") if line),
        api_version=_text("api_version"),
        background=bool(_value("background")),
        agent=_text("agent").strip(),
    )


def stores() -> bool:
    """Whether the next turn is to be kept by the server."""
    store = _value("store")
    return store is None or bool(store)


def take(key: str) -> str:
    """What was typed into a field, which is empty from now on. For callbacks."""
    text = _text(key)
    _state[key] = ""
    return text


def own_key() -> str:
    """The visitor's own API key, or "". It is in no element, and gone with the tab."""
    return str(_state.get("_own_key") or "")


def use_key(key: str) -> None:
    _state["_own_key"], _state["_key_verdict"] = key, None


def key_verdict() -> tuple[bool, str] | None:
    """Whether the key was found good, in words; None when nobody has asked."""
    verdict: tuple[bool, str] | None = _state.get("_key_verdict")
    return verdict


def judge_key(good: bool, sentence: str) -> None:
    _state["_key_verdict"] = (good, sentence)


def _text(key: str) -> str:
    return str(_value(key) or "")
