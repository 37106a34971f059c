"""A value of a tool as leaves of a card, with what of it they do not show: that is shown as it came."""

from __future__ import annotations

from collections.abc import Container, Mapping
from html import escape
from typing import NamedTuple, assert_never

from interactions.turns.steps import Media, Text, Wire, contents
from interactions.ui.answer.media import media
from interactions.ui.answer.stack import Leaf
from interactions.ui.drawing.limits import brief
from interactions.ui.drawing.plain import compact
from interactions.ui.log.rows import pretty

_READ = frozenset({"type", "text"})  # of a text part
NOTE = 2_000  # characters of a sentence that quotes a server


class Drawn(NamedTuple):
    """The leaves of a value, and what they do not show of it."""

    leaves: tuple[Leaf, ...] = ()
    rest: object = None


def json_leaf(value: object) -> Leaf:
    return Leaf("code", pretty(value if isinstance(value, str) else compact(value)), "json")


def note(sentence: str) -> Leaf:
    return Leaf("html", f'<p class="dim">{escape(brief(sentence, NOTE))}</p>')


def heading(title: str) -> Leaf:
    return Leaf("html", f'<div class="part">{escape(title)}</div>')


def text_leaf(text: str) -> tuple[Leaf, ...]:
    """Text in the letters of a program; nothing if it is empty."""
    return (Leaf("code", text, "text"),) if text else ()


def empty(value: object) -> bool:
    """Whether a field says nothing; a number and a truth value always say something."""
    return value is None or value in ("", {}, [], ())


def said(data: Wire, but: Container[object] = ()) -> Wire:
    """The fields that say something, without those that are named."""
    return {key: value for key, value in data.items() if key not in but and not empty(value)}


def plain(value: object) -> Drawn:
    return Drawn((json_leaf(value),))


def content(value: object) -> Drawn:
    """The texts and media of a list of content parts; anything else as JSON."""
    return Drawn(parts(value) or (json_leaf(value),))


def parts(value: object) -> tuple[Leaf, ...]:
    """The texts and media of a list of content parts; nothing for any other value."""
    if not isinstance(value, list) or not all(isinstance(part, Mapping) and "type" in part for part in value):
        return ()
    texts, files = list[Leaf](), list[Media]()
    for part in contents(value):
        match part:
            case Text():
                texts.append(Leaf("text", str(part.text)))
            case Media():
                files.append(part)
            case _:
                assert_never(part)
    more = [dict(part) for part in value if part["type"] == "text" and said(part, _READ)]
    return (*texts, *media(files), *((json_leaf(more),) if more else ()))
