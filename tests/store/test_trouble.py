"""A database that does not work is not an empty one: it is said, within two seconds, and looked at again."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Engine, text

from interactions.errors import NotFound, SettingsError, StoreError, background
from interactions.store import health
from interactions.store.database import FILE, FILE_GONE, open_engine
from interactions.store.migrations import STEPS
from interactions.store.schema import metadata
from interactions.store.store import Store
from interactions.turns.turn import text_of
from tests.postgres import server
from tests.store.turns import begin, end, refold, say
from tests.waiting import until

pytestmark = pytest.mark.slow

LIMIT = 4.0  # seconds that anybody waits for an answer; the promise is 2, and machines that test are busy


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look is a new one."""
    background.forget()
    monkeypatch.setattr(health, "FRESH", 0.0)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / FILE


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Store]:
    """With a conversation of one turn, all saved."""
    store = Store(open_engine("", tmp_path), refold)
    store.create("ann", "c")
    stored = begin(store, "one")
    say(stored, "kept")
    end(store, stored)
    store.save()
    yield store
    store.close()


def told(store: Store) -> str:
    """What a look has found; on a busy machine the first may be late."""
    while (found := answered(store)) == health.SILENT:
        pass
    return found


def answered(store: Store) -> str:
    began = time.monotonic()
    found = store.trouble()
    assert time.monotonic() - began < LIMIT
    assert found is None or found.endswith(".")
    return found or ""


def replace(file: Path, content: bytes) -> None:
    """As a program does that writes a new file and moves it there."""
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    file.write_bytes(content)


def raw(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)


TABLES = [table.name for table in metadata.sorted_tables]
FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "garbage in its place": (lambda file: replace(file, b"no database" * 1_000), "damaged"),
    "garbage written over it": (lambda file: _overwrite(file, b"no database" * 1_000), "damaged"),
    "an empty file": (lambda file: replace(file, b""), "Tables of the database are not there"),
    "a file cut in half": (lambda file: _cut(file, 2), "damaged"),
    "a file with its beginning only": (lambda file: _cut(file, 20), "damaged"),
    "no file": (lambda file: _remove(file), FILE_GONE),
    "no folder": (lambda file: _move(file.parent), FILE_GONE),
    "a folder in its place": (lambda file: _folder(file), "cannot be opened"),
    "a newer schema": (
        lambda file: raw(file, f"INSERT INTO schema_version VALUES ({len(STEPS) + 1})"),
        "newer version",
    ),
    "no version": (lambda file: raw(file, "DROP TABLE schema_version"), "Tables of the database"),
    "no column": (lambda file: raw(file, "ALTER TABLE turns DROP COLUMN reported"), "Tables of the database"),
    **{
        f"no {name}": (partial(raw, statement=f"DROP TABLE {name}"), "Tables of the database")
        for name in TABLES
    },
}


def _overwrite(file: Path, content: bytes) -> None:
    raw(file, "PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as opened:
        opened.write(content)


def _cut(file: Path, part: int) -> None:
    raw(file, "PRAGMA wal_checkpoint(TRUNCATE)")
    os.truncate(file, file.stat().st_size // part)


def _remove(file: Path) -> None:
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()


def _move(folder: Path) -> None:
    folder.rename(folder.with_name("elsewhere"))


def _folder(file: Path) -> None:
    _remove(file)
    file.mkdir()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_file_is_said_and_nothing_begins_anew(kept: Store, file: Path, fault: str) -> None:
    """Without a write; what is in memory goes on, and what is not is neither empty nor made anew."""
    assert told(kept) == ""
    happen, sentence = FAULTS[fault]
    happen(file)
    assert sentence in told(kept)
    assert kept.behind is None, "nothing waits to be saved"
    assert [each.id for each in kept.conversation("ann", "c").turns] == ["one"]
    assert [entry.id for entry in kept.catalogue.at_hand("ann")] == ["c"]


@pytest.mark.parametrize("fault", ["garbage in its place", "an empty file", "no file", "no folder"])
def test_what_cannot_be_read_is_not_taken_for_new(tmp_path: Path, fault: str) -> None:
    """A message to a conversation that is not in memory is refused; the library says why it is short."""
    folder = tmp_path / "data"
    store = Store(open_engine("", folder), refold)
    store.create("ann", "c")
    end(store, begin(store, "one"))
    store.save()
    store._cache.drop("ann", "c")
    FAULTS[fault][0](folder / FILE)
    for act in (store.conversation, store.create, store.taken, store.catalogue.search):
        with pytest.raises(StoreError):
            act("ann", "c")
    with pytest.raises(StoreError):
        store.catalogue.conversations("ann")
    assert list(store.catalogue.at_hand("ann")) == []
    made = store.create("ann", "fresh", new=True)
    assert made.id == "fresh", "what is new needs no database"
    store.close(0.1)


def test_a_file_that_is_brought_back_is_gone_on_with(kept: Store, file: Path) -> None:
    """What was said meanwhile is saved in it."""
    aside = [(each, each.with_name(f"aside-{each.name}")) for each in file.parent.glob(f"{file.name}*")]
    for each, place in aside:
        each.rename(place)
    stored = begin(kept, "two")
    say(stored, "meanwhile")
    end(kept, stored)
    until(lambda: kept.behind)
    assert FILE_GONE in told(kept)
    assert not file.exists(), "an empty one would look as if all were well"
    for each, place in aside:
        place.rename(each)
    until(lambda: not told(kept))
    kept.save()
    again = Store(open_engine("", file.parent), refold)
    assert [text_of(each.turn) for each in again.conversation("ann", "c").turns] == ["kept", "meanwhile"]
    again.close()


def test_a_lock_that_is_held_for_long_is_no_trouble_before_something_waits(kept: Store, file: Path) -> None:
    """Then it is said, and is over with the lock; the look does not wait for it."""
    with closing(sqlite3.connect(file, isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        assert told(kept) == ""
        end(kept, begin(kept, "two"))
        until(lambda: "locked" in told(kept))
        lock.execute("ROLLBACK")
    until(lambda: not told(kept))


def test_a_file_that_takes_no_changes_is_said(
    kept: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may write to anything: the answer of the system is stood in for."""
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != file)
    assert "read-only" in told(kept)


def test_many_who_ask_have_one_look(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody waits longer than the first: it cannot be used to overload anything."""
    looks: list[float] = []

    def slow(_engine: Engine) -> None:
        looks.append(time.monotonic())
        time.sleep(3)

    monkeypatch.setattr(health, "_check_file", slow)
    answers: list[str | None] = []
    asking = [Thread(target=lambda: answers.append(kept.trouble())) for _ in range(50)]
    began = time.monotonic()
    for each in asking:
        each.start()
    for each in asking:
        each.join()
    assert time.monotonic() - began < LIMIT + 1
    assert answers == [health.SILENT] * 50
    assert len(looks) == 1
    until(lambda: len(looks) == 1 and kept._health._run is None)


def test_a_look_writes_nothing(kept: Store, file: Path) -> None:
    kept.close()
    before = {each.name: (each.stat().st_mtime_ns, each.read_bytes()) for each in file.parent.iterdir()}
    assert told(kept) == ""
    assert file.name in before
    assert {file.name: (file.stat().st_mtime_ns, file.read_bytes())} == {file.name: before[file.name]}


def test_a_password_with_an_at_sign_is_not_told_as_a_host() -> None:
    with pytest.raises(SettingsError) as refused:
        open_engine("postgresql://name:pass@word@localhost/database", Path())
    assert "word" not in str(refused.value).replace("password", "")
    assert "%40" in str(refused.value)


@pytest.fixture
def own_server() -> Iterator[str]:
    with server() as url:
        yield url


def children(url: str) -> list[int]:
    """The server's process, and those that it has started."""
    port = url.rpartition(":")[2].partition("/")[0]
    found = subprocess.run(
        ["pgrep", "-f", f"postgres.*-p {port}"], capture_output=True, text=True, check=True
    )
    (leader,) = [int(line) for line in found.stdout.split()][:1]
    below = subprocess.run(["pgrep", "-P", str(leader)], capture_output=True, text=True, check=False)
    return [leader, *(int(line) for line in below.stdout.split())]


def test_a_server_that_hangs_is_said_in_time_and_is_well_again_afterwards(
    own_server: str, tmp_path: Path
) -> None:
    """It takes connections and says nothing more."""
    store = Store(open_engine(own_server, tmp_path), refold)
    assert told(store) == ""
    stopped = children(own_server)
    for process in stopped:
        os.kill(process, signal.SIGSTOP)
    try:
        for _ in range(3):
            assert answered(store)
    finally:
        for process in stopped:
            os.kill(process, signal.SIGCONT)
    until(lambda: not answered(store))
    store.close()


def test_a_server_that_is_away_or_lets_nobody_in_is_said_and_the_password_is_not(
    postgres: str, tmp_path: Path
) -> None:
    """Each with the server's own words."""
    there = postgres.partition("@")[2]
    port = there.rpartition(":")[2].partition("/")[0]
    for url, sentence in (
        ("postgresql://tests:planted-secret@127.0.0.1:9/postgres", "refused"),
        (f"postgresql://nobody:planted-secret@127.0.0.1:{port}/postgres", "nobody"),
        (f"postgresql://tests:planted-secret@127.0.0.1:{port}/none", "none"),
    ):
        store = Store(open_engine(url, tmp_path), refold)
        assert sentence in told(store)
        assert "planted" not in told(store)
        store.close(0.1)


@pytest.mark.parametrize(
    ("statement", "sentence", "mended"),
    [
        (
            "REVOKE INSERT ON turns FROM writer",
            "does not allow this app to INSERT in turns",
            "GRANT INSERT ON turns TO writer",
        ),
        ("REVOKE SELECT ON queue FROM writer", "permission denied", "GRANT SELECT ON queue TO writer"),
        (
            "ALTER ROLE writer SET default_transaction_read_only = on",
            "takes no changes",
            "ALTER ROLE writer RESET ALL",
        ),
        (
            "ALTER TABLE turns RENAME COLUMN body TO corpus",
            "body",
            "ALTER TABLE turns RENAME COLUMN corpus TO body",
        ),
        ("ALTER TABLE presets RENAME TO settings", "presets", "ALTER TABLE settings RENAME TO presets"),
        (
            "INSERT INTO schema_version VALUES (99)",
            "newer version",
            "DELETE FROM schema_version WHERE number = 99",
        ),
        ("ALTER ROLE writer NOLOGIN", "not permitted to log in", "ALTER ROLE writer LOGIN"),
    ],
)
def test_whatever_is_wrong_in_postgresql_is_said_and_is_over_when_it_is_mended(
    empty_postgres: str, tmp_path: Path, statement: str, sentence: str, mended: str
) -> None:
    """By a look that has a connection of its own: what others have may still work."""
    admin = open_engine(empty_postgres, tmp_path)
    Store(open_engine(empty_postgres, tmp_path), refold).close()
    with admin.begin() as connection:
        connection.execute(text("DROP ROLE IF EXISTS writer"))
        connection.execute(text("CREATE ROLE writer LOGIN"))
        connection.execute(text("GRANT ALL ON ALL TABLES IN SCHEMA public TO writer"))
        connection.execute(text("GRANT ALL ON SCHEMA public TO writer"))
    store = Store(open_engine(empty_postgres.replace("//tests@", "//writer@"), tmp_path), refold)
    assert told(store) == ""
    with admin.begin() as connection:
        connection.execute(text(statement))
    assert sentence in told(store)
    with admin.begin() as connection:
        connection.execute(text(mended))
    assert told(store) == ""
    store.close()
    with admin.begin() as connection:
        connection.execute(text("DROP OWNED BY writer"))
        connection.execute(text("DROP ROLE writer"))
    admin.dispose()


def test_a_server_that_starts_anew_loses_nothing(own_server: str, tmp_path: Path) -> None:
    """What was said while its connections were cut is saved after."""
    store = Store(open_engine(own_server, tmp_path), refold)
    store.create("ann", "c")
    stored = begin(store, "one")
    killer = open_engine(own_server, tmp_path)
    for piece in ("a", "b", "c"):
        with killer.connect() as connection:
            others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            connection.execute(text(others))
        say(stored, piece)
    end(store, stored)
    killer.dispose()
    until(lambda: not store._writer.unsaved())
    assert told(store) == ""
    store._cache.drop("ann", "c")
    assert text_of(store.conversation("ann", "c").turns[0].turn) == "abc"
    store.close()


def test_a_row_that_is_locked_by_another_program_holds_up_only_what_needs_it(
    empty_postgres: str, tmp_path: Path
) -> None:
    """The look does not wait for it."""
    store = Store(open_engine(empty_postgres, tmp_path), refold)
    store.create("ann", "c")
    end(store, begin(store, "one"))
    store.save()
    other = open_engine(empty_postgres, tmp_path)
    with other.begin() as connection:
        connection.execute(text("SELECT id FROM conversations FOR UPDATE"))
        assert told(store) == ""
        began = time.monotonic()
        end(store, begin(store, "two"))
        assert time.monotonic() - began < LIMIT + 2, "memory decides"
    store.save()
    store._cache.drop("ann", "c")
    assert [each.parent for each in store.conversation("ann", "c").turns] == [None, "one"]
    store.close()
    other.dispose()


def test_what_has_no_owner_here_is_not_found(kept: Store) -> None:
    """A working database still says what is not there."""
    with pytest.raises(NotFound):
        kept.conversation("bob", "c")
    with pytest.raises(NotFound):
        kept.create("bob", "c")
    kept.delete("ann", "c")
    with pytest.raises(NotFound, match="deleted"):
        kept.create("ann", "c")
    assert background.summary() is None
