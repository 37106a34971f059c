"""The live view: both panes follow one running turn until it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from streamlit.delta_generator import DeltaGenerator

from interactions.stream.journal import Batch, Journal
from interactions.turns.turn import Turn
from interactions.ui.answer.conversation import Drawing, drawing
from interactions.ui.answer.stack import Leaf, Stack
from interactions.ui.drawing.markdown import as_label, as_written
from interactions.ui.tab import session

TICK = 0.045  # seconds; Streamlit flushes every 0.04
PER_VIEW = 0.003  # seconds more for each view that is live: many readers share one interpreter
SAVING = 1.0  # seconds between two looks at how far saving is
WAIT = 0.25  # seconds without news until the page is looked after


class _Views:
    """How many views of this process are live."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def __enter__(self) -> None:
        with self._lock:
            self.count += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.count -= 1


views = _Views()


def pause(turns: int = 1) -> None:
    """Between two looks at so many turns: leaves the process to other views, and the browser time to draw. It
    ends with its page."""
    time.sleep(max(TICK * turns, PER_VIEW * views.count))
    session.touch()


class Saving:
    """Says in its place that saving is behind, as long as it is; `ask` says how far."""

    def __init__(self, place: DeltaGenerator, ask: Callable[[], str | None], told: str | None) -> None:
        """`told` is what has just been said."""
        self._place = place
        self._ask = ask
        self._told = told
        self._looked = time.monotonic()
        self._show()

    def draw(self) -> None:
        """As it is now, from time to time."""
        if time.monotonic() - self._looked < SAVING:
            return
        self._looked = time.monotonic()
        told = self._ask()
        if told != self._told:
            self._told = told
            self._show()

    def _show(self) -> None:
        if self._told:
            self._place.warning(as_label(self._told))
        else:
            self._place.empty()


class Live:
    """Reads the journal by cursor. It holds nothing: it can vanish at any statement."""

    def __init__(
        self,
        journal: Journal[Turn],
        stack: Stack,
        draw_log: Callable[[], None],
        cost: Callable[[Turn], str],
        saving: Saving,
    ) -> None:
        self._saving = saving
        self._cost = cost
        self._journal = journal
        self._stack = stack
        self._draw_log = draw_log
        self._cursor = 0
        self._batch: Batch[Turn] = journal.since(0)

    def follow(self) -> None:
        """Returns when the turn has ended and everything of it is drawn."""
        with views:
            self._follow()

    def _follow(self) -> None:
        self._draw_log()  # what came while the page was drawn: a server may be silent from here on
        while True:
            closed = self._batch.closed
            shown = self._drawing()
            growing = shown.growing
            if growing is None or closed:
                self._stack.draw(shown.spans)
                if closed:
                    return
                self._tick()
            else:
                self._draw_around(shown, growing)
                slot = self._stack.slot(growing)
                slot.write_stream(self._text(growing))

    def _text(self, growing: int) -> Iterator[str]:
        """One block of the answer as it grows, in pieces for `st.write_stream`; ends when it is final, or
        when what was sent can only be corrected by drawing it anew."""
        sent = ""
        while (text := self._block(growing)) is not None and text.startswith(sent):
            if len(text) > len(sent):
                yield text[len(sent) :]
                sent = text
            self._tick()

    def _block(self, growing: int) -> str | None:
        shown = self._drawing()
        if shown.growing != growing or self._batch.closed:
            return None
        self._draw_around(shown, growing)
        span = shown.spans[growing]
        return as_written(span.value) if isinstance(span, Leaf) else None

    def _drawing(self) -> Drawing:
        return drawing(self._batch.turn, self._journal.measure_silence(), self._cost(self._batch.turn))

    def _draw_around(self, shown: Drawing, growing: int) -> None:
        self._stack.draw(shown.spans, leaving=growing)

    def _tick(self) -> None:
        pause()
        self._saving.draw()
        self._cursor += len(self._batch.frames)
        self._batch = self._journal.since(self._cursor, WAIT)
        if self._batch.frames:
            self._draw_log()
