"""What is read from the tables, as functions of a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import ColumnElement, Connection, func, select, tuple_

from interactions.journal import Frame, Journal
from interactions.steps import Wire
from interactions.store.conversation import Conversation, Entry, Owner, Prompt, StoredTurn, Turns
from interactions.store.database import matching
from interactions.store.schema import conversations, frames, queue, texts, turns
from interactions.store.words import Phrase, found_in, hit
from interactions.turn import Turn
from interactions.wire import read_usage

NEWEST = 8  # turns that are read when a conversation is opened

MakeJournal: TypeAlias = Callable[["Head"], Journal[Turn]]

_prompt = msgspec.json.Decoder(Prompt)
_reported = msgspec.json.Decoder(tuple[Wire | None, ...])
_frames = msgspec.msgpack.Decoder(list[Frame])
_HEAD = (
    turns.c.id,
    turns.c.conversation,
    turns.c.number,
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


class Head(NamedTuple):
    """A turn as its row says it; `turn` has no steps."""

    id: str
    turn: Turn
    ended: bool
    frames: int


def conversation(connection: Connection, owner: Owner, id: str, journal: MakeJournal) -> Conversation | None:
    """With its newest turns; `turns` of the result still lacks the way to the earlier ones."""
    row = connection.execute(
        select(conversations).where(conversations.c.id == id, conversations.c.owner == owner)
    ).one_or_none()
    if row is None:
        return None
    newest = connection.execute(
        select(*_HEAD).where(turns.c.conversation == id).order_by(turns.c.number.desc()).limit(NEWEST)
    ).all()
    waiting = select(queue.c.prompt).where(queue.c.conversation == id).order_by(queue.c.position)
    before = newest[-1].number - 1 if newest else 0
    return Conversation(
        id,
        Turns(stored_turns(newest[::-1], journal), before, linear=_linear(connection, id)),
        tuple(_prompt.decode(prompt) for prompt in connection.scalars(waiting)),
        row.title,
        bool(row.pinned),
        row.touched or 0.0,
        row.deleted_at is not None,
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
    queue: tuple[str, ...]


def stamp(connection: Connection, owner: Owner, id: str) -> Stamp | None:
    row = connection.execute(
        select(conversations).where(conversations.c.id == id, conversations.c.owner == owner)
    ).one_or_none()
    if row is None:
        return None
    last = connection.execute(
        select(turns.c.id, turns.c.number, turns.c.epoch, turns.c.ended)
        .where(turns.c.conversation == id)
        .order_by(turns.c.number.desc())
        .limit(1)
    ).one_or_none()
    number, newest, epoch = (last.number, last.id, last.epoch) if last else (0, "", 0)
    waiting = select(queue.c.id).where(queue.c.conversation == id).order_by(queue.c.position)
    return Stamp(
        row.title,
        bool(row.pinned),
        row.deleted_at is not None,
        number,
        newest,
        epoch,
        last is None or last.ended is not None,
        tuple(connection.scalars(waiting)),
    )


def _linear(connection: Connection, conversation: str) -> bool:
    """Whether each turn follows the one before it: one has no parent, and no two have the same."""
    shared = func.count() - func.count(turns.c.parent.distinct())
    return bool(connection.execute(select(shared <= 1).where(turns.c.conversation == conversation)).scalar())


def earlier(connection: Connection, id: str, count: int, journal: MakeJournal) -> Sequence[StoredTurn]:
    """The first `count` turns of a conversation."""
    rows = select(*_HEAD).where(turns.c.conversation == id, turns.c.number <= count).order_by(turns.c.number)
    return tuple(stored_turns(connection.execute(rows), journal))


def stored_turns(rows: Iterable[Any], journal: MakeJournal) -> Iterator[StoredTurn]:
    for row in rows:
        over = row.ended is not None
        told = () if row.reported is None else _reported.decode(row.reported)
        reported = tuple(read_usage(usage) for usage in told)
        turn = Turn(
            id=row.interaction,
            status=row.status,
            ended=over,
            stored=bool(row.kept),
            hop=len(reported) - 1,
            reported=reported,
        )
        yield StoredTurn(
            id=row.id,
            conversation=row.conversation,
            prompt=_prompt.decode(row.prompt),
            previous_interaction_id=row.previous_interaction_id,
            created=datetime.fromtimestamp(row.created, UTC),
            journal=journal(Head(row.id, turn, over, row.frames)),
            parent=row.parent,
            epoch=row.epoch,
        )


def frames_of(connection: Connection, turn: str, start: int = 0) -> list[Frame]:
    """From number `start` on, in order."""
    rows = select(frames.c.packed).where(frames.c.turn == turn).order_by(frames.c.seq)
    packs = (_frames.decode(packed) for packed in connection.scalars(rows))
    return [frame for pack in packs for frame in pack if frame.seq >= start]


def provider_of(connection: Connection, turn: str) -> str:
    """Whose dialect the frames of a turn are in."""
    return connection.scalar(select(turns.c.provider).where(turns.c.id == turn)) or ""


def naming(connection: Connection, owner: Owner, interaction: str) -> list[tuple[str, str, bool]]:
    """The owner's turns that are this interaction: of each its conversation, who keeps the interaction, and
    whether the conversation was deleted."""
    query = (
        select(turns.c.conversation, turns.c.prompt, conversations.c.deleted_at)
        .join(conversations, conversations.c.id == turns.c.conversation)
        .where(conversations.c.owner == owner, turns.c.interaction == interaction)
    )
    rows = connection.execute(query)
    return [(id, _prompt.decode(prompt).account, at is not None) for id, prompt, at in rows]


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
        Entry(id, title, bool(pinned), touched) for id, title, pinned, touched in connection.execute(query)
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
            text = title if not turn else connection.scalar(select(turns.c.body).where(turns.c.id == turn))
            if found_in(text or "", wanted):
                found[id] = Entry(
                    id, title, bool(pinned), touched, hit=hit(text or "", wanted), turn=turn or ""
                )
    return list(found.values())
