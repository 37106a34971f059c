"""The servers that turns can be sent to, from the environment and from secrets.

Keys and addresses have each vendor's usual names. `[providers.NAME]` in the secrets adds any number of
others.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

import msgspec

from interactions.errors import Misfit, SettingsError
from interactions.files.fitting import fitted
from interactions.providers.built_in import COMMON, HOME, PROFILES
from interactions.providers.profile import Service
from interactions.settings import Secrets, usable_key, usable_url
from interactions.stream.masks import secrets_of, shown_url

DEFAULT = HOME.name  # the endpoint that is always there: that service, or the embedded sandbox
LOCAL_SERVERS = "INTERACTIONS_LOCAL_SERVERS"


class Endpoint(msgspec.Struct, frozen=True):
    """A server that turns are sent to, and its protocol: a name that `protocols` knows. Its `repr` shows
    neither key nor headers.

    `models` are offered beside those that the server lists; `extra_body` goes into every request; `think`
    turns `<think>` in a text into thoughts. With `keyed` nothing can be sent without a key. A `local` one is
    a program on the machine of this process. `key_source` is the variable that the key comes from, or would.
    """

    name: str
    protocol: str
    base_url: str
    api_key: str = ""
    key_source: str = ""
    headers: Mapping[str, str] = {}
    models: tuple[str, ...] = ()
    extra_body: Mapping[str, object] = {}
    think: bool = False
    bearer: bool = False
    keyed: bool = False
    local: bool = False

    @property
    def secrets(self) -> frozenset[str]:
        """The key, and what else of it is never shown: in its headers and its address."""
        own = secrets_of(self.base_url, self.headers, frozenset(map(str.lower, self.headers)), base=True)
        return own | secrets_of("", {"authorization": self.api_key})

    def __repr__(self) -> str:
        return f"Endpoint({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        shown = {
            "base_url": shown_url(self.base_url),
            "api_key": "(set)" if self.api_key else "",
            "headers": sorted(self.headers),
        }
        return list((msgspec.structs.asdict(self) | shown).items())


class Route(msgspec.Struct, frozen=True):
    """The endpoint that a visitor has chosen, and the key of their own, if they gave one. Its `repr` shows no
    key."""

    endpoint: str = DEFAULT
    key: str = ""

    def __repr__(self) -> str:
        return f"Route(endpoint={self.endpoint!r}, key={'(set)' if self.key else ''!r})"


# Programs that serve models on one's own machine, with the ports that they take by default.
_LOCAL = {each.name: each.port for profile in PROFILES.values() for each in profile.local}


def endpoints(environ: Mapping[str, str] = os.environ, secrets: Secrets | None = None) -> dict[str, Endpoint]:
    """By name, in the order in which they are offered. Local ones only if `INTERACTIONS_LOCAL_SERVERS` is 1:
    a public deployment must not look around in its own network. Raises `SettingsError`."""
    secrets = secrets or {}
    # The environment comes last and so wins over the secrets.
    given = {name: str(value).strip() for name, value in [*secrets.items(), *environ.items()] if value}
    found = [*_vendors(given), *(_local() if _wanted(given) else ()), *_custom(secrets)]
    return {endpoint.name: endpoint for endpoint in found}


def _wanted(given: Mapping[str, str]) -> bool:
    value = given.get(LOCAL_SERVERS, "0")
    if value not in {"0", "1"}:
        raise SettingsError(
            f"{LOCAL_SERVERS} is {value!r}; it takes 1 to offer local servers, or 0.", setting=LOCAL_SERVERS
        )
    return value == "1"


def _vendors(given: Mapping[str, str]) -> Iterator[Endpoint]:
    for protocol, profile in PROFILES.items():
        if profile.service is not None and profile.service != HOME:
            yield _vendor(protocol, profile.service, given)


def _vendor(protocol: str, service: Service, given: Mapping[str, str]) -> Endpoint:
    source = next((key for key in service.keys if given.get(key)), "")
    address = usable_url(service.address, given.get(service.address, ""))
    return Endpoint(
        service.name,
        protocol,
        address or service.base_url,
        usable_key(source, given.get(source, "")),
        source or service.keys[0],
        models=service.models,
        bearer=source in service.tokens,
        keyed=not address,
    )


def _local() -> Iterator[Endpoint]:
    """Those of the protocol that most of them speak come first."""
    for protocol, profile in sorted(PROFILES.items(), key=lambda item: item[0] != COMMON):
        for each in profile.local:
            if each.name in _LOCAL:
                address = f"http://localhost:{_LOCAL[each.name]}{each.path}"
                yield Endpoint(each.name, protocol, address, think=protocol == COMMON, local=True)


def _custom(secrets: Secrets) -> Iterator[Endpoint]:
    section = secrets.get("providers", {})
    if not isinstance(section, Mapping):
        raise SettingsError(
            "[providers] in the secrets takes sections such as [providers.my-gateway].", setting="[providers]"
        )
    for name, fields in section.items():
        yield _read(str(name), fields)


class _Fields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a section `[providers.NAME]` may have."""

    base_url: str
    protocol: str = COMMON
    api_key: str = ""
    headers: dict[str, str] = {}
    models: tuple[str, ...] = ()
    extra_body: dict[str, object] = {}
    think: bool = False
    bearer: bool = False


def _read(name: str, section: object) -> Endpoint:
    place = f"[providers.{name}]"
    if name == DEFAULT:
        raise SettingsError(
            f"{place} has the name of the app's own endpoint; give it another one.", setting=place
        )
    try:
        fields = fitted(section, _Fields)
    except Misfit as error:
        known = ", ".join(_Fields.__struct_fields__)
        raise SettingsError(
            f"{place} in the secrets cannot be used: {error}. It takes {known}.", setting=place
        ) from error
    base_url = usable_url(f"{place} base_url", fields.base_url.strip())
    if not base_url:
        raise SettingsError(
            f"{place} names no base_url; it looks like https://gateway.example/v1.", setting=place
        )
    for header, value in fields.headers.items():
        usable_key(f"{place} header {header}", value)
    values = msgspec.structs.asdict(fields) | {"base_url": base_url}
    values["api_key"] = usable_key(f"{place} api_key", fields.api_key.strip())
    return Endpoint(name, key_source=f"{place} api_key" if fields.api_key else "", **values)
