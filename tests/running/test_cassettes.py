"""Conversations as files: the part of a workspace that takes them in and gives them out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from interactions.errors import CassetteError, NotFound
from interactions.running.imports import Progress
from tests.parts import KEPT, Kept

FILES = ["mixed", "resumed", "vendors"]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path)
    yield made
    made.store.close()


@pytest.mark.parametrize("name", FILES)
def test_a_file_goes_in_and_comes_out_the_same(kept: Kept, name: str) -> None:
    """Under an id of its own, or under the one that is given; for its owner alone."""
    data, progress = (KEPT / f"{name}.json").read_bytes(), Progress()
    made = kept.cassettes.import_("ann", data, progress)
    assert progress.state.done == progress.state.total > 0
    assert kept.cassettes.import_("ann", data, conversation="named") == "named" != made
    assert kept.cassettes.export("ann", made) == kept.cassettes.export("ann", "named") == data
    with pytest.raises(NotFound):
        kept.cassettes.export("bob", made)


def test_an_id_that_is_taken_stays_as_it_is(kept: Kept) -> None:
    """Whoever has it: the application is asked for a conversation that may have come meanwhile."""
    mixed, resumed = ((KEPT / f"{name}.json").read_bytes() for name in ("mixed", "resumed"))
    kept.cassettes.import_("ann", mixed, conversation="c")
    for owner in ("ann", "bob"):
        kept.cassettes.import_(owner, resumed, conversation="c")
    assert kept.cassettes.export("ann", "c") == mixed


def test_what_is_no_cassette_is_refused_and_leaves_nothing(kept: Kept) -> None:
    with pytest.raises(CassetteError):
        kept.cassettes.import_("ann", b"{}", conversation="c")
    assert not kept.store.taken("ann", "c")
