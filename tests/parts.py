"""Parts of a workspace, each made of no more than it needs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from interactions.conversations.conversation import Owner
from interactions.endpoints.accounts import Accounts
from interactions.endpoints.connections import Connections, default_connection
from interactions.endpoints.endpoints import Endpoints
from interactions.providers.reading import refold
from interactions.running.cassettes import Cassettes
from interactions.running.hooks import Hooks
from interactions.running.host import Host
from interactions.settings import Settings
from interactions.store import portable
from interactions.store.database import open_engine
from interactions.store.store import Store
from interactions.stream.journal import Frame
from interactions.stream.transport import new_client
from interactions.turns.turn import Turn

NOWHERE = "http://127.0.0.1:9"
KEPT = Path(__file__).parent / "kept"


def connections(url: str = NOWHERE, key: str = "the-deployments", **more: Any) -> Connections:
    settings = Settings(api_key=key, base_url=url, **more)
    client = new_client(settings.silence)
    return Connections(client, default_connection(client, settings, None, lambda endpoint: endpoint), {})


def nobodys(_owner: Owner, _interaction: str, _account: str) -> bool:
    return False


def endpoints(known: Connections) -> Endpoints:
    """In a process that has no turns."""
    return Endpoints(known, Accounts("", b"salt"), nobodys)


class Kept:
    """A store in a folder, and the cassettes that go in and out."""

    def __init__(self, folder: Path) -> None:
        self.readers = connections().readers
        engine = open_engine("", folder)
        self.store = Store(engine, self._refold)
        self.cassettes = Cassettes(self.store, partial(portable.insert, engine), self.readers, self._refold)

    def host(self, hooks: Hooks) -> Host:
        return Host(hooks, self.store, self.cassettes)

    def _refold(self, protocol: str, frames: Sequence[Frame]) -> Turn:
        return refold(self.readers[protocol], frames)
