"""Turns copied within the database, frames and all, for a fork: a new conversation that goes on from one of
them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, exists, literal, select, update

from interactions.store.changes import Change
from interactions.store.database import insert_once
from interactions.store.schema import conversations, frames, texts, turns


def copy(line: Sequence[str], conversation: str, ids: Sequence[str]) -> Change:
    """Copies turns that have ended, each following the one before, into a conversation under new ids."""

    def change(connection: Connection) -> None:
        parent = None
        for number, (old, new) in enumerate(zip(line, ids, strict=True), start=1):
            placed = {"id": new, "conversation": conversation, "number": number, "parent": parent}
            _rows(connection, turns, placed, turns.c.id == old)
            _rows(connection, frames, {"turn": new}, frames.c.turn == old)
            words = {"conversation": conversation, "turn": new}
            # The table of words has no key that would keep a second attempt from doing this twice.
            there = select(texts.c.id).where(texts.c.conversation == conversation, texts.c.turn == new)
            _rows(connection, texts, words, texts.c.turn == old, ~exists(there))
            parent = new
        mine = conversations.c.id == conversation
        connection.execute(update(conversations).where(mine).values(touched=time.time()))

    return change


def _rows(connection: Connection, table: Table, changed: dict[str, Any], *which: Any) -> None:
    """Copies rows with some columns changed. A column that the database counts itself is left to it."""
    names = [column.name for column in table.c if column.autoincrement is not True]
    values = [
        literal(changed[name], table.c[name].type).label(name) if name in changed else table.c[name]
        for name in names
    ]
    made = insert_once(connection.dialect.name, table).from_select(names, select(*values).where(*which))
    connection.execute(made)
