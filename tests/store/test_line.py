"""Processes that send in one conversation at the same moment make a line, as two tabs of one process do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.harness import ROOT, clean_environment
from interactions.conversations.conversation import Prompt, StoredTurn
from interactions.conversations.request import Options
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.store import journals, lookup
from interactions.store.database import open_engine
from interactions.store.store import Store
from interactions.workspace import Workspace
from tests.store.turns import OPTIONS, end, refold
from tests.waiting import until

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("ROUNDS", "2"))  # for more: ROUNDS=20 scripts/test tests/store/test_line.py
RIVALS, MESSAGES = 3, 4


@pytest.fixture
def begun(url: str, sandbox: Server, tmp_path: Path) -> Settings:
    """A database with a conversation of one turn."""
    made = Settings(data=str(tmp_path), base_url=sandbox.url, api_key="any", database_url=url)
    workspace = Workspace(made)
    workspace.turns.send("ann", "c", "first", Options("gemini-2.5-flash"))
    until(lambda: not workspace.library.conversation("ann", "c").busy)
    workspace.close()
    return made


def rival(settings: Settings, name: str) -> subprocess.Popen[str]:
    arguments = [settings.data, settings.base_url, settings.database_url, name, str(MESSAGES)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.rival", *arguments],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def tell(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.fixture
def rivals(begun: Settings) -> Iterator[list[subprocess.Popen[str]]]:
    with ExitStack() as stack:
        started = [stack.enter_context(rival(begun, name)) for name in "xyz"[:RIVALS]]
        for each in started:
            stack.callback(each.kill)
            assert heard(each) == "ready\n"
        yield started


def expect_a_line(turns: list[tuple[str, str | None, str, str]], said: set[str]) -> None:
    """Each follows the one before it, and each message is there once."""
    assert [parent for _, parent, _, _ in turns] == [None, *(id for id, *_ in turns[:-1])]
    assert sorted(text for _, _, text, _ in turns) == sorted({"first", *said})
    assert {status for *_, status in turns} == {"completed"}


@pytest.mark.parametrize("number", range(ROUNDS))
def test_processes_that_send_at_once_make_a_line(
    rivals: list[subprocess.Popen[str]], begun: Settings, number: int
) -> None:
    """No fork, no message lost or doubled; in the database, and in what each of them shows."""
    said = {f"{name}{place}" for name in "xyz"[:RIVALS] for place in range(MESSAGES)}
    for each in rivals:
        tell(each, "go")
    for each in rivals:
        tell(each, str(len(said) + 1))
    views: list[dict[str, Any]] = [json.loads(heard(each)) for each in rivals]
    workspace = Workspace(begun)
    stored = workspace.library.conversation("ann", "c").turns
    expect_a_line([(each.id, each.parent, str(each.prompt.input), each.head.status) for each in stored], said)
    for view in views:
        expect_a_line([tuple(each) for each in view["turns"]], said)
        assert [each[0] for each in view["turns"]] == [each.id for each in stored]
    workspace.close()


class Talk:
    """Three stores on one database, as three processes have them; the turns that each of them streams."""

    def __init__(self, folder: Path) -> None:
        self.stores = [Store(open_engine("", folder), refold) for _ in range(3)]
        self.stores[0].create("ann", "c")
        self.stores[0].save()
        self.running: list[tuple[Store, StoredTurn]] = []
        self.said: list[str] = []

    def send(self, store: Store) -> None:
        text = f"m{len(self.said)}"
        self.said.append(text)
        store.create("ann", "c")
        store.enqueue("ann", "c", Prompt(text, text, OPTIONS))
        self._take(store, store.turns.begin_next("ann", "c"))
        store.save()  # what waits is soon there for the others to see

    def end(self, store: Store) -> None:
        """The turn of this store, if it streams one."""
        for each in [each for each in self.running if each[0] is store]:
            self.running.remove(each)
            self._take(store, end(store, each[1]))
            store.save()

    def look(self, store: Store) -> None:
        """As the watch of its process does."""
        for waiting in store.turns.unblocked():
            self._take(store, store.turns.begin_next(waiting.owner, waiting.conversation))

    def _take(self, store: Store, stored: StoredTurn | None) -> None:
        if stored is not None:
            assert not self.running, "one runs at a time, wherever it is"
            self.running.append((store, stored))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["send", "end", "look"])), max_size=25))
def test_whatever_comes_in_between_one_turn_runs_and_all_are_a_line(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, acts: list[tuple[int, str]]
) -> None:
    """In any order of messages, ends and looks; at the end nothing waits."""
    monkeypatch.setattr(lookup, "REFRESH", 0.0)
    monkeypatch.setattr(journals, "POLL", 0.01)
    talk = Talk(tmp_path_factory.mktemp("talk"))
    for place, act in acts:
        getattr(talk, act)(talk.stores[place])
    while talk.running or talk.stores[0].turns.unblocked():
        for store in talk.stores:
            talk.end(store)
        talk.look(talk.stores[0])
        time.sleep(0.01)  # a follower sees the end of a turn of another process
    stored = [list(store.conversation("ann", "c").turns) for store in talk.stores]
    for turns in stored:
        assert [each.parent for each in turns] == [None, *(each.id for each in turns[:-1])][: len(turns)]
        assert sorted(each.id for each in turns) == sorted(talk.said)
    for each in talk.stores:
        each.close()
