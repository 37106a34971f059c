"""The endpoints of this process, each with the provider that talks to it; and the readers of all dialects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias, TypedDict

import httpx

from interactions.endpoints import DEFAULT, PROTOCOLS, Endpoint, Route
from interactions.errors import SettingsError
from interactions.providers import Provider
from interactions.providers.anthropic import Anthropic
from interactions.providers.gemini import Gemini
from interactions.providers.openai_chat import OpenAIChat
from interactions.providers.openai_responses import OpenAIResponses
from interactions.request import Access
from interactions.settings import usable_key

VISITORS_KEY = "The API key"  # what messages call it
Factory: TypeAlias = Callable[[httpx.Client, Endpoint], Provider]


class _Added(TypedDict):
    headers: Mapping[str, str]
    extra: Mapping[str, object]


class Connection(NamedTuple):
    endpoint: Endpoint
    provider: Provider


def _gemini(client: httpx.Client, endpoint: Endpoint) -> Provider:
    return Gemini(client, _access(endpoint), "v1beta", **_added(endpoint))


def _anthropic(client: httpx.Client, endpoint: Endpoint) -> Provider:
    return Anthropic(client, _access(endpoint), bearer=endpoint.bearer, **_added(endpoint))


def _openai(client: httpx.Client, endpoint: Endpoint) -> Provider:
    return OpenAIResponses(client, _access(endpoint), **_added(endpoint))


def _chat(client: httpx.Client, endpoint: Endpoint) -> Provider:
    return OpenAIChat(
        client,
        _access(endpoint),
        name="openai_chat_think" if endpoint.think else "openai_chat",
        think_tags=endpoint.think,
        **_added(endpoint),
    )


def _added(endpoint: Endpoint) -> _Added:
    return {"headers": endpoint.headers, "extra": endpoint.extra_body}


def _access(endpoint: Endpoint) -> Access:
    return Access(endpoint.base_url, endpoint.api_key)


FACTORIES: Mapping[str, Factory] = {
    "gemini": _gemini,
    "anthropic": _anthropic,
    "openai_responses": _openai,
    "openai_chat": _chat,
}


class Connections:
    """`default` is the endpoint that turns go to if nobody chooses."""

    def __init__(self, client: httpx.Client, default: Connection, others: Mapping[str, Endpoint]) -> None:
        made = {
            name: Connection(each, FACTORIES[each.protocol](client, each)) for name, each in others.items()
        }
        self._known = {DEFAULT: default, **made}
        readers = [*(each.provider for each in self._known.values()), *_readers(client)]
        self._readers = {provider.name: provider for provider in reversed(readers)}

    def names(self) -> tuple[str, ...]:
        return tuple(self._known)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    @property
    def paid(self) -> bool:
        """Whether there is an endpoint that takes a key of this deployment's own."""
        return any(each.endpoint.api_key for each in self._known.values())

    def __getitem__(self, name: str) -> Connection:
        """Raises `SettingsError` for an endpoint that is not configured (any more)."""
        if name not in self._known:
            raise SettingsError(
                f"There is no endpoint {name!r} any more; choose another one in the settings."
            )
        return self._known[name]

    def meant(self, endpoint: str, dialect: str) -> str:
        """The name of the endpoint that a turn belongs to. One that names none was imported, or is older than
        endpoints are: it belongs to the first that speaks its dialect, or to nobody under that name."""
        speaking = (name for name, each in self._known.items() if each.provider.name == dialect)
        return endpoint or next(speaking, dialect)

    @property
    def readers(self) -> Mapping[str, Provider]:
        """By the name of the dialect that frames are in, whether an endpoint speaks it or not."""
        return self._readers

    def provider(self, endpoint: str, dialect: str) -> Provider:
        """Who talks to the endpoint; where it is configured no more, or in another protocol than it was, who
        reads its dialect."""
        known = self._known.get(endpoint)
        if known is not None and known.provider.name == dialect:
            return known.provider
        return self._readers[dialect]

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


def _readers(client: httpx.Client) -> list[Provider]:
    """One for each dialect, for frames of endpoints that are configured no more."""
    plain = [Endpoint(name, name, "http://localhost") for name in PROTOCOLS]
    thinking = Endpoint("openai_chat", "openai_chat", "http://localhost", think=True)
    return [FACTORIES[each.protocol](client, each) for each in (*plain, thinking)]
