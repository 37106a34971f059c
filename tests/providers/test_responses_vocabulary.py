"""The words of the Responses API as its client knows them, and what is made of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Annotated, Any, Union, get_args, get_origin

import httpx
import pytest
from openai.types.responses import (
    ResponseCodeInterpreterToolCall,
    ResponseFunctionWebSearch,
    ResponseOutputItem,
    ResponseOutputMessage,
    ResponseStreamEvent,
)
from openai.types.responses.response_content_part_added_event import Part
from openai.types.responses.response_output_text import Annotation
from openai.types.responses.response_reasoning_item import ResponseReasoningItem

from interactions.conversations.request import Access
from interactions.providers.responses.items import STEPS, WRITTEN
from interactions.providers.responses.provider import OpenAIResponses
from interactions.turns.events import Progress, StepDelta, Unknown
from interactions.turns.steps import Media, ModelOutput, OtherStep, ToolCall, ToolResult
from interactions.turns.turn import turn_waits
from tests.vendors import said, turn_after

GPT = OpenAIResponses(httpx.Client(), Access("https://x.test"))

# Items that are steps of their own type, with all their fields, because no other vendor has the like.
OWN = {"mcp_list_tools", "compaction", "program", "program_output", "additional_tools"}
# What a list of a message's citations may hold; all go through as they are, with offsets in bytes.
CITATIONS = {"file_citation", "url_citation", "container_file_citation", "file_path"}
THOUGHTS = {"reasoning_text", "summary_text"}
OUTPUTS = {"logs", "image"}
SEARCHES = {"search", "open_page", "find_in_page"}


def tags(union: Any) -> Iterator[str]:
    """The values of `type` in a union of the client's models."""
    if get_origin(union) is Annotated:
        union = get_args(union)[0]
    for one in get_args(union) if get_origin(union) in {Union, list} or get_args(union) else (union,):
        if get_origin(one) is not None:
            yield from tags(one)
        elif one is not type(None):
            yield from get_args(one.model_fields["type"].annotation)


def field(model: Any, name: str) -> set[str]:
    """The tags of a field that is a union, or a list of one."""
    return set(tags(model.model_fields[name].annotation))


def test_the_client_is_the_one_whose_words_these_are() -> None:
    assert version("openai").startswith("3.57.")


@pytest.mark.parametrize("tag", sorted(set(tags(ResponseStreamEvent))))
def test_no_event_of_the_client_is_unknown(tag: str) -> None:
    """Whatever is in it."""
    assert not any(
        isinstance(body, Unknown) for body in said(GPT, {"type": tag, "item": {"type": "message"}})
    )


def test_every_item_of_the_client_is_a_step() -> None:
    assert set(tags(ResponseOutputItem)) - OWN == set(STEPS)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (set(tags(Part)), WRITTEN & {"output_text", "refusal"} | {"reasoning_text"}),
        (field(ResponseOutputMessage, "content"), {"output_text", "refusal"}),
        (field(ResponseReasoningItem, "content") | field(ResponseReasoningItem, "summary"), THOUGHTS),
        (set(tags(Annotation)), CITATIONS),
        (field(ResponseCodeInterpreterToolCall, "outputs"), OUTPUTS),
        (field(ResponseFunctionWebSearch, "action"), SEARCHES),
    ],
)
def test_the_parts_of_items_are_those_that_are_read(found: set[str], expected: set[str]) -> None:
    assert found == expected


@pytest.mark.parametrize("kind", sorted(set(tags(ResponseOutputItem))))
def test_an_item_of_any_kind_is_a_step_with_its_name(kind: str) -> None:
    """And goes back as it came."""
    item = {"type": kind, "id": "i", "call_id": "c", "name": "n", "encrypted_content": "e"}
    turn = turn_after(GPT, {"type": "response.output_item.done", "item": item})
    (step,) = (step for step in turn.steps if not step.sent)
    assert step.native["openai"] == item
    if kind in OWN:
        assert isinstance(step, OtherStep)
        assert step.type == kind
    elif kind.endswith(("_call", "_request")) and kind != "image_generation_call":
        assert isinstance(step, ToolCall)
    elif kind.endswith(("_output", "_response")):
        assert isinstance(step, ToolResult)


ADDED, DONE = "response.output_item.added", "response.output_item.done"
Given = Callable[[str], dict[str, Any]]


def custom(text: str) -> dict[str, Any]:
    return {"input": text}


FORMS: dict[str, tuple[str, str, dict[str, Any], Given]] = {
    "custom_tool_call": ("custom_tool_call_input", "input", {"name": "f", "call_id": "c"}, custom),
    "code_interpreter_call": (
        "code_interpreter_call_code",
        "code",
        {},
        lambda text: {"language": "python", "code": text},
    ),
    "shell_call": (
        "shell_call_command",
        "command",
        {"call_id": "c", "action": {"commands": [], "timeout_ms": 9}},
        lambda text: {"commands": [text], "timeout_ms": 9},
    ),
    "apply_patch_call": (
        "apply_patch_call_operation_diff",
        "diff",
        {"call_id": "c", "operation": {"type": "update_file", "path": "a", "diff": ""}},
        lambda text: {"type": "update_file", "path": "a", "diff": text},
    ),
}


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("announced", [True, False])
def test_what_a_call_is_given_can_be_read_while_it_forms(kind: str, announced: bool) -> None:
    """And survives a cut; the whole comes once."""
    event, key, more, given = FORMS[kind]
    if not announced and "operation" in more:
        given = lambda text: {"diff": text}  # noqa: E731
    if not announced and "action" in more:
        given = lambda text: {"commands": [text]}  # noqa: E731
    place = {"output_index": 0, "item_id": "i", "command_index": 0}
    events: list[dict[str, Any]] = [
        {"type": f"response.{event}.delta", **place, "delta": part} for part in ("a\n", "b")
    ]
    events.append({"type": f"response.{event}.done", **place, key: "a\nb"})
    if announced:
        events.insert(0, {"type": ADDED, "output_index": 0, "item": {"type": kind, "id": "i", **more}})
    for count, text in ((1, "a\n"), (2, "a\nb"), (3, "a\nb")):
        turn = turn_after(GPT, *events[: count + announced])
        call = turn.steps[-1]
        assert isinstance(call, ToolCall)
        assert (call.arguments, turn.status) == (given(text), "interrupted")
        assert bool(turn.warnings) is not announced
    late = turn_after(GPT, *events[:-1], {**events[-1], key: "other"})
    assert isinstance(call := late.steps[-1], ToolCall)
    assert (call.arguments, bool(late.warnings)) == (given("other"), True)


@pytest.mark.parametrize("kind", FORMS)
def test_a_long_text_for_a_call_is_whole_at_any_end(kind: str) -> None:
    """Though not every piece of it is shown by itself: that would cost the square of its length."""
    event, _, more, given = FORMS[kind]
    place = {"output_index": 0, "item_id": "i", "command_index": 0}
    added = {"type": ADDED, "output_index": 0, "item": {"type": kind, "id": "i", **more}}
    pieces = [{"type": f"response.{event}.delta", **place, "delta": f"{n} "} for n in range(2000)]
    over = {"type": "response.completed", "response": {"id": "r", "status": "completed"}}
    for events in ([added, *pieces], [added, *pieces, over]):
        turn = turn_after(GPT, *events)
        assert isinstance(call := turn.steps[-1], ToolCall)
        assert (call.arguments, turn.warnings) == (given("".join(f"{n} " for n in range(2000))), ())
    deltas = [body for body in said(GPT, added, *pieces) if isinstance(body, StepDelta)]
    assert len(deltas) < 600


def test_the_commands_of_a_shell_are_told_apart() -> None:
    """They are counted, have no item's id, and may begin with a part of themselves."""
    events = [
        {"type": ADDED, "output_index": 0, "item": {"type": "shell_call", "id": "i", "call_id": "c"}},
        *(
            event
            for n, text in enumerate(("ls", "pwd"))
            for event in (
                {
                    "type": "response.shell_call_command.added",
                    "output_index": 0,
                    "command_index": n,
                    "command": "",
                },
                {
                    "type": "response.shell_call_command.delta",
                    "output_index": 0,
                    "command_index": n,
                    "delta": text,
                },
                {
                    "type": "response.shell_call_command.done",
                    "output_index": 0,
                    "command_index": n,
                    "command": text,
                },
            )
        ),
    ]
    call = turn_after(GPT, *events).steps[-1]
    assert isinstance(call, ToolCall)
    assert call.arguments == {"commands": ["ls", "pwd"]}


def test_arguments_for_a_tool_of_another_server_form_as_those_of_a_function_do() -> None:
    item = {"type": "mcp_call", "id": "i", "name": "f", "server_label": "s", "arguments": '{"a":1}'}
    delta = "response.mcp_call_arguments.delta"
    events = [
        {"type": ADDED, "output_index": 0, "item": {**item, "arguments": ""}},
        {"type": delta, "output_index": 0, "item_id": "i", "delta": '{"a"'},
    ]
    call = turn_after(GPT, *events).steps[-1]
    assert isinstance(call, ToolCall)
    assert (call.type, call.name, call.arguments, call.waits) == ("mcp_server_tool_call", "f", '{"a"', False)
    done = {"type": DONE, "output_index": 0, "item": item}
    call = turn_after(GPT, *events, done).steps[-1]
    assert isinstance(call, ToolCall)
    assert call.arguments == {"a": 1}
    unannounced = turn_after(GPT, events[1], done)
    assert isinstance(call := unannounced.steps[-1], ToolCall)
    assert (call.type, call.name, call.arguments, call.waits) == (
        "mcp_server_tool_call",
        "f",
        {"a": 1},
        False,
    )


def test_what_a_shell_over_there_prints_is_read_as_it_comes() -> None:
    """It answers the call, which so does not wait."""
    call = {"type": "shell_call", "id": "i", "call_id": "c", "action": {"commands": ["ls"]}}
    printed = {
        "type": "response.shell_call_output_content.delta",
        "item_id": "i",
        "output_index": 0,
        "command_index": 0,
    }
    events = [
        {"type": ADDED, "output_index": 0, "item": call},
        {"type": DONE, "output_index": 0, "item": call},
        {**printed, "delta": {"stdout": "a\n"}},
        {**printed, "delta": {"stdout": "b", "stderr": "!"}},
    ]
    result = turn_after(GPT, *events).steps[-1]
    assert isinstance(result, ToolResult)
    assert (result.type, result.data["call_id"]) == ("shell_result", "c")
    assert result.data["result"] == {"stdout": "a\nb", "stderr": "!"}
    outputs = [{"stdout": "a\nb", "stderr": "!", "outcome": {"type": "exit", "exit_code": 2}}]
    item = {"type": "shell_call_output", "id": "o", "call_id": "c", "output": outputs}
    over = {"type": "response.completed", "response": {"status": "completed"}}
    turn = turn_after(GPT, *events, {"type": DONE, "output_index": 1, "item": item}, over)
    assert isinstance(result := turn.steps[-1], ToolResult)
    assert result.data["result"] == {"stdout": "a\nb", "stderr": "!", "exit_code": 2}
    assert (turn.status, turn_waits(turn), turn.warnings) == ("completed", (), ())
    assert len(turn.steps) == 3


@pytest.mark.parametrize(
    ("event", "doing"),
    [
        ("response.web_search_call.searching", "web_search searching"),
        ("response.web_search_call.completed", ""),
        ("response.code_interpreter_call.interpreting", "code_interpreter interpreting"),
        ("response.image_generation_call.generating", "image_generation generating"),
        ("response.mcp_call.in_progress", "mcp in_progress"),
        ("response.mcp_call.failed", ""),
        ("response.mcp_list_tools.in_progress", "mcp_list_tools in_progress"),
        ("response.compaction.compacting", "compaction compacting"),
        ("response.telepathy_call.listening", "telepathy listening"),
    ],
)
def test_what_a_tool_does_is_status(event: str, doing: str) -> None:
    """Also of a tool that does not exist yet."""
    (body,) = said(GPT, {"type": event, "item_id": "i", "output_index": 0})
    assert body == Progress(doing)


def test_an_event_that_says_something_is_more_than_status() -> None:
    (body,) = said(GPT, {"type": "response.telepathy_call.thinking", "delta": "Hm"})
    assert isinstance(body, Unknown)


def test_a_picture_appears_as_it_is_drawn() -> None:
    """The whole one takes the place of its drafts."""
    item = {"type": "image_generation_call", "id": "i", "result": "CC==", "output_format": "webp"}
    drafts = [
        {
            "type": "response.image_generation_call.partial_image",
            "item_id": "i",
            "output_index": 0,
            "partial_image_index": n,
            "partial_image_b64": data,
            "output_format": "webp",
        }
        for n, data in enumerate(("AA==", "BB=="))
    ]
    added = {"type": ADDED, "output_index": 0, "item": {"type": "image_generation_call", "id": "i"}}
    for count, data, partial in ((1, "AA==", True), (2, "BB==", True), (3, "CC==", None)):
        done = {"type": DONE, "output_index": 0, "item": item}
        turn = turn_after(GPT, added, *[*drafts, done][:count])
        step = turn.steps[-1]
        assert isinstance(step, ModelOutput)
        (picture,) = step.content
        assert isinstance(picture, Media)
        assert (picture.raw["data"], picture.raw.get("partial")) == (data, partial)
        assert picture.raw["mime_type"] == "image/webp"
        told = said(GPT, added, *drafts)
        assert told[-1] == Progress("image_generation partial_image")
