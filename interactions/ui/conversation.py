"""The right pane: turns as a person reads them."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

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
from interactions.ui.markdown import blocks
from interactions.ui.rows import compact, pretty
from interactions.ui.stack import Group, Leaf, Span


class Drawing(NamedTuple):
    """Everything that a turn shows, in order, and the place of the text that is still being written."""

    spans: list[Span]
    growing: int | None


def drawing(turn: Turn, quiet: float = 0.0) -> Drawing:
    """`quiet` is how long a running turn has had no data, in seconds."""
    asked = [span for step in turn.steps if step.sent for span in step_spans(step)]
    answered = [span for step in turn.steps if not step.sent for span in step_spans(step)]
    spans = [*asked, _status(turn, quiet), *answered]
    growing = len(spans) - 1 if _grows(turn) else None
    return Drawing([*spans, *_trouble(turn), *_footer(turn)], growing)


def _grows(turn: Turn) -> bool:
    last = turn.steps[-1] if turn.steps else None
    if turn.ended or not isinstance(last, ModelOutput) or not last.open or last.other:
        return False
    part = last.content[-1] if last.content else None
    return isinstance(part, Text) and len(part.text) > 0


def step_spans(step: Step) -> Iterator[Span]:
    match step:
        case UserInput():
            yield Group("user", "user", (Leaf("text", plain(step.content)),))
        case ModelOutput():
            yield from _parts(step.content)
        case Thought():
            yield from _thoughts(step)
        case ToolCall():
            yield Group("card", f"{step.type} · {step.name}", (Leaf("json", _json(step.arguments)),))
        case ToolResult():
            yield Group("card", f"{step.type} · {step.name}", (Leaf("json", _json(dict(step.data))),))
        case OtherStep():
            yield Group("card", step.type or "step without a type", (Leaf("json", _json(dict(step.data))),))
    for raw in step.other:
        yield Group("card", f"{raw.get('type') or 'delta without a type'}", (Leaf("json", _json(dict(raw))),))


def _parts(content: tuple[Content, ...]) -> Iterator[Span]:
    for part in content:
        if isinstance(part, Media):
            yield Group(
                "card", str(part.raw.get("type") or "content"), (Leaf("json", _json(dict(part.raw))),)
            )
        elif len(part.text):
            yield from (Leaf("markdown", block) for block in blocks(str(part.text)))


def _thoughts(step: Thought) -> Iterator[Span]:
    leaves = tuple(leaf for leaf in _parts(step.content) if isinstance(leaf, Leaf))
    if leaves:
        yield Group("fold", "Thoughts", leaves)


def _json(value: object) -> str:
    return value if isinstance(value, str) else pretty(compact(value))


def _status(turn: Turn, quiet: float) -> Leaf:
    said, tone = words.status(turn)
    if quiet >= words.QUIET and not turn.ended:
        said, tone = f"{said} · no data for {int(quiet)} s", "warn"
    typing = (
        ""
        if turn.ended or turn.first_token_at
        else '<i class="typing" aria-hidden="true"><b></b><b></b><b></b></i>'
    )
    return Leaf("html", f'<div class="status {tone}"><span>{escape(said)}</span>{typing}</div>')


def _trouble(turn: Turn) -> Iterator[Span]:
    trouble = words.trouble(turn)
    if trouble is not None:
        quoted = f"<blockquote>{escape(trouble.quoted)}</blockquote>" if trouble.quoted else ""
        said = f"<p>{escape(trouble.happened)}</p>{quoted}<p>{escape(trouble.advice)}</p>"
        yield Leaf("html", f'<div class="trouble {words.status(turn)[1]}" role="note">{said}</div>')
    for warning in turn.warnings:
        yield Leaf("html", f'<div class="trouble warn" role="note"><p>{escape(warning)}.</p></div>')


def _footer(turn: Turn) -> Iterator[Span]:
    facts = [*_usage(turn), *_times(turn)]
    if facts:
        yield Leaf(
            "html", f'<div class="facts">{"".join(f"<span>{escape(fact)}</span>" for fact in facts)}</div>'
        )
    if turn.id:
        yield Leaf("id", turn.id)


def _usage(turn: Turn) -> Iterator[str]:
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
    if speed := _tokens_per_second(turn):
        yield f"{speed:,.0f} tokens/s"
    if turn.ended:
        yield f"{turn.ended_at / 1e9:,.2f} s"


def _tokens_per_second(turn: Turn) -> float:
    """Tokens over the time from the first one seen to the end, or 0. Thoughts count if they were seen; those
    that were not came before it."""
    seconds = (turn.ended_at - turn.first_token_at) / 1e9
    if turn.usage is None or not turn.first_token_at or seconds <= 0:
        return 0.0
    seen = any(isinstance(step, Thought) and step.content for step in turn.steps)
    thoughts = turn.usage.total_thought_tokens or 0
    return ((turn.usage.total_output_tokens or 0) + (thoughts if seen else 0)) / seconds
