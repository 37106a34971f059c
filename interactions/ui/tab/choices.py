"""The settings that one browser tab has chosen for its turns, in `st.session_state`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, assert_never, get_args

import streamlit as st

from interactions.conversations import kinds
from interactions.conversations.request import KINDS, TYPES, Options
from interactions.endpoints.endpoint import DEFAULT, Route
from interactions.errors import Misfit, SettingsError
from interactions.files.fitting import fitted, parsed, shallow
from interactions.providers.protocol import Capabilities
from interactions.turns.steps import Wire
from interactions.ui.words.settings import LABELS, NO_JSON, TOO_DEEP

# Settings of which each endpoint has its own, as their values mean something there only.
PARTICULAR = tuple(name for name, kind in KINDS.items() if isinstance(kind, kinds.Model | kinds.Choice))

_USUAL = Options("")
_state: Any = st.session_state


def field(name: str) -> str:
    """The key of the widget of a setting. It changes each time that `put` sets a value: a widget in a popover
    that was never opened ignores its state, and reports its default when it is opened (1.67)."""
    generation = _state.get("_generations", {}).get(name, 0)
    return f"{name}_{generation}" if generation else name


def initial(name: str, default: Any = None) -> Any:
    """The first value of a widget: what was chosen before the widget was last taken off the page. It stays
    the same while the widget is there."""
    begun, key = _state.setdefault("_initial", {}), field(name)
    if key not in _state:
        begun[key] = _state.get("_chosen", {}).get(name, default)
    return begun.get(key, default)


def remember() -> None:
    """Copies the values of the widgets, which Streamlit forgets with them. Called after they are drawn."""
    shown = {name: _state[field(name)] for name in KINDS if field(name) in _state}
    _state["_chosen"] = _state.get("_chosen", {}) | shown


def put(values: Mapping[str, Any]) -> None:
    """Chooses these values, as a visitor would. Called before the widgets are drawn."""
    _state["_chosen"] = _state.get("_chosen", {}) | values
    generations = _state.setdefault("_generations", {})
    for name in values:
        generations[name] = generations.get(name, 0) + 1


def _value(name: str) -> Any:
    key = field(name)
    return _state[key] if key in _state else _state.get("_chosen", {}).get(name)


def options(default_model: str, tools: tuple[Wire, ...]) -> Options:
    """The settings as the widgets have them; what was left alone is unset. Raises `SettingsError` for a
    text that is not the JSON it should be."""
    chosen = {name: _setting(name) for name in KINDS}
    return Options(**{**chosen, "model": chosen["model"] or default_model, "tools": tools})


def _setting(name: str) -> Any:
    """What the value of a widget means. Raises `SettingsError`."""
    kind, value = KINDS[name], _value(name)
    match kind:
        case kinds.Number() | kinds.Choice():
            return value
        case kinds.Switch():
            return getattr(_USUAL, name) if value is None else bool(value)
        case kinds.Name():
            return str(value or "").strip()
        case kinds.Model() | kinds.Text() | kinds.Version():
            return str(value or "")
        case kinds.Lines():
            return tuple(line for line in str(value or "").split("\n") if line)
        case kinds.Json():
            return _json(name, str(value or "").strip())
        case _:
            assert_never(kind)


def _widget_value(kind: kinds.Kind, setting: Any) -> Any:
    """The value of a widget that means this setting: the reverse of `_setting`."""
    match kind:
        case kinds.Lines():
            return "\n".join(setting)
        case kinds.Json() if setting is None or isinstance(setting, str):
            return setting or ""
        case kinds.Json():
            return json.dumps(setting, indent=2, ensure_ascii=False)
        case kinds.Version():
            return setting or None
        case kinds.Number() | kinds.Choice() | kinds.Switch() | kinds.Name() | kinds.Model() | kinds.Text():
            return setting
        case _:
            assert_never(kind)


def _json(name: str, text: str) -> Any:
    """The value of a setting that is written as JSON. Raises `SettingsError`."""
    if not text:
        return None
    plain = str in get_args(TYPES[name]) and not text.startswith(("{", "["))
    try:
        # First as any value, as what does not fit is told in better words by `fitted`.
        value = fitted(text if plain else parsed(text.encode(), object), TYPES[name])
    except Misfit as error:
        raise SettingsError(f"{NO_JSON.format(LABELS[name])}: {error}.") from error
    if not shallow(value):
        raise SettingsError(TOO_DEEP.format(LABELS[name]))
    return value


def filled(name: str) -> bool:
    """Whether something stands in the field of a setting."""
    return bool(_value(name))


def refused(name: str) -> str:
    """Why the text of a field is not valid for its setting, or ""."""
    try:
        _setting(name)
    except SettingsError as error:
        return str(error)
    return ""


def adopt(endpoint: str, options: Options, can: Capabilities) -> None:
    """Chooses the settings of a turn or a preset. Those that the endpoint does not have stay as they are."""
    values = {
        name: _widget_value(kind, getattr(options, name))
        for name, kind in KINDS.items()
        if name in can.settings or name == "model"
    }
    _move(endpoint)
    put(values | {"endpoint": endpoint})


def model() -> str:
    """The model that its field says, or ""."""
    return str(_value("model") or "")


def stores() -> bool:
    """Whether the server is to keep the next turn."""
    return bool(_setting("store"))


def endpoint() -> str:
    return str(_state.get("_endpoint") or DEFAULT)


def choose_endpoint() -> None:
    """Moves to the endpoint that its widget says. For callbacks."""
    name = str(_state[field("endpoint")])
    _move(name)
    _state["_chosen"]["endpoint"] = name


def _move(name: str) -> None:
    """Moves to another endpoint, and restores what was chosen there before."""
    left = _state.setdefault("_left", {})
    left[endpoint()] = {each: _value(each) for each in PARTICULAR}
    _state["_endpoint"] = name
    put({each: left.get(name, {}).get(each) for each in PARTICULAR})


def route() -> Route:
    """The endpoint of the next turn, and the visitor's own key for it."""
    return route_to(endpoint())


def route_to(endpoint: str) -> Route:
    """An endpoint, with the visitor's own key for it if there is one."""
    return Route(endpoint, own_keys().get(endpoint, ""))


def own_keys() -> Mapping[str, str]:
    """The visitor's own API keys, by endpoint. No element contains them, and they go with the tab."""
    keys: Mapping[str, str] = _state.get("_own_keys") or {}
    return keys


def use_key(endpoint: str, key: str) -> None:
    """Uses a key for this endpoint and no other; "" forgets it."""
    others = {name: value for name, value in own_keys().items() if name != endpoint}
    _state["_own_keys"], _state["_key_verdict"] = others | ({endpoint: key} if key else {}), None


def key_verdict() -> tuple[bool, str] | None:
    """Whether the key works, and a sentence that says so; None if it was not tested."""
    name, verdict = _state.get("_key_verdict") or ("", None)
    return verdict if name == endpoint() else None


def judge_key(endpoint: str, good: bool, sentence: str) -> None:
    _state["_key_verdict"] = (endpoint, (good, sentence))
