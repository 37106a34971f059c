"""What a call that waits is answered with: the fields of its form, and the step that they make."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from interactions.conversations.attachments import File
from interactions.errors import FileRefused
from interactions.files.signatures import signature
from interactions.turns.steps import ToolCall, Wire
from interactions.turns.wire import load_json
from interactions.ui import words
from interactions.ui.answer.tools.given import checks, in_brief, in_words
from interactions.ui.drawing.markdown import as_label
from interactions.ui.words.answer import waiting

PICTURES = frozenset({"image/png", "image/jpeg"})
_TITLED = frozenset({"shell_call", "local_shell_call", "apply_patch_call", "computer_call"})


class Field(NamedTuple):
    """One field of a form. Of the two `choices` the second is chosen at first if it is the `safer` one."""

    name: str
    kind: Literal["text", "line", "number", "choice", "picture", "tick"]
    label: str
    choices: tuple[str, str] = ("", "")
    safer: bool = False


Filled: TypeAlias = Mapping[str, Any]  # what stands in the fields, by their names


def title(call: ToolCall) -> str:
    """What a call is about, where its fields do not say it."""
    if call.type not in _TITLED:
        return ""
    about = in_brief(call.arguments)
    return f"{words.tool(call)} · {about}" if about else words.tool(call)


def fields(call: ToolCall) -> tuple[Field, ...]:
    """The fields for what a call waits for."""
    match call.type:
        case "mcp_approval_call":
            return _approval_fields(call)
        case "computer_call":
            return _screen_fields(call)
        case kind if kind in _FIELDS:
            return _FIELDS[kind]
        case _:
            return (Field("result", "text", words.RESULT_OF.format(as_label(words.tool(call)))),)


def answer(call: ToolCall, filled: Filled) -> Wire:
    """The step that answers a call; no key more than servers take (Google's refuses an `id`). Raises
    `FileRefused`."""
    make = _RESULTS.get(call.type, _value)
    result = _screen(call, filled) if call.type == "computer_call" else make(filled)
    return {
        "type": f"{call.type.removesuffix('_call')}_result",
        "call_id": call.data.get("id", ""),
        "name": call.name,
        "result": result,
    }


def _value(filled: Filled) -> object:
    """JSON that is an object, a list or a text is one; anything else is the text as it was typed."""
    typed = str(filled.get("result") or "")
    value = load_json(typed) if typed.strip() else ""
    return value if isinstance(value, dict | list | str) else typed


def _text(filled: Filled) -> object:
    return str(filled.get("result") or "")


def _run(filled: Filled) -> object:
    return {
        "stdout": str(filled.get("stdout") or ""),
        "stderr": str(filled.get("stderr") or ""),
        "exit_code": int(filled.get("exit_code") or 0),
    }


def _approval_fields(call: ToolCall) -> tuple[Field, ...]:
    label = waiting.APPROVE.format(as_label(words.tool(call)))
    choices = (waiting.APPROVE_YES, waiting.APPROVE_NO)
    return Field("approve", "choice", label, choices, safer=True), Field("reason", "line", waiting.REASON)


def _approval(filled: Filled) -> object:
    return {
        "approve": filled.get("approve") == waiting.APPROVE_YES,
        "reason": str(filled.get("reason") or ""),
    }


def _patch(filled: Filled) -> object:
    failed = filled.get("status") == waiting.PATCH_NO
    return {"status": "failed" if failed else "completed", "output": str(filled.get("output") or "")}


def _screen_fields(call: ToolCall) -> tuple[Field, ...]:
    ticks = (
        Field(f"check_{place}", "tick", waiting.CHECK.format(as_label(in_words(check))))
        for place, check in enumerate(checks(call))
    )
    return Field("screenshot", "picture", waiting.SCREENSHOT), *ticks


def _screen(call: ToolCall, filled: Filled) -> object:
    pending = enumerate(checks(call))
    accepted = [dict(check) for place, check in pending if filled.get(f"check_{place}")]
    shown = _picture(filled.get("screenshot"))
    return {"content": shown, "acknowledged_safety_checks": accepted} if accepted else shown


def _picture(file: File | None) -> list[Wire]:
    """A file as the content of a message; servers take it only for what its bytes are."""
    if file is None:
        return []
    found = signature(file.data)
    if found is None or found.mime not in PICTURES:
        raise FileRefused(waiting.NO_PICTURE.format(file.name), name=file.name)
    return [{"type": "image", "data": b64encode(file.data).decode(), "mime_type": found.mime}]


_FIELDS: Mapping[str, tuple[Field, ...]] = {
    "shell_call": (
        Field("stdout", "text", waiting.STDOUT),
        Field("stderr", "text", waiting.STDERR),
        Field("exit_code", "number", waiting.EXIT_CODE),
    ),
    "apply_patch_call": (
        Field("status", "choice", waiting.PATCH, (waiting.PATCH_YES, waiting.PATCH_NO)),
        Field("output", "text", waiting.PATCH_OUTPUT),
    ),
}
_RESULTS: Mapping[str, Callable[[Filled], object]] = {
    "mcp_approval_call": _approval,
    "shell_call": _run,
    "local_shell_call": _text,
    "custom_tool_call": _text,
    "apply_patch_call": _patch,
}
