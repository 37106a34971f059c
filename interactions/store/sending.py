"""The queue of prompts: how they get into it, and out of it as turns, as functions of a connection."""

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
from interactions.store.changes import Change
from interactions.store.database import insert_once
from interactions.store.fingerprint import Newest, stored_newest
from interactions.store.leases import HOLDER, LEASE, clock
from interactions.store.schema import BEYOND, conversations, queue, turns
from interactions.turns.status import CHAINABLE
from interactions.turns.values import encoded


class Waiting(NamedTuple):
    """A prompt that waits, and where."""

    owner: Owner
    conversation: str
    prompt: str


def enqueue(owner: Owner, conversation: str, prompt: Prompt) -> Change:
    values = {"id": prompt.id, "prompt": encoded(prompt)}
    return lambda connection: _insert_last(connection, queue, queue.c.position, owner, conversation, values)


def dequeue(prompt: str) -> Change:
    def change(connection: Connection) -> None:
        connection.execute(delete(queue).where(queue.c.id == prompt))

    return change


def begin(owner: Owner, stored: StoredTurn, along: Sequence[str]) -> Change:
    """Takes a prompt out of the queue and makes a turn of it, held by this process."""
    created = stored.created.timestamp()
    values = {
        "id": stored.id,
        "parent": stored.parent,
        "provider": stored.prompt.protocol,
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
        _insert_last(connection, turns, turns.c.number, owner, stored.conversation, values | lease)
        connection.execute(
            update(conversations).where(conversations.c.id == stored.conversation).values(touched=created)
        )

    return change


def begin_if_newest(
    owner: Owner, stored: StoredTurn, along: Sequence[str], newest: Newest
) -> Callable[[Connection], bool]:
    """Begins a turn if `newest`, which it was made for, is still the newest turn. The result is False, and
    nothing has changed, if there is a newer one or if the prompt no longer waits: another process was
    quicker."""
    change = begin(owner, stored, along)
    mine = (conversations.c.id == stored.conversation, conversations.c.owner == owner)
    waiting = select(queue.c.id).join(conversations).where(queue.c.id == stored.id, *mine)

    def claim(connection: Connection) -> bool:
        there = stored_newest(connection, stored.conversation) == newest
        if not there or connection.scalar(waiting) is None:
            return False
        change(connection)
        return True

    return claim


def lock_conversations(connection: Connection, ids: Iterable[str]) -> None:
    """No other process changes these conversations until the end of the transaction."""
    if connection.dialect.name == "postgresql":
        rows = select(conversations.c.id).where(conversations.c.id.in_(sorted(ids)))
        connection.execute(rows.order_by(conversations.c.id).with_for_update())
    elif not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr] # it is open
        # SQLite has one writer. It is to be this one from here on, not only from its first change on: what is
        # read in between could be out of date.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _insert_last(
    connection: Connection, table: Any, place: Any, owner: Owner, conversation: str, values: dict[str, Any]
) -> None:
    """Inserts a row behind the last one of a conversation, if that is the owner's."""
    # The next number is read and written in one statement. In PostgreSQL two processes could still read the
    # same one, so they wait for each other here.
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


def unblocked(connection: Connection) -> list[Waiting]:
    """The prompts of conversations in which no turn runs and the newest one ended well: nothing keeps
    them."""
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
