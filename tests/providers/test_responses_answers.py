"""Calls that the client has to answer: what is sent back of each, in the form of its own item."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from interactions.conversations.history import transplanted
from interactions.conversations.request import Access
from interactions.providers.responses.answers import BLANK
from interactions.providers.responses.body import body
from interactions.providers.responses.provider import OpenAIResponses
from interactions.providers.shared.foreign import UNANSWERED
from interactions.turns.turn import Turn, turn_waits
from tests.judges import body_of
from tests.vendors import PICTURE, asking, check, turn_after

GPT = OpenAIResponses(httpx.Client(), Access("https://x.test"))
ITEMS: dict[str, dict[str, Any]] = {
    "function_call": {"id": "i", "name": "f", "arguments": "{}", "status": "completed"},
    "custom_tool_call": {"id": "i", "name": "f", "input": "x"},
    "mcp_approval_request": {"id": "c", "name": "f", "server_label": "s", "arguments": "{}"},
    "shell_call": {
        "id": "i",
        "action": {"commands": ["ls"], "max_output_length": 100, "timeout_ms": None},
        "status": "completed",
    },
    "local_shell_call": {
        "id": "i",
        "action": {"type": "exec", "command": ["ls"], "env": {}},
        "status": "completed",
    },
    "apply_patch_call": {
        "id": "i",
        "operation": {"type": "delete_file", "path": "a"},
        "status": "completed",
    },
    "computer_call": {
        "id": "i",
        "action": {"type": "screenshot"},
        "pending_safety_checks": [{"id": "s", "code": "x", "message": "m"}],
        "status": "completed",
    },
    "tool_search_call": {"id": "i", "execution": "client", "arguments": {}, "status": "completed"},
}
SCREEN = f"data:image/png;base64,{PICTURE['data']}"
EXIT = {"type": "exit", "exit_code": 0}


def asks(kind: str) -> Turn:
    """A turn that has ended for a call of this kind."""
    named = {} if kind == "mcp_approval_request" else {"call_id": "c"}
    item = {"type": kind, **named, **ITEMS[kind]}
    over = {
        "type": "response.completed",
        "response": {"id": "resp_1", "status": "completed", "output": [item]},
    }
    return turn_after(GPT, {"type": "response.output_item.done", "output_index": 0, "item": item}, over)


def output(text: str = "", error: str = "", code: int = 0) -> dict[str, Any]:
    return {"stdout": text, "stderr": error, "outcome": {"type": "exit", "exit_code": code}}


ANSWERS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("function_call", {"result": "yes"}, {"type": "function_call_output", "output": "yes"}),
    ("custom_tool_call", {"result": "yes"}, {"type": "custom_tool_call_output", "output": "yes"}),
    (
        "custom_tool_call",
        {"result": [PICTURE]},
        {
            "type": "custom_tool_call_output",
            "output": [{"type": "input_image", "image_url": SCREEN, "detail": "auto"}],
        },
    ),
    (
        "mcp_approval_request",
        {"result": {"approve": True, "reason": ""}},
        {"type": "mcp_approval_response", "approve": True},
    ),
    (
        "mcp_approval_request",
        {"result": {"approve": False, "reason": "No."}},
        {"type": "mcp_approval_response", "approve": False, "reason": "No."},
    ),
    (
        "mcp_approval_request",
        {"result": {"approve": "yes"}},
        {"type": "mcp_approval_response", "approve": False},
    ),
    (
        "shell_call",
        {"result": {"stdout": "a", "stderr": "b", "exit_code": 2}},
        {"type": "shell_call_output", "output": [output("a", "b", 2)], "max_output_length": 100},
    ),
    (
        "shell_call",
        {"result": "a"},
        {"type": "shell_call_output", "output": [output("a")], "max_output_length": 100},
    ),
    (
        "shell_call",
        {"result": [{"stdout": "a", "exit_code": 0}, {"stderr": "b", "outcome": "timeout"}]},
        {
            "type": "shell_call_output",
            "output": [output("a"), {"stdout": "", "stderr": "b", "outcome": {"type": "timeout"}}],
            "max_output_length": 100,
        },
    ),
    ("local_shell_call", {"result": "a"}, {"type": "local_shell_call_output", "output": "a"}),
    (
        "apply_patch_call",
        {"result": {"status": "completed", "output": ""}},
        {"type": "apply_patch_call_output", "status": "completed"},
    ),
    (
        "apply_patch_call",
        {"result": {"status": "failed", "output": "No such file."}},
        {"type": "apply_patch_call_output", "status": "failed", "output": "No such file."},
    ),
    (
        "computer_call",
        {"result": [{"type": "text", "text": "So:"}, PICTURE]},
        {
            "type": "computer_call_output",
            "output": {"type": "computer_screenshot", "image_url": SCREEN},
        },
    ),
    (
        "computer_call",
        {"result": [PICTURE], "acknowledged_safety_checks": [{"id": "s", "code": "x", "message": None}]},
        {
            "type": "computer_call_output",
            "output": {"type": "computer_screenshot", "image_url": SCREEN},
            "acknowledged_safety_checks": [{"id": "s", "code": "x"}],
        },
    ),
    (
        "computer_call",
        {"result": {"content": [PICTURE], "acknowledged_safety_checks": [{"id": "s"}]}},
        {
            "type": "computer_call_output",
            "output": {"type": "computer_screenshot", "image_url": SCREEN},
            "acknowledged_safety_checks": [{"id": "s"}],
        },
    ),
]


def named(sent: dict[str, Any]) -> dict[str, Any]:
    """An answer without what it names its call by, which has to be the call's id."""
    keys = ("call_id", "approval_request_id", "id")
    assert [sent[key] for key in keys if key in sent] == ["c"]
    return {key: value for key, value in sent.items() if key not in keys}


@pytest.mark.parametrize(("kind", "given", "sent"), ANSWERS)
def test_an_answer_goes_out_in_the_form_of_its_item(
    kind: str, given: dict[str, Any], sent: dict[str, Any]
) -> None:
    """Behind its call, or alone where the server has kept that. The vendor's own types allow it."""
    turn = asks(kind)
    (call,) = turn_waits(turn)
    answer = {
        "type": call.type.removesuffix("_call") + "_result",
        "call_id": call.data["id"],
        "name": call.name,
    }
    along = body(asking(input=({**answer, **given},), history=(turn,), store=False))
    kept = body(asking(input=({**answer, **given},), previous_interaction_id="resp_1", named=lambda: (turn,)))
    for request, before in ((along, 2), (kept, 0)):
        assert len(request["input"]) == before + 1
        assert named(request["input"][-1]) == sent
        # What came goes back with all that was in it, which the client's types may not know.
        check(body_of("openai responses"), request, "ignore" if before else "forbid")


REFUSED: dict[str, dict[str, Any]] = {
    "function_call": {"type": "function_call_output", "output": UNANSWERED},
    "custom_tool_call": {"type": "custom_tool_call_output", "output": UNANSWERED},
    "mcp_approval_request": {"type": "mcp_approval_response", "approve": False, "reason": UNANSWERED},
    "shell_call": {
        "type": "shell_call_output",
        "output": [output("", UNANSWERED, 1)],
        "max_output_length": 100,
    },
    "local_shell_call": {"type": "local_shell_call_output", "output": UNANSWERED},
    "apply_patch_call": {"type": "apply_patch_call_output", "status": "failed", "output": UNANSWERED},
    "computer_call": {
        "type": "computer_call_output",
        "output": {"type": "computer_screenshot", "image_url": BLANK},
    },
    "tool_search_call": {
        "type": "tool_search_output",
        "tools": [],
        "execution": "client",
        "status": "completed",
    },
}


@pytest.mark.parametrize("kind", ITEMS)
def test_a_call_that_nobody_has_answered_is_answered_before_the_next_word(kind: str) -> None:
    """Also one that lies in the turn that is named."""
    turn = asks(kind)
    assert turn.status == "requires_action"
    along = body(asking(history=(turn,), store=False))
    kept = body(asking(previous_interaction_id="resp_1", named=lambda: (turn,)))
    for request in (along, kept):
        *_, answer, said = request["input"]
        assert named(answer) == REFUSED[kind]
        assert said["role"] == "user"
    check(body_of("openai responses"), kept)


@pytest.mark.parametrize("kind", ITEMS)
def test_a_call_made_elsewhere_goes_out_only_if_there_is_such_a_one_here(kind: str) -> None:
    """And nothing answers one that does not."""
    turn = transplanted(asks(kind))
    sent = body(asking(history=(turn,)))
    kinds = [item["type"] for item in sent["input"]]
    spoken = [kind, f"{kind}_output"] if kind == "function_call" else []
    assert kinds == ["message", *spoken, "message"]
    check(body_of("openai responses"), sent)


def test_a_call_that_was_cut_off_goes_back_as_far_as_it_came() -> None:
    """With an answer, as every call has to have."""
    added = {"type": "custom_tool_call", "id": "i", "call_id": "c", "name": "f", "input": ""}
    delta = {"type": "response.custom_tool_call_input.delta", "output_index": 0, "delta": "a\nb"}
    turn = turn_after(GPT, {"type": "response.output_item.added", "output_index": 0, "item": added}, delta)
    sent = body(asking(history=(turn,)))
    assert sent["input"][1:-1] == [
        {"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "a\nb"},
        {"type": "custom_tool_call_output", "call_id": "c", "output": UNANSWERED},
    ]
    check(body_of("openai responses"), sent)


def test_what_a_server_ran_is_not_answered() -> None:
    item = {"type": "custom_tool_call", "id": "i", "call_id": "c", "name": "x_search", "input": "q"}
    created = {"type": "response.created", "response": {"id": "resp_1", "tools": [{"type": "x_search"}]}}
    turn = turn_after(GPT, created, {"type": "response.output_item.done", "output_index": 0, "item": item})
    assert [each["type"] for each in body(asking(history=(turn,)))["input"]] == [
        "message",
        "custom_tool_call",
        "message",
    ]
