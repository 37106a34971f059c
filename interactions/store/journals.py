"""The journals of stored turns. The frames of a turn that is over are loaded when somebody reads them; a
bounded number of frames stays in memory."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import suppress

import msgspec
from sqlalchemy import Engine, select

from interactions.errors import StoreError
from interactions.errors.background import report
from interactions.store import rows
from interactions.store.database import reading
from interactions.store.queries import frames_of, packs_of, provider_of
from interactions.store.rows import Head, Refold
from interactions.store.schema import turns
from interactions.stream.journal import Journal, Loaded
from interactions.turns.turn import Turn

MOST_FRAMES = 50_000  # of ended turns in memory, about 30 MB
POLL = 1.0  # seconds between looks at a turn that another process streams


class Journals:
    """`refold` makes a turn of its frames."""

    def __init__(self, engine: Engine, refold: Refold) -> None:
        self._engine = engine
        self._refold = refold
        # Journals that are in memory and could be unloaded, with the time they came; the oldest first.
        self._loaded: deque[tuple[str, Journal[Turn], float]] = deque()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._followers: list[threading.Thread] = []

    def close(self) -> None:
        """Follows turns of other processes no longer."""
        self._closing.set()
        for follower in self._followers:
            follower.join(POLL)

    def open(self, head: Head) -> Journal[Turn]:
        """The journal of a stored turn: of one that is over a journal that is not read yet; of one that
        another process streams a journal that follows it."""
        if not head.ended:
            return self._follow(head.id)
        journal: Journal[Turn]
        journal = Journal.unloaded(
            head.turn, head.frames, lambda: self._reload(head.id, journal, head.frames)
        )
        return journal

    def saved(self, turn: str, journal: Journal[Turn]) -> None:
        """From now on the frames of this turn, which is over, may be unloaded."""
        with self._lock:
            self._loaded.append((turn, journal, time.monotonic()))
        self.trim()

    def trim(self, idle: float = float("inf")) -> None:
        """Unloads the oldest journals while there are too many frames, but never of the newest one; and of
        all that came `idle` seconds ago or earlier. Whoever calls it must not hold the lock of a journal."""
        with self._lock:
            old = []
            count = sum(len(journal) for _, journal, _ in self._loaded)
            while self._loaded and (
                (count > MOST_FRAMES and len(self._loaded) > 1)
                or time.monotonic() - self._loaded[0][2] > idle
            ):
                turn, journal, _ = self._loaded.popleft()
                old.append((turn, journal))
                count -= len(journal)
        # Outside of our lock: a journal that is being loaded holds its own lock and waits for ours.
        for turn, journal in old:
            self._unload(turn, journal)

    def load(self, turn: str, count: int = 0) -> Loaded[Turn]:
        """The stored frames of a turn, of which there have to be `count` at least, and the turn that they
        make; what cannot be read is a turn that says so. Raises `StoreError`."""
        with reading(self._engine) as connection:
            packs, provider = packs_of(connection, turn), provider_of(connection, turn)
        return rows.refolded(self._refold, provider, packs, count)

    def _unload(self, turn: str, journal: Journal[Turn]) -> None:
        head, count = msgspec.structs.replace(journal.head, steps=()), len(journal)
        journal.unload(head, lambda: self._reload(turn, journal, count))

    def _reload(self, turn: str, journal: Journal[Turn], count: int) -> Loaded[Turn]:
        # Called with the lock of the journal held, so nothing is trimmed here.
        loaded = self.load(turn, count)
        with self._lock:
            self._loaded.append((turn, journal, time.monotonic()))
        return loaded

    def _follow(self, turn: str) -> Journal[Turn]:
        """A journal that grows as the one in another process does, and ends with it."""
        journal = Journal(Turn())

        def follow() -> None:
            while not journal.closed and not self._closing.is_set():
                with suppress(StoreError):
                    self._poll(turn, journal)
                if not journal.closed:
                    self._closing.wait(POLL)

        thread = threading.Thread(target=follow, name=f"follow-{turn[:8]}", daemon=True)
        self._followers = [*(each for each in self._followers if each.is_alive()), thread]
        thread.start()
        return journal

    def _poll(self, turn: str, journal: Journal[Turn]) -> None:
        """Rows that cannot be read end the journal, with a turn that says so. Raises `StoreError`."""
        try:
            self._catch_up(turn, journal)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 (rows may say anything)
            report("a stream of another process", error)
            loaded = rows.damaged(error)
            journal.append(loaded.frames, loaded.turn)
            journal.close()

    def _catch_up(self, turn: str, journal: Journal[Turn]) -> None:
        with reading(self._engine) as connection:
            # Whether it is over is read before its frames: no frame can follow then.
            over = connection.scalar(select(turns.c.ended.is_not(None)).where(turns.c.id == turn))
            new, provider = frames_of(connection, turn, len(journal)), provider_of(connection, turn)
        if new:
            journal.append(new, self._refold(provider, [*journal.slice(), *new]))
        if over is None or over:
            journal.close()
