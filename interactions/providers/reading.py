"""A turn's frames, read: the one walk from a frame to the turn, for every protocol.

Our own notes mean the same in all of them, a refusal is an HTTP status with a body, and an answer that is one
document is read when it is whole. What is left are the wire frames of a stream: those a provider reads. What
the answer is, its first bytes say: stored frames are cut as the header of their day had it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

import msgspec
from msgspec import UNSET

from interactions.conversations.request import input_steps
from interactions.providers.protocol import Finishes, Keeps, Provider
from interactions.providers.whole import EMPTY, read_whole, refusal
from interactions.stream import notes
from interactions.stream.cutters import cut
from interactions.stream.forms import Form, by_header, form_of
from interactions.stream.journal import Frame
from interactions.stream.notes import Note, read_note
from interactions.stream.sse import is_usual, parted
from interactions.turns.events import (
    Body,
    Ended,
    Event,
    LeftOut,
    Remark,
    Requested,
    Resumed,
    Retried,
    Retrieved,
    Retrying,
    StatusUpdate,
)
from interactions.turns.fold import fold
from interactions.turns.status import FINAL
from interactions.turns.turn import Turn
from interactions.turns.wire import load_json


class Answer(msgspec.Struct, frozen=True):
    """The HTTP answer that is being read: its status and media type, its form, as soon as that is known, the
    frames that are held until it is, or until a document is whole, and the follow-up that was asked for, if
    it is the answer to one."""

    status: int = 0
    kind: str = ""
    form: Form | None = None
    held: tuple[Frame, ...] = ()
    follow_up: str = ""

    @property
    def document(self) -> bool:
        """Whether it is no stream, as far as it has come."""
        return bool(self.held) or (self.form is None and by_header(self.kind) == "document")

    @property
    def body(self) -> bytes:
        return b"".join(frame.raw for frame in self.held)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")


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
    after, events = interpret(provider, reading, frame)
    return Reading(fold(events, after.turn), after.state, after.answer) if events else after


def read_again(provider: Provider, frames: Iterable[Frame]) -> Reading:
    """How far these frames were read once, for whoever goes on behind them."""
    reading = begin(provider)
    for frame in frames:
        reading = take(provider, reading, frame)
    return reading


def refold(provider: Provider, frames: Iterable[Frame]) -> Turn:
    """The turn that these frames were once folded to: a stored turn is its journal."""
    return read_again(provider, frames).turn


def interpret(provider: Provider, reading: Reading, frame: Frame) -> tuple[Reading, tuple[Event, ...]]:
    """What one frame says, not yet applied, and the reading after it. A frame that was held until the form of
    its body was known speaks later, as what it is."""
    if frame.kind == "note":
        note = read_note(frame.raw)
        bodies = tuple(_bodies(provider, reading, note))
        return _after(provider, reading, note), _events(frame, bodies)
    answer = reading.answer
    if answer.form == "stream":
        state, bodies = _read(provider, reading.state, frame)
        return Reading(reading.turn, state, answer), _events(frame, bodies)
    return _formed(provider, reading, frame)


def _events(frame: Frame, bodies: Iterable[Body]) -> tuple[Event, ...]:
    return tuple([Event(frame.seq, frame.at, body) for body in bodies])


def _formed(provider: Provider, reading: Reading, frame: Frame) -> tuple[Reading, tuple[Event, ...]]:
    """Holds the frame of a document, or of what may be one. Once it is known that there are several events,
    all that was held is read; who cut it may have taken it for something else."""
    answer = msgspec.structs.replace(reading.answer, held=(*reading.answer.held, frame))
    form = answer.form or form_of(answer.status, answer.kind, answer.body)
    if form is None or form == "document":
        answer = msgspec.structs.replace(answer, form=form)
        return msgspec.structs.replace(reading, answer=answer), ()
    state, events = reading.state, tuple[Event, ...]()
    for held in answer.held:
        for raw in cut(held.raw, form):
            state, bodies = _read(provider, state, msgspec.structs.replace(held, raw=raw))
            events += _events(held, bodies)
    answer = msgspec.structs.replace(answer, form="stream", held=())
    return Reading(reading.turn, state, answer), events


def _read(provider: Provider, state: Any, frame: Frame) -> tuple[Any, tuple[Body, ...]]:
    """The bodies of a frame, each event of which is read by itself."""
    if is_usual(frame.raw):
        return provider.read(state, frame)
    raws, remarks = parted(frame.raw)
    bodies: tuple[Body, ...] = ()
    for raw in raws:
        state, said = provider.read(state, msgspec.structs.replace(frame, raw=raw))
        bodies += said
    return state, (*bodies, *map(Remark, remarks))


def _after(provider: Provider, reading: Reading, note: Note) -> Reading:
    """What a stream has said so far is remembered beyond its end: a follow-up may take it up."""
    state, answer = reading.state, reading.answer
    match note:
        case notes.Response():
            kind = next((value for key, value in note.headers if key.lower() == "content-type"), "")
            answer = Answer(note.status, kind, follow_up=answer.follow_up)
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
            yield refusal(provider, answer.status, answer.text, note.retry_after)
        # A refusal whose body broke off is still a refusal; its status says more than the cut.
        case notes.Cut() if answer.status >= 300:
            yield refusal(provider, answer.status, answer.text)
        case notes.Unreachable() | notes.Partial():
            if note.body is not UNSET:
                yield _requested(provider, note)
            yield from _rest(provider, reading)
            yield _ended(note)
        case notes.End() if answer.status and answer.form is None and not answer.held:
            yield Remark(EMPTY)
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
    if answer.held and not answer.follow_up:
        yield from read_whole(provider, reading.state, answer.held, answer.status)
    elif isinstance(provider, Finishes) and not answer.held:
        yield from provider.finish(reading.state)


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
