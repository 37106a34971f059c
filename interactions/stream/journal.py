"""The journal of a turn: an append-only record of frames that pages read by cursor."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar
from weakref import WeakSet

import msgspec

from interactions.stream.echoes import Echoes
from interactions.stream.notes import Note
from interactions.stream.sse import tells
from interactions.turns.values import encoded

Kind: TypeAlias = Literal["wire", "note"]
State = TypeVar("State")

ASKED = frozenset({"body", "asked", "input"})  # of a note: the user's, and never changed
SECOND = 10**9  # ns


class Frame(msgspec.Struct, frozen=True, array_like=True):
    """A piece of a response body, or a note of ours.

    `at` is its arrival in ns since the turn's request, `read` the number of the socket read that completed
    it. The wire frames of a response, joined, are its body to the byte. A note's `raw` is one of
    `stream.notes` as JSON. `masked` counts the places in `raw` where a known secret stood, and as many
    asterisks stand now; all else is as it came.
    """

    seq: int
    at: int
    read: int
    kind: Kind
    raw: bytes
    masked: int = 0


class Recorder:
    """Numbers and times the frames of one turn, and masks secrets in them. Used by the one thread that
    streams it."""

    def __init__(self, last: Frame | None = None, elapsed: int = 0, stall: float = 0.0) -> None:
        """Goes on after `last`, if a turn is taken up again `elapsed` ns after its request. After `stall`
        seconds without a frame that says something the answer is `stalled`; 0 is never."""
        self._at = max(elapsed, last.at if last else 0)
        self._began = time.perf_counter_ns() - self._at
        self._seq = last.seq + 1 if last else 0
        self._read = last.read if last else 0
        self._secrets: frozenset[str] = frozenset()
        self._echoes = Echoes(())
        self._unsaid = 0
        self.stall = stall
        # Whether a frame says anything is looked at no more often than that.
        self._grain = SECOND * (min(1.0, stall / 10) if stall else 1.0)
        self._told = self._at

    def hide(self, secrets: frozenset[str]) -> None:
        """Masks these secrets as well from now on: in what a server says, and in our notes but for what was
        asked."""
        if not secrets <= self._secrets:
            self._secrets |= secrets
            self._echoes = Echoes(self._secrets)

    def tick(self) -> None:
        """Sets the arrival time of the next frames, when a socket read returns."""
        self._read += 1
        self._at = time.perf_counter_ns() - self._began

    def wire(self, raw: bytes) -> Frame:
        masked = 0
        if self._at - self._told > self._grain and tells(raw):
            self._told = self._at
        if self._echoes.search(raw):
            raw, masked = self._echoes.masked(raw, self._seq - self._unsaid)
        elif self._echoes.awaits and not tells(raw):
            self._unsaid += 1  # what says nothing does not part two pieces of a key
        return self._frame("wire", raw, masked)

    def note(self, note: Note) -> Frame:
        self._at = self._told = time.perf_counter_ns() - self._began
        said = {"note": note.name, **note.said}
        asked = {name: value for name, value in said.items() if name in ASKED}
        seen = encoded({name: value for name, value in said.items() if name not in ASKED})
        raw, masked = self._echoes.masked(seen, self._seq)
        if not masked:
            return self._frame("note", encoded(said), 0)
        return self._frame("note", raw[:-1] + b"," + encoded(asked)[1:] if asked else raw, masked)

    def more(self) -> None:
        """Notes that bytes of an unfinished frame have come."""
        self._told = self._at

    @property
    def stalled(self) -> bool:
        return 0 < self.stall * SECOND < self._at - self._told

    def _frame(self, kind: Kind, raw: bytes, masked: int) -> Frame:
        frame = Frame(self._seq, self._at, self._read, kind, raw, masked)
        self._seq += 1
        return frame


class Batch(NamedTuple, Generic[State]):
    """New frames, the state folded up to the last of them, and whether any can follow."""

    frames: Sequence[Frame]
    turn: State
    closed: bool


class Loaded(NamedTuple, Generic[State]):
    """The stored part of a journal: the frames, and the turn that they make."""

    frames: Sequence[Frame]
    turn: State


class Journal(Generic[State]):
    """The frames of a turn, for one writer and any number of waiting readers. A reader holds nothing and may
    vanish at any time.

    The frames of a closed journal may be unloaded: then they are elsewhere until somebody reads them.
    """

    def __init__(self, turn: State) -> None:
        self._frames: list[Frame] | None = []
        self._count = 0
        self._telling = self._looked = 0  # the last frame that is known to say something
        self._turn = turn
        self._load: Callable[[], Loaded[State]] | None = None
        self._closed = False
        self._changed = time.monotonic()
        self._news = threading.Condition()
        self._told: WeakSet[threading.Event] = WeakSet()

    @classmethod
    def unloaded(cls, head: State, count: int, load: Callable[[], Loaded[State]]) -> Journal[State]:
        """A closed journal of `count` frames; `head` is what is known of the turn without them."""
        journal = cls(head)
        journal._count = count
        journal.close()
        journal.unload(head, load)
        return journal

    def append(self, frames: Sequence[Frame], turn: State) -> None:
        """Appends frames together with the state folded up to them: readers see both or neither."""
        with self._news:
            assert self._frames is not None, "an unloaded journal is closed"
            self._frames.extend(frames)
            self._count = len(self._frames)
            self._turn = turn
            self._changed = time.monotonic()
            self._notify()

    def close(self) -> None:
        with self._news:
            self._closed = True
            self._notify()

    def unload(self, head: State, load: Callable[[], Loaded[State]]) -> None:
        """Lets go of the frames of a closed journal; `load` brings them back, and may raise."""
        with self._news:
            self._frames, self._turn, self._load = None, head, load

    def since(self, cursor: int, timeout: float = 0.0) -> Batch[State]:
        """The frames from `cursor` on and their state; waits up to `timeout` seconds if there is nothing
        yet."""
        with self._news:
            if timeout:
                self._news.wait_for(lambda: self._closed or self._count > cursor, timeout)
            frames = self._load_frames()
            return Batch(frames[cursor:], self._turn, self._closed)

    def tell(self, news: threading.Event) -> None:
        """Sets the event at each change, as long as its reader keeps it: one reader can wait for several
        journals."""
        with self._news:
            self._told.add(news)

    def slice(self, start: int = 0, stop: int | None = None) -> Sequence[Frame]:
        """Frames `start` to `stop`, for a log that shows a window; all of them, unless told."""
        frames = self._frames
        if frames is None:
            with self._news:
                frames = self._load_frames()
        return frames[start:stop]

    def _notify(self) -> None:
        """Called with the lock held."""
        self._news.notify_all()
        for news in self._told:
            news.set()

    def _load_frames(self) -> list[Frame]:
        """The frames, loaded if need be. Called with the lock held."""
        if self._frames is None:
            assert self._load is not None, "an unloaded journal has a way back"
            loaded = self._load()
            self._frames, self._turn = list(loaded.frames), loaded.turn
            self._count = len(self._frames)  # what cannot be read is a note in the place of its frames
        return self._frames

    def __len__(self) -> int:
        return self._count

    def measure_silence(self) -> float:
        """Seconds since the last frame that says something. Remembers how far it has looked."""
        with self._news:
            since, frames = time.monotonic() - self._changed, self._frames or []
            for place in range(len(frames) - 1, self._looked, -1):  # each frame is looked at once
                if frames[place].kind == "note" or tells(frames[place].raw):
                    self._telling = place
                    break
            self._looked = max(0, len(frames) - 1)
            return since + (frames[-1].at - frames[self._telling].at) / SECOND if frames else since

    @property
    def turn(self) -> State:
        with self._news:
            self._load_frames()
            return self._turn

    @property
    def head(self) -> State:
        """The turn as it is in memory: all of it, or of an unloaded journal only how it ended."""
        return self._turn

    @property
    def loaded(self) -> bool:
        """Whether its frames are in memory."""
        return self._frames is not None

    @property
    def closed(self) -> bool:
        return self._closed
