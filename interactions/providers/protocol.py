"""The interface of a provider, which makes the requests of a protocol and reads its frames.

`Provider` is what each one does. What only some can do are small protocols of their own, which a provider has
when it has their methods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol, runtime_checkable

import msgspec

from interactions.conversations.kinds import Choice, Version
from interactions.conversations.request import KINDS, Access, FollowUp, Options, Request
from interactions.errors import UpstreamError
from interactions.stream.documents import Document
from interactions.stream.journal import Frame
from interactions.turns.events import Body, ErrorDetail, Interaction
from interactions.turns.steps import Wire

NOT_KEPT = "This server keeps no answers: what was said is in this app alone."
UNLISTED = "This protocol has nothing small to ask for. Send a message to see whether the server answers."


class Capabilities(msgspec.Struct, frozen=True):
    """What a provider supports. It decides what the page offers and which rungs the resume ladder has.

    `settings` are the names of the `Options` that it takes; `values` are, by the name of the setting, those
    that can be chosen, any other of which is never sent; `media` are the beginnings of the MIME types of
    files that it takes as input.
    """

    follow_ups: frozenset[FollowUp] = frozenset()
    settings: frozenset[str] = frozenset()
    values: Mapping[str, tuple[str, ...]] = {}
    media: tuple[str, ...] = ()

    def ignored(self, options: Options) -> tuple[str, ...]:
        """The names of what is chosen there and unknown here, be it the setting or its value."""
        usual = Options("")
        chosen = {name: getattr(options, name) for name in Options.__struct_fields__}
        return tuple(
            name
            for name, value in chosen.items()
            if value != getattr(usual, name) and not self._takes(name, value)
        )

    def _takes(self, name: str, value: object) -> bool:
        """Of a setting with few values, any other may have come from a file."""
        few = isinstance(KINDS.get(name), Choice | Version)
        return name in self.settings and (not few or value in self.values.get(name, ()))

    def fitted(self, options: Options) -> Options:
        """Without what is unknown here. A server that cannot be told to keep nothing, or anything, keeps
        nothing."""
        usual = msgspec.structs.asdict(Options(""))
        known = {name: usual[name] for name in self.ignored(options)}
        if "store" not in self.settings:
            known["store"] = False
        return msgspec.structs.replace(options, **known)


class Provider(Protocol):
    """What answers a turn. `protocol` is the name by which stored turns find their reader; `start` is what
    reading a turn begins with, any frozen value.

    `frames` never raises for what the network or the server does. `read` is told one frame of a stream, as a
    server that took the request has sent it, and what it remembers so far; it says in our words what that
    means. It is pure, as it is called again whenever a stored turn is opened, and never raises.
    """

    protocol: str
    can: Capabilities
    start: Any

    def frames(self, request: Request) -> Iterator[Frame]: ...

    def read(self, state: Any, frame: Frame, /) -> tuple[Any, tuple[Body, ...]]: ...


@runtime_checkable
class Documents(Protocol):
    """Its server may answer with one JSON document where a stream was asked for. `document` says all that is
    in one, or nothing if it is no answer: it is shown as a refusal then."""

    def document(self, state: Any, value: Wire, /) -> tuple[Body, ...]: ...


@runtime_checkable
class Finishes(Protocol):
    """It has bodies to add when the connection ends: `finish` returns them."""

    def finish(self, state: Any, /) -> tuple[Body, ...]: ...


@runtime_checkable
class Explains(Protocol):
    """`detail` reads what its server has under `error`, where the usual reading would miss its best word."""

    def detail(self, error: object) -> ErrorDetail: ...


@runtime_checkable
class Lists(Protocol):
    """Its server says which models it has. `models` are ids, 1,000 at most; it raises `UpstreamError` with
    the server's words, or for an answer that is no list. `reach` asks for something small."""

    def models(self, access: Access | None = None) -> tuple[str, ...]: ...

    def reach(self, access: Access | None = None) -> Document: ...


@runtime_checkable
class Keeps(Protocol):
    """Its server keeps interactions, which can be asked for later.

    `follow_up` is a further request about one, and never raises, as `frames`; which kinds there are says
    `Capabilities.follow_ups`. `mark` names the place behind a frame from which a stream can go on, or "" if
    it has none. `interaction` is what a document says of an interaction. `retrieve` and `forget` raise
    `UpstreamError`.
    """

    def follow_up(
        self, request: Request, kind: FollowUp, interaction: str, mark: str = ""
    ) -> Iterator[Frame]: ...

    def mark(self, frame: Frame) -> str: ...

    def interaction(self, value: Wire) -> Interaction: ...

    def retrieve(self, interaction_id: str, access: Access | None = None) -> Document: ...

    def forget(self, interaction_id: str, access: Access | None = None) -> Document: ...


def keeping(provider: Provider) -> Keeps:
    """The provider, if its server keeps interactions. Raises `UpstreamError`."""
    if not isinstance(provider, Keeps):
        raise UpstreamError(NOT_KEPT)
    return provider


def listing(provider: Provider) -> Lists:
    """The provider, if its server lists models. Raises `UpstreamError`."""
    if not isinstance(provider, Lists):
        raise UpstreamError(UNLISTED)
    return provider
