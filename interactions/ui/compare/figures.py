"""The figures above a column. All columns share one clock, which begins when the prompt is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from itertools import chain
from typing import NamedTuple

from interactions.conversations.costs import CHARACTERS_PER_TOKEN
from interactions.turns.steps import Content, ModelOutput, Text, Thought
from interactions.turns.turn import Turn
from interactions.ui import words
from interactions.ui.answer.facts import tokens, tokens_per_second
from interactions.ui.drawing.limits import brief
from interactions.ui.words import compare

ROWS = (
    compare.STATUS,
    compare.FIRST,
    compare.END,
    compare.SPEED,
    compare.TOKENS,
    compare.COST,
    compare.IGNORES,
)
SPANS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)  # seconds that a timeline can be long


class Times(NamedTuple):
    """Seconds since the prompt was sent; `first` and `end` are None as long as they have not come, and `now`
    is the end or the present."""

    request: float
    first: float | None
    end: float | None
    now: float


def times(turn: Turn, created: datetime, began: datetime, now: datetime) -> Times:
    """The times of a turn that was made at `created`, when the prompt had been sent at `began`."""
    request = (created - began).total_seconds()
    first = request + turn.first_token_at / 1e9 if turn.first_token_at else None
    end = request + turn.ended_at / 1e9 if turn.ended else None
    present = (now - began).total_seconds()
    return Times(request, first, end, max(request, first or 0.0, present if end is None else end))


def timeline(seconds: float) -> float:
    """The length of a timeline that shows so many seconds. It grows in steps, so that bars seldom move."""
    return next((step for step in SPANS if step >= seconds), seconds)


def written(turn: Turn) -> int:
    """The number of characters of the answer."""
    return _characters(step.content for step in turn.steps if isinstance(step, ModelOutput))


def thought(turn: Turn) -> int:
    """The number of characters of the thoughts that are shown."""
    return _characters(step.content for step in turn.steps if isinstance(step, Thought))


def _characters(contents: Iterator[tuple[Content, ...]]) -> int:
    return sum(len(part.text) for part in chain.from_iterable(contents) if isinstance(part, Text))


def speed(turn: Turn, last: int) -> str:
    """Tokens per second since the first one; estimated until the usage is known. `last` is the arrival of the
    newest frame, in ns since the request."""
    if measured := tokens_per_second(turn):
        return compare.RATE.format(measured)
    seconds = (last - turn.first_token_at) / 1e9
    if turn.ended or not turn.first_token_at or seconds <= 0:
        return compare.NONE
    return compare.ESTIMATE.format((written(turn) + thought(turn)) / CHARACTERS_PER_TOKEN / seconds)


class Shown(NamedTuple):
    """What is shown beside a turn and its times. `last` is the arrival of the newest frame, in ns since the
    request; `length` that of all timelines, in seconds; `ignored` the settings that were not sent; `cost` is
    in words."""

    last: int
    length: float
    ignored: tuple[str, ...]
    cost: str


def figures_html(turn: Turn, at: Times, shown: Shown) -> str:
    status, tone = words.status(turn)
    values = (
        f'<span class="status {tone}">{escape(brief(status))}</span>',
        compare.NONE if at.first is None else compare.SECONDS.format(at.first),
        compare.RUNNING.format(at.now) if at.end is None else compare.SECONDS.format(at.end),
        speed(turn, shown.last),
        " · ".join(tokens(turn)) or (compare.NONE if turn.ended else compare.LATER),
        escape(shown.cost) or compare.NONE,
        escape(", ".join(shown.ignored)) or compare.NONE,
    )
    first = at.now if at.first is None else at.first
    return _html(values, (("waits", at.request, first), ("answers", first, at.now)), shown.length)


def unsent_html(length: float) -> str:
    """The figures of a column that was sent nothing yet."""
    status = f'<span class="status bad">{compare.UNSENT}</span>'
    return _html((status, *[compare.NONE] * (len(ROWS) - 1)), (), length)


def _html(values: Sequence[str], bars: Sequence[tuple[str, float, float]], length: float) -> str:
    """`values` are those of `ROWS`; `bars` have a name, a beginning and an end, in seconds."""
    percent = 100 / length
    drawn = "".join(
        f'<i class="{name}" style="left:{start * percent:.1f}%;width:{(end - start) * percent:.1f}%"></i>'
        for name, start, end in bars
        if end > start
    )
    told = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in zip(ROWS, values, strict=True))
    return (
        f'<div class="timeline" role="img" aria-label="{compare.CLOCK.format(length)}">{drawn}</div>'
        f'<div class="scale" aria-hidden="true"><span>0</span><span>{length:g} s</span></div>'
        f'<dl class="figures">{told}</dl>'
    )
