"""The one thread of a process that writes to its database: ten times a second, in one transaction for all
turns, it writes what has come since the last time.

When the database does not work, everything stays in memory, in order, and is tried again.
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
from interactions.store import changes, leases, sending
from interactions.store.backlog import Backlog, Behind, Claim, OnLost, OnSaved, OpenTurn, Work
from interactions.store.changes import Change
from interactions.store.database import (
    TIMEOUT,
    reason,
    set_durable,
    transient,
)

PERIOD = 0.1  # seconds between commits
LONGEST_PAUSE = 5.0  # seconds between attempts while the database does not work
RENEW_PERIOD = 5.0  # seconds between renewals of leases: a third of what a lease lasts
LATE = 1.0  # seconds after which what is not saved is reported
SLOW = "The database is slow."
FRAMES_PER_COMMIT = 2_000  # of one turn, so that a database that comes back is not asked for too much at once

_LOG = logging.getLogger(__name__)


class Writer:
    """`prepare` makes the database usable. It is called in the first transaction, before anything is written,
    and again until it has succeeded once."""

    def __init__(self, engine: Engine, prepare: Callable[[Connection], None]) -> None:
        self._engine = engine
        self._prepare = prepare
        self._prepared = False
        self._backlog = Backlog()
        self._writing = threading.Lock()  # one transaction at a time: the thread writes, and so does `save`
        self._wake = threading.Event()  # there may be something to write
        self._hurry = threading.Event()  # somebody waits for it: the pause is cut short
        self._closing = False
        self._reason = ""  # why the last attempt has failed; "" if it has not
        self._refused = ""  # what is said of changes that the database will never take
        self._pause = PERIOD
        self._renewed = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        """Prepares the database before it returns, if that works, so that nobody reads one without tables."""
        with contextlib.suppress(StoreError):
            self.write()
        self._thread.start()

    def submit(self, conversation: str, *change: Change) -> None:
        """Writes these changes in one transaction, after all that were submitted before."""
        self._backlog.submit(conversation, change)
        self._wake.set()

    def decide(self, claim: Claim) -> bool:
        """Writes what was submitted before and then makes the claim, if no other process was quicker; returns
        whether it was made. Raises `StoreError` if the database does not work, or not within two seconds:
        then the claim is withdrawn, and whoever made it decides by what is in memory."""
        if self._closing or self.failing:
            raise StoreError(self._reason)
        self._backlog.claim(claim)
        self._hurry.set()
        self._wake.set()
        if not claim.answered.wait(TIMEOUT):
            self._backlog.withdraw([claim])
            # The answer may have come in between; then it counts, since the database has it.
            if not claim.answered.is_set():
                raise StoreError(SLOW)
        return claim.made

    def follow(self, stored: StoredTurn, saved: OnSaved, lost: OnLost, count: int) -> None:
        """Saves the frames of this turn, from number `count` on, until its journal is closed; then calls
        `saved`. When another process has taken the turn up it calls `lost` instead, and saves no more of
        it."""
        self._backlog.follow(OpenTurn(stored, saved, lost, count))
        self._wake.set()

    def unsaved(self) -> set[str]:
        """The conversations that the database does not have in their present state."""
        return self._backlog.conversations()

    def own_turns(self) -> set[str]:
        """The turns that this process streams, even if the database says that their lease has run out."""
        return self._backlog.turns()

    @property
    def failing(self) -> str:
        """Why what waits cannot be saved; "" if nothing waits or saving works."""
        return self._reason if self._backlog.since is not None else ""

    @property
    def behind(self) -> Behind | None:
        """How far saving is behind; None while all is saved, or about to be."""
        since, frames = self._backlog.since, self._backlog.frames
        seconds = 0.0 if since is None else time.monotonic() - since
        if self._refused:
            return Behind(seconds, frames, self._refused)
        if seconds < LATE and not (self._reason and since):
            return None
        return Behind(seconds, frames, self._reason or SLOW)

    def close(self, patience: float) -> Behind | None:
        """Ends the thread and saves what is left, trying for `patience` seconds; returns what could not be
        saved. The leases of this process end, so that others can take its turns up at once."""
        deadline = time.monotonic() + patience
        self._closing = True
        self._wake.set()
        self._hurry.set()
        if self._thread.is_alive():
            self._thread.join(patience)
        while not self._saved() and time.monotonic() < deadline:
            time.sleep(PERIOD)
        with contextlib.suppress(SQLAlchemyError, OSError), self._engine.begin() as connection:
            leases.release(connection)
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
        """Writes what there is now in one transaction. Raises `StoreError`, and then the backlog still has
        it."""
        with self._writing:
            self._write(self._backlog.collect(FRAMES_PER_COMMIT))

    def save(self) -> None:
        """Writes until all that is here now is saved. Raises `StoreError`."""
        self.write()
        while self._prepared and self._backlog.frames:
            self.write()

    def _write(self, work: Work) -> None:
        if self._prepared and not self._due(work):
            return
        try:
            self._commit(work)
        except StoreError as error:
            self._fails(str(error))
            self._pause = LONGEST_PAUSE
            raise
        except Exception as error:
            self._fails(reason(error))
            if transient(error) or not self._prepared:
                self._pause = min(LONGEST_PAUSE, self._pause * 2)
            else:
                self._one_by_one(work)
            raise StoreError(self._reason) from error
        if self._reason:
            _LOG.warning("Saving works again.")
        self._reason, self._pause = "", PERIOD
        self._settle(work)

    def _fails(self, why: str) -> None:
        """Logs a reason once, not at each attempt."""
        if why != self._reason:
            _LOG.error("Saving has failed, and is tried again. %s", why)
        self._reason = why

    def _due(self, work: Work) -> bool:
        return bool(work.durable or any(new for _, new in work.frames) or self._lease_due(work))

    def _lease_due(self, work: Work) -> bool:
        return bool(work.frames) and time.monotonic() - self._renewed >= RENEW_PERIOD

    def _commit(self, work: Work) -> None:
        with self._engine.begin() as connection:
            set_durable(connection, work.durable)
            if not self._prepared:
                self._prepare(connection)
            # Locked before the first change, in one order for all processes, so that no two wait for each
            # other.
            if work.claims:
                sending.lock_conversations(connection, work.conversations)
            for pending in work.pending:
                pending.change(connection)
            for turn, new in work.frames:
                held = (turn.stored.id, turn.stored.epoch)
                turn.lost = bool(new) and not changes.append(connection, *held, new)
            for turn in work.over:
                turn.lost = turn.lost or not changes.finish(connection, turn.stored)
            if renewed := self._lease_due(work):
                leases.renew(connection, [turn.stored.id for turn, _ in work.frames])
            # Last, because a claim is about what all of this has led to.
            for claim in work.claims:
                claim.made = claim.change(connection)
        self._prepared = True
        if renewed:
            self._renewed = time.monotonic()

    def _settle(self, work: Work) -> None:
        # Only after the commit: whoever is told that something is saved may rely on it.
        self._backlog.settle(work)
        for claim in work.claims:
            claim.answered.set()
        for turn, _ in work.frames:
            with guard("store-writer"):
                if turn.lost:
                    turn.on_lost()
                elif turn in work.over:
                    turn.on_saved(turn.stored.journal)

    def _one_by_one(self, work: Work) -> None:
        """Something in it will never be accepted. Writes each piece on its own, so that all others are
        saved."""
        for piece in work.split():
            try:
                self._commit(piece)
            except Exception as error:  # noqa: BLE001 (whatever a change raises, the others are made)
                if transient(error):
                    return
                self._refuse(piece, error)
            else:
                self._settle(piece)

    def _refuse(self, work: Work, error: Exception) -> None:
        report("store-writer", error)
        self._refused = f"Something could not be saved, and will not be. {reason(error)}"
        self._backlog.refuse(work)
