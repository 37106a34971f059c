"""The resume ladder: how a turn that broke off is brought back, the same for all providers.

Ask how the interaction stands. If it is over, its steps are the answer; if it goes on, stream it again; if
that cannot be had, ask until it is over. What cannot be brought back is kept as it is, and says so. Each rung
is a note, and Stop wins against all of them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Iterable, Iterator

import msgspec

from interactions.conversations.request import FollowUp, Request
from interactions.providers.protocol import Keeps, Provider
from interactions.stream import notes
from interactions.stream.journal import Frame, Journal
from interactions.stream.notes import Note, Partial, Resume, Unchecked, Wait, read_note
from interactions.stream.stop import Stop
from interactions.stream.transport import RETRIED, stopped
from interactions.turns.turn import Turn

PATIENCE = 180.0  # seconds without news of an answer that a stream was to bring
BACKGROUND_PATIENCE = 3_900.0  # of a run that was left alone: the longest documented ones take an hour
CANCEL_PATIENCE = 30.0
FIRST, LONGEST = 0.5, 15.0  # seconds between two questions
STREAMS = 3  # in a row that bring nothing new

_JITTER = random.Random()  # noqa: S311 (our own: an application may have seeded the shared one)
UNTAKEN = frozenset({"TooLarge", "UnknownEncoding"})  # the same answer would be cut again
NO_FOLLOW_UPS = "This provider keeps no answers: what was cut off cannot be asked for again."
NOT_KEPT = "It was sent with “store” off: the server has not kept it."
NAMELESS = "The server had not named the interaction yet, so it cannot be asked for."
GONE = "The server does not have the interaction (HTTP {})."
OUT_OF_TIME = "The server did not say within {:.0f} s how the interaction ended."
UNCONFIRMED = "The server does not confirm that it has stopped."
UNCHECKED = "It was streamed in two pieces that could not be compared with the server's own record."


def broken(turn: Turn, request: Request) -> bool:
    """Whether a turn that is over may be brought back, or has yet to be ended at its server as well."""
    if turn.receipt is not None:
        return request.options.background and not turn.receipt.confirmed
    late = turn.error is not None and turn.error.code == "deadline_exceeded"
    return turn.ended and (turn.status == "interrupted" or (late and turn.status == "failed"))


def bring_back(
    provider: Provider, request: Request, journal: Journal[Turn], look: Callable[[], Turn]
) -> Iterator[Frame]:
    """Yields the frames of every rung that is tried. `look` is the turn with every frame in it that was
    yielded so far."""
    over = look().ended and not broken(look(), request)  # its process died between the answer and its saving
    if not isinstance(provider, Keeps) or not provider.can.follow_ups:
        if not over:
            yield request.record.note(Partial(_status(look()), NO_FOLLOW_UPS))
        return
    ladder = _Ladder(provider, "stream" in provider.can.follow_ups, request, journal, look)
    if over:
        yield from ladder.compare()
        yield from ladder.doubt()
    elif unrecoverable := _unrecoverable(look()):
        yield ladder.partial(unrecoverable)
    elif look().receipt is not None:
        yield from ladder.cancel()
    else:
        yield from ladder.recover()
        if request.options.background and look().receipt is not None:
            yield from ladder.cancel()
        yield from ladder.doubt()


def _status(turn: Turn) -> str:
    """The status of a turn that cannot be resumed."""
    return turn.status if turn.ended else "interrupted"


def _unrecoverable(turn: Turn) -> str:
    """Why a turn cannot be asked for again, if that is so."""
    if not turn.stored:
        return NOT_KEPT
    return "" if turn.id and turn.named == turn.hop else NAMELESS


class _Ladder:
    def __init__(
        self,
        provider: Keeps,
        streams: bool,
        request: Request,
        journal: Journal[Turn],
        look: Callable[[], Turn],
    ) -> None:
        self._provider = provider
        self._request = request
        self._journal = journal
        self._look = look
        self._status = _status(look())
        self._streams = STREAMS if streams else 0
        self._waits = 0
        self._received = {frame.raw for frame in journal.slice() if frame.kind == "wire"}
        self._told_again = _told_again(journal.slice())
        self._news = time.monotonic()

    def recover(self) -> Iterator[Frame]:
        patience = BACKGROUND_PATIENCE if self._request.options.background else PATIENCE
        yield self._rung("get")
        while True:
            answer = yield from self._ask("get")
            if self._over():
                return
            if gone := _gone(answer):
                yield self.partial(gone)
            elif time.monotonic() - self._news > patience:
                yield self.partial(OUT_OF_TIME.format(patience))
            # Only a server that answered is asked for a stream; otherwise the same fault would meet it as
            # well.
            elif self._streams and isinstance(answer, notes.End):
                yield from self._stream()
            else:
                yield from self._pause("poll")
            if self._over():
                return

    def cancel(self) -> Iterator[Frame]:
        """Cancels a background run, which would go on without a client. No second Stop is waited for."""
        # The request's own Stop is already set, and would end each further request at once.
        self._request = msgspec.structs.replace(self._request, stop=Stop())
        self._status, self._waits, self._news = self._look().status, 0, time.monotonic()
        yield self._rung("cancel")
        answer = yield from self._ask("cancel")
        while not self._look().ended:
            if _gone(answer) or time.monotonic() - self._news > CANCEL_PATIENCE:
                yield self.partial(UNCONFIRMED)
                return
            yield from self._pause("cancel")
            answer = yield from self._ask("get")

    def _over(self) -> bool:
        """Whether the last request has its answer; one that is paused is gone on with by another."""
        return self._look().ended or self._look().status == "requires_continuation"

    def partial(self, why: str) -> Frame:
        return self._request.record.note(Partial(self._status, why))

    def _rung(self, rung: str, *, afresh: bool = False, after: int = -1) -> Frame:
        return self._request.record.note(Resume(rung, afresh, after))

    def _stream(self) -> Iterator[Frame]:
        """Once; what it brings to an end is compared with the server's own record, because servers have been
        seen to repeat what they had sent under new numbers."""
        yield self._rung("stream")
        answer = yield from self._ask("stream", *self._mark())
        if _gone(answer):
            self._streams = 0
        if not self._over():
            return
        # The stream broke again before the end of the answer: the ladder starts over at its first rung.
        if self._look().status == "interrupted":
            yield self._rung("get")
        else:
            yield from self.compare()

    def compare(self) -> Iterator[Frame]:
        """The server's own record takes the place of what a stream has told again."""
        if self._told_again >= 0 and self._look().receipt is None:
            yield from self._ask("get")

    def doubt(self) -> Iterator[Frame]:
        """Says so if something is as a stream told it again, and not as the server has it on record."""
        turn = self._look()
        told = (step.first for step in turn.steps if step.hop == turn.hop and not step.sent)
        if min(told, default=self._told_again) < self._told_again:
            yield self._request.record.note(Unchecked(UNCHECKED))

    def _ask(self, kind: FollowUp, mark: str = "", after: int = -1) -> Generator[Frame, None, Note]:
        """Returns the last note, which says how it went."""
        note: Note = notes.Other("")
        known = len(self._received)
        for frame in self._provider.follow_up(self._request, kind, self._look().id, mark):
            yield frame
            if frame.kind == "note":
                note = read_note(frame.raw)
                if kind == "stream" and _streams(note):
                    yield from self._forget(mark, after)
            elif kind == "stream" and _streams(note):
                self._received.add(frame.raw)
                self._told_again = frame.seq
        if kind == "stream":
            news = len(self._received) > known
            self._streams = STREAMS if news else self._streams - 1
            self._news = time.monotonic() if news else self._news
        return note

    def _forget(self, mark: str, after: int) -> Iterator[Frame]:
        """Drops what the stream is about to repeat: all of it, or the steps that had only begun. Not every
        event has a mark, and the stream comes from behind the last one that has."""
        if not mark:
            yield self._rung("stream", afresh=True)
        elif any(step.first > after for step in self._look().steps if step.hop == self._look().hop):
            yield self._rung("stream", after=after)

    def _mark(self) -> tuple[str, int]:
        """Where the stream of the current request can be taken up, if its provider has said so: behind which
        frame."""
        for frame in reversed(self._journal.slice()):
            if frame.kind == "wire":
                if mark := self._provider.mark(frame):
                    return mark, frame.seq
            elif isinstance(note := read_note(frame.raw), notes.Request) and not note.follow_up:
                break
        return "", -1

    def _pause(self, rung: str) -> Iterator[Frame]:
        """Longer each time; with jitter, so that many who were cut off together do not come back together."""
        if self._look().rungs[-1:] != (rung,):
            yield self._rung(rung)
        seconds = min(LONGEST, FIRST * 2.0**self._waits) * _JITTER.uniform(0.75, 1.0)
        self._waits += 1
        yield self._request.record.note(Wait(round(seconds, 2), self._look().status))
        if self._request.stop.wait(seconds):
            yield stopped(self._request.record, self._request.stop)


def _told_again(frames: Iterable[Frame]) -> int:
    """The number of the last frame that a stream has brought which was not the first, or -1."""
    last, follow_up, streams = -1, "", False
    for frame in frames:
        if frame.kind == "wire":
            last = frame.seq if follow_up == "stream" and streams else last
            continue
        match read_note(frame.raw):
            case notes.Request() as asked:
                follow_up = asked.follow_up
            case notes.Response() as answer:
                streams = _streams(answer)
    return last


def _streams(note: Note) -> bool:
    """Whether what follows is what was asked for, and no refusal."""
    return isinstance(note, notes.Response) and note.status < 300


def _gone(note: Note) -> str:
    """Why asking again is of no use; "" if it may be."""
    match note:
        case notes.Cut(error=error, message=message) if error in UNTAKEN:
            return message
        case notes.Refused(status=status) if status not in RETRIED:
            return GONE.format(status)
    return ""
