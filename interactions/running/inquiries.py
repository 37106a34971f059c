"""What can be asked of endpoints beside turns: what they are, can do and list, and what they have kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from interactions.conversations.conversation import Owner, Prompt
from interactions.endpoints.accounts import SANDBOX
from interactions.endpoints.endpoint import DEFAULT, Endpoint, Route
from interactions.endpoints.listings import Listings
from interactions.errors import NotFound
from interactions.providers.protocol import Capabilities, Lists, keeping, listing
from interactions.providers.shared.foreign import refused
from interactions.running.dispatch import Dispatch
from interactions.stream.documents import Document
from interactions.turns.events import ErrorDetail

NOT_YOURS = (
    "None of your turns has this interaction. Take the id from a turn of yours, or set the key that the"
    " interaction was made with in the settings."
)


class Inquiries(Dispatch):
    """All that needs no conversation."""

    @cached_property
    def listings(self) -> Listings:
        """The models that each endpoint has, as far as somebody has asked."""
        return Listings(self._listed, self._accounts.name)

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
        if access is None and not self._store.names(owner, interaction_id, self.account(route)):
            raise NotFound(NOT_YOURS)
        return keeping(provider).retrieve(interaction_id, access)

    def reach(self, endpoint: str = DEFAULT) -> Document:
        """Asks the endpoint for something small. Raises `UpstreamError`."""
        return listing(self._connections[endpoint].provider).reach()

    def try_key(self, route: Route) -> ErrorDetail | None:
        """None if the key works where it would be sent, else what the server says to it.
        Raises `UpstreamError`, and `SettingsError` for what cannot be a key."""
        answer = listing(self._connections[route.endpoint].provider).reach(self._connections.access(route))
        if answer.status < 300:
            return None
        return refused(answer.status, answer.body.decode("utf-8", "replace"))

    def _listed(self, route: Route) -> tuple[str, ...]:
        provider, access = self._connections[route.endpoint].provider, self._connections.access(route)
        return provider.models(access) if isinstance(provider, Lists) else ()

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

    def sandboxed(self, route: Route) -> bool:
        """Whether the embedded sandbox answers there."""
        return self.settings.sandboxed and route == Route()

    def free(self, prompt: Prompt) -> bool:
        """Whether nobody asks money for it: an answer of the sandbox, or of a program on this machine."""
        if prompt.account.startswith(SANDBOX):
            return True
        return prompt.endpoint in self._connections and self._connections[prompt.endpoint].endpoint.local
