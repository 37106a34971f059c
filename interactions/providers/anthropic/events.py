"""The events of Anthropic's Messages API, read into ours.

A message is blocks, one after the other, each of which is a step here. What an event means for the message as
a whole is remembered until `message_stop`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from interactions.providers.anthropic.blocks import LATE, Block, closing, deltas_of, step_of
from interactions.providers.shared.foreign import detail as detail_of
from interactions.providers.shared.foreign import read_events
from interactions.stream.journal import Frame
from interactions.turns.events import (
    Body,
    Error,
    ErrorDetail,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    StepDelta,
    StepStart,
    Unknown,
    Usage,
)
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, inner, word
from interactions.turns.wire import load_json

# Any other reason is a plain end; the versioning policy allows new ones.
_STATUSES = {
    "tool_use": "requires_action",
    "max_tokens": "incomplete",
    "model_context_window_exceeded": "incomplete",
    "pause_turn": "requires_continuation",
    "compaction": "requires_continuation",
    "refusal": "failed",
}


class Message(msgspec.Struct, frozen=True):
    """What the stream of a message has said so far that counts at its end. `blocks` are the open ones by the
    wire's own index; `kinds` are those of all blocks that have become steps, in order."""

    id: str = ""
    usage: Wire = msgspec.field(default_factory=dict)
    ended: Wire = msgspec.field(default_factory=dict)
    blocks: Mapping[int, Block] = msgspec.field(default_factory=dict)
    kinds: tuple[str, ...] = ()


Read: TypeAlias = tuple[Message, tuple[Body, ...]]


def read(state: Message, frame: Frame) -> Read:
    """The bodies of one frame, and the state after it. Pure; never raises."""
    return read_events(state, frame, lambda known, data, name: _read_event(known, load_json(data), name))


def _read_event(state: Message, raw: object, name: str = "") -> Read:
    """One event. `name` is the SSE event name, used where the JSON does not say its type. An event that is
    named an error is one: its JSON may have the type of the error."""
    if not isinstance(raw, Mapping):
        return state, (Error(detail(raw)) if name == "error" else Unknown(name, raw),)
    kind = name if name == "error" else word(raw, "type") or name
    # An error of a gateway may have no type, or one that this API does not know.
    if kind not in _EVENTS and raw.get("error") is not None:
        kind = "error"
    handler = _EVENTS.get(kind)
    return handler(state, raw) if handler else (state, (Unknown(kind, raw),))


def document(state: Message, value: Wire) -> tuple[Body, ...]:
    """The bodies of a whole message, sent where a stream was asked for."""
    said: tuple[Body, ...] = ()
    for event in _events(value) if word(value, "type") == "message" else ():
        state, bodies = _read_event(state, event)
        said += bodies
    return said


def detail(error: object) -> ErrorDetail:
    """The error under the server's most precise code."""
    told = detail_of(error)
    precise = word(inner(error, "details"), "error_code") if isinstance(error, Mapping) else ""
    return msgspec.structs.replace(told, code=precise) if precise else told


def _events(message: Wire) -> Iterator[Wire]:
    """The events of the stream that would have brought this whole message."""
    yield {"type": "message_start", "message": message}
    for index, block in enumerate(each(message, "content")):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        yield {"type": "content_block_stop", "index": index}
    # A whole message has the fields of the delta at its top level.
    yield {"type": "message_delta", "delta": message, "usage": message.get("usage")}
    yield {"type": "message_stop"}


def _message_start(state: Message, raw: Wire) -> Read:
    message = inner(raw, "message")
    state = msgspec.structs.replace(state, id=word(message, "id"), usage=_told(inner(message, "usage")))
    return state, (InteractionCreated(Interaction(state.id, "in_progress", word(message, "model") or None)),)


def _told(raw: Wire) -> Wire:
    """The object without its null fields, which change nothing."""
    return {key: value for key, value in raw.items() if value is not None}


def _block_start(state: Message, raw: Wire) -> Read:
    block, place = inner(raw, "content_block"), count(raw, "index")
    step = step_of(block)
    if step is None or place is None:
        return state, ()
    begun, kinds = Block(len(state.kinds), step["type"], block), (*state.kinds, word(block, "type"))
    state = msgspec.structs.replace(state, kinds=kinds, blocks={**state.blocks, place: begun})
    shown = () if begun.step in LATE else (StepStart(begun.index, step),)
    return state, (*_handed_over(state.id, block), *shown)


def _handed_over(id: str, block: Wire) -> tuple[Body, ...]:
    """From a fallback on, the answer is that of the model it names, and so is its price."""
    model = word(inner(block, "to"), "model") if word(block, "type") == "fallback" else ""
    return (InteractionCreated(Interaction(id, model=model)),) if model else ()


def _block_delta(state: Message, raw: Wire) -> Read:
    place, delta = count(raw, "index"), inner(raw, "delta")
    block = None if place is None else state.blocks.get(place)
    if place is None or block is None:
        return state, ()
    grown, deltas = block, deltas_of(delta)
    kind = word(delta, "type")
    # What a server's tool is given is shown only when it is whole; calls for the client grow in view.
    if kind == "input_json_delta" and block.step != "function_call":
        fragments = (*block.fragments, word(delta, "partial_json"))
        grown, deltas = msgspec.structs.replace(block, fragments=fragments), []
    elif kind == "citations_delta":
        grown = msgspec.structs.replace(block, citations=(*block.citations, inner(delta, "citation")))
    elif kind == "compaction_delta" and block.step == "compaction":
        grown = msgspec.structs.replace(block, raw={**block.raw, **delta, "type": "compaction"})
    if grown is not block:
        state = msgspec.structs.replace(state, blocks={**state.blocks, place: grown})
    return state, tuple([StepDelta(block.index, one) for one in deltas])


def _block_stop(state: Message, raw: Wire) -> Read:
    place = count(raw, "index")
    block = None if place is None else state.blocks.get(place)
    if block is None:
        return state, ()
    left = {key: value for key, value in state.blocks.items() if key != place}
    return msgspec.structs.replace(state, blocks=left), tuple(closing(block))


def _message_delta(state: Message, raw: Wire) -> Read:
    """Figures here are running totals, and take the place of those before."""
    usage = {**state.usage, **_told(inner(raw, "usage"))}
    ended = {**state.ended, **_told(inner(raw, "delta"))}
    return msgspec.structs.replace(state, usage=usage, ended=ended), ()


def _message_stop(state: Message, _raw: Wire) -> Read:
    reason = word(state.ended, "stop_reason")
    status = _status(reason, state.kinds)
    interaction = Interaction(
        id=state.id,
        status=status,
        usage=_usage(state.usage),
        continuation_token=_token(state.id, state.kinds) if status == "requires_continuation" else None,
        errors=_errors(reason, inner(state.ended, "stop_details")),
    )
    closings = (body for block in state.blocks.values() for body in closing(block))
    return msgspec.structs.replace(state, blocks={}), (*closings, InteractionCompleted(interaction))


def _status(reason: str, kinds: Sequence[str]) -> str:
    """By the reason to stop and the kinds of all blocks. A call waits for its result behind a plain end, too;
    without a call and a reason, nobody knows what the end means."""
    if reason in _STATUSES:
        return _STATUSES[reason]
    if _called(kinds):
        return "requires_action"
    return "completed" if reason else "interrupted"


def _called(kinds: Sequence[str]) -> bool:
    """Whether a call waits for its result. None does if another model took over after it."""
    last = next((kind for kind in reversed(kinds) if kind in {"tool_use", "fallback"}), "")
    return last == "tool_use"


def _token(id: str, kinds: Iterable[str]) -> str:
    """By what a paused answer goes on. Without a word of an answer the token is the same each time, and the
    same one is not followed twice: a request that asks for a summary gets nothing else, for ever."""
    return id if set(kinds) - {"compaction"} else "compaction"


def _errors(reason: str, details: Wire) -> tuple[Wire, ...] | None:
    """Why the model has declined, in the server's words or by its category."""
    if reason != "refusal":
        return None
    category = word(details, "category")
    words = f"The model declined to answer{f' ({category})' if category else ''}."
    return ({"code": "refusal", "message": word(details, "explanation") or words},)


def _usage(raw: Wire) -> Usage | None:
    """The wire counts thoughts with the output, and the cached parts of a prompt beside its input."""
    if not raw:
        return None
    cached = count(raw, "cache_read_input_tokens") or 0
    written = count(raw, "cache_creation_input_tokens") or 0
    prompt = (count(raw, "input_tokens") or 0) + written + cached
    output = count(raw, "output_tokens") or 0
    thought = count(inner(raw, "output_tokens_details"), "thinking_tokens") or 0
    return Usage(
        total_tokens=prompt + output,
        total_input_tokens=prompt,
        total_output_tokens=max(0, output - thought),
        total_thought_tokens=thought,
        total_cached_tokens=cached,
        total_cache_write_tokens=written or None,
    )


def _error(state: Message, raw: Wire) -> Read:
    error = raw.get("error")
    return state, (Error(detail(raw if error is None else error)),)


_EVENTS: Mapping[str, Callable[[Message, Wire], Read]] = {
    "message_start": _message_start,
    "content_block_start": _block_start,
    "content_block_delta": _block_delta,
    "content_block_stop": _block_stop,
    "message_delta": _message_delta,
    "message_stop": _message_stop,
    "ping": lambda state, _raw: (state, ()),
    "error": _error,
}
