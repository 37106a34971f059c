"""Turns whose process has died: each is closed as interrupted, with what had been saved of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec
from sqlalchemy import Connection, select, update

from interactions.journal import Frame
from interactions.store import changes
from interactions.store.conversation import Prompt
from interactions.store.library import frames_of
from interactions.store.process import HOLDER, gone
from interactions.store.schema import turns
from interactions.turn import Turn

Refold: TypeAlias = Callable[[Sequence[Frame]], Turn]

NOTE = {
    "note": "cut",
    "error": "Restart",
    "message": "The app ended while this turn was running. What had arrived is kept.",
}


def close_abandoned(connection: Connection, refold: Refold, turn: str | None = None) -> None:
    """All of them, or this one. A turn is abandoned when its process is known to have ended, or has not
    renewed its lease; of two processes that notice, one closes it."""
    expired = turns.c.lease_until < changes.clock(connection)
    found = select(
        turns.c.id,
        turns.c.conversation,
        turns.c.prompt,
        turns.c.holder,
        turns.c.epoch,
        expired.label("expired"),
    ).where(turns.c.ended.is_(None), turns.c.holder != HOLDER)
    if turn is not None:
        found = found.where(turns.c.id == turn)
    for row in connection.execute(found).all():
        taken = update(turns).where(turns.c.id == row.id, turns.c.epoch == row.epoch, turns.c.ended.is_(None))
        if (row.expired or gone(row.holder)) and connection.execute(
            taken.values(epoch=row.epoch + 1, holder=HOLDER)
        ).rowcount:
            _close(connection, row.conversation, row.id, row.prompt, refold)


def _close(connection: Connection, conversation: str, turn: str, prompt: bytes, refold: Refold) -> None:
    kept = frames_of(connection, turn)
    last = kept[-1] if kept else Frame(-1, 0, 0, "note", b"")
    note = Frame(last.seq + 1, last.at, last.read, "note", msgspec.json.encode(NOTE))
    changes.append(connection, turn, [note])
    said = msgspec.json.decode(prompt, type=Prompt).input
    changes.finish(connection, conversation, turn, said, refold([*kept, note]), len(kept) + 1)
