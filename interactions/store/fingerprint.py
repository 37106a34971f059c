"""The few facts that tell whether a conversation in memory is still what the database has, read from either.

Both sides stand here, because they are worth nothing unless they name the same facts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from interactions.conversations.conversation import Conversation, Owner
from interactions.store import queries, rows
from interactions.store.schema import conversations, queue, turns


class Newest(NamedTuple):
    """How many turns a conversation has, and the id of the one that began last."""

    turns: int
    last: str


class Fingerprint(NamedTuple):
    """A conversation without its content. `epoch` and `over` are those of its newest turn; `queue` has the
    ids of the waiting prompts."""

    title: str
    pinned: bool
    deleted: bool
    newest: Newest
    epoch: int
    over: bool
    queue: frozenset[str]


def newest(conversation: Conversation) -> Newest:
    """As it is in memory."""
    turns = conversation.turns
    return Newest(len(turns), turns[-1].id if turns else "")


def stored_newest(connection: Connection, conversation: str) -> Newest:
    """As the database has it."""
    return _newest(connection, conversation, _last(connection, conversation))


def fingerprint(conversation: Conversation) -> Fingerprint:
    """As it is in memory."""
    turns, waiting = conversation.turns, (prompt.id for prompt in conversation.queue)
    return Fingerprint(
        conversation.title,
        conversation.pinned,
        conversation.deleted,
        newest(conversation),
        turns[-1].epoch if turns else 0,
        not conversation.running,
        frozenset((*waiting, *conversation.unreadable)),
    )


def stored_fingerprint(connection: Connection, owner: Owner, conversation: str) -> Fingerprint | None:
    """As the database has it; None if this owner has no such conversation there."""
    row = connection.execute(
        select(conversations).where(conversations.c.id == conversation, conversations.c.owner == owner)
    ).one_or_none()
    if row is None:
        return None
    last = _last(connection, conversation)
    return Fingerprint(
        rows.text_or_empty(row.title),
        bool(row.pinned),
        row.deleted_at is not None,
        _newest(connection, conversation, last),
        int(rows.number_or_zero(last.epoch)) if last else 0,
        last is None or last.ended is not None,
        frozenset(
            map(str, connection.scalars(select(queue.c.id).where(queue.c.conversation == conversation)))
        ),
    )


def _last(connection: Connection, conversation: str) -> Any:
    """The row of the newest turn, or None."""
    columns = select(turns.c.id, turns.c.epoch, turns.c.ended)
    placed = columns.where(*queries.placed(conversation)).order_by(turns.c.number.desc())
    return connection.execute(placed.limit(1)).one_or_none()


def _newest(connection: Connection, conversation: str, last: Any) -> Newest:
    return Newest(queries.shape(connection, conversation).turns, str(last.id) if last else "")
