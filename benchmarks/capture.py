"""The pictures of the README, taken from the running app: `scripts/capture`."""

import io
import time
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page

from benchmarks.harness import ROOT, chromium, start_page

DOCS = ROOT / "docs"
SIZE = (1280, 800)
SMALL = (960, 600)
LENGTH = 11.0  # seconds of the animated capture
MOVING = "Answer with a Google search."


def open_page(browser: Browser, url: str, scheme: Literal["light", "dark"]) -> Page:
    context = browser.new_context(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme=scheme)
    page = context.new_page()
    page.goto(url)
    page.get_by_test_id("stChatInputTextArea").wait_for()
    page.wait_for_timeout(1000)
    return page


def ask(page: Page, prompt: str) -> None:
    composer = page.get_by_test_id("stChatInputTextArea")
    composer.press_sequentially(prompt, delay=25)
    composer.press("Enter")


def still(browser: Browser, url: str, scheme: Literal["light", "dark"], path: Path) -> None:
    """A conversation of two turns, with a row of the log opened."""
    page = open_page(browser, url, scheme)
    for prompt in (MOVING, "Play every step."):
        ask(page, prompt)
        page.locator(".st-key-stop").wait_for()
        page.locator(".st-key-stop").wait_for(state="detached")
    page.locator(".st-key-event_log .row").nth(-6).locator("summary").click()
    page.wait_for_timeout(800)
    page.screenshot(path=path)
    page.context.close()


def moving(browser: Browser, url: str, path: Path) -> None:
    """An answer as it arrives. Frames stay as long as they took to take."""
    page = open_page(browser, url, "light")
    ask(page, "How does streaming work here?")
    frames: list[Image.Image] = []
    times: list[float] = [time.monotonic()]
    while times[-1] - times[0] < LENGTH:
        picture = Image.open(io.BytesIO(page.screenshot()))
        frames.append(picture.convert("RGB").resize(SMALL, Image.Resampling.LANCZOS))
        times.append(time.monotonic())
    lasting = [round((after - before) * 1000) for before, after in pairwise(times)]
    first, *rest = frames
    first.save(path, save_all=True, append_images=rest, duration=lasting, loop=0, quality=60, method=4)
    page.context.close()


def main() -> None:
    with TemporaryDirectory() as folder, chromium() as browser:
        app = start_page(Path(folder))
        try:
            still(browser, app.url, "light", DOCS / "playground.png")
            still(browser, app.url, "dark", DOCS / "playground-dark.png")
            moving(browser, app.url, DOCS / "playground.webp")
        finally:
            app.stop()


if __name__ == "__main__":
    main()
