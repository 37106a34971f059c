"""A delta from its object, whatever it is called and wherever it says what it says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import msgspec

from interactions.turns.events import Delta, KnownDelta, OtherDelta
from interactions.turns.steps import Wire
from interactions.turns.values import encoded
from interactions.turns.wire.resources import read_step, without


def delta_in(raw: Wire) -> object:
    """The delta of an event, which may be a text alone, or the event itself."""
    if "delta" not in raw:
        return without(raw, "event_type", "event_id", "index", "metadata")
    delta = raw["delta"]
    return {"type": "text", "text": delta} if isinstance(delta, str) else delta


def read_delta(delta: Wire) -> Delta:
    """A delta from its object; one without `type` is told by its fields."""
    name, said = placed(delta)
    keys = _DELTA_KEYS.get(name, ())
    for taken in (keys, keys[:1]):  # what goes with the text may be odd, and does not cost it
        known = {key: said[key] for key in taken if said.get(key) is not None}
        try:
            return cast(Delta, msgspec.convert({**_NOTHING.get(name, {}), **known, "type": name}, KnownDelta))
        except ValueError:
            continue
    kind = str(delta.get("type") or name)
    whole = read_step(delta)  # as that of a call may be
    return OtherDelta(kind, without(whole if "arguments" in whole else delta, "type"))


def placed(delta: Wire) -> tuple[str, Wire]:
    """The kind of a delta and its object, with what it says under the key that it has in this kind."""
    kind = str(delta.get("type") or _inferred(delta))
    name = _DELTA_NAMES.get(kind, kind)
    place, *_ = _DELTA_KEYS.get(name, ("",))
    key = (
        place
        if delta.get(place)
        else next((each for each in _ELSEWHERE.get(name, ()) if delta.get(each)), place)
    )
    match name, delta.get(key):
        case "text", {"text": str(text)}:
            return name, {**without(delta, key), place: text}
        case "thought_summary", str(text):
            return name, {**without(delta, key), place: {"type": "text", "text": text}}
        case "arguments_delta", {**fields}:
            return name, {**without(delta, key), place: encoded(fields).decode()}
        case _, value if key != place:
            return name, {**without(delta, key), place: value}
    return name, delta


_DELTA_NAMES = {
    "text_annotation": "text_annotation_delta",
    "text_delta": "text",
    "thought": "thought_summary",
    "arguments": "arguments_delta",
}
_DELTA_KEYS: Mapping[str, tuple[str, ...]] = {  # where it says what it says comes first
    "text": ("text", "annotations"),
    "thought_summary": ("content",),
    "thought_signature": ("signature",),
    "arguments_delta": ("arguments",),
    "text_annotation_delta": ("annotations",),
}
# Where some servers say it.
_ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "text": ("content", "delta", "value"),
    "thought_summary": ("summary", "text", "thought", "delta"),
    "thought_signature": ("thought_signature",),
    "arguments_delta": ("partial_arguments", "partial_json", "delta"),
    "text_annotation_delta": ("annotation", "citations"),
}
# Fields that may be missing or null (google-genai 2.14's types); then such a delta says nothing.
_NOTHING: Mapping[str, Wire] = {
    "thought_summary": {"content": {}},
    "thought_signature": {"signature": ""},
    "arguments_delta": {"arguments": ""},
    "text_annotation_delta": {"annotations": ()},
}


def _inferred(delta: Wire) -> str:
    if isinstance(delta.get("content"), str):
        return "text"
    return next((kind for kind, keys in _DELTA_KEYS.items() if keys[0] in delta), "")
