"""The whole page, with conversations in which anything stands anywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Html

from benchmarks.harness import ROOT
from interactions.cassettes import Cassette, Recording, dump
from interactions.journal import Frame
from interactions.request import Options
from interactions.ui import boundary
from interactions.ui.root import workspace
from tests.oddities import DIALECTS, folded, streams

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("environ")]

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


def conversation(turns: tuple[tuple[str, list[Frame]], ...]) -> bytes:
    """A file with these turns, each behind the one before it."""
    began = datetime(2026, 11, 30, tzinfo=UTC)
    recordings = (
        Recording(
            number or None,
            DIALECTS[dialect].name,
            began + timedelta(minutes=number),
            None,
            "Hi",
            Options("m"),
            tuple(frames),
        )
        for number, (dialect, frames) in enumerate(turns)
    )
    return dump(Cassette("Anything", tuple(recordings)))


def test_a_thousand_turns_with_anything_in_them_are_drawn_with_their_log_and_their_export(
    environ: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """No page ends in an exception, and nothing had to be caught: no element was refused by Streamlit."""
    environ.setenv("GEMINI_API_KEY", "any")
    boundary._told.clear()
    page = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).run()
    page.session_state["_turns"] = TOGETHER
    page.session_state["log_export"] = True
    owner = page.session_state["_owner"]
    turns = drawn(TURNS)
    assert len(turns) == TURNS
    for at in range(0, len(turns), TOGETHER):
        some = tuple(turns[at : at + TOGETHER])
        id = workspace().import_(owner, conversation(some))
        page.session_state["_conversation"] = page.query_params["conversation"] = id
        page.run()
        assert not page.exception, page.exception[0].stack_trace
        rows = sum(node.value.count('<details class="row') for node in page.main if isinstance(node, Html))
        assert rows
        assert page.get("download_button")
        assert sum('class="status' in node.value for node in page.main if isinstance(node, Html)) >= len(some)
    assert not [record for record in caplog.records if record.name == boundary.__name__]
