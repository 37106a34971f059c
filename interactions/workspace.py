"""The composition root: the only place that names concrete providers and stores. Pages talk to it alone."""

from __future__ import annotations

import hashlib
import platform
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

from interactions import __version__, sandbox
from interactions.allowance import Allowance
from interactions.cassettes import dump, load
from interactions.errors import NotFound
from interactions.events import ErrorDetail
from interactions.exchanges import MASK
from interactions.history import wire_steps
from interactions.journal import Frame, Recorder
from interactions.providers import Provider
from interactions.providers.documents import Document
from interactions.providers.gemini import Gemini
from interactions.providers.reading import State, refusal
from interactions.replays import Replays
from interactions.request import Access, Input, Options, Request
from interactions.runner import Runner, refold
from interactions.settings import GOOGLE, Settings, shown_database, shown_url, usable_key
from interactions.steps import Wire
from interactions.stop import Stop
from interactions.store import portable
from interactions.store.conversation import Conversation, Entry, Owner, Prompt, StoredTurn, new_id
from interactions.store.database import FILE, open_engine
from interactions.store.sql import PAGE, Store
from interactions.transport import new_client
from interactions.watch import Watch

PACKAGES = ("streamlit", "httpx", "httpx-sse", "msgspec", "sqlalchemy", "psycopg", "starlette", "uvicorn")
SANDBOX = "sandbox:"  # how the account of an embedded sandbox begins
KEY_LOST = (
    "The key that this message was to be sent with is not kept when the app starts anew. Set it in the"
    " settings again, and send the message once more."
)
UNSENT = "The app ended while this message was being sent; it was not sent again by itself"
NEEDS_KEY = "It needs your key: set it in the settings, and bring the turn back"
VISITORS_KEY = "The API key"  # what messages call it


class Workspace:
    """Everything a process has, made once: the provider, the store, and the turns that run."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._sandbox = sandbox.serve() if settings.sandboxed else None
        base_url = self._sandbox.url if self._sandbox else settings.base_url or GOOGLE
        own = Access(base_url, settings.api_key or ("sandbox" if self._sandbox else ""))
        self._provider: Provider = Gemini(new_client(settings.silence), own, settings.api_version)
        engine = open_engine(settings.database_url, settings.folder)
        self._runner = Runner()
        self._store = Store(engine, partial(refold, self._provider), self._provider.name, self._lose)
        self._keep = partial(portable.keep, engine, provider=self._provider.name)
        self._replays = Replays(self._provider)
        self._allowance = Allowance(settings.turns_per_hour if self.capped else 0)
        self._home = f"{SANDBOX}{new_id()}" if self._sandbox else ""
        self._visitors: dict[str, Access] = {}  # by prompt, until its turn has begun
        self._salt = self._store.fact("salt", secrets.token_bytes(16))
        self._watch = Watch(self._take_up_abandoned)

    def send(self, owner: Owner, conversation: str, input: Input, options: Options, key: str = "") -> None:
        """Starts a turn, or queues it behind the one that runs. The conversation is made if need be.

        `key` is the visitor's own; it is kept until the turn begins, and nowhere but here. Raises
        `OverLimit`, or `SettingsError` for a key that cannot be one, before anything is stored.
        """
        access, id = self._access(key), new_id()
        if access is None:
            self._allowance.take(owner, id)
        else:
            self._visitors[id] = access
        self._replays.stop(owner, conversation)
        self._store.create(owner, conversation)
        self._store.enqueue(owner, conversation, Prompt(id, input, options, self.account(key)))
        self._start(owner, self._store.next_turn(owner, conversation))

    @property
    def capped(self) -> bool:
        """Whether turns without a key of the visitor's own are counted."""
        return bool(self.settings.api_key and self.settings.turns_per_hour)

    def account(self, key: str) -> str:
        """A name for whoever a visitor's key belongs to, which cannot be turned back into the key; "" is the
        account of this deployment. The embedded sandbox forgets all with its process: each has its own."""
        if not key:
            return self._home
        return hashlib.blake2b(key.encode(), key=self._salt, digest_size=8).hexdigest()

    def send_next(self, owner: Owner, conversation: str) -> None:
        """Sends the first waiting message although the turn before it did not end well."""
        self._replays.stop(owner, conversation)
        self._start(owner, self._store.next_turn(owner, conversation))

    def remove(self, owner: Owner, conversation: str, prompt: str) -> None:
        if self._store.remove(owner, conversation, prompt):
            self._visitors.pop(prompt, None)
            self._allowance.give_back(owner, prompt)

    def stop(self, owner: Owner, conversation: str) -> None:
        """Ends the replay of the conversation, or else its turn."""
        if self._replays.stop(owner, conversation):
            return
        for stored in self._store.conversation(owner, conversation).turns[-1:]:
            self._runner.stop(stored.id)

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
        return dump(portable.cassette_of(found, self._provider.name, turn))

    def import_(self, owner: Owner, data: bytes) -> str:
        """Stores what is in a cassette as a new conversation; returns its id. Raises `CassetteError` and
        `StoreError`, and then nothing is stored."""
        found = portable.conversation_of(load(data), self._provider.name, partial(refold, self._provider))
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

    def delete(self, owner: Owner, conversation: str) -> None:
        """A turn that runs is stopped. For a day, `restore` brings all back."""
        self._replays.stop(owner, conversation)
        self.stop(owner, conversation)
        self._store.delete(owner, conversation)

    def restore(self, owner: Owner, conversation: str) -> None:
        self._store.restore(owner, conversation)

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

    def retrieve(self, interaction_id: str, key: str = "") -> Document:
        """An interaction as its server has it now. Raises `UpstreamError`, and `SettingsError` for a key that
        cannot be one."""
        return self._provider.retrieve(interaction_id, self._access(key))

    def reach(self) -> Document:
        """Asks the endpoint for something small. Raises `UpstreamError`."""
        return self._provider.reach()

    def try_key(self, key: str) -> ErrorDetail | None:
        """None if the key works where it would be sent, else what the server says to it, without the key.
        Raises `UpstreamError`, and `SettingsError` for what cannot be a key."""
        answer = self._provider.reach(self._access(key))
        if answer.status < 300:
            return None
        body = answer.body.replace(key.encode(), MASK.encode()) if key else answer.body
        return refusal(State(answer.status, True, (body,))).error

    def running(self) -> int:
        return len(self._runner.running())

    def health(self) -> dict[str, object]:
        """What `/health` answers; it never calls the provider."""
        return {
            "ok": True,
            "provider": self._provider.name,
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
            "endpoint": shown_url(self._provider.endpoint),
            "key": f"set by {self.settings.key_source}" if self.settings.api_key else "none",
            "default_model": self.settings.model,
            "silence_seconds": self.settings.silence,
            "turns_per_hour": self.settings.turns_per_hour or "no limit",
            "conversations": shown_database(self.settings.database_url) or str(self.settings.folder / FILE),
        }

    def _earlier(self, owner: Owner, stored: StoredTurn) -> tuple[Wire, ...]:
        """Every step that the turn builds on, as saved here."""
        found = self._store.conversation(owner, stored.conversation)
        return wire_steps(found.ground(stored.prompt.account, store=False, leaf=stored.parent).history)

    def _access(self, key: str) -> Access | None:
        """Where a visitor's key is sent, which is never the sandbox. Raises `SettingsError`."""
        return Access(self.settings.base_url or GOOGLE, usable_key(VISITORS_KEY, key)) if key else None

    def bring_back(self, owner: Owner, conversation: str, turn: str, key: str = "") -> None:
        """Asks once more how an interrupted turn went on at its server. Raises `StoreError`, and
        `SettingsError` for what cannot be a key."""
        access = self._access(key)
        stored = self._store.take_back(owner, conversation, turn)
        if stored is not None:
            self._take_up(owner, stored, access)

    def _lose(self, turn: str) -> None:
        self._runner.stop(turn, "another process of this app")

    def _take_up_abandoned(self) -> None:
        for owner, stored in self._store.take_abandoned():
            self._take_up(owner, stored, None)

    def _take_up(self, owner: Owner, stored: StoredTurn, access: Access | None) -> None:
        """Goes on with a turn that was begun elsewhere or earlier, unless it takes a key that is not here."""
        frames = stored.journal.slice()
        elapsed = (datetime.now(UTC) - stored.created).total_seconds()
        record = Recorder(frames[-1] if frames else None, int(elapsed * 1e9))
        request = self._request(owner, stored, record, access)
        refusal = None
        if access is None and self._visitors_own(stored):
            refusal = record.note("partial", status="interrupted", message=NEEDS_KEY)
        elif not frames:
            body = {"input": stored.prompt.input, "model": stored.prompt.options.model}
            refusal = record.note("partial", status="interrupted", message=UNSENT, body=body)
        self._run(owner, stored, request, refusal, taken_up=True)

    def _start(self, owner: Owner, stored: StoredTurn | None) -> None:
        if stored is None:
            return
        request = self._request(owner, stored, Recorder(), self._visitors.pop(stored.id, None))
        refusal = None
        if request.access is None and self._visitors_own(stored):
            refusal = request.record.note("unreachable", error="unreachable", message=KEY_LOST)
        self._run(owner, stored, request, refusal)

    def _request(self, owner: Owner, stored: StoredTurn, record: Recorder, access: Access | None) -> Request:
        return Request(
            input=stored.prompt.input,
            options=stored.prompt.options,
            record=record,
            stop=Stop(),
            previous_interaction_id=stored.previous_interaction_id,
            history=wire_steps(stored.history),
            earlier=lambda: self._earlier(owner, stored),
            access=access,
        )

    def _run(
        self,
        owner: Owner,
        stored: StoredTurn,
        request: Request,
        refusal: Frame | None,
        *,
        taken_up: bool = False,
    ) -> None:
        following = lambda: self._start(owner, self._store.finish(owner, stored))  # noqa: E731
        self._runner.start(stored, self._provider, request, following, taken_up=taken_up, refusal=refusal)

    @staticmethod
    def _visitors_own(stored: StoredTurn) -> bool:
        """Whether the turn takes a key that only its visitor has."""
        return bool(stored.prompt.account) and not stored.prompt.account.startswith(SANDBOX)


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
