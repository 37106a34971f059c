"""One turn as a value: what was asked, what has come, and how it stands."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import NamedTuple

import msgspec

from interactions.turns.events import ErrorDetail, Retrying, Usage
from interactions.turns.status import CHAINABLE
from interactions.turns.steps import ModelOutput, Step, Text


class Receipt(NamedTuple):
    """The record of a stop: who stopped the turn, and when (UTC); `confirmed` is that the server says so
    too."""

    by: str
    time: str
    confirmed: bool = False


class Turn(msgspec.Struct, frozen=True):
    """One turn as far as it is known. Times are ns since its request; 0 is "not yet".

    `rungs` is how a turn that broke off was taken up again, in order; `reported` the usage of each hop,
    `named` the hop that `id` is of; `doubts` those of the `warnings` that the server's record of the present
    hop would settle; `retry` is there until a server that has refused is asked again.
    """

    id: str = ""
    status: str = ""
    ended: bool = False
    steps: tuple[Step, ...] = ()
    model: str = ""
    hop: int = -1
    stored: bool = True
    previous_interaction_id: str | None = None
    continuation_token: str | None = None
    reported: tuple[Usage | None, ...] = ()
    error: ErrorDetail | None = None
    warnings: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    first_token_at: int = 0
    ended_at: int = 0
    rungs: tuple[str, ...] = ()
    receipt: Receipt | None = None
    named: int = -1
    retry: Retrying | None = None

    @property
    def usage(self) -> Usage | None:
        """Of all hops together; None as long as that of one is not known."""
        known = [usage for usage in self.reported if usage is not None]
        return reduce(add, known) if known and len(known) == max(self.hop, 0) + 1 else None

    @property
    def chainable(self) -> bool:
        """Whether a later turn can name this one as its previous interaction."""
        return self.ended and self.stored and bool(self.id) and self.status in CHAINABLE


def text_of(turn: Turn) -> str:
    """The answer: every text part of every model output, joined."""
    parts = (part for step in turn.steps if isinstance(step, ModelOutput) for part in step.content)
    return "".join(str(part.text) for part in parts if isinstance(part, Text))


def counted(turn: Turn, usage: Usage | None, *, final: bool) -> Turn:
    """Within a hop the newest report counts, unless the one that is there is `final`."""
    hop = max(turn.hop, 0)
    earlier = (turn.reported + (None,) * hop)[:hop]
    known = turn.reported[hop] if len(turn.reported) > hop else None
    if usage is None or (final and known is not None):
        return turn
    return msgspec.structs.replace(turn, reported=(*earlier, usage))


def without(turn: Turn, *, after: int = -1, also_sent: bool = False) -> Turn:
    """A copy without what the hop brought after that frame."""
    steps = (step for step in turn.steps if step.hop != turn.hop or step.first <= after or step.sent)
    kept = tuple(step for step in steps if not (also_sent and step.hop == turn.hop))
    return msgspec.structs.replace(turn, steps=kept)


def settled(turn: Turn) -> Turn:
    """A copy without its doubts, because the hop is now the server's own record."""
    warnings = tuple(said for said in turn.warnings if said not in turn.doubts)
    return msgspec.structs.replace(turn, warnings=warnings, doubts=())
