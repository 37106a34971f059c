"""A look at the database, for whoever asks whether it works: nothing is written, nobody waits for long."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from interactions.errors import StoreError
from interactions.errors.background import report
from interactions.store.database import AWAY, READ_ONLY, looking, reason
from interactions.store.migrations import check_version
from interactions.store.schema import metadata

FRESH = 1.0  # seconds for which a result is good
PATIENCE = 1.8  # seconds that anybody waits for one
SILENT = "The database does not answer."


class _Round:
    def __init__(self) -> None:
        self.began = time.monotonic()
        self.over = threading.Event()


class Checkup:
    """One look at a time, however many ask. It has a connection of its own, and a thread: what hangs, hangs
    there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = looking(engine)
        self._lock = threading.Lock()
        self._round: _Round | None = None
        self._told: str | None = None
        self._at = -FRESH

    def trouble(self) -> str | None:
        """Why the database cannot be used, as a sentence; None if it can."""
        with self._lock:
            if self._round is None and time.monotonic() - self._at < FRESH:
                return self._told
            current = self._round or self._begin()
        current.over.wait(max(0.0, current.began + PATIENCE - time.monotonic()))
        with self._lock:
            return self._told if current.over.is_set() else SILENT

    def _begin(self) -> _Round:
        self._round = begun = _Round()
        try:
            threading.Thread(target=self._run, args=(begun,), name="store-look", daemon=True).start()
        except RuntimeError as error:  # this process can have no more threads
            self._end(begun, str(error))
        return begun

    def _run(self, current: _Round) -> None:
        told = self._look()
        with self._lock:
            self._end(current, told)

    def _end(self, current: _Round, told: str | None) -> None:
        self._told, self._at, self._round = told, time.monotonic(), None
        current.over.set()

    def _look(self) -> str | None:
        try:
            _check_file(self._engine)
            with self._engine.connect() as connection:
                _check(connection)
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
        raise StoreError(AWAY)
    if not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        raise StoreError(READ_ONLY)


def _check(connection: Connection) -> None:
    check_version(connection)
    for table in metadata.sorted_tables:
        connection.execute(select(table).limit(0))
        for key in table.primary_key:  # both ends of its index
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
