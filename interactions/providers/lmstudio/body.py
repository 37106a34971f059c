"""A request in the words of LM Studio's own API: an input, and the answer that it follows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, assert_never

from interactions.conversations.history import file_text
from interactions.conversations.request import Request, input_steps
from interactions.providers.shared.fields import Fields, one_of, set_only, to, written
from interactions.providers.shared.foreign import all_steps, data_url, result_text, steps_of
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

# How much a model thinks, by our words for it.
_REASONING = {"none": "off", "low": "low", "medium": "medium", "high": "high", "on": "on"}
_EARLIER = "This is the conversation so far:\n\n{}\n\nIt goes on with the next message."

SETTINGS: Fields = {
    "model": to("model"),
    "system_instruction": to("system_prompt"),
    "temperature": to("temperature"),
    "top_p": to("top_p"),
    "max_output_tokens": to("max_output_tokens"),
    "thinking_level": one_of("reasoning", tuple(_REASONING), _REASONING),
    "store": to("store"),
}


def body(request: Request, extra: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The JSON body of a request, without the fields that are unset. `extra` replaces fields of the same
    name: plugins and MCP servers stand in its `integrations`."""
    earlier = list(_lines(all_steps(request.history, ())))
    told = [_message(_EARLIER.format("\n\n".join(earlier)))] if earlier else []
    given = steps_of(input_steps(request.input))
    said = [part for step in given for part in _parts(step)]
    return {
        **written(SETTINGS, request.options),
        **set_only({"previous_response_id": request.previous_interaction_id}),
        "input": [*told, *said],
        "stream": True,
        **(extra or {}),
    }


def _message(text: str) -> Wire:
    return {"type": "message", "content": text}


def _lines(steps: Iterable[Step]) -> Iterator[str]:
    """What was said before, as a text: the API takes no message of the model."""
    for step in steps:
        match step:
            case UserInput():
                said = "\n\n".join(text for part in step.content if (text := _text(part)))
                yield from [f"User: {said}"] if said else []
            case ModelOutput():
                said = plain(step.content)
                yield from [f"Assistant: {said}"] if said else []
            case ToolResult():
                yield f"Result of {step.name}: {result_text(step.data.get('result', ''))}"
            case Thought() | ToolCall() | OtherStep():
                pass
            case _:
                assert_never(step)


def _parts(step: Step) -> Iterator[Wire]:
    """The input of the user; a result of a tool can only be told as one more message."""
    match step:
        case UserInput():
            for part in step.content:
                if text := _text(part):
                    yield _message(text)
                elif not isinstance(part, Text) and (url := data_url(part)):
                    yield {"type": "image", "data_url": url}
        case ToolResult():
            yield from map(_message, _lines([step]))
        case ModelOutput() | Thought() | ToolCall() | OtherStep():
            pass
        case _:
            assert_never(step)


def _text(part: Content) -> str:
    return str(part.text) if isinstance(part, Text) else file_text(part.raw)
