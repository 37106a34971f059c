"""Replays as a part of their own: a store, and who reads what it has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interactions.errors import NotFound
from interactions.running.replays import Replays
from tests.parts import KEPT, Kept
from tests.waiting import until


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path)
    yield made
    made.store.close()


def test_a_replay_is_shown_in_place_of_its_turn_until_it_ends(kept: Kept) -> None:
    """It folds to the turn that it shows; nobody else sees it."""
    replays, id = Replays(kept.store, kept.readers), kept.cassettes.import_("ann", recorded())
    stored = kept.store.conversation("ann", id)
    first = stored.turns[0]
    replays.start("ann", id, first.id, pace=1e6)
    assert replays.playing("ann", id)
    assert not replays.playing("bob", id)
    assert replays.shown("bob", stored) is stored
    replays.start("ann", id, first.id, pace=0)
    again = replays.shown("ann", stored).turns[0]
    until(lambda: not replays.playing("ann", id))
    until(lambda: again.journal.closed)
    assert replays.shown("ann", stored) is stored
    assert kept.store.conversation("ann", id).turns[0].turn == first.turn


def test_only_a_turn_of_ones_own_that_is_over_is_shown_again(kept: Kept) -> None:
    replays, id = Replays(kept.store, kept.readers), kept.cassettes.import_("ann", recorded())
    first = kept.store.conversation("ann", id).turns[0]
    for owner, turn in (("bob", first.id), ("ann", "nothing")):
        with pytest.raises(NotFound):
            replays.start(owner, id, turn)
    assert not replays.stop("ann", id)


def recorded() -> bytes:
    return (KEPT / "mixed.json").read_bytes()
