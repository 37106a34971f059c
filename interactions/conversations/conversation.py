"""A conversation as a value: its turns, what waits to be sent, and what a next turn builds on."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias, overload

import msgspec

from interactions.conversations.request import Input, Options
from interactions.stream.journal import Journal
from interactions.turns.turn import Turn

Owner: TypeAlias = str


class Prompt(msgspec.Struct, frozen=True):
    """A message of a visitor, and how it is to be sent: what a turn is made of.

    `account` names the account at the server that keeps the interaction: it cannot name those that another
    account keeps. It is no key. `after` is the id of a turn: the new turn follows the newest turn of the line
    that goes through it, or the newest of all if it is "". A `fork` follows `after` itself; if that is "", it
    is the first turn of a line. `protocol` is what the answer comes in. `endpoint` names one
    that is configured; "" is the first that speaks that protocol, for what was imported.
    """

    id: str
    input: Input
    options: Options
    account: str = ""
    after: str = ""
    fork: bool = False
    protocol: str = msgspec.field(default="gemini", name="provider")  # as stored since the first version
    endpoint: str = ""


class StoredTurn(msgspec.Struct, frozen=True):
    """A turn's place in its conversation, and its journal. `history` is sent along, without what is
    `left_out` of it. `epoch` grows by one whenever another process takes the turn over."""

    id: str
    conversation: str
    prompt: Prompt
    previous_interaction_id: str | None
    created: datetime
    journal: Journal[Turn]
    history: tuple[Turn, ...] = ()
    left_out: tuple[str, ...] = ()
    parent: str | None = None
    epoch: int = 1

    @property
    def turn(self) -> Turn:
        return self.journal.turn

    @property
    def head(self) -> Turn:
        """The turn as far as it is known without its frames: how it ended, not what it said."""
        return self.journal.head


class Turns(Sequence[StoredTurn]):
    """The turns of a conversation. The newest are in memory; the `before` earlier ones are loaded when asked
    for.

    They are `linear` if each follows the one before it.
    """

    def __init__(
        self,
        newest: Iterable[StoredTurn] = (),
        before: int = 0,
        load: Callable[[int], Sequence[StoredTurn]] = lambda _count: (),
        linear: bool = True,
    ) -> None:
        self._newest = tuple(newest)
        self._before = before
        self._load = load
        self.linear = linear

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
        return self._load(self._before)[place]

    @property
    def newest(self) -> Sequence[StoredTurn]:
        """The turns that are in memory."""
        return self._newest

    def plus(self, stored: StoredTurn) -> Turns:
        """A copy with one more turn at the end."""
        linear = self.linear and stored.parent == (self[-1].id if len(self) else None)
        return Turns((*self._newest, stored), self._before, self._load, linear)

    def loading(self, load: Callable[[int], Sequence[StoredTurn]]) -> Turns:
        """A copy with another function that loads the earlier turns; it is given their number."""
        return Turns(self._newest, self._before, load, self.linear)

    def replaced(self, stored: StoredTurn) -> Turns:
        """A copy with this turn in place of the one with the same id."""
        newest = tuple(stored if each.id == stored.id else each for each in self._newest)
        return Turns(newest, self._before, self._load, self.linear)


class Conversation(msgspec.Struct, frozen=True):
    """A conversation as it is now: its turns in the order of their beginnings, which are a tree, and what
    waits for the running turn.

    `title` is made of the first message until it is renamed. `touched` is when its last turn began, in
    seconds since 1970, or 0. `tree` has the turns of all lines where `turns` are those of one line, see
    `along`. `unreadable` are the ids of messages in the queue that cannot be decoded.
    """

    id: str
    turns: Turns = Turns()
    queue: tuple[Prompt, ...] = ()
    title: str = ""
    pinned: bool = False
    touched: float = 0.0
    deleted: bool = False
    tree: Turns = Turns()
    unreadable: tuple[str, ...] = ()

    @property
    def running(self) -> bool:
        """Whether the newest turn of this line runs."""
        return bool(self.turns) and not self.turns[-1].journal.closed

    def parent_of(self, prompt: Prompt) -> str | None:
        """The id of the turn that this prompt's turn will follow; None if it begins a line."""
        if prompt.fork:
            return prompt.after or None
        return self.leaf(prompt.after)

    def leaf(self, turn: str = "") -> str | None:
        """The id of the newest turn among this one and those behind it, or of the newest of all."""
        if not self.turns:
            return None
        if not turn or self.turns.linear:
            return self.turns[-1].id
        # A turn begins after the one that it follows: one walk in the order of their beginnings finds all.
        under = {turn}
        newest = turn
        for stored in self.turns:
            if stored.parent in under:
                under.add(stored.id)
                newest = stored.id
        return newest

    def line(self, leaf: str | None) -> Sequence[StoredTurn]:
        """The turns from the first one to the turn `leaf`, each following the one before."""
        if leaf is None:
            return ()
        if self.turns.linear and leaf == self.turns[-1].id:
            return self.turns
        known = {stored.id: stored for stored in self.turns}
        line: list[StoredTurn] = []
        while leaf in known:
            line.append(known.pop(leaf))  # once: a damaged row may name itself
            leaf = line[-1].parent
        return line[::-1]

    def siblings(self, stored: StoredTurn) -> Sequence[str]:
        """The ids of the turns that follow the same one, this one among them, in the order of their
        beginnings."""
        turns = self.tree or self.turns
        if turns.linear:
            return (stored.id,)
        return tuple(each.id for each in turns if each.parent == stored.parent)

    def along(self, turn: str) -> Conversation:
        """The conversation as one line: the newest that goes through this turn. All turns are in `tree`."""
        if self.turns.linear:
            return self
        return msgspec.structs.replace(self, turns=Turns(self.line(self.leaf(turn))), tree=self.turns)

    @property
    def busy(self) -> bool:
        """Whether a turn runs, on this line or another."""
        turns = self.tree or self.turns
        return bool(turns) and not turns[-1].journal.closed

    @property
    def previous_interaction_id(self) -> str | None:
        """The id of the newest interaction on the newest line that a next turn can build upon."""
        chain = (stored.head.id for stored in reversed(self.line(self.leaf())) if stored.head.chainable)
        return next(chain, None)


class Entry(NamedTuple):
    """A conversation in the list of the sidebar. `hit` is the text around what a search has found, in the
    turn with the id `turn`, or else in the title."""

    id: str
    title: str
    pinned: bool
    touched: float
    running: bool = False
    hit: str = ""
    turn: str = ""


def new_id() -> str:
    return uuid.uuid4().hex
