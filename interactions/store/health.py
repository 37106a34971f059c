"""A look at whether the database works. It writes nothing, and nobody waits long for it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from interactions.errors import StoreError
from interactions.errors.background import report
from interactions.store.database import FILE_GONE, READ_ONLY, probe_engine, reason
from interactions.store.migrations import check_version
from interactions.store.schema import metadata

FRESH = 1.0  # seconds for which a result is good
TIMEOUT = 1.8  # seconds that anybody waits for one
SILENT = "The database does not answer."


class _Run:
    """One check of the database, which several may wait for."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.over = threading.Event()


class HealthCheck:
    """Checks the database, once at a time however many ask.

    It has a connection of its own, and a thread of its own: if the database hangs, that thread hangs and
    nobody else."""

    def __init__(self, engine: Engine) -> None:
        self._engine = probe_engine(engine)
        self._lock = threading.Lock()
        self._run: _Run | None = None
        self._found: str | None = None
        self._at = -FRESH

    def trouble(self) -> str | None:
        """Why the database cannot be used, as a sentence; None if it can."""
        with self._lock:
            if self._run is None and time.monotonic() - self._at < FRESH:
                return self._found
            current = self._run or self._begin()
        # From the beginning of the check, not from now: whoever asks late waits for less.
        current.over.wait(max(0.0, current.began + TIMEOUT - time.monotonic()))
        with self._lock:
            return self._found if current.over.is_set() else SILENT

    def _begin(self) -> _Run:
        """Called with the lock held."""
        self._run = begun = _Run()
        try:
            threading.Thread(target=self._check, args=(begun,), name="store-look", daemon=True).start()
        except RuntimeError as error:  # this process can have no more threads
            self._end(begun, str(error))
        return begun

    def _check(self, current: _Run) -> None:
        found = self._look()
        with self._lock:
            self._end(current, found)

    def _end(self, current: _Run, found: str | None) -> None:
        """Called with the lock held."""
        self._found, self._at, self._run = found, time.monotonic(), None
        current.over.set()

    def _look(self) -> str | None:
        try:
            _check_file(self._engine)
            with self._engine.connect() as connection:
                _check_tables(connection)
        except StoreError as error:
            return str(error)
        except (SQLAlchemyError, OSError) as error:
            return reason(error)
        except Exception as error:  # noqa: BLE001 (a thread's boundary: it is what whoever asks is told)
            report("a look at the database", error)
            return reason(error)
        return None


def _check_file(engine: Engine) -> None:
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return
    file = Path(engine.url.database)
    if not file.exists():
        raise StoreError(FILE_GONE)
    if not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        raise StoreError(READ_ONLY)


def _check_tables(connection: Connection) -> None:
    """Each table and column is there. A file that was cut off is found by reading both ends of each index."""
    check_version(connection)
    for table in metadata.sorted_tables:
        connection.execute(select(table).limit(0))
        for key in table.primary_key:
            connection.execute(select(func.min(key), func.max(key))).all()
    if connection.dialect.name == "postgresql":
        _check_rights(connection, metadata.sorted_tables)


def _check_rights(connection: Connection, tables: list[Table]) -> None:
    if connection.scalar(text("SELECT current_setting('transaction_read_only')")) == "on":
        raise StoreError("The database takes no changes: it is a copy of another one, or set to read-only.")
    for table in tables:
        for right in ("INSERT", "UPDATE", "DELETE"):
            asked = text("SELECT has_table_privilege(:table, :right)")
            if not connection.scalar(asked, {"table": table.name, "right": right}):
                raise StoreError(
                    f"The database does not allow this app to {right} in {table.name}: grant it."
                )
