"""One column of a comparison in its place: its figures, its turns and its log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from interactions.conversations.conversation import StoredTurn
from interactions.stream.journal import Batch
from interactions.turns.turn import Turn
from interactions.ui import panes
from interactions.ui.answer.conversation import drawing
from interactions.ui.answer.stack import Leaf, Stack, place
from interactions.ui.compare.columns import Column
from interactions.ui.compare.figures import Shown, Times, figures_html, times, unsent_html
from interactions.ui.drawing.boundary import attempt
from interactions.ui.drawing.markdown import as_label
from interactions.ui.log.event_log import LIVE_WINDOW, EventLog, Layout
from interactions.ui.tab import session
from interactions.ui.tab.filter import Filter
from interactions.ui.words import compare as said
from interactions.ui.words.limits import NOTHING

PLAYGROUND = "pages/playground.py"
SHOWN = session.NEWEST_TURNS


class Reader:
    """Reads the journal of a column's newest turn by cursor. It holds nothing."""

    def __init__(self, stored: StoredTurn, began: datetime) -> None:
        """`began` is when the prompt was sent to all columns."""
        self._journal = stored.journal
        self._created = stored.created
        self._began = began
        self._cursor = 0
        self.last = 0  # the arrival of the newest frame, in ns since the request
        self._take(stored.journal.since(0))

    def read(self) -> None:
        if self.running:
            self._take(self._journal.since(self._cursor))

    def _take(self, batch: Batch[Turn]) -> None:
        self.turn, self.running = batch.turn, not batch.closed
        self._cursor += len(batch.frames)
        self.last = batch.frames[-1].at if batch.frames else self.last

    def tell(self, news: threading.Event) -> None:
        """Sets the event when there is more to read."""
        self._journal.tell(news)

    def times(self, now: datetime) -> Times:
        return times(self.turn, self._created, self._began, now)

    @property
    def seen(self) -> bool:
        """Whether the first token has come."""
        return bool(self.turn.first_token_at)

    @property
    def quiet(self) -> float:
        return self._journal.measure_silence()


class View:
    """`reader` is that of the newest turn, if there is one. The elements of a column are the same in all
    runs: what a run leaves out would stay until it ends."""

    def __init__(self, box: DeltaGenerator, column: Column, reader: Reader | None) -> None:
        self.reader = reader
        self._ignored = column.ignored
        frame = box.container(key=f"compare_column_{column.conversation.id}")
        frame.html(
            f'<div class="head"><b>{escape(column.title)}</b><span>{escape(column.model)}</span></div>'
        )
        figures = f"compare_figures_{column.conversation.id}"
        self._figures = Stack(frame.container(key=figures), figures)
        self._cost = column.cost
        logged = _controls(frame, column)
        self._draw_log = _log(frame, column, logged)
        self._answer = _turns(frame, column, reader)

    def draw(self) -> None:
        """What has come since."""
        if self._answer is not None and self.reader is not None:
            turn = self.reader.turn
            self._answer.draw(drawing(turn, self.reader.quiet, self._cost(turn)).spans)
        self._draw_log()

    def draw_figures(self, now: datetime, length: float) -> None:
        """As they are now, with a timeline that is `length` seconds long."""
        if self.reader is None:
            html = unsent_html(length)
        else:
            turn, at = self.reader.turn, self.reader.times(now)
            shown = Shown(self.reader.last, length, self._ignored, self._cost(turn))
            html = attempt(lambda: figures_html(turn, at, shown), lambda: NOTHING)
        self._figures.draw([Leaf("html", html)])


def _controls(frame: DeltaGenerator, column: Column) -> bool:
    """Whether the log is to be seen."""
    row = frame.container(horizontal=True, vertical_alignment="center")
    opened = row.button(
        said.CONTINUE,
        key=f"compare_continue_{column.conversation.id}",
        icon=":material/open_in_new:",
        type="tertiary",
        help=said.CONTINUE_HINT,
        disabled=column.newest is None,
    )
    if opened:
        session.show(column.conversation.id)
        # In one step: a page and then its parameters would be two places to go back to.
        st.switch_page(PLAYGROUND, query_params={session.PARAMETER: column.conversation.id})
    return row.toggle(said.LOG, key=f"compare_log_{column.conversation.id}")


def _turns(frame: DeltaGenerator, column: Column, reader: Reader | None) -> Stack | None:
    """Draws the newest turns; returns the stack of the one that still runs."""
    turns = column.conversation.turns
    scroller = frame.container(key=f"compare_turns_{column.conversation.id}", height=420)
    pane = panes.fresh(scroller, session.slot())
    if len(turns) > SHOWN:
        pane.caption(said.EARLIER.format(len(turns) - SHOWN))
    for stored, then in panes.followed(turns[-SHOWN:]):
        drawn = pane.container(key=f"turn_{stored.id}")
        if reader is not None and reader.running and stored is column.newest:
            return Stack(drawn, stored.id)
        place(drawn, drawing(stored.turn, cost=column.cost(stored.turn), then=then).spans, stored.id)
    if column.refused:
        pane.error(as_label(column.refused))
    return None


def _log(frame: DeltaGenerator, column: Column, wanted: bool) -> Callable[[], None]:
    """What it returns draws the rows that have come since."""
    if not wanted:
        frame.empty()
        return lambda: None
    turns = column.conversation.turns
    skipped = max(0, len(turns) - SHOWN)
    layout = Layout(Filter(), skipped)
    box = frame.container(key=f"compare_rows_{column.conversation.id}", height=320)
    earlier = box.empty()
    log = EventLog(box.container(gap=None), 0)

    def draw() -> None:
        blocks = layout.grow(turns[skipped:])
        first = max(0, len(blocks) - LIVE_WINDOW)
        if first:
            earlier.caption(said.EARLIER_ROWS)
        log.draw(blocks, first)

    return draw
