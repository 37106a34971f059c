"""Elements of the page as values, and a stack that draws only those that have changed.

A stack compares the values with those that it drew last. Live, stored and replayed turns all go through it,
and end in the same element tree: what one run draws like the last does not blink.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from functools import partial
from typing import Literal, NamedTuple, TypeAlias, assert_never

from streamlit.delta_generator import DeltaGenerator

from interactions.turns.values import whole_text
from interactions.ui import words
from interactions.ui.drawing.boundary import attempt
from interactions.ui.drawing.limits import HIGHLIGHTED, shortened
from interactions.ui.drawing.markdown import as_label, as_written
from interactions.ui.server.media_files import owned
from interactions.ui.words.limits import UNDRAWN


class Leaf(NamedTuple):
    """One element. `markdown` comes from a model and is shown as written; `html` is ours alone."""

    kind: Literal["markdown", "text", "html", "id", "code", "image", "audio", "video", "file"]
    value: str
    form: str = ""  # the language of code, the MIME type of sound, film and files; all three are base64
    name: str = ""  # of an image or a file, if it came with one
    label: str = ""  # of a file


class Group(NamedTuple):
    """Elements that stand together under a label."""

    kind: Literal["user", "fold", "card", "call", "wait"]
    label: str
    leaves: tuple[Leaf, ...]


Element: TypeAlias = Leaf | Group


def place(container: DeltaGenerator, elements: Sequence[Element], key: str) -> None:
    """Draws elements that will not change, without placeholders, so that nothing blinks in the next run.
    `key` makes the widget keys of its files unique."""
    for position, element in enumerate(elements):
        attempt(partial(_place, container, element, f"{key}_{position}"), partial(_raw, container, element))


def _place(container: DeltaGenerator, element: Element, key: str) -> None:
    match element:
        case Group():
            place(_group(container, element), element.leaves, key)
        case Leaf():
            _leaf(container, element, key)
        case _:
            assert_never(element)


def _group(container: DeltaGenerator, group: Group) -> DeltaGenerator:
    """The container of its leaves."""
    label = whole_text(group.label)
    match group.kind:
        case "user":
            return container.chat_message(label)
        case "fold":
            return container.expander(as_label(label))
        case "card":
            return container.expander(as_label(label), icon=":material/build:")
        case "call":
            return container.expander(as_label(label), expanded=True, icon=":material/function:")
        case "wait":
            return container.expander(as_label(label), expanded=True, icon=":material/front_hand:")
        case _:
            assert_never(group.kind)


def _leaf(slot: DeltaGenerator, leaf: Leaf, key: str) -> DeltaGenerator:
    """Draws a leaf, and returns the place where another one can replace it."""
    value, form, name = whole_text(leaf.value), whole_text(leaf.form), whole_text(leaf.name)
    match leaf.kind:
        case "markdown":
            return slot.markdown(as_written(value), anchors=False)
        case "text":
            return slot.text(shortened(value))
        case "html":
            return slot.html(value)
        case "id":
            return slot.code(shortened(value), language=None, wrap_lines=True)
        case "code":
            language = form if len(value) <= HIGHLIGHTED else None
            return slot.code(shortened(value), language=language, wrap_lines=True)
        case "image":
            return slot.image(value, alt=name or words.IMAGE)
        case "audio":
            return slot.audio(b64decode(value), format=owned(form))
        case "video":
            return slot.video(b64decode(value), format=owned(form))
        case "file":
            _file(slot, leaf, key)
            return slot  # a button's call returns whether it was pressed, not its place
        case _:
            assert_never(leaf.kind)


def undrawn(raw: str) -> Group:
    """The card of what could not be drawn."""
    return Group("card", UNDRAWN, (Leaf("code", raw, "json"),))


def _raw(container: DeltaGenerator, element: Element) -> None:
    """Draws the text of an element that Streamlit has refused, by calls that take any text."""
    leaves = element.leaves if isinstance(element, Group) else (element,)
    told = "\n".join(whole_text(leaf.value) for leaf in leaves)
    container.expander(UNDRAWN, icon=":material/build:").code(shortened(told), language=None, wrap_lines=True)


def _file(slot: DeltaGenerator, leaf: Leaf, key: str) -> None:
    """A button that downloads it; the bytes are made when they are asked for."""
    slot.download_button(
        as_label(whole_text(leaf.label)),
        lambda: b64decode(whole_text(leaf.value)),
        whole_text(leaf.name),
        owned(whole_text(leaf.form)),
        key=f"file_{key}",
        icon=":material/draft:",
        on_click="ignore",
    )


class Stack:
    """A container whose elements change. `key` is the same as in `place`."""

    def __init__(self, container: DeltaGenerator, key: str) -> None:
        self._container = container
        self._key = key
        self._slots: list[DeltaGenerator] = []
        self._drawn: list[Element | None] = []
        self._inner: dict[int, Stack] = {}

    def draw(self, elements: Sequence[Element], leaving: int | None = None) -> None:
        """Draws what has changed; not the element at `leaving`, into which text is streamed."""
        for position, element in enumerate(elements):
            if position == leaving:
                self._reserve(position)
            elif self._last(position) != element:
                self._put(position, element)
        for position in range(len(elements), len(self._drawn)):
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

    def _last(self, position: int) -> Element | None:
        return self._drawn[position] if position < len(self._drawn) else None

    def _put_leaf(self, position: int, leaf: Leaf) -> None:
        # What an element's call returns is its place, so a new one needs no placeholder first.
        key = f"{self._key}_{position}"
        if position < len(self._slots) or leaf.kind == "file":
            _leaf(self.slot(position), leaf, key)
        else:
            self._slots.append(_leaf(self._container, leaf, key))
            self._drawn.append(None)

    def _put_group(self, position: int, group: Group) -> None:
        before = self._last(position)
        if position not in self._inner or not isinstance(before, Group) or before[:2] != group[:2]:
            made = _group(self.slot(position), group)
            self._inner[position] = Stack(made, f"{self._key}_{position}")
        self._inner[position].draw(group.leaves)

    def _put(self, position: int, element: Element) -> None:
        attempt(partial(self._put_element, position, element), partial(self._put_raw, position, element))
        self._drawn[position] = element

    def _put_element(self, position: int, element: Element) -> None:
        match element:
            case Leaf():
                self._put_leaf(position, element)
            case Group():
                self._put_group(position, element)
            case _:
                assert_never(element)

    def _put_raw(self, position: int, element: Element) -> None:
        self._inner.pop(position, None)
        _raw(self.slot(position), element)
