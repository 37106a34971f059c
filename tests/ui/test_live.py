"""The live view: what it draws, and when."""

from __future__ import annotations

import threading

import streamlit as st

from interactions.providers.profile import Profile
from interactions.stream.journal import Journal, Recorder
from interactions.turns.turn import Turn
from interactions.ui.answer.stack import Stack
from interactions.ui.live import Live, LiveTurn, Reader, Saving, Streamed
from tests.folding import noted
from tests.waiting import until


def test_rows_that_come_while_the_page_is_drawn_wait_for_no_others() -> None:
    """The log is drawn, then more arrives, then the live view begins; and from there on the server is
    silent."""
    record, journal, drawn = Recorder(), Journal(Turn()), list[int]()

    def draw_log() -> None:
        drawn.append(len(journal))

    journal.append([noted(record, "request")], Turn(status="in_progress"))
    draw_log()
    journal.append([record.wire(b"data: {}\n\n")], Turn(status="in_progress"))
    turn = LiveTurn(Reader(journal), Stack(st.container(), "turn"), draw_log, lambda _turn: "", Profile())
    live = Live([turn], Saving(st.empty(), lambda: None, None))
    following = threading.Thread(target=live.follow, args=(Streamed(live, turn).draw,), daemon=True)
    following.start()
    until(lambda: drawn[-1] == 2)
    journal.close()
    following.join(10)
    assert not following.is_alive()
