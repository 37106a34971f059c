"""What stands where: the sidebar, the queue, and the pager of answers."""

from playwright.sync_api import Page, expect

from benchmarks.harness import Server
from interactions.ui import words
from tests.browser.playground import (
    box,
    button,
    lasting,
    send,
    until_in_mid_stream,
    visit,
)
from tests.browser.test_files import NOTES, PICTURE, attach


def test_a_held_queue_shows_how_to_send_it_and_which_files_go_along(page: Page, app: Server) -> None:
    visit(page, app)
    send(page, lasting(8))
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
