"""The library: the conversations of an owner as a list, and found by their words or by an interaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Engine, func, select, tuple_

from interactions.conversations.conversation import Entry, Owner
from interactions.conversations.words import Phrase, found_in, hit, phrases, storable
from interactions.store import rows
from interactions.store.cache import Cache
from interactions.store.database import matching, reading
from interactions.store.schema import conversations, texts, turns

PAGE = 50  # entries

_LISTED = (conversations.c.id, conversations.c.title, conversations.c.pinned, conversations.c.touched)
_ORDER = (conversations.c.pinned, conversations.c.touched, conversations.c.id)


class Catalogue:
    """Lists what is in the database together with what the cache has and the database not yet."""

    def __init__(self, engine: Engine, cache: Cache) -> None:
        self._engine = engine
        self._cache = cache

    def conversations(self, owner: Owner, limit: int = PAGE, after: Entry | None = None) -> Sequence[Entry]:
        """A page of the library: pinned ones first, then by their last turn, newest first. Raises
        `StoreError`; `at_hand` is what can be shown then."""
        mine = self._cache.unsaved_entries(owner)
        with reading(self._engine) as connection:
            # As many more as could fall out: an unsaved conversation is listed as the cache has it.
            stored = _entries(connection, owner, limit + len(mine), after)
        found = [entry for entry in stored if entry.id not in mine]
        found += [entry for entry in mine.values() if entry is not None and _follows(entry, after)]
        return sorted(found, key=_place, reverse=True)[:limit]

    def at_hand(self, owner: Owner) -> Sequence[Entry]:
        """The conversations that are in memory, in the order of the library. Reads no database."""
        return sorted(self._cache.entries(owner), key=_place, reverse=True)[:PAGE]

    def search(self, owner: Owner, query: str) -> Sequence[Entry]:
        """Conversations with all words of the query in a title or a turn. Raises `StoreError`."""
        wanted = phrases(query)
        if not wanted:
            return []
        with reading(self._engine) as connection:
            return _search(connection, owner, wanted)

    def names(self, owner: Owner, interaction: str, account: str) -> bool:
        """Whether a turn of this owner is this interaction, and this account has it at its server. Deleted
        conversations do not count. Raises `StoreError`."""
        if not interaction or storable(interaction) != interaction:
            return False
        mine = self._cache.unsaved(owner)
        turns = (turn for each in mine if not each.deleted for turn in each.turns.newest)
        if any((turn.head.id, turn.prompt.account) == (interaction, account) for turn in turns):
            return True
        deleted = {each.id: each.deleted for each in mine}
        with reading(self._engine) as connection:
            found = _naming(connection, owner, interaction)
        return any(whose == account and not deleted.get(id, gone) for id, whose, gone in found)


def _place(entry: Entry) -> tuple[bool, float, str]:
    """What entries are sorted by, the greatest first; as `_ORDER` does in the database."""
    return entry.pinned, entry.touched, entry.id


def _follows(entry: Entry, after: Entry | None) -> bool:
    return after is None or _place(entry) < _place(after)


def _mine(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    listed = (conversations.c.deleted_at.is_(None), conversations.c.touched.is_not(None))
    return (conversations.c.owner == owner, *listed)


def _entries(connection: Connection, owner: Owner, limit: int, after: Entry | None) -> list[Entry]:
    """Pinned ones first, then by recency; those that follow `after`."""
    query = select(*_LISTED).where(*_mine(owner)).order_by(*(column.desc() for column in _ORDER)).limit(limit)
    if after is not None:
        query = query.where(tuple_(*_ORDER) < tuple_(int(after.pinned), after.touched, after.id))
    return [
        Entry(str(id), rows.text_or_empty(title), bool(pinned), rows.number_or_zero(touched))
        for id, title, pinned, touched in connection.execute(query)
    ]


def _search(connection: Connection, owner: Owner, wanted: Sequence[Phrase]) -> list[Entry]:
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
        if len(found) == PAGE:
            break
        if id not in found:
            body = select(turns.c.body).where(turns.c.id == turn)
            named = rows.text_or_empty(title)
            text = rows.text_or_empty(connection.scalar(body)) if turn else named
            # The index knows words, not their order: whether they stand side by side is looked at here.
            if found_in(text, wanted):
                touched, turn = rows.number_or_zero(touched), rows.text_or_empty(turn)
                found[id] = Entry(str(id), named, bool(pinned), touched, hit=hit(text, wanted), turn=turn)
    return list(found.values())


def _naming(connection: Connection, owner: Owner, interaction: str) -> list[tuple[str, str, bool]]:
    """The owner's turns that are this interaction: of each its conversation, the account that has the
    interaction, and whether the conversation was deleted."""
    query = (
        select(turns.c.conversation, turns.c.prompt, conversations.c.deleted_at)
        .join(conversations, conversations.c.id == turns.c.conversation)
        .where(conversations.c.owner == owner, turns.c.interaction == interaction)
    )
    found = connection.execute(query)
    return [(id, rows.account(prompt), at is not None) for id, prompt, at in found]
