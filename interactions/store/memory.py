"""The store of one process, in its memory. Every call names the owner first: what belongs to another owner
does not exist here."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, TypeAlias

import msgspec

from interactions.errors import NotFound
from interactions.history import remembered, transplanted
from interactions.journal import Journal
from interactions.request import Input, Options
from interactions.status import CHAINABLE
from interactions.turn import Turn

Owner: TypeAlias = str


class Prompt(msgspec.Struct, frozen=True):
    """What a visitor has sent and how: a turn to be.

    `account` tells apart who keeps the interaction: one account cannot name those of another. It is no key.
    """

    id: str
    input: Input
    options: Options
    account: str = ""


class Ground(NamedTuple):
    """What a turn builds on: an interaction that the server has, and the turns that are sent along because
    no interaction that its account can name holds them."""

    previous_interaction_id: str | None
    history: tuple[Turn, ...]


class StoredTurn(msgspec.Struct, frozen=True):
    """A turn's place in its conversation, and its journal."""

    id: str
    conversation: str
    prompt: Prompt
    previous_interaction_id: str | None
    created: datetime
    journal: Journal[Turn]
    history: tuple[Turn, ...] = ()

    @property
    def turn(self) -> Turn:
        return self.journal.turn


class Conversation(msgspec.Struct, frozen=True):
    """A conversation as it is now; `queue` holds what waits for the running turn."""

    id: str
    turns: tuple[StoredTurn, ...] = ()
    queue: tuple[Prompt, ...] = ()

    @property
    def running(self) -> bool:
        return bool(self.turns) and not self.turns[-1].journal.closed

    @property
    def previous_interaction_id(self) -> str | None:
        """The newest interaction that a next turn can build upon."""
        chain = (stored.turn.id for stored in reversed(self.turns) if stored.turn.chainable)
        return next(chain, None)

    def ground(self, account: str, store: bool) -> Ground:
        """What a turn of this account would build on now; one that is not stored names no other."""
        earlier = [stored for stored in self.turns if remembered(stored.turn)]
        nameable = (
            place
            for place, stored in enumerate(earlier, 1)
            if store and stored.turn.chainable and stored.prompt.account == account
        )
        since = max(nameable, default=0)
        history = (
            stored.turn if stored.prompt.account == account else transplanted(stored.turn)
            for stored in earlier[since:]
        )
        return Ground(earlier[since - 1].turn.id if since else None, tuple(history))


def new_id() -> str:
    return uuid.uuid4().hex


class MemoryStore:
    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._owned: dict[Owner, dict[str, Conversation]] = {}

    def conversation(self, owner: Owner, conversation: str) -> Conversation:
        """Raises `NotFound`, also for another owner's."""
        with self._lock:
            found = self._owned.get(owner, {}).get(conversation)
        if found is None:
            raise NotFound("There is no such conversation here. It may belong to another browser.")
        return found

    def conversations(self, owner: Owner) -> Sequence[Conversation]:
        """Newest first, by their last turn."""
        with self._lock:
            mine = [c for c in self._owned.get(owner, {}).values() if c.turns]
        return sorted(mine, key=lambda conversation: conversation.turns[-1].created, reverse=True)

    def create(self, owner: Owner, conversation: str) -> Conversation:
        """The conversation, made now if it does not exist."""
        with self._lock:
            mine = self._owned.setdefault(owner, {})
            return mine.setdefault(conversation, Conversation(conversation))

    def enqueue(self, owner: Owner, conversation: str, prompt: Prompt) -> None:
        self._change(owner, conversation, lambda c: {"queue": (*c.queue, prompt)})

    def remove(self, owner: Owner, conversation: str, prompt: str) -> bool:
        """Takes a waiting prompt out of the queue. False for one that has left it meanwhile: it is a turn,
        and stays."""
        with self._lock:
            before = self.conversation(owner, conversation).queue
            after = tuple(waiting for waiting in before if waiting.id != prompt)
            self._change(owner, conversation, lambda _: {"queue": after})
            return len(after) < len(before)

    def next_turn(self, owner: Owner, conversation: str) -> StoredTurn | None:
        """Makes a turn of the first prompt that waits, unless one runs. What it builds on is read in the
        same transaction, so two tabs cannot fork a conversation by accident."""
        with self._lock:
            found = self.conversation(owner, conversation)
            if found.running or not found.queue:
                return None
            prompt, *rest = found.queue
            ground = found.ground(prompt.account, prompt.options.store)
            stored = StoredTurn(
                id=prompt.id,
                conversation=conversation,
                prompt=prompt,
                previous_interaction_id=ground.previous_interaction_id,
                created=datetime.now(UTC),
                journal=Journal(Turn()),
                history=ground.history,
            )
            self._change(owner, conversation, lambda c: {"turns": (*c.turns, stored), "queue": tuple(rest)})
            return stored

    def finish(self, owner: Owner, stored: StoredTurn) -> StoredTurn | None:
        """Closes the journal, and makes the next turn if this one ended well. A page that sees the one
        sees the other; a queue behind a turn that failed waits."""
        with self._lock:
            stored.journal.close()
            ended_well = stored.turn.status in CHAINABLE
            return self.next_turn(owner, stored.conversation) if ended_well else None

    def _change(
        self, owner: Owner, conversation: str, change: Callable[[Conversation], dict[str, object]]
    ) -> None:
        with self._lock:
            found = self.conversation(owner, conversation)
            self._owned[owner][conversation] = msgspec.structs.replace(found, **change(found))
