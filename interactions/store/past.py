"""Journals of turns that are over. They rest in the database, and a bounded number of frames is in memory."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress

import msgspec
from sqlalchemy import Connection, select

from interactions.errors import StoreError
from interactions.errors.background import report
from interactions.store import rows
from interactions.store.library import frames_of, packs_of, provider_of
from interactions.store.rows import Head, Refold
from interactions.store.schema import turns
from interactions.stream.journal import Journal, Kept
from interactions.turns.turn import Turn

MOST = 50_000  # frames of ended turns in memory, about 30 MB
GLANCE = 1.0  # seconds between looks at a turn that another process streams


class Past:
    def __init__(
        self, reading: Callable[[], AbstractContextManager[Connection]], refold: Refold, most: int = MOST
    ) -> None:
        self._reading = reading
        self._refold = refold
        self._most = most
        self._awake: deque[tuple[str, Journal[Turn], float]] = deque()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._followers: list[threading.Thread] = []

    def close(self) -> None:
        """Nobody is followed any more."""
        self._closing.set()
        for follower in self._followers:
            follower.join(GLANCE)

    def journal(self, head: Head) -> Journal[Turn]:
        """The journal of a stored turn, not read yet; or that of one which another process streams."""
        if not head.ended:
            return self._followed(head.id)
        journal: Journal[Turn]
        journal = Journal.resting_from(
            head.turn, head.frames, lambda: self._wake(head.id, journal, head.frames)
        )
        return journal

    def keep(self, turn: str, journal: Journal[Turn]) -> None:
        """For a turn that is over and saved: its frames may be dropped from memory."""
        with self._lock:
            self._awake.append((turn, journal, time.monotonic()))
        self.trim()

    def trim(self, idle: float = float("inf")) -> None:
        """Lets the oldest journals rest if there are too many, but not the newest; and all that have been
        awake for `idle` seconds. Whoever calls it holds no journal's lock."""
        with self._lock:
            resting = []
            count = sum(len(journal) for _, journal, _ in self._awake)
            while self._awake and (
                (count > self._most and len(self._awake) > 1) or time.monotonic() - self._awake[0][2] > idle
            ):
                turn, journal, _ = self._awake.popleft()
                resting.append((turn, journal))
                count -= len(journal)
        for turn, journal in resting:
            self._rest(turn, journal)

    def _rest(self, turn: str, journal: Journal[Turn]) -> None:
        head, count = msgspec.structs.replace(journal.head, steps=()), len(journal)
        journal.rest(head, lambda: self._wake(turn, journal, count))

    def _wake(self, turn: str, journal: Journal[Turn], count: int) -> Kept[Turn]:
        kept = self.load(turn, count)
        with self._lock:
            self._awake.append((turn, journal, time.monotonic()))
        return kept

    def load(self, turn: str, count: int = 0) -> Kept[Turn]:
        """The frames that are stored of a turn, `count` at least, and what they make. Raises `StoreError`."""
        with self._reading() as connection:
            packs, provider = packs_of(connection, turn), provider_of(connection, turn)
        return rows.refolded(self._refold, provider, packs, count)

    def _followed(self, turn: str) -> Journal[Turn]:
        """A journal that grows as the one in another process does, and ends with it, or with that process."""
        journal = Journal(Turn())

        def follow() -> None:
            while not journal.closed and not self._closing.is_set():
                with suppress(StoreError):
                    self._look_after(turn, journal)
                if not journal.closed:
                    self._closing.wait(GLANCE)

        thread = threading.Thread(target=follow, name=f"follow-{turn[:8]}", daemon=True)
        self._followers = [*(each for each in self._followers if each.is_alive()), thread]
        thread.start()
        return journal

    def _look_after(self, turn: str, journal: Journal[Turn]) -> None:
        """What nobody can read ends the journal with a turn that says so. Raises `StoreError`."""
        try:
            self._catch_up(turn, journal)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 (rows may say anything)
            report("a stream of another process", error)
            kept = rows.damaged(error)
            journal.append(kept.frames, kept.turn)
            journal.close()

    def _catch_up(self, turn: str, journal: Journal[Turn]) -> None:
        with self._reading() as connection:
            over = connection.scalar(select(turns.c.ended.is_not(None)).where(turns.c.id == turn))
            new, provider = frames_of(connection, turn, len(journal)), provider_of(connection, turn)
        if new:
            journal.append(new, self._refold(provider, [*journal.slice(), *new]))
        if over is None or over:
            journal.close()
