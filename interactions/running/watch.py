"""A thread that calls periodic checks every few seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from interactions.errors import StoreError
from interactions.errors.background import guard

PERIOD = 2.0  # seconds
LONGEST = 5.0  # seconds that an end waits for a look; a database may hang


class Watch:
    """Calls each of `looks` every `PERIOD` seconds; its name is for the log. A database that does not work is
    looked at again later, and one look that fails keeps nobody from the others."""

    def __init__(self, looks: Mapping[str, Callable[[], None]]) -> None:
        self._looks = looks
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops the thread; returns when no check is running, or when a look takes too long."""
        self._ending.set()
        self._thread.join(LONGEST)

    def _run(self) -> None:
        while not self._ending.wait(PERIOD):
            for name, look in self._looks.items():
                with guard(name), suppress(StoreError):
                    look()
