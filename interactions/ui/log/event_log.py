"""The left pane: every frame, in order.

Rows are drawn in chunks and chunks in blocks. A finished chunk is never sent again; a block that leaves the
window is emptied as a whole. Borders depend on the journals alone, so that a rerun draws the same chunks in
the same places, and a row that a reader has opened stays open.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from html import escape
from itertools import pairwise
from typing import NamedTuple
from weakref import WeakKeyDictionary

from streamlit.delta_generator import DeltaGenerator

from interactions.conversations.conversation import StoredTurn
from interactions.providers.profile import Gist, Profiles
from interactions.stream.journal import Frame, Journal
from interactions.turns.turn import Turn
from interactions.ui import words
from interactions.ui.drawing.limits import brief
from interactions.ui.drawing.plain import visible
from interactions.ui.log.rows import describe, row_html
from interactions.ui.tab.event_log import Filter

# Measured with 2,000 events at 100/s (Streamlit 1.67), from event to screen, p95: under 50 ms with chunks in
# blocks; 1,020 ms with one element for each flush, as thousands of emptied places in one container slow every
# update; 320 ms and more with all rows kept on the page.
CHUNK_ROWS = 10
CHUNK_NS = 400_000_000  # a row can be opened without closing again once its chunk is this old
BLOCK_ROWS = 80
WINDOW = 3  # blocks
LIVE_WINDOW = 5  # while rows arrive: a browser that lags half a second behind shows each of them


def keeps(wanted: Filter, frame: Frame, gist: Gist) -> bool:
    """Whether the filter shows the row of the frame."""
    return wanted.all_rows or _keeps(wanted, frame, gist)


@lru_cache(maxsize=65_536)
def _keeps(wanted: Filter, frame: Frame, gist: Gist) -> bool:
    row = describe(frame, gist)
    typed = not wanted.types or row.type in wanted.types
    return typed and wanted.text.casefold() in f"{row.type}\n{row.gist}\n{row.full}".casefold()


class Chunk(NamedTuple):
    """Rows `start` to `stop` of one turn; `url` leads to its raw frames, `gist` is its protocol's."""

    journal: Journal[Turn]
    url: str
    heading: str
    start: int
    stop: int
    wanted: Filter
    gist: Gist


class Borders:
    """Where the chunks of a journal begin: after 10 rows, or 0.4 s, whichever comes first."""

    def __init__(self) -> None:
        self._starts = [0]
        self._began = 0
        self._read = 0
        self._lock = threading.Lock()

    def upto(self, journal: Journal[Turn]) -> Sequence[int]:
        with self._lock:
            for frame in journal.slice(self._read, len(journal)):
                self._add(frame)
            return [*self._starts, self._read]

    def _add(self, frame: Frame) -> None:
        begun = self._starts[-1]
        if self._read == begun:
            self._began = frame.at
        elif self._read - begun >= CHUNK_ROWS or frame.at - self._began >= CHUNK_NS:
            self._starts.append(self._read)
            self._began = frame.at
        self._read += 1


_borders: WeakKeyDictionary[Journal[Turn], Borders] = WeakKeyDictionary()
_borders_lock = threading.Lock()


def _borders_of(journal: Journal[Turn]) -> Sequence[int]:
    with _borders_lock:
        known = _borders.setdefault(journal, Borders())
    return known.upto(journal)


class Layout:
    """All chunks of a conversation, in blocks of at least 80 rows but the last. Grows with the conversation;
    what is placed stays, but for the end of a chunk that is still filled."""

    def __init__(self, profiles: Profiles, wanted: Filter = Filter(), skipped: int = 0) -> None:  # noqa: B008 (a frozen value)
        """`skipped` turns stand before the first one that is laid out."""
        self._profiles = profiles
        self._wanted = wanted
        self._skipped = skipped
        self.blocks: list[list[Chunk]] = [[]]
        self._rows = 0  # of the last block
        self._turns = 0  # that are placed to their end
        self._chunks = 0  # of the turn after them that are full
        self._filling: Chunk | None = None

    def grow(self, turns: Sequence[StoredTurn], rows: int | None = None) -> list[list[Chunk]]:
        """The blocks with what has come since; `rows` is how many there are if the log is paused."""
        if self._filling is not None:
            self._rows -= self._rows_of(self.blocks[-1].pop())
        self._filling = None
        for stored in turns[self._turns :]:
            if self._wanted.turn not in {"", stored.id}:
                rows = None if rows is None else rows - len(stored.journal)
                self._turns += 1  # its journal is not read
                continue
            ended = stored.journal.closed
            starts = _borders_of(stored.journal)[self._chunks :]
            if rows is not None:
                starts, rows = _clipped(starts, rows), rows - starts[-1]
            for start, stop in pairwise(starts):
                self._filling = self._place(stored, start, stop)
            if not ended:
                self._chunks += max(0, len(starts) - 2)
                break
            self._filling = None
            self._turns, self._chunks = self._turns + 1, 0
        return self.blocks

    def _place(self, stored: StoredTurn, start: int, stop: int) -> Chunk | None:
        """The chunk, or None if the filter leaves nothing of it."""
        if self._rows >= BLOCK_ROWS:
            self.blocks.append([])
            self._rows = 0
        heading = _heading(self._skipped + self._turns + 1, stored.created, stored.prompt.options.model)
        url = f"raw/{stored.conversation}/{stored.id}"
        gist = self._profiles.of(stored.prompt.protocol).gist
        chunk = Chunk(stored.journal, url, heading, start, stop, self._wanted, gist)
        rows = self._rows_of(chunk)
        if not rows:
            return None
        self.blocks[-1].append(chunk)
        self._rows += rows
        return chunk

    def _rows_of(self, chunk: Chunk) -> int:
        if self._wanted.all_rows:
            return chunk.stop - chunk.start
        frames = chunk.journal.slice(chunk.start, chunk.stop)
        return sum(_keeps(self._wanted, frame, chunk.gist) for frame in frames)


def _clipped(starts: Sequence[int], rows: int) -> Sequence[int]:
    """The borders within the first `rows` rows."""
    return [start for start in starts if start < rows] + [max(0, min(starts[-1], rows))]


def window(blocks: Sequence[Sequence[Chunk]], most: int) -> int:
    """Where the newest `most` blocks begin."""
    return max(0, len(blocks) - most)


class EventLog:
    """A window of blocks in a container, moved along as frames arrive."""

    def __init__(self, container: DeltaGenerator, base: int) -> None:
        self._container = container
        self._next = base
        self._blocks: dict[int, DeltaGenerator] = {}
        self._slots: dict[int, list[DeltaGenerator]] = {}
        self._drawn: dict[int, list[Chunk]] = {}

    def draw(self, blocks: Sequence[Sequence[Chunk]], first: int) -> None:
        """Shows the blocks from `first` on, and sends only what has changed."""
        for number in range(self._next, len(blocks)):
            if number < first:
                self._container.empty()
            else:
                self._add(number)
        self._next = max(self._next, len(blocks))
        for number in [number for number in self._blocks if number < first]:
            self._remove(number)
        for number in self._blocks:
            for position, chunk in enumerate(blocks[number]):
                self._draw_chunk(number, position, chunk)

    def _add(self, number: int) -> None:
        # Neither block nor chunk goes into an empty slot: what was there in the last run would blink, as what
        # is sent reaches the browser in pieces.
        self._blocks[number] = self._container.container(gap=None)
        self._slots[number], self._drawn[number] = [], []

    def _remove(self, number: int) -> None:
        del self._blocks[number], self._drawn[number]
        for slot in self._slots.pop(number):
            slot.empty()

    def _draw_chunk(self, number: int, position: int, chunk: Chunk) -> None:
        slots, drawn = self._slots[number], self._drawn[number]
        if position == len(drawn):
            slots.append(self._blocks[number].html(chunk_html(chunk)))
            drawn.append(chunk)
        elif drawn[position] != chunk:
            slots[position].html(chunk_html(chunk))
            drawn[position] = chunk


@lru_cache(maxsize=512)
def chunk_html(chunk: Chunk) -> str:
    """The same HTML for every visitor and every run, made once. A gap is that to the frame before, shown or
    not."""
    frames = chunk.journal.slice(max(0, chunk.start - 1), chunk.stop)
    before = {frame.seq + 1: frame.at for frame in frames}
    rows = [
        row_html(frame, before.get(frame.seq), f"{chunk.url}/{frame.seq}", chunk.gist)
        for frame in frames
        if frame.seq >= chunk.start and keeps(chunk.wanted, frame, chunk.gist)
    ]
    if not chunk.start:
        rows.insert(0, f'<div class="divider">{chunk.heading}</div>')
    # `st.html` dedents what it is given, line by line, each time: one line costs it nothing.
    return f'<div class="chunk">{"".join(rows)}</div>'.replace("\n", "&#10;")


@lru_cache(maxsize=2048)
def _heading(number: int, created: datetime, model: str) -> str:
    return f"<b>{words.TURN.format(number)}</b> {created:%H:%M:%S} UTC · {escape(visible(brief(model)))}"
