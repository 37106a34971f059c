"""How a database of any age becomes one of today: numbered steps, each taken once and never changed.

A step is SQL of its own day. The first one may use `schema` as long as it is the only one; with the second,
it is to be written out.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column, Connection, Integer, MetaData, Table, func, insert, select, text

from interactions.errors import StoreError
from interactions.store import schema

_LOCK = 47_112_025  # any number that no other program takes
version = Table("schema_version", MetaData(), Column("number", Integer, primary_key=True))


# What has been folded is cut at spaces and at nothing else, by both.
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
    schema.metadata.create_all(connection)
    for statement in _INDEX[connection.dialect.name]:
        connection.exec_driver_sql(statement)


STEPS: tuple[Callable[[Connection], None], ...] = (_first,)


def migrate(connection: Connection) -> None:
    """Raises `StoreError` for a database that a newer version of this program has written."""
    _one_at_a_time(connection)
    version.create(connection, checkfirst=True)
    found = connection.scalar(select(func.max(version.c.number))) or 0
    if found > len(STEPS):
        raise StoreError(
            f"The database was written by a newer version (schema {found}; this one knows {len(STEPS)})."
            " Update the app, or name another database in INTERACTIONS_DATABASE_URL."
        )
    for number, step in enumerate(STEPS[found:], found + 1):
        step(connection)
        connection.execute(insert(version).values(number=number))


def _one_at_a_time(connection: Connection) -> None:
    """Two processes that start together wait for each other."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    else:
        connection.execute(text("BEGIN IMMEDIATE"))
