"""Events of LM Studio's own API, in the words of Interactions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from interactions.providers.lmstudio.output import call, interaction, result, told
from interactions.providers.shared.fields import set_only
from interactions.providers.shared.foreign import beside_fault, fault, read_events
from interactions.stream.journal import Frame
from interactions.turns.events import (
    Body,
    Delta,
    Error,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    OtherDelta,
    Progress,
    StepDelta,
    StepStart,
    StepStop,
    SummaryDelta,
    TextDelta,
    Told,
    Unknown,
    UnreadDelta,
)
from interactions.turns.steps import Wire
from interactions.turns.values import inner, word
from interactions.turns.wire import load_json

_STEPS = {"reasoning": "thought", "message": "model_output"}
_READ = frozenset({"type", "content", "tool", "arguments", "output", "reason", "provider_info"})
_SAYS_NOTHING = frozenset({"type", "model_instance_id", "progress"})


class Chat(msgspec.Struct, frozen=True):
    """How far a chat has come. `open` is the kind of the step that grows, and `at` its index; `calling` is
    the index of the call that is run, and `calls` counts those that have begun. `chats` counts the answers of
    the body; `failed` is that this one has had an error."""

    next: int = 0
    open: str = ""
    at: int = 0
    calling: int | None = None
    calls: int = 0
    chats: int = 0
    failed: bool = False


Read: TypeAlias = tuple[Chat, tuple[Body, ...]]


def read(state: Chat, frame: Frame) -> Read:
    """The bodies of one frame, and the state after it. Pure; never raises."""
    return read_events(state, frame, _event)


def _event(state: Chat, data: str, name: str) -> Read:
    raw = load_json(data)
    kind = (word(raw, "type") if isinstance(raw, Mapping) else "") or name
    handler = _HANDLERS.get(kind) if isinstance(raw, Mapping) else None
    if handler is not None and isinstance(raw, Mapping):
        return handler(state, raw)
    wrong = fault(raw, kind, name)
    if wrong is None:
        return state, (Unknown(kind, raw),)
    return _with(state, failed=True), (*beside_fault(raw), Error(wrong))


def _begun(state: Chat, raw: Wire) -> Read:
    """The id of an answer comes at its end. A second one in the same body is told apart by its number."""
    model = word(raw, "model_instance_id") or None
    known = f"chat_{state.chats}" if state.chats else ""
    state = Chat(next=state.next, chats=state.chats + 1)
    return state, (InteractionCreated(Interaction(known, "in_progress", model)), *_left(raw))


def _over(state: Chat, raw: Wire) -> Read:
    """Behind an error the end comes all the same, with what there is."""
    found = inner(raw, "result")
    ended = interaction(found, "failed" if state.failed else "completed")
    rest = told(found)
    state, bodies = _closed(state)
    return state, (*bodies, *((Told(rest),) if rest else ()), InteractionCompleted(ended))


def _doing(doing: str, *, over: bool = False) -> Callable[[Chat, Wire], Read]:
    """The handler of an event about what is done before the model speaks."""

    def progress(state: Chat, raw: Wire) -> Read:
        share = raw.get("progress")
        known = isinstance(share, int | float) and 0 <= share <= 1
        said = (
            Progress("") if over else Progress(doing, float(share) if known and share is not None else None)
        )
        return state, (said, *_left(raw))

    return progress


def _left(raw: Wire) -> tuple[Body, ...]:
    left = set_only({key: value for key, value in raw.items() if key not in _SAYS_NOTHING})
    return (Told(left),) if left else ()


def _start(kind: str) -> Callable[[Chat, Wire], Read]:
    def start(state: Chat, raw: Wire) -> Read:
        state, bodies = _closed(state)
        state = _with(state, open=kind, at=state.next, next=state.next + 1)
        return state, (*bodies, StepStart(state.at, {"type": _STEPS[kind]}), *_unread(state.at, raw))

    return start


def _piece(kind: str) -> Callable[[Chat, Wire], Read]:
    """The handler of a piece of text. One that nothing has begun begins a step by itself."""

    def piece(state: Chat, raw: Wire) -> Read:
        text = word(raw, "content")
        bodies: tuple[Body, ...] = ()
        if text and state.open != kind:
            state, bodies = _closed(state)
            state = _with(state, open=kind, at=state.next, next=state.next + 1)
        thought = SummaryDelta({"type": "text", "text": text})
        delta: Delta = thought if kind == "reasoning" else TextDelta(text)
        said = (StepDelta(state.at, delta),) if text else ()
        return state, (*bodies, *said, *_unread(state.at, raw))

    return piece


def _stop(state: Chat, _raw: Wire) -> Read:
    return _closed(state)


def _closed(state: Chat) -> Read:
    """No text is open any more; a call is ended by its result."""
    return (_with(state, open=""), (StepStop(state.at),)) if state.open else (state, ())


def _called(state: Chat, raw: Wire) -> Read:
    state, bodies = _closed(state)
    index = state.next
    begun = call(state.calls, raw)
    state = _with(state, calling=index, calls=state.calls + 1, next=index + 1)
    return state, (*bodies, StepStart(index, begun), *_unread(index, raw))


def _arguments(state: Chat, raw: Wire) -> Read:
    """They come whole. Without a beginning the call begins here."""
    state, bodies = _known(state, raw)
    given = OtherDelta("mcp_server_tool_call", {"arguments": raw.get("arguments", {})})
    return state, (*bodies, StepDelta(state.calling or 0, given), *_unread(state.calling or 0, raw))


def _known(state: Chat, raw: Wire) -> Read:
    """A call is open: the one that was, or one of which nothing was said so far."""
    if state.calling is not None:
        return state, ()
    state, bodies = _closed(state)
    index, data = state.next, {key: value for key, value in call(state.calls, raw).items() if key != "type"}
    state = _with(state, calling=index, calls=state.calls + 1, next=index + 1)
    return state, (*bodies, StepDelta(index, OtherDelta("mcp_server_tool_call", data)))


def _answered(state: Chat, raw: Wire) -> Read:
    """What a tool has said, or why it could not be called."""
    state, bodies = _known(state, raw)
    index = state.calling or 0
    meta = inner(raw, "metadata")
    given = raw.get("arguments", meta.get("arguments"))
    if given is not None:
        bodies += (StepDelta(index, OtherDelta("mcp_server_tool_call", {"arguments": given})),)
    after = state.next
    made = result(state.calls - 1, raw)
    bodies += (*_unread(index, raw), StepStop(index), StepStart(after, made), StepStop(after))
    return _with(state, calling=None, next=after + 1), bodies


def _unread(index: int, raw: Wire) -> tuple[Body, ...]:
    left = set_only({key: value for key, value in raw.items() if key not in _READ})
    return (StepDelta(index, UnreadDelta(left)),) if left else ()


def document(value: Wire) -> tuple[Body, ...]:
    """A whole answer where a stream was asked for; any other document is a refusal."""
    if value.get("error") or "output" not in value:
        return ()
    rest = told(value)
    return (*((Told(rest),) if rest else ()), InteractionCompleted(interaction(value)))


def _with(state: Chat, **changes: Any) -> Chat:
    return msgspec.structs.replace(state, **changes)


_HANDLERS: Mapping[str, Callable[[Chat, Wire], Read]] = {
    "chat.start": _begun,
    "chat.end": _over,
    "model_load.start": _doing("model_load"),
    "model_load.progress": _doing("model_load"),
    "model_load.end": _doing("model_load", over=True),
    "prompt_processing.start": _doing("prompt_processing"),
    "prompt_processing.progress": _doing("prompt_processing"),
    "prompt_processing.end": _doing("prompt_processing", over=True),
    "reasoning.start": _start("reasoning"),
    "reasoning.delta": _piece("reasoning"),
    "reasoning.end": _stop,
    "message.start": _start("message"),
    "message.delta": _piece("message"),
    "message.end": _stop,
    "tool_call.start": _called,
    "tool_call.arguments": _arguments,
    "tool_call.success": _answered,
    "tool_call.failure": _answered,
}
