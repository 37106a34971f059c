"""Who keeps what is sent: accounts at the endpoints, by names that are no keys."""

from __future__ import annotations

import hashlib

from interactions.endpoints.endpoint import DEFAULT, Route

SANDBOX = "sandbox:"  # how the account of an embedded sandbox begins
OWN = "at:"  # how one begins that this deployment has at another endpoint than the default


class Accounts:
    """`home` is this deployment's own at the default endpoint; `salt` keeps a name from being turned back
    into a key by trying."""

    def __init__(self, home: str, salt: bytes) -> None:
        self._home = home
        self._salt = salt

    def name(self, route: Route) -> str:
        """Of whoever keeps what is sent this way. The embedded sandbox forgets all with its process: each has
        its own."""
        if not route.key:
            return self._home if route.endpoint == DEFAULT else f"{OWN}{route.endpoint}"
        at = b"" if route.endpoint == DEFAULT else route.endpoint.encode() + b"\n"
        return hashlib.blake2b(at + route.key.encode(), key=self._salt, digest_size=8).hexdigest()


def of_visitor(account: str) -> bool:
    """Whether it takes a key that only its visitor has."""
    return bool(account) and not account.startswith((SANDBOX, OWN))
