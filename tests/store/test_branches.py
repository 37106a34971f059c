"""A history is a tree: every turn names the one that it follows."""

from __future__ import annotations

from interactions.conversations.conversation import Prompt, StoredTurn
from interactions.store.store import Store
from interactions.turns.turn import text_of
from tests.store.conftest import Open
from tests.store.turns import OPTIONS, begin, end, say


def follow(store: Store, name: str, after: str = "", *, fork: bool = False) -> StoredTurn:
    """A whole turn; its text is its id."""
    store.enqueue("ann", "c", Prompt(name, name, OPTIONS, after=after, fork=fork))
    stored = store.turns.begin_next("ann", "c")
    assert stored is not None
    say(stored, name)
    end(store, stored)
    return stored


def tree(store: Store) -> None:
    """a - b - c, and beside b: B, and beside B: x - y, in the order a b c B x y; and beside a: A."""
    follow(store, "a")
    follow(store, "b")
    follow(store, "c")
    follow(store, "B", "a", fork=True)
    follow(store, "x", "a", fork=True)
    follow(store, "y", "x")


def ids(turns: object) -> list[str]:
    assert hasattr(turns, "__iter__")
    return [stored.id for stored in turns]


def test_a_fork_follows_the_turn_that_it_names(store: Store, open_store: Open) -> None:
    """One id is sent: that of the turn before; here and in any other process."""
    tree(store)
    store.save()
    for each in (store, open_store()):
        found = each.conversation("ann", "c")
        assert ids(found.line("c")) == ["a", "b", "c"]
        assert ids(found.line("B")) == ["a", "B"]
        assert ids(found.line(found.leaf())) == ["a", "x", "y"]
        assert {stored.id: stored.previous_interaction_id for stored in found.turns} == {
            "a": None,
            "b": "v1_a",
            "c": "v1_b",
            "B": "v1_a",
            "x": "v1_a",
            "y": "v1_x",
        }


def test_siblings_are_in_the_order_of_their_beginnings(store: Store) -> None:
    tree(store)
    found = store.conversation("ann", "c")
    seen = found.along("b")
    assert ids(seen.turns) == ["a", "b", "c"]
    assert [list(seen.siblings(stored)) for stored in seen.turns] == [["a"], ["b", "B", "x"], ["c"]]


def test_a_message_goes_on_with_the_line_that_its_sender_saw(store: Store) -> None:
    """Not with the newest turn of another line."""
    tree(store)
    assert follow(store, "d", "b").parent == "c"
    assert follow(store, "C", "B").parent == "B"
    assert follow(store, "e").parent == "C", "without a line it is the newest turn"


def test_the_first_message_can_be_said_anew(store: Store) -> None:
    """Its sibling has no history."""
    tree(store)
    stored = follow(store, "A", fork=True)
    assert (stored.parent, stored.previous_interaction_id) == (None, None)
    assert list(store.conversation("ann", "c").siblings(stored)) == ["a", "A"]


def test_two_messages_for_one_line_never_fork_it(store: Store) -> None:
    """Sent from two tabs at once, one follows the other."""
    follow(store, "a")
    running = begin(store, "b")
    for name in ("c", "d"):
        store.enqueue("ann", "c", Prompt(name, name, OPTIONS, after="a"))
    following = end(store, running)
    assert following is not None
    following = end(store, following)
    assert following is not None
    end(store, following)
    found = store.conversation("ann", "c")
    assert ids(found.line("d")) == ["a", "b", "c", "d"]


def test_a_conversation_can_go_on_elsewhere_from_any_turn(store: Store, open_store: Open) -> None:
    """The copy has the turns that led there, their journals and their words, and nothing of other lines."""
    tree(store)
    made = store.fork("ann", "c", "b")
    for each in (store, open_store()):
        found = each.conversation("ann", made)
        assert [text_of(stored.turn) for stored in found.turns] == ["a", "b"]
        assert found.turns[1].parent == found.turns[0].id
        assert found.previous_interaction_id == "v1_b"
        assert made in {entry.id for entry in each.catalogue.search("ann", "b")}
    store.delete("ann", "c")
    store.save()
    assert [text_of(stored.turn) for stored in open_store().conversation("ann", made).turns] == ["a", "b"]
