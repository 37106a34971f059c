"""Steps that are no call and no text: lists of tools, summaries, programs, what only one vendor has."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from interactions.turns.steps import OtherStep, Wire
from interactions.turns.values import each, word
from interactions.turns.wire import load_json
from interactions.ui.answer.stack import Leaf
from interactions.ui.answer.tools.drawn import Drawn, json_leaf, note, parts, said, text_leaf
from interactions.ui.words.answer import cards as words


def drawn(step: OtherStep) -> tuple[Leaf, ...]:
    """All that a step says: what is known of its kind in a readable way, and else as it came."""
    data = dict(step.data)
    draw = _KINDS.get(step.type) or (_output if step.type.endswith("_output") else None)
    shown = draw(data) if draw else Drawn()
    if not shown.leaves:
        return (json_leaf(data),)
    return (*shown.leaves, *((json_leaf(shown.rest),) if shown.rest else ()))


def _summary(data: Wire) -> Drawn:
    text, sealed = word(data, "content"), word(data, "encrypted_content")
    if text:
        return Drawn((Leaf("text", text),), said(data, {"type", "content"}))
    if sealed:
        return Drawn((note(words.SEALED.format(len(sealed))),), said(data, {"type", "encrypted_content"}))
    return Drawn()


def _tools(data: Wire) -> Drawn:
    """The names of the tools with what each says of itself; their schemas stand below as they came."""
    tools = each(data, "tools")
    lines = [": ".join(filter(None, (word(tool, "name"), word(tool, "description")))) for tool in tools]
    shown = Leaf("text", "\n".join(lines)) if any(lines) else note(words.NO_TOOLS_LISTED)
    schemas = [more for tool in tools if set(more := said(tool, {"description", "type"})) - {"name"}]
    rest = said(data, {"type", "tools", *_SERVERS} if tools else {"type", *_SERVERS})
    return Drawn((shown,), {**rest, **({"tools": schemas} if schemas else {})})


def _program(data: Wire) -> Drawn:
    code = word(data, "code")
    return Drawn((Leaf("code", code, "javascript"),) if code else (), said(data, {"type", "code"}))


def _output(data: Wire) -> Drawn:
    key = next((key for key in ("output", "result") if data.get(key)), "")
    value = data.get(key)
    value = load_json(value) if isinstance(value, str) else value
    shown = text_leaf(value) if isinstance(value, str) else parts(value) or (json_leaf(value),)
    return Drawn(shown if key else (), said(data, {"type", key}))


def _upload(data: Wire) -> Drawn:
    file = word(data, "file_id")
    return Drawn((note(words.FILE_ID.format(file)),) if file else (), said(data, {"type", "file_id"}))


def label(step: OtherStep) -> str:
    """What the card of a step is called; its own type if it has no name here."""
    name = words.STEPS.get(step.type) if step.native else None
    if name is None and step.native and step.type.endswith("_output"):
        name = words.OUTPUT_OF.format(step.type.removesuffix("_output"))
    return name or step.type


_SERVERS = ("server_label", "mcp_server_name")
_KINDS: Mapping[str, Callable[[Wire], Drawn]] = {
    "additional_tools": _tools,
    "compaction": _summary,
    "container_upload": _upload,
    "mcp_list_tools": _tools,
    "mcp_tool_listing": _tools,
    "program": _program,
    "program_output": _output,
}
