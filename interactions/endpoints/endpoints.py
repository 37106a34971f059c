"""The endpoints of this process, as the rest of the program knows them: what they can, whose account answers,
and what can be asked of them beside turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeAlias

from interactions.conversations.conversation import Owner, Prompt, StoredTurn
from interactions.endpoints.accounts import SANDBOX, Accounts, of_visitor
from interactions.endpoints.connections import Connections
from interactions.endpoints.endpoint import DEFAULT, Endpoint, Route
from interactions.endpoints.listings import Listings
from interactions.errors import NotFound, SettingsError
from interactions.providers.protocol import Capabilities, Lists, keeping, listing
from interactions.providers.shared.foreign import refused
from interactions.stream.documents import Document
from interactions.stream.masks import shown_url
from interactions.turns.events import ErrorDetail

NOT_YOURS = (
    "None of your turns has this interaction. Take the id from a turn of yours, or set the key that the"
    " interaction was made with in the settings."
)
OTHER_PROTOCOL = (
    "The endpoint {!r} no longer speaks the protocol that this message was meant for. Send it once more: it"
    " then goes in the new one."
)
FORGOTTEN = frozenset({200, 204, 404})  # what a server answers that does not have an interaction any more

OwnKeys: TypeAlias = Mapping[str, str]  # a visitor's own keys, by the name of the endpoint
NO_KEYS: OwnKeys = {}


class Endpoints:
    """`keeps` says whether a turn of an owner's is an interaction that an account has. With `sandboxed` the
    embedded sandbox answers at the default endpoint, unless a visitor has a key."""

    def __init__(
        self,
        connections: Connections,
        accounts: Accounts,
        keeps: Callable[[Owner, str, str], bool],
        *,
        sandboxed: bool = False,
    ) -> None:
        self._connections = connections
        self._keeps = keeps
        self._sandboxed = sandboxed
        self.names = connections.names()  # those that turns can be sent to, in the order they are offered
        self.accounts = accounts
        self.listings = Listings(partial(_models, connections), accounts.name)

    def endpoint(self, name: str) -> Endpoint:
        """The endpoint of that name. Raises `SettingsError` if there is none."""
        return self._connections[name].endpoint

    def can(self, name: str) -> Capabilities:
        """The capabilities that are offered for the endpoint. Raises `SettingsError`."""
        return self._connections[name].provider.can

    def address(self, name: str) -> str:
        """The address of the endpoint, without the secret parts of the URL. Raises `SettingsError`."""
        return shown_url(self._connections[name].address)

    def sandboxed(self, route: Route) -> bool:
        """Whether the embedded sandbox answers there."""
        return self._sandboxed and route == Route()

    def free(self, prompt: Prompt) -> bool:
        """Whether an answer costs nothing: an answer of the sandbox, or of a program on this machine."""
        if prompt.account.startswith(SANDBOX):
            return True
        return prompt.endpoint in self._connections and self._connections[prompt.endpoint].endpoint.local

    def route(self, prompt: Prompt, keys: OwnKeys = NO_KEYS) -> Route:
        """The way that a message was sent, or is to be."""
        endpoint = self._connections.meant(prompt.endpoint, prompt.protocol)
        return Route(endpoint, keys.get(endpoint, ""))

    def misrouted(self, prompt: Prompt) -> str:
        """Why a message cannot be sent as it was meant, as a sentence; "" if it can. A protocol that is only
        read here has no address to send to."""
        endpoint = self.route(prompt).endpoint
        try:
            provider = self._connections[endpoint].provider
        except SettingsError as error:
            return str(error)
        return "" if provider.protocol == prompt.protocol else OTHER_PROTOCOL.format(endpoint)

    def opens(self, prompt: Prompt, keys: OwnKeys = NO_KEYS) -> bool:
        """Whether the account that a message goes to, or went to, is the one that these keys open."""
        return prompt.account == self.accounts.name(self.route(prompt, keys))

    def needs_no_visitor(self, prompt: Prompt) -> bool:
        """Whether a message can be sent as it was meant without a visitor's key."""
        return not of_visitor(prompt.account) and not self.misrouted(prompt)

    def retrieve(
        self,
        owner: Owner,
        interaction_id: str,
        route: Route = Route(),  # noqa: B008 (a frozen value)
    ) -> Document:
        """An interaction as its server has it now. On the deployment's own key it has to be one of the
        owner's turns: the key opens those of all visitors. Raises `NotFound`, `StoreError`, `UpstreamError`,
        and `SettingsError` for a key that cannot be one."""
        provider, access = self._connections[route.endpoint].provider, self._connections.access(route)
        if access is None and not self._keeps(owner, interaction_id, self.accounts.name(route)):
            raise NotFound(NOT_YOURS)
        return keeping(provider).retrieve(interaction_id, access)

    def forget(self, stored: StoredTurn, keys: OwnKeys = NO_KEYS) -> bool:
        """Deletes a turn's interaction at its server. False if it is another account's than these keys open,
        or if the server refuses. Raises `UpstreamError`, and `SettingsError` for what cannot be a key."""
        if self.misrouted(stored.prompt) or not self.opens(stored.prompt, keys):
            return False
        route = self.route(stored.prompt, keys)
        provider, access = self._connections[route.endpoint].provider, self._connections.access(route)
        return keeping(provider).forget(stored.head.id, access).status in FORGOTTEN

    def reach(self, endpoint: str = DEFAULT) -> Document:
        """Asks the endpoint for something small. Raises `UpstreamError`."""
        return listing(self._connections[endpoint].provider).reach()

    def try_key(self, route: Route) -> ErrorDetail | None:
        """Tries a key where it would be sent: None if it works, else the server's message. Raises
        `UpstreamError`, and `SettingsError` for what cannot be a key."""
        provider, access = self._connections[route.endpoint].provider, self._connections.access(route)
        answer = listing(provider).reach(access)
        if answer.status < 300:
            return None
        return refused(answer.status, answer.body.decode("utf-8", "replace"))


def _models(connections: Connections, route: Route) -> tuple[str, ...]:
    provider, access = connections[route.endpoint].provider, connections.access(route)
    return provider.models(access) if isinstance(provider, Lists) else ()
