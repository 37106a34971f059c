"""The events of Anthropic's Messages API, read into ours.

A message is blocks, one after the other, each of which is a step here. What an event means for the message as
a whole is remembered until `message_stop`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from interactions.providers.anthropic import endings, message, usage
from interactions.providers.anthropic.blocks import VENDOR, step_of
from interactions.providers.anthropic.deltas import typed
from interactions.providers.anthropic.message import Message, Read
from interactions.providers.shared.foreign import NO_CALL, read_events
from interactions.providers.shared.foreign import detail as detail_of
from interactions.stream.journal import Frame
from interactions.turns.events import (
    Body,
    Error,
    ErrorDetail,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    Remark,
    StatusUpdate,
    Told,
    Unknown,
    Usage,
)
from interactions.turns.steps import Wire
from interactions.turns.values import each, inner, word
from interactions.turns.wire import load_json

UNSAID = "The server has not said how the answer ended"
SILENT = "The server says that the answer is complete, and has sent none"
BROKEN_OFF = "The first of the two answers has no end"

_HEAD = frozenset({"id", "type", "role", "model", "content", "usage"})
_ENDING = frozenset({"stop_reason", "stop_sequence", "stop_details"})
_REFUSAL = frozenset({"type", "category", "explanation"})


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
    if word(raw, "type") not in EVENTS and raw.get("error") is not None:
        kind = "error"
    handler = EVENTS.get(kind)
    return handler(state, raw) if handler else (state, (Unknown(kind, raw),))


def document(state: Message, value: Wire) -> tuple[Body, ...]:
    """The bodies of a whole message, sent where a stream was asked for."""
    return _played(state, value)[1] if _is_message(value) else ()


def detail(error: object) -> ErrorDetail:
    """The error under the server's most precise code."""
    told = detail_of(error)
    precise = word(inner(error, "details"), "error_code") if isinstance(error, Mapping) else ""
    return msgspec.structs.replace(told, code=precise) if precise else told


def _is_message(value: Wire) -> bool:
    return word(value, "type") == "message" or (isinstance(value.get("content"), list) and "role" in value)


def _played(state: Message, whole: Wire) -> Read:
    """The bodies of the stream that would have brought this message."""
    said: tuple[Body, ...] = ()
    for event in _events(whole):
        state, bodies = _read_event(state, event)
        said += bodies
    return state, said


def _events(whole: Wire) -> Iterator[Wire]:
    yield {"type": "message_start", "message": whole}
    # A whole message has the fields of the delta at its top level.
    yield {"type": "message_delta", "delta": {key: whole[key] for key in _ENDING if key in whole}}
    yield {"type": "message_stop"}


def _contents(whole: Wire) -> list[Wire]:
    """The blocks of a message; some servers have a plain text in their place."""
    content = whole.get("content")
    if isinstance(content, str) and content:
        return [{"type": "text", "text": content}]
    return [typed(block) for block in each(whole, "content")]


def _whole(state: Message, raw: Wire) -> Read:
    """A message in one event. Behind its own stream it is the last word on what that has said."""
    if not _is_message(raw):
        return state, (Unknown("message", raw),)
    id = word(raw, "id")
    if not state.kinds or (id and state.id and id != state.id):
        return _played(state, raw)
    state, told = _message_delta(state, {"delta": raw, "usage": raw.get("usage")})
    state, bodies = _message_stop(state, {"message": raw})
    return state, (*told, *bodies)


def _message_start(state: Message, raw: Wire) -> Read:
    whole = inner(raw, "message")
    id, before = word(whole, "id"), tuple[Body, ...]()
    if id and state.id and id != state.id:
        state, before = Message(), _broken_off(state)
    again = bool(state.id)
    state = msgspec.structs.replace(
        state,
        id=id or state.id,
        model=word(whole, "model") or state.model,
        usage=usage.merged(usage.merged({}, inner(whole, "usage")), state.usage),
        ended={**_told(whole, _ENDING), **state.ended},
    )
    created = Interaction(state.id, "" if again else "in_progress", word(whole, "model") or None)
    bodies = (*before, InteractionCreated(created), *_rest(whole, _HEAD), *_figures(whole), *_so_far(state))
    for index, block in enumerate(_contents(whole)):
        state, begun = message.begin(state, {"index": index, "content_block": block})
        state, ended = message.stop(state, {"index": index})
        bodies += (*begun, *ended)
    return state, bodies


def _broken_off(state: Message) -> tuple[Body, ...]:
    """What is left to say of an answer when the next one begins behind it in the same body. Nobody has said
    that its calls are whole, and nobody waits for them."""
    if state.over:
        return ()
    _, ends = message.at_rest(state)
    calls = message.unasked(state)
    return (*ends, *calls, StatusUpdate("", usage=_usage(state)), Remark(BROKEN_OFF))


def _told(raw: Wire, keys: Iterable[str]) -> Wire:
    """The object with those of the fields that are not null: such change nothing."""
    return {key: raw[key] for key in keys if raw.get(key) is not None}


def _rest(raw: Wire, known: Iterable[str]) -> Iterator[Body]:
    """What else an object says of the answer. Of why it ended, the words of a refusal have their place."""
    said = {key: value for key, value in raw.items() if key not in known and usage.says(value)}
    said.pop("stop_reason", None)
    details = inner(said, "stop_details")
    if details and not {key for key, value in details.items() if value} - _REFUSAL:
        del said["stop_details"]
    if said:
        yield Told(said)


def _figures(raw: Wire) -> Iterator[Body]:
    if said := usage.unread(inner(raw, "usage")):
        yield Told(said)


def _so_far(state: Message) -> Iterator[Body]:
    """What an answer that breaks off now has used, if anything is known of it."""
    if (used := _usage(state)) and used.total_tokens:
        yield StatusUpdate("", usage=used)


def _message_delta(state: Message, raw: Wire) -> Read:
    """What is told here takes the place of what was told before. Some servers have the reason or the figures
    a level higher or lower."""
    delta = inner(raw, "delta")
    figures = usage.merged(usage.merged(state.usage, inner(delta, "usage")), inner(raw, "usage"))
    ended = {**state.ended, **_told(raw, _ENDING), **_told(delta, _ENDING)}
    news = figures != state.usage
    state = msgspec.structs.replace(state, usage=figures, ended=ended)
    told = (*_rest(raw, {"type", "delta", "usage"}), *_rest(delta, _HEAD), *_figures(delta), *_figures(raw))
    return state, (*told, *(_so_far(state) if news else ()))


def _message_stop(state: Message, raw: Wire) -> Read:
    whole = inner(raw, "message")
    figures = usage.merged(state.usage, inner(whole or raw, "usage"))
    state = msgspec.structs.replace(state, usage=figures, ended={**state.ended, **_told(whole, _ENDING)})
    state, ends = message.at_rest(state)
    blocks, reason = _contents(whole), word(state.ended, "stop_reason")
    status = endings.status_of(reason, [*state.kinds, *(word(block, "type") for block in blocks)])
    token = endings.token(state.id, state.kinds)
    interaction = Interaction(
        id=state.id,
        status=status,
        usage=_usage(state),
        continuation_token=token if status == "requires_continuation" else None,
        steps=tuple({**step_of(block), "native": {VENDOR: block}} for block in blocks) or None,
        errors=endings.errors(reason, status, inner(state.ended, "stop_details")),
    )
    silent = status == "completed" and not (state.kinds or blocks)
    told = (*_rest(raw, {"type", "message", "usage"}), *_figures(whole or raw))
    state = msgspec.structs.replace(state, over=True)
    remarks = _odd(reason, status, silent=silent)
    return state, (*ends, *told, *remarks, InteractionCompleted(interaction))


def _odd(reason: str, status: str, *, silent: bool) -> Iterator[Body]:
    """What is odd about an end."""
    if (reason, status) == ("tool_use", "incomplete"):
        yield Remark(NO_CALL)
    if status == "interrupted":
        yield Remark(UNSAID)
    if silent:
        yield Remark(SILENT)


def _usage(state: Message) -> Usage | None:
    return usage.usage_of(state.usage, state.model, replaced="fallback" in state.kinds)


def _error(state: Message, raw: Wire) -> Read:
    error = raw.get("error")
    state = msgspec.structs.replace(state, over=True)
    return state, (Error(detail(raw if error is None else error)),)


EVENTS: Mapping[str, Callable[[Message, Wire], Read]] = {
    "message_start": _message_start,
    "content_block_start": message.begin,
    "content_block_delta": message.grow,
    "content_block_stop": message.stop,
    "message_delta": _message_delta,
    "message_stop": _message_stop,
    "message": _whole,
    "ping": lambda state, _raw: (state, ()),
    "error": _error,
}
