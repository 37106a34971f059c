"""The conversations that are in memory, each with the lock of whoever changes it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from interactions.conversations.conversation import Conversation, Entry, Owner
from interactions.store.library import Stamp

MOST = 200  # conversations


class Held:
    """A conversation in memory. Whoever changes it has its lock."""

    def __init__(self, value: Conversation) -> None:
        self.value = value
        self.lock = threading.RLock()
        self._looked = time.monotonic()
        self.new = False  # made here, and known to nobody else

    def due(self, period: float) -> bool:
        """Whether the last look at the database was `period` seconds ago; if so, this is one."""
        now = time.monotonic()
        if now - self._looked < period:
            return False
        self._looked = now
        return True

    def change(self, **fields: Any) -> None:
        self.value = msgspec.structs.replace(self.value, **fields)


class Desk:
    """A bounded number of them; `unsaved` names those that the database does not have as they are."""

    def __init__(self, unsaved: Callable[[], set[str]]) -> None:
        self._unsaved = unsaved
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[Owner, str], Held] = OrderedDict()

    def find(self, owner: Owner, conversation: str) -> Held | None:
        with self._lock:
            held = self._held.get((owner, conversation))
            if held is not None:
                self._held.move_to_end((owner, conversation))
            return held

    def keep(self, owner: Owner, conversation: Conversation) -> Held:
        """In memory from now on, unless it was there first."""
        with self._lock:
            held = self._held.setdefault((owner, conversation.id), Held(conversation))
            if len(self._held) > MOST:
                self._drop_some()
            return held

    def drop(self, owner: Owner, conversation: str) -> None:
        """It is read anew when it is asked for."""
        with self._lock:
            self._held.pop((owner, conversation), None)

    def entries(self, owner: Owner) -> list[Entry]:
        """What the library would list of those that are in memory."""
        with self._lock:
            mine = [_entry(held.value) for (whose, _), held in self._held.items() if whose == owner]
        return [entry for entry in mine if entry is not None]

    def unsaved(self, owner: Owner) -> list[Conversation]:
        """Those of the owner that the database does not have as they are."""
        unsaved = self._unsaved()
        with self._lock:
            return [
                held.value for (whose, id), held in self._held.items() if whose == owner and id in unsaved
            ]

    def unsaved_entries(self, owner: Owner) -> dict[str, Entry | None]:
        """As the library would list them; None for one that it would not."""
        return {each.id: _entry(each) for each in self.unsaved(owner)}

    def _drop_some(self) -> None:
        """Half of those that were not asked for lately, but nothing that is not saved."""
        unsaved = self._unsaved()
        for key in list(self._held)[: MOST // 2]:
            if key[1] not in unsaved and not self._held[key].value.running:
                del self._held[key]


def stamp(value: Conversation) -> Stamp:
    """As `library.stamp` would find it in the database."""
    newest = value.turns[-1] if value.turns else None
    return Stamp(
        value.title,
        value.pinned,
        value.deleted,
        len(value.turns),
        newest.id if newest else "",
        newest.epoch if newest else 0,
        not value.running,
        frozenset((*(prompt.id for prompt in value.queue), *value.unreadable)),
    )


def _entry(found: Conversation) -> Entry | None:
    if found.deleted or not found.turns:
        return None
    return Entry(found.id, found.title, found.pinned, found.touched, found.running)
