"""The context of a turn: the interaction that it names at the server, and the earlier turns that are sent
along."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from interactions.conversations.conversation import Conversation, StoredTurn
from interactions.conversations.history import left_behind, remembered, transplanted
from interactions.store.rows import unreadable
from interactions.turns.turn import Turn

UNREADABLE_TURN = "a turn that cannot be read"  # as one of the things that are left out


class Context(NamedTuple):
    """The newest interaction that the account can name, begun at `made`, and the turns `along` that are sent
    as history because that interaction does not hold them."""

    previous_interaction_id: str | None
    along: tuple[StoredTurn, ...]
    account: str
    made: datetime | None = None

    @property
    def history(self) -> tuple[Turn, ...]:
        """The turns to send along, as this account may send them. Loads what is not in memory, and raises
        `StoreError` if that cannot be done: a request with half of its history would be answered wrongly."""
        turns = ((stored.turn, stored.prompt.account) for stored in self.along)
        return tuple(
            turn if account == self.account else transplanted(turn)
            for turn, account in turns
            if not unreadable(turn)
        )

    def left_out(self, provider: str) -> tuple[str, ...]:
        """What this account, at this provider, does not get of the turns that are sent along."""
        foreign = (each for each in self.along if each.prompt.account != self.account)
        parts = (left_behind(each.turn, vendor=each.prompt.protocol != provider) for each in foreign)
        gone = {UNREADABLE_TURN} if any(unreadable(each.turn) for each in self.along) else set()
        return tuple(sorted(gone.union(*parts)))


def context_of(conversation: Conversation, account: str, store: bool, leaf: str | None = "") -> Context:
    """The context of a turn of this account behind the turn `leaf`; "" is the newest turn, None the
    beginning. A turn that its server does not `store` names no interaction, and sends everything along."""
    along: list[StoredTurn] = []
    for stored in reversed(conversation.line(conversation.leaf() if leaf == "" else leaf)):
        head = stored.head
        if store and head.chainable and stored.prompt.account == account:
            return Context(head.id, tuple(reversed(along)), account, stored.created)
        if remembered(head) or unreadable(head):
            along.append(stored)
    return Context(None, tuple(reversed(along)), account)
