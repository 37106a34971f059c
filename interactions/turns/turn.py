"""One turn as a value: what was asked, what has come, and how it stands."""

from __future__ import annotations

import re
from functools import reduce
from operator import add
from typing import NamedTuple

import msgspec

from interactions.turns.events import ErrorDetail, Progress, Retrying, Usage
from interactions.turns.status import CHAINABLE
from interactions.turns.steps import ModelOutput, Step, Text, ToolCall, ToolResult, Wire

# What a server adds to the name of a model: the snapshot, a tag, the word for its newest.
_SNAPSHOT = re.compile(r"[-@:.](?:\d{3,}|\d{4}-\d\d(?:-\d\d)?|\d\d-\d{2,4}|latest|v\d+(?::\d+)?)$")


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
    hop would settle; `retry` is there until a server that has refused is asked again. `asked` is the model of
    the request, and `model` the one that answers. `details` are fields of the answer that have no place of
    their own; `progress` is what the server is doing now; `unasked` counts the hops that no request began,
    because one body held several answers.
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
    asked: str = ""
    details: Wire = {}
    progress: Progress | None = None
    unasked: int = 0

    @property
    def usage(self) -> Usage | None:
        """Of all hops together; None as long as that of one is not known."""
        known = [usage for usage in self.reported if usage is not None]
        return reduce(add, known) if known and len(known) == max(self.hop, 0) + 1 else None

    @property
    def substituted(self) -> bool:
        """Whether another model than the one that was asked for has answered."""
        return bool(self.model) and another_model(self.asked, self.model)

    @property
    def chainable(self) -> bool:
        """Whether a later turn can name this one as its previous interaction."""
        return self.ended and self.stored and bool(self.id) and self.status in CHAINABLE


def text_of(turn: Turn) -> str:
    """The answer: every text part of every model output, joined."""
    parts = (part for step in turn.steps if isinstance(step, ModelOutput) for part in step.content)
    return "".join(str(part.text) for part in parts if isinstance(part, Text))


def turn_waits(turn: Turn) -> tuple[ToolCall, ...]:
    """The calls that a turn has ended for, and that nobody has answered."""
    if turn.status != "requires_action":
        return ()
    answered = [step.data.get("call_id") for step in turn.steps if isinstance(step, ToolResult)]
    calls = (step for step in turn.steps if isinstance(step, ToolCall) and step.waits)
    return tuple(call for call in calls if call.data.get("id") is None or call.data["id"] not in answered)


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


def another_model(asked: str, answered: str) -> bool:
    """Whether a server answers by another model than it was asked for. A snapshot of a model is that model,
    and the newest of a family may be any of it; without a name nothing was asked for."""
    wanted, came = _bare(asked), _bare(answered)
    newest = asked.lower().endswith("latest")
    return bool(wanted) and wanted != came and not (newest and came.startswith(wanted))


def _bare(name: str) -> str:
    """Without the vendor in front of it, and without what names a snapshot."""
    return _SNAPSHOT.sub("", name.strip().lower().rpartition("/")[2])
