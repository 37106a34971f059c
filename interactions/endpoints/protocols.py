"""The providers by protocol: the providers here, and those that installed packages bring.

A package brings one by an entry point of the group `interactions.providers`: its name is the protocol, its
value a `Factory`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import TypeAlias, TypedDict

import httpx

from interactions.conversations.kinds import VERSIONS, ApiVersion
from interactions.conversations.request import Access
from interactions.endpoints.endpoint import Endpoint
from interactions.errors import SettingsError
from interactions.providers.anthropic.provider import Anthropic
from interactions.providers.built_in import COMMON
from interactions.providers.chat.provider import OpenAIChat
from interactions.providers.gemini.provider import Gemini
from interactions.providers.generate_content.provider import GenerateContent
from interactions.providers.lmstudio.provider import LMStudio
from interactions.providers.profile import Profile
from interactions.providers.protocol import Provider
from interactions.providers.responses.provider import OpenAIResponses
from interactions.stream.echoes import Echoes
from interactions.stream.masks import MASK

GROUP = "interactions.providers"
NOWHERE = "http://localhost"  # the address of providers that only read
Factory: TypeAlias = Callable[[httpx.Client, Endpoint], Provider]

_LOG = logging.getLogger(__name__)
_MEMBERS = (*Provider.__annotations__, *(name for name in vars(Provider) if not name.startswith("_")))


class _Added(TypedDict):
    headers: Mapping[str, str]
    extra: Mapping[str, object]


def native(client: httpx.Client, endpoint: Endpoint, access: Access, version: ApiVersion) -> Provider:
    """The provider of the endpoint that is always there, which the sandbox may stand in for."""
    return Gemini(client, access, version, **_added(endpoint))


def _gemini(client: httpx.Client, endpoint: Endpoint) -> Provider:
    return native(client, endpoint, _access(endpoint), VERSIONS[0])


def _generate_content(client: httpx.Client, endpoint: Endpoint) -> Provider:
    return GenerateContent(client, _access(endpoint), **_added(endpoint))


def _anthropic(client: httpx.Client, endpoint: Endpoint) -> Provider:
    return Anthropic(client, _access(endpoint), bearer=endpoint.bearer, **_added(endpoint))


def _openai(client: httpx.Client, endpoint: Endpoint) -> Provider:
    return OpenAIResponses(client, _access(endpoint), **_added(endpoint))


def _lm_studio(client: httpx.Client, endpoint: Endpoint) -> Provider:
    return LMStudio(client, _access(endpoint), **_added(endpoint))


def _chat(client: httpx.Client, endpoint: Endpoint) -> Provider:
    return OpenAIChat(
        client,
        _access(endpoint),
        protocol="openai_chat_think" if endpoint.think else "openai_chat",
        think_tags=endpoint.think,
        **_added(endpoint),
    )


def _added(endpoint: Endpoint) -> _Added:
    return {"headers": endpoint.headers, "extra": endpoint.extra_body}


def _access(endpoint: Endpoint) -> Access:
    return Access(endpoint.base_url, endpoint.api_key)


FACTORIES: Mapping[str, Factory] = {
    "gemini": _gemini,
    "gemini_generate_content": _generate_content,
    "anthropic": _anthropic,
    "openai_responses": _openai,
    "lmstudio": _lm_studio,
    "openai_chat": _chat,
}


class Protocols:
    """The protocols that can be spoken. Installed packages are looked up once. A package cannot take the name
    of a protocol that is here."""

    def __init__(self) -> None:
        found = entry_points(group=GROUP)
        self._brought = {entry.name: entry for entry in found if entry.name not in FACTORIES}

    @property
    def names(self) -> tuple[str, ...]:
        return (*FACTORIES, *self._brought)

    def provider(self, client: httpx.Client, endpoint: Endpoint) -> Provider:
        """Raises `SettingsError` for a protocol that nobody speaks, and for a package that does not work."""
        if factory := FACTORIES.get(endpoint.protocol):
            return factory(client, endpoint)
        if entry := self._brought.get(endpoint.protocol):
            return _made(entry, client, endpoint)
        known = ", ".join(self.names)
        raise SettingsError(
            f"[providers.{endpoint.name}] has the protocol {endpoint.protocol!r}, which nobody here speaks."
            f" It takes one of {known}, or install the package that brings it.",
            setting=f"[providers.{endpoint.name}]",
        )

    def readers(self, client: httpx.Client) -> list[Provider]:
        """One for each protocol, for frames of endpoints that are configured no more."""
        plain = [Endpoint(name, name, NOWHERE) for name in FACTORIES]
        thinking = Endpoint(COMMON, COMMON, NOWHERE, think=True)
        ours = [FACTORIES[each.protocol](client, each) for each in (*plain, thinking)]
        return [*ours, *self._brought_readers(client)]

    def _brought_readers(self, client: httpx.Client) -> list[Provider]:
        """Of the packages that work. The others are a matter of the log: perhaps nobody wants them."""
        made = []
        for name, entry in self._brought.items():
            try:
                made.append(_made(entry, client, Endpoint(name, name, NOWHERE)))
            except SettingsError as error:
                _LOG.warning("%s", error)
        return made


def _made(entry: EntryPoint, client: httpx.Client, endpoint: Endpoint) -> Provider:
    """Stored turns find their reader by its name, so that has to be the protocol's."""
    place = f"[providers.{endpoint.name}]"
    where = f"The protocol {entry.name!r} of {place} comes from {entry.value!r}"
    try:
        provider: Provider = entry.load()(client, endpoint)
    except Exception as error:  # noqa: BLE001 (anything: it is another's code)
        said = f"{type(error).__name__}: {error}"
        # Twice: as they are, also the short ones that `Echoes` leaves, and then in every other encoding.
        for secret in filter(None, (endpoint.api_key, *endpoint.headers.values())):
            said = said.replace(secret, MASK)
        said = Echoes(endpoint.secrets).without(said.encode()).decode()
        raise SettingsError(
            f"{where}, which does not work here ({said}). Repair or update it.", setting=place
        ) from None
    if missing := [name for name in _MEMBERS if not hasattr(provider, name)]:
        raise SettingsError(
            f"{where}, whose provider lacks {', '.join(missing)}. Update that package.", setting=place
        )
    if not isinstance(getattr(provider, "profile", Profile()), Profile):
        raise SettingsError(
            f"{where}, whose `profile` is none. Make it a `Profile` of {Profile.__module__}.", setting=place
        )
    if provider.protocol != entry.name:
        raise SettingsError(
            f"{where}, whose provider has another one, {provider.protocol!r}. Make them one.", setting=place
        )
    return provider
