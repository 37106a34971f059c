"""A real process dies in the middle of a stream."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.harness import ROOT, clean_environment
from interactions.settings import Settings
from interactions.steps import UserInput, plain
from interactions.turn import text_of
from interactions.workspace import Workspace

pytestmark = pytest.mark.slow

SOON = 1.0  # seconds; the promise is 0.25, and machines that test are busy


def killed_in_mid_stream(folder: Path) -> int:
    """Returns how many frames the dead process had had for a while."""
    command = [sys.executable, "-m", "tests.store.talker", str(folder)]
    with subprocess.Popen(
        command, cwd=ROOT, env=clean_environment(), stdout=subprocess.PIPE, text=True
    ) as talker:
        assert talker.stdout is not None
        seen = next(count for line in talker.stdout if (count := int(line)) > 20)
        until = time.monotonic() + SOON
        while time.monotonic() < until:
            talker.stdout.readline()
        talker.kill()
    return seen


def test_a_killed_process_leaves_what_had_arrived_and_what_waited(tmp_path: Path) -> None:
    """The turn is interrupted and says why; nothing is sent by itself, and the next turn goes on."""
    seen = killed_in_mid_stream(tmp_path)
    workspace = Workspace(Settings(data=str(tmp_path)))
    found = workspace.conversation("ann", "c")
    (stored,) = found.turns
    frames = stored.journal.slice()
    assert len(frames) > seen
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    assert b"The app ended while this turn was running" in frames[-1].raw
    assert (stored.turn.status, stored.journal.closed) == ("interrupted", True)
    assert plain(next(step.content for step in stored.turn.steps if isinstance(step, UserInput)))
    assert text_of(stored.turn)
    assert [prompt.input for prompt in found.queue] == ["Second", "Third", "Fourth"]
    assert workspace.conversations("ann")[0].title == "Give me a long answer."
    workspace.send_next("ann", "c")
    deadline = time.monotonic() + 60
    while len(turns := workspace.conversation("ann", "c").turns) < 4 or workspace.running():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert [turn.prompt.input for turn in turns[1:]] == ["Second", "Third", "Fourth"]
    workspace.close()
