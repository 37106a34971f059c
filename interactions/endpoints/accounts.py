"""Accounts at the endpoints, under names from which no key can be read."""

from __future__ import annotations

import hashlib

from interactions.endpoints.endpoint import DEFAULT, Route

SANDBOX = "sandbox:"  # how the account of an embedded sandbox begins
OWN = "at:"  # how one begins that this deployment has at another endpoint than the default


class Accounts:
    """Names accounts. `home` is this deployment's own at the default endpoint; `salt` keeps a name from being
    turned back into a key by trying."""

    def __init__(self, home: str, salt: bytes) -> None:
        self._home = home
        self._salt = salt

    def name(self, route: Route) -> str:
        """The name of the account that stores what is sent by this route. The embedded sandbox forgets all
        with its process: each has its own."""
        if not route.key:
            return self._home if route.endpoint == DEFAULT else f"{OWN}{route.endpoint}"
        at = b"" if route.endpoint == DEFAULT else route.endpoint.encode() + b"\n"
        return hashlib.blake2b(at + route.key.encode(), key=self._salt, digest_size=8).hexdigest()


def of_visitor(account: str) -> bool:
    """Whether the account is opened by a key that only its visitor has."""
    return bool(account) and not account.startswith((SANDBOX, OWN))
