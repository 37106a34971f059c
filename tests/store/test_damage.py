"""What nobody can read stops nothing but itself: each column of each table is damaged in turn."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Column, Table, select, text, update

from interactions.conversations.conversation import Conversation, Prompt, StoredTurn
from interactions.conversations.presets import Preset
from interactions.errors import NotFound, background
from interactions.store import portable
from interactions.store.database import FILE, open_engine
from interactions.store.rows import unreadable
from interactions.store.schema import metadata
from interactions.store.store import Store
from interactions.turns.turn import text_of
from tests.store.turns import OPTIONS, begin, end, refold, say
from tests.waiting import until

pytestmark = pytest.mark.slow

COLUMNS = [(table, column) for table in metadata.sorted_tables for column in table.columns]
GARBAGE: dict[str, object] = {
    "text": "garbage",
    "bytes": b"\xff\x00garbage",
    "JSON": b'{"id": 7}',
    "a number": -(10**15),
    "a fraction": 1e300,
    "nothing": None,
}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    background.forget()
    yield
    background.forget()


def fill(store: Store) -> None:
    """Two conversations of one owner: "c" with ten turns and two messages that wait, and "d"."""
    store.create("ann", "c")
    for number in range(10):
        stored = begin(store, f"t{number}")
        say(stored, f"word{number}")
        end(store, stored, "failed" if number == 9 else "completed")
    for waiting in ("w0", "w1"):
        store.enqueue("ann", "c", Prompt(waiting, waiting, OPTIONS))
    store.create("ann", "d")
    store.enqueue("ann", "d", Prompt("neighbour", "neighbour", OPTIONS))
    neighbour = store.turns.begin_next("ann", "d")
    assert neighbour is not None
    say(neighbour, "untouched")
    end(store, neighbour)
    store.presets.put("ann", [Preset("one", "gemini", OPTIONS), Preset("two", "gemini", OPTIONS)])
    store.fact("salt", b"salt")
    store.close()


WHICH = {
    "turns": "id = 't4'",
    "frames": "turn = 't4' AND seq = 0",
    "texts": "turn = 't4'",
    "queue": "id = 'w0'",
    "conversations": "id = 'c'",
    "presets": "name = 'one'",
    "facts": "name = 'salt'",
}


def damage(file: Path, table: Table, column: Column[object], value: object) -> list[object]:
    """One row of the table: of those of "c" the fifth turn, the first that waits, and the like. Returns what
    SQLite has made of the value."""
    which = WHICH[table.name]
    with closing(sqlite3.connect(file)) as connection, connection:
        for (trigger,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        (place,) = connection.execute(f"SELECT rowid FROM {table.name} WHERE {which}").fetchone()
        try:
            connection.execute(f"UPDATE {table.name} SET {column.name} = ? WHERE rowid = ?", (value, place))
        except sqlite3.IntegrityError:
            pytest.skip("no file has this")
    return values(file, table, column)


def values(file: Path, table: Table, column: Column[object]) -> list[object]:
    with closing(sqlite3.connect(file)) as connection:
        return [
            row[0] for row in connection.execute(f"SELECT {column.name} FROM {table.name} ORDER BY rowid")
        ]


def said(stored: StoredTurn) -> str:
    """What is seen of a turn, or of one that cannot be read."""
    turn = stored.turn
    assert turn.ended
    if unreadable(turn):
        assert turn.error is not None
        assert str(turn.error.message).endswith(".")
        assert stored.journal.slice(), "the log says it too"
        return "unreadable"
    return text_of(turn)


def opened(store: Store) -> Conversation | None:
    try:
        return store.conversation("ann", "c")
    except NotFound:
        return None


def expect_the_rest(store: Store, table: str) -> None:
    """All of the neighbours, whatever has become of the row."""
    assert [said(each) for each in store.conversation("ann", "d").turns] == ["untouched"]
    assert "d" in [entry.id for entry in store.catalogue.conversations("ann")]
    assert [entry.id for entry in store.catalogue.search("ann", "untouched")] == ["d"]
    store.catalogue.search("ann", "word4")
    assert {"two"} <= {preset.name for preset in store.presets.all("ann")}
    store.fact("salt", b"another")
    store.turns.take_abandoned()
    store.turns.unblocked()
    until(lambda: store.trouble() is None)
    found = opened(store)
    if found is None:
        assert table == "conversations"
        return
    words = [said(each) for each in found.turns]
    assert {f"word{number}" for number in range(10) if number != 4} <= set(words)
    assert "w1" in [*(prompt.id for prompt in found.queue), *(each.id for each in found.turns)]
    cassette = portable.cassette_of(found)
    over = [word for word, each in zip(words, found.turns, strict=True) if each.journal.closed]
    assert len(cassette.turns) == len([word for word in over if word != "unreadable"])


def goes_on(store: Store) -> None:
    """A next turn can be said, and is kept."""
    store.enqueue("ann", "c", Prompt("next", "next", OPTIONS))
    while (stored := store.turns.begin_next("ann", "c")) is not None:
        say(stored, "again")
        end(store, stored, "failed")
    store.save()
    assert store.conversation("ann", "c").turns[-1].id == "next"


@pytest.mark.parametrize("kind", GARBAGE)
@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda each: each.name)
def test_a_damaged_column_costs_no_more_than_its_row(
    tmp_path: Path, table: Table, column: Column[object], kind: str
) -> None:
    """Its conversation opens, its neighbours are whole, what follows is kept, and nothing is deleted."""
    value = GARBAGE[kind]
    fill(Store(open_engine("", tmp_path), refold))
    before = damage(tmp_path / FILE, table, column, value)
    store = Store(open_engine("", tmp_path), refold)
    expect_the_rest(store, table.name)
    assert values(tmp_path / FILE, table, column)[: len(before)] == before
    if opened(store) is not None:
        goes_on(store)
    behind = store.close()
    assert behind is None
    again = Store(open_engine("", tmp_path), refold)
    expect_the_rest(again, table.name)
    again.close()


def test_turns_that_follow_themselves_are_a_line_that_ends(tmp_path: Path) -> None:
    """Of a fork, too, and on the way out."""
    fill(Store(open_engine("", tmp_path), refold))
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute("UPDATE turns SET parent = 't9' WHERE id IN ('t0', 't5')")
    store = Store(open_engine("", tmp_path), refold)
    found = store.conversation("ann", "c")
    for each in found.turns:
        assert len(found.line(each.id)) <= 10
        assert found.along(each.id).turns
    assert len(portable.cassette_of(found).turns) == 10
    goes_on(store)
    store.close()


REFERRED = {"conversations", "turns"}  # what others refer to stays as it is there
TYPED = [
    (table, column)
    for table, column in COLUMNS
    if str(column.type) in {"BLOB", "TEXT"}
    and not column.foreign_keys
    and not (column.primary_key and table.name in REFERRED)
]


@pytest.mark.parametrize(("table", "column"), TYPED, ids=lambda each: each.name)
def test_in_postgresql_a_damaged_column_costs_no_more_than_its_row(
    empty_postgres: str, tmp_path: Path, table: Table, column: Column[object]
) -> None:
    """Where it can be damaged: the server sees to the types."""
    fill(Store(open_engine(empty_postgres, tmp_path), refold))
    admin = open_engine(empty_postgres, tmp_path)
    value: object = "garbage" if str(column.type) == "TEXT" else b"\xffgarbage"
    key = next(iter(table.primary_key))
    with admin.begin() as connection:
        one = connection.scalar(select(key).where(text(WHICH[table.name])))
        connection.execute(
            update(table).where(key == one, text(WHICH[table.name])).values({column.name: value})
        )
    admin.dispose()
    store = Store(open_engine(empty_postgres, tmp_path), refold)
    expect_the_rest(store, table.name)
    if opened(store) is not None:
        goes_on(store)
    assert store.close() is None
