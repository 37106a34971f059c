"""What the page says when the database cannot be read, or something in it: none looks like an empty one."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from interactions.conversations.request import Options
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.ui import live, words
from interactions.ui.drawing.markdown import as_label
from interactions.ui.live import Saving
from interactions.ui.server import routes
from interactions.ui.server.identity import COOKIE
from interactions.ui.server.news import watch
from interactions.ui.server.root import workspace
from interactions.workspace import Workspace
from tests.browser.scripted import numbered, scripted
from tests.ui.conftest import script, whole_app
from tests.waiting import until

pytestmark = pytest.mark.slow

OPTIONS = Options("gemini-2.5-flash")
FILE = "kept.db"  # of the fixture `page`


def told(sandbox: Server, folder: Path, owner: str, *messages: str) -> None:
    """Another process has had a conversation "c" with this visitor."""
    settings = Settings(api_key="any", base_url=sandbox.url, database_url=f"sqlite:///{folder / FILE}")
    made = Workspace(settings)
    for text in messages:
        made.turns.send(owner, "c", text, OPTIONS)
        until(lambda: not made.library.conversation(owner, "c").busy)
    made.close()


@contextmanager
def away(folder: Path) -> Iterator[None]:
    """The database is gone, and comes back."""
    moved = [(each, each.with_name(f"away-{each.name}")) for each in folder.glob(f"{FILE}*")]
    for each, place in moved:
        each.rename(place)
    try:
        yield
    finally:
        for each, place in moved:
            place.rename(each)


def opened(page: AppTest, sandbox: Server, folder: Path, *messages: str) -> AppTest:
    """A page that is about to show a conversation which its process has never read."""
    told(sandbox, folder, page.session_state["_owner"], *messages)
    page.query_params["conversation"] = "c"
    return page


def errors(page: AppTest) -> str:
    return " ".join(each.value for each in page.error)


def damaged(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / FILE)) as connection, connection:
        connection.execute(statement, (b"\xffgarbage",))


def test_a_message_to_what_cannot_be_read_is_refused_and_stays_in_the_composer(
    page: AppTest, sandbox: Server, tmp_path: Path
) -> None:
    """The page does not look as if the conversation were empty; when the database is back it is all there."""
    opened(page, sandbox, tmp_path, "One", "Two")
    with away(tmp_path):
        page.run()
        assert "cannot be read just now" in errors(page)
        assert words.UNREAD in [each.value for each in page.caption]
        assert not any(each.value.startswith(f"#### {words.EMPTY}") for each in page.markdown)
        page.chat_input[0].set_value("Three").run()
        assert not page.exception
        assert page.chat_input[0].proto.value == "Three"
        assert page.session_state["_conversation"] == "c"
    page.run()
    assert len(page.session_state["turns"]) == 2
    page.chat_input[0].set_value("Three").run()
    assert len(page.session_state["turns"]) == 3


@pytest.fixture
def whole(sandbox: Server, tmp_path: Path, environ: pytest.MonkeyPatch) -> AppTest:
    """The whole app, whose workspace a test can reach."""
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "any")
    environ.setenv("INTERACTIONS_DATABASE_URL", f"sqlite:///{tmp_path / FILE}")
    page = whole_app()
    return page.run()


def missing(page: AppTest) -> int:
    """How many turns are shown as such that cannot be read now."""
    return shown(page).count("This turn cannot be read just now")


def shown(page: AppTest) -> str:
    return " ".join(str(getattr(each, "value", "")) for each in page.main)


def rests(page: AppTest, *places: int, conversation: str = "") -> None:
    """The frames of these turns are in the database alone."""
    store = workspace()._store
    store.save()
    conversation = conversation or page.session_state["_conversation"]
    turns = store.conversation(page.session_state["_owner"], conversation).turns
    for place in places:
        store._journals._unload(turns[place].id, turns[place].journal)


def test_a_message_that_would_follow_what_cannot_be_read_is_refused_whatever_is_in_memory(
    whole: AppTest, sandbox: Server, tmp_path: Path
) -> None:
    """A look at the list, or a poll, has brought the conversation's places into memory, and no turn of it."""
    owner = whole.session_state["_owner"]
    told(sandbox, tmp_path, owner, "One", "Two")
    workspace().library.conversation(owner, "c")
    whole.query_params["conversation"] = "c"
    with away(tmp_path):
        whole.run()
        assert not whole.exception
        assert "cannot be read just now" in errors(whole)
        assert missing(whole) == 2
        whole.chat_input[0].set_value("Three").run()
        assert whole.chat_input[0].proto.value == "Three"
        assert len(workspace().library.conversation(owner, "c").turns) == 2
        assert not workspace().library.conversation(owner, "c").queue
    whole.run()
    assert missing(whole) == 0
    whole.chat_input[0].set_value("Three").run()
    assert [turn.status for turn in whole.session_state["turns"]] == ["completed"] * 3


def test_what_is_in_memory_is_shown_beside_turns_that_cannot_be_read(whole: AppTest, tmp_path: Path) -> None:
    """In the log as well; what is sent then follows a turn that can be seen, and is seen itself."""
    for text in ("One", "Two", "Three"):
        whole.chat_input[0].set_value(text).run()
    rests(whole, 0, 1)
    with away(tmp_path):
        whole.run()
        assert not whole.exception
        assert missing(whole) == 2
        whole.chat_input[0].set_value("Four").run()
        assert not whole.exception
        assert missing(whole) == 2
        assert [turn.ended for turn in whole.session_state["turns"]] == [True] * 4
        assert shown(whole).count("<b>Turn ") == 4
        assert "Four" in shown(whole)
    whole.run()
    assert missing(whole) == 0


def test_that_turns_can_be_read_again_is_news(whole: AppTest, tmp_path: Path) -> None:
    """The page asks for it as long as it shows some that cannot; another page's look reads no turn."""
    whole.chat_input[0].set_value("One").run()
    rests(whole, 0)
    owner, id = whole.session_state["_owner"], whole.session_state["_conversation"]
    found = workspace().library.conversation(owner, id)
    known = watch([found], unread=True)
    ask = partial(looked, owner, f"/{known['url']}")
    with away(tmp_path):
        until(lambda: not workspace().saving())
        assert ask() == known["sign"]
    assert ask() == watch([found])["sign"] != known["sign"]
    rests(whole, 0)
    looked(owner, f"/{watch([found])['url']}")
    assert not found.turns[-1].journal.loaded


def looked(owner: str, path: str) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(routes, "owner_of", lambda _cookie: owner)
        client = TestClient(Starlette(routes=routes.ROUTES), cookies={COOKIE: "any"})
        return client.get(path).json()["sign"]


def test_a_new_conversation_can_be_begun_meanwhile(page: AppTest, tmp_path: Path) -> None:
    """And gone on with; the page says that it is not saved, and that the library is not whole."""
    with away(tmp_path):
        for text in ("One", "Two"):
            page.chat_input[0].set_value(text).run()
        assert not page.exception
        assert [turn.status for turn in page.session_state["turns"]] == ["completed"] * 2
        assert any("cannot be read just now" in each.value for each in page.sidebar.caption)
        assert any(str(button.key).startswith("open_") for button in page.sidebar.button)
        page.run()
        assert any("Not saved yet" in each.value for each in page.warning)


def test_a_click_that_the_database_does_not_let_through_is_said(
    page: AppTest, sandbox: Server, tmp_path: Path
) -> None:
    opened(page, sandbox, tmp_path, "One").run()
    with away(tmp_path):
        next(button for button in page.button if str(button.key).startswith("fork_right_")).click().run()
        assert not page.exception
        assert AWAY in errors(page)


AWAY = "The file of the conversations is gone"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE turns SET prompt = ? WHERE number = 2",
        "UPDATE turns SET reported = ? WHERE number = 2",
        "UPDATE turns SET provider = ? WHERE number = 2",
        "UPDATE frames SET packed = ? WHERE turn = (SELECT id FROM turns WHERE number = 2)",
    ],
)
def test_a_turn_that_nobody_can_read_is_shown_as_one(
    page: AppTest, sandbox: Server, tmp_path: Path, statement: str
) -> None:
    """With the reason; the turns beside it are whole, and the conversation goes on."""
    opened(page, sandbox, tmp_path, "One", "Two", "Three")
    damaged(tmp_path, statement)
    page.run()
    assert not page.exception
    assert [turn.status for turn in page.session_state["turns"]] == ["completed", "failed", "completed"]
    shown = " ".join(str(each.value) for each in page.main if hasattr(each, "value"))
    assert "cannot be read" in shown
    page.chat_input[0].set_value("Four").run()
    assert not page.exception
    assert page.session_state["turns"][-1].status == "completed"


def test_what_waits_and_cannot_be_read_is_counted(page: AppTest, sandbox: Server, tmp_path: Path) -> None:
    """It is neither sent nor deleted."""
    opened(page, sandbox, tmp_path, "One")
    damaged(tmp_path, "INSERT INTO queue (id, conversation, position, prompt) VALUES ('bad', 'c', 1, ?)")
    page.run()
    assert not page.exception
    assert words.QUEUE_UNREADABLE.format(1) in [each.value for each in page.caption]
    page.chat_input[0].set_value("Two").run()
    assert len(page.session_state["turns"]) == 2
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("SELECT id FROM queue").fetchall() == [("bad",)]


def test_health_is_503_with_the_reason_and_200_when_it_is_mended(
    sandbox: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a write."""
    settings = Settings(api_key="any", base_url=sandbox.url, database_url=f"sqlite:///{tmp_path / FILE}")
    made = Workspace(settings)
    monkeypatch.setattr(routes, "workspace", lambda: made)
    client = TestClient(Starlette(routes=routes.ROUTES))
    assert client.get("/health").status_code == 200
    with away(tmp_path):
        until(lambda: client.get("/health").status_code == 503)
        found = client.get("/health").json()
        assert found["ok"] is False
        assert found["reason"].startswith(AWAY)
        assert found["saving"] == "all is saved"
    until(lambda: client.get("/health").status_code == 200)
    assert client.get("/health").json()["threads"]
    made.close()


def test_a_comparison_that_cannot_be_read_is_not_forgotten(
    sandbox: Server, tmp_path: Path, environ: pytest.MonkeyPatch
) -> None:
    """It is shown again when it can be; what is written meanwhile begins no other one."""
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "any")
    environ.setenv("INTERACTIONS_DATABASE_URL", f"sqlite:///{tmp_path / FILE}")
    page = whole_app()
    page.switch_page("pages/compare.py").run()
    page.chat_input[0].set_value("One").run()
    ids = page.session_state["_compare"]
    until(lambda: not workspace().saving())
    workspace()._store.save()
    for id in ids:
        workspace()._store._cache.drop(page.session_state["_owner"], id)
    with away(tmp_path):
        page.run()
        assert any("cannot be read just now" in each.value for each in page.warning)
        page.chat_input[0].set_value("Two").run()
        assert page.session_state["_compare"] == ids
        assert page.chat_input[0].proto.value == "Two"
    page.run()
    assert not page.exception
    assert page.session_state["_compare"] == ids
    assert len(workspace().library.conversation(page.session_state["_owner"], ids[0]).turns) == 1


def test_a_column_that_cannot_be_read_says_so_beside_the_others(whole: AppTest, tmp_path: Path) -> None:
    """In the place of its answer, and in its log; it is read again when it can be."""
    whole.switch_page("pages/compare.py").run()
    whole.chat_input[0].set_value("One").run()
    first, second = whole.session_state["_compare"]
    whole.toggle(key=f"compare_log_{first}").set_value(True).run()
    rests(whole, 0, conversation=first)
    with away(tmp_path):
        whole.run()
        assert not whole.exception
        assert any("cannot be read just now" in each.value for each in whole.warning)
        assert missing(whole) == 1
        assert 'class="status good"' in shown(whole)
        assert whole.session_state["_compare"] == (first, second)
    whole.run()
    assert missing(whole) == 0
    assert not whole.warning


class Place:
    """What is drawn where saving is spoken of."""

    def __init__(self) -> None:
        self.drawn: list[str] = []

    def warning(self, text: str) -> None:
        self.drawn.append(text)

    def empty(self) -> None:
        self.drawn.append("")


def test_that_saving_is_behind_is_said_while_a_stream_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It appears, and goes; what has not changed is not drawn again."""
    monkeypatch.setattr(live, "SAVING", 0.0)
    place, said = Place(), iter([None, "Late.", "Late.", "Later.", None, None])
    ask: Callable[[], str | None] = lambda: next(said)  # noqa: E731 (it has no name of its own)
    saving = Saving(place, ask, None)  # type: ignore[arg-type] # it has what is used
    for _ in range(6):
        saving.draw()
    assert place.drawn == ["", as_label("Late."), as_label("Later."), ""]


def test_a_page_in_mid_stream_says_that_saving_is_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the run that follows the stream; and in that run it is over again."""
    monkeypatch.setattr(live, "SAVING", 0.05)
    seen: list[str | None] = []
    late, well = threading.Event(), threading.Event()

    class Watched(Saving):
        def _show(self) -> None:
            super()._show()
            seen.append(self._told)
            (late if self._told else well).set()

    def mend() -> None:
        assert late.wait(20)
        well.clear()
        lock.execute("ROLLBACK")
        assert well.wait(20)
        gate.set()

    monkeypatch.setattr("interactions.ui.page.Saving", Watched)
    gate, (_, body) = threading.Event(), numbered(20)
    with scripted({"Count.": body}, gate) as url:
        page = AppTest.from_function(
            script, args=(url, f"sqlite:///{tmp_path / FILE}"), default_timeout=60
        ).run()
        with closing(sqlite3.connect(tmp_path / FILE, isolation_level=None, check_same_thread=False)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            mending = threading.Thread(target=mend)
            mending.start()
            page.chat_input[0].set_value("Count.").run()
            mending.join()
    assert not page.exception
    assert gate.is_set()
    assert [bool(told) for told in seen[:2]] == [False, False]
    assert any(told and "Not saved yet" in told for told in seen)
    assert seen[-1] is None
