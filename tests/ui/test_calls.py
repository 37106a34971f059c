"""Cards of the tools that only some vendors have: what they were given, what they have brought, and who has
called them."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from interactions.turns.steps import OtherStep, ToolCall, ToolResult, step_from_wire
from interactions.ui import words
from interactions.ui.answer.cards import call_card, other_card, result_card
from interactions.ui.answer.stack import Group, Leaf
from interactions.ui.words.answer import cards

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
DIFF = "@@ -1 +1 @@\n-old\n+new"


def step(**raw: Any) -> Any:
    return step_from_wire({"native": {"openai": {}}, **raw}, hop=0, index=0, frame=0)


def called(kind: str, arguments: object, *, waits: bool = True, closed: bool = True, **more: Any) -> Group:
    call = step(type=kind, id="c", arguments=arguments, waits=waits, **more)
    assert isinstance(call, ToolCall)
    return call_card(ToolCall(**{**_fields(call), "open": not closed}), None, over=True)


def brought(kind: str, result: object, **more: Any) -> Group:
    made = step(type=kind, call_id="c", result=result, **more)
    assert isinstance(made, ToolResult)
    return result_card(made)


def other(**raw: Any) -> Group:
    made = step(**raw)
    assert isinstance(made, OtherStep)
    return other_card(made)


def _fields(made: ToolCall) -> dict[str, Any]:
    return {name: getattr(made, name) for name in made.__struct_fields__}


def values(group: Group) -> str:
    return unescape("\n".join(leaf.value for leaf in group.leaves))


GIVEN = [
    (
        "shell_call",
        {"commands": ["ls -la", "cat a.txt"], "timeout_ms": 5000},
        "Shell · ls -la, cat a.txt",
        [Leaf("code", "ls -la\ncat a.txt", "bash")],
        ['"timeout_ms": 5000'],
    ),
    (
        "local_shell_call",
        {"type": "exec", "command": ["grep", "-r", "a b", "."], "env": {"A": "1"}},
        "Shell · grep -r 'a b' .",
        [Leaf("code", "grep -r 'a b' .", "bash")],
        ['"A": "1"'],
    ),
    (
        "apply_patch_call",
        {"type": "update_file", "path": "src/a.py", "diff": DIFF},
        "Patch · src/a.py",
        [Leaf("code", DIFF, "diff")],
        ["Changes src/a.py"],
    ),
    (
        "apply_patch_call",
        {"operation": {"type": "delete_file", "path": "src/a.py"}, "strict": True},
        "Patch · src/a.py",
        [],
        ["Deletes src/a.py", '"strict": true'],
    ),
    (
        "computer_call",
        {
            "actions": [{"type": "click", "x": 3, "button": "left"}, {"type": "screenshot"}],
            "pending_safety_checks": [{"id": "cu_1", "code": "domain", "message": "Unknown site"}],
        },
        "Computer",
        [Leaf("text", 'click: x 3, button "left"\nscreenshot')],
        ["Safety check: Unknown site"],
    ),
    ("computer_call", {"action": {"type": "wait"}}, "Computer", [Leaf("text", "wait")], []),
    (
        "custom_tool_call",
        {"input": "SELECT 1"},
        "sql",
        [Leaf("code", "SELECT 1", "text")],
        [],
    ),
    ("custom_tool_call", "SELECT {", "sql", [Leaf("code", "SELECT {", "text")], []),
    (
        "mcp_approval_call",
        {"table": "users"},
        "Approval · crm · drop",
        [],
        ['"table": "users"'],
    ),
]
NAMES: dict[str, dict[str, Any]] = {
    "custom_tool_call": {"name": "sql"},
    "mcp_approval_call": {"name": "drop", "server_name": "crm"},
}


@pytest.mark.parametrize(("kind", "arguments", "label", "leaves", "told"), GIVEN)
def test_what_a_tool_was_given_is_drawn_as_what_it_is(
    kind: str, arguments: object, label: str, leaves: list[Leaf], told: list[str]
) -> None:
    """What the drawing does not show of it stands below as JSON."""
    card = called(kind, arguments, **NAMES.get(kind, {}))
    assert (card.kind, card.label) == ("wait", label)
    assert set(leaves) <= set(card.leaves)
    assert all(each in values(card) for each in told)


@pytest.mark.parametrize("kind", sorted({row[0] for row in GIVEN}))
def test_a_call_that_waits_stands_open_and_one_that_does_not_is_folded(kind: str) -> None:
    assert called(kind, {}).kind == "wait"
    assert called(kind, {}, waits=False).kind == "card"
    assert called(kind, {}, waits=False).label.endswith(words.TOOL_NO_RESULT)


BROUGHT = [
    (
        "shell_result",
        {"stdout": "a.txt\n", "stderr": "no b", "exit_code": 2},
        [Leaf("code", "a.txt\n", "text"), Leaf("code", "no b", "text")],
        ["Standard error", "Exit code 2"],
    ),
    (
        "shell_result",
        [
            {"stdout": "a", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}, "id": "o1"},
            {"stdout": "", "stderr": "", "outcome": {"type": "timeout"}},
        ],
        [Leaf("code", "a", "text")],
        ["Exit code 0", cards.ENDINGS["timeout"], '"id": "o1"'],
    ),
    ("local_shell_result", "a.txt", [Leaf("code", "a.txt", "text")], []),
    (
        "apply_patch_result",
        {"status": "failed", "output": "hunk 1 does not fit"},
        [Leaf("code", "hunk 1 does not fit", "text")],
        ["Not applied"],
    ),
    ("mcp_approval_result", {"approve": True, "reason": ""}, [], ["Approved"]),
    ("mcp_approval_result", {"approve": False, "reason": "Not on Fridays"}, [], ["Refused: Not on Fridays"]),
    (
        "computer_result",
        {
            "content": [{"type": "image", "data": PNG, "mime_type": "image/png"}],
            "acknowledged_safety_checks": [{"id": "cu_1", "message": "Unknown site"}],
        },
        [Leaf("image", f"data:image/png;base64,{PNG}")],
        ["Accepted: Unknown site"],
    ),
    ("custom_tool_result", "1 row", [Leaf("code", "1 row", "text")], []),
    (
        "image_generation_result",
        [{"type": "image", "data": PNG, "mime_type": "image/png"}],
        [Leaf("image", f"data:image/png;base64,{PNG}")],
        [],
    ),
]


@pytest.mark.parametrize(("kind", "result", "leaves", "told"), BROUGHT)
def test_what_a_tool_has_brought_is_drawn_as_what_it_is(
    kind: str, result: object, leaves: list[Leaf], told: list[str]
) -> None:
    card = brought(kind, result)
    assert set(leaves) <= set(card.leaves)
    assert all(each in values(card) for each in told)


@pytest.mark.parametrize("kind", sorted({row[0] for row in GIVEN} | {"function_call", "file_search_call"}))
def test_no_field_of_a_call_is_hidden_because_nobody_knows_it(kind: str) -> None:
    """Only what is empty, and what pairs a call with its result, is not on its card."""
    shown = values(called(kind, {}, queue={"place": 3}, priority=0, namespace="", agent=None))
    assert '"place": 3' in shown
    assert '"priority": 0' in shown
    assert "namespace" not in shown
    assert "agent" not in shown


@pytest.mark.parametrize(
    "kind", sorted({row[0] for row in BROUGHT} | {"function_result", "url_context_result"})
)
@pytest.mark.parametrize("result", [None, "", "x", [], [{}], [{"type": "text", "text": "x"}], {"a": 1}])
def test_no_field_of_a_result_is_hidden_because_nobody_knows_it(kind: str, result: object) -> None:
    shown = values(brought(kind, result, file_ids=["file_011"], max_output_length=4000))
    assert "file_011" in shown
    assert '"max_output_length": 4000' in shown


@pytest.mark.parametrize("kind", ["code_execution_result", "google_search_result", "mcp_server_tool_result"])
def test_the_files_that_a_tool_has_made_are_named_below_its_output(kind: str) -> None:
    card = brought(kind, {"output": "42\n", "files": ["file_011", "file_012"]})
    assert "42" in values(card)
    assert cards.FILE_ID.format("file_011") in values(card)
    assert cards.FILE_ID.format("file_012") in values(card)


@pytest.mark.parametrize("tool", ["google_search", "url_context", "file_search", "shell", "function"])
def test_a_part_of_a_result_that_is_not_like_the_others_is_shown(tool: str) -> None:
    """A list may have anything in it."""
    chips = '<a href="https://google.com/search?q=a">a</a>'
    listed = [
        {"search_suggestions": chips},
        {"url": "https://a.org", "status": "success", "age": "1 d"},
        "odd",
    ]
    shown = values(brought(f"{tool}_result", listed))
    assert '"age": "1 d"' in shown
    assert '"odd"' in shown


@pytest.mark.parametrize(
    ("caller", "said"),
    [
        ({"type": "direct"}, "Called by the model itself"),
        ({"type": "program", "caller_id": "call_7"}, "Called by a program (call_7)"),
        (
            {"type": "code_execution_20260120", "tool_id": "srv_1"},
            "Called by code_execution_20260120 (srv_1)",
        ),
        ({"type": "program", "caller_id": "call_7", "depth": 2}, '"depth": 2'),
        ("someone", '"caller": "someone"'),
    ],
)
def test_a_card_says_who_has_called_the_tool(caller: object, said: str) -> None:
    assert said in values(called("function_call", {"a": 1}, name="f", caller=caller))
    assert said in values(brought("shell_result", "x", caller=caller))


@pytest.mark.parametrize(
    "kind", ["function_call", "mcp_server_tool_call", "google_search_call", "shell_call"]
)
def test_arguments_that_are_no_json_are_said_to_be_none(kind: str) -> None:
    """While they form they cannot be JSON yet."""
    whole = called(kind, '{"location": "Par', name="f")
    assert cards.NOT_JSON in values(whole)
    assert Leaf("code", '{"location": "Par', "json") in whole.leaves
    forming = called(kind, '{"location": "Par', name="f", closed=False)
    assert cards.NOT_JSON not in values(forming)
    assert Leaf("code", '{"location": "Par', "json") in forming.leaves


def test_a_function_that_is_called_like_a_tool_keeps_its_name() -> None:
    assert called("function_call", {}, name="shell").label == "shell"
    assert called("custom_tool_call", {}, name="retrieval").label == "retrieval"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("incomplete", words.TOOL_INCOMPLETE),
        ("in_progress", words.TOOL_NO_RESULT),
        ("failed", words.TOOL_FAILED),
        ("completed", ""),
    ],
)
def test_the_label_says_how_a_call_that_nobody_has_to_answer_stands(status: str, state: str) -> None:
    card = called("shell_call", {"commands": ["ls"]}, waits=False, status=status)
    assert card.label.removeprefix("Shell · ls").removeprefix(" · ") == state
    assert "status" not in values(card)


def test_a_status_that_nobody_knows_is_shown_as_it_came() -> None:
    assert '"status": "dreaming"' in values(called("shell_call", {}, waits=False, status="dreaming"))


OTHERS: list[tuple[dict[str, Any], str, list[str]]] = [
    (
        {
            "type": "mcp_list_tools",
            "id": "mcpl_1",
            "server_label": "crm",
            "tools": [
                {"name": "find", "description": "Finds people", "input_schema": {"type": "object"}},
                {"name": "drop"},
            ],
        },
        "Tools of a server · crm",
        ["find: Finds people\ndrop", '"input_schema"', '"id": "mcpl_1"'],
    ),
    (
        {"type": "mcp_list_tools", "server_label": "crm", "tools": [], "error": "HTTP 401"},
        "Tools of a server · crm",
        [cards.NO_TOOLS_LISTED, '"error": "HTTP 401"'],
    ),
    (
        {"type": "mcp_tool_listing", "mcp_server_name": "docs", "tools": [{"name": "search"}]},
        "Tools of a server · docs",
        ["search"],
    ),
    (
        {"type": "compaction", "id": "cmp_1", "encrypted_content": "A" * 2000},
        "Summary of what was said before",
        ["2,000 characters", '"id": "cmp_1"'],
    ),
    (
        {"type": "compaction", "content": "They spoke\nof bridges.", "cache": True},
        "Summary of what was said before",
        ["They spoke\nof bridges.", '"cache": true'],
    ),
    (
        {"type": "program", "call_id": "call_7", "code": "await find('a')", "fingerprint": "f1"},
        "A program that calls tools",
        ["await find('a')", '"call_id": "call_7"', '"fingerprint": "f1"'],
    ),
    (
        {"type": "program_output", "call_id": "call_7", "result": "3 found", "status": "completed"},
        "Output of the program",
        ["3 found", '"status": "completed"'],
    ),
    (
        {"type": "teleport_call_output", "call_id": "c", "output": [{"type": "text", "text": "There."}]},
        "Output of teleport_call",
        ["There.", '"call_id": "c"'],
    ),
    ({"type": "container_upload", "file_id": "file_011"}, "A file for the container", ["file_011"]),
    (
        {"type": "advisor_tool_result", "content": {"type": "advisor_result", "text": "Use a set."}},
        "What another model advised",
        ["Use a set."],
    ),
]


@pytest.mark.parametrize(
    ("raw", "label", "told"), OTHERS, ids=lambda each: each.get("type") if isinstance(each, dict) else ""
)
def test_a_step_that_only_some_vendors_have_is_a_card_that_can_be_read(
    raw: dict[str, Any], label: str, told: list[str]
) -> None:
    card = other(**raw)
    assert (card.kind, card.label) == ("card", label)
    assert all(each in values(card) for each in told)
    assert "A" * 100 not in values(card)


@pytest.mark.parametrize("kind", sorted({row[0]["type"] for row in OTHERS}))
@pytest.mark.parametrize("odd", [None, "", 7, "x", [], ["x"], [[]], {}, {"type": "text"}])
def test_such_a_step_may_have_anything_in_it(kind: str, odd: Any) -> None:
    fields = ("tools", "content", "code", "result", "output", "file_id", "encrypted_content", "server_label")
    assert other(type=kind, **dict.fromkeys(fields, odd)).leaves


@pytest.mark.parametrize(("approve", "said"), [(True, "approved"), (False, "refused")])
def test_an_approval_is_called_by_what_was_decided(approve: bool, said: str) -> None:
    """So that nobody has to open its card."""
    card = brought("mcp_approval_result", {"approve": approve}, name="drop")
    assert card.label == f"Approval · drop · {said}"
