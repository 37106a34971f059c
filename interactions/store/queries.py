"""What is read of one conversation and its turns, as functions of a connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select

from interactions.conversations.conversation import Conversation, Owner, StoredTurn, Turns
from interactions.store import rows
from interactions.store.rows import MakeJournal
from interactions.store.schema import BEYOND, conversations, frames, queue, turns
from interactions.stream.journal import Frame

NEWEST = 8  # turns that are read when a conversation is opened

# A turn without its frames: enough to list it and to build on it.
_HEAD = (
    turns.c.id,
    turns.c.conversation,
    turns.c.parent,
    turns.c.prompt,
    turns.c.previous_interaction_id,
    turns.c.created,
    turns.c.ended,
    turns.c.status,
    turns.c.interaction,
    turns.c.kept,
    turns.c.frames,
    turns.c.epoch,
    turns.c.reported,
    turns.c.model,
)


def conversation(connection: Connection, owner: Owner, id: str, journal: MakeJournal) -> Conversation | None:
    """A conversation with its newest turns; `turns` of the result cannot load the earlier ones yet. None if
    this owner has none with this id."""
    row = connection.execute(
        select(conversations).where(conversations.c.id == id, conversations.c.owner == owner)
    ).one_or_none()
    if row is None:
        return None
    newest = connection.execute(
        select(*_HEAD).where(*placed(id)).order_by(turns.c.number.desc()).limit(NEWEST)
    ).all()
    waiting = select(queue.c.id, queue.c.prompt).where(queue.c.conversation == id).order_by(queue.c.position)
    prompts, unreadable = rows.queue(connection.execute(waiting))
    count, linear = shape(connection, id)
    return Conversation(
        id,
        Turns((rows.stored_turn(each, journal) for each in newest[::-1]), count - len(newest), linear=linear),
        prompts,
        rows.text_or_empty(row.title),
        bool(row.pinned),
        rows.number_or_zero(row.touched),
        row.deleted_at is not None,
        unreadable=unreadable,
    )


def exists(connection: Connection, id: str) -> bool:
    """Whether a conversation of any owner has this id, be it deleted."""
    return connection.scalar(select(conversations.c.id).where(conversations.c.id == id)) is not None


class Shape(NamedTuple):
    """How many turns a conversation has, and whether it is `linear`: each turn follows the one before it."""

    turns: int
    linear: bool


def shape(connection: Connection, conversation: str) -> Shape:
    """Counted by the database, without reading the turns."""
    parents = func.count(turns.c.parent.distinct())
    found = select(func.count(), parents).where(turns.c.conversation == conversation)
    count, distinct = connection.execute(found).one()
    # In a line only the first turn has no parent, and no two turns have the same one.
    return Shape(count, count - distinct <= 1)


def earlier(connection: Connection, id: str, count: int, journal: MakeJournal) -> Sequence[StoredTurn]:
    """The first `count` turns of a conversation."""
    number = case((turns.c.number < BEYOND, turns.c.number), else_=0)
    first = select(*_HEAD).where(turns.c.conversation == id).order_by(number).limit(count)
    return tuple(rows.stored_turn(row, journal) for row in connection.execute(first))


def placed(conversation: str) -> tuple[ColumnElement[bool], ...]:
    """The condition for turns whose number can be believed. Those with a damaged number are sorted first, so
    none of them is ever taken for the newest turn."""
    return turns.c.conversation == conversation, turns.c.number < BEYOND


def packs_of(connection: Connection, turn: str) -> Sequence[object]:
    """The rows that hold the frames of a turn, in order."""
    packed = select(frames.c.packed).where(frames.c.turn == turn).order_by(frames.c.seq)
    return connection.scalars(packed).all()


def frames_of(connection: Connection, turn: str, start: int = 0) -> list[Frame]:
    """The frames of a turn from number `start` on. Raises whatever decoding a damaged row raises."""
    return [frame for frame in rows.unpacked(packs_of(connection, turn)) if frame.seq >= start]


def provider_of(connection: Connection, turn: str) -> str:
    """The name of the provider that reads the frames of a turn."""
    return rows.text_or_empty(connection.scalar(select(turns.c.provider).where(turns.c.id == turn)))
