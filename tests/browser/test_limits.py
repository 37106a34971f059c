"""What would cost a browser its stack, or a minute, costs neither: live, and when it is opened again."""

from __future__ import annotations

from functools import cache

import pytest
from playwright.sync_api import Page, expect

from benchmarks.harness import Server
from interactions.ui.words.limits import LONG_BLOCK, LONG_TEXT, NESTED, WIDE
from tests.browser.playground import expect_ended, send, until, visit
from tests.browser.scripted import Answers, Wire, step, stream

PIECES = 40  # deltas of an answer
LEVELS = 50_000

# An answer, and what is said of it.
TEXTS = {
    "brackets": ("[" * LEVELS, NESTED),
    "quotes": ("> " * LEVELS + "a", NESTED),
    "lists": ("* " * LEVELS + "a", NESTED),
    "emphasis": ("**a _b " * 10_000 + "b_ a**" * 10_000, NESTED),
    "indentation": ("\n".join("  " * level + "* a" for level in range(600)), NESTED),
    "headings": ("# a\n" * 20_000, LONG_BLOCK),
    "table": ("|a|b|\n|-|-|\n" + "|a|b|\n" * 20_000, LONG_BLOCK),
    "code": ("```json\n" + '{"a": [1, 2, {"b": null}]}\n' * 40_000, LONG_BLOCK),
    "one word": ("w" * 2_000_000, LONG_BLOCK),
    "paragraphs": ("a\n\n" * 200_000, LONG_TEXT),
    "rows that are none": ("x\n" + "| **a _b \n" * 900 + "| b_ a** \n" * 900, NESTED),
    "a fence that its item ends": ("- ~~~\n\n" + "> " * 20_000 + "a", NESTED),
    "cells": ("|a" * 700 + "|\n" + "|-" * 700 + "|\n" + "a\n" * 700, WIDE),
    "columns": ("|a" * 5_000 + "|\n" + "|-" * 5_000 + "|\n" + "a\n" * 1_900, WIDE),
    "JSON": ("[" * LEVELS + "]" * LEVELS, NESTED),
}


def answer(text: str) -> bytes:
    size = max(1, len(text) // PIECES)
    pieces: list[Wire] = [{"type": "text", "text": text[at : at + size]} for at in range(0, len(text), size)]
    return stream(step(0, {"type": "model_output"}, *pieces))


def elsewhere() -> bytes:
    """Deep texts and JSON in thoughts, calls, results and events of no known kind."""
    deep, levels = "[" * LEVELS, "[" * LEVELS + "]" * LEVELS
    said = {"type": "text", "text": deep}
    events = [
        *step(0, {"type": "thought"}, {"type": "thought_summary", "content": said}),
        *step(1, {"type": "google_search_call", "id": "1"}, {"type": "arguments_delta", "arguments": levels}),
        *step(2, {"type": "google_search_result", "call_id": "1", "result": [said]}),
        *step(3, {"type": "mcp_server_tool_result", "call_id": "2", "result": "w" * 1_000_000}),
        *step(4, {"type": "model_output"}, {"type": "text", "text": "The end."}),
    ]
    body = stream(events)
    return b'event: odd\ndata: {"event_type":"odd","a":%s}\n\n' % levels.encode() + body


@cache
def bodies() -> dict[str, bytes]:
    return {**{name: answer(text) for name, (text, _) in TEXTS.items()}, "elsewhere": elsewhere()}


@pytest.fixture
def app(scripted_app: Server, answers: Answers) -> Server:
    answers.say(bodies())
    return scripted_app


@pytest.mark.parametrize("name", TEXTS)
def test_an_answer_that_would_cost_a_minute_is_drawn_at_once_and_says_why(
    page: Page, app: Server, name: str
) -> None:
    """While it streams, and when its conversation is opened again; the page works on."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    visit(page, app)
    send(page, name)
    expect_ended(page)
    expect(page.locator(".st-key-conversation").get_by_text(TEXTS[name][1])).to_be_visible()
    page.reload()
    expect(page.locator(".st-key-conversation").get_by_text(TEXTS[name][1])).to_be_visible()
    send(page, "And now?")
    until(page, lambda shown: shown.turns == 2)
    expect_ended(page)
    assert not broken


def test_what_is_deep_in_a_thought_a_tool_or_an_event_costs_no_more(page: Page, app: Server) -> None:
    """The answer behind it is there."""
    broken: list[str] = []
    page.on("pageerror", lambda error: broken.append(str(error)))
    visit(page, app)
    send(page, "elsewhere")
    expect_ended(page)
    expect(page.locator(".st-key-conversation").get_by_text("The end.")).to_be_visible()
    page.reload()
    expect(page.locator(".st-key-conversation").get_by_text("The end.")).to_be_visible()
    assert not broken
