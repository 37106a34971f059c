"""A request in the words of the Responses API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

from interactions.conversations.request import Request, input_steps
from interactions.providers.responses.answers import answer, call, calls_of, parts
from interactions.providers.responses.clients import call_id
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
            yield from [_complete(item)] if _readable(item) else []
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


def _complete(item: Wire) -> Wire:
    """The item as it came, with what the API wants of it and some servers leave out."""
    kind = word(item, "type")
    item = {key: value for key, value in item.items() if key != "id" or value}
    if kind in _NAMED:
        return {**item, "call_id": call_id(item)} if call_id(item) else item
    parts = item.get("content")
    if kind != "message" or not isinstance(parts, list):
        return item
    if not word(item, "id") and item.get("role") == "assistant":
        return {"type": "message", "role": "assistant", "content": "".join(texts(item)["text"])}
    return {"status": "completed", **item, "content": [_cited(part) for part in parts]}


def _cited(part: Any) -> Any:
    """A text has citations, if need be none."""
    written = isinstance(part, Mapping) and part.get("type") == "output_text"
    return {"annotations": [], **part} if written else part


# Calls whose answers name another id than that of the item.
_NAMED = frozenset({"function_call", "custom_tool_call", "computer_call", "shell_call", "apply_patch_call"})


def _readable(item: Wire) -> bool:
    """Whether a server that has not kept it can read the item: thoughts only if they are in it, encrypted."""
    return item.get("type") != "reasoning" or bool(item.get("encrypted_content"))
