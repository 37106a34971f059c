"""Waiting for what another thread or process does."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 60.0  # seconds; a few are enough on an idle machine
SHORTEST, LONGEST = 0.005, 0.1  # seconds between two looks


def until(seen: Callable[[], object]) -> None:
    """Looks again and again. What takes long to look at is looked at less often: the looking keeps those that
    are waited for from their work."""
    began = now = time.monotonic()
    while not seen():
        looked = time.monotonic() - now
        assert now < began + PATIENCE
        time.sleep(min(max(SHORTEST, 3 * looked), LONGEST))
        now = time.monotonic()
