"""The conversations that are in memory, a bounded number of them, each with a lock for whoever changes it."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import msgspec

from interactions.conversations.conversation import Conversation, Entry, Owner

MOST = 200  # conversations


class Cached:
    """A conversation in memory. Whoever changes it holds its lock; whoever reads `value` needs none."""

    def __init__(self, value: Conversation) -> None:
        self.value = value
        # Reentrant: the end of a turn holds it while it begins the next one.
        self.lock = threading.RLock()
        self.new = False  # made by this process a moment ago, so no other one knows its id
        self._refreshed = time.monotonic()

    def start_refresh(self, period: float) -> bool:
        """Whether the database was last compared with it `period` seconds ago or more; if so, that counts as
        done from now on, so that one caller does it."""
        now = time.monotonic()
        if now - self._refreshed < period:
            return False
        self._refreshed = now
        return True

    def change(self, **fields: Any) -> None:
        self.value = msgspec.structs.replace(self.value, **fields)


class Cache:
    """`unsaved` says which conversations the database does not have in their present state: they are never
    dropped to make room."""

    def __init__(self, unsaved: Callable[[], set[str]]) -> None:
        self._unsaved = unsaved
        self._lock = threading.Lock()
        self._cached: OrderedDict[tuple[Owner, str], Cached] = OrderedDict()  # the least recently used first

    def find(self, owner: Owner, conversation: str) -> Cached | None:
        with self._lock:
            cached = self._cached.get((owner, conversation))
            if cached is not None:
                self._cached.move_to_end((owner, conversation))
            return cached

    def add(self, owner: Owner, conversation: Conversation) -> Cached:
        """The cached conversation; the one that was there before, if there was one."""
        with self._lock:
            cached = self._cached.setdefault((owner, conversation.id), Cached(conversation))
            if len(self._cached) > MOST:
                self._evict()
            return cached

    def drop(self, owner: Owner, conversation: str) -> None:
        """The next one who asks for it reads it from the database."""
        with self._lock:
            self._cached.pop((owner, conversation), None)

    def entries(self, owner: Owner) -> list[Entry]:
        """What the library would list of the owner's conversations that are in memory."""
        with self._lock:
            mine = [_entry(cached.value) for (whose, _), cached in self._cached.items() if whose == owner]
        return [entry for entry in mine if entry is not None]

    def unsaved(self, owner: Owner) -> list[Conversation]:
        """The owner's conversations that the database does not have in their present state."""
        unsaved = self._unsaved()
        with self._lock:
            return [
                cached.value
                for (whose, id), cached in self._cached.items()
                if whose == owner and id in unsaved
            ]

    def unsaved_entries(self, owner: Owner) -> dict[str, Entry | None]:
        """What the library would list of the unsaved ones; None for one that it would not list."""
        return {each.id: _entry(each) for each in self.unsaved(owner)}

    def _evict(self) -> None:
        """Drops the less recently used half, but nothing that runs or is not saved."""
        unsaved = self._unsaved()
        for key in list(self._cached)[: MOST // 2]:
            if key[1] not in unsaved and not self._cached[key].value.running:
                del self._cached[key]


def _entry(found: Conversation) -> Entry | None:
    if found.deleted or not found.turns:
        return None
    return Entry(found.id, found.title, found.pinned, found.touched, found.running)
