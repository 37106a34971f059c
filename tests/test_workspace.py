"""The root: a workspace has its parts from the start, and says how the process is."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from interactions.conversations.conversation import StoredTurn
from interactions.conversations.request import Options
from interactions.endpoints.endpoint import DEFAULT
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.store.database import FILE
from interactions.workspace import Workspace
from tests.waiting import until

OPTIONS = Options("gemini-2.5-flash")


def say(workspace: Workspace, conversation: str) -> StoredTurn:
    """Sends and waits for the end of the turn."""
    workspace.turns.send("ann", conversation, "Hello", OPTIONS, new=True)
    until(lambda: workspace.library.conversation("ann", conversation).turns[-1].journal.closed)
    return workspace.library.conversation("ann", conversation).turns[-1]


def test_the_key_is_in_no_frame_and_in_no_report(sandbox: Server) -> None:
    """A planted key reaches the server and nothing else."""
    workspace = Workspace(Settings(api_key="AIza-planted", key_source="GEMINI_API_KEY", base_url=sandbox.url))
    stored = say(workspace, "key")
    everything = b"".join(frame.raw for frame in stored.journal.since(0).frames)
    everything += json.dumps(
        [workspace.health(), workspace.configuration(), repr(workspace.settings)]
    ).encode()
    assert b"AIza-planted" not in everything


def test_without_a_key_the_sandbox_answers() -> None:
    """A newcomer needs nothing."""
    workspace = Workspace(Settings())
    assert workspace.health()["sandbox"] is True
    assert workspace.endpoints.reach().status == 200
    assert workspace.endpoints.address(DEFAULT).startswith("http://127.0.0.1:"), "and says where it is"


def test_health_says_how_saving_goes(tmp_path: Path) -> None:
    """In a sentence, with the reason; turns run all the same."""
    (tmp_path / "file").write_text("in the way")
    workspace = Workspace(Settings(data=str(tmp_path / "file")))
    assert say(workspace, "unsaved").turn.status == "completed"
    assert "kept in memory" in str(workspace.saving())
    assert workspace.health()["saving"] == workspace.saving()
    (tmp_path / "file").unlink()
    until(lambda: not workspace.saving())
    assert workspace.health()["saving"] == "all is saved"
    workspace.close()


@pytest.mark.slow
def test_what_could_not_be_saved_is_in_the_log_once_and_at_the_end(
    sandbox: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever runs the app sees that saving fails, that it works again, and what was lost."""
    workspace = Workspace(Settings(base_url=sandbox.url, api_key="k", data=str(tmp_path)))
    workspace.turns.send("ann", "c", "Hi", Options("m"))
    until(lambda: workspace.library.conversation("ann", "c").turns[-1].journal.closed)
    workspace._store.save()
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        workspace.library.rename("ann", "c", "Another")
        until(lambda: "Saving has failed" in caplog.text)
        other.execute("COMMIT")
    until(lambda: "Saving works again." in caplog.text)
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        workspace.library.rename("ann", "c", "The last")
        workspace.close(patience=0.1)
    assert "were lost. Another program holds the file locked: close it." in caplog.text
    assert 1 <= caplog.text.count("Saving has failed") <= 2
