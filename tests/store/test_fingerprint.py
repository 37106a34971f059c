"""Once a conversation is saved, memory and the database have the same fingerprint of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from interactions.conversations.conversation import Conversation, Prompt, new_id
from interactions.store.database import open_engine, reading
from interactions.store.fingerprint import (
    Fingerprint,
    fingerprint,
    newest,
    stored_fingerprint,
    stored_newest,
)
from interactions.store.store import Store
from tests.store.turns import OPTIONS, end, refold, say


def enqueue(store: Store, id: str) -> None:
    store.enqueue("ann", id, Prompt(new_id(), "Hello", OPTIONS))


def begin(store: Store, id: str) -> None:
    store.turns.begin_next("ann", id)


def finish(store: Store, id: str) -> None:
    found = cached(store, id)
    if found.running:
        say(found.turns[-1], "text")
        end(store, found.turns[-1])


def cached(store: Store, id: str) -> Conversation:
    """Deleted or not."""
    return store._lookup.find("ann", id).value


ACTS: dict[str, Callable[[Store, str], object]] = {
    "enqueue": enqueue,
    "begin": begin,
    "finish": finish,
    "remove": lambda store, id: [store.remove("ann", id, each.id) for each in cached(store, id).queue[:1]],
    "rename": lambda store, id: store.rename("ann", id, "a \0 title"),
    "pin": lambda store, id: store.pin("ann", id),
    "delete": lambda store, id: store.delete("ann", id),
    "restore": lambda store, id: store.restore("ann", id),
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return open_engine("", tmp_path_factory.mktemp("fingerprint"))


@pytest.fixture(scope="module")
def shared(engine: Engine) -> Iterator[Store]:
    store = Store(engine, refold)
    yield store
    store.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(acts=st.lists(st.sampled_from(sorted(ACTS)), max_size=12))
def test_both_sides_name_the_same_facts(shared: Store, engine: Engine, acts: list[str]) -> None:
    """Otherwise a conversation would be read anew at each look, or never."""
    id = new_id()
    shared.create("ann", id)
    for act in acts:
        ACTS[act](shared, id)
    shared.save()
    found = cached(shared, id)
    with reading(engine) as connection:
        assert stored_newest(connection, id) == newest(found)
        assert stored_fingerprint(connection, "ann", id) == fingerprint(found)


@pytest.mark.parametrize("act", sorted(ACTS))
def test_everything_that_is_done_changes_the_fingerprint(store: Store, act: str) -> None:
    """So other processes notice it."""
    before: dict[str, tuple[str, ...]] = {
        "begin": ("enqueue",),
        "finish": ("enqueue", "begin"),
        "remove": ("enqueue",),
        "restore": ("delete",),
    }
    for earlier in before.get(act, ()):
        ACTS[earlier](store, "c")
    seen = fingerprint(cached(store, "c"))
    ACTS[act](store, "c")
    assert fingerprint(cached(store, "c")) != seen


def test_nobody_has_a_fingerprint_of_what_is_anothers(store: Store, url: str) -> None:
    """Nor of what there is not."""
    store.save()
    engine = open_engine(url, Path())
    with reading(engine) as connection:
        assert isinstance(stored_fingerprint(connection, "ann", "c"), Fingerprint)
        assert stored_fingerprint(connection, "bob", "c") is None
        assert stored_fingerprint(connection, "ann", "other") is None
    engine.dispose()
