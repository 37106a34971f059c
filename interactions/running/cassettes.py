"""Conversations as cassettes: out as a file, and in again from one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

from interactions.cassettes import dump, load
from interactions.conversations.conversation import Conversation, Owner, new_id
from interactions.running.imports import Progress
from interactions.store import portable
from interactions.store.portable import Step
from interactions.store.rows import Refold
from interactions.store.store import Store

Keep: TypeAlias = Callable[[Owner, Conversation, Step], None]


class Cassettes:
    """`keep` stores a conversation whose turns are over, all of it or nothing. `protocols` are those whose
    frames `refold` can read."""

    def __init__(self, store: Store, keep: Keep, protocols: Collection[str], refold: Refold) -> None:
        self._store = store
        self._keep = keep
        self._protocols = protocols
        self._refold = refold

    def export(self, owner: Owner, conversation: str, turn: str = "") -> bytes:
        """A cassette of the turns that are over, or of one. Raises `NotFound` and `StoreError`."""
        found = self._store.conversation(owner, conversation)
        return dump(portable.cassette_of(found, turn))

    def import_(
        self, owner: Owner, data: bytes, progress: Progress | None = None, *, conversation: str = ""
    ) -> str:
        """Stores what is in a cassette as a new conversation, with the id `conversation` if one is given, and
        returns the id. Each turn is two parts of the work: it is read, and it is stored. Raises
        `CassetteError` and `StoreError`, and then nothing is stored."""
        progress, conversation = progress or Progress(), conversation or new_id()
        cassette = load(data)
        progress.begin(2 * len(cassette.turns))
        made = portable.conversation_of(cassette, self._protocols, self._refold, conversation, progress.step)
        self._keep(owner, made, progress.step)
        return conversation
