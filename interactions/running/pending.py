"""Messages that wait to be sent, and which process sends each: several may work on one database.

A visitor's key is in one process only, the one that the message came to; while that one lives, it sends. What
needs no such key is sent by another process after a moment; what needs one that is lost, after a lease: it
then fails, and says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection

from interactions.conversations.conversation import Prompt
from interactions.conversations.request import Access
from interactions.store.leases import LEASE

SHORTLY = 2.0  # seconds that a message is left to the process that it came to


class Pending:
    """The messages that came to this process, each with its visitor's own key, which is kept nowhere else.
    `needs_no_visitor` says whether a message can be sent as it was meant without such a key; `clock` gives
    seconds and never goes back."""

    def __init__(
        self, needs_no_visitor: Callable[[Prompt], bool], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._needs_no_visitor = needs_no_visitor
        self._clock = clock
        self._own: dict[str, Access | None] = {}
        self._since: dict[str, float] = {}
        self._lock = threading.Lock()

    def add(self, prompt: str, access: Access | None) -> None:
        """Keeps the key for a message; a second key for the same message is ignored."""
        with self._lock:
            self._own[prompt] = self._own.get(prompt) or access

    def pop(self, prompt: str) -> Access | None:
        """Removes a message from those that wait. Returns the key that it is sent with, if one was kept for
        it."""
        with self._lock:
            return self._own.pop(prompt, None)

    def seen(self, waiting: Collection[str]) -> None:
        """Notes since when each of these waits although nothing runs before it, and forgets all others."""
        now = self._clock()
        with self._lock:
            self._since = {prompt: self._since.get(prompt, now) for prompt in waiting}

    def follows(self, prompt: Prompt) -> bool:
        """Whether it may be sent from here when the turn before it ends."""
        with self._lock:
            return prompt.id in self._own or self._needs_no_visitor(prompt)

    def overdue(self, prompt: Prompt) -> bool:
        """Whether it is to be sent from here although no turn ended here: it came to this process, or no
        other process has sent it for as long as one that lives would need."""
        with self._lock:
            waited = self._clock() - self._since.get(prompt.id, float("inf"))
            return prompt.id in self._own or waited >= (SHORTLY if self._needs_no_visitor(prompt) else LEASE)
