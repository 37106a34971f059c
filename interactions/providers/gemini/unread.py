"""What an event says beside what is read of it: fields that are not empty, and that nobody has a place for.

They are shown raw, on the step or on the answer. What is known and says nothing to a reader is listed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from interactions.providers.gemini.steps import ACCEPTED
from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    Body,
    CorrectedDelta,
    Delta,
    Error,
    InteractionCompleted,
    InteractionCreated,
    KnownStepDelta,
    NativeDelta,
    OtherDelta,
    SignatureDelta,
    StatusUpdate,
    StepDelta,
    StepStart,
    StepStop,
    SummaryDelta,
    TextDelta,
    ThoughtDelta,
    Told,
    UnreadDelta,
    Usage,
)
from interactions.turns.steps import CALLS, RESULTS, Wire
from interactions.turns.values import inner
from interactions.turns.wire import delta_in, placed, read_step, without

EMPTY: tuple[object, ...] = (None, "", [], {}, ())
# Of every event: what names it, and what was read of it.
_EVENT = ("event_type", "event_id", "index", "interaction_id", "status", "continuation_token", "usage")
_READ = ("interaction", "step", "content", "delta", "metadata", "error")
# Of an interaction: what is read, when it was made, and what only repeats the request.
_INTERACTION = (
    *("id", "object", "status", "model", "agent", "usage", "continuation_token", "steps", "outputs", "role"),
    *("created", "updated", "input", "previous_interaction_id", "system_instruction", "tools", "stream"),
    *("generation_config", "agent_config", "environment", "response_format", "response_mime_type", "store"),
    *("response_modalities", "safety_settings", "labels", "cached_content", "webhook_config", "background"),
)
_ERROR = ("code", "message", "status")
_STEPS: Mapping[str, tuple[str, ...]] = {
    "model_output": ("type", "content", "error", "native"),
    "thought": ("type", "summary", "signature", "native"),
    "user_input": ("type", "content", "native"),
}
_TOOL = (
    *("type", "id", "call_id", "name", "arguments", "result", "is_error", "signature", "server_name"),
    *("search_type", "retrieval_type", "waits", "native"),
)
_PART = ("type", "text", "annotations")
_MEDIA = ("type", "partial", "rate", *{key for keys in ACCEPTED.media.values() for key in keys})


def unread(raw: Wire, body: Body) -> Iterator[Body]:
    """The bodies that follow `body`, which was read of the event `raw`."""
    match body:
        case InteractionCreated() | InteractionCompleted():
            yield from _told(_of_interaction(raw))
        case StatusUpdate():
            inside = inner(raw, "interaction")
            yield from _told({**_beside(raw), **_of_resource(inside), **_of_usage(raw), **_of_usage(inside)})
        case Error():
            yield from _told({**_beside(raw), **_more("error", without(inner(raw, "error"), *_ERROR))})
        case StepStart():
            yield from _of_start(raw, body)
        case StepDelta() | KnownStepDelta():
            yield from _on_step(body.index, _of_delta(raw, body.delta))
            yield from _told(_of_usage({"usage": inner(raw, "metadata").get("total_usage")}))
        case StepStop():
            yield from _told(_of_stop(raw, body))
        case _:
            return


def _full(fields: Wire) -> Wire:
    return {key: value for key, value in fields.items() if value not in EMPTY}


def _more(name: str, fields: Wire) -> Wire:
    """The fields under one name, if one of them says something."""
    said = _full(fields)
    return {name: said} if said else {}


def _told(fields: Wire) -> Iterator[Body]:
    if said := _full(fields):
        yield Told(said)


def _on_step(index: int, fields: Wire) -> Iterator[Body]:
    if said := _full(fields):
        yield StepDelta(index, UnreadDelta(said))


def _beside(raw: Wire) -> Wire:
    return without(raw, *_EVENT, *_READ)


def _of_interaction(raw: Wire) -> Wire:
    """Of an event with an interaction, or of one that is the interaction itself."""
    if isinstance(value := raw.get("interaction"), Mapping):
        return {**_beside(raw), **_of_resource(value), **_of_usage(raw), **_of_usage(value)}
    return {**_of_resource(without(raw, *_EVENT)), **_of_usage(raw)}


def _of_resource(value: Wire) -> Wire:
    """Its errors are read, but for those behind the first."""
    errors = value.get("errors")
    later = errors[1:] if isinstance(errors, list) else errors
    steps = [more for step in _parts(value.get("steps")) if (more := _full(of_step(read_step(step))))]
    usual = ("service_tier",) if value.get("service_tier") == "standard" else ()
    return {**without(value, *_INTERACTION, *usual), "errors": later, "steps": steps}


def _of_usage(raw: Wire) -> Wire:
    """Counts that are not added up: by modality, of searches, of the first request."""
    told = without(inner(raw, "usage"), *Usage.__struct_fields__)
    return _full({key: value for key, value in told.items() if not _texts_alone(value)})


def _texts_alone(value: object) -> bool:
    """Whether a list by modality says once more that all of it is text."""
    one = value[0] if isinstance(value, list) and len(value) == 1 else None
    return isinstance(one, Mapping) and one.get("modality") == "text"


def _of_stop(raw: Wire, stop: StepStop) -> Wire:
    """`step_usage` is that of the step alone, so it counts for nothing."""
    own = {f"step_usage of step {stop.index}": raw.get("step_usage")}
    return {**without(_beside(raw), "step_usage"), **own, **_of_usage(raw)}


def _of_start(raw: Wire, start: StepStart) -> Iterator[Body]:
    """Arguments that are the beginning of a JSON text go on in those that follow."""
    given = raw.get("step", raw.get("content"))
    arguments = given.get("arguments") if isinstance(given, Mapping) else None
    if isinstance(arguments, str) and arguments and "arguments" not in start.step:
        yield StepDelta(start.index, ArgumentsDelta(arguments))
    yield from _on_step(start.index, {**_beside(raw), **of_step(start.step)})


def of_step(step: Wire) -> Wire:
    """What is not read of a whole step; one of a kind not known here is shown as it came."""
    kind = str(step.get("type"))
    if kind in CALLS | RESULTS:
        return without(step, *_TOOL)
    if kind not in _STEPS:
        return {}
    parts = [*_parts(step.get("content")), *_parts(step.get("summary"))]
    return {**without(step, *_STEPS[kind]), "parts": [more for part in parts if (more := _of_part(part))]}


def _parts(content: object) -> Iterable[Wire]:
    parts = content if isinstance(content, list | tuple) else [content]
    return [part for part in parts if isinstance(part, Mapping)]


def _of_part(part: Wire) -> Wire:
    known = part.get("type", "text") == "text" and isinstance(part.get("text", ""), str)
    return _full(without(part, *(_PART if known else _MEDIA)))


def _of_delta(raw: Wire, delta: Delta) -> Wire:
    """What is beside the delta, and what is in it and not read."""
    beside, given = _beside(raw) if "delta" in raw else {}, delta_in(raw)
    if not isinstance(given, Mapping):
        return beside
    kind, said = placed(given)
    match delta:
        case OtherDelta():
            known = _TOOL if kind in CALLS | RESULTS else _MEDIA if kind in ACCEPTED.media else tuple(given)
            return {**beside, **without(given, *known)}
        case SummaryDelta():
            return {**beside, **_of_part(delta.content), **without(said, "type", "content")}
        case TextDelta() | SignatureDelta() | ArgumentsDelta() | AnnotationsDelta():
            left = {key: value for key, value in said.items() if not getattr(delta, key, None)}
            return {**beside, **without(left, "type")}
        case ThoughtDelta() | NativeDelta() | CorrectedDelta() | UnreadDelta():
            return beside
        case _:
            assert_never(delta)
