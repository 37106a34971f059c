"""A turn's frames, read: the one walk from a frame to the turn, for every protocol.

Our own notes mean the same in all of them, a refusal is an HTTP status with a body, and an answer that is one
JSON document is read when it is whole. What is left are the wire frames of a stream: those a provider reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

import msgspec
from msgspec import UNSET

from interactions.conversations.request import input_steps
from interactions.providers.protocol import Documents, Explains, Finishes, Keeps, Provider
from interactions.providers.shared.foreign import detail, refused
from interactions.stream import notes
from interactions.stream.journal import Frame
from interactions.stream.notes import Note, read_note
from interactions.stream.sse import is_document
from interactions.turns.events import (
    Body,
    Ended,
    Error,
    Event,
    LeftOut,
    Requested,
    Resumed,
    Retried,
    Retrieved,
    Retrying,
    StatusUpdate,
    Unknown,
)
from interactions.turns.fold import apply
from interactions.turns.status import FINAL
from interactions.turns.turn import Turn
from interactions.turns.wire import error_in, load_json


class Answer(msgspec.Struct, frozen=True):
    """The HTTP answer that is being read: its status, whether it is one document instead of a stream, what
    there is of the document, and the follow-up that was asked for, if it is the answer to one."""

    status: int = 0
    document: bool = False
    parts: tuple[bytes, ...] = ()
    follow_up: str = ""

    @property
    def text(self) -> str:
        return b"".join(self.parts).decode("utf-8", "replace")


class Reading(msgspec.Struct, frozen=True):
    """How far a turn has been read: the turn itself, what the provider remembers of its stream, and the
    answer that is being read."""

    turn: Turn
    state: Any
    answer: Answer = Answer()


def begin(provider: Provider) -> Reading:
    return Reading(Turn(), provider.start)


def take(provider: Provider, reading: Reading, frame: Frame) -> Reading:
    """The reading with one more frame in it. Pure; never raises."""
    after, bodies = interpret(provider, reading, frame)
    turn = after.turn
    for body in bodies:
        turn = apply(turn, Event(frame.seq, frame.at, body))
    return after if turn is after.turn else Reading(turn, after.state, after.answer)


def read_again(provider: Provider, frames: Iterable[Frame]) -> Reading:
    """How far these frames were read once, for whoever goes on behind them."""
    reading = begin(provider)
    for frame in frames:
        reading = take(provider, reading, frame)
    return reading


def refold(provider: Provider, frames: Iterable[Frame]) -> Turn:
    """The turn that these frames were once folded to: a stored turn is its journal."""
    return read_again(provider, frames).turn


def interpret(provider: Provider, reading: Reading, frame: Frame) -> tuple[Reading, tuple[Body, ...]]:
    """The bodies of one frame, not yet applied, and the reading after it."""
    if frame.kind == "note":
        note = read_note(frame.raw)
        return _after(provider, reading, note), tuple(_bodies(provider, reading, note))
    answer = reading.answer
    # A document is read as a whole at its end: no part of it is JSON by itself.
    if answer.document:
        parts = (*answer.parts, frame.raw)
        return msgspec.structs.replace(reading, answer=msgspec.structs.replace(answer, parts=parts)), ()
    state, bodies = provider.read(reading.state, frame)
    return Reading(reading.turn, state, answer), bodies


def _after(provider: Provider, reading: Reading, note: Note) -> Reading:
    """What a stream has said so far is remembered beyond its end: a follow-up may take it up."""
    state, answer = reading.state, reading.answer
    match note:
        case notes.Response():
            kind = next((value for key, value in note.headers if key.lower() == "content-type"), "")
            answer = Answer(note.status, is_document(note.status, kind), (), answer.follow_up)
        case notes.Resume():
            state = provider.start if note.afresh else state
        # A new request of the turn begins a new stream; a follow-up goes on with the old one.
        case notes.Request(follow_up=""):
            state, answer = provider.start, Answer()
        case notes.Request():
            answer = Answer(follow_up=note.follow_up)
        case _:
            answer = Answer()
    return Reading(reading.turn, state, answer)


def _bodies(provider: Provider, reading: Reading, note: Note) -> Iterator[Body]:
    answer = reading.answer
    match note:
        case notes.Request():
            if not note.follow_up:
                yield _requested(provider, note) if note.attempt == 1 else Retried()
        case notes.LeftOut():
            yield LeftOut(note.parts)
        case notes.Resume():
            yield Resumed(note.rung, note.afresh, note.after)
        case notes.Response() | notes.Wait() | notes.Other():
            pass
        # How a follow-up ended is not how the turn ended: the ladder decides that.
        case _ if answer.follow_up and not note.of_turn:
            yield from _reported(provider, answer, note)
        case notes.Retry():
            yield Retrying(note.seconds, note.attempt, note.of, answer.status)
        case notes.Refused():
            yield _refusal(provider, answer, note.retry_after)
        # A refusal whose body broke off is still a refusal; its status says more than the cut.
        case notes.Cut() if answer.status >= 300:
            yield _refusal(provider, answer)
        case notes.Unreachable() | notes.Partial():
            if note.body is not UNSET:
                yield _requested(provider, note)
            yield from _rest(provider, reading)
            yield _ended(note)
        case notes.End() | notes.Cut() | notes.Stop() | notes.Crash() | notes.Unchecked():
            yield from _rest(provider, reading)
            yield _ended(note)
        case _:
            assert_never(note)


def _reported(provider: Provider, answer: Answer, note: Note) -> Iterator[Body]:
    """What a follow-up brings home. One that fails says nothing of the turn; whoever sent it knows."""
    if not isinstance(note, notes.End | notes.Cut) or not 200 <= answer.status < 300:
        return
    if not answer.document:
        yield _ended(note)
        return
    value = load_json(answer.text)
    if not isinstance(value, Mapping) or isinstance(note, notes.Cut) or not isinstance(provider, Keeps):
        return
    found = provider.interaction(value)
    if found.status in FINAL | {"requires_continuation"}:
        yield Retrieved(found)
    elif found.status:
        yield StatusUpdate(found.status, found.id)


def _rest(provider: Provider, reading: Reading) -> Iterator[Body]:
    """What is still to be said when an answer ends: all of a document, or what a stream has held back."""
    answer = reading.answer
    if answer.document and answer.parts:
        if not answer.follow_up:
            yield from _document(provider, reading)
    elif isinstance(provider, Finishes):
        yield from provider.finish(reading.state)


def _document(provider: Provider, reading: Reading) -> tuple[Body, ...]:
    """What a JSON body says where a stream was asked for: the whole answer, an error, or anything else."""
    value = error_in(load_json(reading.answer.text))
    if not isinstance(value, Mapping | list) or not isinstance(provider, Documents):
        return (Unknown("", value),)
    bodies = provider.document(reading.state, value) if isinstance(value, Mapping) else ()
    return bodies or (_refusal(provider, reading.answer),)


def _refusal(provider: Provider, answer: Answer, retry_after: int | None = None) -> Error:
    detail_of = provider.detail if isinstance(provider, Explains) else detail
    return Error(refused(answer.status, answer.text, detail_of, retry_after))


def _ended(note: notes.Note) -> Ended:
    """What the end of an exchange means for a turn that has not ended by itself."""
    told = {name: getattr(note, name, "") for name in ("error", "message", "by", "time")}
    return Ended(getattr(note, "status", "") or note.outcome, **told)


def _requested(provider: Provider, note: notes.Request | notes.Unreachable | notes.Partial) -> Requested:
    """What a turn begins with: as its provider has told it in our words, or else from a body that is in them.
    The steps of earlier turns that went along in front are not its own, and a hop that goes on has none."""
    said = (note.told if isinstance(note, notes.Request) else note.body) or {}
    said = said if isinstance(said, Mapping) else {}
    steps = input_steps(said.get("input"))
    if isinstance(note, notes.Request):
        steps = steps[note.history :] if note.input is UNSET else input_steps(note.input)
    previous = said.get("previous_interaction_id")
    stored = said.get("stored", said.get("store", True))
    return Requested(
        input=() if "continuation_token" in said else steps,
        model=str(said.get("model", "")),
        previous_interaction_id=previous if isinstance(previous, str) else None,
        stored=bool(stored) and "store" in provider.can.settings,
    )
