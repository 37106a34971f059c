"""How a database of any age becomes one of today: numbered steps, each taken once and never changed.

A step is SQL of its own day, whatever `schema` has come to say since; all steps together make what it says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Column, Connection, Integer, MetaData, Table, func, insert, select, text

from interactions.errors import StoreError

_LOCK = 47_112_025  # any number, as long as no other program on the same database takes it
version = Table("schema_version", MetaData(), Column("number", Integer, primary_key=True))


_TYPES = {
    "postgresql": {"bytes": "BYTEA", "double": "DOUBLE PRECISION", "counted": "SERIAL"},
    "sqlite": {"bytes": "BLOB", "double": "DOUBLE", "counted": "INTEGER"},
}
_TABLES = (
    "CREATE TABLE facts (name TEXT NOT NULL PRIMARY KEY, value {bytes})",
    "CREATE TABLE conversations (id TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, title TEXT NOT NULL,"
    " renamed SMALLINT NOT NULL, pinned SMALLINT NOT NULL, created {double} NOT NULL, touched {double},"
    " deleted_at {double})",
    "CREATE INDEX conversations_by_recency ON conversations (owner, pinned, touched, id)"
    " WHERE deleted_at IS NULL AND touched IS NOT NULL",
    "CREATE INDEX conversations_deleted ON conversations (deleted_at) WHERE deleted_at IS NOT NULL",
    "CREATE TABLE turns (id TEXT NOT NULL PRIMARY KEY, conversation TEXT NOT NULL, number INTEGER NOT NULL,"
    " parent TEXT, provider TEXT NOT NULL, prompt {bytes} NOT NULL, previous_interaction_id TEXT,"
    " history {bytes} NOT NULL, created {double} NOT NULL, ended {double}, status TEXT NOT NULL,"
    " interaction TEXT NOT NULL, kept SMALLINT NOT NULL, frames INTEGER NOT NULL, body TEXT NOT NULL,"
    " holder TEXT, lease_until {double}, epoch INTEGER NOT NULL,"
    " FOREIGN KEY (conversation) REFERENCES conversations (id) ON DELETE CASCADE)",
    "CREATE UNIQUE INDEX turns_in_order ON turns (conversation, number)",
    "CREATE INDEX turns_by_parent ON turns (conversation, parent)",
    "CREATE INDEX turns_unfinished ON turns (lease_until) WHERE ended IS NULL",
    "CREATE TABLE queue (id TEXT NOT NULL PRIMARY KEY, conversation TEXT NOT NULL,"
    " position INTEGER NOT NULL, prompt {bytes} NOT NULL,"
    " FOREIGN KEY (conversation) REFERENCES conversations (id) ON DELETE CASCADE)",
    "CREATE UNIQUE INDEX queue_in_order ON queue (conversation, position)",
    "CREATE TABLE frames (turn TEXT NOT NULL, seq INTEGER NOT NULL, packed {bytes} NOT NULL,"
    " PRIMARY KEY (turn, seq), FOREIGN KEY (turn) REFERENCES turns (id) ON DELETE CASCADE)",
    "CREATE TABLE texts (id {counted} NOT NULL PRIMARY KEY, conversation TEXT NOT NULL,"
    " turn TEXT NOT NULL, words TEXT NOT NULL,"
    " FOREIGN KEY (conversation) REFERENCES conversations (id) ON DELETE CASCADE)",
    "CREATE UNIQUE INDEX texts_by_place ON texts (conversation, turn)",
)

# The index of words. Both databases cut a line at spaces only, so that both find the same: the words have
# been folded before, and no tokenizer of theirs would do it alike.
_INDEX = {
    "postgresql": (
        "CREATE INDEX texts_by_word ON texts USING gin (array_to_tsvector(string_to_array(words, ' ')))",
    ),
    "sqlite": (
        "CREATE VIRTUAL TABLE texts_by_word USING fts5"
        " (words, content='texts', content_rowid='id', detail='none', tokenize='ascii')",
        "CREATE TRIGGER texts_come AFTER INSERT ON texts BEGIN"
        " INSERT INTO texts_by_word (rowid, words) VALUES (new.id, new.words); END",
        "CREATE TRIGGER texts_go AFTER DELETE ON texts BEGIN"
        " INSERT INTO texts_by_word (texts_by_word, rowid, words) VALUES ('delete', old.id, old.words); END",
    ),
}


def _first(connection: Connection) -> None:
    _run(connection, (*_TABLES, *_INDEX[connection.dialect.name]))


def _presets(connection: Connection) -> None:
    table = "CREATE TABLE presets (owner TEXT NOT NULL, name TEXT NOT NULL, value {bytes} NOT NULL,"
    _run(connection, (f"{table} PRIMARY KEY (owner, name))",))


def _usage(connection: Connection) -> None:
    _run(connection, ("ALTER TABLE turns ADD COLUMN reported {bytes}",))


def _model(connection: Connection) -> None:
    _run(connection, ("ALTER TABLE turns ADD COLUMN model TEXT",))


def _run(connection: Connection, statements: Iterable[str]) -> None:
    """Runs them with the types of this database in the place of the names in braces."""
    for statement in statements:
        connection.exec_driver_sql(statement.format_map(_TYPES[connection.dialect.name]))


STEPS: tuple[Callable[[Connection], None], ...] = (_first, _presets, _usage, _model)


def migrate(connection: Connection) -> None:
    """Takes the steps that this database has not taken yet. Raises `StoreError` for a database that a newer
    version of this program has written."""
    _one_at_a_time(connection)
    version.create(connection, checkfirst=True)
    found = check_version(connection)
    for number, step in enumerate(STEPS[found:], found + 1):
        step(connection)
        connection.execute(insert(version).values(number=number))


def check_version(connection: Connection) -> int:
    """The number of steps that have been taken. Raises `StoreError` for a database that a newer version of
    this program has written."""
    found = connection.scalar(select(func.max(version.c.number))) or 0
    if found > len(STEPS):
        raise StoreError(
            f"The database was written by a newer version (schema {found}; this one knows {len(STEPS)})."
            " Update the app, or name another database in INTERACTIONS_DATABASE_URL."
        )
    return found


def _one_at_a_time(connection: Connection) -> None:
    """Lets two processes that start together wait for each other until the end of the transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    else:
        connection.execute(text("BEGIN IMMEDIATE"))
