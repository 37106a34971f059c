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
    "api_version",
)

_state: Any = st.session_state


def keep() -> None:
    """For pages without these widgets: values of widgets that are not drawn are dropped, unless somebody
    writes them."""
    for key in WIDGETS:
        if key in _state:
            _state[key] = _state[key]


def options(default_model: str, tools: tuple[Wire, ...]) -> Options:
    """The settings as the widgets have them; what was left alone is unset."""
    return Options(
        model=str(_state.get("model") or default_model),
        system_instruction=str(_state.get("system_instruction") or ""),
        temperature=_state.get("temperature"),
        max_output_tokens=_state.get("max_output_tokens"),
        thinking_level=_state.get("thinking_level"),
        thinking_summaries=_state.get("thinking_summaries"),
        tools=tools,
        store=stores(),
        top_p=_state.get("top_p"),
        seed=_state.get("seed"),
        stop_sequences=tuple(line for line in _text("stop_sequences").split("\n") if line),
        api_version=_text("api_version"),
    )


def default_settings() -> None:
    """A switch that begins as on: said here and not to the widget, which may have only one of the two."""
    _state.setdefault("store", True)


def stores() -> bool:
    """Whether the next turn is to be kept by the server."""
    return bool(_state.get("store", True))


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
    return str(_state.get(key) or "")
