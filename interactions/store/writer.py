"""The one thread of a process that writes to its database: what has come since the last time, for all turns
together, ten times a second.

A failure costs nobody anything but memory: all is kept, in order, and tried again.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from interactions.conversations.conversation import StoredTurn
from interactions.errors import StoreError
from interactions.errors.background import guard, report
from interactions.store import changes, sending
from interactions.store.changes import Change
from interactions.store.database import PATIENCE, outlast_power_cut, passing, reason
from interactions.store.unsaved import Backlog, Behind, Claim, Live, Tick
from interactions.stream.journal import Journal
from interactions.turns.turn import Turn

PERIOD = 0.1  # seconds between commits
LONGEST_PAUSE = 5.0  # seconds between attempts while the database does not work
RENEWAL = 5.0  # seconds
LATE = 1.0  # seconds; what is not saved for longer than that is said
SLOW = "The database is slow."
MOST = 2_000  # frames of a turn in one commit: a database that comes back is not asked for too much at once

_LOG = logging.getLogger(__name__)


class Writer:
    """`prepare` makes the database usable; it is run before anything is written, and again if it failed."""

    def __init__(self, engine: Engine, prepare: Callable[[Connection], None]) -> None:
        self._engine = engine
        self._prepare = prepare
        self._prepared = False
        self._backlog = Backlog()
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._hurry = threading.Event()
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
        self._backlog.submit(conversation, change)
        self._wake.set()

    def decide(self, claim: Claim) -> bool:
        """Makes a change behind all that were submitted before, if the database agrees; says whether it did.
        Raises `StoreError` if it does not work, or not soon: then it is for memory to decide."""
        if self._closing or self.failing:
            raise StoreError(self._reason)
        self._backlog.claim(claim)
        self._hurry.set()
        self._wake.set()
        if not claim.answered.wait(PATIENCE):
            self._backlog.withdraw([claim])
            if not claim.answered.is_set():
                raise StoreError(SLOW)
        return claim.made

    def follow(
        self,
        stored: StoredTurn,
        saved: Callable[[Journal[Turn]], None],
        lost: Callable[[], None],
        count: int = 0,
    ) -> None:
        """Saves the frames of this turn, from number `count` on, until its journal is closed; then calls
        `saved`. Calls `lost`, and saves no more of it, when another process has taken the turn up."""
        self._backlog.follow(Live(stored, saved, lost, count))
        self._wake.set()

    def unsaved(self) -> set[str]:
        """The conversations of which something is only in memory."""
        return self._backlog.conversations()

    def turns(self) -> set[str]:
        """Those that are this process's, whatever the database says of them."""
        return self._backlog.turns()

    @property
    def failing(self) -> str:
        """Why what waits to be saved cannot be; "" when it can."""
        return self._reason if self._backlog.since is not None else ""

    @property
    def behind(self) -> Behind | None:
        """None while all is saved, or about to be."""
        since, frames = self._backlog.since, self._backlog.frames
        seconds = 0.0 if since is None else time.monotonic() - since
        if self._refused:
            return Behind(seconds, frames, self._refused)
        if seconds < LATE and not (self._reason and since):
            return None
        return Behind(seconds, frames, self._reason or SLOW)

    def close(self, patience: float) -> Behind | None:
        """Saves what there is, trying for `patience` seconds; returns what could not be saved."""
        deadline = time.monotonic() + patience
        self._closing = True
        self._wake.set()
        self._hurry.set()
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
            if self._prepared and not self._backlog:
                self._wake.wait()
            self._wake.clear()
            if not self._closing:
                self._hurry.wait(self._pause)
            self._hurry.clear()
            with guard("store-writer"), contextlib.suppress(StoreError):
                self.write()

    def write(self) -> None:
        """One transaction with all that has come. Raises `StoreError`, and then everything is still here."""
        with self._writing:
            self._write(self._backlog.collect(MOST))

    def save(self) -> None:
        """Writes until all that is here now is saved. Raises `StoreError`."""
        self.write()
        while self._prepared and self._backlog.frames:
            self.write()

    def _write(self, tick: Tick) -> None:
        if self._prepared and not self._due(tick):
            return
        try:
            self._commit(tick)
        except StoreError as error:
            self._fails(str(error))
            self._pause = LONGEST_PAUSE
            raise
        except Exception as error:
            self._fails(reason(error))
            if passing(error) or not self._prepared:
                self._pause = min(LONGEST_PAUSE, self._pause * 2)
            else:
                self._one_by_one(tick)
            raise StoreError(self._reason) from error
        if self._reason:
            _LOG.warning("Saving works again.")
        self._reason, self._pause = "", PERIOD
        self._settle(tick)

    def _fails(self, why: str) -> None:
        """Each reason is logged once, not at each attempt."""
        if why != self._reason:
            _LOG.error("Saving has failed, and is tried again. %s", why)
        self._reason = why

    def _due(self, tick: Tick) -> bool:
        return bool(tick.lasting or any(new for _, new in tick.frames) or self._lease_due(tick))

    def _lease_due(self, tick: Tick) -> bool:
        return bool(tick.frames) and time.monotonic() - self._renewed >= RENEWAL

    def _commit(self, tick: Tick) -> None:
        with self._engine.begin() as connection:
            outlast_power_cut(connection, tick.lasting)
            if not self._prepared:
                self._prepare(connection)
            if tick.claims:
                sending.alone(connection, tick.conversations)
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
            for claim in tick.claims:
                claim.made = claim.change(connection)
        self._prepared = True
        if renewed:
            self._renewed = time.monotonic()

    def _settle(self, tick: Tick) -> None:
        self._backlog.settle(tick)
        for claim in tick.claims:
            claim.answered.set()
        for live, _ in tick.frames:
            with guard("store-writer"):
                if live.lost:
                    live.on_lost()
                elif live in tick.over:
                    live.on_saved(live.stored.journal)

    def _one_by_one(self, tick: Tick) -> None:
        """Something in it will never be accepted. Whatever it is, the rest is saved."""
        for each in tick.single():
            try:
                self._commit(each)
            except Exception as error:  # noqa: BLE001 (whatever a change raises, the others are made)
                if passing(error):
                    return
                self._refuse(each, error)
            else:
                self._settle(each)

    def _refuse(self, tick: Tick, error: Exception) -> None:
        report("store-writer", error)
        self._refused = f"Something could not be saved, and will not be. {reason(error)}"
        self._backlog.refuse(tick)
