"""Conversations as the database has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache

import msgspec
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from interactions.conversations.conversation import Conversation, Owner, StoredTurn
from interactions.conversations.words import storable
from interactions.errors import NotFound, StoreError
from interactions.store import library
from interactions.store.database import reason
from interactions.store.rows import Head
from interactions.stream.journal import Journal
from interactions.turns.turn import Turn

Journals = Mapping[str, Journal[Turn]]


class Reader:
    """`journal` makes the journal of a stored turn, which is read when somebody needs it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Raises `StoreError`."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            raise StoreError(f"What is stored cannot be read just now. {reason(error)}") from error

    def conversation(
        self, owner: Owner, conversation: str, journal: Callable[[Head], Journal[Turn]], known: Journals
    ) -> Conversation:
        """With its newest turns; the others are loaded when they are asked for. Journals that are `known`
        stay what they are. Raises `NotFound` and `StoreError`."""

        def find(head: Head) -> Journal[Turn]:
            return known[head.id] if head.id in known else journal(head)

        with self.connection() as connection:
            found = library.conversation(connection, owner, storable(conversation), find)
        if found is None:
            raise NotFound("There is no such conversation here. It may belong to another browser.")
        return msgspec.structs.replace(found, turns=found.turns.loading(self._earlier(conversation, find)))

    def _earlier(
        self, conversation: str, journal: Callable[[Head], Journal[Turn]]
    ) -> Callable[[int], Sequence[StoredTurn]]:
        @cache
        def load(count: int) -> Sequence[StoredTurn]:
            with self.connection() as connection:
                return library.earlier(connection, conversation, count, journal)

        return load
