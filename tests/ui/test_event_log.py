"""Which rows the log shows, and in which blocks."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations.conversation import Prompt, StoredTurn
from interactions.conversations.request import Options
from interactions.providers.profile import Profiles
from interactions.stream.journal import Frame, Journal
from interactions.turns.turn import Turn
from interactions.ui.log.event_log import BLOCK_ROWS, Chunk, Layout, chunk_html
from interactions.ui.tab.event_log import Filter

NONE = Profiles(())


def stored(name: str, frames: int, *, ended: bool = True) -> StoredTurn:
    journal = Journal(Turn())
    turn = StoredTurn(name, "c", Prompt(name, "Hi", Options("m")), None, datetime.now(UTC), journal)
    more(turn, frames)
    if ended:
        journal.close()
    return turn


def more(turn: StoredTurn, frames: int) -> None:
    journal = turn.journal
    begun = len(journal)
    made = [
        Frame(n, n * 1_000_000, n, "wire", f'data: {{"event_type":"e{n % 2}","n":{n}}}\n\n'.encode())
        for n in range(begun, begun + frames)
    ]
    journal.append(made, Turn())


def rows(blocks: list[list[Chunk]]) -> list[tuple[str, int]]:
    """The turn and number of every row, in order, as the page would have them."""
    found = []
    for block in blocks:
        for chunk in block:
            html = chunk_html(chunk)
            turn = chunk.url.rsplit("/", 1)[1]
            found += [(turn, int(part.split('"')[0])) for part in html.split('data-seq="')[1:]]
    return found


@given(st.lists(st.integers(0, 70), min_size=1, max_size=12))
def test_a_layout_that_grew_step_by_step_is_the_one_made_at_once(steps: list[int]) -> None:
    """Otherwise an opened row would close at the next run of the page."""
    turns = [stored("a", 25), stored("b", 0, ended=False)]
    growing = Layout(NONE)
    for step in steps:
        more(turns[1], step)
        growing.grow(turns)
    turns[1].journal.close()
    turns.append(stored("c", 5))
    assert growing.grow(turns) == Layout(NONE).grow(turns)
    assert rows(growing.blocks) == [("a", n) for n in range(25)] + [("b", n) for n in range(sum(steps))] + [
        ("c", n) for n in range(5)
    ]


def test_a_block_has_enough_rows_before_the_next_begins() -> None:
    blocks = Layout(NONE).grow([stored("a", 500)])
    assert all(sum(chunk.stop - chunk.start for chunk in block) >= BLOCK_ROWS for block in blocks[:-1])


def test_a_filter_keeps_rows_of_a_type_with_a_text_and_of_a_turn() -> None:
    turns = [stored("a", 30), stored("b", 30)]
    assert rows(Layout(NONE, Filter(types=frozenset({"e1"}))).grow(turns)) == [
        (turn, n) for turn in "ab" for n in range(1, 30, 2)
    ]
    assert rows(Layout(NONE, Filter(text='"N": 2')).grow(turns)) == [
        (turn, n) for turn in "ab" for n in (2, *range(20, 30))
    ]
    assert rows(Layout(NONE, Filter(turn="b")).grow(turns)) == [("b", n) for n in range(30)]
    assert rows(Layout(NONE, Filter(types=frozenset({"none"}))).grow(turns)) == []


def test_filtered_rows_still_tell_the_time_since_the_frame_before_them() -> None:
    (block,) = Layout(NONE, Filter(text='"n": 7')).grow([stored("a", 9)])
    assert "+1.0" in chunk_html(block[0])


@given(st.integers(0, 60), st.integers(0, 40))
def test_a_paused_log_shows_the_rows_that_were_there(limit: int, later: int) -> None:
    """Whatever has come since, and in whichever turn."""
    turns = [stored("a", 25), stored("b", 40, ended=False)]
    before = rows(Layout(NONE).grow(turns))[:limit]
    more(turns[1], later)
    assert rows(Layout(NONE).grow(turns, limit)) == before


def test_a_filtered_log_finds_rows_in_a_turn_that_still_runs() -> None:
    turn = stored("a", 5, ended=False)
    layout = Layout(NONE, Filter(types=frozenset({"e0"})))
    layout.grow([turn])
    more(turn, 40)
    assert rows(layout.grow([turn])) == [("a", n) for n in range(0, 45, 2)]
