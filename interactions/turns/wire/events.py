"""Reads one JSON event.

Streams differ by age and server: the schema before June 2026, events and deltas without `type`, content
under other keys, kinds that do not exist yet. The most frequent event is one typed decode; everything else
takes the lenient way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from interactions.turns.events import (
    Body,
    Error,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    KnownStepDelta,
    Metadata,
    OtherDelta,
    StatusUpdate,
    StepDelta,
    StepStart,
    StepStop,
    Unknown,
)
from interactions.turns.steps import Wire
from interactions.turns.values import Place, too_deep
from interactions.turns.wire.deltas import delta_in, read_delta
from interactions.turns.wire.resources import (
    STEP_OF_CONTENT,
    counts,
    read_error,
    read_interaction,
    read_step,
    total_usage,
)
from interactions.turns.wire.texts import error_in, load_json

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


def _interaction(raw: Wire) -> Interaction:
    """That of an event, whose usage may stand beside it; an event may be the interaction itself."""
    value = raw.get("interaction", raw if "id" in raw or "status" in raw else None)
    found = read_interaction(value) if isinstance(value, Mapping) else Interaction()
    beside = counts(raw.get("usage")) or total_usage(raw)
    return found if found.usage or not beside else msgspec.structs.replace(found, usage=beside)


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
    kind = STEP_OF_CONTENT.get(str(step.get("type")))
    if kind is None:
        return StepStart(_place(raw), read_step(step))
    content = [step] if len(step) > 1 else []
    return StepStart(_place(raw), {"type": kind, "content": content})


def _step_delta(raw: Wire) -> Body:
    delta = delta_in(raw)
    read = read_delta(delta) if isinstance(delta, Mapping) else OtherDelta("", {"value": delta})
    usage = total_usage(raw)
    return StepDelta(_place(raw), read, Metadata(usage) if usage else None)


def _step_stop(raw: Wire) -> Body:
    return StepStop(_place(raw), counts(raw.get("usage")) or total_usage(raw))


def _error(raw: Wire) -> Body:
    error = raw.get("error")
    return Error(read_error(raw if error is None else error))


_LENIENT: dict[str, Callable[[Wire], Body]] = {
    "interaction.created": lambda raw: InteractionCreated(_interaction(raw)),
    "interaction.completed": lambda raw: InteractionCompleted(_interaction(raw)),
    "interaction.status_update": _status_update,
    "step.start": _step_start,
    "step.delta": _step_delta,
    "step.stop": _step_stop,
    "error": _error,
}
