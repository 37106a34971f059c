"""The engine behind the tables, where SQLite and PostgreSQL differ, and what failures mean in words."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, NullPool, TextClause, create_engine, event, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, SQLAlchemyError

from interactions.conversations.words import Phrase
from interactions.errors import SettingsError, StoreError

FILE = "conversations.sqlite3"
TIMEOUT = 2  # seconds for a lock that another process holds, and for a server that does not answer

READ_ONLY = "The file or its folder is read-only: make it writable."
FILE_GONE = (
    "The file of the conversations is gone: bring it back. To begin another one, export what is on the page,"
    " and start the app anew."
)
_UNCLEAR = (
    "The URL of the database cannot be read; it looks like postgresql://name:password@host/database, with %40"
    " for an @ in the password."
)

# A server that is gone without a word is noticed within seconds.
_KEEPALIVE = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
# A process that stalls in the middle of a commit must not keep others from the turns that it holds.
_LIMITS = "-c statement_timeout=20s -c idle_in_transaction_session_timeout=5s"
_PRAGMAS = (
    f"PRAGMA busy_timeout = {TIMEOUT * 1000}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA foreign_keys = ON",
)
_IDENTITY = "identity of the file"
_DURABLE = "durable"
_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

TABLES_GONE = (
    "Tables of the database are not there: restore it from a copy, or start the app anew on another one."
)

_RESTORE = (
    "restore it from a copy, or export what the page shows, stop the app, move the file away, and start."
)

# What SQLite says, and what to do about it; PostgreSQL's own words say enough.
_ADVICE = {
    "database or disk is full": "The disk is full: make room.",
    "database is locked": "Another program holds the file locked: close it.",
    "readonly": READ_ONLY,
    "conversations is gone": FILE_GONE,
    "unable to open": "The file cannot be opened: check that its folder exists and is writable.",
    "not a database": f"The file is damaged or is not a database: {_RESTORE}",
    "malformed": f"The file is damaged: {_RESTORE}",
    "no such table": TABLES_GONE,
    "no such column": TABLES_GONE,
    "disk i/o error": "The disk does not work as it should: check it.",
}


def open_engine(url: str, folder: Path) -> Engine:
    """Nothing is opened before the first connection. Without a `url`, a SQLite file in `folder`. Raises
    `SettingsError`."""
    if not url:
        return _sqlite(URL.create("sqlite", database=str(folder / FILE)), folder)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise SettingsError(_UNCLEAR) from None
    if "@" in (parsed.host or ""):  # the end of a password: it would be named in errors
        raise SettingsError(_UNCLEAR)
    if parsed.get_backend_name() == "sqlite":
        return _sqlite(parsed, Path(parsed.database or FILE).parent)
    return create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        connect_args={"connect_timeout": TIMEOUT, "options": _LIMITS, **_KEEPALIVE},
    )


def probe_engine(engine: Engine) -> Engine:
    """Another engine on the same database, for a look at whether it works. Each connection is a new one: a
    pooled one still works when the file is gone or the password has changed. It makes no file."""
    if engine.dialect.name == "postgresql":
        limits = {"connect_timeout": TIMEOUT, "options": "-c statement_timeout=1s", **_KEEPALIVE}
        return create_engine(engine.url, poolclass=NullPool, connect_args=limits)
    uri = f"{Path(engine.url.database or FILE).absolute().as_uri()}?mode=rw"
    return create_engine(
        engine.url, poolclass=NullPool, creator=lambda: sqlite3.connect(uri, timeout=0.5, uri=True)
    )


def _sqlite(url: URL, folder: Path) -> Engine:
    engine = create_engine(url, connect_args={"timeout": TIMEOUT})
    file = Path(url.database) if url.database else None
    seen: set[tuple[int, int]] = set()

    @event.listens_for(engine, "do_connect")
    def make_folder(*_: object) -> None:
        if seen and file and not file.exists():  # an empty one in its place would look as if all were well
            raise sqlite3.OperationalError(FILE_GONE)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.text_factory = _text
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()
        if found := file and _identity(file):
            record.info[_IDENTITY] = found
            seen.add(found)

    @event.listens_for(engine, "checkout")
    def same_file(_connection: object, record: Any, _proxy: object) -> None:
        """Drops a connection to a file that was deleted: what it writes would be lost without an error."""
        if file and record.info.get(_IDENTITY) != _identity(file):
            raise DisconnectionError

    return engine


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _text(raw: bytes) -> str:
    """A text column with damaged bytes is read as far as it can be, so that the rest of the row is not
    lost."""
    return raw.decode("utf-8", "replace")


def set_durable(connection: Connection, durable: bool) -> None:
    """Whether the commit of this transaction outlasts a power cut; to be called first in it. What SQLite
    commits always outlasts the process. To outlast a power cut it waits for the disk, which costs more than
    all the rest of the commit."""
    if connection.dialect.name == "sqlite" and connection.info.get(_DURABLE) != durable:
        connection.exec_driver_sql(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        connection.info[_DURABLE] = durable  # of this connection: it need not be told ten times a second


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read with. Raises `StoreError`."""
    with _translated("What is stored cannot be read just now."), engine.connect() as connection:
        yield connection


@contextmanager
def durable_transaction(engine: Engine, failed: str) -> Iterator[Connection]:
    """A transaction that somebody waits for, and that outlasts a power cut. Raises `StoreError`, whose
    message begins with what has `failed`."""
    with _translated(failed), engine.begin() as connection:
        set_durable(connection, True)
        yield connection


@contextmanager
def _translated(failed: str) -> Iterator[None]:
    """Errors of the database as errors of ours."""
    try:
        yield
    except (SQLAlchemyError, OSError) as error:
        raise StoreError(f"{failed} {reason(error)}") from error


@cache
def insert_once(dialect: str, table: Any) -> Any:
    """An INSERT that may run twice: a row that exists is left as it is."""
    return _INSERTS[dialect](table).on_conflict_do_nothing(index_elements=list(table.primary_key))


@cache
def insert_or_replace(dialect: str, table: Any, column: str) -> Any:
    """An INSERT that may run twice: of a row that exists, this column is replaced."""
    new = _INSERTS[dialect](table)
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={column: new.excluded[column]}
    )


def matching(dialect: str, wanted: Iterable[Phrase]) -> TextClause:
    """The condition that a row of `texts` has all these words. They are folded, so none has a quote in it."""
    words = [(word, phrase.begun and word is phrase.words[-1]) for phrase in wanted for word in phrase.words]
    if dialect == "postgresql":
        query = " & ".join(f"'{word}'{':*' * begun}" for word, begun in words)
        vector = "array_to_tsvector(string_to_array(texts.words, ' '))"
        return text(f"{vector} @@ CAST(:query AS tsquery)").bindparams(query=query)
    query = " AND ".join(f'"{word}"{" *" * begun}' for word, begun in words)
    rows = "SELECT rowid FROM texts_by_word WHERE texts_by_word MATCH :query"
    return text(f"texts.id IN ({rows})").bindparams(query=query)


def reason(error: BaseException) -> str:
    """A failure as a sentence for whoever runs the app. Only the first line of what PostgreSQL says is taken:
    the following ones may quote data."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    said = (str(origin).strip().splitlines() or [type(origin).__name__])[0].rstrip(".")
    for part, advice in _ADVICE.items():
        if part in said.lower():
            return advice
    if isinstance(origin, sqlite3.Error | OSError):
        return f"The file does not work: {said}."
    if not isinstance(error, SQLAlchemyError):
        return f"This app has made a mistake ({type(origin).__name__}): its log says more."
    return f"The database does not work: {said}."


def transient(error: Exception) -> bool:
    """Whether the same may work later. Whatever is not a fault of the data counts as transient, because what
    is not transient is never written."""
    permanent = (
        sqlite3.IntegrityError,
        sqlite3.DataError,
        sqlite3.InterfaceError,
        sqlite3.ProgrammingError,
        OverflowError,
        ValueError,
    )
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""  # class 22: data, 23: constraints
        return not isinstance(error.orig, permanent) and state[:2] not in {"22", "23"}
    return isinstance(error, SQLAlchemyError | OSError | MemoryError) and not isinstance(error, permanent)
