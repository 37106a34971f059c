"""Reads one JSON event.

Streams differ by age and server: the schema before June 2026, events and deltas without `type`, content
under other keys, kinds that do not exist yet. The most frequent event is one typed decode; everything else
takes the lenient way.
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
    KnownStepDelta,
    Metadata,
    OtherDelta,
    StatusUpdate,
    StepDelta,
    StepStart,
    StepStop,
    Unknown,
    Usage,
)
from interactions.turns.steps import CALLS, Wire
from interactions.turns.values import Place, encoded, inner, too_deep

_decoder: msgspec.json.Decoder[KnownStepDelta] = msgspec.json.Decoder(KnownStepDelta)

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


def parse(data: str, name: str = "", newest: int = -1) -> Body:
    """One event from its JSON. `name` is the SSE event name, used where the JSON does not say its type, and
    `newest` the index of the newest step, which is meant where none is told."""
    if too_deep(data):
        return Error(read_error(data)) if name == "error" else Unknown(name, data)
    # The fast path: nearly every event fits the type, and only others are read leniently.
    try:
        delta = _decoder.decode(data)
    except ValueError:
        return _event(error_in(load_json(data)), name, newest)
    return delta if delta.metadata is None else _event(load_json(data), name, newest)


def _event(raw: object, name: str, newest: int) -> Body:
    if not isinstance(raw, Mapping):
        return Error(read_error(raw)) if name == "error" else Unknown(name, raw)
    kind = event_type(raw, name)
    read, place = _LENIENT.get(kind), {}
    if kind in _CONTENT and not _is_placed(raw):
        place = {"index": max(newest, 0) + (newest >= 0 and kind == "step.start")}
    try:
        return read({**raw, **place}) if read else Unknown(kind, raw)
    except (ValueError, KeyError):
        return Unknown(kind, raw)


def event_type(raw: Wire, name: str) -> str:
    """The type of an event as it is called today; that of a whole interaction is that it is completed."""
    told = raw.get("event_type")
    kind = told if isinstance(told, str) and told else name
    # `message` is the name that SSE gives to an event without one.
    if kind in {"", "message"}:
        kind = "error" if "error" in raw else "interaction.completed" if _is_interaction(raw) else kind
    return _RENAMED.get(kind, kind)


def _is_interaction(raw: Wire) -> bool:
    """Whether an object without a type is an Interaction resource."""
    return isinstance(raw.get("status"), str) and (
        raw.get("object") == "interaction" or bool(raw.keys() & {"steps", "outputs", "id"})
    )


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


def _interaction(raw: Wire) -> Interaction:
    """That of an event, whose usage may stand beside it; an event may be the interaction itself."""
    value = raw.get("interaction", raw if "id" in raw or "status" in raw else None)
    found = read_interaction(value) if isinstance(value, Mapping) else Interaction()
    beside = _counts(raw.get("usage")) or _total_usage(raw)
    return found if found.usage or not beside else msgspec.structs.replace(found, usage=beside)


def read_interaction(value: Wire) -> Interaction:
    """An Interaction resource, with every field that cannot be understood left out."""
    if "steps" not in value and isinstance(value.get("outputs"), list):
        value = {**value, "steps": [_legacy_step(output) for output in value["outputs"]]}
    if isinstance(steps := value.get("steps"), list):
        value = {**value, "steps": [read_step(step) for step in steps if isinstance(step, Mapping)] or None}
    if not isinstance(status := value.get("status") or "", str):
        value = {**value, "status": json.dumps(status)}  # a word that nobody knows, rather than none
    return Interaction(**{**_understood(Interaction, value), "usage": _counts(value.get("usage"))})


def read_usage(value: object) -> Usage | None:
    """The usage with the counts that are valid; None if there is none."""
    return Usage(**_understood(Usage, value)) if isinstance(value, Mapping) else None


def _counts(value: object) -> Usage | None:
    """The usage that a server tells. It counts thoughts beside the output or inside it: the total says
    which."""
    usage = read_usage(value)
    if usage is None or not usage.total_output_tokens or not usage.total_thought_tokens:
        return usage
    output, thought = usage.total_output_tokens, usage.total_thought_tokens
    others = (usage.total_input_tokens or 0) + (usage.total_tool_use_tokens or 0)
    if output >= thought and usage.total_tokens == others + output:
        return msgspec.structs.replace(usage, total_output_tokens=output - thought)
    return usage


def _total_usage(raw: Wire) -> Usage | None:
    metadata = inner(raw, "metadata")
    return _counts(metadata.get("total_usage") or metadata.get("usage"))


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


def _place(raw: Wire) -> int:
    return msgspec.convert(raw["index"], Place, strict=False)


_CONTENT = frozenset({"step.start", "step.delta"})


def _is_placed(raw: Wire) -> bool:
    """Whether the event says of which step it is."""
    try:
        return _place(raw) is not None
    except (ValueError, KeyError):
        return False


def _step_start(raw: Wire) -> Body:
    step = raw["step"] if "step" in raw else raw["content"]
    if not isinstance(step, Mapping):
        return StepStart(_place(raw), {"type": "", "value": step})
    kind = _STEP_OF_CONTENT.get(str(step.get("type")))
    if kind is None:
        return StepStart(_place(raw), read_step(step))
    content = [step] if len(step) > 1 else []
    return StepStart(_place(raw), {"type": kind, "content": content})


def read_step(step: Wire) -> Wire:
    """A step with its texts and its arguments where they belong. Arguments may be JSON as a text; while they
    are not whole, they are the beginning of those that follow."""
    kind, arguments = str(step.get("type")), step.get("arguments")
    if kind in _TEXTS:
        place, *others = _TEXTS[kind]
        key = next((other for other in others if step.get(other)), "")
        return step if step.get(place) or not key else {**without(step, key), place: step[key]}
    if kind in CALLS and isinstance(arguments, str):
        parsed = load_json(arguments)
        return {**step, "arguments": parsed} if isinstance(parsed, Mapping) else without(step, "arguments")
    return step


# Where the texts of a step stand, and where some servers have them.
_TEXTS: Mapping[str, tuple[str, ...]] = {
    "model_output": ("content", "text", "output"),
    "thought": ("summary", "content", "text", "thought"),
}


def without(raw: Wire, *keys: str) -> dict[str, Any]:
    """A copy without these fields."""
    return {key: value for key, value in raw.items() if key not in keys}


def _step_delta(raw: Wire) -> Body:
    delta = delta_in(raw)
    read = read_delta(delta) if isinstance(delta, Mapping) else OtherDelta("", {"value": delta})
    usage = _total_usage(raw)
    return StepDelta(_place(raw), read, Metadata(usage) if usage else None)


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
    return OtherDelta(kind, without(delta, "type"))


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


_DELTA_NAMES = {"text_annotation": "text_annotation_delta"}
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
    table = {"text": "text", "content": "thought_summary", "arguments": "arguments_delta"}
    return next((kind for key, kind in table.items() if key in delta), "")


def _step_stop(raw: Wire) -> Body:
    return StepStop(_place(raw), _counts(raw.get("usage")) or _total_usage(raw))


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
    "step.stop": _step_stop,
    "error": _error,
}
