"""What has happened is in the database soon, or it is said that it is not; and another process finds it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, insert, text

from interactions.conversations.conversation import Prompt
from interactions.errors import NotFound, StoreError
from interactions.store import journals, queries
from interactions.store.context import context_of
from interactions.store.database import open_engine
from interactions.store.schema import turns
from interactions.store.store import Store
from interactions.turns.turn import text_of
from tests.store.conftest import Open
from tests.store.turns import OPTIONS, begin, end, refold, say

pytestmark = pytest.mark.slow


def within(seconds: float, true: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return bool(true())


def test_a_frame_is_there_for_a_second_connection_soon_after_it_came(store: Store, url: str) -> None:
    """250 ms is the promise; a busy machine is given two seconds. In order, and whole."""
    engine = open_engine(url, Path())
    stored = begin(store, "one")
    for count in (1, 2, 3):
        say(stored, "word " * count)
        with engine.connect() as connection:
            assert within(2, lambda: len(queries.frames_of(connection, "one")) == count)  # noqa: B023 (called here)
            assert queries.frames_of(connection, "one") == list(stored.journal.slice(0, count))
    engine.dispose()


def test_another_process_finds_all_of_it(store: Store, open_store: Open) -> None:
    """Turns with their journals, the chain, what waits and the title."""
    first = begin(store, "one")
    say(first, "Hello ", "there")
    end(store, first)
    second = begin(store, "two")
    for waiting in ("three", "four", "five"):
        store.enqueue("ann", "c", Prompt(waiting, waiting, OPTIONS))
    store.remove("ann", "c", "four")
    end(store, second, "failed")
    store.save()
    found = open_store().conversation("ann", "c")
    assert [stored.id for stored in found.turns] == ["one", "two"]
    assert [stored.parent for stored in found.turns] == [None, "one"]
    assert [prompt.id for prompt in found.queue] == ["three", "five"]
    assert (found.title, found.previous_interaction_id) == ("one", "v1_one")
    known = store.conversation("ann", "c").turns
    for one, other in zip(found.turns, known, strict=True):
        assert one.journal.since(0) == other.journal.since(0)
        assert (one.prompt, one.created) == (other.prompt, other.created)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(statuses=st.lists(st.sampled_from(["completed", "failed", "incomplete"]), max_size=30))
def test_a_stored_conversation_builds_on_what_the_live_one_does(tmp_path: Path, statuses: list[str]) -> None:
    """However many of its turns are read, and whichever of them ended well."""
    folder = tmp_path / str(time.monotonic_ns())
    live = Store(open_engine("", folder), refold)
    live.create("ann", "c")
    for number, status in enumerate(statuses):
        end(live, begin(live, f"t{number}"), status)
    live.close()
    again = Store(open_engine("", folder), refold)
    one, other = live.conversation("ann", "c"), again.conversation("ann", "c")
    for store in (True, False):
        assert context_of(one, "", store).history == context_of(other, "", store).history
        assert context_of(one, "", store)[0] == context_of(other, "", store)[0]
    assert [stored.id for stored in one.turns] == [stored.id for stored in other.turns]
    again.close()


def test_earlier_turns_are_read_when_they_are_asked_for(store: Store, open_store: Open) -> None:
    """Opening a conversation reads the newest heads and no frame."""
    for number in range(30):
        end(store, begin(store, f"t{number}"))
    store.save()
    again = open_store()
    found = again.conversation("ann", "c")
    assert len(found.turns) == 30
    assert not again._journals._loaded
    assert [stored.id for stored in found.turns[-2:]] == ["t28", "t29"]
    assert found.turns[0].id == "t0"
    assert [stored.id for stored in found.turns] == [f"t{number}" for number in range(30)]


def test_the_model_that_has_answered_is_known_without_its_frames(store: Store, open_store: Open) -> None:
    """Its prices hold, whichever was asked for."""
    end(store, begin(store, "one"), model="another")
    store.save()
    (stored,) = open_store().conversation("ann", "c").turns
    assert (stored.prompt.options.model, stored.head.model, stored.head.steps) == ("m", "another", ())


def test_a_journal_that_rests_comes_back_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It stays the same journal for whoever holds it."""
    monkeypatch.setattr(journals, "MOST_FRAMES", 3)
    made = [begin(store, "one")]
    say(made[0], "first")
    end(store, made[0])
    made.append(begin(store, "two"))
    say(made[1], "second ", "answer")
    end(store, made[1])
    store.save()
    assert within(2, lambda: made[0].journal.head.steps == ())
    assert len(made[0].journal) == 2
    assert text_of(made[0].turn) == "first"
    assert text_of(made[1].turn) == "second answer"


def test_two_tabs_cannot_fork(open_store: Open, store: Store) -> None:
    """Whoever is second waits in the queue; every turn names the one before it."""
    begin(store, "one")
    for tab in ("left", "right"):
        store.enqueue("ann", "c", Prompt(tab, tab, OPTIONS))
        assert store.turns.begin_next("ann", "c") is None
    following = end(store, store.conversation("ann", "c").turns[-1])
    assert following is not None
    end(store, following)
    store.save()
    assert [stored.parent for stored in open_store().conversation("ann", "c").turns] == [None, "one", "left"]


def test_nobody_writes_into_a_conversation_of_another(store: Store, open_store: Open) -> None:
    """Not even one that this process has never read."""
    end(store, begin(store, "one"))
    store.save()
    other = open_store()
    with pytest.raises(NotFound):
        other.create("bob", "c")
    with pytest.raises(NotFound):
        other.enqueue("bob", "c", Prompt("evil", "evil", OPTIONS))
    other.save()
    assert [stored.id for stored in open_store().conversation("ann", "c").turns] == ["one"]


def test_a_turn_of_a_living_process_is_followed_to_its_end(store: Store, open_store: Open) -> None:
    """Nobody closes it before its lease has ended."""
    stored = begin(store, "one")
    say(stored, "live ")
    store.save()
    (seen,) = open_store().conversation("ann", "c").turns
    assert not seen.journal.closed
    say(stored, "text")
    assert within(5, lambda: text_of(seen.journal.head) == "live text")
    end(store, stored)
    assert within(5, lambda: seen.journal.closed)
    assert seen.turn.status == "completed"


def test_while_the_database_is_locked_all_goes_on_and_is_saved_later(tmp_path: Path) -> None:
    """The sentence says so; nothing is lost, and the order stays."""
    store = Store(open_engine("", tmp_path), refold)
    store.create("ann", "c")
    store.save()
    lock = sqlite3.connect(tmp_path / "conversations.sqlite3", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    stored = begin(store, "one")
    say(stored, "a", "b", "c")
    end(store, stored)
    assert within(6, lambda: store.behind)
    behind = store.behind
    assert behind is not None
    assert behind.frames == 4
    assert within(6, lambda: store.behind and "locked" in store.behind.reason)
    assert text_of(store.conversation("ann", "c").turns[-1].turn) == "abc"
    assert [entry.id for entry in store.catalogue.conversations("ann")] == ["c"]
    lock.execute("ROLLBACK")
    lock.close()
    assert within(10, lambda: store.behind is None)
    store.close()
    again = Store(open_engine("", tmp_path), refold)
    assert text_of(again.conversation("ann", "c").turns[-1].turn) == "abc"
    again.close()


def test_on_a_full_disk_all_goes_on_and_is_saved_when_there_is_room(tmp_path: Path) -> None:
    """SQLite is given no more pages, which it reports as it does a full disk."""
    engine, room = open_engine("", tmp_path), [60]

    @event.listens_for(engine, "begin")
    def limit(connection: Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {room[0]}")

    store = Store(engine, refold)
    store.create("ann", "c")
    stored = begin(store, "one")
    say(stored, *["x" * 50_000] * 10)
    end(store, stored)
    assert within(6, lambda: store.behind and store.behind.reason == "The disk is full: make room.")
    assert text_of(store.conversation("ann", "c").turns[-1].turn) == "x" * 500_000
    room[0] = 100_000
    assert within(10, lambda: store.behind is None)
    store.close()
    again = Store(open_engine("", tmp_path), refold)
    assert text_of(again.conversation("ann", "c").turns[-1].turn) == "x" * 500_000
    again.close()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_without_a_usable_file_conversations_live_in_memory(tmp_path: Path, kind: str) -> None:
    """And are saved as soon as there is one."""
    if kind == "folder":
        (tmp_path / "data").write_text("in the way of the folder")
        obstacle = tmp_path / "data"
    else:
        (tmp_path / "data").mkdir()
        obstacle = tmp_path / "data" / "conversations.sqlite3"
        obstacle.write_bytes(b"this is no database" * 100)
    store = Store(open_engine("", tmp_path / "data"), refold)
    store.create("ann", "c", new=True)
    end(store, begin(store, "one"))
    assert store.behind is not None
    assert store.behind.reason.endswith(".")
    assert store.conversation("ann", "c").turns[-1].turn.status == "completed"
    with pytest.raises(StoreError, match="cannot be read just now"):
        store.conversation("ann", "other")
    obstacle.unlink()
    assert within(12, lambda: store.behind is None)
    store.close()
    again = Store(open_engine("", tmp_path / "data"), refold)
    assert [stored.id for stored in again.conversation("ann", "c").turns] == ["one"]
    again.close()


def test_a_lost_connection_is_made_anew(postgres: str, open_store: Open, store: Store, url: str) -> None:
    """The server ends every connection; what comes meanwhile is saved after."""
    if url != postgres:
        return
    stored = begin(store, "one")
    say(stored, "before ")
    store.save()
    killer = open_engine(postgres, Path())
    with killer.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        )
        say(stored, "after")
        end(store, stored)
        assert within(10, lambda: len(queries.frames_of(connection, "one")) == 3)
    killer.dispose()
    assert store.behind is None


def test_what_no_database_takes_holds_up_nothing_else(store: Store) -> None:
    """It is said, and the rest is saved."""

    def broken(connection: Connection) -> None:
        values = {"id": "x", "number": 1, "prompt": b"", "history": b"", "created": 0.0}
        connection.execute(insert(turns).values(conversation="none", **values))

    store._writer.submit("c", broken)
    stored = begin(store, "one")
    end(store, stored)
    assert within(5, lambda: store.behind and "will not be" in store.behind.reason)
    assert within(5, lambda: not store._writer.unsaved())


def test_a_value_is_the_first_that_was_named(open_store: Open, store: Store) -> None:
    """All processes agree on it."""
    assert store.fact("salt", b"one") == b"one"
    assert open_store().fact("salt", b"two") == b"one"
