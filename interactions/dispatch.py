"""Turns of this process on their way: sent, queued, taken up, stopped."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime

from interactions.allowance import Allowance
from interactions.journal import Frame, Recorder
from interactions.providers import Provider
from interactions.replays import Replays
from interactions.request import Access, Input, Options, Request
from interactions.runner import Runner
from interactions.settings import GOOGLE, Settings, usable_key
from interactions.stop import Stop
from interactions.store.conversation import Owner, Prompt, StoredTurn, new_id
from interactions.store.sql import Store
from interactions.turn import Turn

SANDBOX = "sandbox:"  # how the account of an embedded sandbox begins
KEY_LOST = (
    "The key that this message was to be sent with is not kept when the app starts anew. Set it in the"
    " settings again, and send the message once more."
)
UNSENT = "The app ended while this message was being sent; it was not sent again by itself"
NEEDS_KEY = "It needs your key: set it in the settings, and bring the turn back"
VISITORS_KEY = "The API key"  # what messages call it


class Dispatch:
    """`home` names this deployment's own account."""

    def __init__(
        self,
        settings: Settings,
        provider: Provider,
        store: Store,
        runner: Runner,
        replays: Replays,
        home: str,
    ) -> None:
        self.settings = settings
        self._provider = provider
        self._store = store
        self._runner = runner
        self._replays = replays
        self._home = home
        self._allowance = Allowance(settings.turns_per_hour if self.capped else 0)
        self._visitors: dict[str, Access] = {}  # by prompt, until its turn has begun
        self._salt = store.fact("salt", secrets.token_bytes(16))

    def send(
        self,
        owner: Owner,
        conversation: str,
        input: Input,
        options: Options,
        key: str = "",
        *,
        after: str = "",
        fork: bool = False,
    ) -> None:
        """Starts a turn, or queues it behind the one that runs. The conversation is made if need be.

        It follows the newest turn that comes after the turn `after`; with `fork` it follows that one itself.
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
        self._store.enqueue(owner, conversation, Prompt(id, input, options, self.account(key), after, fork))
        self._start(owner, self._store.next_turn(owner, conversation))

    def send_next(self, owner: Owner, conversation: str, key: str = "") -> None:
        """Sends the first waiting message although the turn before it did not end well. One that was to be
        sent with a visitor's key goes with `key` if that is the same. Raises `StoreError`."""
        access = self._access(key)
        self._replays.stop(owner, conversation)
        for prompt in self._store.conversation(owner, conversation).queue:
            if access is not None and prompt.account == self.account(key):
                self._visitors.setdefault(prompt.id, access)
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

    def recoverable(self, stored: StoredTurn, key: str = "") -> bool:
        """Whether the turn's server may be asked again how it went on, by whoever has this key."""
        head = stored.head
        known = bool(head.id) and head.stored and stored.prompt.account == self.account(key)
        return known and head.status == "interrupted"

    def bring_back(self, owner: Owner, conversation: str, turn: str, key: str = "") -> None:
        """Asks once more how an interrupted turn went on at its server. Raises `StoreError`, and
        `SettingsError` for what cannot be a key."""
        access = self._access(key)
        stored = self._store.take_back(owner, conversation, turn)
        if stored is not None:
            self._take_up(owner, stored, access)

    def take_up_abandoned(self) -> None:
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
            history=stored.history,
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

    def running(self) -> int:
        return len(self._runner.running())

    def _earlier(self, owner: Owner, stored: StoredTurn) -> tuple[Turn, ...]:
        """All that the turn builds on, as saved here."""
        found = self._store.conversation(owner, stored.conversation)
        return found.ground(stored.prompt.account, store=False, leaf=stored.parent).history

    def _access(self, key: str) -> Access | None:
        """Where a visitor's key is sent, which is never the sandbox. Raises `SettingsError`."""
        return Access(self.settings.base_url or GOOGLE, usable_key(VISITORS_KEY, key)) if key else None
