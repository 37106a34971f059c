"""What a page that waits is told when it asks whether there is news."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from interactions.request import Options
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.store.conversation import Conversation
from interactions.ui import routes
from interactions.ui.identity import COOKIE, owner_of
from interactions.ui.news import sign, watch
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
    workspace.send(ANN, conversation, text, OPTIONS, after=after, fork=bool(after))
    until(lambda: not workspace.conversation(ANN, conversation).busy)
    return workspace.conversation(ANN, conversation)


def asked(ids: str, cookie: str = "ann") -> dict[str, str]:
    answer = CLIENT.get(f"/news/{ids}", headers={"cookie": f"{COOKIE}={cookie}"})
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, str] = answer.json()
    return found


@pytest.mark.parametrize(
    "happens",
    [
        lambda workspace: say(workspace, "More"),
        lambda workspace: workspace.rename(ANN, "c", "Another title"),
        lambda workspace: workspace.pin(ANN, "c"),
        lambda workspace: workspace.delete(ANN, "c"),
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


@pytest.mark.parametrize(("left", "told"), [(None, None), (-3.0, None), (0.0, None), (3.0, 3.0)])
def test_a_session_that_is_over_is_not_waited_for(left: float | None, told: float | None) -> None:
    assert watch([Conversation("c")], left)["over"] == told
