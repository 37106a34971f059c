"""What events carry: interactions, steps, usage and errors, with what cannot be understood left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from interactions.turns.events import ErrorDetail, Interaction, Usage
from interactions.turns.steps import CALLS, Wire
from interactions.turns.values import inner
from interactions.turns.wire.texts import load_json

STEP_OF_CONTENT = dict.fromkeys(("text", "image", "audio", "video", "document"), "model_output")


def read_interaction(value: Wire) -> Interaction:
    """An Interaction resource, with every field that cannot be understood left out."""
    if "steps" not in value and isinstance(value.get("outputs"), list):
        value = {**value, "steps": [_legacy_step(output) for output in value["outputs"]]}
    if isinstance(steps := value.get("steps"), list):
        value = {**value, "steps": [read_step(step) for step in steps if isinstance(step, Mapping)] or None}
    if not isinstance(status := value.get("status") or "", str):
        value = {**value, "status": json.dumps(status)}  # a word that nobody knows, rather than none
    return Interaction(**{**_understood(Interaction, value), "usage": counts(value.get("usage"))})


def read_usage(value: object) -> Usage | None:
    """The usage with the counts that are valid; None if there is none."""
    return Usage(**_understood(Usage, value)) if isinstance(value, Mapping) else None


def counts(value: object) -> Usage | None:
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


def total_usage(raw: Wire) -> Usage | None:
    metadata = inner(raw, "metadata")
    return counts(metadata.get("total_usage") or metadata.get("usage"))


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
    kind = STEP_OF_CONTENT.get(str(output.get("type"))) if isinstance(output, Mapping) else None
    return {"type": kind, "content": [output]} if kind else output


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


def read_error(error: object) -> ErrorDetail:
    """Whatever a server calls an error; its own words are kept, if need be as JSON."""
    if isinstance(error, str):
        return ErrorDetail(message=error)
    words = json.dumps(error, ensure_ascii=False)
    try:
        found = msgspec.convert(error, ErrorDetail)
    except ValueError:
        return ErrorDetail(message=words)
    if found.message or found.code or found.status or not _says(error):
        return found
    return msgspec.structs.replace(found, message=words)


def _says(error: object) -> bool:
    """Whether an error has anything but the name of its kind."""
    fields = error if isinstance(error, Mapping) else {}
    return any(value for key, value in fields.items() if key not in {"type", "event_type"})
