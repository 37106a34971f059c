"""What is written, as functions of a connection. Each may be repeated: a commit whose answer was lost on the
way is made again."""

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
    extract,
    func,
    insert,
    literal,
    select,
    update,
)

from interactions.conversations.conversation import Owner, StoredTurn
from interactions.conversations.words import index_line, storable, words_of
from interactions.store.database import insert_once, insert_or_replace
from interactions.store.process import HOLDER
from interactions.store.schema import conversations, facts, frames, texts, turns
from interactions.stream.journal import Frame
from interactions.turns.turn import text_of

Change: TypeAlias = Callable[[Connection], None]

LEASE = 15.0  # seconds
UNDO = 24 * 3600.0  # seconds; then what was deleted is gone for good


def fact(connection: Connection, name: str, value: bytes) -> bytes:
    """The value that the database has, which is this one if it had none."""
    connection.execute(insert_once(connection.dialect.name, facts).values(name=name, value=value))
    found: object = connection.scalar(select(facts.c.value).where(facts.c.name == name))
    return bytes(found) if isinstance(found, bytes | memoryview) else str(found).encode()


def create(owner: Owner, conversation: str) -> Change:
    row = {"id": conversation, "owner": owner, "created": time.time()}
    return lambda connection: _once(connection, conversations, row)


def claim(connection: Connection, owner: Owner, conversation: str) -> bool:
    """Makes the conversation; False if the id is taken, also by a process that was quicker."""
    row = {"id": conversation, "owner": owner, "created": time.time()}
    made = insert_once(connection.dialect.name, conversations).values(row)
    return bool(connection.execute(made, execution_options={"preserve_rowcount": True}).rowcount)


def _once(connection: Connection, table: Any, rows: dict[str, Any] | Sequence[dict[str, Any]]) -> None:
    connection.execute(insert_once(connection.dialect.name, table), rows)


def clock(connection: Connection) -> Any:
    """The database's own, by which leases end: several machines need not agree on the time."""
    if connection.dialect.name == "postgresql":
        return extract("epoch", func.clock_timestamp())
    return literal(time.time())


_MINE = (turns.c.id == bindparam("turn"), turns.c.holder == HOLDER, turns.c.epoch == bindparam("held"))


def append(connection: Connection, turn: str, epoch: int, new: Sequence[Frame]) -> bool:
    """One row. A second attempt may have more frames than the first, but begins with the same. False, and
    nothing is written, if another process has taken the turn up meanwhile: then it writes what follows."""
    row = {"turn": turn, "held": epoch, "first": new[0].seq, "bytes": msgspec.msgpack.encode(new)}
    counted = {"preserve_rowcount": True}
    made = connection.execute(_append_held(connection.dialect.name), row, execution_options=counted)
    return bool(made.rowcount)


@cache
def _append_held(dialect: str) -> Any:
    # The row of the turn is locked, so that nobody takes it up between this look and the end of the commit.
    held = select(
        bindparam("turn", type_=Text),
        bindparam("first", type_=Integer),
        bindparam("bytes", type_=LargeBinary),
    ).where(exists(select(turns.c.id).where(*_MINE).with_for_update(read=True)))
    return insert_or_replace(dialect, frames, "packed").from_select(["turn", "seq", "packed"], held)


def renew(connection: Connection, running: Sequence[str]) -> None:
    """Says that these turns still have their process."""
    mine = (turns.c.id.in_(running), turns.c.holder == HOLDER)
    connection.execute(update(turns).where(*mine).values(lease_until=clock(connection) + LEASE))


def release(connection: Connection) -> None:
    """This process ends: whoever comes may take up what it leaves."""
    mine = (turns.c.ended.is_(None), turns.c.holder == HOLDER)
    connection.execute(update(turns).where(*mine).values(lease_until=0.0))


def take(connection: Connection, turn: str, epoch: int) -> bool:
    """Makes this process the holder, if nobody else has been quicker."""
    free = (turns.c.id == turn, turns.c.epoch == epoch)
    lease = clock(connection) + LEASE
    values = {"epoch": turns.c.epoch + 1, "holder": HOLDER, "lease_until": lease, "ended": None}
    return bool(connection.execute(update(turns).where(*free).values(values)).rowcount)


def give_up(connection: Connection, turn: str) -> None:
    """A turn of this process that it cannot read: nobody waits for it any more."""
    mine = (turns.c.id == turn, turns.c.holder == HOLDER)
    values = {"ended": time.time(), "status": "interrupted", "lease_until": None}
    connection.execute(update(turns).where(*mine).values(values))


_FINISH = update(turns).where(*_MINE)


def finish(connection: Connection, stored: StoredTurn) -> bool:
    """The turn has ended, and is found by its words. False if another process has taken it up."""
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
    }
    named = {"turn": stored.id, "held": stored.epoch}
    if not connection.execute(_FINISH.values(values), named).rowcount:
        return False
    index(connection, stored.conversation, stored.id, body)
    return True


def index(connection: Connection, conversation: str, turn: str, text: str) -> None:
    """The words of a turn or, with an empty `turn`, of the title, in the place of those that were there."""
    there = (texts.c.conversation == conversation, texts.c.turn == turn)
    connection.execute(delete(texts).where(*there))
    row = {"conversation": conversation, "turn": turn, "words": index_line(text)}
    connection.execute(insert(texts), row)


def entitle(owner: Owner, conversation: str, title: str, *, renamed: bool) -> Change:
    """A title of the visitor's own stays; one that was made of a message gives way."""
    title = storable(title)
    mine = [conversations.c.id == conversation, conversations.c.owner == owner]
    if not renamed:
        mine.append(conversations.c.renamed == 0)

    def change(connection: Connection) -> None:
        values = {"title": title, "renamed": int(renamed)}
        if not connection.execute(update(conversations).where(*mine).values(values)).rowcount:
            return
        index(connection, conversation, "", title)

    return change


def pin(owner: Owner, conversation: str, pinned: bool) -> Change:
    return _set(owner, conversation, {"pinned": int(pinned)})


def hide(owner: Owner, conversation: str, at: float | None) -> Change:
    """Deleted, but for a day it can be brought back; `None` does that."""
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
