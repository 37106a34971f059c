"""Leases: which process streams a turn. A turn has one holder; when the holder dies, or stalls for so long
that its lease runs out, another process takes the turn up.

Each holder has a higher epoch than the one before. Whoever writes frames of a turn names the epoch it holds,
so a process that wakes up late cannot write into a turn that it has lost.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, extract, func, literal, select, update

from interactions.conversations.conversation import Owner
from interactions.store.schema import conversations, turns

LEASE = 15.0  # seconds

# This process. The number of a process alone is not enough: in another container it may be alive.
HOLDER = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"


class Abandoned(NamedTuple):
    """A turn that this process has just taken up."""

    owner: Owner
    conversation: str
    turn: str


def clock(connection: Connection) -> Any:
    """The time of the database, by which leases end: the clocks of several machines need not agree."""
    if connection.dialect.name == "postgresql":
        return extract("epoch", func.clock_timestamp())
    return literal(time.time())


def renew(connection: Connection, running: Sequence[str]) -> None:
    """Extends the leases of these turns, if this process still holds them."""
    mine = (turns.c.id.in_(running), turns.c.holder == HOLDER)
    connection.execute(update(turns).where(*mine).values(lease_until=clock(connection) + LEASE))


def release(connection: Connection) -> None:
    """Ends all leases of this process at once, so that nobody waits for them to run out."""
    mine = (turns.c.ended.is_(None), turns.c.holder == HOLDER)
    connection.execute(update(turns).where(*mine).values(lease_until=0.0))


def take_abandoned(connection: Connection, except_for: Collection[str] = ()) -> list[Abandoned]:
    """Takes up all turns whose lease has run out, `except_for` some. Of two processes that try this, one gets
    each turn."""
    found = (
        select(conversations.c.owner, turns.c.conversation, turns.c.id, turns.c.epoch)
        .join(conversations, conversations.c.id == turns.c.conversation)
        .where(
            turns.c.ended.is_(None),
            turns.c.id.not_in(except_for),
            func.coalesce(turns.c.lease_until, 0) < clock(connection),
        )
    )
    return [
        Abandoned(row.owner, row.conversation, row.id)
        for row in connection.execute(found).all()
        if _take(connection, row.id, row.epoch)
    ]


def take_back(connection: Connection, turn: str) -> bool:
    """Takes up a turn that is over; False if another process was quicker."""
    epoch = connection.scalar(select(turns.c.epoch).where(turns.c.id == turn))
    return epoch is not None and _take(connection, turn, epoch)


def _take(connection: Connection, turn: str, epoch: int) -> bool:
    """Makes this process the holder, unless the epoch has changed: then another one was quicker."""
    free = (turns.c.id == turn, turns.c.epoch == epoch)
    lease = clock(connection) + LEASE
    values = {"epoch": turns.c.epoch + 1, "holder": HOLDER, "lease_until": lease, "ended": None}
    return bool(connection.execute(update(turns).where(*free).values(values)).rowcount)


def give_up(connection: Connection, turn: str) -> None:
    """Ends a turn of this process that it cannot read, so that nobody waits for it any more."""
    mine = (turns.c.id == turn, turns.c.holder == HOLDER)
    values = {"ended": time.time(), "status": "interrupted", "lease_until": None}
    connection.execute(update(turns).where(*mine).values(values))
