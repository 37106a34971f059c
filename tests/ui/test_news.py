"""What a page that waits is told when it asks whether there is news."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from interactions.conversations.conversation import Conversation
from interactions.conversations.request import Options
from interactions.running.imports import Import, Imports, Progress
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.store.database import FILE
from interactions.ui import assist
from interactions.ui.server import routes
from interactions.ui.server.identity import COOKIE, owner_of
from interactions.ui.server.news import Watch, sign, watch
from interactions.workspace import Workspace
from tests.waiting import until

OPTIONS = Options("gemini-2.5-flash")
ANN = owner_of("ann")
CLIENT = TestClient(Starlette(routes=routes.ROUTES))


@pytest.fixture
def workspace(sandbox: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    made = Workspace(Settings(api_key="k", base_url=sandbox.url, data=str(tmp_path)))
    monkeypatch.setattr(routes, "workspace", lambda: made)
    yield made
    made.close()


def say(workspace: Workspace, text: str, conversation: str = "c", after: str = "") -> Conversation:
    workspace.turns.send(ANN, conversation, text, OPTIONS, after=after, fork=bool(after))
    until(lambda: not workspace.library.conversation(ANN, conversation).busy)
    return workspace.library.conversation(ANN, conversation)


def asked(ids: str, cookie: str = "ann") -> dict[str, str]:
    answer = CLIENT.get(f"/news/{ids}".rstrip("/"), headers={"cookie": f"{COOKIE}={cookie}"})
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, str] = answer.json()
    return found


@pytest.mark.parametrize(
    "happens",
    [
        lambda workspace: say(workspace, "More"),
        lambda workspace: workspace.library.rename(ANN, "c", "Another title"),
        lambda workspace: workspace.library.pin(ANN, "c"),
        lambda workspace: workspace.library.delete(ANN, "c"),
    ],
    ids=["a turn", "a title", "a pin", "a deletion"],
)
def test_whatever_happens_to_a_conversation_is_news(
    workspace: Workspace, happens: Callable[[Workspace], object]
) -> None:
    known = watch([say(workspace, "Hello")])
    assert known["url"] == "news/c"
    assert asked("c") == {"sign": known["sign"]}
    happens(workspace)
    assert asked("c")["sign"] != known["sign"]


def test_it_is_the_same_for_a_page_on_another_line(workspace: Workspace) -> None:
    """Which of two lines a tab follows is no news."""
    first = say(workspace, "Hello").turns[0]
    say(workspace, "One way")
    whole = say(workspace, "Another way", after=first.id)
    lines = [whole.along(turn.id) for turn in whole.turns[1:]]
    assert {sign([line]) for line in lines} == {asked("c")["sign"]}


def test_several_conversations_are_asked_for_at_once(workspace: Workspace) -> None:
    known = watch([say(workspace, "Hello", "a"), say(workspace, "Hello", "b")])
    assert asked("a,b") == {"sign": known["sign"]}
    say(workspace, "More", "b")
    assert asked("a,b") != {"sign": known["sign"]}


def test_somebody_elses_conversation_is_told_like_one_that_there_is_not(workspace: Workspace) -> None:
    say(workspace, "Hello")
    assert asked("c", "bob") == asked("nonsense", "bob") == {"sign": ""}
    assert CLIENT.get("/news/c").status_code == 404


@pytest.mark.parametrize("open", [True, False], ids=["a conversation", "none"])
def test_that_saving_falls_behind_and_catches_up_is_news(
    workspace: Workspace, tmp_path: Path, open: bool
) -> None:
    found = [say(workspace, "Hello")] if open else []
    say(workspace, "Hello", "elsewhere")
    until(lambda: not workspace.saving())
    well, late = watch(found), watch(found, behind=True)
    path = str(well["url"]).removeprefix("news").removeprefix("/")
    assert asked(path) == {"sign": well["sign"]}
    with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        workspace.library.pin(ANN, "elsewhere")
        until(lambda: asked(path) == {"sign": late["sign"]})
        other.execute("ROLLBACK")
    until(lambda: asked(path) == {"sign": well["sign"]})


@pytest.mark.parametrize(("left", "told"), [(None, None), (-3.0, None), (0.0, None), (3.0, 3.0)])
def test_a_session_that_is_over_is_not_waited_for(left: float | None, told: float | None) -> None:
    assert watch([Conversation("c")], left)["over"] == told


@pytest.mark.slow
@pytest.mark.parametrize("sent", [False, True], ids=["an empty page", "a page with a turn"])
def test_a_page_that_waits_knows_whether_it_says_that_saving_is_late(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, sent: bool
) -> None:
    known: list[Watch] = []
    monkeypatch.setattr(assist, "draw", known.append)
    if sent:
        page.chat_input[0].set_value("Hello").run()
    for late in ("", "Late", ""):
        monkeypatch.setattr(Workspace, "saving", lambda _self, late=late: late or None)
        assert [each.value for each in page.run().warning] == [late] * bool(late)
    well, behind, again = (each["sign"] for each in known[-3:])
    assert well == again != behind


def test_a_page_that_shows_an_import_hears_how_far_it_is(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its address says that it wants to; others are not drawn anew for it."""
    held = threading.Event()

    def take(_owner: str, _data: bytes, progress: Progress) -> str:
        progress.begin(2)
        progress.step()
        held.wait(20)
        return "imported"

    monkeypatch.setattr(workspace, "imports", Imports(take))
    plain = watch([say(workspace, "Hello")])
    workspace.imports.start(ANN, b"")
    until(lambda: workspace.imports.of(ANN) == Import(1, 2))
    known = watch([workspace.library.conversation(ANN, "c")], coming=workspace.imports.of(ANN))
    assert known["url"] == "news/c?import="
    assert asked("c?import=")["sign"] == known["sign"]
    assert asked("c")["sign"] == plain["sign"]
    held.set()
    workspace.imports.of(ANN, 20)
    assert asked("c?import=")["sign"] != known["sign"]
