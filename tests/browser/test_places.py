"""What stands where: the sidebar, the queue, and the pager of answers."""

from playwright.sync_api import Browser, Page, expect

from benchmarks.harness import Server
from interactions.ui import words
from tests.browser.playground import (
    box,
    button,
    close_popover,
    expect_ended,
    send,
    turns,
    until_in_mid_stream,
    visit,
)
from tests.browser.scripted import Answers
from tests.browser.test_files import NOTES, PICTURE, attach

TITLES = ("Short", "A title that has many words and goes on until there is no room left for any of them")


def test_the_library_lists_conversations_in_one_line_each_below_one_another(page: Page, app: Server) -> None:
    """Icons and titles begin alike. Half a dozen are in sight, with the id that the next turn builds on."""
    visit(page, app)
    for text in TITLES * 3:
        button(page, "new_conversation").click()
        expect(page.get_by_text(words.EMPTY)).to_be_visible()
        send(page, text)
        expect_ended(page)
    listed = page.locator(".st-key-library button")
    expect(listed).to_have_count(6)
    icons = [box(icon)["x"] for icon in listed.get_by_test_id("stIconMaterial").all()]
    assert max(icons) - min(icons) < 2
    assert {box(each)["height"] for each in listed.all()} == {32}
    expect(listed.last).to_be_in_viewport(ratio=1)
    expect(page.locator(".st-key-chain code").last).to_contain_text("v1_")
    expect(page.locator(".st-key-chain")).to_be_in_viewport(ratio=1)


def test_all_of_a_conversations_menu_is_in_sight(page: Page, app: Server) -> None:
    visit(page, app)
    expect(button(page, "library_menu")).to_be_disabled()
    send(page, "Hello")
    expect_ended(page)
    for height in (900, 700):
        page.set_viewport_size({"width": 1440, "height": height})
        button(page, "library_menu").click()
        expect(button(page, "library_delete")).to_be_in_viewport(ratio=1)
        close_popover(page)


def test_a_sidebar_that_lies_over_the_page_closes_when_something_is_chosen(
    browser: Browser, app: Server
) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True) as context:
        page = context.new_page()
        visit(page, app)
        send(page, "Hello")
        expect_ended(page)
        _choose(page, "New conversation")
        expect(turns(page)).to_have_count(0)
        _choose(page, "Hello")
        expect(turns(page)).to_have_count(1)
        for name in ("Compare", "Diagnostics", "Playground"):
            _choose(page, name, "link")
        expect(turns(page)).to_have_count(1)


def _choose(page: Page, name: str, role: str = "button") -> None:
    sidebar = page.get_by_test_id("stSidebar")
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(sidebar).to_be_in_viewport()
    sidebar.get_by_role(role, name=name).click()  # type: ignore[arg-type]  # one of two roles
    expect(sidebar).not_to_be_in_viewport()


def test_a_held_queue_shows_how_to_send_it_and_which_files_go_along(
    page: Page, scripted_app: Server, answers: Answers
) -> None:
    answers.hold("ant")
    visit(page, scripted_app)
    send(page, "ant")
    until_in_mid_stream(page)
    attach(page, PICTURE, NOTES)
    for text in ("What is in these?", "One more.", "And another."):
        send(page, text)
        expect(page.locator(".st-key-queue").get_by_text(text)).to_be_visible()
    page.keyboard.press("Escape")
    expect(button(page, "send_next")).to_be_in_viewport(ratio=1)
    queue = page.locator(".st-key-queue")
    expect(queue).to_contain_text(words.WITH_FILES.format(f"{PICTURE['name']}, {NOTES['name']}"))
    sends, around = box(button(page, "send_next")), box(queue)
    assert around["y"] <= sends["y"]
    assert sends["y"] + sends["height"] <= around["y"] + around["height"]


def test_the_arrows_between_answers_stand_beside_their_number(page: Page, app: Server) -> None:
    visit(page, app)
    send(page, "Hello")
    expect_ended(page)
    page.get_by_role("button", name=words.REGENERATE).click()
    number = page.get_by_text(words.SIBLING.format(2, 2))
    expect(number).to_be_visible()
    before, after = button(page, "chevron_left_"), button(page, "chevron_right_")
    assert box(number)["x"] - box(before)["x"] < 60
    assert 0 < box(after)["x"] - box(number)["x"] - box(number)["width"] < 30
