"""The model lists of the servers that have been asked for one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from interactions.endpoints.endpoint import Route
from interactions.errors import InteractionsError, Unreachable
from interactions.errors.background import guard

FRESH = 600.0  # seconds that a list is taken as it was
PATIENCE = 0.5  # seconds to wait for a list that is not asked for in so many words


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
        self._asking: set[str] = set()
        self._lock = threading.Lock()

    def known(self, route: Route) -> Listing | None:
        """The list from an earlier request; None if there was none lately."""
        with self._lock:
            at, listing = self._known.get(self._account(route), (0.0, None))
        return listing if listing is not None and time.monotonic() - at < FRESH else None

    def look(self, route: Route) -> None:
        """Asks the server, if its list is not known, and waits for a moment. One that takes longer is known
        when it has come."""
        account = self._account(route)
        if self.known(route) is not None:
            return
        with self._lock:
            if account in self._asking:
                return
            self._asking.add(account)
        asking = threading.Thread(target=self._look, args=(route, account), name="models", daemon=True)
        asking.start()
        asking.join(PATIENCE)

    def _look(self, route: Route, account: str) -> None:
        try:
            with guard("the list of models"):
                self.ask(route)
        finally:
            with self._lock:
                self._asking.discard(account)

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
