"""The place of a delta among the steps of a turn: the step that it names, or one that it begins.

Servers send content of steps that they have not begun, begin them later, and put text into the block of a
tool. None of it is lost: each delta goes to a step that can hold it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, assert_never

import msgspec

from interactions.turns.deltas import add, closed
from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    CorrectedDelta,
    Delta,
    KnownStepDelta,
    NativeDelta,
    OtherDelta,
    SignatureDelta,
    StepDelta,
    SummaryDelta,
    TextDelta,
    ThoughtDelta,
    UnreadDelta,
)
from interactions.turns.steps import (
    CALLS,
    RESULTS,
    ModelOutput,
    Step,
    Thought,
    ToolCall,
    ToolResult,
    UserInput,
    content_of,
    kind_of,
    step_from_wire,
)

Steps: TypeAlias = tuple[Step, ...]

_MEDIA = dict.fromkeys(("image", "audio", "video", "document"), "model_output")


def extended(steps: Steps, hop: int, body: StepDelta | KnownStepDelta, frame: int) -> Steps:
    """The steps with the delta in the one that it names, which is made if the stream has not begun it, or if
    none of that name can hold it."""
    newest = steps[-1] if steps else None
    # Nearly every delta is a text for the newest step, and the general way costs half as much again.
    text = type(newest) is ModelOutput and type(body.delta) is TextDelta
    if newest and text and newest.index == body.index and newest.hop == hop:
        return (*steps[:-1], add(newest, body.delta, frame))
    named = _named(steps, hop, body.index)
    position = next((at for at in named if _holds(steps[at], body.delta)), -1)
    if position < 0 and not isinstance(body.delta, TextDelta | SummaryDelta | ArgumentsDelta):
        position = find(steps, hop, body.index)  # kept there as what does not fit
    if position < 0:
        raw = {"type": _step_kind(body.delta)}
        made = step_from_wire(raw, hop=hop, index=body.index, frame=frame)
        position, steps = len(steps), (*steps, msgspec.structs.replace(made, announced=False))
    return (*steps[:position], add(steps[position], body.delta, frame), *steps[position + 1 :])


def begun(steps: Steps, step: Step) -> Steps:
    """The steps with one that the stream has begun: a new one, or one of which content came before."""
    for position in _named(steps, step.hop, step.index):
        before = steps[position]
        if not before.announced and (told := _told(before, step)) is not None:
            whole = told if before.open else closed(told, step.last)
            return (*steps[:position], whole, *steps[position + 1 :])
    return (*steps, step)


def stopped(steps: Steps, hop: int, index: int, frame: int) -> Steps:
    """The steps with those of this index closed; a step that never began cannot end."""
    newest = find(steps, hop, index)
    if newest < 0:
        return steps
    ends = {newest, *(at for at in _named(steps, hop, index) if steps[at].open)}
    return tuple([closed(step, frame) if at in ends else step for at, step in enumerate(steps)])


def find(steps: Steps, hop: int, index: int) -> int:
    """The position of the newest received step of this hop with this index, or -1. One that the stream has
    begun goes before those that only their content has begun."""
    unannounced = -1
    for at in _named(steps, hop, index):
        if steps[at].announced:
            return at
        unannounced = max(unannounced, at)
    return unannounced


def _named(steps: Steps, hop: int, index: int) -> Iterator[int]:
    """The positions of the received steps of this hop with this index, the newest first."""
    for position in range(len(steps) - 1, -1, -1):
        step = steps[position]
        if step.index == index and step.hop == hop and not step.sent:
            yield position


def _holds(step: Step, delta: Delta) -> bool:
    """Whether a delta can stand in a step of this kind. What a kind not known here holds is not known."""
    match delta:
        case TextDelta():
            # Nobody has said that it is a thought if only a summary has begun it.
            return (
                step.announced if isinstance(step, Thought) else not isinstance(step, ToolCall | ToolResult)
            )
        case SummaryDelta():
            return not isinstance(step, ToolCall | ToolResult | ModelOutput)
        case ArgumentsDelta():
            return not isinstance(step, ModelOutput | Thought)
        case SignatureDelta():
            return isinstance(step, Thought)
        case AnnotationsDelta():
            return isinstance(step, ModelOutput)
        case NativeDelta() | CorrectedDelta() | ThoughtDelta() | UnreadDelta():
            return step.announced
        case OtherDelta():
            return _step_kind(delta) == kind_of(step)
        case _:
            assert_never(delta)


def _step_kind(delta: Delta) -> str:
    """The kind of step that a delta belongs to when no `step.start` has said it."""
    match delta:
        case TextDelta() | AnnotationsDelta() | CorrectedDelta():
            return "model_output"
        case SummaryDelta() | SignatureDelta() | ThoughtDelta():
            return "thought"
        case ArgumentsDelta():
            return "function_call"
        case NativeDelta() | UnreadDelta():
            return ""
        case OtherDelta():
            return delta.type if delta.type in CALLS | RESULTS else _MEDIA.get(delta.type, delta.type)
        case _:
            assert_never(delta)


def _told(before: Step, start: Step) -> Step | None:
    """The step that a late start announces, with the content that had come before it; None if that is of
    another kind."""
    kept = {"first": before.first, "last": start.last, "other": before.other, "unread": before.unread}
    kept |= {"native": {**start.native, **before.native}}
    match start, before:
        case ToolCall(), ToolCall():
            data = {**before.data, **{key: value for key, value in start.data.items() if value}}
            kept |= {"data": data, "fragments": before.fragments}
        case ToolResult(), ToolResult():
            kept |= {"data": {**start.data, **before.data, "type": start.type}}
        case Thought(), Thought():
            kept |= {"content": start.content + before.content}
            kept |= {"signature": before.signature or start.signature}
        case ModelOutput() | Thought() | UserInput(), ModelOutput():
            kept |= {"content": content_of(start) + before.content}
        case _:
            return None
    return msgspec.structs.replace(start, **kept)
