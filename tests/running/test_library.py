"""The conversations of an owner, found, opened and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interactions.conversations.conversation import Prompt
from interactions.conversations.request import Options
from interactions.errors import NotFound
from interactions.running.hooks import Hooks
from interactions.running.library import Library
from interactions.running.replays import Replays
from tests.parts import KEPT, Kept, connections, endpoints

SAID = (KEPT / "mixed.json").read_bytes()


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path)
    yield made
    made.store.close()


def library(kept: Kept, hooks: Hooks | None = None, stopped: list[str] | None = None) -> Library:
    """In a process that runs no turns; `stopped` are the conversations that it was to stop one in."""
    seen = [] if stopped is None else stopped
    made, replays = kept.host(hooks or Hooks()), Replays(kept.store, kept.readers)
    return Library(kept.store, made, replays, endpoints(connections()), lambda _owner, id: seen.append(id))


def test_what_is_stored_is_listed_opened_and_read_to_the_byte(kept: Kept) -> None:
    """By its owner alone."""
    made, id = library(kept), kept.cassettes.import_("ann", SAID)
    assert [entry.id for entry in made.conversations("ann")] == [id]
    (first, *_) = made.conversation("ann", id).turns
    assert made.frame("ann", id, first.id, 0) == first.journal.slice(0, 1)[0].raw
    for owner, seq in (("bob", 0), ("ann", 10_000), ("ann", -1)):
        with pytest.raises(NotFound):
            made.frame(owner, id, first.id, seq)
    assert made.conversations("bob") == []


def test_what_is_deleted_runs_no_more_and_can_be_brought_back(kept: Kept) -> None:
    """The turn that runs is stopped first: nobody sees it any more, and it would go on."""
    stopped: list[str] = []
    made, id = library(kept, stopped=stopped), kept.cassettes.import_("ann", SAID)
    made.delete("ann", id)
    assert stopped == [id]
    with pytest.raises(NotFound):
        made.conversation("ann", id)
    made.restore("ann", id)
    assert made.conversation("ann", id).turns


def test_a_conversation_that_only_the_application_has_is_opened(kept: Kept) -> None:
    """And is stored from then on; nobody else's id is asked for under the same name."""

    class Elsewhere(Hooks):
        def load(self, *, owner: str, conversation: str) -> bytes | None:
            return SAID if (owner, conversation) == ("ann", "theirs") else None

    made = library(kept, Elsewhere())
    assert len(made.conversation("ann", "theirs").turns) == len(
        kept.store.conversation("ann", "theirs").turns
    )
    for owner, id in (("bob", "theirs"), ("ann", "another")):
        with pytest.raises(NotFound):
            made.conversation(owner, id)


def test_what_another_account_has_is_not_deleted_at_its_server(kept: Kept) -> None:
    """What came in a file is no account's here: all of it is left, and nobody is asked."""
    made, id = library(kept), kept.cassettes.import_("ann", SAID)
    there = [turn for turn in made.conversation("ann", id).turns if turn.head.id and turn.head.stored]
    assert there
    assert made.forget("ann", id, {"gemini": "a-key"}) == len(there)


def test_a_conversation_in_which_nothing_was_said_is_in_no_list(kept: Kept) -> None:
    kept.store.create("ann", "c")
    kept.store.enqueue("ann", "c", Prompt("p", "Hello", Options("m")))
    made = library(kept)
    assert made.conversations("ann") == []
    assert made.at_hand("ann") == []
    assert [prompt.id for prompt in made.conversation("ann", "c").queue] == ["p"]
