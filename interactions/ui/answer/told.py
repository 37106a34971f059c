"""What is said of a turn as a whole: how it stands, what went wrong, and what has no other place."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from interactions.conversations.request import Input
from interactions.providers.profile import Profile
from interactions.turns.steps import Wire
from interactions.turns.turn import Turn
from interactions.turns.values import inner, word
from interactions.ui import words
from interactions.ui.answer.stack import Element, Group, Leaf
from interactions.ui.answer.tools.drawn import json_leaf, note, said
from interactions.ui.drawing.limits import brief
from interactions.ui.drawing.plain import compact
from interactions.ui.words.answer import cards
from interactions.ui.words.figures import SILENT
from interactions.ui.words.trouble import trouble

_QUOTED = 2_000  # characters of a server's own words


def status_line(turn: Turn, silence: float, next_input: Input | None) -> Leaf:
    """What it does or how it ended; `silence` is how long a running one has had no data, in seconds."""
    doing, tone = words.status(turn, next_input)
    if silence >= words.SILENCE and not turn.ended:
        doing, tone = SILENT.format(doing, int(silence)), "warn"
    typing = (
        ""
        if turn.ended or turn.first_token_at
        else '<i class="typing" aria-hidden="true"><b></b><b></b><b></b></i>'
    )
    return Leaf("html", f'<div class="status {tone}"><span>{escape(brief(doing))}</span>{typing}</div>')


def _substituted(turn: Turn) -> tuple[str, ...]:
    """That another model has answered than was asked for, if so."""
    return (words.SUBSTITUTED.format(turn.asked, turn.model),) if turn.substituted else ()


def troubles(turn: Turn, profile: Profile) -> Iterator[Element]:
    """What went wrong and what to do about it, and whatever else is odd."""
    found = trouble(turn, profile)
    if found is not None:
        quoted = f"<blockquote>{escape(brief(found.quoted, _QUOTED))}</blockquote>" if found.quoted else ""
        told = f"<p>{escape(brief(found.happened))}</p>{quoted}<p>{escape(found.advice)}</p>"
        yield Leaf("html", f'<div class="trouble {words.status(turn)[1]}" role="note">{told}</div>')
    known = found.happened.removesuffix(".") if found else None
    for warning in (*_substituted(turn), *turn.warnings):
        if known and warning.startswith(known):
            continue  # it is said above, with what to do
        yield Leaf("html", f'<div class="trouble warn" role="note"><p>{escape(brief(warning))}.</p></div>')


def details(turn: Turn) -> Iterator[Element]:
    """What is said of the answer as a whole, and has no other place."""
    if told := said(turn.details):
        yield Group("fold", cards.DETAILS, (*map(note, _in_words(told)), json_leaf(told)))


def _in_words(told: Wire) -> Iterator[str]:
    if sequence := word(told, "stop_sequence"):
        yield cards.STOP_SEQUENCE.format(compact(sequence))
    if container := word(inner(told, "container"), "id"):
        until = word(inner(told, "container"), "expires_at")
        yield cards.CONTAINER_UNTIL.format(container, until) if until else cards.CONTAINER.format(container)
