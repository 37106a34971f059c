"""The model lists of the servers that have been asked for one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from interactions.endpoints.endpoint import Route
from interactions.errors import InteractionsError, Unreachable

FRESH = 600.0  # seconds that a list is taken as it was


class Listing(NamedTuple):
    """A list of models. `trouble` is why there is none; the server is `down` if nobody answered."""

    models: tuple[str, ...] = ()
    trouble: str = ""
    down: bool = False


class Listings:
    """`ask` raises an `InteractionsError` when there is no list to be had. What it says of a route is known
    to all who have the same `account`: a visitor's key is not kept."""

    def __init__(self, ask: Callable[[Route], tuple[str, ...]], account: Callable[[Route], str]) -> None:
        self._ask = ask
        self._account = account
        self._known: dict[str, tuple[float, Listing]] = {}
        self._lock = threading.Lock()

    def known(self, route: Route) -> Listing | None:
        """The list from an earlier request; None if there was none lately."""
        with self._lock:
            at, listing = self._known.get(self._account(route), (0.0, None))
        return listing if listing is not None and time.monotonic() - at < FRESH else None

    def ask(self, route: Route) -> Listing:
        """Asks the server now and waits for its list."""
        try:
            listing = Listing(self._ask(route))
        except InteractionsError as error:
            listing = Listing(trouble=str(error), down=isinstance(error, Unreachable))
        with self._lock:
            fresh = {key: one for key, one in self._known.items() if time.monotonic() - one[0] < FRESH}
            self._known = {**fresh, self._account(route): (time.monotonic(), listing)}
        return listing
