"""Who answers. A provider does the calls and knows its dialect, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import msgspec

from interactions.conversations.kinds import Choice, Version
from interactions.conversations.request import KINDS, Access, Errand, Options, Request
from interactions.providers.shared.reading import State
from interactions.stream.documents import Document
from interactions.stream.journal import Frame
from interactions.turns.events import Event


class Capabilities(msgspec.Struct, frozen=True):
    """What a provider knows, and so what the page offers and which rungs the resume ladder has.

    `settings` are the names of the `Options` that it takes; `values` are, by the name of the setting, those
    that can be chosen, any other of which is never sent; `media` are the beginnings of the MIME types of
    files that it takes as input.
    """

    errands: frozenset[Errand] = frozenset()
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
    """`frames` and `errand` never raise for what the network or the server does; `read` is pure, and begins
    with the state `start`.

    `models` are the ids that the server lists, 1,000 at most; it raises `UpstreamError` with the server's
    words, or for an answer that is no list.

    `mark` names the place behind a frame from which a stream can go on, or "" if it has none.
    """

    name: str
    endpoint: str
    can: Capabilities
    start: State

    def frames(self, request: Request) -> Iterator[Frame]: ...

    def errand(
        self, request: Request, errand: Errand, interaction: str, mark: str = ""
    ) -> Iterator[Frame]: ...

    def mark(self, frame: Frame) -> str: ...

    def read(self, state: State, frame: Frame) -> tuple[State, tuple[Event, ...]]: ...

    def retrieve(self, interaction_id: str, access: Access | None = None) -> Document: ...

    def forget(self, interaction_id: str, access: Access | None = None) -> Document: ...

    def reach(self, access: Access | None = None) -> Document: ...

    def models(self, access: Access | None = None) -> tuple[str, ...]: ...
