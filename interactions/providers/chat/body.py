"""A request as a list of messages, as OpenAI-compatible servers take it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from interactions.conversations.history import file_text, mime_type
from interactions.conversations.request import Request, input_steps
from interactions.providers.shared.foreign import (
    EFFORTS,
    all_steps,
    answered,
    arguments_of,
    data_url,
    file_name,
    result_text,
    schema_format,
    set_only,
)
from interactions.turns.steps import (
    Content,
    ModelOutput,
    Step,
    Text,
    ToolCall,
    ToolResult,
    UserInput,
    Wire,
    plain,
)
from interactions.turns.values import word

# The names of the formats that can be heard, by those that browsers have for them.
SOUNDS = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/wave": "wav",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
}
_NO_PARAMETERS = {"type": "object", "properties": {}}


def body(
    request: Request, *, limit_field: str = "max_tokens", extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The JSON of a request; what is unset is left out. `limit_field` is the server's name for that field
    (OpenAI's own reasoning models want `max_completion_tokens`); `extra` goes over all other fields."""
    options = request.options
    # Nothing is kept over there: turns that an id would have named are sent like all others.
    turns = request.earlier() if request.previous_interaction_id else request.history
    system = [{"role": "system", "content": options.system_instruction}] if options.system_instruction else []
    schema = schema_format(options)
    fields = {
        "model": options.model,
        "temperature": options.temperature,
        "top_p": options.top_p,
        limit_field: options.max_output_tokens,
        "reasoning_effort": options.thinking_level if options.thinking_level in EFFORTS else None,
        "seed": options.seed,
        "stop": list(options.stop_sequences),
        "tools": [_tool(tool) for tool in options.tools],
        "response_format": {"type": "json_schema", "json_schema": schema} if schema else None,
    }
    return {
        **set_only(fields),
        "messages": [*system, *_messages(answered(all_steps(turns, input_steps(request.input))))],
        "stream": True,
        "stream_options": {"include_usage": True},
        **(extra or {}),
    }


def _tool(tool: Wire) -> Wire:
    """A function. Servers of this kind run no tools of their own; any other is left to them to refuse."""
    if tool.get("type") != "function":
        return tool
    declared = {"parameters": _NO_PARAMETERS, **{key: tool[key] for key in tool if key != "type"}}
    return {"type": "function", "function": declared}


def _messages(steps: Iterable[Step]) -> Iterator[Wire]:
    """Text and calls that follow one another are one message of the assistant. Thoughts stay here: the
    templates of most models do not want them back."""
    for speaks, said in groupby(filter(_has_words, steps), key=_is_models):
        if speaks:
            yield from _assistant(list(said))
            continue
        for step in said:
            if isinstance(step, ToolResult):
                call, value = word(step.data, "call_id"), step.data.get("result", "")
                yield {"role": "tool", "tool_call_id": call, "content": result_text(value)}
            elif isinstance(step, UserInput) and (content := _user(step.content)):
                yield {"role": "user", "content": content}


def _has_words(step: Step) -> bool:
    match step:
        case UserInput() | ModelOutput():
            return True
        case ToolCall(type="function_call"):
            return bool(word(step.data, "id"))
        case ToolResult(type="function_result"):
            return bool(word(step.data, "call_id"))
    return False


def _is_models(step: Step) -> bool:
    return isinstance(step, ModelOutput | ToolCall)


def _assistant(steps: list[Step]) -> Iterator[Wire]:
    text = "".join(plain(step.content) for step in steps if isinstance(step, ModelOutput))
    calls = [_call(step) for step in steps if isinstance(step, ToolCall)]
    if calls:
        yield {"role": "assistant", "content": text or None, "tool_calls": calls}
    elif text:
        yield {"role": "assistant", "content": text}


def _call(step: ToolCall) -> Wire:
    function = {"name": step.name, "arguments": arguments_of(step)}
    return {"id": word(step.data, "id"), "type": "function", "function": function}


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
