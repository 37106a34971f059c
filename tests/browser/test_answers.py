"""What comes beside text, in a real browser: calls that wait for an answer, and pictures that form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from benchmarks.harness import Server
from interactions.sandbox.pictures import png
from interactions.ui import words
from interactions.ui.words.answer import waiting
from tests.browser.conftest import ARTEFACTS, StartApp
from tests.browser.playground import close_popover, composer, expect_ended, rows, send, turns, visit
from tests.browser.scripted import Answers, Wire, step
from tests.browser.scripted import stream as native
from tests.peers import Peer
from tests.ui.answering import KEY, OPENAI, answering, posts, stream

APPROVAL = {
    "type": "mcp_approval_request",
    "id": "mcpr_1",
    "server_label": "crm",
    "name": "drop_table",
    "arguments": '{"table": "users"}',
}
SHELL = {
    "type": "shell_call",
    "id": "sh_1",
    "call_id": "call_1",
    "status": "completed",
    "action": {"commands": ["ls -la", "cat notes.txt"], "timeout_ms": 5000, "max_output_length": 4000},
    "environment": {"type": "local"},
}


def asks(item: Mapping[str, Any]) -> bytes:
    """A response that ends with this item."""
    response = {"id": "resp_1", "object": "response", "output": []}
    begun = {**item, "status": "in_progress"} if "status" in item else item
    return stream(
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        {"type": "response.output_item.added", "output_index": 0, "item": begun},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {**response, "status": "completed", "output": [item]}},
    )


@pytest.fixture
def asked(page: Page, start_app: StartApp, request: pytest.FixtureRequest) -> Iterator[Peer]:
    """A page whose turn waits for the item that a test names, and its server."""
    with answering(asks(request.param), OPENAI.plain) as server:
        app = start_app({"OPENAI_BASE_URL": server.url + "/v1", "OPENAI_API_KEY": KEY})
        page.emulate_media(color_scheme="light")
        visit(page, app)
        _choose(page)
        send(page, "Go on, then.")
        yield server


def _choose(page: Page) -> None:
    page.get_by_role("button", name=words.SETTINGS).click()
    page.get_by_role("combobox", name="Endpoint").click()
    page.get_by_role("option", name="OpenAI", exact=True).click()
    expect(page.get_by_text(re.compile("OpenAI · "))).to_be_visible()
    close_popover(page)
    expect(composer(page)).to_be_visible()


def _picture(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=Path(ARTEFACTS) / f"{name}-light.png", animations="disabled")


def _send(page: Page) -> None:
    page.get_by_role("button", name=words.SEND_RESULTS).click()
    expect(turns(page)).to_have_count(2)
    expect_ended(page)
    expect(page.get_by_role("button", name=words.SEND_RESULTS)).to_have_count(0)


@pytest.mark.parametrize("asked", [APPROVAL], indirect=True, ids=["approval"])
def test_a_call_is_approved_with_a_reason(page: Page, asked: Peer) -> None:
    """The card names the server and the tool; the answer stands in the next turn, and in its request."""
    expect_ended(page, "waits for an approval")
    card = turns(page).last.get_by_test_id("stExpander").filter(has_text="crm · drop_table")
    expect(card).to_contain_text('"table": "users"')
    _picture(page, "approval-asked")
    page.get_by_role("radiogroup").get_by_text(waiting.APPROVE_YES, exact=True).click()
    page.get_by_role("textbox", name=waiting.REASON).fill("It is a copy")
    _picture(page, "approval-filled")
    _send(page)
    answer = turns(page).last.get_by_test_id("stExpander").first
    answer.locator("summary").click()
    expect(answer.get_by_text("Approved: It is a copy")).to_be_visible()
    _picture(page, "approval-sent")
    first, second = posts(asked)
    assert second["input"][-1] == {
        "type": "mcp_approval_response",
        "approval_request_id": "mcpr_1",
        "approve": True,
        "reason": "It is a copy",
    }
    assert first["model"] == second["model"]


@pytest.mark.parametrize("asked", [SHELL], indirect=True, ids=["shell"])
def test_commands_are_answered_with_what_they_have_printed(page: Page, asked: Peer) -> None:
    expect_ended(page, "waits for the result of a shell command")
    card = turns(page).last.get_by_test_id("stExpander").first
    expect(card).to_contain_text("ls -la")
    expect(card).to_contain_text("cat notes.txt")
    _picture(page, "shell-asked")
    page.get_by_role("textbox", name=waiting.STDOUT).fill("notes.txt")
    page.get_by_role("textbox", name=waiting.STDERR).fill("cat: denied")
    page.get_by_role("spinbutton", name=waiting.EXIT_CODE).fill("1")
    _picture(page, "shell-filled")
    _send(page)
    answer = turns(page).last.get_by_test_id("stExpander").first
    answer.locator("summary").click()
    expect(answer.get_by_text("cat: denied")).to_be_visible()
    expect(answer.get_by_text("Exit code 1")).to_be_visible()
    _picture(page, "shell-sent")
    assert posts(asked)[1]["input"][-1] == {
        "type": "shell_call_output",
        "call_id": "call_1",
        "output": [
            {"stdout": "notes.txt", "stderr": "cat: denied", "outcome": {"type": "exit", "exit_code": 1}}
        ],
        "max_output_length": 4000,
    }
    assert [row.type for row in rows(page)].count("request") == 2


# The pictures of the conversation that come and go, by a sign before their tags.
_WATCH = """() => {
    window.seen = [];
    const pictures = node => node.querySelectorAll ? [node, ...node.querySelectorAll('img')] : [];
    const note = (sign, nodes) => nodes.forEach(node => pictures(node).forEach(
        each => each.nodeName == 'IMG' && window.seen.push(sign)));
    new MutationObserver(changes => changes.forEach(change => {
        note('-', change.removedNodes);
        note('+', change.addedNodes);
    })).observe(document.querySelector('.st-key-conversation'), {subtree: true, childList: true});
}"""


def test_a_picture_that_forms_stays_in_its_place(page: Page, scripted_app: Server, answers: Answers) -> None:
    """It is drawn further, and neither taken away nor put beside itself."""
    drafts = [
        {"type": "image", "data": png(size, 90), "mime_type": "image/png"} for size in (60, 90, 120, 150)
    ]
    deltas: list[Wire] = [*({**draft, "partial": True} for draft in drafts[:-1]), drafts[-1]]
    held = answers.hold_back({"Draw": native(step(0, {"type": "model_output"}, *deltas))})
    visit(page, scripted_app)
    page.evaluate(_WATCH)
    send(page, "Draw")
    picture = turns(page).locator("img")
    expect(picture).to_have_count(1)
    first = picture.get_attribute("src")
    held.more()
    expect_ended(page)
    expect(picture).to_have_attribute("src", f"data:image/png;base64,{drafts[-1]['data']}")
    assert first != picture.get_attribute("src")
    assert page.evaluate("window.seen") == ["+"]
