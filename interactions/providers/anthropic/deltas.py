"""The deltas of Anthropic's Messages API as deltas of ours, and what each adds to its block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import msgspec

from interactions.providers.anthropic.blocks import LATE, Block, annotation
from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    Body,
    Delta,
    OtherDelta,
    Progress,
    SignatureDelta,
    StepDelta,
    StepStart,
    SummaryDelta,
    TextDelta,
    UnreadDelta,
)
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, encoded, inner, word

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
_TEXTS = {"text_delta": "text", "thinking_delta": "thinking"}
_OTHERS = ("text", "thinking", "reasoning", "content")
_BROUGHT = {"text": "text", "thinking": "thinking", "signature": "signature", "input": "partial_json"}
_BLOCKS = {"text": "text", "thinking": "thinking", "input": "tool_use"}
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
    told = _own({**told, "type": found} if found else told)
    if isinstance(given := told.get("partial_json"), Mapping):
        return {**told, "partial_json": encoded(given).decode()}
    return told


def _own(delta: Wire) -> Wire:
    """A text under the key that its type has for it, whatever key a server has taken."""
    own = _TEXTS.get(word(delta, "type"), "")
    other = next((key for key in _OTHERS if word(delta, key)), "")
    if not own or not other or word(delta, own):
        return delta
    return {**{key: value for key, value in delta.items() if key != other}, own: delta[other]}


def typed(block: Wire) -> Wire:
    """The block under its type; one without is known by its content."""
    kinds = (kind for key, kind in _BLOCKS.items() if key in block)
    found = "" if word(block, "type") else next(kinds, "")
    return {**block, "type": found} if found else block


def deltas_in(block: Wire) -> Iterator[Wire]:
    """The deltas that would have brought what is in a block."""
    for key, name in _BROUGHT.items():
        if block.get(key):
            yield {name: block[key]}
    for citation in each(block, "citations"):
        yield {"citation": citation}


def _deltas_of(delta: Wire) -> list[Delta]:
    """Those that a delta amounts to. Servers send empty ones, which say nothing."""
    make = _DELTAS.get(word(delta, "type"))
    return make(delta) if make else []


def _unread(delta: Wire) -> dict[str, object]:
    """The fields of a delta that are not empty, and that nobody reads."""
    known = _FIELDS.get(word(delta, "type"), {})
    said = {key: value for key, value in delta.items() if value and key != "type"}
    return {key: value for key, value in said.items() if not isinstance(value, known.get(key, ()))}


def grown(block: Block, delta: Wire) -> Block:
    """The block with what its step does not have as it is."""
    kind, changes = word(delta, "type"), dict[str, object]()
    if kind == "input_json_delta":
        changes["fragments"] = block.fragments + word(delta, "partial_json")
        named = {key: delta[key] for key in ("id", "name") if word(delta, key) and not word(block.raw, key)}
        changes |= {"raw": {**block.raw, **named}} if named else {}
    elif kind == "citations_delta" and inner(delta, "citation"):
        changes["citations"] = (*block.citations, inner(delta, "citation"))
    elif kind == "compaction_delta":
        changes |= {"raw": {**block.raw, **delta, "type": "compaction"}, "shown": True}
    elif tokens := count(delta, "estimated_tokens"):
        changes["tokens"] = block.tokens + tokens
    if not (block.open and block.grown):
        changes |= {"open": True, "grown": True}
    return msgspec.structs.replace(block, **changes) if changes else block


def said(before: Block, block: Block, delta: Wire) -> Iterator[Body]:
    """What a delta says of its block, as it is after it."""
    for one in (*_deltas_of(delta), *_named(block, delta)):
        yield StepDelta(block.index, one)
    if word(delta, "type") == "thinking_delta" and not word(delta, "thinking") and block.tokens:
        yield Progress(f"thinking, about {block.tokens} tokens")
    if block.step in LATE and not before.shown:
        yield StepStart(block.index, block.raw)
    elif fields := _unread(delta):
        yield StepDelta(block.index, UnreadDelta(fields))


def _named(block: Block, delta: Wire) -> Iterator[Delta]:
    """The name and the id of a call may come with its input."""
    if word(delta, "type") == "input_json_delta":
        named = {key: delta[key] for key in ("id", "name") if word(delta, key)}
        if named and all(word(block.raw, key) == value for key, value in named.items()):
            yield OtherDelta(block.step, named)


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
