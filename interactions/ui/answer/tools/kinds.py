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
_KINDS: Mapping[str, Kind] = {
    "google_search": Kind(given.listed, brought.suggestions),
    "google_maps": Kind(given.listed, brought.places),
    "url_context": Kind(given.listed, brought.pages),
    "code_execution": Kind(given.code, brought.printed),
    "retrieval": Kind(given.listed, content),
    "tool_search": Kind(given.listed, content),
    "file_search": Kind(given.listed, content),
    "processing": Kind(given.listed, content),
    "image_generation": Kind(given.listed, content),
    "custom_tool": Kind(given.free_text, brought.printed),
    "shell": Kind(given.commands, brought.runs),
    "local_shell": Kind(given.command, brought.printed),
    "apply_patch": Kind(given.patch, brought.patched),
    "computer": Kind(given.actions, brought.screen),
    "mcp_approval": Kind(plain, brought.decided),
}


def kind(step: str) -> Kind:
    """The kind of a call's or a result's step, by its type."""
    return _KINDS.get(step.removesuffix("_call").removesuffix("_result"), _PLAIN)
