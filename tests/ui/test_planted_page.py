"""Planted secrets that a server repeats, looked for in every element of the pages."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from interactions.ui.words import diagnostics as labels
from interactions.ui.words.log import MASKED_HINT
from tests.stream.test_planted import HEADER, KEY, OWN, PASSWORD, PATH, PROTOCOLS, Speaker, repeating, tells
from tests.ui.answering import button, choose, send
from tests.ui.conftest import whole_app

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("environ")]


def opened(protocol: Speaker, url: str) -> AppTest:
    made = whole_app(30)
    made.secrets["providers"] = {
        "mine": {
            "base_url": url.replace("http://", f"http://me:{PASSWORD}@") + f"/{PATH}/v1",
            "protocol": protocol.protocol,
            "api_key": KEY,
            "headers": {"x-gateway": HEADER},
            "models": ["m"],
        }
    }
    return choose(made.run(), "mine")


def everything(page: AppTest) -> bytes:
    """Every element as it is sent to the browser, but for the field that a visitor has typed the key into."""
    assert not page.exception
    drawn = [*page.main, *page.sidebar]
    shown = [node for node in drawn if getattr(node, "key", None) != "own_key_field"]
    return "".join(str(node.proto) for node in shown if node.proto is not None).encode()


@pytest.mark.parametrize(
    "way", ["text", "an error", "headers", "one character a delta", "a broken chunk", "an id"]
)
@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda protocol: protocol.protocol)
def test_no_element_of_any_page_has_a_secret(
    way: str, protocol: Speaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the deployment's nor the visitor's own; the row says that something is masked."""
    monkeypatch.setattr("interactions.stream.transport.ATTEMPTS", 1)
    monkeypatch.setattr("interactions.running.resume.PATIENCE", 0.0)
    others = [HEADER, PASSWORD, PATH]
    with repeating(protocol, way, others) as server:
        page = opened(protocol, server.url)
        page.text_input(key="own_key_field").set_value(OWN).run()
        page.button(key="look").click().run()
        found = everything(page)
        found += everything(send(page, "Hi"))
        assert b"masked" in everything(page)
        page.switch_page("pages/diagnostics.py").run()
        page = button(page, labels.CHECK).click().run()
        found += everything(page)
    assert [each for each in (KEY, OWN, *others) if tells(found, each)] == []
    assert MASKED_HINT.encode() in found
