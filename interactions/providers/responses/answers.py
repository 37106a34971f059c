"""What the client answers to calls, each in the form of its own item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from interactions.conversations.history import file_text
from interactions.providers.responses.items import VENDOR
from interactions.providers.shared.foreign import (
    UNANSWERED,
    arguments_of,
    content_parts,
    data_url,
    file_name,
    result_text,
)
from interactions.turns.steps import Content, Media, Step, Text, ToolCall, ToolResult, Wire, contents
from interactions.turns.values import each, inner, word

# The smallest picture that there is, where the API wants one and nobody has made any.
BLANK = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAA"
    "AABJRU5ErkJggg=="
)


def calls_of(steps: Iterable[Step]) -> dict[str, Wire]:
    """The items of calls as their servers have sent them, by the ids that answers name."""
    calls = (step for step in steps if isinstance(step, ToolCall))
    return {word(call.data, "id"): call.native[VENDOR] for call in calls if VENDOR in call.native}


def answer(step: ToolResult, calls: Mapping[str, Wire]) -> Iterator[Wire]:
    """The item of a result; nothing for that of a call that this vendor has never made."""
    id, result = word(step.data, "call_id"), step.data.get("result", "")
    call = calls.get(id, {})
    kind = "custom_tool_result" if call.get("type") == "custom_tool_call" else step.type
    make = _ANSWERS.get(kind)
    if id and make and (call or kind in {"function_result", "custom_tool_result"}):
        yield make(id, result, call, step.data)


def parts(content: Iterable[Content]) -> Iterator[Wire]:
    """Content as a message or a result has it."""
    for part in content:
        if isinstance(part, Text):
            yield from _text(str(part.text))
        elif part.raw.get("type") == "image":
            yield from _addressed("input_image", "image_url", data_url(part), detail="auto")
        elif text := file_text(part.raw):
            yield from _text(text)
        elif part.raw.get("type") == "document" and "data" in part.raw:
            yield from _addressed("input_file", "file_data", data_url(part), filename=file_name(part))
        elif part.raw.get("type") == "document":
            yield from _addressed("input_file", "file_url", data_url(part))


def _text(text: str) -> Iterator[Wire]:
    if text:
        yield {"type": "input_text", "text": text}


def _addressed(kind: str, key: str, url: str, **more: str) -> Iterator[Wire]:
    if url:
        yield {"type": kind, key: url, **more}


def _output(result: object) -> str | list[Wire]:
    found = content_parts(result)
    if any(part.get("type") != "text" for part in found):
        return list(parts(contents(found)))
    return result_text(result)


def _function(id: str, result: object, _call: Wire, _data: Wire) -> Wire:
    return {"type": "function_call_output", "call_id": id, "output": _output(result)}


def _custom(id: str, result: object, _call: Wire, _data: Wire) -> Wire:
    return {"type": "custom_tool_call_output", "call_id": id, "output": _output(result)}


def _approval(id: str, result: object, _call: Wire, _data: Wire) -> Wire:
    """What is no clear yes is a no."""
    said = result if isinstance(result, Mapping) else {"reason": result}
    reason = {"reason": word(said, "reason")} if word(said, "reason") else {}
    approve = said.get("approve") is True
    return {"type": "mcp_approval_response", "approval_request_id": id, "approve": approve, **reason}


def _shell(id: str, result: object, call: Wire, _data: Wire) -> Wire:
    """As many outputs as there are results; a text alone is what was printed."""
    results = (
        result if isinstance(result, list) and all(isinstance(one, Mapping) for one in result) else [result]
    )
    longest = inner(call, "action").get("max_output_length")
    told = {"max_output_length": longest} if isinstance(longest, int) else {}
    return {"type": "shell_call_output", "call_id": id, "output": [_ran(one) for one in results], **told}


def _ran(result: object) -> Wire:
    if result == UNANSWERED:
        result = {"stderr": UNANSWERED, "exit_code": 1}
    said = result if isinstance(result, Mapping) else {"stdout": result_text(result)}
    code = said.get("exit_code", 0)
    timeout = said.get("outcome") == "timeout" or inner(said, "outcome").get("type") == "timeout"
    exit: Wire = {"type": "exit", "exit_code": code if isinstance(code, int) else 1}
    outcome = {"type": "timeout"} if timeout else exit
    return {"stdout": word(said, "stdout"), "stderr": word(said, "stderr"), "outcome": outcome}


def _local_shell(id: str, result: object, _call: Wire, _data: Wire) -> Wire:
    return {"type": "local_shell_call_output", "id": id, "output": result_text(result)}


def _patch(id: str, result: object, _call: Wire, _data: Wire) -> Wire:
    plain = {"status": "failed" if result == UNANSWERED else "completed", "output": result_text(result)}
    said = result if isinstance(result, Mapping) else plain
    status = "completed" if said.get("status") == "completed" else "failed"
    output = {"output": word(said, "output")} if word(said, "output") else {}
    return {"type": "apply_patch_call_output", "call_id": id, "status": status, **output}


def _computer(id: str, result: object, _call: Wire, data: Wire) -> Wire:
    """A picture of the screen, and the safety checks that somebody has acknowledged."""
    said = inner(data, "result")
    shown = contents(said.get("content", result))
    pictures = (
        data_url(part) for part in shown if isinstance(part, Media) and part.raw.get("type") == "image"
    )
    url = next(filter(None, pictures), BLANK)
    screen = {"type": "computer_screenshot", "image_url": url}
    checks = _checks(data) or _checks(said)
    told = {"acknowledged_safety_checks": checks} if checks else {}
    return {"type": "computer_call_output", "call_id": id, "output": screen, **told}


def _checks(said: Wire) -> list[Wire]:
    keys = ("id", "code", "message")
    checks = each(said, "acknowledged_safety_checks")
    return [{key: check[key] for key in keys if check.get(key) is not None} for check in checks]


def _tools(id: str, result: object, _call: Wire, _data: Wire) -> Wire:
    found = result if isinstance(result, list) else []
    done = {"execution": "client", "status": "completed"}
    return {"type": "tool_search_output", "call_id": id, "tools": found, **done}


_ANSWERS: Mapping[str, Callable[[str, Any, Wire, Wire], Wire]] = {
    "function_result": _function,
    "custom_tool_result": _custom,
    "mcp_approval_result": _approval,
    "shell_result": _shell,
    "local_shell_result": _local_shell,
    "apply_patch_result": _patch,
    "computer_result": _computer,
    "tool_search_result": _tools,
}


def call(step: ToolCall) -> Iterator[Wire]:
    """The item of a call that has none of this vendor's, where its words have such a call. Arguments go back
    as they were said, also those that are no JSON."""
    id, given = word(step.data, "id"), step.arguments
    if not id:
        return
    if step.type == "function_call":
        yield {"type": "function_call", "call_id": id, "name": step.name, "arguments": arguments_of(step)}
    elif step.type == "custom_tool_call":
        said = word(given, "input") if isinstance(given, Mapping) else str(given)
        yield {"type": "custom_tool_call", "call_id": id, "name": step.name, "input": said}
