"""What becomes of a message when the database cannot be read, and when another process runs the turn before
it: it is refused, or it waits and takes its place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from interactions.conversations.conversation import Conversation, StoredTurn
from interactions.conversations.request import Options, Request
from interactions.endpoints.endpoint import Route
from interactions.errors import StoreError
from interactions.running import pending, watch
from interactions.running.dispatch import KEY_LOST
from interactions.running.hooks import Hooks, Source
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.stream.journal import Frame
from interactions.turns.steps import UserInput, plain
from interactions.workspace import Workspace
from tests.waiting import until

pytestmark = pytest.mark.slow

OPTIONS = Options("gemini-2.5-flash")
UNSTORED = Options("gemini-2.5-flash", store=False)
OWN = "a-key-of-my-own"
TURNS = 12  # more than are read when a conversation is opened

Start = Callable[..., Workspace]


class Gate(Hooks):
    """Holds the turn with one message until it is opened."""

    def __init__(self, held: str) -> None:
        self.held, self.opened = held, threading.Event()

    def frames(self, source: Source, request: Request) -> Iterator[Frame]:
        if request.input == self.held:
            self.opened.wait(60)
        return source.frames(request)


@pytest.fixture
def start(sandbox: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """One more process on the same data."""
    monkeypatch.setattr(watch, "PERIOD", 0.05)
    started: list[Workspace] = []

    def make(hooks: Hooks = Hooks(), **more: int) -> Workspace:  # noqa: B008 (it has no state)
        data = str(tmp_path / "data")
        settings = Settings(api_key="any", base_url=sandbox.url, data=data, **more)  # type: ignore[arg-type] # numbers
        started.append(Workspace(settings, hooks=hooks))
        return started[-1]

    yield make
    for each in started:
        each.close()


@pytest.fixture
def told(start: Start) -> None:
    """A conversation that is in the database, and in the memory of no process that is to come."""
    workspace = start()
    for number in range(TURNS):
        workspace.turns.send("ann", "c", f"message {number}", OPTIONS)
        over(workspace)
    workspace.close()


@contextmanager
def away(folder: Path) -> Iterator[None]:
    """The database is gone, and comes back."""
    data = folder / "data"
    elsewhere = data.rename(folder / "elsewhere")
    try:
        yield
    finally:
        elsewhere.rename(data)


def seen(workspace: Workspace) -> Conversation:
    return workspace.library.conversation("ann", "c")


def over(workspace: Workspace) -> StoredTurn:
    until(lambda: not seen(workspace).busy and not seen(workspace).queue)
    return seen(workspace).turns[-1]


def expect_a_line(workspace: Workspace, *said: str) -> None:
    found = list(seen(workspace).turns)
    assert [each.prompt.input for each in found] == [*(f"message {number}" for number in range(TURNS)), *said]
    assert [each.parent for each in found] == [None, *(each.id for each in found[:-1])]


@pytest.mark.usefixtures("told")
def test_a_message_begins_nothing_under_an_id_that_cannot_be_read(start: Start, tmp_path: Path) -> None:
    """It is refused, counts for nothing, and when the database is back it is the next turn of the line."""
    workspace = start(turns_per_hour=1)
    with away(tmp_path):
        for _ in range(2):
            with pytest.raises(StoreError, match="cannot be read just now"):
                workspace.turns.send("ann", "c", "next", OPTIONS)
        assert workspace.library.at_hand("ann") == []
    expect_a_line(workspace)
    workspace.turns.send("ann", "c", "next", OPTIONS)
    assert over(workspace).turn.status == "completed"
    expect_a_line(workspace, "next")


@pytest.mark.usefixtures("told")
def test_no_message_goes_out_with_half_its_history(start: Start, tmp_path: Path) -> None:
    """What was opened is in memory, what it said is not: the message is refused and does not wait either."""
    workspace = start()
    seen(workspace)
    with away(tmp_path):
        with pytest.raises(StoreError):
            workspace.turns.send("ann", "c", "next", UNSTORED)
        assert seen(workspace).queue == ()
    workspace.turns.send("ann", "c", "next", UNSTORED)
    turn = over(workspace)
    assert len(turn.history) == TURNS
    asked = [step for each in turn.history for step in each.steps if isinstance(step, UserInput)]
    assert [plain(step.content) for step in asked] == [f"message {number}" for number in range(TURNS)]
    expect_a_line(workspace, "next")


def test_a_new_conversation_needs_no_database(start: Start, tmp_path: Path) -> None:
    """Nor does one that is in memory; both are saved when it is back."""
    workspace = start()
    with away(tmp_path):
        workspace.turns.send("ann", "c", "one", OPTIONS, new=True)
        assert over(workspace).turn.status == "completed"
        workspace.turns.send("ann", "c", "two", OPTIONS)
        assert over(workspace).turn.status == "completed"
        until(workspace.saving)
    until(lambda: not workspace.saving())
    again = seen(start())
    assert [each.prompt.input for each in again.turns] == ["one", "two"]
    assert again.turns[1].parent == again.turns[0].id


@pytest.mark.usefixtures("told")
def test_a_queue_whose_history_cannot_be_read_goes_on_when_it_can(start: Start, tmp_path: Path) -> None:
    """Nobody has to send it again."""
    gate = Gate("slow")
    workspace = start(gate)
    workspace.turns.send("ann", "c", "slow", OPTIONS)
    workspace.turns.send("ann", "c", "waiting", UNSTORED)
    workspace._store.save()
    workspace._store.rest(-1)
    with away(tmp_path):
        gate.opened.set()
        until(lambda: not seen(workspace).busy)
        assert [prompt.input for prompt in seen(workspace).queue] == ["waiting"]
    assert len(over(workspace).history) == TURNS + 1
    expect_a_line(workspace, "slow", "waiting")


@pytest.mark.usefixtures("told")
def test_a_message_behind_the_turn_of_another_process_waits_and_takes_its_place(start: Start) -> None:
    """Its visitor's key is in the process that it came to: that one sends it."""
    gate = Gate("slow")
    first, second = start(gate), start()
    seen(second)
    first.turns.send("ann", "c", "slow", OPTIONS)
    second.turns.send("ann", "c", "waiting", OPTIONS, Route(key=OWN))
    assert [prompt.input for prompt in seen(second).queue] == ["waiting"]
    gate.opened.set()
    assert over(second).turn.status == "completed"
    for each in (first, second):
        until(lambda: len(seen(each).turns) == TURNS + 2)  # noqa: B023 (called here)
        expect_a_line(each, "slow", "waiting")


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("key", ["", OWN], ids=["the deployment's key", "a visitor's key"])
def test_a_message_whose_process_has_died_is_sent_by_another_or_says_why_not(
    start: Start, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """With a key that nobody has any more it fails, and says what is to be done."""
    for name in ("SHORTLY", "LEASE"):
        monkeypatch.setattr(pending, name, 0.3)
    gate = Gate("slow")
    first, second = start(gate), start()
    seen(second)
    first.turns.send("ann", "c", "slow", OPTIONS)
    second.turns.send("ann", "c", "waiting", OPTIONS, Route(key=key))
    second.close()
    gate.opened.set()
    until(lambda: len(seen(first).turns) == TURNS + 2)
    turn = over(first).turn
    if key:
        assert turn.error is not None
        assert turn.error.message == KEY_LOST
    else:
        assert turn.status == "completed"
    expect_a_line(first, "slow", "waiting")
