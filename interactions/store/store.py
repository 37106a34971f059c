"""The store: conversations in the memory of the process, and behind it a database.

Every call names the owner first: what belongs to another owner does not exist here. What happens, happens in
memory, at once and in order; one thread takes it to the database. So a database that does not work stops
nobody who talks."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine

from interactions.conversations.conversation import (
    Conversation,
    Owner,
    Prompt,
    Turns,
    new_id,
)
from interactions.conversations.words import storable
from interactions.errors import NotFound, StoreError
from interactions.store import changes, sending
from interactions.store.backlog import Behind
from interactions.store.cache import Cache
from interactions.store.catalogue import Catalogue
from interactions.store.changes import Change
from interactions.store.copies import copy
from interactions.store.database import reading
from interactions.store.health import HealthCheck
from interactions.store.journals import Journals
from interactions.store.live import LiveTurns
from interactions.store.lookup import Lookup
from interactions.store.migrations import migrate
from interactions.store.presets import Presets
from interactions.store.rows import Refold
from interactions.store.writer import Writer


class Store:
    """The conversations of this process, and the parts that do the rest:

    turns       what runs: begun, taken up, finished
    library     conversations listed and searched
    presets     settings under a name
    """

    def __init__(
        self,
        engine: Engine,
        refold: Refold,
        lost: Callable[[str], None] = lambda _turn: None,
    ) -> None:
        """`refold` makes a turn of its frames; `lost` is called with the id of each turn that another process
        has taken from this one."""
        self._engine = engine
        self._writer = writer = Writer(engine, _prepare)
        self._cache = cache = Cache(writer.unsaved)
        self._journals = journals = Journals(engine, refold)
        self._lookup = lookup = Lookup(engine, journals, cache, writer.unsaved)
        self.turns = LiveTurns(engine, lookup, cache, journals, writer, lost)
        self.catalogue = Catalogue(engine, cache)
        self.presets = Presets(engine)
        self._health = HealthCheck(engine)
        writer.start()

    def conversation(self, owner: Owner, conversation: str) -> Conversation:
        """Raises `NotFound`, also for another owner's, and `StoreError`."""
        cached = self._lookup.find(owner, conversation)
        with cached.lock:  # a turn that ends and the one that follows it are seen as one step
            found = cached.value
        if found.deleted:
            raise NotFound("This conversation was deleted.", conversation=conversation)
        return found

    def taken(self, owner: Owner, conversation: str) -> bool:
        """Whether a conversation has this id: of this owner, even a deleted one, or of another. Raises
        `StoreError`."""
        try:
            self._lookup.find(owner, conversation)
        except NotFound:
            return self._lookup.exists(conversation)
        return True

    def create(self, owner: Owner, conversation: str, *, new: bool = False) -> Conversation:
        """The conversation, made now if it does not exist. A `new` one, whose id was made just now, is looked
        for in memory alone, and so needs no database that works. Raises `NotFound` if it is another owner's
        or was deleted, and `StoreError` if it cannot be known whether it exists."""
        if self._cache.find(owner, conversation) is None and (new or self._unknown(owner, conversation)):
            made = self._cache.add(owner, Conversation(conversation, Turns()))
            made.new = new
            self._writer.submit(conversation, changes.create(owner, conversation))
        return self.conversation(owner, conversation)

    def _unknown(self, owner: Owner, conversation: str) -> bool:
        """Whether nobody has it. Raises `NotFound` for another owner's, and `StoreError`."""
        try:
            self._lookup.find(owner, conversation)
        except NotFound:
            if self._lookup.exists(conversation):
                raise
            return True
        return False

    def rename(self, owner: Owner, conversation: str, title: str) -> None:
        """The title stays until the next renaming; an empty one changes nothing."""
        title = " ".join(storable(title).split())
        if title:
            change = changes.set_title(owner, conversation, title, renamed=True)
            self._change(owner, conversation, change, title=title)

    def pin(self, owner: Owner, conversation: str, pinned: bool = True) -> None:
        self._change(owner, conversation, changes.set_pinned(owner, conversation, pinned), pinned=pinned)

    def delete(self, owner: Owner, conversation: str) -> None:
        """For a day, `restore` brings it back."""
        self._change(owner, conversation, changes.set_deleted(owner, conversation, time.time()), deleted=True)

    def restore(self, owner: Owner, conversation: str) -> None:
        self._change(owner, conversation, changes.set_deleted(owner, conversation, None), deleted=False)

    def fork(self, owner: Owner, conversation: str, turn: str) -> str:
        """Makes a new conversation with copies of this turn and of all that led to it; returns its id. Raises
        `NotFound` and `StoreError`."""
        self._writer.save()
        found = self.conversation(owner, conversation)
        made, title = new_id(), f"{found.title} (fork)"
        line = [stored.id for stored in found.line(turn) if stored.journal.closed]
        if turn not in line:
            raise NotFound(
                "There is no such turn that could be gone on from.", conversation=conversation, turn=turn
            )
        self._writer.submit(
            made,
            changes.create(owner, made),
            copy(line, made, [new_id() for _ in line]),
            changes.set_title(owner, made, title, renamed=True),
        )
        self._writer.save()
        return made

    def enqueue(self, owner: Owner, conversation: str, prompt: Prompt) -> None:
        """Puts a prompt behind those that wait; see `begin_next` of the turns."""
        cached = self._lookup.find(owner, conversation)
        with cached.lock:
            change = sending.enqueue(owner, conversation, prompt)
            cached.change(queue=(*cached.value.queue, prompt))
            self._writer.submit(conversation, change)

    def remove(self, owner: Owner, conversation: str, prompt: str) -> bool:
        """Takes a waiting prompt out of the queue. False if it does not wait any more: then it is a turn, and
        stays."""
        cached = self._lookup.find(owner, conversation)
        with cached.lock:
            before = cached.value.queue
            cached.change(queue=tuple(waiting for waiting in before if waiting.id != prompt))
            if found := len(cached.value.queue) < len(before):
                self._writer.submit(conversation, sending.dequeue(prompt))
            return found

    def fact(self, name: str, value: bytes) -> bytes:
        """A value that stays the same for all processes and for good: the first that was given for this name.
        While the database does not work, the one that is given now."""
        try:
            with reading(self._engine) as connection, connection.begin():
                return changes.fact(connection, name, value)
        except StoreError:
            return value

    @property
    def behind(self) -> Behind | None:
        """What is not saved yet, and why; None when all is well."""
        return self._writer.behind

    def trouble(self) -> str | None:
        """Why the database cannot be used, as a sentence, within two seconds; None if it can."""
        return self._health.trouble() or self._writer.failing or None

    def rest(self, idle: float) -> None:
        """Gives back the memory of turns that were not read for `idle` seconds; who needs them reads them."""
        self._journals.trim(idle)

    def save(self) -> None:
        """Returns when all that is here now is in the database. Raises `StoreError`."""
        self._writer.save()

    def close(self, patience: float = 5.0) -> Behind | None:
        """Saves what there is, for `patience` seconds at most; returns what could not be saved."""
        self._journals.close()
        return self._writer.close(patience)

    def _change(self, owner: Owner, conversation: str, change: Change, **fields: object) -> None:
        cached = self._lookup.find(owner, conversation)
        with cached.lock:
            cached.change(**fields)
            self._writer.submit(conversation, change)


def _prepare(connection: Connection) -> None:
    migrate(connection)
    changes.purge(connection)
