"""A turn in both panes while it streams, whatever happens in the page."""

import json
import threading
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from benchmarks.harness import ROOT, Server
from interactions.ui import words
from tests.browser.conftest import StartApp
from tests.browser.playground import (
    Look,
    Row,
    button,
    expect_ended,
    expect_whole,
    lasting,
    letters,
    look,
    poll,
    rows,
    send,
    turns,
    until,
    until_in_mid_stream,
    visit,
    watch,
)
from tests.browser.scripted import Answers, Held, numbered, scripted, words_of


def test_a_streamed_turn_grows_in_both_panes_and_ends_as_the_server_has_it(page: Page, app: Server) -> None:
    """Rows and text come bit by bit; text, log and a GET at the server agree to the letter."""
    prompt = lasting(4)
    visit(page, app)
    send(page, prompt)
    looks = watch(page)
    assert _growth([len(shown.answer) for shown in looks if shown.status == "answering"]) > 10
    assert _growth([shown.rows for shown in looks if shown.status == "answering"]) > 10
    expect_whole(page, prompt)
    log = rows(page)
    deltas = [row.json["delta"] for row in log if row.type == "step.delta"]
    streamed = "".join(delta["text"] for delta in deltas if delta["type"] == "text")
    assert letters(look(page).answer) == letters(streamed)
    assert _output(_at_the_server(log)) == streamed


def _growth(sizes: list[int]) -> int:
    """How often it grew; it never shrank."""
    assert sizes == sorted(sizes)
    return sum(before < after for before, after in pairwise(sizes))


def _at_the_server(log: list[Row]) -> dict[str, object]:
    """The interaction of this log, as the sandbox answers a GET."""
    endpoint = log[0].json["url"]
    name = next(row.json["interaction"]["id"] for row in log if row.type == "interaction.created")
    answer = httpx.get(f"{endpoint}/{name}", headers={"x-goog-api-key": "any"}, trust_env=False)
    found: dict[str, object] = answer.raise_for_status().json()
    assert found["status"] == "completed"
    return found


def _output(interaction: dict[str, object]) -> str:
    steps = interaction["steps"]
    assert isinstance(steps, list)
    parts = [part for step in steps if step["type"] == "model_output" for part in step["content"]]
    return "".join(part["text"] for part in parts)


def test_a_refresh_in_mid_stream_shows_the_turn_from_its_start_and_goes_on(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """The turn belongs to the process; the page's URL leads back to it."""
    held = answers.hold("ant")
    visit(page, scripted_app)
    send(page, "ant")
    before = until_in_mid_stream(page)
    page.reload()
    _shows_the_same_stream(page, before)
    _goes_on_to_its_end(held, page)


def test_a_second_tab_in_mid_stream_shows_the_turn_from_its_start_and_goes_on(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """Two pages follow one turn, each to its end."""
    held = answers.hold("ant")
    visit(page, scripted_app)
    send(page, "ant")
    before = until_in_mid_stream(page)
    second = page.context.new_page()
    second.goto(page.url)
    _shows_the_same_stream(second, before)
    _goes_on_to_its_end(held, second, page)


def _shows_the_same_stream(page: Page, before: Look) -> None:
    shown = until_in_mid_stream(page, before.rows)
    assert rows(page)[0].type == "request"
    assert "ant0 " in shown.answer


def _goes_on_to_its_end(held: Held, *pages: Page) -> None:
    for _ in range(3):
        before = look(pages[0]).rows
        held.more(8)
        for page in pages:
            until(page, lambda shown, before=before: shown.rows == before + 8)  # type: ignore[misc]  # a default binds the loop's
    held.more()
    for page in pages:
        expect_ended(page)
        assert look(page).answer.split() == words_of("ant")
        assert look(page).turns == 1


def test_six_clicks_in_mid_stream_disturb_nothing_and_leave_no_thread(
    page: Page, start_app: StartApp
) -> None:
    """Each click starts the script anew beside the run that follows the turn; that run ends."""
    text, body = numbered(200)
    gate = threading.Event()
    with scripted({"Count.": body}, gate) as url:
        app = start_app({"INTERACTIONS_BASE_URL": url, "GEMINI_API_KEY": "none"})
        visit(page, app)
        gate.set()
        send(page, "Hello")
        expect_ended(page)
        before = _threads(app)
        gate.clear()
        send(page, "Count.")
        expect(turns(page)).to_have_count(2)
        until_in_mid_stream(page)
        for _ in range(6):
            button(page, "open_").click()
        until(page, lambda shown: "word99" in shown.answer and shown.answering)
        gate.set()
        expect_ended(page)
        assert look(page).answer.split() == text.split()
        for _ in poll(page):
            if _threads(app) <= before + 2:  # a pool may have grown by a thread or two
                break
        assert _threads(app) <= before + 2
        assert _running(app) == 0


def _threads(app: Server) -> int:
    return len(list(Path(f"/proc/{app.pid}/task").iterdir()))


def _running(app: Server) -> int:
    return int(httpx.get(f"{app.url}/health", trust_env=False).json()["running_turns"])


@pytest.mark.parametrize(
    ("prompt", "last_row"),
    [("Stay silent before the headers.", "request"), ("Stay silent.", "interaction.created")],
)
def test_stop_ends_a_silent_turn_at_once(page: Page, app: Server, prompt: str, last_row: str) -> None:
    """Within two seconds the turn says cancelled, and the page takes the next message."""
    visit(page, app)
    send(page, prompt)
    until(page, lambda shown: last_row in shown.log)
    button(page, "stop").click()
    expect_ended(page, "cancelled", within=2)
    assert words.OUTSIDE_CHAIN in look(page).conversation
    send(page, "Hello")
    expect(turns(page)).to_have_count(2)
    expect_ended(page)


def test_two_conversations_stream_at_once(page: Page, scripted_app: Server, answers: Answers) -> None:
    """Neither waits for the other."""
    second = page.context.new_page()
    prompts = {page: "ant", second: "bee"}
    held = answers.hold(*prompts.values())
    for tab in prompts:
        visit(tab, scripted_app)
    for tab, prompt in prompts.items():
        send(tab, prompt)
    for tab in prompts:
        until_in_mid_stream(tab)
    assert _running(scripted_app) >= 2
    held.more()
    for tab, prompt in prompts.items():
        expect_ended(tab)
        assert look(tab).answer.split() == words_of(prompt)
    assert "bee" not in look(page).conversation
    assert "ant0" not in look(second).conversation


def test_health_says_what_runs_here(app: Server) -> None:
    """200 and JSON, for a load balancer."""
    answer = httpx.get(f"{app.url}/health", trust_env=False)
    assert answer.status_code == 200
    assert answer.json()["ok"] is True
    assert answer.json()["sandbox"] is True


def test_health_says_why_nothing_can_run(start_app: StartApp) -> None:
    """503 and the reason, which names the variable."""
    answer = httpx.get(f"{start_app({'INTERACTIONS_API_VERSION': 'v3'}).url}/health", trust_env=False)
    assert answer.status_code == 503
    assert answer.json()["ok"] is False
    assert "INTERACTIONS_API_VERSION" in json.dumps(answer.json()["reason"])


def test_an_address_below_a_page_leads_to_that_page(app: Server) -> None:
    """Below each page that there is; Streamlit's own addresses stay."""
    pages = {path.stem for path in (ROOT / "pages").glob("*.py")} - {"playground"}
    for each in pages:
        below = httpx.get(f"{app.url}/{each}/x?a=b", headers={"accept": "text/html"}, trust_env=False)
        assert (below.status_code, str(below.next_request and below.next_request.url)) == (
            307,
            f"{app.url}/{each}?a=b",
        )
    health = httpx.get(f"{app.url}/_stcore/health", headers={"accept": "text/html"}, trust_env=False)
    assert health.status_code == 200
