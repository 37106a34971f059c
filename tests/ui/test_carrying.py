"""What the page does with conversations on their way: files out and in, and replays."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from streamlit.delta_generator import DeltaGenerator
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Html, Markdown, Text

from interactions.cassettes import load, replayed
from interactions.conversations.conversation import new_id
from interactions.running import replays
from interactions.running.imports import STOPPED, Import, Imports, Progress
from interactions.sandbox import Server
from interactions.stream.journal import Frame
from interactions.stream.stop import Stop
from interactions.turns.turn import text_of
from interactions.ui import words
from interactions.ui.drawing.markdown import as_label
from interactions.ui.live import Live
from interactions.ui.server.root import workspace
from interactions.ui.sidebar import library
from interactions.ui.tab import session
from interactions.ui.words import importing
from tests.ui.conftest import whole_app
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("environ")]

TITLE = "My name is *Ada*."


@pytest.fixture
def page(sandbox: Server, environ: pytest.MonkeyPatch) -> AppTest:
    """A conversation of two turns, with the popover of the export open."""
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "any")
    made = whole_app()
    made.run()
    for text in (TITLE, "What is my name?"):
        made.chat_input(key="composer").set_value(text).run()
    return show(made, "log_export")


def show(page: AppTest, popover: str) -> AppTest:
    page.session_state[popover] = True
    return page.run()


def seen(page: AppTest) -> list[str]:
    """All that the panes say."""
    return [str(node.value) for node in page.main if isinstance(node, Markdown | Text | Html)]


def upload(page: AppTest, data: bytes) -> AppTest:
    show(page, "library_import")
    page.file_uploader[0].upload("conversation.json", data, "application/json")
    return page.run()


def stored(page: AppTest) -> tuple[str, str]:
    """The visitor, and the conversation that is open."""
    return page.session_state["_owner"], page.session_state["_conversation"]


def test_a_turn_and_its_conversation_are_files(page: AppTest, environ: pytest.MonkeyPatch) -> None:
    """Made when they are asked for: of the turn that is chosen under Filter, or the last one."""
    files: dict[str, Callable[[], bytes]] = {}
    original = DeltaGenerator.download_button

    def noticed(box: DeltaGenerator, label: str, data: Any, *args: Any, **more: Any) -> bool:
        files[label] = data
        return original(box, label, data, *args, **more)

    environ.setattr(DeltaGenerator, "download_button", noticed)
    page.run()
    assert {words.EXPORT_TURN, words.EXPORT_CONVERSATION} <= {button.label for button in page.download_button}
    assert files[words.EXPORT_CONVERSATION]() == workspace().cassettes.export(*stored(page))
    assert [turn.input for turn in load(files[words.EXPORT_TURN]()).turns] == ["What is my name?"]
    first = workspace().library.conversation(*stored(page)).turns[0]
    page.session_state["log_filter"] = True
    page.run()
    page.selectbox(key="log_turn").set_value(first.id).run()
    assert [turn.input for turn in load(files[words.EXPORT_TURN]()).turns] == [TITLE]
    assert words.EXPORTED_TURN.format(1) in [caption.value for caption in page.caption]


def test_an_imported_conversation_is_opened_and_looks_the_same(page: AppTest) -> None:
    """It is another one, with the same title; its next turn names no interaction of another account."""
    original, file = stored(page), workspace().cassettes.export(*stored(page))
    shown = [value for value in seen(page) if "raw/" not in value]
    upload(page, file)
    assert not page.exception
    assert stored(page) != original
    assert page.query_params["conversation"] in (stored(page)[1], [stored(page)[1]])
    assert [value for value in seen(page) if "raw/" not in value] == shown
    labels = [button.label for button in page.sidebar.button if str(button.key).startswith("open_")]
    assert labels == ["My name is &#42;Ada&#42;&#46;"] * 2
    assert words.SENT_ALONG in [code.value for code in page.sidebar.code]
    assert page.session_state["library_import"] is False
    page.chat_input(key="composer").set_value("What is my name?").run()
    _, known, new = (each.turn for each in workspace().library.conversation(*stored(page)).turns)
    assert text_of(new) == text_of(known)
    assert workspace().cassettes.export(*original) == file


def test_what_is_no_conversation_is_refused_in_words(page: AppTest) -> None:
    """What was open stays open, nothing is stored, and the next file is taken."""
    before = stored(page)
    upload(page, b'{"format": "*har*"}')
    (error,) = page.error
    assert error.value.startswith("The file is no cassette")
    assert stored(page) == before
    assert len(workspace().library.conversations(before[0])) == 1
    upload(page, workspace().cassettes.export(*before))
    assert not page.error
    assert len(workspace().library.conversations(before[0])) == 2


def test_a_replay_runs_in_both_panes_and_then_all_is_as_it_was(
    page: AppTest, environ: pytest.MonkeyPatch
) -> None:
    """It is followed like any turn, ends with the turn that was chosen, and leaves nothing behind."""
    before, file = seen(page), workspace().cassettes.export(*stored(page))
    first = workspace().library.conversation(*stored(page)).turns[0]
    live: list[tuple[int, bool]] = []
    follow, looked_at = Live.follow, threading.Event()

    def followed(view: Live, draw: Callable[[], None]) -> None:
        conversation = workspace().library.conversation(*stored(page))
        live.append((len(conversation.turns), conversation.running))
        looked_at.set()
        follow(view, draw)

    def awaited(frames: Sequence[Frame], stop: Stop, pace: float) -> Iterator[Frame]:
        assert looked_at.wait(20)
        yield from replayed(frames, stop, pace)

    environ.setattr(replays, "replayed", awaited)
    environ.setattr(Live, "follow", followed)
    show(page, "log_filter").selectbox(key="log_turn").set_value(first.id).run()
    page.button(key="replay").click().run()
    assert not page.exception
    assert [status for status in seen(page) if 'class="status' in status] == [
        status for status in before if 'class="status' in status
    ]
    assert live == [(1, True)]
    assert workspace().cassettes.export(*stored(page)) == file
    assert not workspace().replays.playing(*stored(page))


def test_stop_ends_a_replay(page: AppTest, environ: pytest.MonkeyPatch) -> None:
    """The turn is whole again at once; while it plays it cannot be begun once more."""
    before = seen(page)
    last = workspace().library.conversation(*stored(page)).turns[-1]
    workspace().replays.start(*stored(page), last.id, pace=1e6)
    environ.setattr(Live, "follow", lambda _view, _draw: session.touch())
    environ.setattr("interactions.ui.page.st.rerun", lambda: None)
    page.run()
    assert words.REPLAYING in [caption.value for caption in page.caption]
    assert page.button(key="replay").disabled
    assert page.button(key="replay_at_once").disabled
    page.button(key="stop").click().run()
    assert words.REPLAYING not in [caption.value for caption in page.caption]
    assert seen(page) == before


class Waiting:
    """An import that goes on when it is told to."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, _owner: str, _data: bytes, progress: Progress) -> str:
        progress.begin(4)
        progress.step()
        self.go.wait(20)
        progress.step()
        return new_id()


@pytest.fixture
def waiting(page: AppTest, environ: pytest.MonkeyPatch) -> Iterator[Waiting]:
    made = Waiting()
    environ.setattr(library, "MOMENT", 0.0)
    environ.setattr(workspace(), "imports", Imports(made))
    yield made
    made.go.set()


def test_a_long_import_shows_how_far_it_is_and_is_opened_when_it_is_over(
    page: AppTest, waiting: Waiting
) -> None:
    """The page goes on meanwhile; the conversation that is open stays open until somebody opens the other."""
    owner, before = stored(page)
    upload(page, b"any")
    until(lambda: workspace().imports.of(owner) == Import(1, 4))
    page.run()
    assert page.get("progress")[0].proto.text == importing.COMING.format(0.25)
    waiting.go.set()
    over = workspace().imports.of(owner, 20)
    page.run()
    assert (stored(page)[1], page.get("progress")) == (before, [])
    page.button(key="import_open").click().run()
    assert over is not None
    assert workspace().imports.of(owner) is None
    assert page.session_state["_conversation"] in ("", over.conversation)


def test_a_long_import_can_be_stopped(page: AppTest, waiting: Waiting) -> None:
    """And says so where it was begun, until that was seen."""
    owner, before = stored(page)
    upload(page, b"any")
    page.run().button(key="import_stop").click().run()
    waiting.go.set()
    workspace().imports.of(owner, 20)
    page.run()
    assert as_label(STOPPED) in [each.value for each in page.caption]
    assert not page.error
    page.button(key="import_close").click().run()
    assert as_label(STOPPED) not in [each.value for each in page.caption]
    assert stored(page)[1] == before
