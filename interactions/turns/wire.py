"""Reads one JSON event.

Streams differ by age and server: the schema before June 2026, events and deltas without `type`, kinds that do
not exist yet. The common case is one typed decode; everything else takes the lenient way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import msgspec

from interactions.turns.events import (
    Body,
    Delta,
    Error,
    ErrorDetail,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    KnownDelta,
    Metadata,
    OtherDelta,
    StatusUpdate,
    StepDelta,
    StepStart,
    StepStop,
    Unknown,
    Usage,
    WireBody,
)
from interactions.turns.steps import Wire
from interactions.turns.values import Place, too_deep

_decoder: msgspec.json.Decoder[WireBody] = msgspec.json.Decoder(WireBody)

# The schema before June 2026, and event names that only documentation shows.
_RENAMED = {
    "interaction.start": "interaction.created",
    "interaction.complete": "interaction.completed",
    "content.start": "step.start",
    "content.delta": "step.delta",
    "content.stop": "step.stop",
    "interaction.in_progress": "interaction.status_update",
    "interaction.requires_action": "interaction.status_update",
}
_STEP_OF_CONTENT = dict.fromkeys(("text", "image", "audio", "video", "document"), "model_output")


def parse(data: str, name: str = "") -> Body:
    """One event from its JSON. `name` is the SSE event name, used where the JSON does not say its type."""
    if too_deep(data):
        return Error(read_error(data)) if name == "error" else Unknown(name, data)
    # The fast path: nearly every event fits the types, and only others are read leniently.
    try:
        return _decoder.decode(data)
    except ValueError:
        raw = error_in(load_json(data))
    if not isinstance(raw, Mapping):
        return Error(read_error(raw)) if name == "error" else Unknown(name, raw)
    event_type = raw.get("event_type")
    if not isinstance(event_type, str) or not event_type:
        event_type = name
    # `message` is the name that SSE gives to an event without one.
    if event_type in {"", "message"}:
        event_type = "error" if "error" in raw else event_type
    return _lenient(_RENAMED.get(event_type, event_type), raw)


def error_in(value: object) -> object:
    """The object with an error that stands in an array, as some servers send it; any other value as it is."""
    if isinstance(value, list) and value and isinstance(value[0], Mapping) and "error" in value[0]:
        return value[0]
    return value


def load_json(data: str) -> object:
    """Any JSON value, or `data` itself when it is none, or too deep. Lone surrogates become U+FFFD."""
    if too_deep(data):
        return data
    try:
        return msgspec.json.decode(data)
    except ValueError:
        pass  # msgspec refuses NaN and lone surrogates, which servers do send
    try:
        return _without_surrogates(json.loads(data, strict=False, parse_int=_integer))
    except ValueError:
        return data


def _integer(digits: str) -> int | float:
    """Python refuses to read integers of more than 4,300 digits; the event around one is still an event."""
    try:
        return int(digits)
    except ValueError:
        return float(digits)


def _without_surrogates(value: object) -> object:
    text = json.dumps(value, ensure_ascii=False)
    # UTF-16 joins the halves of a pair; a half alone becomes U+FFFD.
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _lenient(event_type: str, raw: Wire) -> Body:
    read = _LENIENT.get(event_type)
    try:
        return read(raw) if read else Unknown(event_type, raw)
    except (ValueError, KeyError):
        return Unknown(event_type, raw)


def _interaction(raw: Wire) -> Interaction:
    value = raw["interaction"]
    return read_interaction(value) if isinstance(value, Mapping) else Interaction()


def read_interaction(value: Wire) -> Interaction:
    """An Interaction resource, with every field that cannot be understood left out."""
    if "steps" not in value and isinstance(value.get("outputs"), list):
        value = {**value, "steps": [_legacy_step(output) for output in value["outputs"]]}
    return Interaction(**{**_understood(Interaction, value), "usage": read_usage(value.get("usage"))})


def read_usage(value: object) -> Usage | None:
    """The usage with the counts that are valid; None if there is none."""
    return Usage(**_understood(Usage, value)) if isinstance(value, Mapping) else None


def _understood(kind: type[msgspec.Struct], value: Wire) -> dict[str, Any]:
    """The fields that a struct of this kind can have."""
    fields: dict[str, Any] = {}
    for field in msgspec.structs.fields(kind):
        try:
            fields[field.name] = msgspec.convert(value[field.name], field.type)
        except (KeyError, ValueError):
            continue
    return fields


def _legacy_step(output: object) -> object:
    """Before June 2026 an interaction had `outputs` of content, not steps."""
    kind = _STEP_OF_CONTENT.get(str(output.get("type"))) if isinstance(output, Mapping) else None
    return {"type": kind, "content": [output]} if kind else output


def _status_update(raw: Wire) -> Body:
    fallback = str(raw.get("event_type", "")).removeprefix("interaction.")
    interaction = raw.get("interaction")
    inner = read_interaction(interaction) if isinstance(interaction, Mapping) else Interaction()
    status = raw.get("status") or inner.status or fallback
    own = read_interaction(raw)
    return StatusUpdate(
        str(status),
        str(raw.get("interaction_id") or inner.id),
        own.continuation_token,
        own.usage or inner.usage,
    )


def _index(raw: Wire) -> int:
    return msgspec.convert(raw["index"], Place, strict=False)


def _step_start(raw: Wire) -> Body:
    step = raw["step"] if "step" in raw else raw["content"]
    if not isinstance(step, Mapping):
        return StepStart(_index(raw), {"type": "", "value": step})
    kind = _STEP_OF_CONTENT.get(str(step.get("type")))
    if kind is None:
        return StepStart(_index(raw), step)
    content = [step] if len(step) > 1 else []
    return StepStart(_index(raw), {"type": kind, "content": content})


def _step_delta(raw: Wire) -> Body:
    delta = raw["delta"]
    read = read_delta(delta) if isinstance(delta, Mapping) else OtherDelta("", {"value": delta})
    metadata = raw.get("metadata")
    total = metadata.get("total_usage") if isinstance(metadata, Mapping) else None
    usage = read_usage(total)
    return StepDelta(_index(raw), read, Metadata(usage) if usage else None)


def read_delta(delta: Wire) -> Delta:
    """A delta from its object; one without `type` is told by its fields."""
    kind = str(delta.get("type") or _inferred(delta))
    name = _DELTA_NAMES.get(kind, kind)
    said = {key: value for key, value in delta.items() if value is not None}
    try:
        return cast(Delta, msgspec.convert({**_NOTHING.get(name, {}), **said, "type": name}, KnownDelta))
    except ValueError:
        return OtherDelta(kind, {key: value for key, value in delta.items() if key != "type"})


_DELTA_NAMES = {"text_annotation": "text_annotation_delta"}
# Fields that may be missing or null (google-genai 2.14's types); then such a delta says nothing.
_NOTHING: Mapping[str, Wire] = {
    "thought_summary": {"content": {}},
    "thought_signature": {"signature": ""},
    "arguments_delta": {"arguments": ""},
    "text_annotation_delta": {"annotations": ()},
}


def _inferred(delta: Wire) -> str:
    table = {"text": "text", "content": "thought_summary", "arguments": "arguments_delta"}
    return next((kind for key, kind in table.items() if key in delta), "")


def _error(raw: Wire) -> Body:
    error = raw.get("error")
    return Error(read_error(raw if error is None else error))


def read_error(error: object) -> ErrorDetail:
    """Whatever a server calls an error; its own words are kept, if need be as JSON."""
    if isinstance(error, str):
        return ErrorDetail(message=error)
    try:
        return msgspec.convert(error, ErrorDetail)
    except ValueError:
        return ErrorDetail(message=json.dumps(error, ensure_ascii=False))


_LENIENT: dict[str, Callable[[Wire], Body]] = {
    "interaction.created": lambda raw: InteractionCreated(_interaction(raw)),
    "interaction.completed": lambda raw: InteractionCompleted(_interaction(raw)),
    "interaction.status_update": _status_update,
    "step.start": _step_start,
    "step.delta": _step_delta,
    "step.stop": lambda raw: StepStop(_index(raw), read_usage(raw.get("usage"))),
    "error": _error,
}
