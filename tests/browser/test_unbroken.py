"""Whatever happens to the page, the network or the process: the turn ends as an undisturbed one would."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from benchmarks.harness import Server
from interactions import sandbox
from interactions.settings import Settings
from interactions.store.database import FILE
from interactions.ui import words
from tests.browser.conftest import StartApp
from tests.browser.playground import (
    button,
    close_popover,
    composer,
    expect_ended,
    lasting,
    letters,
    look,
    poll,
    rows,
    send,
    until,
    until_followed,
    until_in_mid_stream,
    visit,
)
from tests.browser.scripted import Answers, numbered, scripted, words_of
from tests.postgres import server as postgres
from tests.store.test_restart import expire

TAKEN_UP = 60.0  # seconds; a few are enough on an idle machine


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[dict[str, str]]:
    """The environment of apps whose sandbox outlives them."""
    running = sandbox.serve()
    yield {"INTERACTIONS_BASE_URL": running.url, "GEMINI_API_KEY": "any"}
    running.close()


def send_in_the_background(page: Page, text: str) -> None:
    page.get_by_role("button", name=words.SETTINGS).click()
    page.get_by_text("Run in the background").click()
    close_popover(page)
    send(page, text)


def answer_at_the_end(page: Page, prompt: str) -> str:
    """The last turn has come to its end in this page, and quotes the prompt once."""
    expect_ended(page, within=TAKEN_UP)
    answer = look(page).answer
    assert letters(answer).count(letters(prompt)) == 1
    return answer


def test_fifteen_clicks_a_refresh_and_a_second_tab_change_nothing(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """Everything that can be clicked while a turn streams; both tabs end with the same text, whole."""
    held = answers.hold("ant", count=200)
    visit(page, scripted_app)
    send(page, "ant")
    until_in_mid_stream(page)
    _click_everything(page)
    page.reload()
    until_in_mid_stream(page)
    second = page.context.new_page()
    second.goto(page.url)
    until_in_mid_stream(second)
    held.more()
    for tab in (page, second):
        expect_ended(tab)
        assert look(tab).answer.split() == words_of("ant", 200)
        assert len(rows(tab)) == len(rows(page))


def test_a_page_that_reads_a_stream_is_told_that_saving_is_behind_and_stays_where_it_is(
    page: Page, start_app: StartApp, tmp_path: Path
) -> None:
    """The sentence comes and goes; who has scrolled up reads the same row before, meanwhile and after."""
    _, body = numbered(400)
    gate = threading.Event()
    with scripted({"Count.": body}, gate) as url:
        app = start_app({"INTERACTIONS_BASE_URL": url, "GEMINI_API_KEY": "none"}, folder=tmp_path)
        visit(page, app)
        send(page, "Count.")
        until_in_mid_stream(page)
        # All that comes before the gate is drawn: rows that still arrive may move others out of the window.
        expect(page.locator(".st-key-event_log .row", has_text="word190 ")).to_have_count(1)
        until_followed(page)
        page.evaluate("document.querySelector('.st-key-event_log').scrollTop = 300")
        before = _row_at_the_top(page)
        with closing(sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)) as lock:
            lock.execute("BEGIN IMMEDIATE")
            opened = page.context.new_page()
            visit(opened, app)
            send(opened, "Hello")
            expect(page.get_by_text("Not saved yet")).to_be_visible(timeout=20_000)
            assert _row_at_the_top(page) == before
            lock.execute("ROLLBACK")
        expect(page.get_by_text("Not saved yet")).to_have_count(0, timeout=20_000)
        assert _row_at_the_top(page) == before
        gate.set()
        expect_ended(page)


def _row_at_the_top(page: Page) -> str:
    """The row that is read: the first one that is whole in its pane."""
    return str(
        page.evaluate(
            """() => {
                const pane = document.querySelector('.st-key-event_log');
                const top = pane.getBoundingClientRect().top;
                const rows = [...pane.querySelectorAll('.row')];
                return rows.find(row => row.getBoundingClientRect().top >= top - 1)?.textContent ?? '';
            }"""
        )
    )


def _click_everything(page: Page) -> None:
    for key in ("log_pause", "log_pause", "log_filter", "log_filter", "log_export", "log_export"):
        button(page, key).click()
    for name in (words.SETTINGS, words.SETTINGS, words.THIS_CONVERSATION, words.THIS_CONVERSATION):
        page.get_by_role("button", name=name, exact=True).click()
    for _ in range(2):
        button(page, "new_conversation").click()
        expect(page.get_by_text(words.EMPTY)).to_be_visible()
        button(page, "open_").click()
        until_in_mid_stream(page)
    button(page, "open_").click()


def test_a_killed_server_comes_back_with_the_page_open(
    page: Page, start_app: StartApp, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    """The page finds the new process, which takes the run up when the old one's lease has ended."""
    prompt = lasting(6)
    app = start_app(elsewhere, folder=tmp_path)
    visit(page, app)
    send_in_the_background(page, prompt)
    until_in_mid_stream(page)
    app.kill()
    _until_over_at_the_server(page, elsewhere["INTERACTIONS_BASE_URL"])
    expire(Settings(data=str(tmp_path / "data")))
    start_app(elsewhere, folder=tmp_path, port=app.port)
    answer_at_the_end(page, prompt)
    assert words.CLIMBED["get"] in look(page).conversation
    assert [row.type for row in rows(page)].count("resume") == 1
    send(page, "What did I say?")
    until(page, lambda shown: shown.turns == 2)
    expect_ended(page)


def _until_over_at_the_server(page: Page, url: str) -> None:
    """The run that the page shows goes on without it, and ends."""
    (created,) = (row.json for row in rows(page) if row.type == "interaction.created")
    address = f"{url}/v1beta/interactions/{created['interaction']['id']}"
    for _ in poll(page):
        if httpx.get(address, headers={"x-goog-api-key": "any"}).json()["status"] == "completed":
            return
    raise AssertionError("the run has no end")


def test_a_tab_on_another_server_sees_the_stream_and_its_end_when_the_first_is_killed(
    page: Page, start_app: StartApp, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    """Two apps on one PostgreSQL."""
    prompt = lasting(12)
    with postgres() as url:
        environ = elsewhere | {"INTERACTIONS_DATABASE_URL": url}
        first, second = (_started(start_app, environ, tmp_path / name) for name in ("first", "second"))
        visit(page, first)
        send_in_the_background(page, prompt)
        until_in_mid_stream(page)
        other = page.context.new_page()
        other.goto(page.url.replace(first.url, second.url))
        until_in_mid_stream(other)
        first.kill()
        expire(Settings(data=str(tmp_path), database_url=url))
        answer_at_the_end(other, prompt)
        second.stop()


def _started(start_app: StartApp, environ: dict[str, str], folder: Path) -> Server:
    folder.mkdir()
    return start_app(environ, folder=folder)


def test_a_page_that_waits_sends_nothing_of_its_own_over_its_socket(page: Page, app: Server) -> None:
    """Whatever is sent there takes along a click or a message that is on its way, which then counts twice."""
    sent: list[str | bytes] = []

    def heard(frame: str | bytes) -> None:
        sent.append(frame)

    page.on("websocket", lambda socket: socket.on("framesent", heard))
    visit(page, app)
    send(page, "Hello")
    expect_ended(page)
    with page.expect_request("**/news/*"):
        known = len(sent)
    page.wait_for_timeout(5_000)
    assert len(sent) == known


def test_two_tabs_on_one_conversation_stay_in_step(page: Page, app: Server) -> None:
    """What is sent, renamed or stopped in one is seen in the other, without a click there."""
    visit(page, app)
    send(page, "Hello")
    expect_ended(page)
    other = page.context.new_page()
    other.goto(page.url)
    expect_ended(other)
    send(other, "Hello from the other tab")
    until(page, lambda shown: shown.turns == 2)
    expect_ended(page)
    assert "Hello from the other tab" in look(page).conversation
    expect(composer(page)).to_be_visible()
