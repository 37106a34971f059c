"""What is written, as functions of a connection. Each of them may run twice: when the answer to a commit is
lost on the way, the writer commits the same again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeAlias

import msgspec
from sqlalchemy import (
    Connection,
    Integer,
    LargeBinary,
    Text,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)

from interactions.conversations.conversation import Owner, StoredTurn
from interactions.conversations.words import index_line, storable, words_of
from interactions.store.database import insert_once, insert_or_replace
from interactions.store.leases import HOLDER
from interactions.store.schema import conversations, facts, frames, texts, turns
from interactions.stream.journal import Frame
from interactions.turns.turn import text_of

Change: TypeAlias = Callable[[Connection], None]

UNDO = 24 * 3600.0  # seconds; then what was deleted is gone for good
_COUNTED = {"preserve_rowcount": True}  # an INSERT otherwise does not tell whether it has made a row


def fact(connection: Connection, name: str, value: bytes) -> bytes:
    """The value that the database has under this name; if it had none, this one, from now on."""
    connection.execute(insert_once(connection.dialect.name, facts).values(name=name, value=value))
    found: object = connection.scalar(select(facts.c.value).where(facts.c.name == name))
    return bytes(found) if isinstance(found, bytes | memoryview) else str(found).encode()


def create(owner: Owner, conversation: str) -> Change:
    """Makes a conversation, unless its id is taken."""
    row = _conversation(owner, conversation)

    def change(connection: Connection) -> None:
        connection.execute(insert_once(connection.dialect.name, conversations), row)

    return change


def try_create(connection: Connection, owner: Owner, conversation: str) -> bool:
    """Makes a conversation; False if its id is taken, be it by a process that was quicker."""
    made = insert_once(connection.dialect.name, conversations).values(_conversation(owner, conversation))
    return bool(connection.execute(made, execution_options=_COUNTED).rowcount)


def _conversation(owner: Owner, conversation: str) -> dict[str, Any]:
    return {"id": conversation, "owner": owner, "created": time.time()}


# The turn, as long as this process holds it in the epoch that it knows: see `leases`.
_HELD = (turns.c.id == bindparam("turn"), turns.c.holder == HOLDER, turns.c.epoch == bindparam("held"))


def append(connection: Connection, turn: str, epoch: int, new: Sequence[Frame]) -> bool:
    """Writes the frames of one commit as one row: a row for each would cost as much as the stream itself.

    A second attempt may have more frames than the first but begins with the same one, so it replaces the row.
    False, and nothing is written, if another process has taken the turn up.
    """
    row = {"turn": turn, "held": epoch, "first": new[0].seq, "bytes": msgspec.msgpack.encode(new)}
    made = connection.execute(_append_held(connection.dialect.name), row, execution_options=_COUNTED)
    return bool(made.rowcount)


@cache
def _append_held(dialect: str) -> Any:
    # The row of the turn is locked, so that nobody takes it up between this look and the end of the commit.
    held = select(
        bindparam("turn", type_=Text),
        bindparam("first", type_=Integer),
        bindparam("bytes", type_=LargeBinary),
    ).where(exists(select(turns.c.id).where(*_HELD).with_for_update(read=True)))
    return insert_or_replace(dialect, frames, "packed").from_select(["turn", "seq", "packed"], held)


_FINISH = update(turns).where(*_HELD)


def finish(connection: Connection, stored: StoredTurn) -> bool:
    """Writes how a turn has ended, and the words that it is found by. False if another process has taken it
    up."""
    turn = stored.turn
    body = storable(f"{words_of(stored.prompt.input)}\n{text_of(turn)}")
    values = {
        "ended": time.time(),
        "status": storable(turn.status),
        "interaction": storable(turn.id),
        "kept": int(turn.stored),
        "frames": len(stored.journal),
        "body": body,
        "lease_until": None,
        "reported": None if turn.usage is None else msgspec.json.encode(turn.reported),
        "model": storable(turn.model),
    }
    named = {"turn": stored.id, "held": stored.epoch}
    if not connection.execute(_FINISH.values(values), named).rowcount:
        return False
    _index(connection, stored.conversation, stored.id, body)
    return True


def _index(connection: Connection, conversation: str, turn: str, text: str) -> None:
    """Replaces the indexed words of a turn or, with an empty `turn`, of the title."""
    there = (texts.c.conversation == conversation, texts.c.turn == turn)
    connection.execute(delete(texts).where(*there))
    row = {"conversation": conversation, "turn": turn, "words": index_line(text)}
    connection.execute(insert(texts), row)


def set_title(owner: Owner, conversation: str, title: str, *, renamed: bool) -> Change:
    """A title that was made of a message (not `renamed`) never replaces one that the visitor has chosen."""
    title = storable(title)
    mine = [conversations.c.id == conversation, conversations.c.owner == owner]
    if not renamed:
        mine.append(conversations.c.renamed == 0)

    def change(connection: Connection) -> None:
        values = {"title": title, "renamed": int(renamed)}
        if connection.execute(update(conversations).where(*mine).values(values)).rowcount:
            _index(connection, conversation, "", title)

    return change


def set_pinned(owner: Owner, conversation: str, pinned: bool) -> Change:
    return _set(owner, conversation, {"pinned": int(pinned)})


def set_deleted(owner: Owner, conversation: str, at: float | None) -> Change:
    """Marks a conversation as deleted at this time, or with None as not deleted; see `purge`."""
    return _set(owner, conversation, {"deleted_at": at})


def _set(owner: Owner, conversation: str, values: dict[str, Any]) -> Change:
    mine = (conversations.c.id == conversation, conversations.c.owner == owner)

    def change(connection: Connection) -> None:
        connection.execute(update(conversations).where(*mine).values(values))

    return change


def purge(connection: Connection) -> None:
    """Removes what was deleted more than a day ago, with all its frames."""
    long_ago = conversations.c.deleted_at.between(1, time.time() - UNDO)  # below that it is no time
    connection.execute(delete(conversations).where(long_ago))
