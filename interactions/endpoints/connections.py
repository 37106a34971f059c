"""The endpoints of this process, each with the provider that talks to it; and a reader of each protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import httpx

from interactions.conversations.request import Access
from interactions.endpoints.endpoint import DEFAULT, Endpoint, Route
from interactions.endpoints.protocols import Protocols, native
from interactions.errors import SettingsError, StoreError
from interactions.providers.built_in import HOME, NATIVE
from interactions.providers.profile import Profiles
from interactions.providers.protocol import Provider
from interactions.settings import Settings, usable_key

VISITORS_KEY = "The API key"  # what messages call it


class Connection(NamedTuple):
    """An endpoint with its provider. `address` is where requests go, which is the sandbox's if that stands in
    for the endpoint."""

    endpoint: Endpoint
    provider: Provider
    address: str


class _Readers(dict[str, Provider]):
    """By the name of the protocol."""

    def __missing__(self, protocol: str) -> Provider:
        raise StoreError(
            f"This was told by {protocol!r}, which nobody here reads: install the package that brings it."
        )


class Connections:
    """The endpoints by name. `default` is the one that turns go to if none is chosen."""

    def __init__(self, client: httpx.Client, default: Connection, others: Mapping[str, Endpoint]) -> None:
        protocols = Protocols()
        made = {
            name: Connection(each, protocols.provider(client, each), each.base_url)
            for name, each in others.items()
        }
        self._known = {DEFAULT: default, **made}
        readers = [*(each.provider for each in self._known.values()), *protocols.readers(client)]
        self._readers = _Readers({provider.protocol: provider for provider in reversed(readers)})
        self.profiles = Profiles(self._readers.values())

    def names(self) -> tuple[str, ...]:
        return tuple(self._known)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    @property
    def paid(self) -> bool:
        """Whether an endpoint is used with a key of this deployment."""
        return any(each.endpoint.api_key for each in self._known.values())

    def __getitem__(self, name: str) -> Connection:
        """The connection of that name. Raises `SettingsError` for an endpoint that is not configured (any
        more)."""
        if name not in self._known:
            raise SettingsError(
                f"There is no endpoint {name!r} any more; choose another one in the settings."
            )
        return self._known[name]

    def secrets(self, name: str) -> frozenset[str]:
        """The texts of an endpoint that are never shown; none if it is no longer configured."""
        return self._known[name].endpoint.secrets if name in self._known else frozenset()

    def meant(self, endpoint: str, protocol: str) -> str:
        """The name of the endpoint that a turn belongs to. One that names none was imported, or is older than
        endpoints are: it belongs to the first that speaks its protocol, or to nobody under that name."""
        speaking = (name for name, each in self._known.items() if each.provider.protocol == protocol)
        return endpoint or next(speaking, protocol)

    @property
    def readers(self) -> Mapping[str, Provider]:
        """The providers that read frames, by protocol, including protocols that no endpoint uses. Another
        raises `StoreError`."""
        return self._readers

    def provider(self, endpoint: str, protocol: str) -> Provider:
        """The provider that talks to the endpoint; where it is configured no more, or in another protocol
        than it was, who reads its protocol, or at least our notes."""
        known = self._known.get(endpoint)
        if known is not None and known.provider.protocol == protocol:
            return known.provider
        return self._readers.get(protocol, self._known[DEFAULT].provider)

    def access(self, route: Route) -> Access | None:
        """Where a visitor's key is sent; None if this deployment's own is used. Raises `SettingsError` for
        what cannot be a key, and where there has to be one."""
        endpoint = self[route.endpoint].endpoint
        if route.key:
            return Access(endpoint.base_url, usable_key(VISITORS_KEY, route.key))
        if endpoint.keyed and not endpoint.api_key:
            raise SettingsError(
                f"The endpoint {endpoint.name!r} takes an API key: put yours into Settings, or set"
                f" {endpoint.key_source} and start the app again."
            )
        return None


def default_connection(
    client: httpx.Client, settings: Settings, sandbox: str | None, change: Callable[[Endpoint], Endpoint]
) -> Connection:
    """The endpoint that is always there: its vendor's, or another one of its kind. Turns without a key go to
    the sandbox, if there is one at that address; a visitor's key is never sent there."""
    endpoint = change(
        Endpoint(
            DEFAULT,
            NATIVE,
            settings.base_url or HOME.base_url,
            settings.api_key,
            settings.key_source,
            models=(settings.model, *HOME.models),
        )
    )
    own = Access(sandbox, "sandbox") if sandbox else Access(endpoint.base_url, endpoint.api_key)
    provider = native(client, endpoint, own, settings.api_version)
    return Connection(endpoint, provider, f"{own.base_url}/{settings.api_version}")
