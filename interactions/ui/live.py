"""Running turns, followed until they end: new frames are read and drawn, at most every 45 ms."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from streamlit.delta_generator import DeltaGenerator

from interactions.providers.profile import Profile
from interactions.stream.journal import Batch, Journal
from interactions.turns.turn import Turn
from interactions.ui.answer.stack import Leaf, Stack
from interactions.ui.answer.turn import Drawing, drawing
from interactions.ui.drawing.markdown import as_label, as_written
from interactions.ui.tab import session

TICK = 0.045  # seconds; Streamlit flushes every 0.04
PER_VIEW = 0.003  # seconds more for each view that is live: many readers share one interpreter
SAVING = 1.0  # seconds between two looks at how far saving is
WAIT = 0.25  # seconds without news until the loop checks that its page is still there


class _Views:
    """How many views of this process are live."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    @contextmanager
    def live(self, count: int) -> Iterator[None]:
        """Counts so many more views while its block runs."""
        with self._lock:
            self.count += count
        try:
            yield
        finally:
            with self._lock:
                self.count -= count


views = _Views()


class Saving:
    """The warning that saving is behind. `ask` returns its text, or None when all is saved."""

    def __init__(self, place: DeltaGenerator, ask: Callable[[], str | None], told: str | None) -> None:
        """`told` is the text that the page knows already, or None."""
        self._place = place
        self._ask = ask
        self._told = told
        self._looked = time.monotonic()
        self._show()

    def draw(self) -> None:
        """Asks again, at most once a second, and draws the answer if it has changed."""
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


class Reader:
    """Reads the journal of a turn by cursor. `turn` is as of the last look, `running` whether more can come,
    and `last` the arrival of the newest frame, in ns since the request."""

    def __init__(self, journal: Journal[Turn]) -> None:
        self._journal = journal
        self._cursor = 0
        self.last = 0
        self._take(journal.since(0))

    def read(self) -> bool:
        """Reads what is new; returns whether there was anything."""
        return self.running and self._take(self._journal.since(self._cursor))

    def _take(self, batch: Batch[Turn]) -> bool:
        self.turn, self.running = batch.turn, not batch.closed
        self._cursor += len(batch.frames)
        self.last = batch.frames[-1].at if batch.frames else self.last
        return bool(batch.frames)

    def tell(self, news: threading.Event) -> None:
        """Sets the event when there is more to read."""
        self._journal.tell(news)

    @property
    def silence(self) -> float:
        """Seconds without data."""
        return self._journal.measure_silence()


class LiveTurn:
    """A turn that is drawn while it is read: its answer in a stack, its rows by `draw_log`."""

    def __init__(
        self,
        reader: Reader,
        stack: Stack,
        draw_log: Callable[[], None],
        cost: Callable[[Turn], str],
        profile: Profile,
    ) -> None:
        self.reader = reader
        self.stack = stack
        self.draw_log = draw_log
        self._profile = profile
        self._cost = cost

    def read(self) -> None:
        if self.reader.read():
            self.draw_log()

    def drawing(self) -> Drawing:
        turn = self.reader.turn  # once: its drawing and its cost are of the same moment
        return drawing(turn, self.reader.silence, self._cost(turn), profile=self._profile)

    def draw(self) -> None:
        self.stack.draw(self.drawing().elements)


class Live:
    """A loop that follows turns side by side. It holds nothing: Streamlit may end a run at any statement."""

    def __init__(self, turns: Sequence[LiveTurn], saving: Saving) -> None:
        self._turns = turns
        self._saving = saving
        self._news = threading.Event()
        self._news.set()  # frames that came before `tell` are news as well
        for turn in turns:
            turn.reader.tell(self._news)

    @property
    def running(self) -> int:
        """How many have not ended."""
        return sum(turn.reader.running for turn in self._turns)

    def follow(self, draw: Callable[[], None]) -> None:
        """Draws after each look; returns when all have ended and everything of them is drawn."""
        # Not in a fragment: the widgets of one do nothing until the script has ended (1.67).
        with views.live(len(self._turns)):
            for turn in self._turns:
                turn.draw_log()  # what came while the page was drawn: a server may be silent from here on
            draw()
            while self.running:
                self.tick()
                draw()

    def tick(self) -> None:
        """Waits for news, at most 0.25 s, and reads it. The pause before leaves time to other views and the
        browser."""
        time.sleep(max(TICK * self.running, PER_VIEW * views.count))
        # Streamlit (1.67) ends a script only when it draws or looks at the session state: a silent loop would
        # outlive its page.
        session.touch()
        self._saving.draw()
        self._news.wait(WAIT)
        self._news.clear()
        for turn in self._turns:
            turn.read()


class Streamed:
    """The only turn of a live view, whose open block of text is streamed. `st.write_stream` draws Markdown
    that is not closed yet as if it were (1.67), which `st.markdown` does not; and it does not return before
    its text ends, so that there can be one of it on a page."""

    def __init__(self, live: Live, turn: LiveTurn) -> None:
        self._live = live
        self._turn = turn

    def draw(self) -> None:
        """Draws the turn, and streams its open block of text until no text is growing."""
        shown = self._turn.drawing()
        while shown.growing is not None and self._turn.reader.running:
            self._draw_around(shown, shown.growing)
            # It sends all of its text at each piece: what bounds the cost is that a block is short.
            self._turn.stack.slot(shown.growing).write_stream(self._text(shown.growing))
            shown = self._turn.drawing()
        self._turn.stack.draw(shown.elements)

    def _text(self, growing: int) -> Iterator[str]:
        """One block of the answer as it grows, in pieces; ends when it is final, or when what was sent can
        only be corrected by drawing it anew."""
        sent = ""
        while (text := self._block(growing)) is not None and text.startswith(sent):
            if len(text) > len(sent):
                yield text[len(sent) :]
                sent = text
            self._live.tick()

    def _block(self, growing: int) -> str | None:
        shown = self._turn.drawing()
        if shown.growing != growing or not self._turn.reader.running:
            return None
        self._draw_around(shown, growing)
        element = shown.elements[growing]
        return as_written(element.value) if isinstance(element, Leaf) else None

    def _draw_around(self, shown: Drawing, growing: int) -> None:
        self._turn.stack.draw(shown.elements, leaving=growing)
