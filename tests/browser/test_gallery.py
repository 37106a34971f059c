"""Every kind of step and delta, from its JSON on the wire to what a person sees."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from benchmarks.harness import Server
from tests.browser.conftest import ARTEFACTS
from tests.browser.kinds import KINDS, PROMPT
from tests.browser.playground import expect_ended, send, turns, visit


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_kind_of_step_and_delta_is_drawn_for_a_person(
    browser: Browser, gallery: Server, scheme: Any
) -> None:
    """Opened, each card shows what went in and what came out; the picture of it all is kept."""
    with browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        visit(page, gallery)
        send(page, PROMPT)
        expect_ended(page)
        _open_all(page)
        turn = turns(page).last
        for name, _, _, seen in KINDS:
            for text in seen:
                assert turn.get_by_text(text).count() or text in turn.inner_text(), f"{name}: {text}"
        expect(turn.locator('img[alt="Image in the answer"]')).to_have_count(1)
        expect(turn.locator("audio")).to_have_count(1)
        assert turn.locator("script, iframe, video").count() == 0
        ARTEFACTS.mkdir(exist_ok=True)
        page.add_style_tag(
            content="[class*='st-key-conversation'] { height: 6000px !important; contain: none !important; }"
        )
        turn.screenshot(path=ARTEFACTS / f"gallery-{scheme}.png")


def _open_all(page: Page) -> None:
    cards = turns(page).last.locator("details:not([open]) > summary")
    while cards.count():
        cards.first.click()
