"""A database of any age becomes one of today, with what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect

from interactions.conversations.presets import Preset
from interactions.store.database import open_engine
from interactions.store.migrations import migrate
from interactions.store.schema import metadata
from interactions.turns.turn import text_of
from tests.store.conftest import Open
from tests.store.turns import OPTIONS, begin, end, say


def described(connection: Connection) -> dict[str, object]:
    """The tables of the schema, as the database describes them."""
    seen = inspect(connection)
    return {
        table: (
            [{**column, "type": str(column["type"])} for column in seen.get_columns(table)],
            seen.get_pk_constraint(table)["constrained_columns"],
            [(key["constrained_columns"], key["options"]) for key in seen.get_foreign_keys(table)],
            sorted(index_of(index) for index in seen.get_indexes(table) if index["name"] != "texts_by_word"),
        )
        for table in metadata.tables
    }


def index_of(index: Mapping[str, Any]) -> tuple[str, ...]:
    where = [str(value) for name, value in index["dialect_options"].items() if name.endswith("_where")]
    return (index["name"], str(index["unique"]), *index["column_names"], *where)


def test_all_steps_make_the_tables_that_the_schema_describes(url: str, tmp_path: Path) -> None:
    """Column by column, with keys and indexes: a change of the schema needs a step."""
    engine = open_engine(url, tmp_path)
    with engine.connect() as connection:
        migrate(connection)
        stepped = described(connection)
        connection.rollback()
    with engine.begin() as connection:
        assert not inspect(connection).get_table_names()
        metadata.create_all(connection)
        assert described(connection) == stepped
    engine.dispose()


def test_an_older_database_gets_what_it_lacks(open_store: Open, url: str, tmp_path: Path) -> None:
    """What was in it stays; and the steps are taken once, however many processes come."""
    before = open_store()
    before.create("ann", "c")
    stored = begin(before, "one")
    say(stored, "Hello")
    end(before, stored)
    before.close()
    engine = open_engine(url, tmp_path)
    with engine.begin() as connection:
        for statement in (
            "DROP TABLE presets",
            "ALTER TABLE turns DROP COLUMN reported",
            "ALTER TABLE turns DROP COLUMN model",
            "DELETE FROM schema_version WHERE number > 1",
        ):
            connection.exec_driver_sql(statement)
    engine.dispose()
    for number, store in enumerate((open_store(), open_store()), start=1):
        assert store.behind is None
        store.presets.put("ann", [Preset(f"p{number}", "", OPTIONS)])
        assert text_of(store.conversation("ann", "c").turns[0].turn) == "Hello"
    assert [each.name for each in store.presets.all("ann")] == ["p1", "p2"]
