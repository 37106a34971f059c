"""The page for everyone: by keyboard, on a phone, with a screen reader, in light and dark."""

import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from benchmarks.harness import Server
from interactions.ui import words
from interactions.ui.words.examples import EXAMPLES
from tests.browser.kinds import FAILING, PROMPT
from tests.browser.playground import (
    box,
    button,
    close_popover,
    composer,
    expect_ended,
    look,
    row,
    send,
    turns,
    until,
    until_in_mid_stream,
    visit,
)
from tests.browser.scripted import Answers

AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
LIVE = ".unseen[role=status]"


@pytest.fixture(params=["light", "dark"])
def themed(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    scheme: Any = request.param
    with browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme) as context:
        yield context.new_page()


def expect_accessible(page: Page, state: str) -> None:
    """axe-core, all of its rules, on the page as it stands."""
    page.wait_for_timeout(
        800
    )  # what fades in has a contrast of its own, and what scrolls is soon reached by keys
    page.evaluate(f"{AXE}; 0")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    told = [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]
    assert told == [], state


def test_axe_finds_nothing_in_any_state_of_any_page(themed: Page, gallery: Server) -> None:
    """Empty, ended and opened, each popover, failed, and the diagnostics."""
    page = themed
    visit(page, gallery)
    expect_accessible(page, "empty")
    send(page, PROMPT)
    expect_ended(page)
    for card in turns(page).last.locator("details:not([open]) > summary").all()[:6]:
        card.click()
    row(page, 2).locator("summary").click()
    expect_accessible(page, "ended and opened")
    for name in (words.SETTINGS, words.FILTER, words.EXPORT):
        page.get_by_role("button", name=name).click()
        expect(page.get_by_test_id("stPopoverBody")).to_be_visible()
        expect_accessible(page, name)
        close_popover(page)
    send(page, FAILING)
    until(page, lambda shown: shown.turns == 2)
    expect_ended(page, "failed")
    expect_accessible(page, "failed")
    page.get_by_role("link", name="Diagnostics").click()
    expect(page.get_by_role("heading", name="Diagnostics")).to_be_visible()
    expect_accessible(page, "diagnostics")


def test_axe_finds_nothing_while_a_turn_streams_and_a_message_waits(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    answers.hold("ant")
    visit(page, scripted_app)
    send(page, "ant")
    until_in_mid_stream(page)
    send(page, "Hello")
    expect(page.locator(".st-key-queue")).to_be_visible()
    expect_accessible(page, "streaming, with a queue")


def test_a_whole_chat_by_keyboard_alone(page: Page, scripted_app: Server, answers: Answers) -> None:
    """No element is clicked: type, break a line, send, stop, read a row, come back, begin anew."""
    answers.hold("First line\nSecond line")
    visit(page, scripted_app)
    expect(composer(page)).to_be_focused()
    page.keyboard.type("First line")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("Second line")
    page.keyboard.press("Enter")
    until_in_mid_stream(page)
    assert "First line\nSecond line" in look(page).conversation
    expect(page.locator(LIVE)).to_have_text("answering")
    page.keyboard.press("Escape")
    expect_ended(page, "cancelled")
    expect(page.locator(LIVE)).to_contain_text("cancelled.")
    row(page, 1).locator("summary").focus()
    page.keyboard.press("Enter")
    expect(row(page, 1).locator("pre")).to_be_visible()
    page.keyboard.press("/")
    expect(composer(page)).to_be_focused()
    page.keyboard.type("/new")
    page.keyboard.press("Enter")
    expect(page.get_by_text(words.EMPTY)).to_be_visible()
    page.keyboard.type("Hello again")
    page.keyboard.press("Enter")
    expect_ended(page)


def test_a_finished_answer_is_read_out_once_and_not_token_by_token(page: Page, app: Server) -> None:
    visit(page, app)
    expect(page.locator(LIVE)).to_be_attached()
    page.evaluate(
        """() => {
            window.said = [];
            const region = document.querySelector('.unseen[role=status]');
            const note = () => window.said.push(region.textContent);
            new MutationObserver(note).observe(region, {childList: true});
        }"""
    )
    send(page, "Hello")
    expect_ended(page)
    expect(page.locator(LIVE)).to_contain_text("completed.")
    said: list[str] = page.evaluate("window.said")
    assert len(said) < 8
    assert sum("You said" in each or "Hello" in each for each in said) <= 1


def test_a_phone_shows_one_pane_at_a_time(browser: Browser, app: Server) -> None:
    """Tabs lead from one to the other; nothing is wider than the screen. The invitation opens at its top."""
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True) as context:
        page = context.new_page()
        visit(page, app)
        expect(page.get_by_role("button", name=EXAMPLES[0].label)).to_be_visible()
        expect(page.get_by_text(words.EMPTY)).to_be_in_viewport()
        send(page, "Hello")
        expect_ended(page)
        log, conversation = page.locator(".st-key-event_log"), page.locator(".st-key-conversation")
        expect(conversation).to_be_visible()
        expect(log).to_be_hidden()
        page.get_by_text(words.EVENT_LOG, exact=True).locator("visible=true").click()
        expect(log).to_be_visible()
        expect(conversation).to_be_hidden()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        expect(composer(page)).to_be_in_viewport()
        expect_accessible(page, "phone")


@pytest.mark.parametrize(("width", "panes"), [(1440, 2), (1280, 2), (1024, 1), (768, 1), (390, 1)])
def test_a_window_shows_as_many_panes_as_it_has_room_for_beside_the_sidebar(
    page: Page, scripted_app: Server, answers: Answers, width: int, panes: int
) -> None:
    """A row of the log has room for what it says; its controls stand in one line, paused or not."""
    answers.hold("ant")
    page.set_viewport_size({"width": width, "height": 800})
    visit(page, scripted_app)
    send(page, "ant")
    until_in_mid_stream(page)
    scrollers = page.locator(".st-key-event_log, .st-key-conversation").filter(visible=True)
    expect(scrollers).to_have_count(panes)
    if panes == 1:
        page.locator("label[for=tab_log]").click()
        expect(scrollers).to_have_count(1)
    assert box(page.locator(".st-key-event_log"))["width"] > 360
    _expect_one_line(page)
    button(page, "log_pause").click()
    expect(page.get_by_text("paused ·")).to_be_visible()
    _expect_one_line(page)


@pytest.mark.parametrize("width", [1440, 700])
def test_nothing_lies_under_the_header_when_the_sidebar_is_closed(
    page: Page, scripted_app: Server, width: int
) -> None:
    """Also where no notice stands above the panes: with a key there is none."""
    page.set_viewport_size({"width": 1440, "height": 800})
    visit(page, scripted_app)
    send(page, "Hello")
    expect_ended(page)
    page.get_by_test_id("stSidebar").hover()
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    page.set_viewport_size({"width": width, "height": 800})
    if width < 900:
        page.locator("label[for=tab_log]").click()
    button(page, "log_filter").click()
    expect(page.get_by_test_id("stPopoverBody")).to_be_visible()


def _expect_one_line(page: Page) -> None:
    """Of the log's bar: one beside the other, none over another, none outside."""
    bar = page.locator(".st-key-event_log_bar")
    boxes = [box(each) for each in bar.locator("h5, p, button").filter(visible=True).all()]
    shown = sorted((each for each in boxes if each["width"] > 2), key=lambda each: each["x"])
    outer = [each for each in shown if not any(_within(each, other) for other in shown if other != each)]
    for left, right in pairwise(outer):
        assert left["x"] + left["width"] <= right["x"]
    assert box(bar)["height"] <= 40


def _within(inner: FloatRect, outer: FloatRect) -> bool:
    return outer["x"] <= inner["x"] and inner["x"] + inner["width"] <= outer["x"] + outer["width"]


def test_the_log_is_filtered_paused_and_exported(page: Page, scripted_app: Server, answers: Answers) -> None:
    """While a turn streams: nothing that it sends is lost, and the file is the body to the byte."""
    held = answers.hold("ant")
    visit(page, scripted_app)
    send(page, "ant")
    until_in_mid_stream(page, 40)
    button(page, "log_pause").click()
    expect(page.get_by_text("paused ·")).to_be_visible()
    paused = look(page).rows
    held.more()
    expect(page.get_by_text(re.compile(r"paused · \d\d new"))).to_be_visible()
    assert look(page).rows == paused
    button(page, "log_pause").click()
    until(page, lambda shown: shown.rows > paused + 9)
    expect_ended(page)
    button(page, "log_filter").click()
    page.get_by_label(words.FILTER_TEXT).fill("interaction.c")
    page.keyboard.press("Enter")
    until(page, lambda shown: 0 < shown.rows < 6)
    expect(page.get_by_label(words.FILTER_TEXT)).to_be_visible()  # for a second criterion
    expect(page.get_by_text(words.FILTERED)).to_be_attached()
    close_popover(page)
    button(page, "log_export").click()
    body = page.get_by_test_id("stPopoverBody")
    expect(body).to_contain_text("x-goog-api-key: $GEMINI_API_KEY")
    with page.expect_download() as download:
        body.get_by_role("button", name="Raw body").click()
    data = Path(download.value.path()).read_bytes()
    assert data.startswith(b"event: interaction.created\n")
    assert data.endswith(b"data: [DONE]\n\n")


def test_an_opened_row_can_be_copied(page: Page, app: Server) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit(page, app)
    send(page, "Hello")
    expect_ended(page)
    row(page, 2).locator("summary").click()
    row(page, 2).get_by_role("button", name=words.COPY).click()
    expect(row(page, 2).get_by_role("button", name=words.COPIED)).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("{")
    assert '"event_type": "interaction.created"' in copied
