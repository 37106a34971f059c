"""What is in memory and not yet in the database."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from interactions.journal import Frame, Journal
from interactions.store.changes import Change
from interactions.store.conversation import Owner, StoredTurn
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
    """A turn whose frames are being saved, up to `saved`."""

    def __init__(self, owner: Owner, stored: StoredTurn, saved: Callable[[Journal[Turn]], None]) -> None:
        self.owner, self.stored = owner, stored
        self.count = 0
        self.on_saved = saved
        self.since = time.monotonic()

    @property
    def unsaved(self) -> int:
        return len(self.stored.journal) - self.count


class Tick(NamedTuple):
    """What one transaction holds."""

    pending: Sequence[Pending]
    frames: Sequence[tuple[Live, Sequence[Frame]]]
    over: Sequence[Live]
