"""The columns side by side, drawn once and then followed until all have ended."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

from streamlit.delta_generator import DeltaGenerator

from interactions.ui import live
from interactions.ui.answer.stack import Leaf, Stack
from interactions.ui.compare.columns import Column, began
from interactions.ui.compare.figures import span
from interactions.ui.compare.table import table_html
from interactions.ui.compare.view import Reader, View
from interactions.ui.drawing.boundary import attempt
from interactions.ui.words import compare as said
from interactions.ui.words.limits import NOTHING

FIGURES = 0.5  # seconds between two looks at the figures, unless something begins or ends


class Board:
    """What is seen of a comparison. It holds nothing: it can vanish at any statement."""

    def __init__(self, container: DeltaGenerator, columns: Sequence[Column]) -> None:
        self._columns = columns
        readers = [
            None if column.newest is None else Reader(column.newest, began(column.newest, columns))
            for column in columns
        ]
        self._readers = [reader for reader in readers if reader is not None]
        boxes = container.container(key="compare_columns").columns(len(columns), wrap=False)
        self._views = [View(*parts) for parts in zip(boxes, columns, readers, strict=True)]
        container.markdown(f"##### {said.DIFFERENCES}", anchors=False)
        self._table = Stack(container.container(), "compare_table")
        self._told: tuple[object, ...] = ()
        self._draw()

    @property
    def running(self) -> bool:
        return any(reader.running for reader in self._readers)

    def follow(self, saving: live.Saving) -> None:
        """Returns when all columns have ended and everything of them is drawn."""
        news = threading.Event()
        with ExitStack() as stack:
            for reader in self._readers:
                stack.enter_context(live.views)
                reader.tell(news)
            while self.running:
                live.pause(sum(reader.running for reader in self._readers))
                news.wait(live.WAIT)
                news.clear()
                saving.draw()
                for reader in self._readers:
                    reader.read()
                self._draw()

    def _draw(self) -> None:
        now = datetime.now(UTC)
        for view in self._views:
            view.draw()
        # What a browser has to draw anew at every look keeps it from what it is yet to load, such as buttons.
        told = (now.timestamp() // FIGURES, *((reader.running, reader.seen) for reader in self._readers))
        if told != self._told:
            self._told = told
            self._draw_figures(now)

    def _draw_figures(self, now: datetime) -> None:
        length = span(max((reader.times(now).now for reader in self._readers), default=0.0))
        for view in self._views:
            view.draw_figures(now, length)
        turns = [view.reader.turn if view.reader else None for view in self._views]
        html = attempt(lambda: table_html(self._columns, turns), lambda: NOTHING)
        self._table.draw([Leaf("html", html)])
