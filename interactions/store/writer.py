"""The one thread of a process that writes to its database: what has come since the last time, for all turns
together, ten times a second.

A failure costs nobody anything but memory: all is kept, in order, and tried again.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from interactions.errors import StoreError
from interactions.journal import Journal
from interactions.store import changes
from interactions.store.changes import Change
from interactions.store.conversation import StoredTurn
from interactions.store.database import outlast_power_cut, passing, reason
from interactions.store.unsaved import Behind, Live, Pending, Tick
from interactions.turn import Turn

PERIOD = 0.1  # seconds between commits
LONGEST_PAUSE = 5.0  # seconds between attempts while the database does not work
RENEWAL = 5.0  # seconds
LATE = 1.0  # seconds; what is not saved for longer than that is said
MOST = 2_000  # frames of a turn in one commit: a database that comes back is not asked for too much at once


class Writer:
    """`prepare` makes the database usable; it is run before anything is written, and again if it failed."""

    def __init__(self, engine: Engine, prepare: Callable[[Connection], None]) -> None:
        self._engine = engine
        self._prepare = prepare
        self._prepared = False
        self._pending: list[Pending] = []
        self._live: list[Live] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._reason = ""
        self._refused = ""
        self._pause = PERIOD
        self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        """Prepares the database at once if it works, so that nobody reads one that is not."""
        with contextlib.suppress(StoreError):
            self.write()
        self._thread.start()

    def submit(self, conversation: str, *change: Change) -> None:
        """These changes are made together, after all that were submitted before."""
        now = time.monotonic()
        with self._lock:
            self._pending += [Pending(conversation, each, now) for each in change]
        self._wake.set()

    def follow(
        self,
        stored: StoredTurn,
        saved: Callable[[Journal[Turn]], None],
        lost: Callable[[], None],
        count: int = 0,
    ) -> None:
        """Saves the frames of this turn, from number `count` on, until its journal is closed; then calls
        `saved`. Calls `lost`, and saves no more of it, when another process has taken the turn up."""
        with self._lock:
            self._live.append(Live(stored, saved, lost, count))
        self._wake.set()

    def unsaved(self) -> set[str]:
        """The conversations of which something is only in memory."""
        with self._lock:
            changed = {pending.conversation for pending in self._pending}
            return changed | {live.stored.conversation for live in self._live}

    @property
    def behind(self) -> Behind | None:
        """None while all is saved, or about to be."""
        with self._lock:
            since = [pending.since for pending in self._pending]
            since += [live.since for live in self._live if live.unsaved]
            frames = sum(live.unsaved for live in self._live)
        seconds = time.monotonic() - min(since, default=time.monotonic())
        if self._refused:
            return Behind(seconds, frames, self._refused)
        if seconds < LATE and not (self._reason and since):
            return None
        return Behind(seconds, frames, self._reason or "The database is slow.")

    def close(self, patience: float) -> Behind | None:
        """Saves what there is, trying for `patience` seconds; returns what could not be saved."""
        deadline = time.monotonic() + patience
        self._closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(patience)
        while not self._saved() and time.monotonic() < deadline:
            time.sleep(PERIOD)
        with contextlib.suppress(SQLAlchemyError, OSError), self._engine.begin() as connection:
            changes.release(connection)
        self._engine.dispose()
        return self.behind

    def _saved(self) -> bool:
        try:
            self.save()
        except StoreError:
            return False
        return True

    def _run(self) -> None:
        while not self._closing:
            if self._prepared and not self._anything():
                self._wake.wait()
            self._wake.clear()
            if not self._closing:
                time.sleep(self._pause)
            with contextlib.suppress(StoreError):
                self.write()

    def _anything(self) -> bool:
        with self._lock:
            return bool(self._pending or self._live)

    def write(self) -> None:
        """One transaction with all that has come. Raises `StoreError`, and then everything is still here."""
        with self._writing:
            self._write(self._collect())

    def save(self) -> None:
        """Writes until all that is here now is saved. Raises `StoreError`."""
        self.write()
        while self._prepared and any(live.unsaved for live in self._live):
            self.write()

    def _write(self, tick: Tick) -> None:
        if self._prepared and not self._due(tick):
            return
        try:
            self._commit(tick)
        except (SQLAlchemyError, OSError) as error:
            self._reason = reason(error)
            if passing(error):
                self._pause = min(LONGEST_PAUSE, self._pause * 2)
            else:
                self._one_by_one(tick)
            raise StoreError(self._reason) from error
        except StoreError as error:
            self._reason, self._pause = str(error), LONGEST_PAUSE
            raise
        self._reason, self._pause = "", PERIOD
        self._settle(tick)

    def _due(self, tick: Tick) -> bool:
        return bool(tick.pending or tick.over or any(new for _, new in tick.frames) or self._lease_due(tick))

    def _lease_due(self, tick: Tick) -> bool:
        return bool(tick.frames) and time.monotonic() - self._renewed >= RENEWAL

    def _collect(self) -> Tick:
        with self._lock:
            pending, live = tuple(self._pending), tuple(self._live)
        over = [each for each in live if each.stored.journal.closed]  # asked first: then no frame follows
        frames = [(each, each.stored.journal.slice(each.count, each.count + MOST)) for each in live]
        kept = {each for each, new in frames if each.unsaved <= len(new)}
        return Tick(pending, frames, [each for each in over if each in kept])

    def _commit(self, tick: Tick) -> None:
        with self._engine.begin() as connection:
            outlast_power_cut(connection, bool(tick.pending or tick.over))  # else frames of running turns
            if not self._prepared:
                self._prepare(connection)
            for pending in tick.pending:
                pending.change(connection)
            for live, new in tick.frames:
                live.lost = bool(new) and not changes.append(
                    connection, live.stored.id, live.stored.epoch, new
                )
            for live in tick.over:
                live.lost = live.lost or not changes.finish(connection, live.stored)
            if renewed := self._lease_due(tick):
                changes.renew(connection, [live.stored.id for live, _ in tick.frames])
        self._prepared = True
        if renewed:
            self._renewed = time.monotonic()

    def _settle(self, tick: Tick) -> None:
        now = time.monotonic()
        with self._lock:
            del self._pending[: len(tick.pending)]
            for live, new in tick.frames:
                live.count += len(new)
                live.since = now
            self._live = [live for live in self._live if live not in tick.over and not live.lost]
        for live, _ in tick.frames:
            if live.lost:
                live.on_lost()
            elif live in tick.over:
                live.on_saved(live.stored.journal)

    def _one_by_one(self, tick: Tick) -> None:
        """Something in it will never be accepted. Whatever it is, the rest is saved."""
        single = [Tick([pending], [], []) for pending in tick.pending]
        single += [Tick([], [(live, new)], [live] * (live in tick.over)) for live, new in tick.frames]
        for each in single:
            try:
                self._commit(each)
            except (SQLAlchemyError, OSError) as error:
                if passing(error):
                    return
                self._refuse(each, reason(error))
            else:
                self._settle(each)

    def _refuse(self, tick: Tick, why: str) -> None:
        self._refused = f"Something could not be saved, and will not be. {why}"
        with self._lock:
            self._pending = [pending for pending in self._pending if pending not in tick.pending]
            refused = [live for live, _ in tick.frames]
            self._live = [live for live in self._live if live not in refused]
