"""A conversation that comes from elsewhere is stored whole or not at all, on both databases."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy.exc import OperationalError

from interactions.cassettes import Cassette, dump, load
from interactions.conversations.conversation import Conversation, Prompt, new_id
from interactions.errors import NotFound, StoreError
from interactions.store import changes, portable
from interactions.store.database import open_engine
from interactions.store.store import Store
from tests.store.conftest import Open
from tests.store.turns import OPTIONS, begin, end, refold, say


@pytest.fixture
def made(store: Store) -> Conversation:
    """As a file would bring it: more frames than one row takes, and a text that no database takes."""
    for prompt in ("first", "second"):
        turn = begin(store, prompt)
        say(turn, *["word "] * (2_500 if prompt == "second" else 3))
        end(store, turn)
    store.save()  # nothing of it is still being written when a test plants its failures
    first, second = portable.cassette_of(store.conversation("ann", "c")).turns
    cassette = Cassette("first", (msgspec.structs.replace(first, input="first \0 of all"), second))
    return brought(load(dump(cassette)))


def brought(cassette: Cassette) -> Conversation:
    return portable.conversation_of(cassette, {"gemini"}, refold, new_id(), lambda: None)


def keep(url: str, folder: Path, made: Conversation) -> None:
    engine = open_engine(url, folder)
    try:
        portable.insert(engine, "bob", made, lambda: None)
    finally:
        engine.dispose()


def test_what_is_kept_is_read_as_what_was_made(
    store: Store, open_store: Open, url: str, tmp_path: Path, made: Conversation
) -> None:
    """By this process and by the next; it is listed and found like any other."""
    keep(url, tmp_path, made)
    expected = [(each.id, each.parent, each.prompt, each.created, each.turn) for each in made.turns]
    for opened in (store, open_store()):
        found = opened.conversation("bob", made.id)
        assert [
            (each.id, each.parent, each.prompt, each.created, each.turn) for each in found.turns
        ] == expected
        assert [len(each.journal) for each in found.turns] == [4, 2_501]
        assert [entry.id for entry in opened.catalogue.conversations("bob")] == [made.id]
        assert [entry.id for entry in opened.catalogue.search("bob", "word")] == [made.id]
        with pytest.raises(NotFound):
            opened.conversation("ann", made.id)


def test_an_id_that_is_taken_is_left_to_who_has_it(
    store: Store, open_store: Open, url: str, tmp_path: Path, made: Conversation
) -> None:
    """Of two processes that bring the same conversation, the first does."""
    keep(url, tmp_path, made)
    again = msgspec.structs.replace(made, title="again")
    keep(url, tmp_path, again)
    found = open_store().conversation("bob", made.id)
    assert found.title.startswith("first")
    assert len(found.turns) == 2


def test_a_failure_on_the_way_leaves_nothing(
    store: Store, url: str, tmp_path: Path, made: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is said in a sentence."""
    ends = []

    def failing(*_: object) -> None:
        ends.append(1)
        if len(ends) == 2:
            raise OperationalError("", {}, Exception("planted"))

    with monkeypatch.context() as patch:
        patch.setattr(changes, "finish", failing)
        with pytest.raises(StoreError, match="could not be stored"):
            keep(url, tmp_path, made)
    assert len(ends) == 2
    assert store.catalogue.conversations("bob") == []
    with pytest.raises(NotFound):
        store.conversation("bob", made.id)
    keep(url, tmp_path, made)
    assert store.conversation("bob", made.id).turns


def test_turns_are_numbered_anew_and_follow_those_that_are_there(store: Store) -> None:
    """A turn that follows one that is not in the file follows none."""
    for prompt in ("a", "b"):
        end(store, begin(store, prompt))
    store.enqueue("ann", "c", Prompt("d", "d", OPTIONS, after="a", fork=True))
    fork = store.turns.begin_next("ann", "c")
    assert fork is not None
    end(store, fork)
    conversation = store.conversation("ann", "c")
    whole = portable.cassette_of(conversation)
    assert [turn.parent for turn in whole.turns] == [None, 1, 1]
    first, *others = brought(whole).turns
    assert [each.parent for each in others] == [first.id, first.id]
    alone = portable.cassette_of(conversation, "b")
    assert [(turn.input, turn.parent) for turn in alone.turns] == [("b", None)]
    copied = brought(Cassette("", alone.turns))
    assert (copied.title, copied.turns[0].parent) == ("", None)
