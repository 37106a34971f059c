"""What waits to be written: in order, a bounded piece at a time, and gone only when it is written."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection

from interactions.conversations.conversation import Prompt, StoredTurn
from interactions.store.backlog import Backlog, Claim, OpenTurn
from interactions.stream.journal import Frame, Journal
from interactions.turns.turn import Turn
from tests.store.turns import OPTIONS

MOST = 3  # frames of a turn at once


def change(_connection: Connection) -> None:
    """Nothing."""


def another(_connection: Connection) -> None:
    """Nothing either."""


def opened(backlog: Backlog, id: str = "t", frames: int = 0) -> OpenTurn:
    """A turn of the conversation "c" that is followed, with so many frames."""
    stored = StoredTurn(id, "c", Prompt(id, "Hello", OPTIONS), None, datetime.now(UTC), Journal(Turn()))
    turn = OpenTurn(stored, lambda _journal: None, lambda: None, 0)
    say(turn, frames)
    backlog.follow(turn)
    return turn


def say(turn: OpenTurn, frames: int) -> None:
    journal = turn.stored.journal
    new = [Frame(seq, seq, seq, "wire", b"{}") for seq in range(len(journal), len(journal) + frames)]
    journal.append(new, Turn())


def test_what_is_collected_stays_until_it_is_written() -> None:
    """A transaction that fails is collected again, with what has come behind it."""
    backlog = Backlog()
    backlog.submit("c", [change])
    first = backlog.collect(MOST)
    backlog.submit("d", [another])
    assert [each.change for each in backlog.collect(MOST).pending] == [change, another]
    backlog.settle(first)
    assert [each.change for each in backlog.collect(MOST).pending] == [another]
    assert backlog.conversations() == {"d"}


def test_a_turn_is_over_with_the_transaction_that_has_its_last_frame() -> None:
    """Not with an earlier one, even though its journal is closed."""
    backlog = Backlog()
    turn = opened(backlog, frames=MOST + 1)
    turn.stored.journal.close()
    work = backlog.collect(MOST)
    assert [len(new) for _, new in work.frames] == [MOST]
    assert list(work.over) == []
    backlog.settle(work)
    work = backlog.collect(MOST)
    assert ([len(new) for _, new in work.frames], list(work.over)) == ([1], [turn])
    assert backlog
    backlog.settle(work)
    assert not backlog
    assert backlog.turns() == set()


def test_frames_that_come_while_others_are_written_are_not_taken_for_written() -> None:
    """They go with the next transaction."""
    backlog = Backlog()
    turn = opened(backlog, frames=2)
    work = backlog.collect(MOST)
    say(turn, 1)
    backlog.settle(work)
    assert backlog.frames == 1
    assert [frame.seq for _, new in backlog.collect(MOST).frames for frame in new] == [2]


def test_since_is_when_the_oldest_of_it_came() -> None:
    """A turn without new frames keeps nobody waiting."""
    backlog = Backlog()
    assert backlog.since is None
    turn = opened(backlog)
    assert backlog.since is None
    say(turn, 1)
    assert backlog.since == turn.since
    backlog.submit("c", [change])
    assert backlog.since == turn.since
    backlog.settle(backlog.collect(MOST))
    assert backlog.since is None


def test_a_turn_that_was_lost_is_followed_no_more() -> None:
    """Another process writes it."""
    backlog = Backlog()
    turn = opened(backlog, frames=1)
    work = backlog.collect(MOST)
    turn.lost = True
    backlog.settle(work)
    assert not backlog


def test_what_is_refused_is_gone_but_its_turn_stays_with_this_process() -> None:
    """Nobody is to take it up for abandoned. What came beside it stays."""
    backlog = Backlog()
    backlog.submit("c", [change, another])
    opened(backlog, "t", frames=1)
    bad_change, good_change, bad_turn = backlog.collect(MOST).split()
    backlog.refuse(bad_change)
    backlog.refuse(bad_turn)
    assert [each.change for each in backlog.collect(MOST).pending] == [another]
    assert [each.change for each in good_change.pending] == [another]
    assert backlog.turns() == {"t"}
    assert backlog.frames == 0


def test_only_frames_of_running_turns_need_not_outlast_a_power_cut() -> None:
    """Whatever else is in a transaction makes it durable."""
    backlog = Backlog()
    turn = opened(backlog, frames=1)
    assert not backlog.collect(MOST).durable
    claim = Claim("c", lambda _connection: True)
    backlog.claim(claim)
    assert backlog.collect(MOST).durable
    backlog.withdraw([claim])
    assert not backlog.collect(MOST).durable
    turn.stored.journal.close()
    assert backlog.collect(MOST).durable
