"""What can be shown of a conversation while the database cannot be read: the turns that are in memory and, in
the place of each other one, a turn that says so."""

from __future__ import annotations

import msgspec

from interactions.conversations.conversation import Conversation, StoredTurn, Turns
from interactions.errors import StoreError
from interactions.store.rows import failure_note
from interactions.stream.journal import Journal, Loaded
from interactions.turns.events import ErrorDetail
from interactions.turns.turn import Turn

UNREAD = "unread"  # the code of an error


class OfflineView:
    """What one reader is shown of one conversation, however often it looks.

    Once something could not be read the database is not asked again: one that hangs would be waited for at
    each turn. `reason` says why; "" as long as all could be read.
    """

    def __init__(self) -> None:
        self.reason = ""
        self._placeholders: dict[str, Journal[Turn]] = {}

    def load(self, conversation: Conversation, count: int) -> Conversation:
        """Reads the newest `count` turns, which may set `reason`; returns what can be shown."""
        try:
            for stored in conversation.turns[-count:]:
                stored.journal.slice()
        except StoreError as error:
            self.reason = str(error)
        return self.of(conversation)

    def of(self, conversation: Conversation) -> Conversation:
        """What can be shown of it. Turns are left out if not even their heads are in memory."""
        if not self.reason:
            return conversation
        turns = Turns(map(self._shown, conversation.turns.newest), linear=conversation.turns.linear)
        return msgspec.structs.replace(conversation, turns=turns)

    def _shown(self, stored: StoredTurn) -> StoredTurn:
        if stored.journal.loaded:
            return stored
        # One and the same placeholder at each look, as a page remembers what it has drawn by its journal.
        known = self._placeholders.setdefault(stored.id, _placeholder(stored.journal, self.reason))
        return msgspec.structs.replace(stored, journal=known)


def unread(conversation: Conversation) -> bool:
    """Whether its newest turn cannot be read now."""
    view = OfflineView()
    view.load(conversation, 1)
    return bool(view.reason)


def _placeholder(journal: Journal[Turn], reason: str) -> Journal[Turn]:
    """A journal as long as the other one until it is read, so that all around it keeps its place."""
    error = ErrorDetail(UNREAD, reason)
    turn = msgspec.structs.replace(journal.head, status="failed", ended=True, error=error)
    note = failure_note(UNREAD, reason)
    return Journal.unloaded(journal.head, len(journal), lambda: Loaded([note], turn))
