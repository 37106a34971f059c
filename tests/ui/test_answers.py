"""The form under a turn that waits: the fields of each call, and what is sent of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from interactions.sandbox import Server
from interactions.sandbox.pictures import png
from interactions.ui import words
from interactions.ui.server.root import workspace
from interactions.ui.words.answer import waiting
from tests.ui.answering import press, seen
from tests.ui.conftest import whole_app
from tests.ui.filling import SHOT, approve, area, fail, fill
from tests.ui.opening import native, opened

pytestmark = pytest.mark.usefixtures("environ")

CHECKS = [
    {"id": "cu_1", "code": "domain", "message": "The site is not known"},
    {"id": "cu_2", "code": "money", "message": "It costs money"},
]
CALLS: dict[str, dict[str, Any]] = {
    "function": {"name": "f", "arguments": {}},
    "custom_tool": {"name": "sql", "arguments": {"input": "SELECT 1"}},
    "mcp_approval": {"name": "drop", "server_name": "crm", "arguments": {"table": "users"}},
    "shell": {"name": "shell", "arguments": {"commands": ["ls"]}},
    "local_shell": {"name": "local_shell", "arguments": {"command": ["ls", "-l"]}},
    "apply_patch": {
        "name": "apply_patch",
        "arguments": {"type": "update_file", "path": "a.py", "diff": "+a"},
    },
    "computer": {
        "name": "computer",
        "arguments": {"actions": [{"type": "screenshot"}]},
        "pending_safety_checks": CHECKS,
    },
}


@pytest.fixture
def page(sandbox: Server, environ: pytest.MonkeyPatch) -> AppTest:
    environ.setenv("INTERACTIONS_BASE_URL", sandbox.url)
    environ.setenv("GEMINI_API_KEY", "any")
    return whole_app(30).run()


def asking(page: AppTest, *tools: str) -> AppTest:
    """The page with a turn that waits for calls of these tools."""
    calls = (
        {"type": f"{tool}_call", "id": f"c{at}", "waits": True, **CALLS[tool]}
        for at, tool in enumerate(tools)
    )
    opened(page, native(*calls, status="requires_action"))
    assert not page.exception
    return page


def sent(page: AppTest) -> list[dict[str, Any]]:
    """The steps that the last turn was sent."""
    assert not page.exception
    visitor, open_one = page.session_state["_owner"], page.session_state["_conversation"]
    said: Any = workspace().library.conversation(visitor, open_one).turns[-1].prompt.input
    return [dict(each) for each in said]


def statuses(page: AppTest) -> list[str]:
    return re.findall(r'class="status \w+"><span>(.*?)<', seen(page))


def run_shell(page: AppTest) -> None:
    area(page, waiting.STDOUT).set_value("a.txt\n")
    area(page, waiting.STDERR).set_value("no b")
    page.number_input[0].set_value(2)


def refuse(page: AppTest) -> None:
    page.radio[0].set_value(waiting.APPROVE_NO)
    page.text_input[0].set_value("Not on Fridays")


def show(page: AppTest) -> None:
    page.file_uploader[0].upload("shot.png", SHOT, "image/png")
    next(each for each in page.checkbox if "costs money" in each.label).check()


PICTURE = {"type": "image", "data": png(2, 2), "mime_type": "image/png"}
# What is filled in, and the result that is sent.
FILLED: list[tuple[str, Callable[[AppTest], None], object]] = [
    ("function", fill("Result of f", '{"a": 1}'), {"a": 1}),
    ("custom_tool", fill("Result of sql", '{"a": 1}'), '{"a": 1}'),
    ("local_shell", fill("Result of Shell", "a.txt"), "a.txt"),
    ("shell", run_shell, {"stdout": "a.txt\n", "stderr": "no b", "exit_code": 2}),
    (
        "mcp_approval",
        approve,
        {"approve": True, "reason": ""},
    ),
    ("mcp_approval", refuse, {"approve": False, "reason": "Not on Fridays"}),
    ("apply_patch", fail, {"status": "failed", "output": "hunk 1 does not fit"}),
    ("computer", show, {"content": [PICTURE], "acknowledged_safety_checks": [CHECKS[1]]}),
]
# What is sent of a form that nobody has touched: a tool is not run by mistake.
UNTOUCHED: dict[str, object] = {
    "function": "",
    "custom_tool": "",
    "local_shell": "",
    "shell": {"stdout": "", "stderr": "", "exit_code": 0},
    "mcp_approval": {"approve": False, "reason": ""},
    "apply_patch": {"status": "completed", "output": ""},
    "computer": [],
}


@pytest.mark.parametrize(("tool", "fill_in", "result"), FILLED, ids=[row[0] for row in FILLED])
def test_what_is_filled_in_is_sent_as_the_result_of_the_call(
    page: AppTest, tool: str, fill_in: Callable[[AppTest], None], result: object
) -> None:
    fill_in(asking(page, tool))
    press(page, words.SEND_RESULTS)
    name = CALLS[tool]["name"]
    assert sent(page) == [{"type": f"{tool}_result", "call_id": "c0", "name": name, "result": result}]
    assert statuses(page)[0] == (words.ANSWERED if tool == "function" else words.ANSWERED_ELSE)[0]
    assert words.TOOL_OUTPUT in seen(page)
    assert words.RESULT_HINT not in seen(page)
    assert words.ANSWER_HINT not in seen(page)


@pytest.mark.parametrize("tool", UNTOUCHED)
def test_an_untouched_form_sends_an_empty_answer(page: AppTest, tool: str) -> None:
    press(asking(page, tool), words.SEND_RESULTS)
    assert [step["result"] for step in sent(page)] == [UNTOUCHED[tool]]


def test_one_form_answers_all_calls_of_a_turn_each_in_its_own_way(page: AppTest) -> None:
    """Two of a kind have fields of their own."""
    asking(page, "shell", "mcp_approval", "function", "shell")
    assert statuses(page) == [
        "waits for the result of a shell command, an approval and the result of a function"
    ]
    first, second = (each for each in page.text_area if each.label == waiting.STDOUT)
    first.set_value("one")
    second.set_value("two")
    page.radio[0].set_value(waiting.APPROVE_YES)
    press(page, words.SEND_RESULTS)
    steps = sent(page)
    assert [step["call_id"] for step in steps] == ["c0", "c1", "c2", "c3"]
    assert [steps[at]["result"]["stdout"] for at in (0, 3)] == ["one", "two"]
    assert steps[1]["result"] == {"approve": True, "reason": ""}


def test_an_approval_names_the_tool_and_its_server_and_refuses_unless_it_is_given(page: AppTest) -> None:
    asking(page, "mcp_approval")
    (choice,) = page.radio
    assert "crm · drop" in choice.label
    assert choice.value == waiting.APPROVE_NO


def test_a_screen_has_a_tick_for_each_check_and_none_is_ticked(page: AppTest) -> None:
    asking(page, "computer")
    ticks = [each for each in page.checkbox if each.label.startswith("Accept")]
    assert [tick.value for tick in ticks] == [False, False]
    assert "The site is not known" in ticks[0].label


def test_a_file_that_is_no_picture_is_refused_and_nothing_is_sent(page: AppTest) -> None:
    """Whatever it is called."""
    asking(page, "computer")
    page.file_uploader[0].upload("shot.png", b"plain text", "image/png")
    press(page, words.SEND_RESULTS)
    assert not page.exception
    assert unescape(page.error[0].value) == waiting.NO_PICTURE.format("shot.png")
    assert statuses(page) == ["waits for a screenshot"]
