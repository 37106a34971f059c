"""Turns whose process is gone: another one takes each of them up, once, and the old one writes no more."""

from __future__ import annotations

from typing import NoReturn

import pytest
from sqlalchemy import text

from interactions.errors import StoreError
from interactions.store.database import open_engine
from interactions.store.leases import Abandoned, take_abandoned
from interactions.store.rows import unreadable
from interactions.store.store import Store
from interactions.turns.turn import text_of
from tests.store.conftest import Open
from tests.store.turns import begin, end, say
from tests.waiting import until


def expire(store: Store) -> None:
    """As if the holders had not been heard of for a while."""
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE turns SET holder = holder || '/gone', lease_until = 1"))


def test_a_turn_with_a_lease_is_left_alone(store: Store, open_store: Open) -> None:
    stored = begin(store, "p")
    say(stored, "one ")
    store.save()
    assert open_store().turns.take_abandoned() == []


def test_an_abandoned_turn_goes_on_with_every_durable_frame(store: Store, open_store: Open) -> None:
    """In the process that took it; its frames are those that were saved, and those that follow."""
    stored = begin(store, "p")
    say(stored, "one ", "two ")
    store.save()
    expire(store)
    other = open_store()
    ((owner, taken),) = other.turns.take_abandoned()
    assert (owner, taken.id, taken.epoch) == ("ann", "p", 2)
    assert text_of(taken.turn) == "one two "
    assert other.conversation("ann", "c").running
    say(taken, "three")
    end(other, taken)
    other.save()
    again = open_store().conversation("ann", "c").turns[0]
    assert (text_of(again.turn), again.turn.status) == ("one two three", "completed")


def test_of_two_processes_one_takes_a_turn_up(store: Store, open_store: Open) -> None:
    begin(store, "p")
    store.save()
    expire(store)
    one, other = open_store(), open_store()
    assert len(one.turns.take_abandoned()) + len(other.turns.take_abandoned()) == 1


def test_a_turn_that_could_not_be_read_when_it_was_taken_is_taken_again(
    store: Store, open_store: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the same process, which is its holder and has not begun with it."""
    stored = begin(store, "p")
    say(stored, "one ")
    store.save()
    expire(store)
    other = open_store()

    def unread(_abandoned: Abandoned) -> NoReturn:
        raise StoreError("Not now.")

    with monkeypatch.context() as patch:
        patch.setattr(other.turns, "_taken", unread)
        assert other.turns.take_abandoned() == []
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE turns SET lease_until = 1"))
    ((_, taken),) = other.turns.take_abandoned()
    assert (text_of(taken.turn), taken.epoch) == ("one ", 3)
    assert other.turns.take_abandoned() == []


def test_a_turn_that_runs_here_is_not_taken_when_its_lease_could_not_be_renewed(store: Store) -> None:
    """The database may have been locked for longer than a lease lasts."""
    begin(store, "p")
    store.save()
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE turns SET lease_until = 1"))
    assert store.turns.take_abandoned() == []


def test_a_turn_that_nobody_can_read_is_given_up_by_whoever_takes_it(store: Store, open_store: Open) -> None:
    """Its conversation goes on, and what is stored of it stays as it is."""
    stored = begin(store, "p")
    say(stored, "one ")
    store.save()
    with store._engine.begin() as connection:
        connection.execute(text("UPDATE frames SET packed = :packed"), {"packed": b"garbage"})
    expire(store)
    other = open_store()
    assert other.turns.take_abandoned() == []
    found = other.conversation("ann", "c")
    assert not found.running
    assert unreadable(found.turns[0].turn)
    assert other.turns.take_abandoned() == []
    end(other, begin(other, "q"))
    other.save()
    with store._engine.begin() as connection:
        assert b"garbage" in {bytes(row) for row in connection.scalars(text("SELECT packed FROM frames"))}


def test_a_process_that_was_stalled_writes_no_more_into_a_turn_that_it_has_lost(
    store: Store, open_store: Open, url: str
) -> None:
    """Its late frames are refused, it is told, and its pages see the other's stream."""
    lost: list[str] = []
    store.turns._lost = lost.append
    stored = begin(store, "p")
    say(stored, "one ")
    store.save()
    expire(store)
    other = open_store()
    ((_, taken),) = other.turns.take_abandoned()
    say(stored, "late ")
    store.save()
    assert lost == ["p"]
    end(store, stored)
    say(taken, "two")
    end(other, taken)
    other.save()
    until(lambda: store.conversation("ann", "c").turns[0].journal.closed)
    for each in (store, open_store()):
        assert text_of(each.conversation("ann", "c").turns[0].turn) == "one two"


def test_a_late_end_is_refused_as_well(store: Store, open_store: Open) -> None:
    stored = begin(store, "p")
    store.save()
    expire(store)
    other = open_store()
    ((_, taken),) = other.turns.take_abandoned()
    end(store, stored, "failed")
    store.save()
    say(taken, "two")
    end(other, taken)
    other.save()
    assert open_store().conversation("ann", "c").turns[0].turn.status == "completed"


def test_a_process_that_ends_in_order_leaves_its_turns_at_once(store: Store, open_store: Open) -> None:
    """Nobody waits for a lease that its holder has given back."""
    stored = begin(store, "p")
    say(stored, "one ")
    store.close()
    engine = open_engine(str(store._engine.url.render_as_string(hide_password=False)), None)  # type: ignore[arg-type]  # the folder is for a default file
    with engine.begin() as connection:
        connection.execute(text("UPDATE turns SET holder = 'another'"))
        assert [each.turn for each in take_abandoned(connection)] == ["p"]
    engine.dispose()


def test_a_turn_that_is_over_can_be_taken_back_once_more(store: Store) -> None:
    """To ask its server again how it went on."""
    stored = begin(store, "p")
    say(stored, "one ")
    end(store, stored, "interrupted")
    taken = store.turns.take_back("ann", "c", "p")
    assert taken is not None
    assert store.turns.take_back("ann", "c", "p") is None, "it runs"
    say(taken, "two")
    end(store, taken)
    store.save()
    found = store.conversation("ann", "c").turns
    assert [(text_of(each.turn), each.turn.status) for each in found] == [("one two", "completed")]


@pytest.mark.slow
def test_what_another_process_has_done_to_a_conversation_is_seen(store: Store, open_store: Open) -> None:
    """A new turn, a new title, a message that waits."""
    end(store, begin(store, "p"))
    store.save()
    other = open_store()
    assert len(other.conversation("ann", "c").turns) == 1
    end(store, begin(store, "q"))
    store.rename("ann", "c", "Renamed")
    store.save()
    until(lambda: other.conversation("ann", "c").title == "Renamed")
    assert [each.id for each in other.conversation("ann", "c").turns] == ["p", "q"]
    until(lambda: text_of(other.conversation("ann", "c").turns[1].turn) == "")
