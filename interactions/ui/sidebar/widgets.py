"""The widgets of the settings, one for each kind of setting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

import streamlit as st

from interactions.conversations import kinds
from interactions.conversations.request import Options
from interactions.ui import words
from interactions.ui.drawing.markdown import as_label
from interactions.ui.tab import choices
from interactions.ui.words.settings import EXAMPLES, HELP, LABELS, ONE_A_LINE

_USUAL = Options("")
SMALL = (kinds.Number, kinds.Choice)  # two of them stand side by side


def draw(name: str, kind: kinds.Kind, values: Sequence[str]) -> None:
    """Draws the widget of the setting `name`. `values` are the choices, where there are some; the first is
    the default where one is needed."""
    match kind:
        case kinds.Model():
            _model(name, values)
        case kinds.Name():
            _line(name)
        case kinds.Text():
            _area(name, 100)
        case kinds.Lines():
            _area(name, 68, ONE_A_LINE)
        case kinds.Json():
            _json(name)
        case kinds.Number():
            _number(name, kind)
        case kinds.Choice():
            _choice(name, values)
        case kinds.Version():
            _version(name, values)
        case kinds.Switch():
            _switch(name)
        case _:
            assert_never(kind)


def _model(name: str, values: Sequence[str]) -> None:
    chosen = choices.initial(name) or next(iter(values), "")
    typed = (chosen, choices.model())  # in the server's list or not
    models = list(dict.fromkeys([*values, *filter(None, typed)]))
    st.selectbox(
        LABELS[name],
        models,
        models.index(chosen) if chosen else None,
        key=choices.field(name),
        help=HELP.get(name),
        accept_new_options=True,
        placeholder=words.MODEL_UNKNOWN,
    )


def _line(name: str) -> None:
    text, key = choices.initial(name, ""), choices.field(name)
    st.text_input(LABELS[name], text, key=key, help=HELP.get(name), placeholder=words.UNSET)


def _area(name: str, height: int, placeholder: str | None = None) -> None:
    text, key = choices.initial(name, ""), choices.field(name)
    st.text_area(LABELS[name], text, key=key, height=height, help=HELP.get(name), placeholder=placeholder)


def _json(name: str) -> None:
    _area(name, 100, EXAMPLES[name])
    mark = st.empty()  # always there, so that what follows keeps its place
    if refused := choices.refused(name):
        mark.error(as_label(refused))


def _number(name: str, kind: kinds.Number) -> None:
    """Draws a number. A value out of bounds, as a file may have, is shown as unset: Streamlit would raise."""
    value = choices.initial(name)
    known = value if value is not None and kind.least <= value <= kind.most else None
    number = type(kind.step)  # for all of them: Streamlit refuses a mixture of int and float
    st.number_input(
        LABELS[name],
        number(kind.least),
        number(kind.most),
        known,
        kind.step,
        key=choices.field(name),
        help=HELP.get(name),
        placeholder=words.UNSET,
    )


def _choice(name: str, values: Sequence[str]) -> None:
    value = choices.initial(name)
    index = values.index(value) if value in values else None
    st.selectbox(
        LABELS[name],
        values,
        index,
        key=choices.field(name),
        help=HELP.get(name),
        placeholder=words.UNSET,
    )


def _version(name: str, values: Sequence[str]) -> None:
    value = choices.initial(name)
    index = values.index(value) if value in values else 0
    st.selectbox(LABELS[name], values, index, key=choices.field(name), help=HELP.get(name))


def _switch(name: str) -> None:
    on = choices.initial(name, getattr(_USUAL, name))
    st.toggle(LABELS[name], on, key=choices.field(name), help=HELP.get(name))
