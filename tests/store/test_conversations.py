"""The store: owners, queues, and the chain."""

from __future__ import annotations

import pytest

from interactions.conversations.conversation import Prompt, StoredTurn
from interactions.conversations.request import Options
from interactions.errors import NotFound
from interactions.store.store import Store
from tests.store.turns import OPTIONS, begin, end

pytestmark = pytest.mark.slow


def test_another_owner_sees_nothing(store: Store) -> None:
    """What belongs to somebody else does not exist."""
    end(store, begin(store, "one"), "completed")
    assert store.catalogue.conversations("bob") == []
    with pytest.raises(NotFound, match="another browser"):
        store.conversation("bob", "c")


def test_one_turn_runs_at_a_time_and_the_next_waits_for_it(store: Store) -> None:
    """The second message is queued until the first turn has ended, then it is the next turn at once."""
    first = begin(store, "one")
    store.enqueue("ann", "c", Prompt("two", "two", OPTIONS))
    assert store.turns.begin_next("ann", "c") is None
    following = end(store, first, "completed")
    assert following is not None
    assert following.previous_interaction_id == "v1_one"
    assert store.conversation("ann", "c").queue == ()


@pytest.mark.parametrize("status", ["completed", "requires_action", "incomplete"])
def test_the_chain_advances_to_what_the_server_keeps(store: Store, status: str) -> None:
    """The next turn names the newest interaction that can be built upon."""
    end(store, begin(store, "one"), status)
    assert store.conversation("ann", "c").previous_interaction_id == "v1_one"


@pytest.mark.parametrize("status", ["failed", "cancelled", "interrupted", "budget_exceeded"])
def test_a_turn_that_did_not_end_well_is_left_out_of_the_chain_and_holds_the_queue(
    store: Store, status: str
) -> None:
    """The turn before it stays the parent, and nothing is sent by itself."""
    end(store, begin(store, "one"), "completed")
    second = begin(store, "two")
    store.enqueue("ann", "c", Prompt("three", "three", OPTIONS))
    assert end(store, second, status) is None
    found = store.conversation("ann", "c")
    assert found.previous_interaction_id == "v1_one"
    assert [prompt.id for prompt in found.queue] == ["three"]


def test_what_is_not_stored_cannot_be_built_upon(store: Store) -> None:
    """`store: false` leaves nothing on the server to name."""
    end(store, begin(store, "one"), "completed", kept=False)
    assert store.conversation("ann", "c").previous_interaction_id is None


UNSTORED = Options("m", store=False)


def ids(stored: StoredTurn) -> list[str]:
    return [turn.id for turn in stored.history]


def test_a_turn_that_is_not_stored_takes_the_whole_history_along(store: Store) -> None:
    """It names no interaction, also where there is one; what did not end well is left out."""
    end(store, begin(store, "one"), "completed")
    end(store, begin(store, "two"), "failed")
    end(store, begin(store, "three", UNSTORED), "incomplete", kept=False)
    fourth = begin(store, "four", UNSTORED)
    assert (fourth.previous_interaction_id, ids(fourth)) == (None, ["v1_one", "v1_three"])


def test_a_stored_turn_takes_along_what_no_interaction_holds(store: Store) -> None:
    """All since the newest interaction that it can name; from then on that one holds it."""
    end(store, begin(store, "one"), "completed")
    end(store, begin(store, "two", UNSTORED), "completed", kept=False)
    third = begin(store, "three")
    assert (third.previous_interaction_id, ids(third)) == ("v1_one", ["v1_two"])
    end(store, third, "completed")
    fourth = begin(store, "four")
    assert (fourth.previous_interaction_id, ids(fourth)) == ("v1_three", [])


def test_no_account_names_the_interactions_of_another(store: Store) -> None:
    """Turns that were made with another key are sent along, whoever stored them."""
    end(store, begin(store, "one"), "completed")
    second = begin(store, "two", account="visitor")
    assert (second.previous_interaction_id, ids(second)) == (None, ["v1_one"])
    end(store, second, "completed")
    third = begin(store, "three", account="visitor")
    assert (third.previous_interaction_id, ids(third)) == ("v1_two", [])
    end(store, third, "completed")
    back = begin(store, "four")
    assert (back.previous_interaction_id, ids(back)) == ("v1_one", ["v1_two", "v1_three"])


def test_what_a_queued_turn_builds_on_is_read_when_it_begins(store: Store) -> None:
    """The turn before it belongs to its history."""
    first = begin(store, "one", UNSTORED)
    store.enqueue("ann", "c", Prompt("two", "two", UNSTORED))
    following = end(store, first, "completed", kept=False)
    assert following is not None
    assert ids(following) == ["v1_one"]


def test_a_waiting_message_can_be_taken_back(store: Store) -> None:
    """And one that is a turn already cannot: removing it then changes nothing."""
    first = begin(store, "one")
    store.enqueue("ann", "c", Prompt("two", "two", OPTIONS))
    assert store.remove("ann", "c", "two")
    assert not store.remove("ann", "c", "one")
    assert end(store, first, "completed") is None
    assert [stored.id for stored in store.conversation("ann", "c").turns] == ["one"]


def test_conversations_come_newest_first(store: Store) -> None:
    """By their last turn; one without turns is not listed."""
    store.create("ann", "empty")
    end(store, begin(store, "one"), "completed")
    store.create("ann", "d")
    store.enqueue("ann", "d", Prompt("x", "x", OPTIONS))
    store.turns.begin_next("ann", "d")
    assert [found.id for found in store.catalogue.conversations("ann")] == ["d", "c"]
