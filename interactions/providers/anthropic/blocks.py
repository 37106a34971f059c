"""Content blocks of Anthropic's Messages API as steps of ours.

Names and shapes are those of Anthropic's own client, 2.14.0. A block of a kind not known here is a step that
is shown as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from interactions.turns.deltas import arguments_in
from interactions.turns.events import Body, NativeDelta, OtherDelta, StepDelta, StepStart, StepStop
from interactions.turns.rope import Rope
from interactions.turns.steps import Wire
from interactions.turns.values import each, inner, word

VENDOR = "anthropic"
LATE = frozenset({"compaction"})  # blocks that are shown once they are whole: nothing of ours grows like them
CALLS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})
_NAMELESS = frozenset({"text", "thinking", "compaction"})
_DIRECT = {"type": "direct"}  # the caller of a call that the model has made itself
_OURS = frozenset({"native", "waits"})  # fields of a step that are not the wire's

_Reshape: TypeAlias = Callable[[Wire], Any]


class Block(msgspec.Struct, frozen=True):
    """A block of a message: the number and kind of its step, the block as it began, and what has come of it
    that its step does not have as it was: its citations, the input of a tool, and how many tokens there are
    of a thought that is not shown. One that is not `announced` has been begun by its content; one that has
    `grown` has had a delta; one that is `shown` is a step already."""

    index: int
    step: str
    raw: Wire
    announced: bool = True
    grown: bool = False
    open: bool = True
    citations: tuple[Wire, ...] = ()
    fragments: Rope = msgspec.field(default_factory=Rope)
    tokens: int = 0
    shown: bool = True


def step_of(block: Wire) -> Wire:
    """The step that a block begins, with what the block says of it already."""
    kind = word(block, "type")
    if kind.endswith(_RESULT):
        return _result(_RESULTS.get(kind, "server_tool_result"), block)
    make = _STEPS.get(kind)
    return make(block) if make else {key: value for key, value in block.items() if key not in _OURS}


def unread(block: Wire) -> dict[str, object]:
    """The fields of a block that are not empty, and that its step does not have: those of later versions, and
    which program of the server made a call, if it was not the model itself."""
    kind = word(block, "type")
    known = _FIELDS["result"] if kind.endswith(_RESULT) else _FIELDS.get(kind)
    if known is None:
        return {}  # all of it is shown
    said = {key: value for key, value in block.items() if value and key != "type" and value != _DIRECT}
    return {key: value for key, value in said.items() if not isinstance(value, known.get(key, ()))}


def closing(block: Block) -> Iterator[Body]:
    """The block as it goes back, but for what its step has: a text is not remembered twice. A call that
    nobody has named cannot go back so."""
    whole = dict(block.raw)
    if block.citations:
        whole["citations"] = [*each(whole, "citations"), *block.citations]
    if not block.shown:
        yield StepStart(block.index, whole)
    yield StepStop(block.index)
    if block.fragments and (whole.get("input") or block.step != "function_call"):
        yield from _called(block, whole)
    if block.announced or word(whole, "type") in _NAMELESS:
        yield StepDelta(block.index, NativeDelta(VENDOR, whole))


def _called(block: Block, whole: dict[str, Any]) -> Iterator[Body]:
    """The input of a call once it is whole; what began it stands if the stream has said nothing else. That of
    a server's tool is shown in our words."""
    said = str(block.fragments)
    given = arguments_in(said) or whole.get("input") or {}
    whole["input"] = given if isinstance(given, Mapping) else {"INVALID_JSON": said}
    if isinstance(given, Mapping):
        shown = arguments_of(whole)
        yield StepDelta(block.index, OtherDelta(block.step, {"arguments": shown}))


def arguments_of(block: Wire) -> object:
    """What a tool was given, in our words if the server runs it."""
    given = block.get("input")
    given = arguments_in(given) if isinstance(given, str) else given
    reshape = _ARGUMENTS.get(word(block, "name")) if word(block, "type") == "server_tool_use" else None
    return reshape(given) if reshape and isinstance(given, Mapping) else {} if given is None else given


def _written(block: Wire) -> Wire:
    said, cited = word(block, "text"), each(block, "citations")
    part = {"type": "text", "text": said, "annotations": [annotation(one) for one in cited]}
    return {"type": "model_output", **({"content": [part]} if said or cited else {})}


def _thought(block: Wire) -> Wire:
    summary = [{"type": "text", "text": said}] if (said := word(block, "thinking")) else []
    return {"type": "thought", "signature": word(block, "signature"), "summary": summary}


def _call(kind: str, block: Wire, *keys: str) -> Wire:
    called = {key: block[key] for key in keys if key in block}
    return {"type": kind, **called, "arguments": arguments_of(block)}


def _function(block: Wire) -> Wire:
    return _call("function_call", block, "id", "name")


def _server_tool(block: Wire) -> Wire:
    kind = _TOOLS.get(word(block, "name"))
    return _call(kind, block, "id") if kind else _call("server_tool_call", block, "id", "name")


def _mcp_tool(block: Wire) -> Wire:
    return _call("mcp_server_tool_call", block, "id", "name", "server_name")


_STEPS: Mapping[str, Callable[[Wire], Wire]] = {
    "text": _written,
    "thinking": _thought,
    "redacted_thinking": lambda block: {"type": "thought", "signature": word(block, "data")},
    "tool_use": _function,
    "server_tool_use": _server_tool,
    "mcp_tool_use": _mcp_tool,
}
_RESULT = "tool_result"
_NAMED: Mapping[str, type] = {"id": str, "name": str, "input": object}
_FIELDS: Mapping[str, Mapping[str, type]] = {
    "text": {"text": str, "citations": list},
    "thinking": {"thinking": str, "signature": str},
    "redacted_thinking": {"data": str},
    "tool_use": _NAMED,
    "server_tool_use": _NAMED,
    "mcp_tool_use": {**_NAMED, "server_name": str},
    "result": {"tool_use_id": str, "content": object, "is_error": bool},
}
_TOOLS = {
    "web_search": "google_search_call",
    "web_fetch": "url_context_call",
    "code_execution": "code_execution_call",
    "bash_code_execution": "code_execution_call",
    "text_editor_code_execution": "code_execution_call",
    "tool_search_tool_regex": "tool_search_call",
    "tool_search_tool_bm25": "tool_search_call",
}
_RESULTS = {
    "web_search_tool_result": "google_search_result",
    "web_fetch_tool_result": "url_context_result",
    "code_execution_tool_result": "code_execution_result",
    "bash_code_execution_tool_result": "code_execution_result",
    "text_editor_code_execution_tool_result": "code_execution_result",
    "tool_search_tool_result": "tool_search_result",
    "mcp_tool_result": "mcp_server_tool_result",
    "tool_result": "function_result",  # of a server in between that runs the client's tools itself
}
SERVER_TOOLS = frozenset({*_TOOLS, "advisor"})
BLOCKS = frozenset({*_STEPS, *_RESULTS, "advisor_tool_result"})  # that are steps of ours


def _listed(plural: str, single: str) -> _Reshape:
    return lambda given: {plural: [given[single]]} if single in given else given


def _code(key: str, language: str) -> _Reshape:
    return lambda given: {"code": given[key], "language": language} if key in given else given


_ARGUMENTS: Mapping[str, _Reshape] = {
    "web_search": _listed("queries", "query"),
    "web_fetch": _listed("urls", "url"),
    "code_execution": _code("code", "python"),
    "bash_code_execution": _code("command", "bash"),
    "tool_search_tool_regex": _listed("queries", "pattern"),
    "tool_search_tool_bm25": _listed("queries", "query"),
}


def _result(kind: str, block: Wire) -> Wire:
    """A tool that failed answers with an object that names the error where a list is expected."""
    content = block.get("content")
    failed = block.get("is_error") is True or word(inner(block, "content"), "type").endswith("_error")
    found = content if failed or kind not in _FOUND else _FOUND[kind](block)
    if not failed and (files := _files(content)):
        found = {"output": found, "files": files}
    step = {"type": kind, "call_id": block.get("tool_use_id", ""), "result": found}
    return {**step, "is_error": True} if failed else step


def _pages(block: Wire) -> object:
    """Without their encrypted contents, which are of use to the server alone."""
    shown = ("title", "url", "page_age")
    return [{key: page[key] for key in shown if page.get(key)} for page in each(block, "content")]


def _fetched(block: Wire) -> object:
    return [{"url": word(inner(block, "content"), "url"), "status": "success"}]


def _printed(block: Wire) -> object:
    content = inner(block, "content")
    if "stdout" in content or "stderr" in content:
        return word(content, "stdout") + word(content, "stderr")
    return word(content, "content") or block.get("content")


def _files(content: object) -> list[str]:
    """The ids of the files in a result, wherever they are."""
    if isinstance(content, list):
        return [found for one in content for found in _files(one)]
    if not isinstance(content, Mapping):
        return []
    own = word(content, "file_id")
    return [*([own] if own else ()), *(found for value in content.values() for found in _files(value))]


def _advice(block: Wire) -> object:
    return word(inner(block, "content"), "text") or block.get("content")


def _references(block: Wire) -> object:
    return inner(block, "content").get("tool_references", block.get("content"))


_FOUND: Mapping[str, _Reshape] = {
    "google_search_result": _pages,
    "url_context_result": _fetched,
    "code_execution_result": _printed,
    "tool_search_result": _references,
    "server_tool_result": _advice,
}


def annotation(citation: Wire) -> Wire:
    """There are no offsets on this wire: what is cited is the whole block."""
    if word(citation, "type") in {"web_search_result_location", "search_result_location"}:
        url = word(citation, "url") or word(citation, "source")
        return {"type": "url_citation", "url": url, "title": word(citation, "title")}
    page = citation.get("start_page_number")
    named = {"type": "file_citation", "file_name": word(citation, "document_title")}
    return {**named, "page_number": page} if page else named
