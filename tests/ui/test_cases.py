"""What servers have really sent, as a person sees it: the page on a server that answers so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Caption, Code, Html, Markdown, Text

from interactions.ui import words
from tests.ui.answering import (
    ANTHROPIC,
    CHAT,
    OPENAI,
    Vendor,
    answering,
    choose,
    configured,
    send,
    statuses,
    troubles,
)

pytestmark = pytest.mark.usefixtures("environ")

CASES = Path(__file__).parent.parent / "recordings" / "cases"
VENDORS: dict[str, Vendor] = {"anthropic": ANTHROPIC, "chat": CHAT, "responses": OPENAI}


class Seen(NamedTuple):
    """What is seen of an answer: how the turn stands, what is read, each of it once, what is not, and what is
    remarked."""

    status: str
    told: tuple[str, ...]
    hidden: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


HINTS = (words.RESULT_HINT, words.ANSWER_HINT)
EXPECTED = {
    "anthropic_container_pending": Seen(
        "requires_action", ("in the container container_case", words.RESULT_HINT)
    ),
    "anthropic_delta_without_start": Seen("completed", ("High water is at 14:05.",), HINTS, ("not begun",)),
    "anthropic_phantom_tool_use": Seen("incomplete", ("First I look at the tide table.",), HINTS, ("call",)),
    "chat_annotations": Seen(
        "completed", ('<a href="https://tides.example/buesum"', '<a href="https://two.example/"'), HINTS
    ),
    "chat_audio_with_finish": Seen("completed", ("High water at two.",), HINTS),
    "chat_closing_think_only": Seen("completed", ("At 14:05.", "Be brief."), ("</think>", "</thi", *HINTS)),
    "chat_empty_braces_first": Seen("requires_action", ('"port": "Büsum"', words.RESULT_HINT), ("{}{",)),
    "chat_gemini_signature": Seen("requires_action", ('"port": "Büsum"', words.RESULT_HINT)),
    "chat_html_200": Seen("failed", ("Request blocked",), HINTS, ("a web page instead of an answer",)),
    "chat_last_chunk_unterminated": Seen("completed", ("High water is at 14:05.",), HINTS, ("blank line",)),
    "chat_sse_called_json": Seen("completed", ("High water 14:05.",), HINTS),
    "chat_xai_usage": Seen("completed", ("At 14:05.", "6 out", "89 thought"), HINTS),
    "responses_content_index_counts_up": Seen("completed", ("High water: 14:05.",), HINTS),
    "responses_last_event_unterminated": Seen(
        "completed", ("High water is at 14:05.",), HINTS, ("blank line",)
    ),
    "responses_no_lifecycle": Seen("completed", ("pong",), HINTS, ("not begun",)),
    "responses_text_corrected_at_end": Seen(
        "completed", ("High water is at 14:05.",), HINTS, ("not what was streamed",)
    ),
    "responses_xai_server_custom_tool": Seen("completed", ("Two posts name 14:05.", "tide buesum"), HINTS),
}


def answer(name: str) -> bytes:
    """The case with the head that it came with."""
    kind = {"chat_html_200": "text/html", "chat_sse_called_json": "application/json"}.get(
        name, "text/event-stream"
    )
    (path,) = CASES.glob(f"{name}.*")
    return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n\r\n".encode() + path.read_bytes()


@contextmanager
def asked(patch: pytest.MonkeyPatch, name: str) -> Iterator[AppTest]:
    """A page that has been answered with a case. Text between tags is thoughts where servers do not tell."""
    vendor = VENDORS[name.partition("_")[0]]
    with answering(answer(name)) as server:
        page = choose(configured(patch, {vendor.endpoint: server.url}, think=True), vendor.endpoint)
        yield send(page, "When does the sea rise?")


def read(page: AppTest) -> str:
    """What the conversation says, without the log beside it."""
    drawn = [node for node in page.main if isinstance(node, Markdown | Text | Html | Code | Caption)]
    said = [str(node.value) for node in drawn]
    return unescape("\n".join(each for each in said if not each.startswith('<div class="chunk')))


@pytest.mark.parametrize("name", EXPECTED)
def test_a_case_is_seen_as_it_should_be_read(environ: pytest.MonkeyPatch, name: str) -> None:
    expected = EXPECTED[name]
    with asked(environ, name) as page:
        assert statuses(page) == [expected.status]
        shown, noted = read(page), "\n".join(troubles(page))
        assert {each: shown.count(each) for each in expected.told} == dict.fromkeys(expected.told, 1)
        assert [each for each in expected.hidden if each in shown] == []
        assert [each for each in expected.remarks if each not in noted] == []


def test_what_is_heard_can_be_played(environ: pytest.MonkeyPatch) -> None:
    with asked(environ, "chat_audio_with_finish") as page:
        assert len(page.get("audio")) == 1
