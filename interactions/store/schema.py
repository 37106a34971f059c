"""The tables, the same in SQLite and PostgreSQL. How they came about is in `migrations`.

Times are seconds since 1970, by the clock of whoever writes; a lease ends by the clock of the database.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
)

metadata = MetaData()


class Packed(LargeBinary):
    """A column of bytes that is read as it is. A damaged file may have anything in it; SQLAlchemy would raise
    for the whole query, while `rows` can say which row is damaged."""

    def result_processor(self, _dialect: Dialect, _kind: object) -> None:
        return None


def _belongs_to(column: str) -> ForeignKey:
    return ForeignKey(column, ondelete="CASCADE")


def _index_where(condition: str, name: str, *columns: Column[Any]) -> None:
    """An index of those rows only that meet the condition."""
    Index(name, *columns, sqlite_where=text(condition), postgresql_where=text(condition))


BEYOND = 2**31 - 1  # no number of a turn, and no position in the queue, is that high unless it is damaged

facts = Table("facts", metadata, Column("name", Text, primary_key=True), Column("value", Packed))

conversations = Table(
    "conversations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("title", Text, nullable=False, default=""),
    Column("renamed", SmallInteger, nullable=False, default=0),
    Column("pinned", SmallInteger, nullable=False, default=0),
    Column("created", Double, nullable=False),
    Column("touched", Double),  # when its last turn began; without one it is not listed
    Column("deleted_at", Double),
)
_index_where(
    "deleted_at IS NULL AND touched IS NOT NULL",
    "conversations_by_recency",
    conversations.c.owner,
    conversations.c.pinned,
    conversations.c.touched,
    conversations.c.id,
)
_index_where("deleted_at IS NOT NULL", "conversations_deleted", conversations.c.deleted_at)

turns = Table(
    "turns",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation", Text, _belongs_to("conversations.id"), nullable=False),
    Column("number", Integer, nullable=False),  # its place in the conversation, from 1
    Column("parent", Text),  # the turn that it follows; none for a first one
    Column("provider", Text, nullable=False, default=""),
    Column("prompt", Packed, nullable=False),
    Column("previous_interaction_id", Text),
    Column("history", Packed, nullable=False),  # the turns that were sent along, by id
    Column("created", Double, nullable=False),
    Column("ended", Double),  # null while it runs, and after its process has died
    Column("status", Text, nullable=False, default=""),
    Column("interaction", Text, nullable=False, default=""),
    Column("kept", SmallInteger, nullable=False, default=1),  # whether the server keeps the interaction
    Column("frames", Integer, nullable=False, default=0),  # of an ended turn
    Column("body", Text, nullable=False, default=""),  # what was asked and answered, to show hits in
    Column("holder", Text),  # the process that streams it
    Column("lease_until", Double),
    Column("epoch", Integer, nullable=False, default=0),  # grows with each holder
    Column("reported", Packed),  # the usage of an ended turn, of each of its requests
    Column("model", Text),  # that has answered it
)
Index("turns_in_order", turns.c.conversation, turns.c.number, unique=True)
Index("turns_by_parent", turns.c.conversation, turns.c.parent)
_index_where("ended IS NULL", "turns_unfinished", turns.c.lease_until)

queue = Table(
    "queue",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation", Text, _belongs_to("conversations.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("prompt", Packed, nullable=False),
)
Index("queue_in_order", queue.c.conversation, queue.c.position, unique=True)

# A row holds the frames of one turn in one commit, packed, from number `seq` on: a row for each frame would
# cost as much as the stream itself.
frames = Table(
    "frames",
    metadata,
    Column("turn", Text, _belongs_to("turns.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("packed", Packed, nullable=False),
)

# The folded words of a turn or, with an empty `turn`, of a title, each word once. Their index is made in
# `migrations`, because each database has its own kind.
texts = Table(
    "texts",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("conversation", Text, _belongs_to("conversations.id"), nullable=False),
    Column("turn", Text, nullable=False),
    Column("words", Text, nullable=False),
)
Index("texts_by_place", texts.c.conversation, texts.c.turn, unique=True)

presets = Table(
    "presets",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Packed, nullable=False),
)
