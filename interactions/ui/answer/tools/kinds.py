"""How each kind of tool is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from interactions.ui.answer.tools import brought, given
from interactions.ui.answer.tools.drawn import Drawn, content, plain


class Kind(NamedTuple):
    """How the arguments of a call are drawn, and how its result is."""

    given: Callable[[object], Drawn]
    got: Callable[[object], Drawn]


_PLAIN = Kind(plain, content)
KINDS: Mapping[str, Kind] = {
    "google_search_call": Kind(given.listed, brought.suggestions),
    "google_maps_call": Kind(given.listed, brought.places),
    "url_context_call": Kind(given.listed, brought.pages),
    "code_execution_call": Kind(given.code, brought.printed),
    "retrieval_call": Kind(given.listed, content),
    "tool_search_call": Kind(given.listed, content),
    "file_search_call": Kind(given.listed, content),
    "processing_call": Kind(given.listed, content),
    "image_generation_call": Kind(given.listed, content),
    "custom_tool_call": Kind(given.free_text, brought.printed),
    "shell_call": Kind(given.commands, brought.runs),
    "local_shell_call": Kind(given.command, brought.printed),
    "apply_patch_call": Kind(given.patch, brought.patched),
    "computer_call": Kind(given.actions, brought.screen),
    "mcp_approval_call": Kind(plain, brought.decided),
}


def kind(step: str) -> Kind:
    """The kind of a call's or a result's step, by its type."""
    return KINDS.get(step.removesuffix("_call").removesuffix("_result") + "_call", _PLAIN)
