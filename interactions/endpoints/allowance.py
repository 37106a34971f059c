"""The limit of turns per hour for a visitor whose turns the deployment pays for."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from interactions.errors import OverLimit

HOUR = 3600.0  # seconds


class Allowance:
    """Counts the turns of each visitor over a sliding hour; 0 turns an hour is no limit.

    `clock` gives seconds and never goes back.
    """

    def __init__(self, turns_per_hour: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = turns_per_hour
        self._clock = clock
        self._taken: dict[str, dict[str, float]] = {}
        self._lock = threading.Lock()

    def take(self, visitor: str, turn: str) -> None:
        """Counts a turn of the visitor. Raises `OverLimit`, and then counts nothing."""
        if not self._most:
            return
        with self._lock:
            # Old entries go here, as each visitor comes back: there is no thread that cleans up.
            now = self._clock()
            taken = {name: at for name, at in self._taken.get(visitor, {}).items() if now - at < HOUR}
            if len(taken) >= self._most:
                seconds = min(taken.values()) + HOUR - now
                raise OverLimit(self._refusal(seconds), limit=self._most, seconds=seconds)
            self._taken[visitor] = {**taken, turn: now}

    def give_back(self, visitor: str, turn: str) -> None:
        """Takes back the count of a message that was removed from the queue before it was sent."""
        with self._lock:
            self._taken.get(visitor, {}).pop(turn, None)

    def _refusal(self, seconds: float) -> str:
        turns = "1 turn" if self._most == 1 else f"{self._most} turns"
        minutes = math.ceil(seconds / 60)
        return (
            f"You have had {turns} in the last hour, which is the limit here. The next is possible in"
            f" {minutes} minute{'s' * (minutes != 1)}. With an API key of your own, set in the settings,"
            " there is no limit."
        )
