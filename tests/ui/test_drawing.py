"""Whatever a turn consists of: it is drawn, exported, sent along and found, and nothing of that raises."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, get_args
from unittest.mock import patch

from hypothesis import given

from interactions import costs, exchanges, history, scripts
from interactions.cassettes import Cassette, Recording, dump
from interactions.journal import Frame
from interactions.providers import chat_body, gemini, openai_body
from interactions.providers.anthropic.body import body as anthropic_body
from interactions.request import Options, Request
from interactions.steps import Step
from interactions.store.conversation import Conversation
from interactions.store.words import hit, index_line, phrases, storable, title_of, words_of
from interactions.turn import Turn, text_of
from interactions.ui import boundary, results, rows
from interactions.ui.compare_columns import Column
from interactions.ui.compare_figures import Shown, Times, figures_html, speed
from interactions.ui.compare_table import table_html
from interactions.ui.conversation import drawing
from interactions.ui.words import costs as amounts
from interactions.values import encoded
from tests.oddities import folded, streams, turns
from tests.vendors import asking

BODIES: tuple[Callable[[Request], Any], ...] = (
    gemini.body,
    anthropic_body,
    chat_body.body,
    openai_body.body,
)


@contextmanager
def without_a_net() -> Iterator[None]:
    """What the boundary would catch fails the test."""

    def fail(error: Exception) -> None:
        raise error

    with patch.object(boundary, "report", fail):
        yield


def shown(turn: Turn) -> None:
    for quiet, then in ((0.0, None), (20.0, "Go on")):
        drawing(turn, quiet, "≈ $1", then)
    waiting = results.waiting(turn)
    assert len(waiting) <= len(turn.steps)
    for call in waiting:
        encoded(results.result(call, '{"a": 1}'))


def compared(turn: Turn) -> None:
    figures_html(turn, Times(0.0, 1.0, 2.0, 2.0), Shown(10**9, 5.0, ("seed",), ""))
    speed(turn, 10**9)
    columns = [Column(Conversation(""), "", "a", "m"), Column(Conversation(""), "", "b", "m")]
    table_html(columns, [turn, None])


def counted(turn: Turn) -> None:
    for model, protocol in (("gemini-2.5-flash", "gemini"), ("claude-opus-4", "anthropic"), ("x", "y")):
        amounts.cost(costs.spent(turn, model, protocol, local=False))
        amounts.cost(costs.estimate(turn, model, protocol, local=False))
    encoded(turn.reported)


def sent_along(turn: Turn) -> None:
    """As history, as the turn that is named, as the one that goes on, and said again by a visitor."""
    said = tuple(step.data for step in turn.steps if not isinstance(step, tuple(_CONTENTS)))
    other = history.transplanted(turn)
    requests = (
        asking(history=(turn, other)),
        asking(begun=turn, continuation_token="more"),
        asking(previous_interaction_id="1", named=lambda: (turn,), earlier=lambda: (turn,)),
        asking(input=said),
    )
    for request in requests:
        for body in BODIES:
            encoded(body(request))
    assert isinstance(history.left_behind(turn, vendor=True), frozenset)


def indexed(turn: Turn) -> None:
    said = tuple(step.data for step in turn.steps if not isinstance(step, tuple(_CONTENTS)))
    text = storable(f"{words_of(said)}\n{text_of(turn)}")
    for line in (index_line(text), storable(title_of(said)), hit(text, phrases("a 1"))):
        line.encode()


_CONTENTS = [kind for kind in get_args(Step) if "data" not in kind.__struct_fields__]
ON_A_TURN: tuple[Callable[[Turn], None], ...] = (shown, compared, counted, sent_along, indexed)


def exported(dialect: str, frames: list[Frame]) -> None:
    for exchange in exchanges.exchanges(frames):
        request = {"headers": {}, **exchange.request}
        exchanges.curl(request)
        compile(scripts.python_script(request, dialect), "answer.py", "exec")
    recording = Recording(None, dialect, datetime.now(UTC), None, "Hi", Options("m"), tuple(frames))
    written = dump(Cassette("a", (recording,)))
    assert dump(Cassette("a", (recording,))) == written


def logged(frames: list[Frame]) -> None:
    for frame in frames:
        rows.row_html(frame, 0, "raw").encode()


@given(turns())
def test_every_drawer_draws_what_any_events_have_made_of_a_turn(turn: Turn) -> None:
    """Without the net that is there for what nobody has foreseen."""
    with without_a_net():
        for use in ON_A_TURN:
            use(turn)


@given(streams())
def test_every_drawer_draws_what_a_stream_with_anything_in_it_becomes(
    stream: tuple[str, list[Frame]],
) -> None:
    """In each dialect, by the same way as what real servers say."""
    dialect, frames = stream
    turn = folded(dialect, frames)
    with without_a_net():
        for use in ON_A_TURN:
            use(turn)
        exported(dialect, frames)
        logged(frames)
