"""The application around the playground, which is asked and informed through its hooks."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial

import msgspec

from interactions.conversations.conversation import Conversation, Owner
from interactions.conversations.request import Options, Request
from interactions.endpoints.endpoint import DEFAULT, Endpoint, Route
from interactions.errors import (
    CassetteError,
    HookError,
    InteractionsError,
    NotFound,
    SettingsError,
    StoreError,
)
from interactions.providers.protocol import Provider
from interactions.running.cassettes import Cassettes
from interactions.running.hooks import Hooks, Source, overridden
from interactions.running.runner import Ask
from interactions.store.store import Store
from interactions.stream.journal import Frame
from interactions.stream.masks import shown_url

UNROUTED = (
    "The application could not say where to send this, and nothing was sent. Its log says why; try again."
)
UNLOADED = "The application could not say whether it has this conversation. Its log says why; try again."
UNREADABLE = "What the application has of this conversation cannot be read. {}"
LOCKS = 64

_LOG = logging.getLogger(__name__)


class Host:
    """Asks the hooks of the application, and hands it conversations as cassettes."""

    def __init__(self, hooks: Hooks, store: Store, cassettes: Cassettes) -> None:
        self._hooks = hooks
        self._store = store
        self._cassettes = cassettes
        # A fixed number: a lock for each conversation would have to be thrown away at the right moment.
        self._locks = tuple(threading.RLock() for _ in range(LOCKS))
        self._behind: dict[str, str] = {}  # conversations that were not taken, and why

    def route(self, owner: Owner, conversation: str, options: Options, route: Route) -> Route:
        """The route that the application chooses. A visitor's own key is sent only to the endpoint that the
        visitor chose. Raises `HookError`."""
        if not overridden(self._hooks, "route"):
            return route
        asked = partial(self._hooks.route, owner=owner, conversation=conversation, options=options)
        try:
            name = asked(chosen=route.endpoint)
        except InteractionsError:
            raise
        except Exception as error:
            _LOG.warning("The hook `route` failed.", exc_info=True)
            raise HookError(UNROUTED, hook="route") from error
        return route if name == route.endpoint else Route(name)

    def ask(self, owner: Owner, provider: Provider, address: str) -> Ask | None:
        """The function that makes the requests of a turn in place of its provider; None if the application
        overrides neither hook."""
        wanted = overridden(self._hooks, "frames") or overridden(self._hooks, "system")
        return partial(self._ask, owner, provider, address) if wanted else None

    def _ask(self, owner: Owner, provider: Provider, address: str, request: Request) -> Iterator[Frame]:
        access = request.access  # kept from the hook, and put back when it calls the source

        def frames(asked: Request) -> Iterator[Frame]:
            return provider.frames(msgspec.structs.replace(asked, access=access))

        system = self._hooks.system(owner=owner, options=request.options)
        options = msgspec.structs.replace(request.options, system_instruction=system)
        source = Source(provider.protocol, address, provider.can, frames)
        return self._hooks.frames(source, msgspec.structs.replace(request, options=options, access=None))

    def conversation(self, owner: Owner, conversation: str) -> Conversation:
        """The conversation as stored, or else as the application has it. Raises `NotFound` and
        `StoreError`."""
        try:
            return self._store.conversation(owner, conversation)
        except NotFound:
            self.load(owner, conversation)
            return self._store.conversation(owner, conversation)

    def load(self, owner: Owner, conversation: str) -> None:
        """Stores what the application has under an id that is not taken. Raises `StoreError`."""
        if not overridden(self._hooks, "load"):
            return
        with self._lock(owner, conversation):
            # Asked again under the lock: another thread may have loaded it meanwhile.
            if self._store.taken(owner, conversation):
                return
            cassette = self._loaded(owner, conversation)
            if cassette is None:
                return
            try:
                self._cassettes.import_(owner, cassette, conversation=conversation)
            except CassetteError as error:
                raise StoreError(UNREADABLE.format(error)) from error

    def _loaded(self, owner: Owner, conversation: str) -> bytes | None:
        try:
            return self._hooks.load(owner=owner, conversation=conversation)
        except Exception as error:
            _LOG.warning("The hook `load` failed.", exc_info=True)
            raise StoreError(str(error) if isinstance(error, InteractionsError) else UNLOADED) from error

    def persist(self, owner: Owner, conversation: str) -> None:
        """Hands the application the conversation as it is stored now. Never raises."""
        if not overridden(self._hooks, "persist"):
            return
        with self._lock(owner, conversation):  # one after the other: what is older never comes last
            try:
                # The application gets only what is saved: else it would have turns that a crash takes away
                # here.
                self._store.save()
                cassette = self._cassettes.export(owner, conversation)
                self._hooks.persist(owner=owner, conversation=conversation, cassette=cassette)
            except NotFound:  # deleted meanwhile
                self._behind.pop(conversation, None)
            except Exception as error:  # noqa: BLE001 (it is the application's, and the turn is over)
                _LOG.warning("Conversation %s was not handed on.", conversation, exc_info=True)
                self._behind[conversation] = type(error).__name__
            else:
                self._behind.pop(conversation, None)

    @property
    def trouble(self) -> str | None:
        """What the application has not taken, as a sentence for whoever runs it; None when all is well."""
        behind = list(self._behind.values())
        if not behind:
            return None
        return (
            f"{len(behind):,} conversations were not taken by the hook `persist`, the last for {behind[-1]}:"
            " the log has more. Each is handed on again with its next turn."
        )

    def _lock(self, owner: Owner, conversation: str) -> AbstractContextManager[object]:
        return self._locks[hash((owner, conversation)) % LOCKS]


def configured(hooks: Hooks, endpoint: Endpoint) -> Endpoint:
    """The endpoint as the application wants it. Raises `SettingsError`."""
    if not overridden(hooks, "endpoint"):
        return endpoint
    shown = msgspec.structs.replace(endpoint, api_key="", headers={}, base_url=shown_url(endpoint.base_url))
    try:
        wanted: object = hooks.endpoint(shown)
    except InteractionsError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise SettingsError(
            f"The hook `endpoint` failed for {endpoint.name!r} ({said}). Correct it."
        ) from error
    if not isinstance(wanted, Endpoint) or wanted.name != endpoint.name:
        raise SettingsError(f"The hook `endpoint` has to return an Endpoint with the name {endpoint.name!r}.")
    if endpoint.name == DEFAULT and wanted.protocol != endpoint.protocol:
        raise SettingsError(f"The hook `endpoint` cannot change the protocol of {DEFAULT!r}: leave it.")
    return msgspec.structs.replace(
        wanted,
        # The hook saw neither key nor headers: what it leaves empty is not meant as removed.
        api_key=wanted.api_key or endpoint.api_key,
        headers={**endpoint.headers, **wanted.headers},
        base_url=endpoint.base_url if wanted.base_url == shown.base_url else wanted.base_url,
    )
