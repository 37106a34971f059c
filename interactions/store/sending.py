"""Prompts on their way: into the queue, and out of it as turns, as functions of a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    delete,
    exists,
    func,
    literal,
    select,
    update,
)

from interactions.conversations.conversation import Owner, Prompt, StoredTurn
from interactions.conversations.words import storable
from interactions.store.changes import LEASE, Change, clock
from interactions.store.database import insert_once
from interactions.store.process import HOLDER
from interactions.store.schema import BEYOND, conversations, queue, turns
from interactions.turns.status import CHAINABLE
from interactions.turns.values import encoded


class Newest(NamedTuple):
    """How many turns a conversation has, and which one began last."""

    turns: int
    last: str


class Waiting(NamedTuple):
    """A prompt that waits in a conversation."""

    owner: Owner
    conversation: str
    prompt: str


def enqueue(owner: Owner, conversation: str, prompt: Prompt) -> Change:
    values = {"id": prompt.id, "prompt": encoded(prompt)}
    return lambda connection: _append(connection, queue, queue.c.position, owner, conversation, values)


def dequeue(prompt: str) -> Change:
    def change(connection: Connection) -> None:
        connection.execute(delete(queue).where(queue.c.id == prompt))

    return change


def begin(owner: Owner, stored: StoredTurn, along: Sequence[str]) -> Change:
    """A prompt leaves the queue and is a turn, in one step."""
    created = stored.created.timestamp()
    values = {
        "id": stored.id,
        "parent": stored.parent,
        "provider": stored.prompt.provider,
        "prompt": encoded(stored.prompt),
        "previous_interaction_id": stored.previous_interaction_id
        and storable(stored.previous_interaction_id),
        "history": msgspec.json.encode(along),
        "created": created,
        "holder": HOLDER,
        "epoch": stored.epoch,
    }

    def change(connection: Connection) -> None:
        connection.execute(delete(queue).where(queue.c.id == stored.id))
        lease = {"lease_until": clock(connection) + LEASE}
        _append(connection, turns, turns.c.number, owner, stored.conversation, values | lease)
        connection.execute(
            update(conversations).where(conversations.c.id == stored.conversation).values(touched=created)
        )

    return change


def begin_first(
    owner: Owner, stored: StoredTurn, along: Sequence[str], newest: Newest
) -> Callable[[Connection], bool]:
    """Begins a turn behind what this process takes for the newest one. False, and nothing has changed, if
    there is another one, or if the prompt waits no more: another process was quicker."""
    change = begin(owner, stored, along)
    mine = (conversations.c.id == stored.conversation, conversations.c.owner == owner)
    waiting = select(queue.c.id).join(conversations).where(queue.c.id == stored.id, *mine)

    def claim(connection: Connection) -> bool:
        there = newest_of(connection, stored.conversation) == newest
        if not there or connection.scalar(waiting) is None:
            return False
        change(connection)
        return True

    return claim


def alone(connection: Connection, concerned: Iterable[str]) -> None:
    """From here to the end of the transaction, no other process changes these conversations."""
    if connection.dialect.name == "postgresql":
        rows = select(conversations.c.id).where(conversations.c.id.in_(sorted(concerned)))
        connection.execute(rows.order_by(conversations.c.id).with_for_update())
    elif not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr] # it is open
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _append(
    connection: Connection, table: Any, place: Any, owner: Owner, conversation: str, values: dict[str, Any]
) -> None:
    """A row behind the last one of a conversation, if that is the owner's. Processes that write to one
    conversation at once wait for each other; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        mine = select(conversations.c.id).where(conversations.c.id == conversation)
        connection.execute(mine.with_for_update())
    last = (
        select(func.coalesce(func.max(place), 0) + 1)
        .where(place < BEYOND)
        .where(table.c.conversation == conversation)
    )
    columns: dict[str, ColumnElement[Any]] = {
        name: value if isinstance(value, ColumnElement) else literal(value, table.c[name].type)
        for name, value in values.items()
    }
    columns |= {"conversation": literal(conversation), place.name: last.scalar_subquery()}
    owned = select(conversations.c.id).where(
        conversations.c.id == conversation, conversations.c.owner == owner
    )
    row = select(*columns.values()).where(exists(owned))
    connection.execute(insert_once(connection.dialect.name, table).from_select(list(columns), row))


def newest_of(connection: Connection, conversation: str) -> Newest:
    there = turns.c.conversation == conversation
    count = connection.scalar(select(func.count()).where(there))
    placed = select(turns.c.id).where(there, turns.c.number < BEYOND)
    last = connection.scalar(placed.order_by(turns.c.number.desc()).limit(1))
    return Newest(count or 0, str(last or ""))


def held_up(connection: Connection) -> list[Waiting]:
    """What waits where no turn runs and the last one ended well."""
    last = select(turns.c.status).where(turns.c.conversation == conversations.c.id)
    status = last.order_by(turns.c.number.desc()).limit(1).scalar_subquery()
    runs = exists().where(turns.c.conversation == conversations.c.id, turns.c.ended.is_(None))
    found = (
        select(conversations.c.owner, queue.c.conversation, queue.c.id)
        .join(queue, queue.c.conversation == conversations.c.id)
        .where(
            conversations.c.deleted_at.is_(None),
            ~runs,
            func.coalesce(status, "completed").in_(sorted(CHAINABLE)),
        )
    )
    return [Waiting(*row) for row in connection.execute(found)]
