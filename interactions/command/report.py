"""What a turn says, as plain values and as lines of text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from interactions.turns.events import ErrorDetail, Usage
from interactions.turns.steps import (
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
    kind_of,
    plain,
)
from interactions.turns.turn import Turn, text_of, turn_waits
from interactions.turns.values import encoded

_ROW = re.compile(r" \(row \d+\)$")
# What would move the cursor of a terminal, or turn its text around.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def report(turn: Turn, protocol: str) -> dict[str, Any]:
    """The turn in the words of the command. `protocol` may be "" for what is in none."""
    steps = [step for step in turn.steps if not step.sent]
    waiting = turn_waits(turn)
    calls = [_call(step, waits=step in waiting) for step in steps if isinstance(step, ToolCall)]
    error = turn.error
    return {
        "protocol": protocol or None,
        "status": turn.status,
        "id": turn.id,
        "model": turn.model,
        "text": text_of(turn),
        "thoughts": [plain(step.content) for step in steps if isinstance(step, Thought) and step.content],
        "calls": calls,
        "steps": [{"type": kind_of(step), **_said(step, step in waiting), **_unread(step)} for step in steps],
        "usage": _counts(turn.usage) if turn.usage else None,
        "error": {"code": _word(error), "message": error.message} if error else None,
        "notes": [_ROW.sub("", warning) for warning in turn.warnings],
    }


def _word(error: ErrorDetail) -> str | int | None:
    """A word where there is one; else the HTTP status that the server has put there."""
    return error.code if isinstance(error.code, str) else error.status or error.code


def _said(step: Step, waits: bool) -> dict[str, Any]:
    match step:
        case ModelOutput() | UserInput():
            parts = {"text": plain(step.content), "media": _media(step.content)}
            return {**parts, "annotations": _annotations(step.content)}
        case Thought():
            return {"text": plain(step.content), "signed": bool(step.signature)}
        case ToolCall():
            return _call(step, waits=waits)
        case ToolResult():
            return {"name": step.name, "result": step.data.get("result")}
        case OtherStep():
            return {"data": {key: value for key, value in step.data.items() if key != "type"}}
        case _:
            assert_never(step)


def _unread(step: Step) -> dict[str, Any]:
    """What the server has said of a step and nobody reads, if there is any."""
    return {"unread": step.unread} if step.unread else {}


def _call(call: ToolCall, *, waits: bool) -> dict[str, Any]:
    return {"name": call.name, "id": call.data.get("id"), "arguments": call.arguments, "waits": waits}


def _media(content: tuple[Content, ...]) -> list[str]:
    parts = [part.raw for part in content if isinstance(part, Media)]
    return [str(raw.get("mime_type") or raw.get("type") or "") for raw in parts]


def _annotations(content: tuple[Content, ...]) -> list[Wire]:
    return [each for part in content if isinstance(part, Text) for each in part.annotations]


def _counts(usage: Usage) -> dict[str, int | None]:
    return {
        "input": usage.total_input_tokens,
        "output": usage.total_output_tokens,
        "thought": usage.total_thought_tokens,
        "cached": usage.total_cached_tokens,
        "total": usage.total_tokens,
    }


def lines(told: Mapping[str, Any]) -> Iterator[str]:
    """A report as a person reads it. What a server has written moves no cursor."""
    for line in _lines(told):
        yield _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", line.replace("\r\n", "\n"))


def _lines(told: Mapping[str, Any]) -> Iterator[str]:
    yield " · ".join(filter(None, (told[key] for key in ("status", "protocol", "model", "id"))))
    for step in told["steps"]:
        yield ""
        yield _step(step)
        if "unread" in step:
            yield f"Unread: {_text(step['unread'])}"
    yield ""
    if usage := told["usage"]:
        counted = (f"{name} {count:,}" for name, count in usage.items() if count is not None)
        yield f"Tokens: {' · '.join(counted)}"
    if error := told["error"]:
        yield f"Error: {': '.join(str(each) for each in error.values() if each)}"
    for note in told["notes"]:
        yield f"Note: {note}."


def _step(step: Mapping[str, Any]) -> str:
    if "arguments" in step:
        waits = ", which waits for its result" if step["waits"] else ""
        return f"Call {step['name']} {_text(step['arguments'])} ({step['id'] or 'without an id'}){waits}"
    if "result" in step:
        return f"Result of {step['name']}: {_text(step['result'])}"
    if "data" in step:
        return f"{step['type']}: {_text(step['data'])}"
    text = str(step["text"]).strip()
    if step["type"] == "thought":
        return "Thought:\n" + textwrap.indent(text, "  ") if text else "Thought, of which nothing is shown"
    sources = [f"Source: {url}" for each in step["annotations"] if (url := each.get("url"))]
    return "\n".join(filter(None, (text, *(f"[{kind}]" for kind in step["media"]), *sources)))


def _text(value: object) -> str:
    return value if isinstance(value, str) else encoded(value).decode()
