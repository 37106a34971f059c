"""The library: listed by recency, found by words, renamed, pinned, deleted and brought back."""

from __future__ import annotations

import pytest

from interactions.conversations.conversation import Prompt, new_id
from interactions.errors import NotFound
from interactions.store.store import Store
from tests.store.conftest import Open
from tests.store.turns import OPTIONS, end, say

pytestmark = pytest.mark.slow


def talk(store: Store, conversation: str, prompt: str, answer: str = "Well.", owner: str = "ann") -> None:
    store.create(owner, conversation)
    store.enqueue(owner, conversation, Prompt(new_id(), prompt, OPTIONS))
    stored = store.turns.begin_next(owner, conversation)
    assert stored is not None
    say(stored, answer)
    end(store, stored, owner=owner)


def listed(store: Store, owner: str = "ann") -> list[str]:
    return [entry.id for entry in store.catalogue.conversations(owner)]


def found(store: Store, query: str, owner: str = "ann") -> dict[str, str]:
    return {entry.id: entry.hit for entry in store.catalogue.search(owner, query)}


@pytest.mark.parametrize("saved", [True, False])
def test_pages_of_the_library_have_every_conversation_once(store: Store, saved: bool) -> None:
    """Pinned ones first, then the newest; also before any of it is in the database."""
    for number in range(12):
        talk(store, f"n{number:02}", "Hello")
    store.pin("ann", "n03")
    if saved:
        store.save()
    seen, after = [], None
    while page := store.catalogue.conversations("ann", 5, after):
        seen += [entry.id for entry in page]
        after = page[-1]
    assert seen == ["n03", *[f"n{number:02}" for number in range(11, -1, -1) if number != 3]]


def test_a_title_comes_from_the_first_message_until_it_is_renamed(store: Store, open_store: Open) -> None:
    """A later message changes neither."""
    talk(store, "a", "What is\n  a rope? " + "x" * 100)
    talk(store, "b", "Hello")
    store.rename("ann", "b", "  My   talk ")
    store.rename("ann", "b", " ")
    talk(store, "b", "Again")
    store.save()
    titles = {entry.id: entry.title for entry in open_store().catalogue.conversations("ann")}
    assert titles["a"].startswith("What is a rope? xxx")
    assert titles["a"].endswith("…")
    assert titles["b"] == "My talk"


def test_what_was_deleted_can_be_brought_back(store: Store, open_store: Open) -> None:
    """Until then it is nowhere."""
    talk(store, "a", "Hello")
    store.delete("ann", "a")
    for known in (store, _saved(store, open_store)):
        assert listed(known) == []
        assert found(known, "hello") == {}
        with pytest.raises(NotFound):
            known.conversation("ann", "a")
    store.restore("ann", "a")
    for known in (store, _saved(store, open_store)):
        assert listed(known) == ["a"]
        assert len(known.conversation("ann", "a").turns) == 1


def _saved(store: Store, open_store: Open) -> Store:
    store.save()
    return open_store()


def test_nobody_changes_or_finds_what_is_anothers(store: Store) -> None:
    """It does not exist for them."""
    talk(store, "a", "Hello secret")
    store.save()
    assert listed(store, "bob") == []
    assert found(store, "secret", "bob") == {}
    with pytest.raises(NotFound):
        store.rename("bob", "a", "Mine")
    for change in (store.pin, store.delete, store.restore):
        with pytest.raises(NotFound):
            change("bob", "a")


QUERIES: dict[str, set[str]] = {
    "rope": {"a"},
    "ROPE strong": {"a"},
    "stron": {"a"},
    "stron rope": set(),
    "arger": {"b"},
    "Ärger": {"b"},
    "strasse": {"b"},
    "東京": {"c"},
    "京東": set(),
    "fi": {"d"},
    "titled": {"d"},
    "o'brien": {"d"},
    "50%": {"d"},
    "well": {"b", "c", "d"},
    "nowhere": set(),
    "": set(),
    "%": set(),
    '"; DROP TABLE words; --': set(),
}


def test_words_are_found_in_prompts_answers_and_titles(store: Store) -> None:
    """The same on both databases: without case and accents, every word, the last also as a beginning."""
    talk(store, "a", "Tell me", "A rope is strong.")
    talk(store, "b", "Nur Ärger in der Straße")
    talk(store, "c", "東京はどこ")
    talk(store, "d", "An o'Brien\0 ﬁle of 50 %")
    store.rename("ann", "d", "Titled")
    store.save()
    assert {query: set(found(store, query)) for query in QUERIES} == QUERIES


def test_a_hit_names_its_turn_unless_it_is_in_the_title(store: Store) -> None:
    talk(store, "a", "A rope is strong.")
    talk(store, "a", "What else?")
    store.rename("ann", "a", "Titled")
    store.save()
    first = store.conversation("ann", "a").turns[0]
    turns = {
        query: [entry.turn for entry in store.catalogue.search("ann", query)] for query in ("rope", "titled")
    }
    assert turns == {"rope": [first.id], "titled": [""]}


def test_a_hit_is_shown_with_what_stands_around_it(store: Store) -> None:
    """In its own spelling, cut at both ends."""
    talk(store, "a", "Tell me", "before " * 40 + "the Ärger\nhere " + "after " * 40)
    store.save()
    hit = found(store, "arger")["a"]
    assert "the Ärger here" in hit
    assert (hit[0], hit[-1]) == ("…", "…")
    assert len(hit) < 140


@pytest.mark.parametrize("saved", [True, False])
def test_a_turn_names_its_interaction_for_its_owner_and_account_alone(
    store: Store, open_store: Open, saved: bool
) -> None:
    """In this process and, once it is saved, in another; not while it is deleted, wherever that was done."""
    talk(store, "a", "Hello")
    (turn,) = store.conversation("ann", "a").turns
    name = turn.head.id
    readers = [store]
    if saved:
        store.save()
        readers.append(open_store())
    for reader in readers:
        assert reader.catalogue.names("ann", name, "")
        assert not reader.catalogue.names("bob", name, "")
        assert not reader.catalogue.names("ann", name, "another account")
        assert not reader.catalogue.names("ann", name[:-1], "")
        assert not reader.catalogue.names("ann", "", "")
    readers[-1].delete("ann", "a")
    if saved:
        readers[-1].save()
    assert not any(reader.catalogue.names("ann", name, "") for reader in readers)
    readers[-1].restore("ann", "a")
    if saved:
        readers[-1].save()
    assert all(reader.catalogue.names("ann", name, "") for reader in readers)
