"""Files that go out with a message, in a browser that uploads them."""

from base64 import b64decode
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from benchmarks.harness import Server
from interactions.sandbox.pictures import png
from interactions.ui import words
from tests.browser.playground import composer, expect_ended, row, rows, send, turns, visit
from tests.browser.test_face import expect_accessible

PICTURE: FilePayload = {"name": "dot.png", "mimeType": "image/png", "buffer": b64decode(png(24, 24))}
NOTES: FilePayload = {"name": "notes.txt", "mimeType": "text/plain", "buffer": "Grüße, 東京".encode()}
ARCHIVE: FilePayload = {"name": "a.zip", "mimeType": "application/zip", "buffer": b"PK\3\4\0"}

MORE = tuple(FilePayload(name=f"{number}.txt", mimeType="", buffer=b"1") for number in range(6))


def attach(page: Page, *files: FilePayload) -> None:
    """As a click on the composer's button and a choice in the system's dialogue would."""
    page.get_by_test_id("stChatInput").locator('input[type="file"]').set_input_files(list(files))
    for file in files:
        expect(page.get_by_test_id("stChatInput").get_by_text(file["name"]).first).to_be_visible()


def shown(image: Locator) -> int:
    """The width that the browser has decoded, in its own pixels."""
    width: int = image.evaluate("image => image.naturalWidth")
    return width


def test_a_picture_and_a_text_are_seen_in_the_turn_and_in_the_request(page: Page, app: Server) -> None:
    """They are what was attached: the picture is decoded, the text read and downloaded to the byte."""
    visit(page, app)
    attach(page, PICTURE, NOTES)
    send(page, "What are these?")
    expect_ended(page)
    turn = turns(page).last
    picture = turn.get_by_role("img", name="dot.png")
    expect(picture).to_be_visible()
    assert shown(picture) == 24
    expect(turn.get_by_text("Grüße, 東京").first).to_be_visible()
    with page.expect_download() as download:
        turn.get_by_role("button", name="notes.txt text/plain").click()
    assert download.value.suggested_filename == "notes.txt"
    assert Path(download.value.path()).read_bytes() == NOTES["buffer"]
    assert "image/png" in turn.inner_text(), "the sandbox says what it was sent"
    (step,) = rows(page)[0].json["body"]["input"]
    assert [part["type"] for part in step["content"]] == ["text", "image", "text"]
    picture, notes = step["content"][1:]
    assert b64decode(picture["data"]) == PICTURE["buffer"]
    assert notes["text"].endswith(NOTES["buffer"].decode())
    row(page, 0).locator("summary").click()
    expect_accessible(page, "a turn with files")
    page.reload()
    expect(turns(page).last.get_by_role("img", name="dot.png")).to_be_visible()


def test_what_is_not_taken_is_refused_and_the_text_is_back(page: Page, app: Server) -> None:
    """It can be sent at once without the file."""
    visit(page, app)
    attach(page, ARCHIVE)
    send(page, "Open it")
    expect(page.get_by_text(words.ATTACH_AGAIN)).to_be_visible()
    expect(composer(page)).to_have_value("Open it")
    assert turns(page).count() == 0
    composer(page).press("Enter")
    expect_ended(page)


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1440, 900)])
def test_files_are_sent_by_keyboard_and_take_no_room_from_the_page(
    browser: Browser, app: Server, width: int, height: int
) -> None:
    """On a phone as well: the page neither scrolls for them nor gets wider, and each can be taken out."""
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        visit(page, app)
        page.keyboard.press("/")
        expect(composer(page)).to_be_focused()
        before = _extent(page)
        attach(page, PICTURE, NOTES, *MORE)
        assert _extent(page) == before
        for name in ("Upload files", "Start recording", "Send message"):
            expect(page.get_by_test_id("stChatInput").get_by_role("button", name=name)).to_be_visible()
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_role("button", name=f"Remove {MORE[-1]['name']}")).to_be_focused()
        for file in reversed(MORE):
            page.get_by_role("button", name=f"Remove {file['name']}").press("Enter")
        composer(page).press_sequentially("Look")
        page.keyboard.press("Enter")
        expect_ended(page)
        expect(turns(page).last.get_by_role("img", name="dot.png")).to_have_count(1)
        expect(turns(page).last.get_by_role("button", name="notes.txt")).to_have_count(1)
        assert _extent(page) == before


def _extent(page: Page) -> list[int]:
    """How wide the document is, and how much of the page there is to scroll, in pixels."""
    found: list[int] = page.evaluate(
        """() => {
            const main = document.querySelector(".stMain");
            return [document.documentElement.scrollWidth, main.scrollHeight - main.clientHeight];
        }"""
    )
    return found
