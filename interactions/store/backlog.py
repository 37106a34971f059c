"""The backlog: what is in memory and not yet in the database."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, TypeAlias

from sqlalchemy import Connection

from interactions.conversations.conversation import StoredTurn
from interactions.store.changes import Change
from interactions.stream.journal import Frame, Journal
from interactions.turns.turn import Turn

OnSaved: TypeAlias = Callable[[Journal[Turn]], None]
OnLost: TypeAlias = Callable[[], None]


class Behind(NamedTuple):
    """How far saving is behind: for how many `seconds`, with how many `frames`, and why."""

    seconds: float
    frames: int
    reason: str


class Pending(NamedTuple):
    """A change that waits, the conversation that it belongs to, and when it came, by the monotonic clock."""

    conversation: str
    change: Change
    since: float


class Claim:
    """A change that is made only if no other process was quicker; `change` says whether it was made. Whoever
    waits for the result reads `made` once `answered` is set."""

    def __init__(self, conversation: str, change: Callable[[Connection], bool]) -> None:
        self.conversation, self.change = conversation, change
        self.made = False
        self.answered = threading.Event()


class OpenTurn:
    """A turn whose frames are being saved; the first `count` of them are. It is `lost` when another process
    has taken it up."""

    def __init__(self, stored: StoredTurn, saved: OnSaved, lost: OnLost, count: int) -> None:
        self.stored = stored
        self.count = count
        self.lost = False
        self.on_saved, self.on_lost = saved, lost
        self.since = time.monotonic()

    @property
    def unsaved(self) -> int:
        return len(self.stored.journal) - self.count


class Work(NamedTuple):
    """What one transaction writes: changes, then frames, then the ends of turns that are `over`, then
    claims."""

    pending: Sequence[Pending]
    frames: Sequence[tuple[OpenTurn, Sequence[Frame]]]
    over: Sequence[OpenTurn]
    claims: Sequence[Claim] = ()

    @property
    def durable(self) -> bool:
        """Whether it is worth waiting for the disk. Frames of running turns alone are not: they come ten
        times a second, and a power cut ends their streams anyway."""
        return bool(self.pending or self.over or self.claims)

    @property
    def conversations(self) -> set[str]:
        """The conversations that it changes, but for frames."""
        changed = {pending.conversation for pending in self.pending}
        return changed | {claim.conversation for claim in self.claims}

    def split(self) -> list[Work]:
        """One piece for each change, and one for each turn. Claims are left out: whoever made one decides
        without the database when no answer comes."""
        pieces = [Work([pending], [], []) for pending in self.pending]
        return pieces + [Work([], [(turn, new)], [turn] * (turn in self.over)) for turn, new in self.frames]


class Backlog:
    """What has to be written, in order. Any thread adds to it; the writer removes what it has written."""

    def __init__(self) -> None:
        self._pending: list[Pending] = []
        self._open: list[OpenTurn] = []
        self._claims: list[Claim] = []
        self._refused: set[str] = set()
        self._lock = threading.Lock()

    def submit(self, conversation: str, new: Sequence[Change]) -> None:
        now = time.monotonic()
        with self._lock:
            self._pending += [Pending(conversation, each, now) for each in new]

    def follow(self, turn: OpenTurn) -> None:
        with self._lock:
            self._open.append(turn)

    def claim(self, claim: Claim) -> None:
        with self._lock:
            self._claims.append(claim)

    def withdraw(self, claims: Collection[Claim]) -> None:
        with self._lock:
            self._claims = [each for each in self._claims if each not in claims]

    def __bool__(self) -> bool:
        with self._lock:
            return bool(self._pending or self._open or self._claims)

    def conversations(self) -> set[str]:
        """Those that the database does not have in their present state."""
        with self._lock:
            changed = {pending.conversation for pending in self._pending}
            return changed | {turn.stored.conversation for turn in self._open}

    def turns(self) -> set[str]:
        """The turns that are not saved to their end, and those that never will be."""
        with self._lock:
            return self._refused | {turn.stored.id for turn in self._open}

    @property
    def frames(self) -> int:
        """How many are not saved."""
        with self._lock:
            return sum(turn.unsaved for turn in self._open)

    @property
    def since(self) -> float | None:
        """When the oldest of it came, by the monotonic clock; None when all is saved."""
        with self._lock:
            since = [pending.since for pending in self._pending]
            return min([*since, *(turn.since for turn in self._open if turn.unsaved)], default=None)

    def collect(self, most: int) -> Work:
        """What there is now, with at most so many frames of each turn. It stays here until it is settled."""
        with self._lock:
            pending, turns, claims = tuple(self._pending), tuple(self._open), tuple(self._claims)
        # Asked before the frames are read: a journal that is closed gets no more of them.
        over = [each for each in turns if each.stored.journal.closed]
        frames = [(each, each.stored.journal.slice(each.count, each.count + most)) for each in turns]
        whole = {each for each, new in frames if each.unsaved <= len(new)}
        return Work(pending, frames, [each for each in over if each in whole], claims)

    def settle(self, work: Work) -> None:
        """Removes what has been written, and turns that another process has taken up."""
        now = time.monotonic()
        with self._lock:
            # Others may have added changes meanwhile, behind these.
            del self._pending[: len(work.pending)]
            for turn, new in work.frames:
                turn.count += len(new)
                turn.since = now
            self._open = [turn for turn in self._open if turn not in work.over and not turn.lost]
        self.withdraw(work.claims)

    def refuse(self, work: Work) -> None:
        """Removes what the database will never take."""
        with self._lock:
            self._pending = [pending for pending in self._pending if pending not in work.pending]
            refused = [turn for turn, _ in work.frames]
            self._open = [turn for turn in self._open if turn not in refused]
            self._refused |= {turn.stored.id for turn in refused}
