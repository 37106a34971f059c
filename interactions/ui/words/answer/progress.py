"""What a server says that it is doing, in words."""

from __future__ import annotations

import re

from interactions.turns.events import Progress

GOES_ON = "{}…"
SHARE = "{}, {:.0f} %"

DOING = {
    "web_search": "searching the web",
    "file_search": "searching the files",
    "code_interpreter": "running code",
    "image_generation": "making a picture",
    "mcp": "calling a remote tool",
    "mcp_list_tools": "asking a server which tools it has",
    "shell": "running a command",
    "local_shell": "running a command",
    "apply_patch": "applying a patch",
    "custom_tool": "calling a tool",
    "tool_search": "looking for tools",
    "computer": "using the computer",
    "compaction": "summarizing the conversation so far",
    "model_load": "loading the model",
    "prompt_processing": "reading the prompt",
}
# The state says more than the tool.
STATES = {
    ("code_interpreter", "interpreting"): "running code",
    ("code_interpreter", "in_progress"): "writing code",
    ("image_generation", "partial_image"): "drawing a picture",
}
_OVER = frozenset({"completed", "done", "end", "failed"})
_PARTS = re.compile(r"[.\s]+")


def words(progress: Progress) -> str:
    """What it does, in our words or else in the server's; "" if it says nothing, or that it is done."""
    said = progress.doing.strip()
    tool, state = ([*_PARTS.split(said.removeprefix("response.")), ""])[:2]
    tool = tool.removesuffix("_call")
    if not said or (tool in DOING and state in _OVER):
        return ""
    told = STATES.get((tool, state)) or DOING.get(tool, said)
    if progress.share is not None and 0 <= progress.share <= 1:
        return SHARE.format(told, progress.share * 100)
    return told if told == said else GOES_ON.format(told)
