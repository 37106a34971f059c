"""Our own notes, read the same for every dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Generic, TypeVar

import msgspec

from interactions.conversations.request import Input
from interactions.providers.shared.reading import ENDINGS, State, ending, opened, refusal
from interactions.stream.journal import Frame
from interactions.turns.events import (
    Body,
    ErrorDetail,
    Event,
    Interaction,
    LeftOut,
    Requested,
    Resumed,
    Retried,
    Retrieved,
    Retrying,
    StatusUpdate,
)
from interactions.turns.status import FINAL
from interactions.turns.steps import Wire
from interactions.turns.wire import load_json, read_error
from interactions.turns.wire import read_note as read_own

S = TypeVar("S", bound=State)

_OURS = frozenset({"stop", "partial", "unchecked", "crash"})  # said of the turn, whatever the request was


class Dialect(msgspec.Struct, Generic[S], frozen=True):
    """What reading a note takes from a dialect. None of the functions may raise.

    `asked` is what a turn begins with, by the note of its request; `over` what is still to be said when an
    answer ends; `found` an interaction that was asked for; `detail` an error in the server's words.
    """

    start: S
    asked: Callable[[Wire], Requested]
    over: Callable[[S], tuple[Body, ...]]
    found: Callable[[Wire], Interaction]
    detail: Callable[[object], ErrorDetail] = read_error


def read_note(dialect: Dialect[S], state: S, frame: Frame) -> tuple[S, tuple[Event, ...]]:
    """What a stream has said so far is remembered beyond its end: an errand may take it up."""
    note = read_own(frame.raw)
    events = tuple(Event(frame.seq, frame.at, body) for body in _bodies(dialect, state, note))
    return _after(dialect, state, note), events


def _after(dialect: Dialect[S], state: S, note: Wire) -> S:
    kind, errand = note["note"], str(note.get("errand", ""))
    if kind == "response":
        return opened(note, state)
    if kind == "request" and not errand:
        return dialect.start
    if kind == "resume":
        fields = {name: getattr(state, name) for name in State.__struct_fields__}
        return msgspec.structs.replace(dialect.start, **fields) if note["afresh"] else state
    return msgspec.structs.replace(state, status=0, document=False, parts=(), errand=errand)


def _bodies(dialect: Dialect[S], state: S, note: Wire) -> Iterator[Body]:
    kind = note["note"]
    if kind == "request":
        if "errand" not in note:
            yield dialect.asked(note) if note["attempt"] == 1 else Retried()
    elif kind == "left_out":
        yield LeftOut(tuple(note["parts"]))
    elif kind == "resume":
        yield Resumed(note["rung"], note["afresh"], note.get("after", -1))
    elif state.errand and kind not in _OURS:
        yield from _reported(dialect, state, note)
    elif kind == "retry":
        yield Retrying(note["seconds"], note["attempt"], note["of"], state.status)
    elif kind == "refused" or (kind == "cut" and state.status >= 300):
        yield refusal(state, dialect.detail, note.get("retry_after"))
    elif kind in ENDINGS:
        if "body" in note:
            yield dialect.asked(note)
        yield from dialect.over(state)
        yield ending(note)


def _reported(dialect: Dialect[S], state: S, note: Wire) -> Iterator[Body]:
    """What an errand brings home. One that fails says nothing of the turn; whoever sent it knows."""
    if note["note"] not in {"end", "cut"} or not 200 <= state.status < 300:
        return
    if not state.document:
        yield ending(note)
        return
    value = load_json(state.text)
    if not isinstance(value, Mapping) or note["note"] == "cut":
        return
    found = dialect.found(value)
    if found.status in FINAL | {"requires_continuation"}:
        yield Retrieved(found)
    elif found.status:
        yield StatusUpdate(found.status, found.id)


def asked(note: Wire) -> Requested:
    """From what a provider has put beside a body that is not in our vocabulary. A message that was never sent
    has a body in ours."""
    said = note.get("asked", note.get("body"))
    said = said if isinstance(said, Mapping) else {}
    previous = said.get("previous_interaction_id")
    return Requested(
        input=input_steps(said.get("input")),
        model=str(said.get("model", "")),
        previous_interaction_id=previous if isinstance(previous, str) else None,
        stored=bool(said.get("stored", True)),
    )


def input_steps(value: Input | object) -> tuple[Wire, ...]:
    """A turn's input as steps: a plain text is the user's."""
    if isinstance(value, str):
        return ({"type": "user_input", "content": [{"type": "text", "text": value}]},)
    steps = value if isinstance(value, list | tuple) else ()
    return tuple(step for step in steps if isinstance(step, Mapping))
