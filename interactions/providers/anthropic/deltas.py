"""The deltas of Anthropic's Messages API as deltas of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from interactions.providers.anthropic.blocks import annotation
from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    Delta,
    SignatureDelta,
    SummaryDelta,
    TextDelta,
)
from interactions.turns.steps import Wire
from interactions.turns.values import encoded, inner, word

# The block that a delta belongs to, and the type that one has if nobody has begun it.
BEGUN = {"text": "text", "thinking": "thinking", "input": "tool_use", "compaction": "compaction"}
FAMILIES = {
    "text_delta": "text",
    "citations_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
    "input_json_delta": "input",
    "compaction_delta": "compaction",
}
_CONTENT = {  # by which a delta without a type, or with that of its block, is known
    "text": "text_delta",
    "thinking": "thinking_delta",
    "signature": "signature_delta",
    "partial_json": "input_json_delta",
    "citation": "citations_delta",
}
_LOOSE = frozenset({"", "text", "thinking", "signature", "input_json", "tool_use", "citation", "citations"})
_FIELDS: Mapping[str, Mapping[str, type]] = {
    "text_delta": {"text": str},
    "citations_delta": {"citation": Mapping},
    "thinking_delta": {"thinking": str, "estimated_tokens": int},
    "signature_delta": {"signature": str},
    "input_json_delta": {"partial_json": str, "id": str, "name": str},
}


def delta_in(raw: Wire) -> Wire:
    """The delta of an event under its usual type: some servers leave that out, or send a plain text."""
    delta = raw.get("delta")
    if isinstance(delta, str):
        return {"type": "text_delta", "text": delta}
    told = inner(raw, "delta")
    kind = word(told, "type")
    found = next((name for key, name in _CONTENT.items() if key in told), "") if kind in _LOOSE else ""
    told = {**told, "type": found} if found else told
    if isinstance(given := told.get("partial_json"), Mapping):
        return {**told, "partial_json": encoded(given).decode()}
    return told


def deltas_of(delta: Wire) -> list[Delta]:
    """Those that a delta amounts to. Servers send empty ones, which say nothing."""
    make = _DELTAS.get(word(delta, "type"))
    return make(delta) if make else []


def unread(delta: Wire) -> dict[str, object]:
    """The fields of a delta that are not empty, and that nobody reads."""
    known = _FIELDS.get(word(delta, "type"), {})
    said = {key: value for key, value in delta.items() if value and key != "type"}
    return {key: value for key, value in said.items() if not isinstance(value, known.get(key, ()))}


def _cited(delta: Wire) -> list[Delta]:
    cited = inner(delta, "citation")
    return [AnnotationsDelta((annotation(cited),))] if cited else []


def _summary(delta: Wire) -> list[Delta]:
    said = word(delta, "thinking")
    return [SummaryDelta({"type": "text", "text": said})] if said else []


_DELTAS: Mapping[str, Callable[[Wire], list[Delta]]] = {
    "text_delta": lambda delta: [TextDelta(said)] if (said := word(delta, "text")) else [],
    "thinking_delta": _summary,
    "signature_delta": lambda delta: [SignatureDelta(said)] if (said := word(delta, "signature")) else [],
    "input_json_delta": lambda delta: [ArgumentsDelta(part)] if (part := word(delta, "partial_json")) else [],
    "citations_delta": _cited,
}
