"""Who answers. A provider does the calls and knows its dialect, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

import msgspec

from interactions.conversations.request import Access, Errand, Options, Request
from interactions.providers.shared.reading import State
from interactions.stream.documents import Document
from interactions.stream.journal import Frame
from interactions.turns.events import Event


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
        """The names of what is chosen there and unknown here, be it the setting or its value."""
        usual, offered = Options(""), self._offered
        chosen = {name: getattr(options, name) for name in Options.__struct_fields__}
        return tuple(
            name
            for name, value in chosen.items()
            if value != getattr(usual, name)
            and (name not in self.settings or value not in offered.get(name, (value,)))
        )

    @property
    def _offered(self) -> Mapping[str, tuple[str, ...]]:
        """The values of the settings that have few. Any other may have come from a file."""
        return {
            "thinking_level": self.levels,
            "thinking_summaries": self.summaries,
            "api_version": self.versions,
        }

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
