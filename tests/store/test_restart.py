"""Real processes die, hang or end in the middle of a stream; the sandbox is in a process of its own."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text

from benchmarks.harness import ROOT, clean_environment, free_port
from interactions.conversations.conversation import StoredTurn
from interactions.running import watch
from interactions.settings import Settings
from interactions.store.database import open_engine
from interactions.store.queries import frames_of
from interactions.stream.journal import Frame
from interactions.turns.turn import text_of
from interactions.workspace import Workspace
from tests.waiting import until

pytestmark = pytest.mark.slow

KILLS = int(os.environ.get("KILLS", "5"))  # for more: KILLS=50 scripts/test tests/store/test_restart.py
SOON = 1.0  # seconds; the promise is 0.25, and machines that test are busy
ALL = ["Give me a long answer.", "Second", "Third", "Fourth"]


class Sandbox(NamedTuple):
    url: str
    process: subprocess.Popen[bytes]

    @contextmanager
    def held(self) -> Iterator[None]:
        """It says nothing meanwhile, so that no stream of its ends."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@pytest.fixture(scope="module")
def server() -> Iterator[Sandbox]:
    port = free_port()
    command = [sys.executable, "-m", "interactions.sandbox", "--port", str(port), "--pace", "0.3"]
    with subprocess.Popen(command, cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield Sandbox(f"http://127.0.0.1:{port}", process)
        process.kill()


@pytest.fixture
def sandbox(server: Sandbox) -> str:
    return server.url


@pytest.fixture(autouse=True)
def watchful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "PERIOD", 0.05)


@contextmanager
def talking(settings: Settings, frames: int, *, background: bool) -> Iterator[subprocess.Popen[str]]:
    """A process whose turn has at least so many frames in the database; it is killed if it still lives."""
    arguments = [settings.data, settings.base_url, settings.database_url, "yes" if background else "no"]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.talker", *arguments],
        cwd=ROOT,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as talker:
        assert talker.stdout is not None
        try:
            assert any(int(line) >= frames for line in talker.stdout)
            until(lambda: len(durable(settings)) >= frames)
            yield talker
        finally:
            talker.kill()


def durable(settings: Settings) -> list[Frame]:
    """The frames that the database has of the first turn."""
    engine = open_engine(settings.database_url, settings.folder)
    with engine.connect() as connection:
        turn = connection.scalar(text("SELECT id FROM turns WHERE number = 1"))
        found = frames_of(connection, str(turn))
    engine.dispose()
    return found


def expire(settings: Settings) -> None:
    """As if fifteen seconds had passed without a word of the holder."""
    engine = open_engine(settings.database_url, settings.folder)
    with engine.begin() as connection:
        connection.execute(text("UPDATE turns SET lease_until = 1 WHERE ended IS NULL"))
    engine.dispose()


def turns(workspace: Workspace) -> list[StoredTurn]:
    return list(workspace.library.conversation("ann", "c").turns)


def over(workspace: Workspace, count: int) -> bool:
    found = turns(workspace)
    return (
        len(found) == count and not workspace.turns.running() and all(each.journal.closed for each in found)
    )


def at_the_server(workspace: Workspace, turn: StoredTurn) -> str:
    """The answer as the server has it."""
    found = workspace.endpoints.retrieve("ann", turn.turn.id).json
    assert isinstance(found, dict)
    outputs = (step for step in found.get("steps", ()) if step["type"] == "model_output")
    return "".join(part["text"] for step in outputs for part in step["content"])


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_process_leaves_nothing_undone(tmp_path: Path, sandbox: str, number: int) -> None:
    """The next one takes its turn up: a background run is complete, a stream that its server has cancelled
    says so. No durable frame is missing or doubled, and what waited is sent when the turn has ended well."""
    background = number % 2 == 0
    settings = Settings(data=str(tmp_path), base_url=sandbox, api_key="any")
    with talking(settings, random.randint(5, 60), background=background) as talker:
        time.sleep(random.uniform(0.3, 1.0))
        talker.send_signal(signal.SIGKILL)
        talker.wait()
    saved = durable(settings)
    expire(settings)
    workspace = Workspace(settings)
    until(lambda: over(workspace, 4 if background else 1))
    first, *following = turns(workspace)
    frames = first.journal.slice()
    assert list(frames[: len(saved)]) == saved
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    assert [frame.at for frame in frames] == sorted(frame.at for frame in frames)
    if background:
        assert first.turn.status == "completed"
        assert text_of(first.turn) == at_the_server(workspace, first)
        assert [each.prompt.input for each in following] == ALL[1:]
    else:
        assert first.turn.status in {"cancelled", "interrupted"}
        assert [prompt.input for prompt in workspace.library.conversation("ann", "c").queue] == ALL[1:]
    workspace.close()


def test_a_process_that_ends_in_order_hands_its_turns_over_at_once(tmp_path: Path, sandbox: str) -> None:
    """Nobody has to wait for its lease."""
    settings = Settings(data=str(tmp_path), base_url=sandbox, api_key="any")
    with talking(settings, 20, background=True) as talker:
        talker.send_signal(signal.SIGTERM)
        assert talker.wait(10) == 0
    workspace = Workspace(settings)
    until(lambda: over(workspace, 4))
    assert turns(workspace)[0].turn.status == "completed"
    workspace.close()


def test_another_process_sees_the_stream_and_finishes_it_when_the_first_is_killed(
    tmp_path: Path, server: Sandbox, empty_postgres: str
) -> None:
    """Both on one PostgreSQL: whoever looks on from the second sees the first's frames, and then its own."""
    settings = Settings(data=str(tmp_path), base_url=server.url, api_key="any", database_url=empty_postgres)
    with talking(settings, 20, background=True) as talker, server.held():
        workspace = Workspace(settings)
        until(lambda: len(turns(workspace)[0].journal) >= 20)
        shown = turns(workspace)[0].journal
        assert not shown.closed
        assert workspace.turns.running() == 0
        talker.kill()
    expire(settings)
    until(lambda: over(workspace, 4))
    first = turns(workspace)[0]
    assert first.turn.status == "completed"
    assert text_of(first.turn) == at_the_server(workspace, first)
    until(lambda: shown.closed)
    assert shown.turn == first.turn, "a page that looked on has seen all of it"
    workspace.close()


def test_a_process_that_was_stopped_past_its_lease_writes_no_more(
    tmp_path: Path, sandbox: str, empty_postgres: str
) -> None:
    """SIGSTOP, and SIGCONT when another has finished the turn: not one late frame is taken."""
    settings = Settings(data=str(tmp_path), base_url=sandbox, api_key="any", database_url=empty_postgres)
    with talking(settings, 20, background=True) as talker:
        talker.send_signal(signal.SIGSTOP)
        expire(settings)
        workspace = Workspace(settings)
        until(lambda: over(workspace, 4))
        before = [each.journal.slice() for each in turns(workspace)]
        talker.send_signal(signal.SIGCONT)
        time.sleep(3 * SOON)
        assert talker.poll() is None
        again = Workspace(settings)
        assert [each.journal.slice() for each in turns(again)] == before
        for each in (workspace, again):
            each.close()
