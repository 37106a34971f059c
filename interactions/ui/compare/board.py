"""The columns side by side, drawn once and then followed until all have ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from streamlit.delta_generator import DeltaGenerator

from interactions.ui.answer.stack import Leaf, Stack
from interactions.ui.compare.columns import Column, began
from interactions.ui.compare.figures import timeline
from interactions.ui.compare.table import table_html
from interactions.ui.compare.view import Answer, View
from interactions.ui.drawing.boundary import attempt
from interactions.ui.live import Live, Reader, Saving
from interactions.ui.words import compare
from interactions.ui.words.limits import NOTHING

FIGURES = 0.5  # seconds between two looks at the figures, unless something begins or ends


class Board:
    """All columns and the table below them. It holds nothing that has to be given back: Streamlit may end the
    run at any statement."""

    def __init__(self, container: DeltaGenerator, columns: Sequence[Column]) -> None:
        self._columns = columns
        boxes = container.container(key="compare_columns").columns(len(columns), wrap=False)
        self._views = [
            View(box, column, _answer(column, columns)) for box, column in zip(boxes, columns, strict=True)
        ]
        self._answers = [view.answer for view in self._views if view.answer is not None]
        container.markdown(f"##### {compare.DIFFERENCES}", anchors=False)
        self._table = Stack(container.container(), "compare_table")
        self._told: tuple[object, ...] = ()
        self._draw()

    @property
    def running(self) -> bool:
        return any(view.live is not None for view in self._views)

    def follow(self, saving: Saving) -> None:
        """Draws new frames as they arrive; returns when all columns have ended and are drawn completely."""
        Live([view.live for view in self._views if view.live is not None], saving).follow(self._draw)

    def _draw(self) -> None:
        now = datetime.now(UTC)
        for view in self._views:
            if view.live is not None:
                view.live.draw()
        # Figures change all the time. Drawn at each tick, they would keep a browser from loading the buttons.
        begun = ((answer.reader.running, bool(answer.turn.first_token_at)) for answer in self._answers)
        told = (now.timestamp() // FIGURES, *begun)
        if told != self._told:
            self._told = told
            self._draw_figures(now)

    def _draw_figures(self, now: datetime) -> None:
        length = timeline(max((answer.times(now).now for answer in self._answers), default=0.0))
        for view in self._views:
            view.draw_figures(now, length)
        turns = [view.answer.turn if view.answer else None for view in self._views]
        html = attempt(lambda: table_html(self._columns, turns), lambda: NOTHING)
        self._table.draw([Leaf("html", html)])


def _answer(column: Column, columns: Sequence[Column]) -> Answer | None:
    stored = column.newest
    if stored is None:
        return None
    return Answer(Reader(stored.journal), stored.created, began(stored, columns))
