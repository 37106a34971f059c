"""A request in the words of the Responses API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

from interactions.conversations.request import Request, input_steps
from interactions.providers.responses.answers import answer, call, calls_of, parts
from interactions.providers.responses.items import VENDOR, texts
from interactions.providers.shared.fields import Fields, one_of, set_only, to, written
from interactions.providers.shared.foreign import EFFORTS, all_steps, answered, schema_format
from interactions.turns.steps import (
    ModelOutput,
    OtherStep,
    Step,
    Thought,
    ToolCall,
    ToolResult,
    UserInput,
    Wire,
    plain,
)
from interactions.turns.values import word

# What a model may say of its thoughts; "none" is our word for nothing, which is what it says unless asked.
SUMMARIES = ("auto", "concise", "detailed", "none")
_SUMMARIES = {name: name for name in SUMMARIES if name != "none"}

# Tools of the Interactions API that OpenAI runs under another name. Any other goes out as it is written.
_TOOLS: dict[str, Wire] = {
    "google_search": {"type": "web_search"},
    "code_execution": {"type": "code_interpreter", "container": {"type": "auto"}},
}


def body(request: Request) -> dict[str, Any]:
    """The JSON of a request; what is unset is left out. `store` is always said: unset, it would be true."""
    kept = request.options.store
    fields = {
        "previous_response_id": request.previous_interaction_id,
        "include": [] if kept else ["reasoning.encrypted_content"],  # for thoughts to go back, next time
    }
    return {
        **written(SETTINGS, request.options),
        **set_only(fields),
        "input": list(_input(request)),
        "stream": True,
        # Unless refused, each delta is padded with random text against those who measure packets.
        "stream_options": {"include_obfuscation": False},
    }


def _format(schema: Wire | None) -> Wire | None:
    told = schema_format(schema)
    return {"type": "json_schema", **told} if told else None


def _tools(tools: Iterable[Wire]) -> list[Wire]:
    return [_tool(tool) for tool in tools]


SETTINGS: Fields = {
    "model": to("model"),
    "system_instruction": to("instructions"),
    "thinking_level": one_of("reasoning.effort", EFFORTS),
    "thinking_summaries": one_of("reasoning.summary", SUMMARIES, _SUMMARIES),
    "max_output_tokens": to("max_output_tokens"),
    "temperature": to("temperature"),
    "top_p": to("top_p"),
    "tools": to("tools", _tools),
    "tool_choice": one_of("tool_choice", ("auto", "required", "none")),
    "service_tier": one_of(
        "service_tier", ("auto", "default", "flex", "scale", "priority", "fast", "ultrafast")
    ),
    "labels": to("metadata"),
    "background": to("background", lambda on: on or None),
    "response_schema": to("text.format", _format),
    "store": to("store"),
}


def _tool(tool: Wire) -> Wire:
    if tool.get("type") != "function":
        return _TOOLS.get(word(tool, "type"), tool)
    # Unless told, the API is strict and refuses schemas that are not closed.
    usual = {"parameters": {"type": "object", "properties": {}}, "strict": False}
    return {**usual, **tool}


def _input(request: Request) -> Iterator[Wire]:
    """The turns to send along and the input, with calls answered that may lie in the turn that is named."""
    kept = [step for turn in request.named() for step in turn.steps]
    sent = all_steps(request.history, input_steps(request.input))
    return _items(answered(sent, kept), calls_of([*kept, *sent]))


def _items(steps: Iterable[Step], calls: Mapping[str, Wire]) -> Iterator[Wire]:
    """Items of this vendor as they came; of others what can be said in its words. Their thoughts, and what
    their servers ran, cannot."""
    for step in steps:
        if (item := step.native.get(VENDOR)) and not _outgrown(step, item):
            yield from [item] if _readable(item) else []
            continue
        match step:
            case UserInput() if said := list(parts(step.content)):
                yield {"type": "message", "role": "user", "content": said}
            case ModelOutput() if text := plain(step.content):
                yield {"type": "message", "role": "assistant", "content": text}
            case ToolCall():
                yield from call(step)
            case ToolResult():
                yield from answer(step, calls)
            case UserInput() | ModelOutput() | Thought() | OtherStep():
                pass
            case _:
                assert_never(step)


def _outgrown(step: Step, item: Wire) -> bool:
    """Whether an answer has more text than its item, behind whose end it came."""
    if item.get("type") != "message" or not isinstance(step, ModelOutput):
        return False
    return plain(step.content) != "".join(texts(item)["text"])


def _readable(item: Wire) -> bool:
    """Whether a server that has not kept it can read the item: thoughts only if they are in it, encrypted."""
    return item.get("type") != "reasoning" or bool(item.get("encrypted_content"))
