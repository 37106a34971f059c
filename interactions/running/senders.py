"""Whose it is to send a message that waits: of several processes on one database, the one that has the
visitor's key, while it lives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

from interactions.conversations.conversation import Prompt
from interactions.conversations.request import Access
from interactions.store.leases import LEASE

SHORTLY = 2.0  # seconds that a message is left to the process that it came to


class Senders:
    """The messages that came to this process, each with its visitor's own key, which is kept nowhere else.
    `able` says whether a message can be sent as it was meant without such a key."""

    def __init__(self, able: Callable[[Prompt], bool]) -> None:
        self._able = able
        self._own: dict[str, Access | None] = {}
        self._noticed: dict[str, float] = {}
        self._lock = threading.Lock()

    def add(self, prompt: str, access: Access | None) -> None:
        """The first key that is named for it counts."""
        with self._lock:
            self._own[prompt] = self._own.get(prompt) or access

    def take(self, prompt: str) -> Access | None:
        """It waits no more."""
        with self._lock:
            return self._own.pop(prompt, None)

    def notice(self, waiting: Collection[str]) -> None:
        """All that wait at this moment although nothing runs before them."""
        now = time.monotonic()
        with self._lock:
            self._noticed = {prompt: self._noticed.get(prompt, now) for prompt in waiting}

    def next(self, prompt: Prompt) -> bool:
        """Whether it may be sent from here when the turn before it ends."""
        with self._lock:
            return prompt.id in self._own or self._able(prompt)

    def due(self, prompt: Prompt) -> bool:
        """Whether it is to be sent from here although nobody here asks for it: no other process has done so
        for as long as one that lives would need."""
        with self._lock:
            waited = time.monotonic() - self._noticed.get(prompt.id, float("inf"))
            return prompt.id in self._own or waited >= (SHORTLY if self._able(prompt) else LEASE)
