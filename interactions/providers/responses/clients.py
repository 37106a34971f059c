"""The calls that the client may have to answer: as steps, and who runs each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from interactions.providers.shared.fields import NOTHING
from interactions.turns.steps import Wire
from interactions.turns.values import each, inner, word
from interactions.turns.wire import load_json


class Tools(msgspec.Struct, frozen=True):
    """What a response may call: tools by type and name, and where a shell runs."""

    offered: frozenset[tuple[str, str]] = frozenset()
    shell: str = ""

    def offers(self, kind: str, name: str) -> bool | None:
        """Whether the request has offered such a tool; None if nothing is known of what it offered."""
        if not self.offered:
            return None
        return (kind, name) in self.offered or (kind, "") in self.offered

    def and_those(self, tools: Iterable[Wire]) -> Tools:
        """With further ones."""
        found = list(_flat(tools))
        where = [word(inner(tool, "environment"), "type") for tool in found if tool.get("type") == "shell"]
        offered = frozenset((word(tool, "type"), word(tool, "name")) for tool in found)
        return Tools(self.offered | offered, next(iter(where), self.shell))


def _flat(tools: Iterable[Wire]) -> Iterator[Wire]:
    """All tools, also those in a namespace, which has no other in it."""
    for tool in tools:
        yield tool
        yield from each(tool, "tools")


def client_run(items: Sequence[tuple[Wire, bool]], tools: Tools) -> list[bool]:
    """For each item whether the client has to answer it. Beside it stands whether it says something: an
    answer that goes on behind a call shows that the call was run over there."""
    answered = {id for item, _ in items for id in _answers(item)}
    made: list[bool] = []
    goes_on = False
    for item, speaks in reversed(items):
        made.append(_waits(item, tools, goes_on) and call_id(item) not in answered)
        goes_on = goes_on or (speaks and item.get("phase") != "commentary")
    return made[::-1]


def call_id(item: Wire) -> str:
    """What an answer names: not the item's own id, if the call has another."""
    return word(item, "call_id") or word(item, "id")


def _answers(item: Wire) -> Iterator[str]:
    """The calls that an item shows to be answered."""
    if word(item, "type").endswith("_output"):
        yield word(item, "call_id") or word(item, "id")
    elif approved := word(item, "approval_request_id"):
        yield approved


def _waits(item: Wire, tools: Tools, goes_on: bool) -> bool:
    kind = word(item, "type")
    # What has its outcome in itself, or is said to be under way, somebody over there runs.
    if item.get("output") not in NOTHING or word(item, "status") in _UNDER_WAY:
        return False
    if kind in _OFFERED:
        offered = tools.offers(_OFFERED[kind], word(item, "name"))
        # A name that a model has made up is a function, too: nobody else answers it.
        function = kind == "function_call"
        if offered is None:
            return function or not goes_on
        return offered or (function and not goes_on)
    if kind == "shell_call":
        where = word(inner(item, "environment"), "type") or tools.shell
        return where == "local" or (not where.startswith("container") and not goes_on)
    if kind == "tool_search_call":
        return item.get("execution") == "client"
    return kind in CLIENTS and (kind == "mcp_approval_request" or not goes_on)


_UNDER_WAY = frozenset({"searching", "calling", "interpreting", "generating", "failed"})
_OFFERED = {"function_call": "function", "custom_tool_call": "custom"}  # by the type of the tool


def _call(kind: str, item: Wire, name: str, arguments: object, **more: object) -> Wire:
    named = {"id": call_id(item), "name": name, "arguments": arguments}
    told = {key: value for key, value in more.items() if value}
    return {"type": kind, **named, **told}


def _set(value: Wire) -> Wire:
    return {key: part for key, part in value.items() if part is not None}


def _custom(item: Wire) -> Wire:
    given = {"input": item["input"]} if word(item, "input") else {}
    return _call("custom_tool_call", item, word(item, "name"), given)


def _shell(item: Wire) -> Wire:
    action, where = _set(inner(item, "action")), _set(inner(item, "environment"))
    return _call("shell_call", item, "shell", action, environment=where, status=word(item, "status"))


def _local_shell(item: Wire) -> Wire:
    action = {key: part for key, part in _set(inner(item, "action")).items() if key != "type"}
    return _call("local_shell_call", item, "local_shell", action, status=word(item, "status"))


def _patch(item: Wire) -> Wire:
    operation = _set(inner(item, "operation"))
    return _call("apply_patch_call", item, "apply_patch", operation, status=word(item, "status"))


def _computer(item: Wire) -> Wire:
    actions = {"actions": item["actions"]} if item.get("actions") else {}
    action = {"action": item["action"]} if item.get("action") else {}
    checks = each(item, "pending_safety_checks")
    status = word(item, "status")
    given = actions or action
    return _call("computer_call", item, "computer", given, pending_safety_checks=checks, status=status)


def _approval(item: Wire) -> Wire:
    parsed = load_json(word(item, "arguments") or "{}")
    server = word(item, "server_label")
    return _call("mcp_approval_call", item, word(item, "name"), parsed, server_name=server)


CLIENTS: Mapping[str, Callable[[Wire], Wire]] = {
    "custom_tool_call": _custom,
    "shell_call": _shell,
    "local_shell_call": _local_shell,
    "apply_patch_call": _patch,
    "computer_call": _computer,
    "mcp_approval_request": _approval,
}
