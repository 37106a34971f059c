"""A request as a list of messages, as OpenAI-compatible servers take it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, assert_never

from interactions.conversations.history import file_text, mime_type
from interactions.conversations.request import Request, input_steps
from interactions.providers.chat.stream.delta import CARRIED, DETAILS
from interactions.providers.chat.stream.progress import VENDOR
from interactions.providers.shared.fields import Fields, one_of, to, written
from interactions.providers.shared.foreign import (
    EFFORTS,
    all_steps,
    answered,
    arguments_of,
    data_url,
    file_name,
    json_text,
    result_text,
    schema_format,
)
from interactions.turns.steps import (
    Content,
    ModelOutput,
    OtherStep,
    Step,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    UserInput,
    Wire,
    plain,
)
from interactions.turns.values import word

# OpenAI's names of the audio formats, by the MIME types that browsers give them.
SOUNDS = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
}
_CALLS = frozenset({"function_call", "custom_tool_call"})
_RESULTS = frozenset({"function_result", "custom_tool_result"})
_NO_PARAMETERS = {"type": "object", "properties": {}}


def body(request: Request, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The JSON body of a request, without the fields that are unset. `extra` replaces fields of
    the same name."""
    # The server stores nothing, so turns that an id would stand for in other protocols are sent in full.
    turns = request.earlier() if request.previous_interaction_id else request.history
    fields = written(SETTINGS, request.options)
    return {
        **fields,
        "messages": [
            *fields.get("messages", ()),
            *_messages(answered(all_steps(turns, input_steps(request.input)))),
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        **(extra or {}),
    }


def _system(text: str) -> list[Wire]:
    return [{"role": "system", "content": text}] if text else []


def _format(schema: Wire | None) -> Wire | None:
    told = schema_format(schema)
    return {"type": "json_schema", "json_schema": told} if told else None


def _tools(tools: Iterable[Wire]) -> list[Wire]:
    return [_tool(tool) for tool in tools]


SETTINGS: Fields = {
    "model": to("model"),
    "temperature": to("temperature"),
    "top_p": to("top_p"),
    "max_output_tokens": to("max_tokens"),
    "thinking_level": one_of("reasoning_effort", EFFORTS),
    "seed": to("seed"),
    "stop_sequences": to("stop", list),
    "tools": to("tools", _tools),
    "tool_choice": one_of("tool_choice", ("auto", "required", "none")),
    "service_tier": one_of("service_tier", ("auto", "default", "flex", "scale", "priority", "fast")),
    "response_schema": to("response_format", _format),
    "system_instruction": to("messages", _system),  # in front of all others
}


def _tool(tool: Wire) -> Wire:
    """A function. Servers of this kind run no tools of their own; any other is left to them to refuse."""
    if tool.get("type") != "function":
        return tool
    declared = {"parameters": _NO_PARAMETERS, **{key: tool[key] for key in tool if key != "type"}}
    return {"type": "function", "function": declared}


def _messages(steps: Iterable[Step]) -> Iterator[Wire]:
    """Text and calls that follow one another are one message of the assistant. Thoughts stay here, as the
    templates of most models do not want them back, unless their server has given them in a form of its own
    to go back."""
    for speaks, said in groupby(filter(_has_words, steps), key=_is_models):
        if speaks:
            yield from _assistant(list(said))
            continue
        for step in said:
            yield from _given(step)


def _given(step: Step) -> Iterator[Wire]:
    """What the assistant is told; nothing of what it says itself."""
    match step:
        case ToolResult():
            call, value = word(step.data, "call_id"), step.data.get("result", "")
            yield {"role": "tool", "tool_call_id": call, "content": result_text(value)}
        case UserInput():
            if content := _user(step.content):
                yield {"role": "user", "content": content}
        case ModelOutput() | Thought() | ToolCall() | OtherStep():
            pass
        case _:
            assert_never(step)


def _has_words(step: Step) -> bool:
    match step:
        case UserInput() | ModelOutput():
            return True
        case ToolCall(type=kind) if kind in _CALLS:
            return bool(word(step.data, "id"))
        case ToolResult(type=kind) if kind in _RESULTS:
            return bool(word(step.data, "call_id"))
        case Thought():
            return bool(_native(step))
        case ToolCall() | ToolResult() | OtherStep():  # of other vendors, and run by their servers
            return False
        case _:
            assert_never(step)


def _is_models(step: Step) -> bool:
    match step:
        case ModelOutput() | Thought() | ToolCall():
            return True
        case UserInput() | ToolResult() | OtherStep():
            return False
        case _:
            assert_never(step)


def _assistant(steps: list[Step]) -> Iterator[Wire]:
    """Nothing, where there is neither text nor a call."""
    text = "".join(plain(step.content) for step in steps if isinstance(step, ModelOutput))
    calls = [_call(step) for step in steps if isinstance(step, ToolCall)]
    kept = _kept(step for step in steps if not isinstance(step, ToolCall))
    if calls:
        yield {"role": "assistant", "content": text or None, "tool_calls": calls, **kept}
    elif text:
        yield {"role": "assistant", "content": text, **kept}


def _kept(steps: Iterable[Step]) -> Wire:
    """What goes back with a message as it came: of lists all, of other fields the last."""
    kept: dict[str, Any] = {}
    for key, value in (field for step in steps for field in _native(step).items()):
        before = kept.get(key)
        kept[key] = [*before, *value] if isinstance(before, list) and isinstance(value, list) else value
    return kept


def _native(step: Step) -> Wire:
    known = step.native.get(VENDOR, {})
    return {key: known[key] for key in (*CARRIED, *DETAILS) if key in known}


def _call(step: ToolCall) -> Wire:
    """A custom tool is given free text."""
    said: Wire = {"function": {"name": step.name, "arguments": arguments_of(step)}}
    kind = "function"
    if step.type == "custom_tool_call":
        given = step.arguments
        text = given if isinstance(given, str) else json_text(given) if given else ""
        said, kind = {"custom": {"name": step.name, "input": text}}, "custom"
    return {"id": word(step.data, "id"), "type": kind, **said, **_native(step)}


def _user(content: Iterable[Content]) -> str | list[Wire]:
    """A plain string where there is only text: not every server takes parts."""
    parts = list(_parts(content))
    if all(part["type"] == "text" for part in parts):
        return "\n\n".join(part["text"] for part in parts)
    return parts


def _parts(content: Iterable[Content]) -> Iterator[Wire]:
    for part in content:
        text = str(part.text) if isinstance(part, Text) else file_text(part.raw)
        if text:
            yield {"type": "text", "text": text}
        elif isinstance(part, Text) or not (url := data_url(part)):
            continue
        elif part.raw.get("type") == "image":
            yield {"type": "image_url", "image_url": {"url": url}}
        elif part.raw.get("type") == "audio" and "data" in part.raw and mime_type(part.raw) in SOUNDS:
            sound = {"data": part.raw["data"], "format": SOUNDS[mime_type(part.raw)]}
            yield {"type": "input_audio", "input_audio": sound}
        elif part.raw.get("type") == "document":
            yield {"type": "file", "file": {"filename": file_name(part), "file_data": url}}
