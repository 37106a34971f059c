"""Content blocks of Anthropic's Messages API as steps, deltas and annotations of ours.

Names and shapes are those of Anthropic's own client, 2.11.0. A block of a kind not known here is no step: it
stays in the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec

from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    Body,
    Delta,
    NativeDelta,
    OtherDelta,
    SignatureDelta,
    StepDelta,
    StepStart,
    StepStop,
    SummaryDelta,
    TextDelta,
)
from interactions.turns.steps import Wire
from interactions.turns.values import each, inner, word
from interactions.turns.wire import load_json

VENDOR = "anthropic"
LATE = frozenset({"compaction"})  # blocks that are shown once they are whole: nothing of ours grows like them

_Reshape: TypeAlias = Callable[[Wire], Any]


class Block(msgspec.Struct, frozen=True):
    """A block that is open: the number and kind of its step, the block as it began, and what has come of it
    that its step does not have as it was: its citations, and the input of a tool that the server runs."""

    index: int
    step: str
    raw: Wire
    citations: tuple[Wire, ...] = ()
    fragments: tuple[str, ...] = ()


def step_of(block: Wire) -> Wire | None:
    """The step that a block begins, with what the block says of it already."""
    kind = word(block, "type")
    if kind in _RESULTS:
        return _result(_RESULTS[kind], block)
    make = _STEPS.get(kind)
    return make(block) if make else None


def closing(block: Block) -> Iterator[Body]:
    """The block as it goes back, but for what its step has: a text is not remembered twice. The input of a
    tool that the server runs is shown once it is whole."""
    whole = dict(block.raw)
    if block.citations:
        whole["citations"] = [*each(whole, "citations"), *block.citations]
    given = load_json("".join(block.fragments))
    if isinstance(given, Mapping):
        tool = word(whole, "name") if word(whole, "type") == "server_tool_use" else ""
        yield StepDelta(block.index, OtherDelta(block.step, {"arguments": _arguments(tool, given)}))
        whole["input"] = given
    if block.step in LATE:
        yield StepStart(block.index, whole)
    yield StepDelta(block.index, NativeDelta(VENDOR, whole))
    yield StepStop(block.index)


def _arguments(tool: str, given: Wire) -> Wire:
    """What a tool that the server runs was given, in our words."""
    reshape = _ARGUMENTS.get(tool)
    return reshape(given) if reshape else given


def deltas_of(delta: Wire) -> list[Delta]:
    """Those that a delta amounts to. Servers send empty ones, which say nothing."""
    make = _DELTAS.get(word(delta, "type"))
    return make(delta) if make else []


def _written(block: Wire) -> Wire:
    said, cited = word(block, "text"), each(block, "citations")
    part = {"type": "text", "text": said, "annotations": [_annotation(one) for one in cited]}
    return {"type": "model_output", **({"content": [part]} if said or cited else {})}


def _thought(block: Wire) -> Wire:
    summary = [{"type": "text", "text": said}] if (said := word(block, "thinking")) else []
    return {"type": "thought", "signature": word(block, "signature"), "summary": summary}


def _function(block: Wire) -> Wire:
    called = {key: block[key] for key in ("id", "name") if key in block}
    return {"type": "function_call", **called, "arguments": inner(block, "input")}


def _server_tool(block: Wire) -> Wire | None:
    name = word(block, "name")
    if name not in _TOOLS:
        return None
    return {
        "type": _TOOLS[name],
        "id": block.get("id", ""),
        "arguments": _arguments(name, inner(block, "input")),
    }


def _mcp_tool(block: Wire) -> Wire:
    called = {key: block[key] for key in ("id", "name", "server_name") if key in block}
    return {"type": "mcp_server_tool_call", **called, "arguments": inner(block, "input")}


_STEPS: Mapping[str, Callable[[Wire], Wire | None]] = {
    "text": _written,
    "thinking": _thought,
    "redacted_thinking": lambda block: {"type": "thought", "signature": word(block, "data")},
    "tool_use": _function,
    "server_tool_use": _server_tool,
    "mcp_tool_use": _mcp_tool,
    "fallback": dict,  # betas: another model goes on, a summary takes the place of all before it
    "compaction": dict,
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
}


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
    if "stdout" in content:
        return word(content, "stdout") + word(content, "stderr")
    return word(content, "content") or block.get("content")


def _references(block: Wire) -> object:
    return inner(block, "content").get("tool_references", block.get("content"))


_FOUND: Mapping[str, _Reshape] = {
    "google_search_result": _pages,
    "url_context_result": _fetched,
    "code_execution_result": _printed,
    "tool_search_result": _references,
}


def _annotation(citation: Wire) -> Wire:
    """There are no offsets on this wire: what is cited is the whole block."""
    if word(citation, "type") in {"web_search_result_location", "search_result_location"}:
        url = word(citation, "url") or word(citation, "source")
        return {"type": "url_citation", "url": url, "title": word(citation, "title")}
    page = citation.get("start_page_number")
    named = {"type": "file_citation", "file_name": word(citation, "document_title")}
    return {**named, "page_number": page} if page else named


def _cited(delta: Wire) -> list[Delta]:
    return [AnnotationsDelta((_annotation(inner(delta, "citation")),))]


def _summary(delta: Wire) -> list[Delta]:
    said = word(delta, "thinking")
    return [SummaryDelta({"type": "text", "text": said})] if said else []


_DELTAS: Mapping[str, Callable[[Wire], list[Delta]]] = {
    "text_delta": lambda delta: [TextDelta(said)] if (said := word(delta, "text")) else [],
    "thinking_delta": _summary,
    "signature_delta": lambda delta: [SignatureDelta(word(delta, "signature"))],
    "input_json_delta": lambda delta: [ArgumentsDelta(part)] if (part := word(delta, "partial_json")) else [],
    "citations_delta": _cited,
}
