"""The conversations in memory: a bounded number, and never at the cost of what is nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from interactions.conversations.conversation import Conversation, Prompt, StoredTurn, Turns
from interactions.store import cache as module
from interactions.store.cache import Cache, Cached
from interactions.stream.journal import Journal
from interactions.turns.turn import Turn
from tests.store.turns import OPTIONS

MOST = 10


@pytest.fixture
def unsaved() -> set[str]:
    return set()


@pytest.fixture
def cache(unsaved: set[str], monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setattr(module, "MOST", MOST)
    return Cache(lambda: unsaved)


def conversation(id: str, *, running: bool = False, touched: float = 1.0) -> Conversation:
    """With one turn."""
    journal = Journal(Turn())
    if not running:
        journal.close()
    prompt, now = Prompt(id, "Hello", OPTIONS), datetime.now(UTC)
    return Conversation(id, Turns([StoredTurn(id, id, prompt, None, now, journal)]), touched=touched)


def there(cache: Cache, owner: str = "ann") -> set[str]:
    return {entry.id for entry in cache.entries(owner)}


def test_what_was_used_least_recently_is_dropped_first(cache: Cache) -> None:
    """Half of what there is at most, so that it is not done with each conversation that comes."""
    for number in range(MOST):
        cache.add("ann", conversation(f"c{number}"))
    cache.find("ann", "c0")
    cache.add("ann", conversation("new"))
    assert there(cache) == {"c0", "new", *(f"c{number}" for number in range(MOST // 2 + 1, MOST))}


def test_what_runs_or_is_not_saved_is_never_dropped(cache: Cache, unsaved: set[str]) -> None:
    """However many of them there are."""
    unsaved.update(f"u{number}" for number in range(MOST))
    for number in range(MOST):
        cache.add("ann", conversation(f"u{number}"))
        cache.add("ann", conversation(f"r{number}", running=True))
    kept = {f"{kind}{number}" for kind in "ur" for number in range(MOST)}
    for number in range(3 * MOST):
        cache.add("ann", conversation(f"c{number}"))
    assert kept <= there(cache)


def test_of_two_who_read_a_conversation_at_once_both_have_the_first(cache: Cache) -> None:
    """There is one lock for it, and one state."""
    first = cache.add("ann", conversation("c"))
    assert cache.add("ann", conversation("c")) is first
    assert cache.find("ann", "c") is first
    cache.drop("ann", "c")
    assert cache.find("ann", "c") is None


def test_a_conversation_in_memory_is_its_owners(cache: Cache, unsaved: set[str]) -> None:
    """The same id of another owner is another conversation."""
    unsaved.add("c")
    cache.add("ann", conversation("c"))
    assert cache.find("bob", "c") is None
    assert there(cache, "bob") == set()
    assert cache.unsaved("bob") == []


def test_what_the_library_would_not_list_is_no_entry(cache: Cache, unsaved: set[str]) -> None:
    """One that was deleted, and one without a turn; but that they are not listed is known."""
    unsaved.update(("c", "gone", "empty"))
    cache.add("ann", conversation("c"))
    cache.add("ann", conversation("gone")).change(deleted=True)
    cache.add("ann", Conversation("empty"))
    assert there(cache) == {"c"}
    entries = cache.unsaved_entries("ann")
    assert {id: entry and entry.id for id, entry in entries.items()} == {
        "c": "c",
        "gone": None,
        "empty": None,
    }


def test_a_refresh_is_due_once_in_a_period() -> None:
    """Of many who ask at once, one does it."""
    cached = Cached(conversation("c"))
    assert not cached.start_refresh(3600)
    assert cached.start_refresh(0)
    assert [cached.start_refresh(3600) for _ in range(3)] == [False] * 3
