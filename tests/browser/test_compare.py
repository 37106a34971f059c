"""Answers side by side while they stream, in a real browser."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.harness import Server
from interactions.ui.words import compare as said
from tests.browser.playground import box, button, composer, poll, send, visit
from tests.browser.scripted import Answers
from tests.browser.test_face import expect_accessible

_LOOK = """() => [...document.querySelectorAll('[class*="st-key-compare_column_"]')].map(column => ({
    status: column.querySelector('.figures .status')?.textContent ?? '',
    answer: [...column.querySelectorAll('[class*="compare_turns_"] .stMarkdown')]
        .map(part => part.textContent).join(' '),
    figures: column.querySelector('.figures')?.textContent ?? '',
}))"""

# How many lines of text.
_LINES = (
    "row => Math.round(row.getBoundingClientRect().height / parseFloat(getComputedStyle(row).lineHeight))"
)


class Seen(NamedTuple):
    """One column at one moment."""

    status: str
    answer: str
    figures: str


def look(page: Page) -> list[Seen]:
    return [Seen(**column) for column in page.evaluate(_LOOK)]


def until_all_answer(page: Page) -> list[Seen]:
    """All columns are in mid-stream, with some text drawn."""
    for _ in poll(page):
        found = look(page)
        if len(found) > 1 and all(len(column.answer) > 60 for column in found):
            return found
    raise AssertionError(f"not all answer; last: {look(page)}")


def until_longer(page: Page, before: list[Seen]) -> list[list[Seen]]:
    """Looks until all columns have more text than before."""
    looks = []
    for _ in poll(page):
        looks.append(look(page))
        if all(len(new.answer) > len(old.answer) for new, old in zip(looks[-1], before, strict=True)):
            return looks
    raise AssertionError(f"not all are longer; last: {looks[-1]}")


def watch(page: Page) -> list[list[Seen]]:
    """Looks until all columns have ended."""
    looks = []
    for _ in poll(page):
        looks.append(look(page))
        if all(column.status == "completed" for column in looks[-1]):
            return looks
    raise AssertionError(f"not all completed; last: {looks[-1]}")


def test_four_columns_fit_beside_the_sidebar_and_their_rows_break_in_order(page: Page, app: Server) -> None:
    """Time and type of a row in one line, what it says in the next."""
    visit(page, app, "/compare")
    page.get_by_test_id("stButtonGroup").get_by_text("4", exact=True).click()
    expect(page.locator(".st-key-compare_picks .stColumn")).to_have_count(4)
    send(page, "Hello")
    watch(page)
    last = box(page.locator('[class*="st-key-compare_column_"]').last)
    assert last["x"] + last["width"] <= 1440
    page.locator('[class*="st-key-compare_log_"] label').first.click()
    rows = page.locator('[class*="st-key-compare_rows_"] .row summary')
    expect(rows.filter(has_text="interaction.completed")).to_have_count(1)
    for row in rows.all():
        assert box(row.locator("b"))["y"] - box(row)["y"] < 12
        assert row.evaluate(_LINES) >= 2


def test_two_columns_grow_together(page: Page, scripted_app: Server, answers: Answers) -> None:
    """Time and again both answers are longer than before, and neither waits for the other."""
    held = answers.hold("ant", count=200)
    visit(page, scripted_app, "/compare")
    send(page, "ant")
    looks = [until_all_answer(page)]
    for _ in range(5):
        held.more(10)
        looks += until_longer(page, looks[-1])
    held.more()
    looks += watch(page)
    sizes = [[len(column.answer) for column in seen] for seen in looks]
    for place in range(2):
        assert sum(before[place] < after[place] for before, after in pairwise(sizes)) > 3
    assert max(abs(first - second) for first, second in sizes) < max(sizes[-1]) / 2
    assert any("≈" in column.figures for seen in looks for column in seen)
    expect(button(page, "stop")).to_have_count(0)
    assert not any("≈" in column.figures for column in look(page))
    assert page.locator(".differences").count() == 1


def test_a_reload_in_mid_stream_goes_on_following(page: Page, scripted_app: Server, answers: Answers) -> None:
    """The URL leads back to the comparison, which begins with what was there."""
    held = answers.hold("ant")
    visit(page, scripted_app, "/compare")
    send(page, "ant")
    before = until_all_answer(page)
    url = page.url
    page.reload()
    after = until_all_answer(page)
    assert page.url == url
    for old, new in zip(before, after, strict=True):
        assert old.answer.split()[:9] == new.answer.split()[:9]
    held.more()
    ended = watch(page)[-1]
    assert all(len(column.answer) > len(old.answer) for column, old in zip(ended, after, strict=True))


def test_stop_ends_every_column(page: Page, scripted_app: Server, answers: Answers) -> None:
    """One click, and the page takes the next message."""
    answers.hold("ant")
    visit(page, scripted_app, "/compare")
    send(page, "ant")
    until_all_answer(page)
    button(page, "stop").click()
    expect(page.locator(".figures .status.bad")).to_have_text(["cancelled", "cancelled"])
    expect(button(page, "stop")).to_have_count(0)


def test_a_message_while_they_stream_is_given_back(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    """All columns begin at the same moment, or none."""
    held = answers.hold("ant")
    visit(page, scripted_app, "/compare")
    send(page, "ant")
    until_all_answer(page)
    send(page, "And now?")
    expect(page.get_by_text(said.BUSY)).to_be_visible()
    expect(composer(page)).to_have_value("And now?")
    held.more()
    watch(page)


def test_a_typed_model_is_still_there_for_the_next_comparison(page: Page, app: Server) -> None:
    visit(page, app, "/compare")
    field = page.locator(".st-key-compare_model_1_gemini input")
    field.click()
    field.fill("gemini-flash-latest")
    page.keyboard.press("Enter")
    expect(field).to_have_value("gemini-flash-latest")
    send(page, "Hello")
    expect(page.locator(".head").nth(1)).to_contain_text("gemini-flash-latest")
    watch(page)
    button(page, "compare_new").click()
    expect(field).to_have_value("gemini-flash-latest")
    expect(page.locator(".figures")).to_have_count(0)


def test_continue_and_back(page: Page, app: Server) -> None:
    """The column is open in the playground, and Back leads to the comparison."""
    visit(page, app, "/compare")
    send(page, "Hello")
    expect(page.locator(".figures .status.good")).to_have_count(2)
    url = page.url
    button(page, "compare_continue").click()
    expect(page.locator(".st-key-conversation .status span")).to_have_text("completed")
    page.go_back()
    expect(page.locator(".figures .status.good")).to_have_count(2)
    assert page.url == url


@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_page(
    browser: Browser, app: Server, width: int
) -> None:
    """Before, and after with a log open; on a phone the columns scroll sideways."""
    with browser.new_context(viewport={"width": width, "height": 844}) as context:
        page = context.new_page()
        visit(page, app, "/compare")
        expect_accessible(page, "chosen")
        send(page, "Hello")
        expect(page.locator(".figures .status.good")).to_have_count(2)
        page.locator('[class*="st-key-compare_log_"] label').first.click()
        expect(page.locator('[class*="st-key-compare_rows_"] .row').first).to_be_attached()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        expect_accessible(page, "ended, with a log")
