"""A file on its way in: how far it is, and that it can be stopped, whole or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from interactions.cassettes import Cassette, dump, load
from interactions.conversations.conversation import new_id
from interactions.conversations.request import Options
from interactions.errors import CassetteError
from interactions.running.imports import BROKEN, BUSY, STOPPED, Import, Imports, Progress
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.workspace import Workspace
from tests.waiting import until

ENOUGH = 30.0  # seconds


@pytest.fixture
def workspace(sandbox: Server, tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(Settings(api_key="k", base_url=sandbox.url, data=str(tmp_path)))
    yield made
    made.close()


@pytest.fixture
def file(workspace: Workspace) -> bytes:
    """A cassette of fifty turns."""
    workspace.turns.send("ann", "c", "Hi", Options("gemini-2.5-flash"))
    until(lambda: workspace.library.conversation("ann", "c").turns[-1].journal.closed)
    (turn,) = load(workspace.cassettes.export("ann", "c")).turns
    return dump(Cassette("Fifty", (turn,) * 50))


def test_an_import_says_how_far_it_is_and_what_has_become_of_it(workspace: Workspace, file: bytes) -> None:
    """Each turn is read and stored."""
    workspace.imports.start("bob", file)
    over = workspace.imports.of("bob", ENOUGH)
    assert over is not None
    assert (over.over, over.done, over.total, over.trouble) == (True, 100, 100, "")
    assert len(workspace.library.conversation("bob", over.conversation).turns) == 50


def test_a_file_that_cannot_be_taken_says_why(workspace: Workspace) -> None:
    """In the words of whoever reads it."""
    workspace.imports.start("bob", b"{}")
    over = workspace.imports.of("bob", ENOUGH)
    assert over is not None
    assert (over.conversation, over.trouble[:24]) == ("", "The file is no cassette:")
    assert workspace.library.conversations("bob") == []


class Held:
    """Does its work part by part, when it is told to."""

    def __init__(self, parts: int = 4) -> None:
        self.go = threading.Semaphore(0)
        self.parts = parts
        self.took: list[str] = []

    def __call__(self, _owner: str, _data: bytes, progress: Progress) -> str:
        progress.begin(self.parts)
        for _ in range(self.parts):
            self.go.acquire()
            progress.step()
        self.took.append(new_id())
        return self.took[-1]


def state(imports: Imports, owner: str = "bob") -> Import:
    found = imports.of(owner)
    assert found is not None
    return found


def test_one_that_is_stopped_ends_at_its_next_part() -> None:
    """And says that nothing was kept."""
    held = Held()
    imports = Imports(held)
    imports.start("bob", b"")
    held.go.release()
    until(lambda: state(imports).done == 1)
    assert state(imports) == Import(1, 4)
    imports.stop("bob")
    held.go.release()
    assert imports.of("bob", ENOUGH) == Import(1, 4, trouble=STOPPED)
    assert held.took == []


@pytest.mark.parametrize("part", [10, 60], ids=["while it is read", "while it is stored"])
def test_nothing_is_kept_of_a_file_that_is_stopped_on_its_way(
    workspace: Workspace, file: bytes, part: int
) -> None:
    """Wherever it is; the same file can be taken again."""

    class StoppedAt(Progress):
        def step(self) -> None:
            if self.state.done == part:
                self.stop.set()
            super().step()

    with pytest.raises(CassetteError, match="was stopped"):
        workspace.cassettes.import_("bob", file, StoppedAt(), conversation="taken")
    assert workspace.library.conversations("bob") == []
    workspace.cassettes.import_("bob", file, Progress(), conversation="taken")
    assert len(workspace.library.conversation("bob", "taken").turns) == 50


def test_an_owner_has_one_at_a_time_and_sees_no_other() -> None:
    """A second file is refused while the first is on its way; another owner's is another matter."""
    held = Held()
    imports = Imports(held)
    imports.start("bob", b"")
    with pytest.raises(CassetteError, match=BUSY):
        imports.start("bob", b"")
    assert imports.of("eve") is None
    imports.stop("eve")
    imports.start("eve", b"")
    for _ in range(2 * held.parts):
        held.go.release()
    ends = [imports.of(owner, ENOUGH) for owner in ("bob", "eve")]
    assert [end.conversation for end in ends if end] == [
        state(imports, each).conversation for each in ("bob", "eve")
    ]
    assert len(held.took) == 2


def test_one_that_is_over_is_there_until_it_was_seen() -> None:
    """What still runs cannot be forgotten."""
    held = Held(1)
    imports = Imports(held)
    imports.start("bob", b"")
    imports.forget("bob")
    assert not state(imports).over
    held.go.release()
    assert imports.of("bob", ENOUGH) is not None
    imports.forget("bob")
    assert imports.of("bob") is None


def test_a_failure_of_any_kind_is_an_end_with_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    """The log has the rest; the thread has ended as it should."""

    def broken(*_: object) -> str:
        raise ZeroDivisionError("planted")

    imports = Imports(broken)
    imports.start("bob", b"")
    assert imports.of("bob", ENOUGH) == Import(trouble=BROKEN)
    assert "ZeroDivisionError: planted" in caplog.text
