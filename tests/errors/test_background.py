"""No thread of the process ends by an exception: it is logged once, said, and the thread goes on."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from interactions import workspace
from interactions.conversations import costs
from interactions.conversations.request import Options
from interactions.errors import background
from interactions.providers.gemini.provider import Gemini
from interactions.running import watch
from interactions.running.watch import Watch
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.store import changes, leases, sending
from interactions.store.live import LiveTurns
from interactions.store.store import Store
from interactions.store.writer import Writer
from interactions.stream.journal import Frame, Journal
from interactions.turns.events import Body
from interactions.workspace import Workspace
from tests.waiting import until

OPTIONS = Options("gemini-2.5-flash")


class Planted(Exception):
    """What nobody has foreseen."""


def fail(*_: object, **__: object) -> NoReturn:
    raise Planted("planted")


@pytest.fixture(autouse=True)
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The threads that ended by an exception: none, in any of these tests."""
    names: list[str] = []
    monkeypatch.setattr(
        threading, "excepthook", lambda hook: names.append(str(hook.thread and hook.thread.name))
    )
    background.forget()
    yield names
    background.forget()
    assert names == []


@pytest.fixture
def app(sandbox: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setattr(watch, "PERIOD", 0.02)
    made = Workspace(Settings(api_key="k", base_url=sandbox.url, data=str(tmp_path)))
    yield made
    made.close()


def said(app: Workspace, text: str, conversation: str = "c") -> str:
    """Sends, and waits for the end; how the turn ended."""
    before = len(app.library.conversation("ann", conversation).turns) if conversation in known(app) else 0
    app.turns.send("ann", conversation, text, OPTIONS)
    until(lambda: len(app.library.conversation("ann", conversation).turns) > before)
    until(lambda: not app.library.conversation("ann", conversation).busy)
    return app.library.conversation("ann", conversation).turns[-1].turn.status


def known(app: Workspace) -> set[str]:
    return {entry.id for entry in app.library.at_hand("ann")}


def test_one_kind_is_logged_once_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    """With its traceback; a second kind is another one."""
    with caplog.at_level(logging.ERROR):
        for _ in range(100):
            with background.guard("here"):
                fail()
        with background.guard("there"):
            fail()
    assert len(caplog.records) == 2
    assert all(record.exc_info for record in caplog.records)
    told = background.summary()
    assert told is not None
    assert "Planted in here at 2" in told
    assert "(100 times)" in told
    assert "planted" not in told, "what an exception says may be anything"


def test_what_is_kept_is_bounded() -> None:
    for number in range(1_000):
        background.report(f"place {number}", Planted())
    assert len(background._seen) == background.MOST
    assert len(str(background.summary())) < 1_000


def test_one_look_that_fails_keeps_nobody_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Round after round."""
    monkeypatch.setattr(watch, "PERIOD", 0.01)
    looks: list[int] = []
    looking = Watch({"bad": fail, "good": lambda: looks.append(1)})
    until(lambda: len(looks) > 5)
    looking.close()


FAULTS: dict[str, tuple[object, str]] = {
    "frames": (changes, "append"),
    "an end": (changes, "finish"),
    "leases": (leases, "renew"),
    "what waits": (sending, "unblocked"),
    "abandoned turns": (LiveTurns, "take_abandoned"),
    "journals that rest": (Store, "rest"),
    "a commit": (Writer, "_commit"),
    "a collection": (Writer, "_write"),
    "a decision": (sending, "stored_newest"),
}


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_fails_in_a_round_the_next_one_comes(
    app: Workspace, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """The turn that was under way has an end, and when the fault is over all goes on as before."""
    assert said(app, "Before") == "completed"
    with monkeypatch.context() as patch:
        patch.setattr(*FAULTS[fault], fail)
        said(app, "Meanwhile", "other")
    until(lambda: said(app, "After") == "completed")
    until(lambda: not app._store._writer.unsaved())


@pytest.mark.slow
def test_a_turn_whose_reader_fails_has_an_end_and_says_why(
    app: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The note that says so is read without it."""

    def read(_self: Gemini, _state: None, _frame: Frame) -> tuple[None, tuple[Body, ...]]:
        raise Planted("cannot read")

    with monkeypatch.context() as patch:
        patch.setattr(Gemini, "read", read)
        assert said(app, "Hello") == "failed"
        error = app.library.conversation("ann", "c").turns[-1].turn.error
    assert error is not None
    assert "cannot read" in str(error.message)
    assert "Planted in a turn" in str(app.health()["threads"])
    assert said(app, "Again") == "completed"


@pytest.mark.slow
@pytest.mark.parametrize("place", [(LiveTurns, "finish"), (Store, "conversation")])
def test_an_end_that_fails_still_closes_the_journal(
    app: Workspace, monkeypatch: pytest.MonkeyPatch, place: tuple[type, str]
) -> None:
    """Whoever follows it does not wait for ever."""
    assert said(app, "Before") == "completed"
    journals: list[Journal[object]] = []
    with monkeypatch.context() as patch:
        app.turns.send("ann", "c", "Hello", OPTIONS)
        journals.append(app.library.conversation("ann", "c").turns[-1].journal)  # type: ignore[arg-type] # of turns
        patch.setattr(*place, fail)
        until(lambda: journals[0].closed)
        until(lambda: not app.turns.running())
    assert said(app, "After") == "completed"


@pytest.mark.slow
def test_a_replay_that_fails_ends(app: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its conversation is shown again as it is."""
    assert said(app, "Hello") == "completed"
    (stored,) = app.library.conversation("ann", "c").turns
    with monkeypatch.context() as patch:
        patch.setattr(Gemini, "read", fail)
        app.replays.start("ann", "c", stored.id, 0)
        until(lambda: not app.replays.playing("ann", "c"))
    assert "Planted in a replay" in str(background.summary())
    assert app.library.conversation("ann", "c").turns[0].turn.status == "completed"


def test_prices_that_cannot_be_loaded_cost_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "load", fail)
    workspace._load_prices()
    assert "Planted in prices" in str(background.summary())
