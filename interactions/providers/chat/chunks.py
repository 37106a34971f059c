"""Chunks of a chat completion, in the words of Interactions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

import msgspec

from interactions.providers.chat.calls import Call, arguments_in, pieces, taken_up
from interactions.providers.shared.foreign import fault, pictured, read_events, usage
from interactions.stream.journal import Frame
from interactions.turns.events import (
    ArgumentsDelta,
    Body,
    Delta,
    Error,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    OtherDelta,
    StepDelta,
    StepStart,
    StepStop,
    SummaryDelta,
    TextDelta,
    Unknown,
    Usage,
)
from interactions.turns.steps import Wire
from interactions.turns.values import each, inner, word
from interactions.turns.wire import load_json

_STEPS = {"thought": "thought", "text": "model_output", "refusal": "model_output"}
_TAGS = {"text": "<think>", "thought": "</think>"}  # what ends the one begins the other

# Any other reason is a plain end, at which a call waits, whether it is named as the reason or not.
_STATUSES = {
    "length": "incomplete",
    "content_filter": "failed",
    "insufficient_system_resource": "failed",  # DeepSeek
    "error": "failed",  # OpenRouter; the choice may have the words to it
    "abort": "cancelled",  # vLLM
}
_ERRORS = {
    "content_filter": "The server's content filter has ended the answer.",
    "insufficient_system_resource": "The server has broken the answer off: it was short of resources.",
    "error": "The server has broken the answer off, and does not say why.",
}

Kind: TypeAlias = Literal["thought", "text", "refusal"]


class Chunks(msgspec.Struct, frozen=True):
    """What has been said so far. `open` is the kind of the step that grows, and `at` its index. `tags` is
    whether tags in the text are looked for, `mode` what the text is by the last of them, and `held` the end
    of the text, if it may be the beginning of one. `wrong` is the error that came with the `finish`, and
    `over` is that the turn has been ended."""

    tags: bool = False
    created: bool = False
    id: str = ""
    model: str = ""
    next: int = 0
    open: str = ""
    at: int = 0
    calls: tuple[Call, ...] = ()
    mode: str = "text"
    held: str = ""
    finish: str = ""
    wrong: object = None
    usage: Usage | None = None
    over: bool = False


Read: TypeAlias = tuple[Chunks, tuple[Body, ...]]


def read(state: Chunks, frame: Frame) -> Read:
    """What one frame says. Pure; never raises."""
    return read_events(state, frame, _event)


def _event(state: Chunks, data: str, name: str) -> Read:
    if data == "[DONE]":
        return _over(state)
    raw = load_json(data)
    if (told := fault(raw, name)) is not None:
        state, bodies = _flushed(state)
        return _with(state, over=True), (*bodies, Error(told))
    if state.over or not isinstance(raw, Mapping) or not ({"choices", "usage"} & set(raw)):
        return state, (Unknown(name, raw),)
    return _chunk(state, raw)


def _chunk(state: Chunks, raw: Wire) -> Read:
    state, bodies = _created(state, raw)
    counted = usage(inner(raw, "usage"), "prompt", "completion")
    if counted is not None:
        state = _with(state, usage=counted)
    for choice in each(raw, "choices"):
        if choice.get("index") in (0, None):
            state, more = _choice(state, choice)
            bodies += more
    return state, bodies


def _created(state: Chunks, raw: Wire) -> Read:
    """The id is no key: Ollama's begin anew at 999. Azure's first chunk has neither an id nor a choice."""
    if state.created or not (word(raw, "id") or each(raw, "choices")):
        return state, ()
    state = _with(state, created=True, id=word(raw, "id"), model=word(raw, "model"))
    named = Interaction(state.id, "in_progress", state.model or None)
    return state, (InteractionCreated(named),)


def _choice(state: Chunks, choice: Wire) -> Read:
    """A server that was not asked for a stream, or does not know what one is, sends a whole `message`."""
    delta = inner(choice, "delta") or inner(choice, "message")
    bodies: tuple[Body, ...] = ()
    for kind, text in _texts(delta):
        state, more = _text_piece(state, kind, text) if text else (state, ())
        bodies += more
    for picture in _pictures(delta):
        state, more = _grown(*_flushed(state), "text", OtherDelta("image", picture))
        bodies += more
    for place, piece in enumerate(pieces(delta)):
        state, more = _call(state, piece, place)
        bodies += more
    wrong = choice.get("error")
    if finish := "error" if wrong else word(choice, "finish_reason"):
        state, more = _finished(_with(state, wrong=wrong), finish)
        bodies += more
    return state, bodies


def _texts(delta: Wire) -> Iterator[tuple[Kind, str]]:
    """In the order of one chunk: thoughts come before what they lead to."""
    # Both names in one chunk are the same text twice (seen where a proxy adds the other).
    yield "thought", word(delta, "reasoning") or word(delta, "reasoning_content")
    yield "text", word(delta, "content")
    yield from _listed(delta)
    yield "refusal", word(delta, "refusal")


def _listed(delta: Wire) -> Iterator[tuple[Kind, str]]:
    """Mistral's content is a list once its model thinks, with a list of texts in each thought."""
    for part in each(delta, "content"):
        if word(part, "type") == "thinking":
            yield "thought", "".join(word(piece, "text") for piece in each(part, "thinking"))
        else:
            yield "text", word(part, "text")


def _pictures(delta: Wire) -> list[Wire]:
    """As OpenRouter sends them, in the words of Interactions."""
    urls = (word(inner(picture, "image_url"), "url") for picture in each(delta, "images"))
    return [pictured(url) for url in urls if url]


def _text_piece(state: Chunks, kind: Kind, text: str) -> Read:
    return _tagged(state, text) if kind == "text" and state.tags else _say(*_flushed(state), kind, text)


def _say(state: Chunks, before: tuple[Body, ...], kind: str, text: str) -> Read:
    delta: Delta = SummaryDelta({"type": "text", "text": text}) if kind == "thought" else TextDelta(text)
    return _grown(state, before, kind, delta)


def _grown(state: Chunks, before: tuple[Body, ...], kind: str, delta: Delta) -> Read:
    """`before`, and the delta in a step of its kind, which is begun unless it is open."""
    said = before
    if state.open != kind:
        state, said = _closed(state, said)
        state = _with(state, open=kind, at=state.next, next=state.next + 1)
        said += (StepStart(state.at, {"type": _STEPS[kind]}),)
        if kind == "refusal":
            said += (StepDelta(state.at, OtherDelta("refusal", {})),)
    return state, (*said, StepDelta(state.at, delta))


def _closed(state: Chunks, before: tuple[Body, ...]) -> Read:
    return _with(state, open=""), (*before, StepStop(state.at)) if state.open else before


def _tagged(state: Chunks, text: str) -> Read:
    """Text in which tags tell thoughts from the answer. What may be the beginning of a tag is held back."""
    mode, rest = state.mode, state.held + text
    pieces: list[tuple[str, str]] = []
    while (tag := _TAGS[mode]) in rest:
        before, _, rest = rest.partition(tag)
        pieces.append((mode, before))
        mode = "text" if mode == "thought" else "thought"
    held = next(tag[:size] for size in range(len(tag) - 1, -1, -1) if rest.endswith(tag[:size]))
    pieces.append((mode, rest.removesuffix(held)))
    return _said_all(_with(state, mode=mode, held=held), pieces)


def _flushed(state: Chunks) -> Read:
    """What was held back turns out to be no tag."""
    held = state.held
    return _said_all(_with(state, held=""), [(state.mode, held)])


def _said_all(state: Chunks, pieces: Iterable[tuple[str, str]]) -> Read:
    bodies: tuple[Body, ...] = ()
    for kind, text in pieces:
        if text:
            state, bodies = _say(state, bodies, kind, text)
    return state, bodies


def _call(state: Chunks, piece: Wire, position: int) -> Read:
    calls, call, news = taken_up(state.calls, piece, position, Call(index=state.next, answer=state.id))
    bodies: tuple[Body, ...] = ()
    if news == "begun":
        state, bodies = _closed(*_flushed(state))
        state = _with(state, next=state.next + 1)
        bodies += (StepStart(call.index, {"type": "function_call", "id": call.id, "name": call.name}),)
    elif news == "named":
        bodies = (StepDelta(call.index, OtherDelta("function_call", {"id": call.id, "name": call.name})),)
    if arguments := arguments_in(piece):
        bodies += (StepDelta(call.index, ArgumentsDelta(arguments)),)
    return _with(state, calls=calls), bodies


def _finished(state: Chunks, finish: str) -> Read:
    state, bodies = _closed(*_flushed(_with(state, finish=finish)))
    return state, (*bodies, *(StepStop(call.index) for call in state.calls))


def _over(state: Chunks) -> Read:
    """The end, by its marker or by the connection's; without a finish reason nobody knows what it means."""
    if state.over:
        return state, ()
    state, bodies = _flushed(state)
    if not state.finish:
        return state, bodies
    status, errors = _status(state.finish, calls=bool(state.calls)), _errors(state.finish, state.wrong)
    ended = Interaction(state.id, status, state.model or None, usage=state.usage, errors=errors)
    return _with(state, over=True), (*bodies, InteractionCompleted(ended))


def _status(finish: str, *, calls: bool) -> str:
    return _STATUSES.get(finish, "requires_action" if calls else "completed")


def _errors(finish: str, error: object) -> tuple[Wire, ...] | None:
    """What went wrong: the server's own `error`, if the choice brought one."""
    if error:
        return (error if isinstance(error, Mapping) else {"message": str(error)},)
    return ({"code": finish, "message": _ERRORS[finish]},) if finish in _ERRORS else None


def finish(state: Chunks) -> tuple[Body, ...]:
    """What is still to be said when the connection ends."""
    return _over(state)[1]


def document(state: Chunks, value: Wire) -> tuple[Body, ...]:
    """A whole answer where a stream was asked for is one chunk. LM Studio says 200 to a wrong path, too."""
    if value.get("error") or "choices" not in value:
        return ()
    state, bodies = _chunk(state, value)
    return (*bodies, *finish(state))


def _with(state: Chunks, **changes: Any) -> Chunks:
    return msgspec.structs.replace(state, **changes)
