"""The profile of a vendor or a protocol: all that is known of it besides its wire format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, TypeAlias, get_args
from urllib.parse import urlsplit

import msgspec

from interactions.conversations.exchanges import KeyNames
from interactions.conversations.scripts import Sdk
from interactions.providers.protocol import Provider
from interactions.providers.shared.gists import gist
from interactions.turns.steps import Wire

# What a refusal means, whoever's word for it it is; the page has a sentence for each.
Meaning: TypeAlias = Literal[
    "absent",
    "bad_prompt",
    "bad_tool_call",
    "blocked",
    "busy",
    "conflict",
    "declined",
    "down",
    "faster",
    "field",
    "filter",
    "forbidden",
    "forgotten",
    "key",
    "large",
    "late",
    "loading",
    "long",
    "no_model",
    "no_signature",
    "no_such_path",
    "no_tools",
    "not_downloaded",
    "often",
    "quota",
    "refused",
    "region",
    "setup",
    "spent",
    "unlinked",
    "unpaid",
]
# How long answers are kept, in seconds, by the words for whom; several lengths where the account chooses one.
Retention: TypeAlias = Mapping[str, int | tuple[int, ...]]
Gist: TypeAlias = Callable[[str, Wire], str]


class Service(msgspec.Struct, frozen=True):
    """A vendor's own servers. Those of a protocol that is built in are offered as the endpoint `name`.

    `keys` are the environment variables for its key, by rank, as its SDK reads them; the key of one in
    `tokens` goes as a bearer's token. `address` is the variable for another address. `header` is the one that
    carries its key and nobody else's, or "". `looked_up` is the day on which its own client has
    named these `models`.
    """

    name: str
    title: str
    base_url: str
    models: tuple[str, ...]
    keys: tuple[str, ...]
    tokens: frozenset[str] = frozenset()
    address: str = ""
    header: str = ""
    looked_up: str = ""

    def __post_init__(self) -> None:
        """Raises `ValueError` for one that a key could not be meant for."""
        if not self.keys or not self.host:
            raise ValueError(
                f"The service {self.name!r} needs a variable for its key, and a host in its base_url."
            )

    @property
    def host(self) -> str:
        """The host that its key is meant for."""
        return urlsplit(self.base_url).hostname or ""


class Local(msgspec.Struct, frozen=True):
    """A program that serves models on one's own machine, at the port that it takes by default. `path` is
    where its API begins."""

    name: str
    title: str
    port: int
    path: str = "/v1"


class Profile(msgspec.Struct, frozen=True):
    """All that the program knows of a vendor or a protocol beside its wire. What a provider does not tell is
    not known: nothing is guessed from another vendor.

    `prices` is the vendor's name in the package genai-prices; "" goes by the model's name alone.
    `previous_field` is the field by which a request names the answer before it, `retention` how long such an
    answer is kept there. `forgotten` are codes, and parts of the messages
    behind HTTP 400, that say that an answer is not there (any more).

    `refusals` are codes of errors, in lower case. `messages` are parts of their texts, likewise; they count
    where a code says little: beside none, beside an unknown one, and beside those in `vague`. `gist` is what
    a row of the log says of an event, by its type.
    """

    service: Service | None = None
    local: tuple[Local, ...] = ()
    sdk: Sdk | None = None
    prices: str = ""
    previous_field: str = ""
    retention: Retention = {}
    forgotten: frozenset[str] = frozenset()
    refusals: Mapping[str, Meaning] = {}
    messages: Mapping[str, Meaning] = {}
    vague: frozenset[str] = frozenset()
    gist: Gist = gist

    def __post_init__(self) -> None:
        """Raises `ValueError` for a meaning that the page has no sentence for."""
        if strange := {*self.refusals.values(), *self.messages.values()} - set(get_args(Meaning)):
            told = ", ".join(map(repr, sorted(strange)))
            raise ValueError(f"A refusal cannot mean {told}; it takes one of {', '.join(get_args(Meaning))}.")


EMPTY = Profile()  # of a protocol of which nothing is known; made once, as rows and prices ask for it


class Profiles:
    """The profiles of these providers, by the names of their protocols."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        self._known = {provider.protocol: profile_of(provider) for provider in providers}

    def of(self, protocol: str) -> Profile:
        """That of a protocol which nobody here speaks (any more) is empty."""
        return self._known.get(protocol, EMPTY)

    def key_names(self, protocol: str) -> KeyNames:
        """A vendor's key is known by its host in any protocol, because vendors speak those of others as well;
        by its header only in its own, because others may use the same."""
        services = [profile.service for profile in self._known.values() if profile.service is not None]
        own = self.of(protocol).service
        headers = {own.header: own.keys[0]} if own and own.header else {}
        return KeyNames({service.host: service.keys[0] for service in services}, headers)


def profile_of(provider: object) -> Profile:
    """What a provider tells of itself in its attribute `profile`; a provider need not."""
    told = getattr(provider, "profile", None)
    return told if isinstance(told, Profile) else EMPTY
