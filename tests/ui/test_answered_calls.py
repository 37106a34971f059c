"""What a model of OpenAI's waits for, from its card to the item that goes back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from interactions.sandbox.pictures import png
from interactions.ui import words
from interactions.ui.words.answer import waiting
from tests.ui.answering import OPENAI, judged, press, seen, send, stream, talking
from tests.ui.filling import SHOT, approve, area, fail, fill

pytestmark = pytest.mark.usefixtures("environ")

CHECK = {"id": "cu_1", "code": "domain", "message": "The site is not known"}


def asks(*items: Mapping[str, Any]) -> bytes:
    """A response that ends with these items."""
    response = {"id": "resp_1", "object": "response", "output": []}
    begun = [{**item, "status": "in_progress"} if "status" in item else item for item in items]
    return stream(
        {"type": "response.created", "response": {**response, "status": "in_progress"}},
        *(
            {"type": f"response.output_item.{what}", "output_index": at, "item": each[at]}
            for at in range(len(items))
            for what, each in (("added", begun), ("done", items))
        ),
        {
            "type": "response.completed",
            "response": {**response, "status": "completed", "output": list(items)},
        },
    )


def run_shell(page: AppTest) -> None:
    area(page, waiting.STDOUT).set_value("a.txt")
    page.number_input[0].set_value(2)


def refuse(page: AppTest) -> None:
    page.text_input[0].set_value("Not on Fridays")


def show(page: AppTest) -> None:
    page.file_uploader[0].upload("shot.png", SHOT, "image/png")
    next(each for each in page.checkbox if each.label.startswith("Accept")).check()


ITEM = {"id": "item_1", "call_id": "call_1", "status": "completed"}
APPROVAL = {
    "id": "mcpr_1",
    "type": "mcp_approval_request",
    "server_label": "crm",
    "name": "drop",
    "arguments": '{"table": "users"}',
}
SHELL = {**ITEM, "type": "shell_call", "action": {"commands": ["ls"]}, "environment": {"type": "local"}}
LOCAL = {**ITEM, "type": "local_shell_call", "action": {"type": "exec", "command": ["ls"], "env": {}}}
PATCH = {
    **ITEM,
    "type": "apply_patch_call",
    "operation": {"type": "update_file", "path": "a.py", "diff": "+a"},
}
SCREEN = {
    **ITEM,
    "type": "computer_call",
    "actions": [{"type": "screenshot"}],
    "pending_safety_checks": [CHECK],
}
CUSTOM = {"id": "item_1", "call_id": "call_1", "type": "custom_tool_call", "name": "sql", "input": "SELECT 1"}
PICTURE = f"data:image/png;base64,{png(2, 2)}"

# What is asked, what stands on its card, what is filled in, and the item that answers it.
ROUNDS: dict[str, tuple[dict[str, Any], str, Callable[[AppTest], None], dict[str, Any]]] = {
    "approved": (
        APPROVAL,
        '"table": "users"',
        approve,
        {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True},
    ),
    "refused": (
        APPROVAL,
        '"table": "users"',
        refuse,
        {
            "type": "mcp_approval_response",
            "approval_request_id": "mcpr_1",
            "approve": False,
            "reason": "Not on Fridays",
        },
    ),
    "shell": (
        SHELL,
        "ls",
        run_shell,
        {
            "type": "shell_call_output",
            "call_id": "call_1",
            "output": [
                {"stdout": "a.txt", "stderr": "", "outcome": {"type": "exit", "exit_code": 2}},
            ],
        },
    ),
    "local shell": (
        LOCAL,
        "ls",
        fill("Result of Shell", "done"),
        {"type": "local_shell_call_output", "id": "call_1", "output": "done"},
    ),
    "patch": (
        PATCH,
        "Changes a.py",
        fail,
        {
            "type": "apply_patch_call_output",
            "call_id": "call_1",
            "status": "failed",
            "output": "hunk 1 does not fit",
        },
    ),
    "screen": (
        SCREEN,
        "The site is not known",
        show,
        {
            "type": "computer_call_output",
            "call_id": "call_1",
            "output": {"type": "computer_screenshot", "image_url": PICTURE},
            "acknowledged_safety_checks": [CHECK],
        },
    ),
    "custom": (
        CUSTOM,
        "SELECT 1",
        fill("Result of sql", "done"),
        {"type": "custom_tool_call_output", "call_id": "call_1", "output": "done"},
    ),
}


@pytest.mark.parametrize(("item", "shown", "fill_in", "answer"), ROUNDS.values(), ids=ROUNDS)
def test_a_call_is_answered_in_the_form_of_its_own_item(
    environ: pytest.MonkeyPatch,
    item: dict[str, Any],
    shown: str,
    fill_in: Callable[[AppTest], None],
    answer: dict[str, Any],
) -> None:
    """OpenAI's own client takes the body; the answer stands in the next turn."""
    with talking(environ, OPENAI, asks(item), OPENAI.plain) as (page, server):
        send(page, "Go on, then.")
        assert shown in seen(page)
        fill_in(page)
        press(page, words.SEND_RESULTS)
        assert not page.exception
        assert words.TOOL_OUTPUT in seen(page)
        *_, sent = judged(OPENAI, server)
        assert sent["input"] == [answer]
        assert sent["previous_response_id"] == "resp_1"


def test_a_shell_that_runs_over_there_asks_for_nothing(environ: pytest.MonkeyPatch) -> None:
    there = {**SHELL, "environment": {"type": "container_reference", "container_id": "c1"}}
    with talking(environ, OPENAI, asks(there)) as (page, _):
        send(page, "Go on, then.")
        assert words.SEND_RESULTS not in {button.label for button in page.button}
