"""Processes that send in one conversation at the same moment make a line, as two tabs of one process do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from benchmarks.harness import ROOT, clean_environment
from interactions.request import Options
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.workspace import Workspace
from tests.waiting import until

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("ROUNDS", "2"))  # for more: ROUNDS=20 scripts/test tests/store/test_line.py
RIVALS, MESSAGES = 3, 4


@pytest.fixture
def begun(url: str, sandbox: Server, tmp_path: Path) -> Settings:
    """A database with a conversation of one turn."""
    made = Settings(data=str(tmp_path), base_url=sandbox.url, api_key="any", database_url=url)
    workspace = Workspace(made)
    workspace.send("ann", "c", "first", Options("gemini-2.5-flash"))
    until(lambda: not workspace.conversation("ann", "c").busy)
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
    stored = workspace.conversation("ann", "c").turns
    expect_a_line([(each.id, each.parent, str(each.prompt.input), each.head.status) for each in stored], said)
    for view in views:
        expect_a_line([tuple(each) for each in view["turns"]], said)
        assert [each[0] for each in view["turns"]] == [each.id for each in stored]
    workspace.close()
