"""An answer as far as it has come: the step that grows, and the calls that are not whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from interactions.providers.generate_content.arguments import Written, ending
from interactions.providers.generate_content.names import VENDOR
from interactions.providers.shared.foreign import json_text
from interactions.turns.events import (
    ArgumentsDelta,
    Body,
    CorrectedDelta,
    StepDelta,
    StepStart,
    StepStop,
    UnreadDelta,
)
from interactions.turns.rope import Rope
from interactions.turns.steps import Wire


class Call(msgspec.Struct, frozen=True):
    """A function's call that may go on. `told` and `part` are what its server has said of it, without the
    arguments; `more` is that it has said so."""

    index: int
    id: str
    told: str = ""
    name: str = ""
    part: Wire = {}
    written: Written = Written()
    more: bool = False


class Lane(msgspec.Struct, frozen=True):
    """`answer` is the id, and `next` the index of the next step. `open` is the kind of the step that grows,
    `at` its index, `length` the characters of its text, and `spans` where parts of it had more fields than a
    text; `signed` is that a thought is over.

    `texts` are the texts so far by their steps, which citations point into; `cited` is what was cited of
    them, and `sources` what is still to be. `calls` are open; `ids` are those of all calls, and `code` that
    of the newest program. `waiting` are the calls that nobody has answered: their steps, ids and names.
    `tools` are the steps of tools that are told beside the parts, by their kind.
    """

    answer: str = ""
    next: int = 0
    open: str = ""
    at: int = -1
    length: int = 0
    spans: tuple[Wire, ...] = ()
    signed: bool = False
    texts: tuple[tuple[int, Rope], ...] = ()
    cited: frozenset[str] = frozenset()
    sources: tuple[Wire, ...] = ()
    calls: tuple[Call, ...] = ()
    ids: frozenset[str] = frozenset()
    code: str = ""
    waiting: Mapping[int, tuple[str, str]] = {}
    tools: Mapping[str, int] = {}
    finish: str = ""
    message: str = ""
    token: str = ""


Read: TypeAlias = tuple[Lane, tuple[Body, ...]]


def with_(lane: Lane, **changes: Any) -> Lane:
    return msgspec.structs.replace(lane, **changes)


def begun(lane: Lane, step: Wire, item: Wire) -> Read:
    """A step of its own, behind which the text begins another."""
    lane, bodies = settled(lane)
    index = lane.next
    return with_(lane, next=index + 1, at=index), (
        *bodies,
        StepStart(index, {**step, "native": {VENDOR: item}}),
    )


def grown(lane: Lane, kind: str, step: str, item: Wire) -> Read:
    """The step of this kind that grows, which is begun unless it is open."""
    if lane.open == kind:
        return lane, ()
    lane, bodies = begun(lane, {"type": step}, item)
    return with_(lane, open=kind, length=0, spans=(), signed=False), bodies


def settled(lane: Lane) -> Read:
    """With no step that grows, but for calls whose server has said that more of them comes."""
    bodies: tuple[Body, ...] = (StepStop(lane.at),) if lane.open else ()
    over = [call for call in lane.calls if not call.more]
    bodies += tuple(body for call in over for body in ended(call))
    left = tuple(call for call in lane.calls if call.more)
    return with_(lane, open="", calls=left), bodies


def closed(lane: Lane) -> Read:
    """With no step that is open. A call of which more was to come is not made whole."""
    lane, bodies = settled(lane)
    return with_(lane, calls=()), (*bodies, *(StepStop(call.index) for call in lane.calls))


def ended(call: Call) -> tuple[Body, ...]:
    """What makes the arguments of a call whole."""
    if call.written.strayed:
        whole: tuple[Body, ...] = (StepDelta(call.index, CorrectedDelta(json_text(call.written.value))),)
    else:
        text = ending(call.written)
        whole = (StepDelta(call.index, ArgumentsDelta(text)),) if text else ()
    return (*whole, StepStop(call.index))


def raw(index: int, fields: Wire) -> tuple[Body, ...]:
    """Fields that nobody has read, if there are any."""
    return (StepDelta(index, UnreadDelta(fields)),) if fields else ()
