"""Deltas added to steps. Only text, summaries, arguments, media and what a program prints grow; any other
delta of a server tool holds its whole payload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias, assert_never

import msgspec

from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    Delta,
    KnownStepDelta,
    NativeDelta,
    OtherDelta,
    SignatureDelta,
    StepDelta,
    SummaryDelta,
    TextDelta,
)
from interactions.turns.rope import Rope
from interactions.turns.steps import (
    CALLS,
    RESULTS,
    Media,
    ModelOutput,
    OtherStep,
    Step,
    Thought,
    ToolCall,
    ToolResult,
    UserInput,
    Wire,
    add_text,
    annotate,
    contents,
    step_from_wire,
)
from interactions.turns.wire import load_json

Steps: TypeAlias = tuple[Step, ...]


def extended(steps: Steps, hop: int, body: StepDelta | KnownStepDelta, frame: int) -> Steps:
    """The steps with the delta in the one that it names, which is made if the stream has not begun it."""
    position = find(steps, hop, body.index)
    if position < 0:
        raw = {"type": _step_kind(body.delta)}
        position, steps = (
            len(steps),
            (*steps, step_from_wire(raw, hop=hop, index=body.index, frame=frame)),
        )
    return (*steps[:position], add(steps[position], body.delta, frame), *steps[position + 1 :])


def stopped(steps: Steps, hop: int, index: int, frame: int) -> Steps:
    """The steps with this one closed; a step that never began cannot end."""
    position = find(steps, hop, index)
    if position < 0:
        return steps
    return (*steps[:position], closed(steps[position], frame), *steps[position + 1 :])


def lacking(steps: Steps, hop: int, raws: Sequence[Wire]) -> Sequence[Wire]:
    """What a finished interaction has and its stream had not: all of it, or the calls that it waits for."""
    streamed = [step for step in steps if step.hop == hop and not step.sent]
    if not streamed or any(isinstance(step, ToolCall) and not step.server_executed for step in streamed):
        return () if streamed else raws
    return [raw for raw in raws if raw.get("type") == "function_call"]


def received(steps: Steps, hop: int, raws: Sequence[Wire], frame: int) -> Steps:
    """With the steps of a finished interaction behind them, as a stream would have left those."""
    after = max((step.index + 1 for step in steps if step.hop == hop and not step.sent), default=0)
    made = (
        closed(step_from_wire(raw, hop=hop, index=index, frame=frame), frame)
        for index, raw in enumerate(raws, start=after)
        if raw.get("type") != "user_input"
    )
    return (*steps, *made)


def find(steps: Steps, hop: int, index: int) -> int:
    """The position of the newest received step of this hop with this index, or -1."""
    for position in range(len(steps) - 1, -1, -1):
        step = steps[position]
        if step.index == index and step.hop == hop and not step.sent:
            return position
    return -1


def add(step: Step, delta: Delta, frame: int) -> Step:
    """The step with the delta in it; one that does not fit this kind of step is kept in `other`."""
    return msgspec.structs.replace(_grown(step, delta), last=frame)


def _grown(step: Step, delta: Delta) -> Step:
    match delta:
        case TextDelta():
            return _text(step, delta)
        case SummaryDelta():
            return _summary(step, delta)
        case SignatureDelta():
            return _signature(step, delta)
        case ArgumentsDelta():
            return _arguments(step, delta)
        case AnnotationsDelta():
            return _annotations(step, delta)
        case NativeDelta():
            return _native(step, delta)
        case OtherDelta():
            return _other(step, delta)
        case _:
            assert_never(delta)


def _step_kind(delta: Delta) -> str:
    """The kind of step that a delta belongs to when no `step.start` has said it."""
    match delta:
        case TextDelta() | AnnotationsDelta():
            return "model_output"
        case SummaryDelta() | SignatureDelta():
            return "thought"
        case ArgumentsDelta():
            return "function_call"
        case NativeDelta():
            return ""
        case OtherDelta():
            return delta.type if delta.type in CALLS | RESULTS else _MEDIA.get(delta.type, delta.type)
        case _:
            assert_never(delta)


_MEDIA = dict.fromkeys(("image", "audio", "video", "document"), "model_output")


def closed(step: Step, frame: int) -> Step:
    """The step when no more deltas come: arguments are parsed now, and kept as text if they are no JSON."""
    changes: dict[str, Any] = {"open": False, "last": max(step.last, frame)}
    if isinstance(step, ToolCall) and len(step.fragments):
        parsed = load_json(str(step.fragments))
        if not isinstance(parsed, str):
            changes |= {"data": {**step.data, "arguments": parsed}, "fragments": Rope()}
    return msgspec.structs.replace(step, **changes)


def _text(step: Step, delta: TextDelta) -> Step:
    match step:
        case ModelOutput() | Thought():
            content = add_text(step.content, delta.text)
            if delta.annotations:
                content = annotate(content, delta.annotations)
            return msgspec.structs.replace(step, content=content)
        case UserInput() | ToolCall() | ToolResult() | OtherStep():
            return _misfit(step, {"type": "text", "text": delta.text})
        case _:
            assert_never(step)


def _summary(step: Step, delta: SummaryDelta) -> Step:
    if not delta.content:
        return step
    text = delta.content.get("text")
    match step:
        case Thought() if isinstance(text, str):
            return msgspec.structs.replace(step, content=add_text(step.content, text))
        case Thought():
            return msgspec.structs.replace(step, content=step.content + contents(delta.content))
        case UserInput() | ModelOutput() | ToolCall() | ToolResult() | OtherStep():
            return _misfit(step, {"type": "thought_summary", "content": delta.content})
        case _:
            assert_never(step)


def _signature(step: Step, delta: SignatureDelta) -> Step:
    match step:
        case Thought():
            return msgspec.structs.replace(step, signature=delta.signature or step.signature)
        case UserInput() | ModelOutput() | ToolCall() | ToolResult() | OtherStep():
            return _misfit(step, {"type": "thought_signature", "signature": delta.signature})
        case _:
            assert_never(step)


def _arguments(step: Step, delta: ArgumentsDelta) -> Step:
    match step:
        case ToolCall():
            return msgspec.structs.replace(step, fragments=step.fragments + delta.arguments)
        case UserInput() | ModelOutput() | Thought() | ToolResult() | OtherStep():
            return _misfit(step, {"type": "arguments_delta", "arguments": delta.arguments})
        case _:
            assert_never(step)


def _annotations(step: Step, delta: AnnotationsDelta) -> Step:
    if not delta.annotations:
        return step
    match step:
        case ModelOutput():
            return msgspec.structs.replace(step, content=annotate(step.content, delta.annotations))
        case UserInput() | Thought() | ToolCall() | ToolResult() | OtherStep():
            return _misfit(step, {"type": "text_annotation_delta", "annotations": delta.annotations})
        case _:
            assert_never(step)


def _native(step: Step, delta: NativeDelta) -> Step:
    return msgspec.structs.replace(step, native={**step.native, delta.vendor: delta.item})


def _other(step: Step, delta: OtherDelta) -> Step:
    match step:
        case ToolCall() | ToolResult() if delta.type == step.type:
            return msgspec.structs.replace(step, data={**step.data, **_payload(step, delta)})
        case ModelOutput() if delta.type in _MEDIA:
            media = Media({"type": delta.type, **delta.data})
            return msgspec.structs.replace(step, content=(*step.content, media))
        case ModelOutput() if delta.type == "error":
            return msgspec.structs.replace(step, error=delta.data)
        case UserInput() | ModelOutput() | Thought() | ToolCall() | ToolResult() | OtherStep():
            return _misfit(step, {"type": delta.type, **delta.data})
        case _:
            assert_never(step)


def _payload(step: ToolCall | ToolResult, delta: OtherDelta) -> Wire:
    """What the delta of a server's tool changes. What a program prints grows; an empty signature is none."""
    new = {key: value for key, value in delta.data.items() if key != "signature" or value}
    printed, more = step.data.get("result"), new.get("result")
    if delta.type == "code_execution_result" and isinstance(printed, str) and isinstance(more, str):
        new["result"] = printed + more
    return new


def _misfit(step: Step, raw: dict[str, Any]) -> Step:
    return msgspec.structs.replace(step, other=(*step.other, raw))
