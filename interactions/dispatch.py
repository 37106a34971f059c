"""Turns of this process on their way: sent, queued, taken up, stopped."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import TypeAlias

from interactions.allowance import Allowance
from interactions.connections import Connections
from interactions.endpoints import DEFAULT, Route
from interactions.errors import SettingsError
from interactions.journal import Frame, Recorder
from interactions.replays import Replays
from interactions.request import Access, Input, Options, Request
from interactions.runner import Runner
from interactions.settings import Settings
from interactions.stop import Stop
from interactions.store.conversation import Owner, Prompt, StoredTurn, new_id
from interactions.store.sql import Store
from interactions.turn import Turn

SANDBOX = "sandbox:"  # how the account of an embedded sandbox begins
OWN = "at:"  # how one begins that this deployment has at another endpoint than the default
KEY_LOST = (
    "The key that this message was to be sent with is not kept when the app starts anew. Set it in the"
    " settings again, and send the message once more."
)
UNSENT = "The app ended while this message was being sent; it was not sent again by itself"
NEEDS_KEY = "It needs your key: set it in the settings, and bring the turn back"

Keys: TypeAlias = Mapping[str, str]  # a visitor's own, by endpoint
NO_KEYS: Keys = {}


class Dispatch:
    """`home` names this deployment's own account at the default endpoint."""

    def __init__(
        self,
        settings: Settings,
        connections: Connections,
        store: Store,
        runner: Runner,
        replays: Replays,
        home: str,
    ) -> None:
        self.settings = settings
        self._connections = connections
        self._store = store
        self._runner = runner
        self._replays = replays
        self._home = home
        self._salt = store.fact("salt", secrets.token_bytes(16))
        self._allowance = Allowance(settings.turns_per_hour if self.capped else 0)
        self._visitors: dict[str, Access] = {}  # by prompt, until its turn has begun

    def send(
        self,
        owner: Owner,
        conversation: str,
        input: Input,
        options: Options,
        route: Route = Route(),  # noqa: B008 (a frozen value)
        *,
        after: str = "",
        fork: bool = False,
    ) -> None:
        """Starts a turn, or queues it behind the one that runs. The conversation is made if need be.

        It follows the newest turn that comes after the turn `after`; with `fork` it follows that one itself.
        A visitor's own key is kept until the turn begins, and nowhere but here; a setting that the provider
        does not know is left out. Raises `OverLimit`, or `SettingsError` for a route that leads nowhere,
        before anything is stored.
        """
        access, id = self._connections.access(route), new_id()
        if access is None:
            self._allowance.take(owner, id)
        else:
            self._visitors[id] = access
        provider = self._connections[route.endpoint].provider
        prompt = Prompt(
            id,
            input,
            provider.can.fitted(options),
            self.account(route),
            after,
            fork,
            provider.name,
            route.endpoint,
        )
        self._replays.stop(owner, conversation)
        self._store.create(owner, conversation)
        self._store.enqueue(owner, conversation, prompt)
        self._start(owner, self._store.next_turn(owner, conversation))

    def send_next(self, owner: Owner, conversation: str, keys: Keys = NO_KEYS) -> None:
        """Sends the first waiting message although the turn before it did not end well. One that was to be
        sent with a visitor's key goes with that of `keys` if it is the same. Raises `StoreError`."""
        self._replays.stop(owner, conversation)
        for prompt in self._store.conversation(owner, conversation).queue:
            route = route_of(prompt, keys)
            if route.key and route.endpoint in self._connections and prompt.account == self.account(route):
                access = self._connections.access(route)
                assert access is not None, "there is a key"
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

    def recoverable(self, stored: StoredTurn, keys: Keys = NO_KEYS) -> bool:
        """Whether the turn's server may be asked again how it went on, by whoever has these keys."""
        head, route = stored.head, route_of(stored.prompt, keys)
        known = bool(head.id) and head.stored and stored.prompt.account == self.account(route)
        return known and head.status == "interrupted" and route.endpoint in self._connections

    def bring_back(self, owner: Owner, conversation: str, turn: str, keys: Keys = NO_KEYS) -> None:
        """Asks once more how an interrupted turn went on at its server. Raises `StoreError`, and
        `SettingsError` for what cannot be a key."""
        prompts = {each.id: each.prompt for each in self._store.conversation(owner, conversation).turns}
        access = self._connections.access(route_of(prompts[turn], keys)) if turn in prompts else None
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
        refusal = self._astray(stored, record)
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
        refusal = self._astray(stored, request.record)
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
            left_out=stored.left_out,
            earlier=lambda: self._earlier(owner, stored),
            named=lambda: self._named(owner, stored),
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
        provider = self._connections.provider(stored.prompt.endpoint, stored.prompt.provider)
        self._runner.start(stored, provider, request, following, taken_up=taken_up, refusal=refusal)

    def _astray(self, stored: StoredTurn, record: Recorder) -> Frame | None:
        """Why a turn cannot be sent to the endpoint that it was meant for, if so."""
        try:
            self._connections[stored.prompt.endpoint]
        except SettingsError as error:
            return record.note("unreachable", error="unreachable", message=str(error))
        return None

    @staticmethod
    def _visitors_own(stored: StoredTurn) -> bool:
        """Whether the turn takes a key that only its visitor has."""
        return bool(stored.prompt.account) and not stored.prompt.account.startswith((SANDBOX, OWN))

    @property
    def capped(self) -> bool:
        """Whether turns without a key of the visitor's own are counted: this deployment pays for them."""
        return bool(self.settings.turns_per_hour and self._connections.paid)

    def account(self, route: Route = Route()) -> str:  # noqa: B008 (a frozen value)
        """A name for whoever keeps what is sent this way: made of a visitor's key, but it cannot be turned
        back into that. The embedded sandbox forgets all with its process: each has its own."""
        if not route.key:
            return self._home if route.endpoint == DEFAULT else f"{OWN}{route.endpoint}"
        at = b"" if route.endpoint == DEFAULT else route.endpoint.encode() + b"\n"
        return hashlib.blake2b(at + route.key.encode(), key=self._salt, digest_size=8).hexdigest()

    def running(self) -> int:
        return len(self._runner.running())

    def _earlier(self, owner: Owner, stored: StoredTurn) -> tuple[Turn, ...]:
        """All that the turn builds on, as saved here."""
        found = self._store.conversation(owner, stored.conversation)
        return found.ground(stored.prompt.account, store=False, leaf=stored.parent).history

    def _named(self, owner: Owner, stored: StoredTurn) -> tuple[Turn, ...]:
        """The turn that is named as the one before, if it waits for the results of its calls."""
        id = stored.previous_interaction_id
        line = self._store.conversation(owner, stored.conversation).line(stored.parent) if id else ()
        found = (each for each in reversed(line) if each.head.id == id)
        return tuple(each.turn for each in islice(found, 1) if each.head.status == "requires_action")


def route_of(prompt: Prompt, keys: Keys) -> Route:
    return Route(prompt.endpoint, keys.get(prompt.endpoint, ""))
