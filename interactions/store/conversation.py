"""A conversation as a value: its turns, what waits to be sent, and what a next turn builds on."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias, overload

import msgspec

from interactions.history import remembered, transplanted
from interactions.journal import Journal
from interactions.request import Input, Options
from interactions.turn import Turn

Owner: TypeAlias = str
LONGEST_TITLE = 80  # characters


class Prompt(msgspec.Struct, frozen=True):
    """What a visitor has sent and how: a turn to be.

    `account` tells apart who keeps the interaction: one account cannot name those of another. It is no key.
    """

    id: str
    input: Input
    options: Options
    account: str = ""


class StoredTurn(msgspec.Struct, frozen=True):
    """A turn's place in its conversation, and its journal."""

    id: str
    conversation: str
    prompt: Prompt
    previous_interaction_id: str | None
    created: datetime
    journal: Journal[Turn]
    history: tuple[Turn, ...] = ()
    parent: str | None = None

    @property
    def turn(self) -> Turn:
        return self.journal.turn

    @property
    def head(self) -> Turn:
        """The turn as far as it is known without its journal: how it ended, not what it said."""
        return self.journal.head


class Turns(Sequence[StoredTurn]):
    """The newest turns of a conversation are there; the `before` earlier ones are loaded when asked for."""

    def __init__(
        self,
        newest: Iterable[StoredTurn] = (),
        before: int = 0,
        load: Callable[[], Sequence[StoredTurn]] = tuple,
    ) -> None:
        self._newest = tuple(newest)
        self._before = before
        self._load = load

    def __len__(self) -> int:
        return self._before + len(self._newest)

    @overload
    def __getitem__(self, index: int) -> StoredTurn: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[StoredTurn]: ...
    def __getitem__(self, index: int | slice) -> StoredTurn | Sequence[StoredTurn]:
        if isinstance(index, slice):
            return [self._at(place) for place in range(*index.indices(len(self)))]
        return self._at(range(len(self))[index])

    def __iter__(self) -> Iterator[StoredTurn]:
        yield from self[:]

    def _at(self, place: int) -> StoredTurn:
        if place >= self._before:
            return self._newest[place - self._before]
        return self._load()[place]

    def plus(self, stored: StoredTurn) -> Turns:
        return Turns((*self._newest, stored), self._before, self._load)


class Ground(NamedTuple):
    """What a turn builds on: an interaction that the server has, and the turns that are sent along because
    no interaction that its account can name holds them."""

    previous_interaction_id: str | None
    along: tuple[StoredTurn, ...]
    account: str

    @property
    def history(self) -> tuple[Turn, ...]:
        """The turns to send along, as this account may send them. Loads what is not in memory."""
        return tuple(
            stored.turn if stored.prompt.account == self.account else transplanted(stored.turn)
            for stored in self.along
        )


class Conversation(msgspec.Struct, frozen=True):
    """A conversation as it is now; `queue` holds what waits for the running turn.

    `title` is made of the first message until it is renamed. `touched` is when its last turn began, in
    seconds since 1970, or 0.
    """

    id: str
    turns: Sequence[StoredTurn] = ()
    queue: tuple[Prompt, ...] = ()
    title: str = ""
    pinned: bool = False
    touched: float = 0.0
    deleted: bool = False

    @property
    def running(self) -> bool:
        return bool(self.turns) and not self.turns[-1].journal.closed

    @property
    def previous_interaction_id(self) -> str | None:
        """The newest interaction that a next turn can build upon."""
        chain = (stored.head.id for stored in reversed(self.turns) if stored.head.chainable)
        return next(chain, None)

    def ground(self, account: str, store: bool) -> Ground:
        """What a turn of this account would build on now; one that is not stored names no other."""
        along: list[StoredTurn] = []
        for stored in reversed(self.turns):
            head = stored.head
            if store and head.chainable and stored.prompt.account == account:
                return Ground(head.id, tuple(reversed(along)), account)
            if remembered(head):
                along.append(stored)
        return Ground(None, tuple(reversed(along)), account)


class Entry(NamedTuple):
    """A conversation as the library lists it; `hit` is the text around what was searched for."""

    id: str
    title: str
    pinned: bool
    touched: float
    running: bool = False
    hit: str = ""


def new_id() -> str:
    return uuid.uuid4().hex


def words_of(said: Input) -> str:
    """The text of what a visitor has sent; steps count with their texts and results."""
    if isinstance(said, str):
        return said
    return "\n".join(text for step in said for text in _texts(step))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        for key in ("text", "content", "result"):
            yield from _texts(value.get(key))


def title_of(said: Input) -> str:
    """The beginning of a first message, in one line; empty for one without words of its own."""
    line = " ".join(said.split()) if isinstance(said, str) else ""
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"
