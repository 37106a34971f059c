"""Turns whose process has died, or has stopped for so long that its lease ran out: another one takes them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from interactions.conversations.conversation import Owner
from interactions.store import changes
from interactions.store.schema import conversations, turns


class Left(NamedTuple):
    """A turn that this process has just become the holder of."""

    owner: Owner
    conversation: str
    turn: str


def take_abandoned(connection: Connection, here: Collection[str] = ()) -> list[Left]:
    """All turns that nobody has a lease on, but for those that are `here`; of two processes that notice, one
    takes each."""
    found = (
        select(conversations.c.owner, turns.c.conversation, turns.c.id, turns.c.epoch)
        .join(conversations, conversations.c.id == turns.c.conversation)
        .where(
            turns.c.ended.is_(None),
            turns.c.id.not_in(here),
            func.coalesce(turns.c.lease_until, 0) < changes.clock(connection),
        )
    )
    return [
        Left(row.owner, row.conversation, row.id)
        for row in connection.execute(found).all()
        if changes.take(connection, row.id, row.epoch)
    ]


def take_back(connection: Connection, left: Left) -> bool:
    """A turn that is over is taken up once more, if no other process does so."""
    epoch = connection.scalar(select(turns.c.epoch).where(turns.c.id == left.turn))
    return epoch is not None and changes.take(connection, left.turn, epoch)
