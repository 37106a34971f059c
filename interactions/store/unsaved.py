"""What is in memory and not yet in the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from interactions.conversations.conversation import StoredTurn
from interactions.store.changes import Change
from interactions.stream.journal import Frame, Journal
from interactions.turns.turn import Turn


class Behind(NamedTuple):
    """What is not saved yet: since when, how many frames, and why."""

    seconds: float
    frames: int
    reason: str


class Pending(NamedTuple):
    """A change, and the conversation that it belongs to."""

    conversation: str
    change: Change
    since: float


class Claim:
    """A change that another process may have forestalled: `change` says whether it was made. Whoever waits
    for that sees `made` once it is `answered`."""

    def __init__(self, conversation: str, change: Callable[[Connection], bool]) -> None:
        self.conversation, self.change = conversation, change
        self.made = False
        self.answered = threading.Event()


class Live:
    """A turn whose frames are being saved; `count` of them are. It is lost when another process has it."""

    def __init__(
        self, stored: StoredTurn, saved: Callable[[Journal[Turn]], None], lost: Callable[[], None], count: int
    ) -> None:
        self.stored = stored
        self.count = count
        self.lost = False
        self.on_saved, self.on_lost = saved, lost
        self.since = time.monotonic()

    @property
    def unsaved(self) -> int:
        return len(self.stored.journal) - self.count


class Tick(NamedTuple):
    """What one transaction holds."""

    pending: Sequence[Pending]
    frames: Sequence[tuple[Live, Sequence[Frame]]]
    over: Sequence[Live]
    claims: Sequence[Claim] = ()

    @property
    def lasting(self) -> bool:
        """Whether there is more in it than frames of running turns."""
        return bool(self.pending or self.over or self.claims)

    @property
    def conversations(self) -> set[str]:
        """Those that are changed in it, but for frames."""
        changed = {pending.conversation for pending in self.pending}
        return changed | {claim.conversation for claim in self.claims}

    def single(self) -> list[Tick]:
        """One for each change, and for each turn. Claims are left out: who made them decides otherwise."""
        alone = [Tick([pending], [], []) for pending in self.pending]
        return alone + [Tick([], [(live, new)], [live] * (live in self.over)) for live, new in self.frames]


class Backlog:
    """All of it, in order. Threads add to it; the writer takes what it has saved away."""

    def __init__(self) -> None:
        self._pending: list[Pending] = []
        self._live: list[Live] = []
        self._claims: list[Claim] = []
        self._refused: set[str] = set()
        self._lock = threading.Lock()

    def submit(self, conversation: str, new: Sequence[Change]) -> None:
        now = time.monotonic()
        with self._lock:
            self._pending += [Pending(conversation, each, now) for each in new]

    def follow(self, live: Live) -> None:
        with self._lock:
            self._live.append(live)

    def claim(self, claim: Claim) -> None:
        with self._lock:
            self._claims.append(claim)

    def withdraw(self, claims: Collection[Claim]) -> None:
        with self._lock:
            self._claims = [each for each in self._claims if each not in claims]

    def __bool__(self) -> bool:
        with self._lock:
            return bool(self._pending or self._live or self._claims)

    def conversations(self) -> set[str]:
        """Those of which something is only in memory."""
        with self._lock:
            changed = {pending.conversation for pending in self._pending}
            return changed | {live.stored.conversation for live in self._live}

    def turns(self) -> set[str]:
        """Those that are not saved to their end, and those that never will be."""
        with self._lock:
            return self._refused | {live.stored.id for live in self._live}

    @property
    def frames(self) -> int:
        with self._lock:
            return sum(live.unsaved for live in self._live)

    @property
    def since(self) -> float | None:
        """When the oldest of it came, by the monotonic clock; None when all is saved."""
        with self._lock:
            since = [pending.since for pending in self._pending]
            return min([*since, *(live.since for live in self._live if live.unsaved)], default=None)

    def collect(self, most: int) -> Tick:
        """What there is, with `most` frames of each turn."""
        with self._lock:
            pending, live, claims = tuple(self._pending), tuple(self._live), tuple(self._claims)
        over = [each for each in live if each.stored.journal.closed]  # asked first: then no frame follows
        frames = [(each, each.stored.journal.slice(each.count, each.count + most)) for each in live]
        kept = {each for each, new in frames if each.unsaved <= len(new)}
        return Tick(pending, frames, [each for each in over if each in kept], claims)

    def settle(self, tick: Tick) -> None:
        """All of this is saved, or lost to another process."""
        now = time.monotonic()
        with self._lock:
            del self._pending[: len(tick.pending)]
            for live, new in tick.frames:
                live.count += len(new)
                live.since = now
            self._live = [live for live in self._live if live not in tick.over and not live.lost]
        self.withdraw(tick.claims)

    def refuse(self, tick: Tick) -> None:
        """Nothing of this will be saved."""
        with self._lock:
            self._pending = [pending for pending in self._pending if pending not in tick.pending]
            refused = [live for live, _ in tick.frames]
            self._live = [live for live in self._live if live not in refused]
            self._refused |= {live.stored.id for live in refused}
