"""The store: conversations in the memory of the process, and behind them a database.

Every call names the owner first: what belongs to another owner does not exist here. What happens here
happens in memory, at once and in order; a writer takes it to the database. So a database that does not work
stops nobody who talks.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from interactions.conversations.conversation import Conversation, Entry, Owner, Prompt, Turns, new_id
from interactions.conversations.presets import Preset
from interactions.conversations.words import phrases, storable
from interactions.errors import NotFound, StoreError
from interactions.store import changes, library, presets, sending
from interactions.store.changes import Change
from interactions.store.copies import copy
from interactions.store.holding import Holding
from interactions.store.unsaved import Behind

PAGE = 50  # entries
GLANCE = 2.0  # seconds between looks at what other processes have done to a conversation


class Store(Holding):
    """All that can be done with conversations."""

    def conversation(self, owner: Owner, conversation: str) -> Conversation:
        """Raises `NotFound`, also for another owner's, and `StoreError`."""
        held = self._shelf.find(owner, conversation)
        with held.lock:  # a turn that ends and the one that follows it are seen as one step
            return _there(held.value)

    def taken(self, owner: Owner, conversation: str) -> bool:
        """Whether the id is in use: by this owner, be it for what was deleted, or by another. Raises
        `StoreError`."""
        try:
            self._shelf.find(owner, conversation)
        except NotFound:
            with self._reader.connection() as connection:
                return library.exists(connection, conversation)
        return True

    def conversations(self, owner: Owner, limit: int = PAGE, after: Entry | None = None) -> Sequence[Entry]:
        """A page of the library: pinned ones first, then by their last turn, newest first. Raises
        `StoreError`; `at_hand` is what can be seen then."""
        mine = self._desk.unsaved_entries(owner)
        with self._reader.connection() as connection:
            stored = library.entries(connection, owner, limit + len(mine), after)
        found = [entry for entry in stored if entry.id not in mine]
        found += [entry for entry in mine.values() if entry is not None and library.follows(entry, after)]
        return sorted(found, key=library.place, reverse=True)[:limit]

    def at_hand(self, owner: Owner) -> Sequence[Entry]:
        """The conversations that are in memory, in the library's order."""
        return sorted(self._desk.entries(owner), key=library.place, reverse=True)[:PAGE]

    def search(self, owner: Owner, query: str, limit: int = PAGE) -> Sequence[Entry]:
        """Conversations with all words of the query in a title or a turn. Raises `StoreError`."""
        wanted = phrases(query)
        if not wanted:
            return []
        with self._reader.connection() as connection:
            return library.search(connection, owner, wanted, limit)

    def names(self, owner: Owner, interaction: str, account: str) -> bool:
        """Whether a turn of the owner's is this interaction, kept by this account. What was deleted names
        nothing. Raises `StoreError`."""
        if not interaction or storable(interaction) != interaction:
            return False
        mine = self._desk.unsaved(owner)
        turns = (turn for each in mine if not each.deleted for turn in each.turns.newest)
        if any((turn.head.id, turn.prompt.account) == (interaction, account) for turn in turns):
            return True
        deleted = {each.id: each.deleted for each in mine}
        with self._reader.connection() as connection:
            found = library.naming(connection, owner, interaction)
        return any(kept_by == account and not deleted.get(id, gone) for id, kept_by, gone in found)

    def create(self, owner: Owner, conversation: str, *, new: bool = False) -> Conversation:
        """The conversation, made now if it does not exist. A `new` one, whose id was made just now, is looked
        for in memory alone, and so needs no database that works. Raises `NotFound` if it is another owner's
        or was deleted, and `StoreError` if it cannot be known whether it exists."""
        if self._desk.find(owner, conversation) is None and (new or self._unknown(owner, conversation)):
            made = self._desk.keep(owner, Conversation(conversation, Turns()))
            made.new = new
            self._writer.submit(conversation, changes.create(owner, conversation))
        return self.conversation(owner, conversation)

    def _unknown(self, owner: Owner, conversation: str) -> bool:
        """Raises `NotFound` for another owner's, and `StoreError`."""
        try:
            self._shelf.find(owner, conversation)
        except NotFound:
            with self._reader.connection() as connection:
                if library.exists(connection, conversation):
                    raise
            return True
        return False

    def rest(self, idle: float) -> None:
        """Gives back the memory of turns that were not read for `idle` seconds; who needs them reads them."""
        self._past.trim(idle)

    def rename(self, owner: Owner, conversation: str, title: str) -> None:
        """The title stays until the next renaming; an empty one changes nothing."""
        title = " ".join(storable(title).split())
        if title:
            change = changes.entitle(owner, conversation, title, renamed=True)
            self._set(owner, conversation, change, title=title)

    def pin(self, owner: Owner, conversation: str, pinned: bool = True) -> None:
        self._set(owner, conversation, changes.pin(owner, conversation, pinned), pinned=pinned)

    def delete(self, owner: Owner, conversation: str) -> None:
        """For a day, `restore` brings it back."""
        self._set(owner, conversation, changes.hide(owner, conversation, time.time()), deleted=True)

    def restore(self, owner: Owner, conversation: str) -> None:
        self._set(owner, conversation, changes.hide(owner, conversation, None), deleted=False)

    def fork(self, owner: Owner, conversation: str, turn: str) -> str:
        """A new conversation with copies of the turns that led to this one and of it. Raises `StoreError`."""
        self._writer.save()
        found = self.conversation(owner, conversation)
        made, title = new_id(), f"{found.title} (fork)"
        line = [stored.id for stored in found.line(turn) if stored.journal.closed]
        if turn not in line:
            raise NotFound("There is no such turn that could be gone on from.")
        self._writer.submit(
            made,
            changes.create(owner, made),
            copy(line, made, [new_id() for _ in line]),
            changes.entitle(owner, made, title, renamed=True),
        )
        self._writer.save()
        return made

    def enqueue(self, owner: Owner, conversation: str, prompt: Prompt) -> None:
        held = self._shelf.find(owner, conversation)
        with held.lock:
            change = sending.enqueue(owner, conversation, prompt)
            held.change(queue=(*held.value.queue, prompt))
            self._writer.submit(conversation, change)

    def remove(self, owner: Owner, conversation: str, prompt: str) -> bool:
        """Takes a waiting prompt out of the queue. False for one that has left it meanwhile: it is a turn,
        and stays."""
        held = self._shelf.find(owner, conversation)
        with held.lock:
            before = held.value.queue
            held.change(queue=tuple(waiting for waiting in before if waiting.id != prompt))
            if found := len(held.value.queue) < len(before):
                self._writer.submit(conversation, sending.dequeue(prompt))
            return found

    def presets(self, owner: Owner) -> Sequence[Preset]:
        """By name, without case and accents. Raises `StoreError`."""
        with self._reader.connection() as connection:
            return presets.listed(connection, owner)

    def keep_presets(self, owner: Owner, new: Iterable[Preset]) -> None:
        """Returns when all of them are in the database, each in the place of one with the same name. Raises
        `StoreError`, and `PresetError` if what the owner then had would not go into one file; in both cases
        nothing has changed."""
        presets.keep(self._engine, owner, new)

    def remove_preset(self, owner: Owner, name: str) -> None:
        """Returns when the database does not have it any more, or never had. Raises `StoreError`."""
        presets.remove(self._engine, owner, name)

    @property
    def behind(self) -> Behind | None:
        """What is not saved yet, and why; None when all is well."""
        return self._writer.behind

    def trouble(self) -> str | None:
        """Why the database cannot be used, as a sentence, within two seconds; None if it can."""
        return self._checkup.trouble() or self._writer.failing or None

    def fact(self, name: str, value: bytes) -> bytes:
        """A value that stays the same for all processes and for good: the first that was named. While the
        database does not work, the one that is named now."""
        try:
            with self._reader.connection() as connection, connection.begin():
                return changes.fact(connection, name, value)
        except StoreError:
            return value

    def save(self) -> None:
        """Returns when all that is here now is in the database. Raises `StoreError`."""
        self._writer.save()

    def close(self, patience: float = 5.0) -> Behind | None:
        """Saves what there is, for `patience` seconds at most; returns what could not be saved."""
        self._past.close()
        return self._writer.close(patience)

    def _set(self, owner: Owner, conversation: str, change: Change, **fields: object) -> None:
        held = self._shelf.find(owner, conversation)
        with held.lock:
            held.change(**fields)
            self._writer.submit(conversation, change)


def _there(found: Conversation) -> Conversation:
    if found.deleted:
        raise NotFound("This conversation was deleted.")
    return found
