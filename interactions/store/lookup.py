"""Where a conversation is found: in the cache, else in the database; and how the cache learns what other
processes have done to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache as remembered

import msgspec
from sqlalchemy import Engine

from interactions.conversations.conversation import Conversation, Owner, StoredTurn
from interactions.conversations.words import storable
from interactions.errors import NotFound, StoreError
from interactions.store import queries
from interactions.store.cache import Cache, Cached
from interactions.store.database import reading
from interactions.store.fingerprint import fingerprint, stored_fingerprint
from interactions.store.journals import Journals
from interactions.store.rows import Head, MakeJournal
from interactions.stream.journal import Journal
from interactions.turns.turn import Turn

REFRESH = 2.0  # seconds for which a cached conversation is taken for what the database has


class Lookup:
    """`unsaved` says which conversations the database does not have in their present state."""

    def __init__(
        self, engine: Engine, journals: Journals, cache: Cache, unsaved: Callable[[], set[str]]
    ) -> None:
        self._engine = engine
        self._journals = journals
        self._cache = cache
        self._unsaved = unsaved

    def find(self, owner: Owner, conversation: str) -> Cached:
        """Raises `NotFound`, also for another owner's, and `StoreError`."""
        cached = self._cache.find(owner, conversation)
        if cached is None:
            return self._cache.add(owner, self.read(owner, conversation))
        if cached.start_refresh(REFRESH):
            # While the database does not work, what is in memory is what there is.
            with cached.lock, suppress(StoreError):
                self._refresh(owner, cached)
        return cached

    def exists(self, conversation: str) -> bool:
        """Whether the database has a conversation with this id, of any owner. Raises `StoreError`."""
        with reading(self._engine) as connection:
            return queries.exists(connection, conversation)

    def read(
        self, owner: Owner, conversation: str, known: Mapping[str, Journal[Turn]] | None = None
    ) -> Conversation:
        """The conversation as the database has it: its newest turns, and a way to load the others. Turns keep
        those of their journals that are `known`, because pages hold on to them. Raises `NotFound` and
        `StoreError`."""
        self._journals.trim()
        known = known or {}

        def journal(head: Head) -> Journal[Turn]:
            return known[head.id] if head.id in known else self._journals.open(head)

        with reading(self._engine) as connection:
            found = queries.conversation(connection, owner, storable(conversation), journal)
        if found is None:
            raise NotFound(
                "There is no such conversation here. It may belong to another browser.",
                conversation=conversation,
            )
        earlier = self._earlier(conversation, journal)
        return msgspec.structs.replace(found, turns=found.turns.loading(earlier))

    def reread(self, owner: Owner, cached: Cached) -> None:
        """Brings in what other processes have done. To be called with the lock, when all that was done here
        has been saved. Raises `NotFound` and `StoreError`."""
        known = {each.id: each.journal for each in cached.value.turns.newest if each.journal.closed}
        try:
            cached.value = self.read(owner, cached.value.id, known)
        except NotFound:
            self._cache.drop(owner, cached.value.id)
            raise

    def _refresh(self, owner: Owner, cached: Cached) -> None:
        value = cached.value
        # What is only in memory is newer than the database, and would be lost from view.
        if value.running or value.id in self._unsaved():
            return
        with reading(self._engine) as connection:
            if stored_fingerprint(connection, owner, value.id) == fingerprint(value):
                return
        self.reread(owner, cached)

    def _earlier(self, conversation: str, journal: MakeJournal) -> Callable[[int], Sequence[StoredTurn]]:
        @remembered
        def load(count: int) -> Sequence[StoredTurn]:
            with reading(self._engine) as connection:
                return queries.earlier(connection, conversation, count, journal)

        return load
