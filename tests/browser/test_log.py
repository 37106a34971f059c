"""The event log in a real browser: what a reader opens and where a reader looks stays."""

import json
from collections.abc import Callable
from urllib.parse import urljoin

from playwright.sync_api import Browser, Locator, Page, expect

from benchmarks.harness import Server
from interactions.ui.log.event_log import BLOCK_ROWS, WINDOW
from tests.browser.playground import (
    button,
    expect_ended,
    look,
    poll,
    row,
    rows,
    send,
    turns,
    until,
    until_followed,
    until_in_mid_stream,
    visit,
)
from tests.browser.scripted import Answers, words_of

PANE = ".st-key-event_log"

# How far the rows have moved up out of the pane, and how far they can; it does not matter what scrolls them.
_SCROLL = """(pane) => {
    const box = pane.getBoundingClientRect();
    const rows = [...pane.querySelectorAll('.row')].map(row => row.getBoundingClientRect());
    return [box.top - rows[0].top, rows.at(-1).bottom - rows[0].top - box.height];
}"""

_IN_SIGHT = """(pane) => {
    const middle = pane.getBoundingClientRect().top + pane.clientHeight / 2;
    const found = [...pane.querySelectorAll('.row')].find(row => row.getBoundingClientRect().top > middle);
    return Number(found.dataset.seq);
}"""


def test_a_row_opened_in_mid_stream_shows_its_json_and_stays_open(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """While rows go on arriving below it, and after the run that follows the end."""
    held = answers.hold("ant")
    visit(page, scripted_app)
    send(page, "ant")
    until_in_mid_stream(page, 15)
    for seq in (0, 5):
        _open(page, seq)
    opened = look(page).rows
    assert rows(page)[0].json["method"] == "POST"
    assert "event_type" in rows(page)[5].json
    is_open = "rows => rows.map(row => row.open)"
    both = page.locator(f"{PANE} .row[data-seq='0'], {PANE} .row[data-seq='5']")
    held.more()
    for _ in poll(page):
        assert both.evaluate_all(is_open) == [True, True]
        if look(page).status == "completed":
            break
    expect_ended(page)
    assert both.evaluate_all(is_open) == [True, True]
    assert look(page).rows > opened


def _open(page: Page, seq: int) -> None:
    """Opens a row. While its block may still take rows, a new drawing of the block closes it again."""
    for _ in poll(page):
        if not row(page, seq).evaluate("row => row.open"):
            row(page, seq).locator("summary").click()
        elif row(page, seq).locator("pre").is_visible():
            return
    raise AssertionError(f"row {seq} does not stay open")


def test_the_log_follows_the_end(page: Page, scripted_app: Server, answers: Answers) -> None:
    """While a turn streams the newest row is in sight, and at its end the last one."""
    held = answers.hold("ant", count=200)
    visit(page, scripted_app)
    send(page, "ant")
    until_in_mid_stream(page, 45)
    for _ in range(3):
        _, before = _scroll(page)
        assert before > 100, "there is something to scroll"
        held.more(10)
        _until_scroll(page, lambda top, end, before=before: before + 40 < end < top + 80)  # type: ignore[misc]  # a default binds the loop's
    held.more()
    expect_ended(page)
    _until_scroll(page, lambda top, end: end - top < 40)


def test_a_log_that_was_scrolled_up_stands_still(page: Page, scripted_app: Server, answers: Answers) -> None:
    """Rows go on arriving below; those under the reader's eye stay where they are, also after the end."""
    held = answers.hold("ant", count=200)
    visit(page, scripted_app)
    send(page, "ant")
    until_in_mid_stream(page, 45)
    until_followed(page)
    page.locator(PANE).hover()
    for _ in range(4):
        page.mouse.wheel(0, -120)
    _until_scroll(page, lambda top, end: end - top > 200)
    top, end = _at_rest(page)
    held.more()
    for _ in poll(page):
        assert abs(_scroll(page)[0] - top) <= 1
        if look(page).status == "completed":
            break
    expect_ended(page)
    assert _scroll(page)[1] > end + 100, "rows came meanwhile"
    assert abs(_scroll(page)[0] - top) <= 1


def test_what_is_read_keeps_its_place_when_older_rows_are_taken_off(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """The window of a long stream moves on, block by block; that is not to be seen by who has scrolled up."""
    held = answers.hold("ant", count=700)
    visit(page, scripted_app)
    send(page, "ant")
    until_in_mid_stream(page, 300)
    until_followed(page)
    page.locator(PANE).hover()
    page.mouse.wheel(0, -600)
    expect(_to_end(page)).to_be_visible()
    _at_rest(page)
    seq = page.locator(PANE).evaluate(_IN_SIGHT)
    place = _height(page, seq)
    held.more()
    for _ in poll(page):
        oldest = page.locator(f"{PANE} .row").first.get_attribute("data-seq")
        assert abs(_height(page, seq) - place) <= 1
        if oldest and int(oldest) >= BLOCK_ROWS:
            break
    else:
        raise AssertionError("no block was taken off")


def test_a_reader_who_goes_back_to_the_end_follows_again(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """By wheel, by key, or by the button that is there while the end is out of sight."""
    held = answers.hold("ant", count=200)
    visit(page, scripted_app)
    send(page, "ant")
    until_in_mid_stream(page, 60)
    until_followed(page)
    pane, to_end = page.locator(PANE), _to_end(page)
    expect(to_end).to_be_hidden()
    back: tuple[Callable[[], object], ...] = (
        lambda: page.mouse.wheel(0, 5_000),
        lambda: page.keyboard.press("End"),
        to_end.click,
    )
    for go in back:
        pane.hover()
        page.mouse.wheel(0, -600)
        expect(to_end).to_be_visible()
        pane.focus()
        go()
        expect(to_end).to_be_hidden()
        _, end = _scroll(page)
        held.more(10)
        _until_scroll(page, lambda _top, now, end=end: now > end + 60)  # type: ignore[misc]  # a default binds the loop's
        _until_scroll(page, lambda top, now: now - top < 40)
    held.more()
    expect_ended(page)
    _until_scroll(page, lambda top, end: end - top < 40)


def _to_end(page: Page) -> Locator:
    return page.locator(f"{PANE} .to-end")


def _height(page: Page, seq: int) -> float:
    """Where a row stands in the window."""
    box = row(page, seq).bounding_box()
    assert box is not None
    return box["y"]


def _until_scroll(page: Page, seen: Callable[[float, float], bool]) -> None:
    for _ in poll(page):
        if seen(*_scroll(page)):
            return
    raise AssertionError(f"the log stands at {_scroll(page)}")


def _at_rest(page: Page) -> tuple[float, float]:
    """Where the log stands once the wheel has rolled out, and where its end is."""
    before = -1.0
    for _ in range(10):
        page.wait_for_timeout(150)
        top, end = _scroll(page)
        if top == before:
            return top, end
        before = top
    raise AssertionError(f"the log runs on: it stands at {top}, its end is {end}")


def _scroll(page: Page) -> tuple[float, float]:
    """Where the log stands, and where its end is."""
    top, end = page.locator(PANE).evaluate(_SCROLL)
    return top, end


def test_the_raw_link_of_a_row_answers_the_frames_bytes_to_its_owner_alone(
    page: Page, app: Server, browser: Browser
) -> None:
    """To the byte, as text; another browser is told that there is no such frame."""
    visit(page, app)
    send(page, "Hello")
    expect_ended(page)
    seq = next(seq for seq, row in enumerate(rows(page)) if row.type == "step.delta")
    row(page, seq).locator("summary").click()
    link = row(page, seq).get_by_role("link")
    url = urljoin(page.url, link.get_attribute("href"))
    answer = page.request.get(url)
    data = json.dumps(rows(page)[seq].json, ensure_ascii=False, separators=(",", ":"))
    assert answer.status == 200
    assert answer.body() == f"event: step.delta\ndata: {data}\n\n".encode()
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert link.inner_text() == f"{len(answer.body()):,} raw bytes"
    stranger = browser.new_context()
    visit(stranger.new_page(), app)
    assert stranger.request.get(url).status == 404
    stranger.close()


def test_the_rows_of_a_long_answer_are_reached_by_pages(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """The page opens at the end with the newest rows only; “Earlier” leads to the first, “Later” back.

    Nobody looked at this turn while it ran: it belongs to the process.
    """
    held = answers.hold("ant", count=400)
    visit(page, scripted_app)
    send(page, "ant")
    until(page, lambda shown: shown.rows > 0)
    context = page.context
    page.close()
    held.more()
    page = context.new_page()
    visit(page, scripted_app)
    button(page, "open_").click()
    expect(turns(page)).to_have_count(1)
    expect_ended(page)
    assert look(page).answer.split() == words_of("ant", 400)
    newest = _sequence(page)
    assert (WINDOW - 1) * BLOCK_ROWS < len(newest) < (WINDOW + 1) * BLOCK_ROWS
    assert newest[0] > 0
    assert rows(page)[-1].type == "end"
    button(page, "log_earlier").click()
    expect(row(page, 0)).to_be_attached()
    expect(button(page, "log_earlier")).to_have_count(0)
    earliest = _sequence(page)
    assert set(range(newest[0])) <= set(earliest)
    button(page, "log_later").click()
    expect(row(page, newest[-1])).to_be_attached()
    expect(button(page, "log_later")).to_have_count(0)
    assert _sequence(page) == newest


def _sequence(page: Page) -> list[int]:
    """The numbers of the rows that are drawn: in order, without a gap."""
    found: list[int] = page.locator(f"{PANE} .row").evaluate_all(
        "rows => rows.map(row => Number(row.dataset.seq))"
    )
    assert found == list(range(found[0], found[-1] + 1))
    return found
