"""The composition root: the only place that names concrete providers and stores. Pages talk to it alone."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version

import httpx

from interactions import __version__, sandbox
from interactions.cassettes import dump, load
from interactions.connections import Connection, Connections
from interactions.dispatch import NO_KEYS, SANDBOX, Dispatch, Keys
from interactions.endpoints import DEFAULT, Endpoint, Route
from interactions.errors import NotFound
from interactions.events import ErrorDetail
from interactions.exchanges import MASK
from interactions.listings import Listings
from interactions.presets import Preset
from interactions.providers import Capabilities
from interactions.providers.documents import Document
from interactions.providers.gemini import Gemini
from interactions.providers.reading import State, refusal
from interactions.replays import Replays
from interactions.request import Access
from interactions.runner import Runner, refold
from interactions.settings import GOOGLE, MODELS, Settings, shown_database, shown_url
from interactions.store import portable
from interactions.store.conversation import Conversation, Entry, Owner, StoredTurn, new_id
from interactions.store.database import FILE, open_engine
from interactions.store.sql import PAGE, Store
from interactions.transport import new_client
from interactions.watch import Watch

NEVER = float("inf")
NONE: Mapping[str, Endpoint] = {}
PACKAGES = ("streamlit", "httpx", "httpx-sse", "msgspec", "sqlalchemy", "psycopg", "starlette", "uvicorn")


class Workspace(Dispatch):
    """Everything a process has, made once: the provider, the store, and the turns that run."""

    def __init__(self, settings: Settings, endpoints: Mapping[str, Endpoint] = NONE) -> None:
        """`endpoints` are those beside the one that `settings` describe."""
        self._sandbox = sandbox.serve() if settings.sandboxed else None
        client = new_client(settings.silence)
        connections = Connections(client, _default(client, settings, self._sandbox), endpoints)
        runner = Runner()
        lost = partial(runner.stop, by="another process of this app")
        engine = open_engine(settings.database_url, settings.folder)
        self._refold = lambda dialect, frames: refold(connections.readers[dialect], frames)
        store = Store(engine, self._refold, lost)
        home = f"{SANDBOX}{new_id()}" if self._sandbox else ""
        super().__init__(settings, connections, store, runner, Replays(connections.readers), home)
        self._keep = partial(portable.keep, engine)
        self.listings = Listings(self._listed)
        self._watch = Watch(self._look_around)

    def _look_around(self) -> None:
        self.take_up_abandoned()
        self._store.rest(self.settings.idle_minutes * 60 or NEVER)

    def conversation(self, owner: Owner, conversation: str) -> Conversation:
        """As it is to be seen: while a turn of it is shown again, it ends with that. Raises `NotFound`."""
        return self._replays.shown(owner, self._store.conversation(owner, conversation))

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
        found = portable.conversation_of(load(data), self._connections.readers, self._refold)
        self._keep(owner, found)
        return found.id

    def conversations(self, owner: Owner, limit: int = PAGE, after: Entry | None = None) -> Sequence[Entry]:
        """A page of the library: pinned ones first, then by their last turn; those that follow `after`."""
        return self._store.conversations(owner, limit, after)

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
        return provider.forget(stored.head.id, access).status in {200, 204, 404}

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
        """Saves what there is, for `patience` seconds at most. Turns that run are left to whichever process
        looks for them next."""
        self._watch.close()
        self._store.close(patience)

    def frame(self, owner: Owner, conversation: str, turn: str, seq: int) -> bytes:
        """The bytes of one frame. Raises `NotFound`."""
        for stored in self._store.conversation(owner, conversation).turns:
            if stored.id == turn and 0 <= seq < len(stored.journal):
                return stored.journal.slice(seq, seq + 1)[0].raw
        raise NotFound("There is no such frame.")

    def retrieve(self, interaction_id: str, route: Route = Route()) -> Document:  # noqa: B008 (a frozen value)
        """An interaction as its server has it now. Raises `UpstreamError`, and `SettingsError` for a key that
        cannot be one."""
        provider = self._connections[route.endpoint].provider
        return provider.retrieve(interaction_id, self._connections.access(route))

    def reach(self, endpoint: str = DEFAULT) -> Document:
        """Asks the endpoint for something small. Raises `UpstreamError`."""
        return self._connections[endpoint].provider.reach()

    def try_key(self, route: Route) -> ErrorDetail | None:
        """None if the key works where it would be sent, else what the server says to it, without the key.
        Raises `UpstreamError`, and `SettingsError` for what cannot be a key."""
        answer = self._connections[route.endpoint].provider.reach(self._connections.access(route))
        if answer.status < 300:
            return None
        body = answer.body.replace(route.key.encode(), MASK.encode()) if route.key else answer.body
        return refusal(State(answer.status, True, (body,))).error

    def _listed(self, route: Route) -> tuple[str, ...]:
        access = self._connections.access(route)
        return self._connections[route.endpoint].provider.models(access)

    @property
    def endpoints(self) -> Sequence[str]:
        """The names of those that turns can be sent to."""
        return self._connections.names()

    def endpoint(self, name: str) -> Endpoint:
        """Raises `SettingsError` for one that there is not."""
        return self._connections[name].endpoint

    def can(self, endpoint: str) -> Capabilities:
        """What is offered for it. Raises `SettingsError`."""
        return self._connections[endpoint].provider.can

    def health(self) -> dict[str, object]:
        """What `/health` answers; it never calls the provider."""
        return {
            "ok": True,
            "endpoints": list(self.endpoints),
            "model": self.settings.model,
            "sandbox": self.settings.sandboxed,
            "api_version": self.settings.api_version,
            "running_turns": self.running(),
            "saving": self.saving() or "all is saved",
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
            "turns_per_hour": self.settings.turns_per_hour or "no limit",
            "conversations": shown_database(self.settings.database_url) or str(self.settings.folder / FILE),
        }


def _default(client: httpx.Client, settings: Settings, box: sandbox.Server | None) -> Connection:
    """Google's endpoint, or another one of its kind. Turns without a key go to the sandbox; a visitor's key
    is never sent there."""
    base_url = settings.base_url or GOOGLE
    own = Access(box.url, "sandbox") if box else Access(base_url, settings.api_key)
    endpoint = Endpoint(
        DEFAULT, "gemini", base_url, settings.api_key, settings.key_source, models=(settings.model, *MODELS)
    )
    return Connection(endpoint, Gemini(client, own, settings.api_version))


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
