"""What is in memory and not yet in the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from interactions.journal import Frame, Journal
from interactions.store.changes import Change
from interactions.store.conversation import StoredTurn
from interactions.turn import Turn


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
