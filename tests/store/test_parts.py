"""Each part of the store is made alone, and does its work with no more than it is given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Engine, text

from interactions.conversations.conversation import Conversation, Prompt, Turns
from interactions.conversations.presets import Preset
from interactions.errors import NotFound, StoreError
from interactions.store import changes, journals, lookup
from interactions.store.cache import Cache
from interactions.store.catalogue import Catalogue
from interactions.store.database import open_engine
from interactions.store.health import HealthCheck
from interactions.store.journals import Journals
from interactions.store.live import LiveTurns
from interactions.store.lookup import Lookup
from interactions.store.migrations import migrate
from interactions.store.presets import Presets
from interactions.store.rows import Head
from interactions.store.store import Store
from interactions.store.writer import Writer
from interactions.turns.turn import Turn, text_of
from tests.store.conftest import Open
from tests.store.turns import OPTIONS, begin, end, refold, say
from tests.waiting import until

ENDED = Turn(status="completed", ended=True)


@pytest.fixture
def engine(url: str, tmp_path: Path) -> Iterator[Engine]:
    """A database with its tables, and nothing in them."""
    made = open_engine(url, tmp_path)
    with made.begin() as connection:
        migrate(connection)
    yield made
    made.dispose()


def no_unsaved() -> set[str]:
    return set()


def test_a_lookup_reads_a_conversation_once(engine: Engine) -> None:
    """Then it is in the cache; what is not there or is another's is not found, and says which was meant."""
    cache = Cache(no_unsaved)
    found = Lookup(engine, Journals(engine, refold), cache, no_unsaved)
    with engine.begin() as connection:
        changes.create("ann", "c")(connection)
    cached = found.find("ann", "c")
    assert cached.value.id == "c"
    assert found.find("ann", "c") is cached is cache.find("ann", "c")
    for owner, id in (("bob", "c"), ("ann", "other")):
        with pytest.raises(NotFound) as missing:
            found.find(owner, id)
        assert missing.value.conversation == id
    assert (found.exists("c"), found.exists("other")) == (True, False)


@pytest.mark.parametrize("unsaved", [True, False])
def test_a_lookup_sees_what_others_have_done_unless_memory_is_ahead(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, unsaved: bool
) -> None:
    """What is not saved here would be lost from view."""
    monkeypatch.setattr(lookup, "REFRESH", 0.0)
    ahead = (lambda: {"c"}) if unsaved else no_unsaved
    found = Lookup(engine, Journals(engine, refold), Cache(ahead), ahead)
    with engine.begin() as connection:
        changes.create("ann", "c")(connection)
    assert found.find("ann", "c").value.title == ""
    with engine.begin() as connection:
        changes.set_title("ann", "c", "Renamed", renamed=True)(connection)
    assert found.find("ann", "c").value.title == ("" if unsaved else "Renamed")


def test_a_lookup_forgets_what_is_gone_from_the_database(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A conversation that was deleted a day ago elsewhere."""
    monkeypatch.setattr(lookup, "REFRESH", 0.0)
    cache = Cache(no_unsaved)
    found = Lookup(engine, Journals(engine, refold), cache, no_unsaved)
    cache.add("ann", Conversation("c", Turns()))
    with pytest.raises(NotFound):
        found.find("ann", "c")
    assert cache.find("ann", "c") is None


def test_journals_are_loaded_when_they_are_read_and_unloaded_when_nobody_does(
    store: Store, engine: Engine
) -> None:
    """The same journal throughout, for whoever holds it."""
    stored = begin(store, "t")
    say(stored, "some ", "text")
    end(store, stored)
    store.save()
    alone = Journals(engine, refold)
    journal = alone.open(Head("t", ENDED, True, 3))
    assert (len(journal), journal.loaded) == (3, False)
    alone.trim(-1)
    assert text_of(journal.turn) == "some text"
    assert journal.loaded
    alone.trim(3600)
    assert journal.loaded
    alone.trim(-1)
    assert not journal.loaded
    assert journal.head.steps == ()
    assert text_of(journal.turn) == "some text"


def test_a_journal_of_another_process_is_followed_until_journals_are_closed(
    store: Store, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its thread ends with the turn, or with them."""
    monkeypatch.setattr(journals, "POLL", 0.01)
    alone = Journals(engine, refold)
    stored = begin(store, "t")
    say(stored, "some ")
    journal = alone.open(Head("t", Turn(), False, 0))
    until(lambda: text_of(journal.head) == "some ")
    alone.close()
    (follower,) = alone._followers
    until(lambda: not follower.is_alive())
    assert not journal.closed
    end(store, stored)


def test_live_turns_begin_and_end_with_a_writer_that_has_no_database(tmp_path: Path) -> None:
    """Memory decides, and the end of one begins the next."""
    (tmp_path / "file").touch()
    engine = open_engine("", tmp_path / "file")
    writer = Writer(engine, migrate)
    cache, kept = Cache(writer.unsaved), Journals(engine, refold)
    found = Lookup(engine, kept, cache, writer.unsaved)
    turns = LiveTurns(engine, found, cache, kept, writer, lambda _turn: None)
    cached = cache.add("ann", Conversation("c", Turns()))
    cached.new = True
    assert turns.begin_next("ann", "c") is None, "nothing waits"
    cached.change(queue=tuple(Prompt(name, name, OPTIONS) for name in ("one", "two")))
    assert turns.begin_next("ann", "c", ready=lambda _prompt: False) is None
    first = turns.begin_next("ann", "c")
    assert first is not None
    assert turns.begin_next("ann", "c") is None, "one runs"
    first.journal.append([], msgspec.structs.replace(ENDED, id="v1_one"))
    second = turns.finish("ann", first)
    assert second is not None
    assert (second.id, second.parent, second.previous_interaction_id) == ("two", "one", "v1_one")
    with pytest.raises(StoreError):
        turns.unblocked()


def test_a_turn_that_cannot_be_read_is_named_by_the_error(store: Store, open_store: Open) -> None:
    """Whoever catches it knows which one was given up."""
    stored = begin(store, "t")
    say(stored, "some")
    end(store, stored, "interrupted")
    store.save()
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE frames SET packed = :packed"), {"packed": b"garbage"})
    with pytest.raises(StoreError, match="cannot be read") as refused:
        open_store().turns.take_back("ann", "c", "t")
    assert (refused.value.conversation, refused.value.turn) == ("c", "t")


def test_a_library_lists_what_is_saved_and_what_is_not(engine: Engine) -> None:
    """A conversation that memory has in a later state is listed as it is there, once."""
    unsaved: set[str] = set()
    cache = Cache(lambda: unsaved)
    library = Catalogue(engine, cache)
    with engine.begin() as connection:
        for id in ("a", "b"):
            changes.create("ann", id)(connection)
            connection.execute(text("UPDATE conversations SET touched = 1 WHERE id = :id"), {"id": id})
    assert [entry.id for entry in library.conversations("ann")] == ["b", "a"]
    cache.add("ann", Conversation("b", Turns(), deleted=True))
    assert [entry.id for entry in library.conversations("ann")] == ["b", "a"]
    unsaved.add("b")
    assert [entry.id for entry in library.conversations("ann")] == ["a"]
    assert list(library.at_hand("ann")) == []


def test_presets_and_the_health_check_need_a_database_alone(engine: Engine) -> None:
    """Nothing else of the store."""
    presets = Presets(engine)
    presets.put("ann", [Preset("a", "", OPTIONS), Preset("b", "", OPTIONS)])
    presets.remove("ann", "a")
    assert [each.name for each in presets.all("ann")] == ["b"]
    assert HealthCheck(engine).trouble() is None
