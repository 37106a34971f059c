"""One column of a comparison in its place: its figures, its turns and its log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import NamedTuple

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.turns.turn import Turn
from interactions.ui import panes
from interactions.ui.answer.stack import Leaf, Stack
from interactions.ui.compare.columns import Column
from interactions.ui.compare.figures import Shown, Times, figures_html, times, unsent_html
from interactions.ui.drawing.boundary import attempt
from interactions.ui.drawing.markdown import as_label
from interactions.ui.live import LiveTurn, Reader
from interactions.ui.log.event_log import LIVE_WINDOW, EventLog, Layout, window
from interactions.ui.tab import session
from interactions.ui.tab.event_log import Filter
from interactions.ui.words import compare
from interactions.ui.words.limits import NOTHING

PLAYGROUND = "pages/playground.py"
SHOWN = session.NEWEST_TURNS


class Answer(NamedTuple):
    """The newest turn of a column, on the clock of the comparison, which `began` when its prompt was sent
    to all."""

    reader: Reader
    created: datetime
    began: datetime

    @property
    def turn(self) -> Turn:
        return self.reader.turn

    def times(self, now: datetime) -> Times:
        return times(self.turn, self.created, self.began, now)


class View:
    """A column on the page. `answer` is None if nothing was sent; `live` is its turn while that runs."""

    def __init__(self, box: DeltaGenerator, column: Column, answer: Answer | None) -> None:
        # Each run draws the same elements in the same places: one that is left out would stay until its end.
        self.answer = answer
        self._column = column
        frame = box.container(key=f"compare_column_{column.conversation.id}")
        frame.html(
            f'<div class="head"><b>{escape(column.title)}</b><span>{escape(column.model)}</span></div>'
        )
        figures = f"compare_figures_{column.conversation.id}"
        self._figures = Stack(frame.container(key=figures), figures)
        draw_log = _log(frame, column, _controls(frame, column))
        draw_log()
        stack = _turns(frame, column, answer is not None and answer.reader.running)
        self.live = None
        if answer is not None and stack is not None and column.newest is not None:
            profile = column.profiles.of(column.newest.prompt.protocol)
            self.live = LiveTurn(answer.reader, stack, draw_log, column.cost, profile)

    def draw_figures(self, now: datetime, length: float) -> None:
        """Draws the figures as they are now, with a timeline that is `length` seconds long."""
        if self.answer is None:
            html = unsent_html(length)
        else:
            turn, at = self.answer.turn, self.answer.times(now)
            shown = Shown(self.answer.reader.last, length, self._column.ignored, self._column.cost(turn))
            html = attempt(lambda: figures_html(turn, at, shown), lambda: NOTHING)
        self._figures.draw([Leaf("html", html)])


def _controls(frame: DeltaGenerator, column: Column) -> bool:
    """Draws the buttons; returns whether the log is wanted."""
    row = frame.container(horizontal=True, vertical_alignment="center")
    opened = row.button(
        compare.CONTINUE,
        key=f"compare_continue_{column.conversation.id}",
        icon=":material/open_in_new:",
        type="tertiary",
        help=compare.CONTINUE_HINT,
        disabled=column.newest is None,
    )
    if opened:
        session.show(column.conversation.id)
        # In one step: a page and then its parameters would be two places to go back to.
        st.switch_page(PLAYGROUND, query_params={session.PARAMETER: column.conversation.id})
    return row.toggle(compare.LOG, key=f"compare_log_{column.conversation.id}")


def _turns(frame: DeltaGenerator, column: Column, running: bool) -> Stack | None:
    """Draws the newest turns; returns the stack of the one that still runs."""
    turns = column.conversation.turns
    scroller = frame.container(key=f"compare_turns_{column.conversation.id}", height=420)
    pane = panes.fresh(scroller, session.slot())
    if len(turns) > SHOWN:
        pane.caption(compare.EARLIER.format(len(turns) - SHOWN))
    stack = panes.draw_turns(
        pane, turns[-SHOWN:], running, lambda _stored: column.cost, column.profiles, lambda *_: None
    )
    if column.refused:
        pane.error(as_label(column.refused))
    return stack


def _log(frame: DeltaGenerator, column: Column, wanted: bool) -> Callable[[], None]:
    """Makes room for the log, if it is wanted, and returns a function that draws the rows that are new."""
    if not wanted:
        frame.empty()  # in place of the box, so that what follows keeps its place
        return lambda: None
    turns = column.conversation.turns
    skipped = max(0, len(turns) - SHOWN)
    layout = Layout(column.profiles, Filter(), skipped)
    box = frame.container(key=f"compare_rows_{column.conversation.id}", height=320)
    earlier = box.empty()
    log = EventLog(box.container(gap=None), 0)

    def draw() -> None:
        blocks = layout.grow(turns[skipped:])
        first = window(blocks, LIVE_WINDOW)
        if first:
            earlier.caption(compare.EARLIER_ROWS)
        log.draw(blocks, first)

    return draw
