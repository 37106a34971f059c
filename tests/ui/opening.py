"""Conversations that a test has written, opened on a page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from streamlit.testing.v1 import AppTest

from interactions.cassettes import Cassette, Recording, dump
from interactions.conversations.request import Options
from interactions.stream.journal import Frame
from interactions.ui.server.root import workspace
from tests.folding import MODEL
from tests.oddities import PROTOCOLS, frames_of


def conversation(turns: tuple[tuple[str, list[Frame]], ...]) -> bytes:
    """A file with these turns, each behind the one before it."""
    began = datetime.now(UTC) - timedelta(seconds=len(turns))
    recordings = (
        Recording(
            number or None,
            PROTOCOLS[protocol].protocol,
            began + timedelta(seconds=number),
            None,
            "Hi",
            Options(MODEL),
            tuple(frames),
        )
        for number, (protocol, frames) in enumerate(turns)
    )
    return dump(Cassette("Anything", tuple(recordings)))


def opened(page: AppTest, *turns: tuple[str, list[Frame]]) -> AppTest:
    """The page with these turns as the conversation that is open."""
    id = workspace().cassettes.import_(page.session_state["_owner"], conversation(turns))
    page.session_state["_conversation"] = page.query_params["conversation"] = id
    return page.run()


def native(*steps: dict[str, Any], indices: Iterable[int] = range(9), **more: Any) -> tuple[str, list[Frame]]:
    """A turn of these steps, one after the other."""
    begun = [
        {"event_type": "step.start", "index": index, "step": step}
        for index, step in zip(indices, steps, strict=False)
    ]
    interaction = {"id": "v1_1", "status": "completed", **more}
    ended = {"event_type": "interaction.completed", "interaction": interaction}
    return "gemini", frames_of("gemini", [*begun, ended])
