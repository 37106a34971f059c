"""What can be shown of a conversation while the database cannot be read: the turns that are in memory, and in
the place of each other one a turn that says so."""

from __future__ import annotations

import msgspec

from interactions.conversations.conversation import Conversation, StoredTurn, Turns
from interactions.errors import StoreError
from interactions.stream.journal import Journal, Kept, Recorder
from interactions.stream.notes import Crash
from interactions.turns.events import ErrorDetail
from interactions.turns.turn import Turn

UNREAD = "unread"  # the code of an error


class Legible:
    """For one reader, who shows several looks at the same conversation. Once something could not be read the
    database is not asked again: one that hangs would be waited for at each turn."""

    def __init__(self) -> None:
        self.reason = ""
        self._standing: dict[str, Journal[Turn]] = {}

    def look(self, conversation: Conversation, count: int) -> Conversation:
        """Reads the newest `count` turns, which `reason` is about from now on; returns what can be shown."""
        try:
            for stored in conversation.turns[-count:]:
                stored.journal.slice()
        except StoreError as error:
            self.reason = str(error)
        return self.of(conversation)

    def of(self, conversation: Conversation) -> Conversation:
        """What can be shown of it. Turns whose places are not in memory either are left out."""
        if not self.reason:
            return conversation
        turns = Turns(map(self._shown, conversation.turns.newest), linear=conversation.turns.linear)
        return msgspec.structs.replace(conversation, turns=turns)

    def _shown(self, stored: StoredTurn) -> StoredTurn:
        if stored.journal.awake:
            return stored
        known = self._standing.setdefault(stored.id, _standing_in(stored.journal, self.reason))
        return msgspec.structs.replace(stored, journal=known)


def unread(conversation: Conversation) -> bool:
    """Whether its newest turn cannot be read now."""
    shown = Legible()
    shown.look(conversation, 1)
    return bool(shown.reason)


def _standing_in(journal: Journal[Turn], reason: str) -> Journal[Turn]:
    """As long as the other one until it is read, so that what is around it keeps its place."""
    error = ErrorDetail(UNREAD, reason)
    turn = msgspec.structs.replace(journal.head, status="failed", ended=True, error=error)
    note = Recorder().note(Crash(UNREAD, reason))
    return Journal.resting_from(journal.head, len(journal), lambda: Kept([note], turn))
