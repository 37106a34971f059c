"""Where conversations are found: in memory, or else in the database, with what others have done there."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from interactions.conversations.conversation import Conversation, Owner
from interactions.errors import NotFound, StoreError
from interactions.store import library
from interactions.store.desk import Desk, Held, stamp
from interactions.store.past import Past
from interactions.store.reader import Journals, Reader

GLANCE = 2.0  # seconds between looks at what other processes have done to a conversation


class Shelf:
    """`unsaved` names the conversations that the database does not have as they are."""

    def __init__(self, reader: Reader, past: Past, desk: Desk, unsaved: Callable[[], set[str]]) -> None:
        self._reader = reader
        self._past = past
        self._desk = desk
        self._unsaved = unsaved

    def find(self, owner: Owner, conversation: str) -> Held:
        """Raises `NotFound` and `StoreError`."""
        held = self._desk.find(owner, conversation)
        if held is None:
            return self._desk.keep(owner, self.read(owner, conversation, {}))
        if held.due(GLANCE):
            with held.lock, suppress(StoreError):
                self._refresh(owner, held)
        return held

    def read(self, owner: Owner, conversation: str, known: Journals) -> Conversation:
        """As the database has it, with these journals. Raises `NotFound` and `StoreError`."""
        self._past.trim()
        return self._reader.conversation(owner, conversation, self._past.journal, known)

    def _refresh(self, owner: Owner, held: Held) -> None:
        value = held.value
        if value.running or value.id in self._unsaved():
            return
        with self._reader.connection() as connection:
            if library.stamp(connection, owner, value.id) == stamp(value):
                return
        self.reread(owner, held)

    def reread(self, owner: Owner, held: Held) -> None:
        """What others have done is seen. All that is done here has been saved. Raises `NotFound` and
        `StoreError`."""
        known = {each.id: each.journal for each in held.value.turns.newest if each.journal.closed}
        try:
            held.value = self.read(owner, held.value.id, known)
        except NotFound:
            self._desk.drop(owner, held.value.id)
            raise
