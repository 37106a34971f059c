"""Elements in a container, drawn once and again only when they have changed.

The values below say what is to be seen; a stack compares them with what it drew last. Live, stored and
replayed turns go through it alike, so they end in the same element tree.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from streamlit.delta_generator import DeltaGenerator

from interactions.ui import words
from interactions.ui.markdown import as_label, as_written


class Leaf(NamedTuple):
    """One element. `markdown` comes from a model and is shown as written; `html` is ours alone."""

    kind: Literal["markdown", "text", "html", "id", "code", "image", "audio", "video"]
    value: str
    form: str = ""  # the language of code, the MIME type of sound and film; both are base64


class Group(NamedTuple):
    """Elements that stand together under a label."""

    kind: Literal["user", "fold", "card", "call"]
    label: str
    leaves: tuple[Leaf, ...]


Span: TypeAlias = Leaf | Group

_LEAVES: dict[str, Callable[[DeltaGenerator, str, str], DeltaGenerator]] = {
    "markdown": lambda slot, value, _: slot.markdown(as_written(value), anchors=False),
    "text": lambda slot, value, _: slot.text(value),
    "html": lambda slot, value, _: slot.html(value),
    "id": lambda slot, value, _: slot.code(value, language=None, wrap_lines=True),
    "code": lambda slot, value, language: slot.code(value, language=language, wrap_lines=True),
    "image": lambda slot, value, _: slot.image(value, alt=words.IMAGE),
    "audio": lambda slot, value, mime: slot.audio(b64decode(value), format=mime),
    "video": lambda slot, value, mime: slot.video(b64decode(value), format=mime),
}

_GROUPS: dict[str, Callable[[DeltaGenerator, str], DeltaGenerator]] = {
    "user": lambda slot, label: slot.chat_message(label),
    "fold": lambda slot, label: slot.expander(as_label(label)),
    "call": lambda slot, label: slot.expander(as_label(label), expanded=True, icon=":material/function:"),
    "card": lambda slot, label: slot.expander(as_label(label), icon=":material/build:"),
}


def place(container: DeltaGenerator, spans: Sequence[Span]) -> None:
    """Draws what will not change, without placeholders: where a run draws the same again, nothing blinks."""
    for span in spans:
        if isinstance(span, Leaf):
            _LEAVES[span.kind](container, span.value, span.form)
        else:
            place(_GROUPS[span.kind](container, span.label), span.leaves)


class Stack:
    def __init__(self, container: DeltaGenerator) -> None:
        self._container = container
        self._slots: list[DeltaGenerator] = []
        self._drawn: list[Span | None] = []
        self._inner: dict[int, Stack] = {}

    def draw(self, spans: Sequence[Span], leaving: int | None = None) -> None:
        """All spans but the one at `leaving`, which somebody streams into."""
        for position, span in enumerate(spans):
            if position == leaving:
                self._reserve(position)
            elif self._last(position) != span:
                self._put(position, span)
        for position in range(len(spans), len(self._drawn)):
            self._slots[position].empty()
            self._drawn[position] = None

    def slot(self, position: int) -> DeltaGenerator:
        """A place to stream into; what is drawn there next replaces it."""
        self._reserve(position)
        self._drawn[position] = None
        return self._slots[position]

    def _reserve(self, position: int) -> None:
        while len(self._slots) <= position:
            self._slots.append(self._container.empty())
            self._drawn.append(None)

    def _last(self, position: int) -> Span | None:
        return self._drawn[position] if position < len(self._drawn) else None

    def _put_leaf(self, position: int, leaf: Leaf) -> None:
        """What an element's call returns is its place, so a new one needs no placeholder first."""
        if position < len(self._slots):
            _LEAVES[leaf.kind](self.slot(position), leaf.value, leaf.form)
        else:
            self._slots.append(_LEAVES[leaf.kind](self._container, leaf.value, leaf.form))
            self._drawn.append(None)

    def _put(self, position: int, span: Span) -> None:
        before = self._last(position)
        if isinstance(span, Leaf):
            self._put_leaf(position, span)
        else:
            if not isinstance(before, Group) or before[:2] != span[:2]:
                self._inner[position] = Stack(_GROUPS[span.kind](self.slot(position), span.label))
            self._inner[position].draw(span.leaves)
        self._drawn[position] = span
