"""The footer of a turn: tokens, times, cost, remarks and its id."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from interactions.turns.status import CHAINABLE
from interactions.turns.steps import Thought
from interactions.turns.turn import Turn
from interactions.ui import words
from interactions.ui.answer.stack import Element, Leaf
from interactions.ui.drawing.limits import brief
from interactions.ui.words import figures


def footer(turn: Turn, cost: str) -> Iterator[Element]:
    told = [escape(fact) for fact in (*_model(turn), *tokens(turn), *_times(turn), *_remarks(turn))]
    if cost:
        told.append(f'<span title="{escape(figures.HINT)}">{escape(cost)}</span>')
    if told:
        yield Leaf("html", f'<div class="facts">{"".join(f"<span>{fact}</span>" for fact in told)}</div>')
    if turn.id:
        yield Leaf("id", turn.id)


def _model(turn: Turn) -> Iterator[str]:
    """The model that answers, once it does; before that it is the one that was asked for."""
    if turn.model and (turn.id or turn.first_token_at):
        yield brief(turn.model)


def tokens(turn: Turn) -> Iterator[str]:
    """The counts of tokens that the server reports, in words; those of 0 are left out."""
    if turn.usage is None:
        return
    usage = turn.usage
    for count, said in (
        (usage.total_input_tokens, figures.INPUT),
        (usage.total_output_tokens, figures.OUTPUT),
        (usage.total_thought_tokens, figures.THOUGHT),
        (usage.total_cached_tokens, figures.CACHED),
        (usage.total_tool_use_tokens, figures.TOOL_USE),
    ):
        if count:
            yield said.format(count)


def _times(turn: Turn) -> Iterator[str]:
    if turn.first_token_at:
        yield figures.FIRST.format(turn.first_token_at / 1e6)
    if speed := tokens_per_second(turn):
        yield figures.SPEED.format(speed)
    if turn.ended:
        yield figures.DURATION.format(turn.ended_at / 1e9)


def _remarks(turn: Turn) -> Iterator[str]:
    if turn.ended and turn.usage is None and turn.id:
        yield words.NO_USAGE
    if turn.status in CHAINABLE:
        yield from (words.CLIMBED[rung] for rung in turn.rungs[-1:] if rung in words.CLIMBED)
    if (requests := turn.hop + 1 - turn.unasked) > 1:
        yield words.HOPS.format(requests)
    if turn.ended and not turn.stored:
        yield words.NOT_STORED


def tokens_per_second(turn: Turn) -> float:
    """Tokens over the time from the first one seen to the end, or 0, as for a turn that was brought back.
    Thoughts count if they were seen; those that were not came before it."""
    seconds = (turn.ended_at - turn.first_token_at) / 1e9
    if turn.usage is None or not turn.first_token_at or seconds <= 0 or turn.rungs:
        return 0.0
    seen = any(isinstance(step, Thought) and step.content for step in turn.steps)
    thoughts = turn.usage.total_thought_tokens or 0
    return ((turn.usage.total_output_tokens or 0) + (thoughts if seen else 0)) / seconds
