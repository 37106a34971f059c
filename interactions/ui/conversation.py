"""The right pane: turns as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from typing import NamedTuple

from interactions.request import Input
from interactions.status import CHAINABLE
from interactions.steps import (
    Content,
    Media,
    ModelOutput,
    OtherStep,
    Step,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    UserInput,
    plain,
)
from interactions.turn import Turn
from interactions.ui import words
from interactions.ui.cards import call_card, json_leaf, other_card, result_card
from interactions.ui.citations import Source, cited, link, other_notes, sources
from interactions.ui.markdown import blocks
from interactions.ui.media import attached, media
from interactions.ui.stack import Group, Leaf, Span
from interactions.ui.words.costs import HINT as COST_HINT
from interactions.ui.words.trouble import trouble
from interactions.wire import load_json

_JSON_BEGINS = ('{"', "[{", '["', "{\n")


class Drawing(NamedTuple):
    """Everything that a turn shows, in order, and the place of the text that is still being written."""

    spans: list[Span]
    growing: int | None


class _Links(NamedTuple):
    """What the steps of one turn say of each other."""

    sources: tuple[Source, ...]
    calls: frozenset[str]
    results: Mapping[str, ToolResult]
    over: bool


def drawing(turn: Turn, quiet: float = 0.0, cost: str = "", then: Input | None = None) -> Drawing:
    """`quiet` is how long a running turn has had no data, in seconds; `cost` what it has cost, in words;
    `then` what was sent after it on its line."""
    links = _links(turn)
    asked = [span for step in turn.steps if step.sent for span in _step(step, links)]
    answered = [span for step in turn.steps if not step.sent for span in _step(step, links)]
    spans = [*asked, _status(turn, quiet, then), *answered]
    growing = len(spans) - 1 if _grows(turn) else None
    return Drawing([*spans, *_sources(links), *_trouble(turn), *_footer(turn, cost)], growing)


def _links(turn: Turn) -> _Links:
    steps = [step for step in turn.steps if not step.sent]
    parts = (part for step in steps if isinstance(step, ModelOutput) for part in step.content)
    return _Links(
        sources(part for part in parts if isinstance(part, Text) and part.annotations),
        frozenset(str(step.data.get("id")) for step in steps if isinstance(step, ToolCall)),
        {str(step.data.get("call_id")): step for step in steps if isinstance(step, ToolResult)},
        turn.ended,
    )


def _grows(turn: Turn) -> bool:
    last = turn.steps[-1] if turn.steps else None
    if turn.ended or not isinstance(last, ModelOutput) or not last.open or last.other or _structured(last):
        return False
    part = last.content[-1] if last.content else None
    return isinstance(part, Text) and len(part.text) > 0


def _step(step: Step, links: _Links) -> Iterator[Span]:
    match step:
        case UserInput():
            yield Group("user", "user", tuple(_sent(step.content)))
        case ModelOutput():
            yield from _output(step, links)
        case Thought():
            yield from _thoughts(step)
        case ToolCall():
            yield call_card(step, links.results.get(str(step.data.get("id"))), links.over)
        case ToolResult():
            if step.sent or str(step.data.get("call_id")) not in links.calls:
                yield result_card(step)
        case OtherStep():
            yield other_card(step)
    for raw in step.other:
        yield Group("card", str(raw.get("type") or words.NAMELESS_DELTA), (json_leaf(dict(raw)),))


def _sent(content: tuple[Content, ...]) -> Iterator[Leaf]:
    """The user's own text, unchanged, and each file for itself."""
    for part in content:
        yield from attached(part) if isinstance(part, Media) else (Leaf("text", str(part.text)),)


def _output(step: ModelOutput, links: _Links) -> Iterator[Span]:
    if _structured(step):
        yield json_leaf(plain(step.content))
    else:
        yield from _parts(step.content, links.sources, whole=not step.open)
    if step.error:
        yield Group("card", words.STEP_ERROR, (json_leaf(dict(step.error)),))
    notes = [dict(each) for part in step.content if isinstance(part, Text) for each in other_notes(part)]
    if notes:
        yield Group("card", words.ANNOTATIONS, (json_leaf(notes),))


def _structured(step: ModelOutput) -> bool:
    """Whether the text is JSON, or begins like it while it arrives."""
    if len(step.content) != 1 or not isinstance(part := step.content[0], Text):
        return False
    if step.open:
        return str(part.text).lstrip().startswith(_JSON_BEGINS)
    text = str(part.text).strip()
    return text.startswith(("{", "[")) and isinstance(load_json(text), dict | list)


def _parts(content: tuple[Content, ...], known: tuple[Source, ...], whole: bool) -> Iterator[Leaf]:
    for kind, run in groupby(content, type):
        if kind is Media:
            yield from media((part for part in run if isinstance(part, Media)), whole)
        else:
            texts = (cited(part, known) for part in run if isinstance(part, Text) and len(part.text))
            yield from (Leaf("markdown", block) for text in texts for block in blocks(text))


def _thoughts(step: Thought) -> Iterator[Span]:
    leaves = tuple(_parts(step.content, (), whole=not step.open))
    if leaves:
        yield Group("fold", words.THOUGHTS, leaves)
    elif step.signature:
        yield Leaf("html", f'<p class="dim">{words.SILENT_THOUGHT.format(len(step.signature))}</p>')


def _sources(links: _Links) -> Iterator[Span]:
    rows = "".join(
        f"<li>{link(each.title, each.url)} <span>{escape(each.place)}</span></li>" for each in links.sources
    )
    if rows:
        yield Leaf("html", f'<ol class="sources" aria-label="{words.SOURCES}">{rows}</ol>')


def _status(turn: Turn, quiet: float, then: Input | None) -> Leaf:
    said, tone = words.status(turn, then)
    if quiet >= words.QUIET and not turn.ended:
        said, tone = f"{said} · no data for {int(quiet)} s", "warn"
    typing = (
        ""
        if turn.ended or turn.first_token_at
        else '<i class="typing" aria-hidden="true"><b></b><b></b><b></b></i>'
    )
    return Leaf("html", f'<div class="status {tone}"><span>{escape(said)}</span>{typing}</div>')


def _trouble(turn: Turn) -> Iterator[Span]:
    found = trouble(turn)
    if found is not None:
        quoted = f"<blockquote>{escape(found.quoted)}</blockquote>" if found.quoted else ""
        said = f"<p>{escape(found.happened)}</p>{quoted}<p>{escape(found.advice)}</p>"
        yield Leaf("html", f'<div class="trouble {words.status(turn)[1]}" role="note">{said}</div>')
    for warning in turn.warnings:
        yield Leaf("html", f'<div class="trouble warn" role="note"><p>{escape(warning)}.</p></div>')


def _footer(turn: Turn, cost: str) -> Iterator[Span]:
    facts = [escape(fact) for fact in (*tokens(turn), *_times(turn), *_remarks(turn))]
    if cost:
        facts.append(f'<span title="{escape(COST_HINT)}">{escape(cost)}</span>')
    if facts:
        yield Leaf("html", f'<div class="facts">{"".join(f"<span>{fact}</span>" for fact in facts)}</div>')
    if turn.id:
        yield Leaf("id", turn.id)


def tokens(turn: Turn) -> Iterator[str]:
    """The usage, as far as the server reports it: each kind of token that there was."""
    if turn.usage is None:
        return
    usage = turn.usage
    for count, name in (
        (usage.total_input_tokens, "in"),
        (usage.total_output_tokens, "out"),
        (usage.total_thought_tokens, "thought"),
        (usage.total_cached_tokens, "cached"),
        (usage.total_tool_use_tokens, "tool use"),
    ):
        if count:
            yield f"{count:,} {name}"


def _times(turn: Turn) -> Iterator[str]:
    if turn.first_token_at:
        yield f"first token {turn.first_token_at / 1e6:,.0f} ms"
    if speed := tokens_per_second(turn):
        yield f"{speed:,.0f} tokens/s"
    if turn.ended:
        yield f"{turn.ended_at / 1e9:,.2f} s"


def _remarks(turn: Turn) -> Iterator[str]:
    if turn.ended and turn.usage is None and turn.id:
        yield words.NO_USAGE
    if turn.status in CHAINABLE:
        yield from (words.CLIMBED[rung] for rung in turn.rungs[-1:] if rung in words.CLIMBED)
    if turn.hop > 0:
        yield words.HOPS.format(turn.hop + 1)
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
