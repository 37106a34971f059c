"""Who answers. A provider does the calls and knows its dialect, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol, TypeAlias

import msgspec

from interactions.events import Event
from interactions.journal import Frame
from interactions.providers.documents import Document
from interactions.providers.reading import State
from interactions.request import Access, Options, Request

# What can be asked of an interaction that exists: how it stands, what it says from some place on, to end.
Errand: TypeAlias = Literal["get", "stream", "cancel"]


class Capabilities(msgspec.Struct, frozen=True):
    """What a provider knows, and so what the page offers and which rungs the resume ladder has.

    `settings` are the names of the `Options` that it takes; `levels` and `summaries` the values of
    `thinking_level` and `thinking_summaries`, any other of which is never sent; `versions` those of its API
    to choose from; `media` the beginnings of the MIME types of files that it takes as input.
    """

    errands: frozenset[Errand] = frozenset()
    settings: frozenset[str] = frozenset()
    levels: tuple[str, ...] = ()
    summaries: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    media: tuple[str, ...] = ()

    def ignored(self, options: Options) -> tuple[str, ...]:
        """The names of what is chosen there and unknown here."""
        usual = Options("")
        names = (name for name in Options.__struct_fields__ if name not in self.settings)
        return tuple(name for name in names if getattr(options, name) != getattr(usual, name))

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
