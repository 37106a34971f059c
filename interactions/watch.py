"""A look around every few seconds, in a thread of its own, for as long as the process lives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

from interactions.errors import StoreError

PERIOD = 2.0  # seconds


class Watch:
    """Calls `look` again and again. A database that does not work is looked at again later."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Returns when nothing is being looked at any more."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(PERIOD):
            with suppress(StoreError):
                self._look()
