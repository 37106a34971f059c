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

from interactions.journal import Frame, Journal
from interactions.store.memory import StoredTurn
from interactions.turn import Turn
from interactions.ui.rows import row_html

CHUNK_ROWS = 10
CHUNK_NS = 400_000_000  # a row can be opened without closing again once its chunk is this old
BLOCK_ROWS = 80
WINDOW = 3  # blocks
LIVE_WINDOW = 5  # while rows arrive: a browser that lags half a second behind shows each of them


class Chunk(NamedTuple):
    """Rows `start` to `stop` of one turn; `url` leads to its raw frames."""

    journal: Journal[Turn]
    url: str
    heading: str
    start: int
    stop: int


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

    def __init__(self) -> None:
        self.blocks: list[list[Chunk]] = [[]]
        self._rows = 0  # of the last block
        self._turns = 0  # that are placed to their end
        self._chunks = 0  # of the turn after them that are full
        self._filling = False

    def grow(self, turns: Sequence[StoredTurn]) -> list[list[Chunk]]:
        if self._filling:
            chunk = self.blocks[-1].pop()
            self._rows -= chunk.stop - chunk.start
        for stored in turns[self._turns :]:
            ended = stored.journal.closed
            starts = _borders_of(stored.journal)[self._chunks :]
            for start, stop in pairwise(starts):
                self._place(stored, start, stop)
            self._filling = not ended and len(starts) > 1
            if not ended:
                self._chunks += max(0, len(starts) - 2)
                break
            self._turns, self._chunks = self._turns + 1, 0
        return self.blocks

    def _place(self, stored: StoredTurn, start: int, stop: int) -> None:
        if self._rows >= BLOCK_ROWS:
            self.blocks.append([])
            self._rows = 0
        heading = _heading(self._turns + 1, stored.created, stored.prompt.options.model)
        url = f"raw/{stored.conversation}/{stored.id}"
        self.blocks[-1].append(Chunk(stored.journal, url, heading, start, stop))
        self._rows += stop - start


class EventLog:
    """A window of blocks in a container, moved along as frames arrive."""

    def __init__(self, container: DeltaGenerator, base: int) -> None:
        self._container = container
        self._next = base
        self._blocks: dict[int, tuple[DeltaGenerator, DeltaGenerator]] = {}
        self._slots: dict[tuple[int, int], DeltaGenerator] = {}
        self._drawn: dict[tuple[int, int], Chunk] = {}

    def draw(self, blocks: Sequence[Sequence[Chunk]], first: int) -> None:
        """Shows the blocks from `first` on, and sends only what has changed."""
        for number in range(self._next, len(blocks)):
            slot = self._container.empty()
            if number >= first:
                self._blocks[number] = (slot, slot.container(gap=None))
        self._next = max(self._next, len(blocks))
        for number in [number for number in self._blocks if number < first]:
            self._blocks.pop(number)[0].empty()
        for number, (_, block) in self._blocks.items():
            for position, chunk in enumerate(blocks[number]):
                self._draw_chunk(block, (number, position), chunk)

    def _draw_chunk(self, block: DeltaGenerator, place: tuple[int, int], chunk: Chunk) -> None:
        if self._drawn.get(place) == chunk:
            return
        # Not into an empty slot first: what was there in the last run would blink.
        self._slots[place] = self._slots.get(place, block).html(chunk_html(chunk))
        self._drawn[place] = chunk


@lru_cache(maxsize=512)
def chunk_html(chunk: Chunk) -> str:
    """The same HTML for every visitor and every run, made once."""
    frames = chunk.journal.slice(max(0, chunk.start - 1), chunk.stop)
    before = frames[0].at if chunk.start else None
    rows = [] if chunk.start else [f'<div class="divider">{chunk.heading}</div>']
    for frame in frames[1 if chunk.start else 0 :]:
        rows.append(row_html(frame, before, f"{chunk.url}/{frame.seq}"))
        before = frame.at
    # `st.html` dedents what it is given, line by line, each time: one line costs it nothing.
    return f'<div class="chunk">{"".join(rows)}</div>'.replace("\n", "&#10;")


@lru_cache(maxsize=2048)
def _heading(number: int, created: datetime, model: str) -> str:
    return f"<b>Turn {number}</b> {created:%H:%M:%S} UTC · {escape(model)}"
