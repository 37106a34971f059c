"""The composition root: it makes the parts of the process and connects them. Pages use the parts through
it."""

from __future__ import annotations

import logging
import platform
import secrets
import threading
from collections.abc import Iterable, Mapping
from functools import partial
from importlib.metadata import version

from interactions import __version__, sandbox
from interactions.conversations import costs
from interactions.conversations.conversation import new_id
from interactions.endpoints.accounts import SANDBOX, Accounts
from interactions.endpoints.connections import Connections, default_connection
from interactions.endpoints.endpoint import Endpoint
from interactions.endpoints.endpoints import Endpoints
from interactions.errors import background
from interactions.errors.background import guard
from interactions.providers.protocol import Provider
from interactions.providers.reading import refold
from interactions.running.cassettes import Cassettes
from interactions.running.dispatch import Dispatch
from interactions.running.hooks import Hooks, checked
from interactions.running.host import Host, configured
from interactions.running.imports import Imports
from interactions.running.library import Library
from interactions.running.replays import Replays
from interactions.running.runner import Runner
from interactions.running.watch import Watch
from interactions.settings import Settings, shown_database
from interactions.store import portable
from interactions.store.database import FILE, open_engine
from interactions.store.store import Store
from interactions.stream.journal import Frame
from interactions.stream.transport import new_client
from interactions.turns.turn import Turn

NEVER = float("inf")
_LOG = logging.getLogger(__name__)
NONE: Mapping[str, Endpoint] = {}
PACKAGES = ("streamlit", "httpx", "httpx-sse", "msgspec", "sqlalchemy", "psycopg", "starlette", "uvicorn")


class Workspace:
    """Everything a process has, made once and named:

    turns       messages that are sent, and turns that run
    library     conversations: found, opened, changed, deleted
    endpoints   where turns can go, and what can be asked there
    profiles    what is known of each protocol's vendor
    presets     settings under a name
    cassettes   conversations as files; `imports` brings a long file in
    replays     turns that are over, shown once more
    """

    def __init__(
        self,
        settings: Settings,
        endpoints: Mapping[str, Endpoint] = NONE,
        hooks: Hooks = Hooks(),  # noqa: B008 (it has no state)
    ) -> None:
        """`endpoints` are those beside the one that `settings` describe. Raises `SettingsError`."""
        change = partial(configured, checked(hooks, type(hooks).__name__))
        self.settings = settings
        self._sandbox = sandbox.serve() if settings.sandboxed else None
        client = new_client(settings.silence)
        sandboxed = self._sandbox.url if self._sandbox else None
        default = default_connection(client, settings, sandboxed, change)
        others = {name: change(endpoint) for name, endpoint in endpoints.items()}
        connections = Connections(client, default, others)
        self.profiles = connections.profiles
        # Each part is made of parts that are whole: the order of these lines is who needs whom.
        runner, fold = Runner(), partial(_refold, connections.readers)
        engine = open_engine(settings.database_url, settings.folder)
        self._store = store = Store(engine, fold, partial(runner.stop, by="another process of this app"))
        self.presets = store.presets
        self.replays = Replays(store, connections.readers)
        self.cassettes = Cassettes(store, partial(portable.insert, engine), connections.readers, fold)
        self.imports = Imports(self.cassettes.import_)
        self._host = Host(hooks, store, self.cassettes)
        home = f"{SANDBOX}{new_id()}" if self._sandbox else ""
        accounts = Accounts(home, store.fact("salt", secrets.token_bytes(16)))
        self.endpoints = Endpoints(connections, accounts, store.catalogue.names, sandboxed=settings.sandboxed)
        self.turns = Dispatch(settings, connections, self.endpoints, store, runner, self.replays, self._host)
        self.library = Library(store, self._host, self.replays, self.endpoints, self.turns.stop)
        if not settings.sandboxed:
            threading.Thread(target=_load_prices, name="prices", daemon=True).start()
        self._watch = Watch(
            {
                "turns that are taken up": self.turns.take_up_abandoned,
                "what waits to be sent": self.turns.send_unblocked,
                "journals that rest": lambda: store.rest(settings.idle_minutes * 60 or NEVER),
            }
        )

    def saving(self) -> str | None:
        """How far behind saving is, and why, as a sentence; None when all is well."""
        behind = self._store.behind
        if behind is None:
            return None
        frames = f"{behind.frames:,} frames, and " if behind.frames else ""
        return (
            f"{behind.reason} Not saved yet: {frames}what happened in the last {behind.seconds:,.0f} s."
            " It is kept in memory until it can be saved."
        )

    def close(self, patience: float = 5.0) -> None:
        """Saves what there is, for `patience` seconds at most; the log says what could not be saved. Turns
        that run are left to whichever process looks for them next."""
        self._watch.close()
        if behind := self._store.close(patience):
            _LOG.error(
                "At the end %d frames, and what else had not been saved, were lost. %s",
                behind.frames,
                behind.reason,
            )

    def health(self) -> dict[str, object]:
        """What `/health` answers, within two seconds, and whether it is 200 (`ok`); it never calls the
        provider."""
        trouble = self._store.trouble()
        return {
            "ok": trouble is None,
            **({"reason": trouble} if trouble else {}),
            "endpoints": list(self.endpoints.names),
            "model": self.settings.model,
            "sandbox": self.settings.sandboxed,
            "api_version": self.settings.api_version,
            "running_turns": self.turns.running(),
            "saving": self.saving() or "all is saved",
            "hooks": self._host.trouble or "no trouble",
            "threads": background.summary() or "no trouble",
            "version": __version__,
        }

    def configuration(self) -> dict[str, object]:
        """What the process was started with, keys masked."""
        return {
            "endpoints": {name: self.endpoints.address(name) for name in self.endpoints.names},
            "key": f"set by {self.settings.key_source}" if self.settings.api_key else "none",
            "default_model": self.settings.model,
            "silence_seconds": self.settings.silence,
            "stall_seconds": self.settings.stall or "for ever",
            "turns_per_hour": self.settings.turns_per_hour or "no limit",
            "conversations": shown_database(self.settings.database_url) or str(self.settings.folder / FILE),
        }


def _refold(readers: Mapping[str, Provider], protocol: str, frames: Iterable[Frame]) -> Turn:
    return refold(readers[protocol], frames)


def _load_prices() -> None:
    with guard("prices"):
        costs.load()


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
