"""What is read from the tables, as functions of a connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, select, tuple_

from interactions.conversations.conversation import Conversation, Entry, Owner, StoredTurn, Turns
from interactions.conversations.words import Phrase, found_in, hit
from interactions.store import rows
from interactions.store.database import matching
from interactions.store.rows import MakeJournal
from interactions.store.schema import BEYOND, conversations, frames, queue, texts, turns
from interactions.stream.journal import Frame

NEWEST = 8  # turns that are read when a conversation is opened

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
)


def conversation(connection: Connection, owner: Owner, id: str, journal: MakeJournal) -> Conversation | None:
    """With its newest turns; `turns` of the result still lacks the way to the earlier ones."""
    row = connection.execute(
        select(conversations).where(conversations.c.id == id, conversations.c.owner == owner)
    ).one_or_none()
    if row is None:
        return None
    newest = connection.execute(
        select(*_HEAD).where(*_placed(id)).order_by(turns.c.number.desc()).limit(NEWEST)
    ).all()
    waiting = select(queue.c.id, queue.c.prompt).where(queue.c.conversation == id).order_by(queue.c.position)
    prompts, unreadable = rows.queue(connection.execute(waiting))
    count, linear = _shape(connection, id)
    return Conversation(
        id,
        Turns((rows.stored_turn(each, journal) for each in newest[::-1]), count - len(newest), linear=linear),
        prompts,
        rows.words(row.title),
        bool(row.pinned),
        rows.number(row.touched),
        row.deleted_at is not None,
        unreadable=unreadable,
    )


def exists(connection: Connection, id: str) -> bool:
    """Whether the id is taken, by whomever."""
    return connection.scalar(select(conversations.c.id).where(conversations.c.id == id)) is not None


class Stamp(NamedTuple):
    """What tells whether a conversation is still as it was read."""

    title: str
    pinned: bool
    deleted: bool
    turns: int
    newest: str
    epoch: int
    over: bool
    queue: frozenset[str]


def stamp(connection: Connection, owner: Owner, id: str) -> Stamp | None:
    row = connection.execute(
        select(conversations).where(conversations.c.id == id, conversations.c.owner == owner)
    ).one_or_none()
    if row is None:
        return None
    last = connection.execute(
        select(turns.c.id, turns.c.epoch, turns.c.ended)
        .where(*_placed(id))
        .order_by(turns.c.number.desc())
        .limit(1)
    ).one_or_none()
    newest, epoch = (str(last.id), int(rows.number(last.epoch))) if last else ("", 0)
    waiting = select(queue.c.id).where(queue.c.conversation == id).order_by(queue.c.position)
    return Stamp(
        rows.words(row.title),
        bool(row.pinned),
        row.deleted_at is not None,
        _shape(connection, id).turns,
        newest,
        epoch,
        last is None or last.ended is not None,
        frozenset(map(str, connection.scalars(waiting))),
    )


class _Shape(NamedTuple):
    """`linear` is that each turn follows the one before it: one has no parent, and no two have the same."""

    turns: int
    linear: bool


def _shape(connection: Connection, conversation: str) -> _Shape:
    parents = func.count(turns.c.parent.distinct())
    found = select(func.count(), parents).where(turns.c.conversation == conversation)
    count, distinct = connection.execute(found).one()
    return _Shape(count, count - distinct <= 1)


def earlier(connection: Connection, id: str, count: int, journal: MakeJournal) -> Sequence[StoredTurn]:
    """The first `count` turns of a conversation."""
    number = case((turns.c.number < BEYOND, turns.c.number), else_=0)
    first = select(*_HEAD).where(turns.c.conversation == id).order_by(number).limit(count)
    return tuple(rows.stored_turn(row, journal) for row in connection.execute(first))


def _placed(conversation: str) -> tuple[ColumnElement[bool], ...]:
    """The turns of a conversation, but for those whose number is damaged: they come first."""
    return turns.c.conversation == conversation, turns.c.number < BEYOND


def packs_of(connection: Connection, turn: str) -> Sequence[object]:
    """The rows that hold the frames of a turn, in order."""
    packed = select(frames.c.packed).where(frames.c.turn == turn).order_by(frames.c.seq)
    return connection.scalars(packed).all()


def frames_of(connection: Connection, turn: str, start: int = 0) -> list[Frame]:
    """From number `start` on, in order. Raises whatever is raised by what is no frame."""
    return [frame for frame in rows.unpacked(packs_of(connection, turn)) if frame.seq >= start]


def provider_of(connection: Connection, turn: str) -> str:
    """Whose dialect the frames of a turn are in."""
    return rows.words(connection.scalar(select(turns.c.provider).where(turns.c.id == turn)))


def naming(connection: Connection, owner: Owner, interaction: str) -> list[tuple[str, str, bool]]:
    """The owner's turns that are this interaction: of each its conversation, who keeps the interaction, and
    whether the conversation was deleted."""
    query = (
        select(turns.c.conversation, turns.c.prompt, conversations.c.deleted_at)
        .join(conversations, conversations.c.id == turns.c.conversation)
        .where(conversations.c.owner == owner, turns.c.interaction == interaction)
    )
    found = connection.execute(query)
    return [(id, rows.account(prompt), at is not None) for id, prompt, at in found]


_LISTED = (conversations.c.id, conversations.c.title, conversations.c.pinned, conversations.c.touched)
_ORDER = (conversations.c.pinned, conversations.c.touched, conversations.c.id)


def _mine(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    there = (conversations.c.deleted_at.is_(None), conversations.c.touched.is_not(None))
    return (conversations.c.owner == owner, *there)


def entries(connection: Connection, owner: Owner, limit: int, after: Entry | None) -> list[Entry]:
    """Pinned ones first, then by recency; those that follow `after`."""
    query = select(*_LISTED).where(*_mine(owner)).order_by(*(column.desc() for column in _ORDER)).limit(limit)
    if after is not None:
        query = query.where(tuple_(*_ORDER) < tuple_(int(after.pinned), after.touched, after.id))
    return [
        Entry(str(id), rows.words(title), bool(pinned), rows.number(touched))
        for id, title, pinned, touched in connection.execute(query)
    ]


def place(entry: Entry) -> tuple[bool, float, str]:
    """What entries are sorted by, the greatest first."""
    return entry.pinned, entry.touched, entry.id


def follows(entry: Entry, after: Entry | None) -> bool:
    return after is None or place(entry) < place(after)


def search(connection: Connection, owner: Owner, wanted: Sequence[Phrase], limit: int) -> list[Entry]:
    """Conversations with a turn, or a title, that has all phrases; newest first, each with its newest hit."""
    candidates = (
        select(*_LISTED, texts.c.turn)
        .join(texts, texts.c.conversation == conversations.c.id)
        .join(turns, turns.c.id == texts.c.turn, isouter=True)
        .where(*_mine(owner), matching(connection.dialect.name, wanted))
        .order_by(conversations.c.touched.desc(), conversations.c.id, func.coalesce(turns.c.number, 0).desc())
    )
    found: dict[str, Entry] = {}
    for id, title, pinned, touched, turn in connection.execute(candidates).all():
        if len(found) == limit:
            break
        if id not in found:
            body = select(turns.c.body).where(turns.c.id == turn)
            text, entitled = rows.words(connection.scalar(body) if turn else title), rows.words(title)
            if found_in(text, wanted):
                said, turn = hit(text, wanted), rows.words(turn)
                found[id] = Entry(str(id), entitled, bool(pinned), rows.number(touched), hit=said, turn=turn)
    return list(found.values())
