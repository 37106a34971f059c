"""What a turn waits for, and the form in which that is answered."""

from __future__ import annotations

from collections.abc import Iterable

from interactions.turns.steps import ToolCall

APPROVE = "May {} be run?"
APPROVE_YES = "Approve"
APPROVE_NO = "Refuse"
REASON = "Reason"
STDOUT = "Standard output"
STDERR = "Standard error"
EXIT_CODE = "Exit code"
PATCH = "Was the patch applied?"
PATCH_YES = "Yes"
PATCH_NO = "No"
PATCH_OUTPUT = "Output"
SCREENSHOT = "A screenshot (PNG or JPEG)"
CHECK = "Accept: {}"
NO_PICTURE = "“{}” is no PNG or JPEG picture. Choose another file; nothing was sent."

# What a turn that has ended waits for, by the type of the call.
WAITS = "waits for {}"
AND = " and "
FOR = {
    "function_call": "the result of a function",
    "custom_tool_call": "the result of a tool",
    "mcp_approval_call": "an approval",
    "shell_call": "the result of a shell command",
    "local_shell_call": "the result of a shell command",
    "apply_patch_call": "the result of a patch",
    "computer_call": "a screenshot",
}
FOR_OTHER = "an answer to {}"


def words(calls: Iterable[ToolCall]) -> str:
    """What the calls wait for, each kind once."""
    *more, last = dict.fromkeys(FOR.get(call.type) or FOR_OTHER.format(call.name) for call in calls)
    return WAITS.format(AND.join([", ".join(more), last] if more else [last]))
