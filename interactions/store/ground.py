"""What a turn builds on."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from interactions.conversations.conversation import Conversation, StoredTurn
from interactions.conversations.history import left_behind, remembered, transplanted
from interactions.store.rows import unreadable
from interactions.turns.turn import Turn

UNREADABLE = "a turn that cannot be read"


class Ground(NamedTuple):
    """An interaction that the server has, and the turns that are sent along because no interaction that its
    account can name holds them. `made` is when that interaction was begun."""

    previous_interaction_id: str | None
    along: tuple[StoredTurn, ...]
    account: str
    made: datetime | None = None

    @property
    def history(self) -> tuple[Turn, ...]:
        """The turns to send along, as this account may send them. Loads what is not in memory, and raises
        `StoreError` if that cannot be done: half a history is none."""
        turns = ((stored.turn, stored.prompt.account) for stored in self.along)
        return tuple(
            turn if account == self.account else transplanted(turn)
            for turn, account in turns
            if not unreadable(turn)
        )

    def left_out(self, provider: str) -> tuple[str, ...]:
        """What this account, with this provider, does not get of the turns that are sent along."""
        foreign = (each for each in self.along if each.prompt.account != self.account)
        parts = (left_behind(each.turn, vendor=each.prompt.provider != provider) for each in foreign)
        gone = {UNREADABLE} if any(unreadable(each.turn) for each in self.along) else set()
        return tuple(sorted(gone.union(*parts)))


def ground(conversation: Conversation, account: str, store: bool, leaf: str | None = "") -> Ground:
    """What a turn of this account would build on behind `leaf`, or behind the newest turn; one that is not
    stored names no other."""
    along: list[StoredTurn] = []
    for stored in reversed(conversation.line(conversation.leaf() if leaf == "" else leaf)):
        head = stored.head
        if store and head.chainable and stored.prompt.account == account:
            return Ground(head.id, tuple(reversed(along)), account, stored.created)
        if remembered(head) or unreadable(head):
            along.append(stored)
    return Ground(None, tuple(reversed(along)), account)
