"""Deltas added to steps. Only text, summaries, arguments, media and what a program prints grow; any other
delta of a server tool holds its whole payload."""

from __future__ import annotations

from collections.abc import Mapping
from json import JSONDecoder
from typing import Any, assert_never

import msgspec

from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    CorrectedDelta,
    Delta,
    NativeDelta,
    OtherDelta,
    SignatureDelta,
    SummaryDelta,
    TextDelta,
    ThoughtDelta,
    UnreadDelta,
)
from interactions.turns.rope import Rope
from interactions.turns.steps import (
    WAITS,
    Content,
    Media,
    ModelOutput,
    OtherStep,
    Step,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    UserInput,
    Wire,
    add_text,
    annotate,
    contents,
)
from interactions.turns.values import too_deep
from interactions.turns.wire import load_json

_JSON = JSONDecoder(strict=False)


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
        case CorrectedDelta():
            return _corrected(step, delta)
        case ThoughtDelta():
            return _thought(step)
        case UnreadDelta():
            return msgspec.structs.replace(step, unread=_joined(step.unread, delta.fields))
        case OtherDelta():
            return _other(step, delta)
        case _:
            assert_never(delta)


_MEDIA = frozenset({"image", "audio", "video", "document"})


def closed(step: Step, frame: int) -> Step:
    """The step when no more deltas come: arguments are parsed now, and kept as text if they are no JSON."""
    changes: dict[str, Any] = {"open": False, "last": max(step.last, frame)}
    if isinstance(step, ToolCall) and len(step.fragments):
        parsed = arguments_in(str(step.fragments))
        if not isinstance(parsed, str):
            whole = parsed or step.data.get("arguments") or parsed  # they may have stood in the start
            changes |= {"data": {**step.data, "arguments": whole}, "fragments": Rope()}
    return msgspec.structs.replace(step, **changes)


def arguments_in(text: str) -> object:
    """The arguments of a call, or their text if they are no JSON. Some servers send an empty object before
    the real one, and some the whole once more behind its pieces."""
    parsed = load_json(text)
    if not isinstance(parsed, str) or too_deep(text):
        return parsed
    values, rest = [], text.lstrip()
    try:
        while rest:
            value, end = _JSON.raw_decode(rest)
            values.append(value)
            rest = rest[end:].lstrip()
    except ValueError:
        return parsed
    told = [value for value in values if value]
    one = all(isinstance(value, Mapping) and value == told[0] for value in told)
    return (told[0] if told else {}) if values and one else parsed


def _text(step: Step, delta: TextDelta) -> Step:
    match step:
        case ModelOutput() | Thought():
            content = add_text(step.content, delta.text)
            if delta.annotations:
                content = annotate(content, delta.annotations)
            return msgspec.structs.replace(step, content=content)
        case UserInput():
            return msgspec.structs.replace(step, content=add_text(step.content, delta.text))
        case ToolCall() | ToolResult() | OtherStep():
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
        case ToolCall() | ToolResult():
            signature = delta.signature or step.data.get("signature", "")
            return msgspec.structs.replace(step, data={**step.data, "signature": signature})
        case UserInput() | ModelOutput() | OtherStep():
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


def _corrected(step: Step, delta: CorrectedDelta) -> Step:
    match step:
        case ModelOutput() | Thought() | UserInput():
            return msgspec.structs.replace(step, content=_rewritten(step.content, delta.text))
        case ToolCall():
            return msgspec.structs.replace(step, fragments=Rope(delta.text))
        case ToolResult() | OtherStep():
            return _misfit(step, {"type": "text", "text": delta.text})
        case _:
            assert_never(step)


def _thought(step: Step) -> Step:
    match step:
        case ModelOutput():
            fields = {name: getattr(step, name) for name in Thought.__struct_fields__ if name != "signature"}
            return Thought(**fields)
        case UserInput() | Thought() | ToolCall() | ToolResult() | OtherStep():
            return step
        case _:
            assert_never(step)


def _rewritten(content: tuple[Content, ...], text: str) -> tuple[Content, ...]:
    """With this text in the place of the first one and of all others."""
    texts = [part for part in content if isinstance(part, Text)]
    cited = tuple(annotation for part in texts for annotation in part.annotations)
    place = content.index(texts[0]) if texts else len(content)
    others = [part for part in content if not isinstance(part, Text)]
    return (*others[:place], Text(Rope(text), cited), *others[place:])


def _joined(before: Wire, more: Wire) -> Wire:
    """Both as one: texts and lists go on, and of other values the last one stands."""
    joined = dict(before)
    for key, value in more.items():
        known = joined.get(key)
        goes_on = isinstance(known, str | list) and type(known) is type(value)
        joined[key] = known + value if goes_on else value
    return joined


def _other(step: Step, delta: OtherDelta) -> Step:
    match step:
        case ToolCall() if delta.type == step.type and WAITS in delta.data:
            said = OtherDelta(delta.type, {key: value for key, value in delta.data.items() if key != WAITS})
            return _other(msgspec.structs.replace(step, waits=delta.data[WAITS] is True), said)
        case ToolCall() | ToolResult() if delta.type == step.type:
            return msgspec.structs.replace(step, data={**step.data, **_payload(step, delta)})
        case ModelOutput() if delta.type in _MEDIA:
            media = Media({"type": delta.type, **delta.data})
            return msgspec.structs.replace(step, content=(*_without_draft(step.content), media))
        case ModelOutput() if delta.type == "error":
            return msgspec.structs.replace(step, error=delta.data)
        case UserInput() | ModelOutput() | Thought() | ToolCall() | ToolResult() | OtherStep():
            return _misfit(step, {"type": delta.type, **delta.data})
        case _:
            assert_never(step)


def _without_draft(content: tuple[Content, ...]) -> tuple[Content, ...]:
    """Without a picture at the end that was not whole yet: the next one is the same, drawn further."""
    drafted = content and isinstance(last := content[-1], Media) and last.raw.get("partial") is True
    return content[:-1] if drafted else content


def _payload(step: ToolCall | ToolResult, delta: OtherDelta) -> Wire:
    """What the delta of a server's tool changes. What a program prints grows; an empty signature is none."""
    new = {key: value for key, value in delta.data.items() if key != "signature" or value}
    printed, more = step.data.get("result"), new.get("result")
    if delta.type == "code_execution_result" and isinstance(printed, str) and isinstance(more, str):
        new["result"] = printed + more
    return new


def _misfit(step: Step, raw: dict[str, Any]) -> Step:
    return msgspec.structs.replace(step, other=(*step.other, raw))
