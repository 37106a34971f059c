"""Who answers. A provider does the call (`frames`) and knows its dialect (`read`), and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from interactions.events import Event
from interactions.journal import Frame
from interactions.providers.documents import Document
from interactions.providers.reading import State
from interactions.request import Access, Request


class Provider(Protocol):
    """`frames` never raises for what the network or the server does; `read` is pure."""

    name: str
    endpoint: str

    def frames(self, request: Request) -> Iterator[Frame]: ...

    def read(self, state: State, frame: Frame) -> tuple[State, tuple[Event, ...]]: ...

    def retrieve(self, interaction_id: str, access: Access | None = None) -> Document: ...

    def reach(self, access: Access | None = None) -> Document: ...
