"""What a visitor does on the page and sees there."""

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from playwright.sync_api import FloatRect, Locator, Page, expect

from benchmarks.harness import Server

PATIENCE = 30.0  # seconds; a few are enough on an idle machine
JOINER = "\u2060"

# One look at the page; a single call, so that what it says belongs together.
_LOOK = """() => {
    const turns = [...document.querySelectorAll('.st-key-conversation [class*="st-key-turn_"]')];
    const last = turns.at(-1);
    return {
        turns: turns.length,
        rows: document.querySelectorAll('.st-key-event_log .row').length,
        status: last?.querySelector('.status span')?.textContent ?? '',
        answer: [...last?.querySelectorAll('.stMarkdown') ?? []].map(part => part.textContent).join('\\n'),
        log: document.querySelector('.st-key-event_log')?.textContent ?? '',
        conversation: document.querySelector('.st-key-conversation')?.textContent ?? '',
    };
}"""

# The type, and the text of the row without the link in it.
_ROWS = """rows => rows.map(row => [
    row.querySelector('summary b').textContent,
    [...row.querySelector('pre').childNodes].map(node => node.data ?? '').join(''),
])"""


class Look(NamedTuple):
    """The panes at one moment; `status` and `answer` are the last turn's."""

    turns: int
    rows: int
    status: str
    answer: str
    log: str
    conversation: str

    @property
    def answering(self) -> bool:
        """Also when it says for how long nothing has come."""
        return self.status.startswith("answering")

    def __str__(self) -> str:
        return f"{self.turns} turns, {self.rows} rows, “{self.status}”, {self.answer[:200]!r}"


class Row(NamedTuple):
    """A row of the log: its type, and all that it opens to but the link."""

    type: str
    full: str

    @property
    def json(self) -> Any:
        return json.loads(self.full)


def lasting(seconds: float, word: str = "word") -> str:
    """A prompt of numbered words; the sandbox quotes it in an answer that takes about so long."""
    return " ".join(f"{word}{number}" for number in range(max(1, int(40 * seconds) - 70)))


def visit(page: Page, app: Server, path: str = "/") -> None:
    page.goto(app.url + path)
    expect(composer(page)).to_be_visible(timeout=PATIENCE * 1000)


def composer(page: Page) -> Locator:
    return page.get_by_test_id("stChatInputTextArea")


def send(page: Page, text: str) -> None:
    """When the page takes it: not while files are on their way to it."""
    composer(page).fill(text)
    expect(page.get_by_test_id("stChatInputSubmitButton")).to_be_enabled()
    composer(page).press("Enter")


def button(page: Page, key: str) -> Locator:
    """The button with this key, or the first one whose key begins so."""
    return page.locator(f'[class*="st-key-{key}"] button').first


def box(place: Locator) -> FloatRect:
    """Where it stands in the window."""
    found = place.bounding_box()
    assert found is not None
    return found


def turns(page: Page) -> Locator:
    return page.locator('.st-key-conversation [class*="st-key-turn_"]')


def row(page: Page, seq: int) -> Locator:
    return page.locator(f'.st-key-event_log .row[data-seq="{seq}"]')


def rows(page: Page) -> list[Row]:
    """All rows of the log, opened or not."""
    found = page.locator(".st-key-event_log .row").evaluate_all(_ROWS)
    return [Row(kind, full.strip()) for kind, full in found]


def look(page: Page) -> Look:
    return Look(**page.evaluate(_LOOK))


def poll(page: Page) -> Iterator[None]:
    """Goes on for `PATIENCE`, with the page at work in between."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        yield
        page.wait_for_timeout(40)


def until(page: Page, seen: Callable[[Look], bool]) -> Look:
    """Waits until the page looks so, and says how it looks then."""
    shown = look(page)
    for _ in poll(page):
        shown = look(page)
        if seen(shown):
            return shown
    raise AssertionError(f"not seen within {PATIENCE} s; last: {shown}")


def until_in_mid_stream(page: Page, rows: int = 12) -> Look:
    """A turn streams, and at least so many rows, some of its text and its status are drawn: they come to the
    page one after the other."""
    shown = until(page, lambda look: look.rows >= rows and len(look.answer) > 20 and bool(look.status))
    assert shown.answering, "the turn was over before the page was looked at"
    return shown


def close_popover(page: Page) -> None:
    """By the key for it, pressed again where Streamlit has opened it once more: the run that its opening
    asked for says that it is open, and may end after the key. A click that comes before it is gone would only
    close it, too."""
    body = page.get_by_test_id("stPopoverBody")
    for _ in poll(page):
        if body.count():
            page.keyboard.press("Escape")
        elif _stays_closed(page):
            return
    raise AssertionError(f"still open after {PATIENCE} s")


def _stays_closed(page: Page) -> bool:
    """No popover is open, and none opens again before the page is at rest."""
    quiet = 0
    for _ in poll(page):
        if page.get_by_test_id("stPopoverBody").count():
            return False
        state = page.get_by_test_id("stApp").get_attribute("data-test-script-state")
        quiet = quiet + 1 if state == "notRunning" else 0
        if quiet == 5:
            return True
    return False


def until_followed(page: Page) -> None:
    """The page has noticed the turn, told a screen reader of it, and shows both at their ends."""
    expect(page.get_by_role("status").filter(has_text="answering")).to_be_attached(timeout=PATIENCE * 1000)
    page.evaluate(
        "async () => { for (let frame = 0; frame < 4; frame++) await new Promise(requestAnimationFrame); }"
    )


def watch(page: Page, status: str = "completed") -> list[Look]:
    """Looks until the last turn has this status."""
    looks = []
    for _ in poll(page):
        looks.append(look(page))
        if looks[-1].status == status:
            return looks
    raise AssertionError(f"not {status} within {PATIENCE} s; last: {looks[-1]}")


def expect_ended(page: Page, status: str = "completed", *, within: float = PATIENCE) -> None:
    """The last turn has this status, and the page is done with it: no Stop button is left."""
    # As a list of one: while a run draws, what the last run said may stand beside it for a moment.
    expect(turns(page).last.locator(".status span")).to_have_text([status], timeout=within * 1000)
    expect(button(page, "stop")).to_have_count(0)


def expect_whole(page: Page, prompt: str) -> None:
    """The last turn's answer quotes the whole prompt, once, and goes on to its last paragraph."""
    expect_ended(page)
    answer = look(page).answer
    assert answer.count(prompt) == 1
    assert "Try this next." in answer


def letters(text: str) -> str:
    """Text without white space and marks, to compare Markdown with what it looks like."""
    return re.sub(rf"[\s>*`#_\-{JOINER}]", "", text)
