"""The composition root: it puts settings, providers, store and turns together. Pages talk to it alone."""

from __future__ import annotations

import logging
import platform
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version

from interactions import __version__, sandbox
from interactions.cassettes import dump, load
from interactions.conversations import costs
from interactions.conversations.conversation import Conversation, Entry, Owner, StoredTurn, new_id
from interactions.conversations.presets import Preset
from interactions.endpoints.accounts import SANDBOX
from interactions.endpoints.connections import Connections, default_connection
from interactions.endpoints.endpoint import Endpoint
from interactions.errors import NotFound
from interactions.providers.protocol import keeping
from interactions.providers.reading import refold
from interactions.running.dispatch import NO_KEYS, Keys
from interactions.running.hooks import Hooks, checked
from interactions.running.host import Host, configured
from interactions.running.imports import Imports, Progress
from interactions.running.inquiries import Inquiries
from interactions.running.replays import Replays
from interactions.running.runner import Runner
from interactions.running.watch import Watch
from interactions.settings import Settings, shown_database
from interactions.store import portable
from interactions.store.database import FILE, open_engine
from interactions.store.library import PAGE
from interactions.store.sql import Store
from interactions.stream import mishaps
from interactions.stream.masks import shown_url
from interactions.stream.mishaps import survived
from interactions.stream.transport import new_client

NEVER = float("inf")
_LOG = logging.getLogger(__name__)
NONE: Mapping[str, Endpoint] = {}
PACKAGES = ("streamlit", "httpx", "httpx-sse", "msgspec", "sqlalchemy", "psycopg", "starlette", "uvicorn")


class Workspace(Inquiries):
    """Everything a process has, made once: the provider, the store, and the turns that run."""

    def __init__(
        self,
        settings: Settings,
        endpoints: Mapping[str, Endpoint] = NONE,
        hooks: Hooks = Hooks(),  # noqa: B008 (it has no state)
    ) -> None:
        """`endpoints` are those beside the one that `settings` describe. Raises `SettingsError`."""
        change = partial(configured, checked(hooks, type(hooks).__name__))
        self._sandbox = sandbox.serve() if settings.sandboxed else None
        client = new_client(settings.silence)
        sandboxed = self._sandbox.url if self._sandbox else None
        default = default_connection(client, settings, sandboxed, change)
        others = {name: change(endpoint) for name, endpoint in endpoints.items()}
        connections = Connections(client, default, others)
        runner = Runner()
        lost = partial(runner.stop, by="another process of this app")
        engine = open_engine(settings.database_url, settings.folder)
        self._refold = lambda dialect, frames: refold(connections.readers[dialect], frames)
        store = Store(engine, self._refold, lost)
        home = f"{SANDBOX}{new_id()}" if self._sandbox else ""
        host = Host(hooks, store, self._take, self.export)
        super().__init__(settings, connections, store, runner, Replays(connections.readers), host, home)
        self._keep = partial(portable.insert, engine)
        self.imports = Imports(self._take)
        if not settings.sandboxed:
            threading.Thread(target=_load_prices, name="prices", daemon=True).start()
        self._watch = Watch(
            {
                "turns that are taken up": self.take_up_abandoned,
                "what waits to be sent": self.send_held_up,
                "journals that rest": lambda: self._store.rest(settings.idle_minutes * 60 or NEVER),
            }
        )

    def conversation(self, owner: Owner, conversation: str) -> Conversation:
        """As it is to be seen: while a turn of it is shown again, it ends with that. Raises `NotFound`."""
        return self._replays.shown(owner, self._host.conversation(owner, conversation))

    def replay(self, owner: Owner, conversation: str, turn: str, pace: float = 1.0) -> None:
        """Shows a turn that is over as it came, `pace` times as slowly; 0 is at once. Raises `NotFound`."""
        self._replays.start(owner, self._store.conversation(owner, conversation), turn, pace)

    def replaying(self, owner: Owner, conversation: str) -> bool:
        return self._replays.playing(owner, conversation)

    def export(self, owner: Owner, conversation: str, turn: str = "") -> bytes:
        """A cassette of the turns that are over, or of one. Raises `NotFound` and `StoreError`."""
        found = self._store.conversation(owner, conversation)
        return dump(portable.cassette_of(found, turn))

    def import_(self, owner: Owner, data: bytes) -> str:
        """Stores what is in a cassette as a new conversation; returns its id. Raises `CassetteError` and
        `StoreError`, and then nothing is stored."""
        conversation = new_id()
        self._take(owner, conversation, data)
        return conversation

    def _take(self, owner: Owner, conversation: str, data: bytes, progress: Progress | None = None) -> None:
        """Each turn is two parts of the work: it is read, and it is stored."""
        progress, readers = progress or Progress(), self._connections.readers
        cassette = load(data)
        progress.begin(2 * len(cassette.turns))
        made = portable.conversation_of(cassette, readers, self._refold, conversation, progress.step)
        self._keep(owner, made, progress.step)

    def conversations(self, owner: Owner, limit: int = PAGE, after: Entry | None = None) -> Sequence[Entry]:
        """A page of the library: pinned ones first, then by their last turn; those that follow `after`.
        Raises `StoreError`; `at_hand` is what can be seen then."""
        return self._store.conversations(owner, limit, after)

    def at_hand(self, owner: Owner) -> Sequence[Entry]:
        """The conversations that are in memory, in the library's order."""
        return self._store.at_hand(owner)

    def search(self, owner: Owner, query: str) -> Sequence[Entry]:
        """Conversations with all words of the query in their title or in a turn. Raises `StoreError`."""
        return self._store.search(owner, query)

    def rename(self, owner: Owner, conversation: str, title: str) -> None:
        self._store.rename(owner, conversation, title)

    def pin(self, owner: Owner, conversation: str, pinned: bool = True) -> None:
        self._store.pin(owner, conversation, pinned)

    def fork(self, owner: Owner, conversation: str, turn: str) -> str:
        """A new conversation with all that led to this turn, and it. Raises `StoreError`."""
        return self._store.fork(owner, conversation, turn)

    def forget(self, owner: Owner, conversation: str, keys: Keys = NO_KEYS) -> int:
        """Deletes the conversation's interactions at their servers, as far as these accounts have them there;
        returns how many are left. Raises `UpstreamError`, and `SettingsError` for what cannot be a key."""
        turns = self._store.conversation(owner, conversation).turns
        kept = [each for each in turns if each.head.id and each.head.stored]
        return len(kept) - sum(self._forgotten(each, keys) for each in kept)

    def _forgotten(self, stored: StoredTurn, keys: Keys) -> bool:
        route = self.route(stored.prompt, keys)
        if self.astray(stored.prompt) or stored.prompt.account != self.account(route):
            return False
        provider, access = self._connections[route.endpoint].provider, self._connections.access(route)
        return keeping(provider).forget(stored.head.id, access).status in {200, 204, 404}

    def delete(self, owner: Owner, conversation: str) -> None:
        """A turn that runs is stopped. For a day, `restore` brings all back."""
        self._replays.stop(owner, conversation)
        self.stop(owner, conversation)
        self._store.delete(owner, conversation)

    def restore(self, owner: Owner, conversation: str) -> None:
        self._store.restore(owner, conversation)

    def presets(self, owner: Owner) -> Sequence[Preset]:
        """By name. Raises `StoreError`."""
        return self._store.presets(owner)

    def keep_presets(self, owner: Owner, presets: Sequence[Preset]) -> None:
        """In the place of those with the same names: all, or none. Raises `StoreError` and `PresetError`."""
        self._store.keep_presets(owner, presets)

    def remove_preset(self, owner: Owner, name: str) -> None:
        self._store.remove_preset(owner, name)

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

    def frame(self, owner: Owner, conversation: str, turn: str, seq: int) -> bytes:
        """The bytes of one frame. Raises `NotFound`."""
        for stored in self._store.conversation(owner, conversation).turns:
            if stored.id == turn and 0 <= seq < len(stored.journal):
                return stored.journal.slice(seq, seq + 1)[0].raw
        raise NotFound("There is no such frame.")

    def health(self) -> dict[str, object]:
        """What `/health` answers, within two seconds, and whether it is 200 (`ok`); it never calls the
        provider."""
        trouble = self._store.trouble()
        return {
            "ok": trouble is None,
            **({"reason": trouble} if trouble else {}),
            "endpoints": list(self.endpoints),
            "model": self.settings.model,
            "sandbox": self.settings.sandboxed,
            "api_version": self.settings.api_version,
            "running_turns": self.running(),
            "saving": self.saving() or "all is saved",
            "hooks": self._host.trouble or "no trouble",
            "threads": mishaps.told() or "no trouble",
            "version": __version__,
        }

    def configuration(self) -> dict[str, object]:
        """What the process was started with, keys masked."""
        return {
            "endpoints": {
                name: shown_url(self._connections[name].provider.endpoint) for name in self.endpoints
            },
            "key": f"set by {self.settings.key_source}" if self.settings.api_key else "none",
            "default_model": self.settings.model,
            "silence_seconds": self.settings.silence,
            "stall_seconds": self.settings.stall or "for ever",
            "turns_per_hour": self.settings.turns_per_hour or "no limit",
            "conversations": shown_database(self.settings.database_url) or str(self.settings.folder / FILE),
        }


def _load_prices() -> None:
    with survived("prices"):
        costs.load()


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
