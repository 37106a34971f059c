"""The whole page, with conversations in which anything stands anywhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Html

from interactions.errors import background
from interactions.sandbox import Server
from interactions.stream.journal import Frame
from interactions.ui import words
from interactions.ui.log import controls
from interactions.ui.server.root import workspace
from interactions.ui.words.limits import UNDRAWN
from tests.oddities import folded, frames_of, streams
from tests.ui.conftest import whole_app
from tests.ui.opening import native, opened

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("environ")]


@pytest.fixture
def page(sandbox: Server, environ: pytest.MonkeyPatch) -> AppTest:
    """The playground, with the popover of the export open."""
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "any")
    made = whole_app(60).run()
    made.session_state["log_export"] = True
    return made


TURNS, TOGETHER = 1_000, 50  # turns that are drawn, and so many of them as one conversation


def drawn(count: int) -> list[tuple[str, list[Frame]]]:
    """So many streams, the same at each run."""
    found: list[tuple[str, list[Frame]]] = []

    @settings(
        max_examples=count * 5 // 4,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(streams())
    def collect(stream: tuple[str, list[Frame]]) -> None:
        if folded(*stream).ended:  # what goes on elsewhere is in no file
            found.append(stream)

    collect()
    return found[:count]


def html(page: AppTest) -> str:
    return "".join(str(node.value) for node in page.main if isinstance(node, Html))


PAGE = {"type": "url_citation", "url": "https://a.test", "title": "A source", "end_index": 3}
SAID = {"type": "text", "text": "Yes. And no.", "annotations": [PAGE]}
FAULTS = {
    "a thought with a citation": native({"type": "thought", "summary": [SAID]}),
    "search suggestions": native(
        {"type": "google_search_call", "id": "1", "arguments": {"queries": ["a"]}},
        {"type": "google_search_result", "call_id": "1", "result": [{"search_suggestions": "<![zz["}]},
    ),
    "the type of an annotation": native(
        {"type": "model_output", "content": [{**SAID, "annotations": [{**PAGE, "type": ["url_citation"]}]}]}
    ),
    "a count": native(usage={"total_input_tokens": 10**400, "total_output_tokens": 5}),
    "an index": (
        "gemini",
        frames_of("gemini", [{"event_type": "step.start", "index": 10**400, "step": {"type": "thought"}}]),
    ),
    "levels": native({"type": "function_result", "call_id": "1", "result": "[" * 50_000}),
}


@pytest.mark.parametrize("turn", FAULTS.values(), ids=FAULTS)
def test_what_once_broke_a_page_for_good_is_drawn_and_goes_on(
    page: AppTest, turn: tuple[str, list[Frame]]
) -> None:
    """The page, its log and its export are there, and the conversation can be gone on with."""
    opened(page, turn)
    assert not page.exception
    assert html(page).count('<details class="row') == len(turn[1])
    assert page.get("download_button")
    page.chat_input(key="composer").set_value("Go on").run()
    assert not page.exception
    assert html(page).count('class="status') == 2


def test_each_of_two_calls_with_one_index_has_a_field_of_its_own(page: AppTest) -> None:
    """And each result goes back to its call."""
    called = {"type": "function_call", "name": "f", "arguments": dict[str, Any]()}
    calls = [{**called, "id": id} for id in ("c1", "c2")]
    opened(page, native(*calls, status="requires_action", indices=(0, 0)))
    assert not page.exception
    first, second = (area for area in page.text_area if area.label.startswith("Result of"))
    first.set_value("one")
    second.set_value("two")
    next(button for button in page.button if button.label == words.SEND_RESULTS).click().run()
    assert not page.exception
    visitor, open_one = page.session_state["_owner"], page.session_state["_conversation"]
    sent: Any = workspace().library.conversation(visitor, open_one).turns[-1].prompt.input
    assert [(step["call_id"], step["result"]) for step in sent] == [("c1", "one"), ("c2", "two")]


@pytest.mark.parametrize("name", ["curl", "python_script"])
def test_a_request_that_cannot_be_told_as_a_program_can_be_exported_all_the_same(
    page: AppTest, environ: pytest.MonkeyPatch, name: str
) -> None:
    """As a file, and the raw body with it."""

    def fault(*_: object) -> str:
        raise ZeroDivisionError

    environ.setattr(controls, name, fault)
    opened(page, FAULTS["a count"])
    assert not page.exception
    assert UNDRAWN in [code.value for code in page.code]
    assert len(page.get("download_button")) == 3


def test_a_thousand_turns_with_anything_in_them_are_drawn_with_their_log_and_their_export(
    page: AppTest, caplog: pytest.LogCaptureFixture
) -> None:
    """No page ends in an exception, and nothing had to be caught: no element was refused by Streamlit."""
    background.forget()
    page.session_state["_turns"] = TOGETHER
    turns = drawn(TURNS)
    assert len(turns) == TURNS
    for at in range(0, len(turns), TOGETHER):
        opened(page, *turns[at : at + TOGETHER])
        assert not page.exception, page.exception[0].stack_trace
        assert '<details class="row' in html(page)
        assert page.get("download_button")
        assert html(page).count('class="status') >= TOGETHER
    assert not [record for record in caplog.records if record.name == background.__name__]
    assert background.summary() is None
