"""A tool's call and its result as one card: what went in, what came out, and what else is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interactions.turns.steps import OtherStep, ToolCall, ToolResult, Wire
from interactions.turns.values import inner, word
from interactions.ui import words
from interactions.ui.answer.stack import Group, Leaf
from interactions.ui.answer.tools import others
from interactions.ui.answer.tools.drawn import Drawn, heading, json_leaf, note, said
from interactions.ui.answer.tools.given import CHECKS, checks, in_brief, in_words
from interactions.ui.answer.tools.kinds import kind
from interactions.ui.words.answer import cards

# What has its place on a card: in the label, in what is drawn, or in pairing a call with its result.
_PLACED = frozenset(
    {
        *("type", "id", "call_id", "name", "server_name", "signature", "is_error"),
        *("arguments", "result"),
    }
)
_STATES = frozenset({"completed", "failed", "incomplete", "in_progress", "searching", "generating"})
_STATES |= {"interpreting", "calling", "queued"}
_WITH_FILES = {"output", "files"}  # of a result that has brought files, too
_CALLER = frozenset({"type", "caller_id", "tool_id"})


def call_card(call: ToolCall, result: ToolResult | None, over: bool) -> Group:
    """The card of a call; `over` says that no result will come any more."""
    leaves = [*_told(call, _given(call), "arguments"), *(() if result is None else _result(result))]
    running = result is None and not over
    label = _label(_name(call, running), in_brief(call.arguments), _state(call, result, over))
    if call.server_executed:
        return Group("card", label, tuple(leaves))
    # What somebody has to answer stands open.
    return Group("call" if call.type == "function_call" else "wait", label, tuple(leaves))


def _name(step: ToolCall | ToolResult, running: bool = False) -> str:
    approval = step.type.startswith("mcp_approval_")
    return _label(cards.APPROVAL if approval else "", words.tool(step, running=running))


def _state(call: ToolCall, result: ToolResult | None, over: bool) -> str:
    """The state of a call in words, or "". A server that does not send a result may say in the call that it
    has completed."""
    told = call.data.get("status")
    if told == "failed" or (result is not None and result.data.get("is_error")):
        return words.TOOL_FAILED
    if told == "completed" or result is not None or not call.server_executed:
        return ""
    if told == "incomplete":
        return words.TOOL_INCOMPLETE
    return words.TOOL_NO_RESULT if over else words.TOOL_RUNS


def result_card(result: ToolResult) -> Group:
    """The card of a result whose call is in no step of this turn."""
    state = words.TOOL_FAILED if result.data.get("is_error") else ""
    return Group("card", _label(_name(result), _outcome(result), state), tuple(_result(result)))


def _outcome(result: ToolResult) -> str:
    """What a result is called on its card: an approval by what was decided."""
    given = result.data.get("result")
    if result.type != "mcp_approval_result" or not isinstance(given, Mapping) or "approve" not in given:
        return words.TOOL_RESULT
    return (cards.APPROVED if given["approve"] else cards.REFUSED).lower()


def other_card(step: OtherStep) -> Group:
    """The card of a step of a kind that is not ours."""
    model = word(inner(step.data, "to"), "model") if step.native and step.type in cards.STEPS else ""
    server = word(step.data, "server_label") or word(step.data, "mcp_server_name")
    label = _label(others.label(step), model, server)
    return Group("card", label or words.NAMELESS_STEP, others.drawn(step))


def _label(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _given(call: ToolCall) -> Drawn:
    """What a call was given. Arguments that are no JSON are said to be none, once they are whole."""
    given = call.arguments
    if isinstance(given, str) and given.strip() and call.type != "custom_tool_call":
        return Drawn((*([] if call.open else [note(cards.NOT_JSON)]), json_leaf(given)))
    drawn = kind(call.type).given(given)
    asked = (note(cards.CHECK.format(in_words(check))) for check in checks(call))
    return Drawn((*drawn.leaves, *asked), drawn.rest)


def _result(result: ToolResult) -> Iterator[Leaf]:
    yield heading(words.TOOL_OUTPUT)
    yield from _told(result, _brought(result), "result")


def _brought(result: ToolResult) -> Drawn:
    """What a call has brought; files that a tool has made are named below its output."""
    if "result" not in result.data:
        return Drawn()
    value, draw = result.data["result"], kind(result.type).got
    if isinstance(value, Mapping) and set(value) == _WITH_FILES and isinstance(value["files"], list):
        drawn = draw(value["output"])
        return Drawn((*drawn.leaves, *(note(cards.FILE_ID.format(id)) for id in value["files"])), drawn.rest)
    return draw(value)


def _told(step: ToolCall | ToolResult, drawn: Drawn, key: str) -> Iterator[Leaf]:
    """Who has called, what is drawn, and below it as JSON whatever else the step says."""
    if by := caller(step):
        yield note(by)
    yield from drawn.leaves
    if rest := {**said({key: drawn.rest}), **_unplaced(step)}:
        yield json_leaf(rest)
    elif not drawn.leaves:
        yield note(words.TOOL_SILENT)


def caller(step: ToolCall | ToolResult) -> str:
    """Who has called a tool, in words: the model, or a program that it has written. "" if that is not said,
    or with more than the words have."""
    told = inner(step.data, "caller") or inner(step.unread, "caller")
    who, by = word(told, "type"), word(told, "caller_id") or word(told, "tool_id")
    if not who or set(told) - _CALLER:
        return ""
    named = cards.CALLERS.get(who, who)
    return cards.CALLED_BY_ONE.format(named, by) if by else cards.CALLED_BY.format(named)


def _unplaced(step: ToolCall | ToolResult) -> Wire:
    """The fields that say something and have no place on the card."""
    told = {CHECKS} if isinstance(step, ToolCall) and checks(step) else set()
    told |= {"status"} if word(step.data, "status") in _STATES else set()
    told |= {"caller"} if caller(step) else set()
    return said(step.data, _PLACED | told)
