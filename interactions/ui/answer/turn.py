"""A turn as elements of the page: the question, the status, the answer, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from html import escape
from typing import NamedTuple, assert_never

from interactions.conversations.request import Input
from interactions.providers.profile import EMPTY, Profile
from interactions.turns.steps import (
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
    content_of,
    plain,
)
from interactions.turns.turn import Turn
from interactions.turns.values import word
from interactions.turns.wire import load_json
from interactions.ui import words
from interactions.ui.answer.cards import call_card, caller, other_card, result_card
from interactions.ui.answer.citations import Source, cited, link, other_notes, sources
from interactions.ui.answer.facts import footer
from interactions.ui.answer.media import attached, media
from interactions.ui.answer.stack import Element, Group, Leaf, undrawn
from interactions.ui.answer.told import details, status_line, troubles
from interactions.ui.answer.tools.drawn import json_leaf, said
from interactions.ui.drawing.boundary import as_it_came, attempt
from interactions.ui.drawing.limits import BLOCK, CELLS, TEXT, beginning, brief, cells, nested
from interactions.ui.drawing.markdown import blocks
from interactions.ui.words.answer import cards
from interactions.ui.words.limits import LONG_BLOCK, LONG_TEXT, NESTED, NOTHING, WIDE

_JSON_BEGINS = ('{"', "[{", '["', "{\n")


class Drawing(NamedTuple):
    """Everything that a turn shows, in order, and the place of the text that is still being written."""

    elements: list[Element]
    growing: int | None


class _Links(NamedTuple):
    """The relations between the steps of a turn: sources, calls and their results, whether it is over."""

    sources: tuple[Source, ...]
    calls: frozenset[str]
    results: Mapping[str, ToolResult]
    over: bool


def drawing(
    turn: Turn,
    silence: float = 0.0,
    cost: str = "",
    next_input: Input | None = None,
    profile: Profile = EMPTY,
) -> Drawing:
    """All that a turn shows. `silence` is how long a running one has had no data, in seconds; `cost` what it
    has cost, in words; `next_input` what was sent after it on its line; `profile` that of its protocol."""
    links = _links(turn)
    asked = [
        element for step in turn.steps if step.sent for element in _shown(partial(_step, step, links), step)
    ]
    answered = [
        element
        for step in turn.steps
        if not step.sent
        for element in _shown(partial(_step, step, links), step)
    ]
    elements = [*asked, *_shown(lambda: (status_line(turn, silence, next_input),)), *answered]
    growing = len(elements) - 1 if _grows(turn) and _is_markdown(elements[-1]) else None
    ends = (
        partial(_sources, links),
        partial(troubles, turn, profile),
        partial(details, turn),
        partial(footer, turn, cost),
    )
    return Drawing([*elements, *(element for end in ends for element in _shown(end))], growing)


def _shown(draw: Callable[[], Iterable[Element]], step: Step | None = None) -> list[Element]:
    """The elements that `draw` makes. If it fails: the step as it came, or a note that a part is missing."""
    return attempt(
        lambda: list(draw()), lambda: [undrawn(as_it_came(step)) if step else Leaf("html", NOTHING)]
    )


def _is_markdown(element: Element) -> bool:
    return isinstance(element, Leaf) and element.kind == "markdown"


def _links(turn: Turn) -> _Links:
    steps = [step for step in turn.steps if not step.sent]
    parts = (part for step in steps for part in content_of(step))
    texts = (part for part in parts if isinstance(part, Text) and part.annotations)
    return _Links(
        attempt(lambda: sources(texts), tuple),
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


def _step(step: Step, links: _Links) -> Iterator[Element]:
    if phase := word(step.unread, "phase"):
        yield Leaf("html", f'<p class="phase">{escape(brief(cards.PHASES.get(phase, phase)))}</p>')
    yield from _of_its_kind(step, links)
    for raw in step.other:
        yield Group("card", str(raw.get("type") or words.NAMELESS_DELTA), (json_leaf(dict(raw)),))
    # While a step grows they come with each piece, and would be drawn as often.
    by = isinstance(step, ToolCall | ToolResult) and caller(step)
    if not step.open and (unread := said(step.unread, {"phase"} if phase else {"caller"} if by else ())):
        yield Group("fold", cards.UNREAD, (json_leaf(unread),))


def _of_its_kind(step: Step, links: _Links) -> Iterator[Element]:
    match step:
        case UserInput():
            yield Group("user", "user", tuple(_sent(step.content)))
        case ModelOutput():
            yield from _output(step, links)
        case Thought():
            yield from _thoughts(step, links)
        case ToolCall():
            yield call_card(step, links.results.get(str(step.data.get("id"))), links.over)
        case ToolResult():
            if step.sent or str(step.data.get("call_id")) not in links.calls:
                yield result_card(step)
        case OtherStep():
            yield other_card(step)
        case _:
            assert_never(step)


def _sent(content: tuple[Content, ...]) -> Iterator[Leaf]:
    """The user's own text, unchanged, and each file for itself."""
    for part in content:
        yield from attached(part) if isinstance(part, Media) else (Leaf("text", str(part.text)),)


def _output(step: ModelOutput, links: _Links) -> Iterator[Element]:
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
    pieces: list[Media] = []  # that follow one another: streamed sound comes as many parts, and is one
    for part in content:
        match part:
            case Media():
                pieces.append(part)
            case Text():
                yield from media(pieces, whole)
                pieces = []
                if len(part.text):
                    yield from _markdown(cited(part, known))
            case _:
                assert_never(part)
    yield from media(pieces, whole)


def _markdown(text: str) -> Iterator[Leaf]:
    """As much of a text as is drawn, block by block."""
    shown, drawn = beginning(text, *TEXT), 0
    for block in blocks(shown):
        wide = cells(beginning(block, *BLOCK))
        yield from _block(block, wide > max(0, CELLS - drawn))
        drawn += wide
    if len(shown) < len(text):
        yield Leaf("html", f'<p class="dim">{LONG_TEXT}</p>')


def _block(block: str, wide: bool) -> Iterator[Leaf]:
    """A block as Markdown or, where that would cost too much, as text, with the reason below. It stays
    the same while the block grows, and so is drawn once."""
    shown, deep = beginning(block, *BLOCK), nested(block)
    yield Leaf("text" if deep or wide else "markdown", shown)
    told = [NESTED] * deep + [WIDE] * (wide and not deep) + [LONG_BLOCK] * (len(shown) < len(block))
    if told:
        yield Leaf("html", f'<p class="dim">{" ".join(told)}</p>')


def _thoughts(step: Thought, links: _Links) -> Iterator[Element]:
    leaves = tuple(_parts(step.content, links.sources, whole=not step.open))
    if leaves:
        yield Group("fold", words.THOUGHTS, leaves)
    elif step.signature:
        yield Leaf("html", f'<p class="dim">{words.SILENT_THOUGHT.format(len(step.signature))}</p>')


def _sources(links: _Links) -> Iterator[Element]:
    rows = "".join(
        f"<li>{link(each.title, each.url)} <span>{escape(each.place)}</span></li>" for each in links.sources
    )
    if rows:
        yield Leaf("html", f'<ol class="sources" aria-label="{words.SOURCES}">{rows}</ol>')
