"""How far a completion has come: the steps that its pieces make, one after the other."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from interactions.providers.chat.stream.calls import Call
from interactions.providers.chat.stream.delta import Kind
from interactions.providers.chat.stream.tags import Scan, split
from interactions.turns.events import (
    Body,
    Delta,
    OtherDelta,
    StepDelta,
    StepStart,
    StepStop,
    SummaryDelta,
    TextDelta,
    ThoughtDelta,
)
from interactions.turns.rope import Rope
from interactions.turns.steps import Wire

VENDOR = "chat"  # under which a step keeps what goes back as it came

_STEPS = {"thought": "thought", "text": "model_output", "refusal": "model_output"}


class Part(msgspec.Struct, frozen=True):
    """A step that is text or thought, and what has been said in it."""

    kind: str
    index: int
    text: Rope


class Sound(msgspec.Struct, frozen=True):
    """The step of what is heard, and what it is. `whole` is that its server has said its end."""

    index: int
    mime: str
    whole: bool = False


class Result(msgspec.Struct, frozen=True):
    """What a call that the server has run itself has brought, by the id of the call."""

    call: str
    index: int
    text: str = ""


class Chunks(msgspec.Struct, frozen=True):
    """What has been said so far, of the one choice that is the answer.

    `closer` ends a thought that is marked and has tags as well. `open` is the kind of the step that grows,
    and `at` its index; `others` are the steps of other choices, by their indexes. `raw` is the text before
    tags were looked for, if they are. `drawn` is that a picture has come, and `messages` that a whole one
    came first in the place of a delta. Of what is `cited`, some is `waiting` for the text that it
    points to. `kept` goes back with the answer. `used` are the counts of tokens, and `told` the fields that
    were shown. `latest` is the id of the newest chunk; `various` is that ids say nothing here.

    `wrong` is the error that came with the `finish`, `trailing` that content came behind it, `marked` that
    the marker of the end has come, and `over` that the turn has been ended.
    """

    scan: Scan = Scan()
    closer: str = ""
    created: bool = False
    id: str = ""
    latest: str = ""
    various: bool = False
    model: str = ""
    choice: int | None = None
    others: tuple[tuple[int, int], ...] = ()
    next: int = 0
    open: str = ""
    at: int = 0
    parts: tuple[Part, ...] = ()
    raw: Rope | None = None
    calls: tuple[Call, ...] = ()
    results: tuple[Result, ...] = ()
    sound: Sound | None = None
    drawn: bool = False
    messages: bool = False
    cited: tuple[Wire, ...] = ()
    waiting: tuple[Wire, ...] = ()
    sources: Wire = {}
    kept: Wire = {}
    used: Wire = {}
    told: Wire = {}
    finish: str = ""
    wrong: object = None
    trailing: bool = False
    marked: bool = False
    over: bool = False

    @property
    def waits(self) -> bool:
        """Whether there is a call that somebody here has to answer."""
        answered = {result.call for result in self.results}
        return any(answered.isdisjoint({call.told, call.id}) for call in self.calls)

    @property
    def going(self) -> bool:
        """Whether the answer has begun, and a piece of its text does nothing but go on in it."""
        return self.created and bool(self.model) and not (self.finish or self.closer or self.waiting)


Read: TypeAlias = tuple[Chunks, tuple[Body, ...]]


def changed(state: Chunks, **changes: Any) -> Chunks:
    return msgspec.structs.replace(state, **changes)


def said_of(state: Chunks, kind: str) -> str:
    """All that was said of a kind, as the server has said it."""
    if kind == "text" and state.raw is not None:
        return str(state.raw)
    return "".join(str(part.text) for part in state.parts if part.kind == kind)


def say(state: Chunks, kind: Kind, text: str) -> Read:
    """A piece of the answer. In text, tags tell the thoughts."""
    if not text:
        return state, ()
    if kind != "text" or not state.scan.on:
        state, bodies = flushed(state)
        state, more = _said(state, kind, text)
        return state, (*bodies, *more)
    raw = Rope(text) if state.raw is None else state.raw + text
    return _split(changed(state, raw=raw), text)


def flushed(state: Chunks) -> Read:
    """What was held back turns out to be no tag."""
    scan, held = msgspec.structs.replace(state.scan, held=""), state.scan.held
    kind: Kind = "thought" if scan.closer else "text"
    return _said(changed(state, scan=scan), kind, held) if held else (state, ())


def closed(state: Chunks) -> Read:
    """No step of text is open any more."""
    state, bodies = flushed(state)
    if not state.open:
        return state, bodies
    return changed(state, open=""), (*bodies, StepStop(state.at))


def opened(state: Chunks, kind: Kind) -> Read:
    """A step of this kind is open, the one that was or a new one."""
    if state.open == kind:
        return state, ()
    state, bodies = closed(state)
    part = Part(kind, state.next, Rope())
    state = changed(state, open=kind, at=state.next, next=state.next + 1, parts=(*state.parts, part))
    bodies += (StepStart(state.at, {"type": _STEPS[kind]}),)
    if kind == "refusal":
        bodies += (StepDelta(state.at, OtherDelta("refusal", {})),)
    return state, bodies


def apart(state: Chunks, step: Wire) -> tuple[Chunks, int, StepStart]:
    """A step that stays open beside those that follow."""
    index = state.next
    return changed(state, next=index + 1), index, StepStart(index, step)


def pictured(state: Chunks, picture: Wire) -> Read:
    """A picture stands behind the text of its step. What is said behind it is a step of its own: places in a
    text are counted in one part."""
    state, bodies = flushed(state)
    if state.open != "picture":
        state, more = opened(state, "text")
        state, bodies = changed(state, open="picture", drawn=True), (*bodies, *more)
    return state, (*bodies, StepDelta(state.at, OtherDelta("image", picture)))


def _said(state: Chunks, kind: Kind, text: str) -> Read:
    delta: Delta = SummaryDelta({"type": "text", "text": text}) if kind == "thought" else TextDelta(text)
    state, bodies = opened(state, kind)
    part = msgspec.structs.replace(state.parts[-1], text=state.parts[-1].text + text)
    return changed(state, parts=(*state.parts[:-1], part)), (*bodies, StepDelta(state.at, delta))


def _split(state: Chunks, text: str) -> Read:
    before = state.parts[-1].text if state.open == "text" else ""
    scan, pieces = split(state.scan, text, before)
    state = changed(state, scan=msgspec.structs.replace(scan, held=""))
    bodies: tuple[Body, ...] = ()
    for kind, piece in pieces:
        if kind == "turned":
            state, more = _turned(state)
        else:
            state, more = _said(state, kind, piece) if piece else (state, ())
        bodies += more
    return changed(state, scan=scan), bodies


def _turned(state: Chunks) -> Read:
    """What was said as text was a thought, and has ended."""
    if state.open != "text":
        return state, ()
    part = msgspec.structs.replace(state.parts[-1], kind="thought")
    turned = (StepDelta(state.at, ThoughtDelta()), StepStop(state.at))
    return changed(state, open="", parts=(*state.parts[:-1], part)), turned
