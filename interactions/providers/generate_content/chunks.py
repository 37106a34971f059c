"""Chunks of an answer, each a `GenerateContentResponse`, in the words of Interactions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from interactions.providers.generate_content import ends, grounding
from interactions.providers.generate_content.lanes import Lane, closed, raw, with_
from interactions.providers.generate_content.names import VENDOR, camel, is_chunk, says, unread, unwrapped
from interactions.providers.generate_content.parts import part
from interactions.providers.shared.foreign import beside_fault, fault, read_events
from interactions.stream.journal import Frame
from interactions.turns.events import (
    Body,
    Error,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    Remark,
    StatusUpdate,
    StepStart,
    StepStop,
    Told,
    Unknown,
    Usage,
)
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, word
from interactions.turns.wire import load_json

SEVERAL = "The server has sent several candidates; the first is the answer"
EMPTY = "The server says that the answer is complete, and has sent nothing of it"

# The fields that are read of a chunk, of a candidate and of its content. What else says something is told.
CHUNK_READ = frozenset({"candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId"})
CANDIDATE_READ = frozenset(
    {
        *("content", "finishReason", "finishMessage", "index", "continuationToken"),
        *("groundingMetadata", "citationMetadata", "urlContextMetadata"),
        *("logprobsResult", "avgLogprobs"),
    }
)
CONTENT_READ = frozenset({"parts", "role"})


class Chunks(msgspec.Struct, frozen=True):
    """What has been said so far. `place` is the number of the candidate that is the answer, the first that
    has come, and `lane` what there is of it; `others` are the steps of the other candidates, by their
    numbers. `blocked` is why the message was not taken, `told` what was told beside the steps, and `failed`
    that an error has ended the answer."""

    created: bool = False
    id: str = ""
    model: str = ""
    place: int | None = None
    lane: Lane = Lane()
    others: Mapping[int, int] = {}
    usage: Usage | None = None
    blocked: tuple[Wire, ...] | None = None
    told: Wire = {}
    failed: bool = False

    @property
    def over(self) -> bool:
        """Whether its server has said how the answer ends. More may come all the same: some say it with each
        chunk."""
        return bool(self.lane.finish or self.blocked)


Read: TypeAlias = tuple[Chunks, tuple[Body, ...]]


def read(state: Chunks, frame: Frame) -> Read:
    """What one frame says. Pure; never raises."""
    return read_events(state, frame, _event)


def _event(state: Chunks, data: str, name: str) -> Read:
    if data == "[DONE]":
        return state, ()  # some proxies add it; the answer ends with the connection
    return _value(state, load_json(data), name)


def _value(state: Chunks, value: object, name: str) -> Read:
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        bodies: tuple[Body, ...] = ()
        for one in value:
            state, more = _value(state, one, name)
            bodies += more
        return state, bodies
    if (told := fault(value, name)) is not None:
        error = camel(value).get("error")
        told = ends.detail(error) if isinstance(error, Mapping) else told
        state, bodies = _flushed(state)
        return _with(state, failed=True), (*bodies, *beside_fault(value), Error(told))
    if not is_chunk(value):
        return state, (Unknown(name, value),)
    return _chunk(state, unwrapped(value))


def _chunk(state: Chunks, chunk: Wire) -> Read:
    state, bodies = _named(state, chunk)
    for candidate in each(chunk, "candidates"):
        state, more = _candidate(state, camel(candidate))
        bodies += more
    feedback = camel(chunk.get("promptFeedback"))
    state = _with(state, blocked=ends.blocked(feedback) or state.blocked)
    counted, details = ends.usage(chunk.get("usageMetadata"))
    if counted is not None and counted != state.usage:
        state = _with(state, usage=counted)
        bodies += (StatusUpdate("", usage=counted),)
    rest = {**unread(chunk, CHUNK_READ), **_odd_candidates(chunk), **details}
    state, more = _told(state, {**rest, **({"promptFeedback": feedback} if feedback else {})})
    return state, (*bodies, *more)


def _odd_candidates(chunk: Wire) -> dict[str, object]:
    """Candidates that are none."""
    value = chunk.get("candidates")
    known = isinstance(value, list) and all(isinstance(one, Mapping) for one in value)
    return {} if known or not says(value) else {"candidates": value}


def _told(state: Chunks, fields: Wire) -> Read:
    """Fields of the answer; those that every chunk repeats are told once."""
    new = {key: value for key, value in fields.items() if state.told.get(key) != value}
    if not new:
        return state, ()
    return _with(state, told={**state.told, **new}), (Told(new),)


def _named(state: Chunks, chunk: Wire) -> Read:
    """What the chunk belongs to: the answer that has begun, or another one behind it in the same body."""
    id, model = word(chunk, "responseId"), word(chunk, "modelVersion")
    bodies: tuple[Body, ...] = ()
    if state.over and id and state.id not in {"", id}:
        bodies = finish(state)
        state = Chunks()
    if not state.created:
        state = _with(state, created=True, id=id, model=model)
        return state, (*bodies, InteractionCreated(Interaction(id, "in_progress", model or None)))
    if id and not state.id:
        bodies += (StatusUpdate("", id),)
    return _with(state, id=state.id or id, model=model or state.model), bodies


def _candidate(state: Chunks, candidate: Wire) -> Read:
    place = count(candidate, "index") or 0
    if state.place not in {None, place}:
        return _other(state, place, candidate)
    lane, content = with_(state.lane, answer=state.id), camel(candidate.get("content"))
    bodies: tuple[Body, ...] = ()
    value = content.get("parts")
    for one in value if isinstance(value, list) else ():
        lane, more = part(lane, one)
        bodies += more
    lane = with_(
        lane,
        finish=ends.reason(candidate, lane.finish),
        message=word(candidate, "finishMessage") or lane.message,
        token=word(candidate, "continuationToken") or lane.token,
    )
    lane, sources = grounding.told(lane, candidate)
    measured = raw(lane.at, ends.measured(candidate)) if lane.at >= 0 else ()
    odd = {**unread(candidate, CANDIDATE_READ), **unread(content, CONTENT_READ), **_odd(candidate, content)}
    state, rest = _told(_with(state, place=place, lane=lane), odd)
    return state, (*bodies, *sources, *measured, *rest)


def _other(state: Chunks, place: int, candidate: Wire) -> Read:
    """A further candidate: another answer to the same message, kept apart from the one that is read."""
    content = camel(candidate.get("content"))
    parts = [camel(one) for one in each(content, "parts")]
    fields = {
        "text": "".join(word(one, "text") for one in parts if one.get("thought") is not True),
        "thoughts": "".join(word(one, "text") for one in parts if one.get("thought") is True),
        "parts": [rest for one in parts if (rest := unread(one, ("text", "thought")))],
        **unread(candidate, ("index", "content")),
        **_odd(candidate, content),
    }
    bodies: tuple[Body, ...] = ()
    if place not in state.others:
        index = state.lane.next
        step = {"type": "candidate", "candidate": place, "native": {VENDOR: {"kind": "nothing"}}}
        bodies = (StepStart(index, step), Remark(SEVERAL))
        lane = with_(state.lane, next=index + 1)
        state = _with(state, lane=lane, others={**state.others, place: index})
    return state, (*bodies, *raw(state.others[place], unread(fields, ())))


def _odd(candidate: Wire, content: Wire) -> dict[str, object]:
    """A content or parts of another form."""
    value, parts = candidate.get("content"), content.get("parts")
    odd = {} if isinstance(value, dict) or not says(value) else {"content": value}
    return odd | ({} if isinstance(parts, list) or not says(parts) else {"parts": parts})


def _flushed(state: Chunks) -> Read:
    """With no step that is open, and all citations noted."""
    lane, notes = grounding.cited(state.lane, over=True)
    lane, bodies = closed(lane)
    others = tuple(StepStop(index) for index in state.others.values())
    return _with(state, lane=lane), (*notes, *bodies, *others)


def finish(state: Chunks) -> tuple[Body, ...]:
    """What is still to be said when the connection ends. Without a finish reason nobody knows what that
    means."""
    state, bodies = _flushed(state)
    if state.failed or not state.over:
        return bodies
    empty = not state.blocked and state.lane.finish == "STOP" and state.lane.at < 0
    noted = (Remark(EMPTY),) if empty else ()
    return (*bodies, *noted, *_worded(state), InteractionCompleted(_interaction(state)))


def _interaction(state: Chunks) -> Interaction:
    lane = state.lane
    told: dict[str, Any] = {"id": state.id, "model": state.model or None, "usage": state.usage}
    if state.blocked:
        return Interaction(status="failed", errors=state.blocked, **told)
    if lane.finish == "CONTINUATION" and lane.token:
        return Interaction(status="requires_continuation", continuation_token=lane.token, **told)
    status = ends.status(lane.finish, waits=bool(lane.waiting))
    return Interaction(status=status, errors=ends.errors(lane.finish, lane.message), **told)


def _worded(state: Chunks) -> tuple[Body, ...]:
    """The words to an end that is none of an error."""
    lane = state.lane
    silent = ends.errors(lane.finish, "") is None and bool(lane.message)
    return (Told({"finishMessage": lane.message}),) if silent else ()


def document(state: Chunks, value: Wire) -> tuple[Body, ...]:
    """A whole answer where a stream was asked for is one chunk."""
    if value.get("error") or not is_chunk(value):
        return ()
    state, bodies = _chunk(state, unwrapped(value))
    return (*bodies, *finish(state))


def _with(state: Chunks, **changes: Any) -> Chunks:
    return msgspec.structs.replace(state, **changes)
