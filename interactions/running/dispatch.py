"""The turns of this process: messages to send, and turns to stop or resume."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from interactions.conversations.conversation import Owner, Prompt, StoredTurn, new_id
from interactions.conversations.exchanges import exchanges
from interactions.conversations.request import Access, Input, Options, Request
from interactions.endpoints.accounts import of_visitor
from interactions.endpoints.allowance import Allowance
from interactions.endpoints.connections import Connections
from interactions.endpoints.endpoint import Route
from interactions.endpoints.endpoints import NO_KEYS, Endpoints, OwnKeys
from interactions.errors import NotFound, SettingsError, StoreError
from interactions.errors.background import guard
from interactions.running.host import Host
from interactions.running.pending import Pending
from interactions.running.replays import Replays
from interactions.running.requests import request_of
from interactions.running.runner import Runner
from interactions.settings import Settings
from interactions.store.store import Store
from interactions.stream.journal import Frame, Recorder
from interactions.stream.notes import Partial, Unreachable
from interactions.turns.values import whole

KEY_LOST = (
    "The key that this message was to be sent with is not kept when the app starts anew. Set it in the"
    " settings again, and send the message once more."
)
UNSENT = "The app ended while this message was being sent; it was not sent again by itself"
NO_MODEL = "No model is chosen: choose one in the settings, or type its name there."
NEEDS_KEY = "It needs your key: set it in the settings, and bring the turn back"


class Dispatch:
    """Sends messages as turns, one after the other in each conversation, and resumes turns that were left
    unfinished."""

    def __init__(
        self,
        settings: Settings,
        connections: Connections,
        endpoints: Endpoints,
        store: Store,
        runner: Runner,
        replays: Replays,
        host: Host,
    ) -> None:
        self._settings = settings
        self._connections = connections
        self._endpoints = endpoints
        self._store = store
        self._runner = runner
        self._replays = replays
        self._host = host
        # Whether turns without a key of the visitor's own are counted: this deployment pays for them.
        self.capped = bool(settings.turns_per_hour and connections.paid)
        self._allowance = Allowance(settings.turns_per_hour if self.capped else 0)
        self._pending = Pending(endpoints.needs_no_visitor)

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
        new: bool = False,
    ) -> None:
        """Starts a turn, or queues it behind the one that runs. The conversation is made if need be; a `new`
        one, whose id was made just now, needs no database that works.

        It follows the newest turn that comes after the turn `after`; with `fork` it follows that one itself.
        A visitor's own key is kept until the turn begins, and nowhere but here; a setting that the provider
        does not know is left out, and each half of a surrogate pair, which UTF-8 has not, is "?" from here.
        Raises `OverLimit`, `HookError`, `NotFound` for a conversation that was deleted, `StoreError` if what
        it follows cannot be read, or `SettingsError` for a route that leads nowhere or without a model. Then
        nothing is sent, and nothing waits.
        """
        # The hook is asked before anything is stored, so that its refusal leaves nothing behind.
        route = self._host.route(owner, conversation, options, route)
        if not new:
            self._host.load(owner, conversation)
        access, id = self._connections.access(route), new_id()
        provider = self._connections[route.endpoint].provider
        fitted = provider.can.fitted(options)
        if not fitted.model and not fitted.agent:
            raise SettingsError(NO_MODEL)
        account, name = self._endpoints.accounts.name(route), route.endpoint
        prompt: Prompt = whole(Prompt(id, input, fitted, account, after, fork, provider.protocol, name))
        # Only turns on the deployment's key count: a visitor's own key is billed to the visitor.
        if access is None:
            self._allowance.take(owner, id)
        try:
            self._store.create(owner, conversation, new=new)
        except (NotFound, StoreError):
            self._allowance.give_back(owner, id)
            raise
        # A replay would hide the new turn: it shows the conversation only up to the replayed one.
        self._replays.stop(owner, conversation)
        # The key first: another thread may begin the turn as soon as it is in the queue.
        self._pending.add(id, access)
        self._store.enqueue(owner, conversation, prompt)
        try:
            stored = self._store.turns.begin_next(owner, conversation)
        except (NotFound, StoreError):
            with suppress(NotFound, StoreError):
                self.remove(owner, conversation, id)
            raise
        self._start(owner, stored)

    def send_next(self, owner: Owner, conversation: str, keys: OwnKeys = NO_KEYS) -> None:
        """Sends the first waiting message although the turn before it did not end well. One that was to be
        sent with a visitor's key goes with that of `keys` if it is the same. Raises `StoreError`."""
        self._replays.stop(owner, conversation)
        for prompt in self._store.conversation(owner, conversation).queue:
            route = self._endpoints.route(prompt, keys)
            if route.key and route.endpoint in self._connections and self._endpoints.opens(prompt, keys):
                self._pending.add(prompt.id, self._connections.access(route))
        self._start(owner, self._store.turns.begin_next(owner, conversation))

    def remove(self, owner: Owner, conversation: str, prompt: str) -> None:
        """Takes a waiting message out of the queue; it counts for nothing."""
        if self._store.remove(owner, conversation, prompt):
            self._pending.pop(prompt)
            self._allowance.give_back(owner, prompt)

    def stop(self, owner: Owner, conversation: str) -> None:
        """Ends the replay of the conversation, or else its turn."""
        if self._replays.stop(owner, conversation):
            return
        for stored in self._store.conversation(owner, conversation).turns[-1:]:
            self._runner.stop(stored.id)

    def recoverable(self, stored: StoredTurn, keys: OwnKeys = NO_KEYS) -> bool:
        """Whether the turn's server may be asked again how it went on, by whoever has these keys."""
        head, prompt = stored.head, stored.prompt
        known = bool(head.id) and head.stored and self._endpoints.opens(prompt, keys)
        return known and head.status == "interrupted" and not self._endpoints.misrouted(prompt)

    def bring_back(self, owner: Owner, conversation: str, turn: str, keys: OwnKeys = NO_KEYS) -> None:
        """Asks once more how an interrupted turn went on at its server, if it is `recoverable`. Raises
        `StoreError`, and `SettingsError` for what cannot be a key."""
        known = {each.id: each for each in self._store.conversation(owner, conversation).turns}
        if turn not in known:
            return
        access = self._connections.access(self._endpoints.route(known[turn].prompt, keys))
        if not self.recoverable(known[turn], keys):
            return
        stored = self._store.turns.take_back(owner, conversation, turn)
        if stored is not None:
            self._take_up(owner, stored, access)

    def take_up_abandoned(self) -> None:
        """Goes on with turns whose process has died. Raises `StoreError`."""
        for owner, stored in self._store.turns.take_abandoned():
            self._take_up(owner, stored, None)

    def send_unblocked(self) -> None:
        """Sends the messages that still wait although no turn runs before them: because the database could
        not be read when its turn came, or because the turn before it was another process's. Raises
        `StoreError`."""
        waiting = self._store.turns.unblocked()
        self._pending.seen([each.prompt for each in waiting])
        for owner, conversation in {(each.owner, each.conversation) for each in waiting}:
            with guard("what waits to be sent"), suppress(NotFound, StoreError):
                self._start(owner, self._store.turns.begin_next(owner, conversation, self._pending.overdue))

    def _take_up(self, owner: Owner, stored: StoredTurn, access: Access | None) -> None:
        """Goes on with a turn that was begun elsewhere or earlier, unless it takes a key that is not here."""
        frames = stored.journal.slice()
        elapsed = (datetime.now(UTC) - stored.created).total_seconds()
        record = self._recorder(stored, frames[-1] if frames else None, int(elapsed * 1e9))
        request = request_of(self._store, owner, stored, record, access)
        needs_key = NEEDS_KEY if access is None and of_visitor(stored.prompt.account) else ""
        refusal = None
        if why := self._endpoints.misrouted(stored.prompt).removesuffix(".") or needs_key:
            refusal = record.note(Partial("interrupted", why))
        # No request was noted, so none was sent. Sending it now, unasked, could surprise after days.
        elif not exchanges(frames):
            body = {"input": stored.prompt.input, "model": stored.prompt.options.model}
            refusal = record.note(Partial("interrupted", UNSENT, body))
        self._run(owner, stored, request, refusal, taken_up=True)

    def _start(self, owner: Owner, stored: StoredTurn | None) -> None:
        if stored is None:
            return
        record, access = self._recorder(stored), self._pending.pop(stored.id)
        request = request_of(self._store, owner, stored, record, access)
        lost = request.access is None and of_visitor(stored.prompt.account)
        why = self._endpoints.misrouted(stored.prompt) or (KEY_LOST if lost else "")
        refusal = request.record.note(Unreachable("unreachable", why)) if why else None
        self._run(owner, stored, request, refusal)

    def _recorder(self, stored: StoredTurn, last: Frame | None = None, elapsed: int = 0) -> Recorder:
        record = Recorder(last, elapsed, self._settings.stall)
        record.hide(self._connections.secrets(self._endpoints.route(stored.prompt).endpoint))
        return record

    def _run(
        self,
        owner: Owner,
        stored: StoredTurn,
        request: Request,
        refusal: Frame | None,
        *,
        taken_up: bool = False,
    ) -> None:
        def ended() -> None:
            with guard("the end of a turn"):
                self._start(owner, self._store.turns.finish(owner, stored, self._pending.follows))
            self._host.persist(owner, stored.conversation)

        endpoint = self._endpoints.route(stored.prompt).endpoint
        provider = self._connections.provider(endpoint, stored.prompt.protocol)
        ask = None if refusal else self._host.ask(owner, provider, self._endpoints.address(endpoint))
        self._runner.start(stored, provider, request, ended, taken_up=taken_up, refusal=refusal, ask=ask)

    def running(self) -> int:
        """How many turns this process streams."""
        return len(self._runner.running())
