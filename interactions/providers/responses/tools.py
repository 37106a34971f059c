"""What OpenAI's own servers ran: its items as the steps of calls, and what the calls have brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from interactions.providers.shared.foreign import pictured
from interactions.turns.steps import Wire
from interactions.turns.values import each, inner, word
from interactions.turns.wire import load_json

_SUBTYPES = {"svg": "svg+xml"}  # of images, where it is not the name of the format


def result(item: Wire) -> Wire:
    """The step of what a call has brought, or of its error, as far as its item has them; else nothing."""
    kind, error = word(item, "type"), item.get("error")
    if kind not in _BROUGHT:
        return {}
    value = _BROUGHT[kind](item) if error is None else error
    if value is None:
        return {}
    call = TOOLS[kind](item)
    named = {key: call[key] for key in ("name", "server_name") if key in call}
    failed = {"is_error": True} if error is not None else {}
    answers = call["type"].removesuffix("_call") + "_result"
    return {"type": answers, "call_id": call["id"], **named, "result": value, **failed}


def _server_call(kind: str, item: Wire, arguments: object) -> Wire:
    """How it went stands in the call: most calls bring nothing unless a request has asked for it."""
    status = {"status": word(item, "status")} if word(item, "status") else {}
    return {"type": kind, "id": word(item, "id"), "arguments": arguments, **status}


def _search(item: Wire) -> Wire:
    """The queries, or else the page that was opened; `action` comes with the finished item only."""
    action = inner(item, "action")
    query = word(action, "query")
    queries = action.get("queries") or ([query] if query else [])
    other = {key: value for key, value in action.items() if key in {"url", "pattern"}}
    return _server_call("google_search_call", item, {"queries": queries} if queries else other)


def _files(item: Wire) -> Wire:
    return _server_call("file_search_call", item, {"queries": item.get("queries") or []})


def _code(item: Wire) -> Wire:
    return _server_call("code_execution_call", item, {"language": "python", "code": word(item, "code")})


def _printed(item: Wire) -> object:
    """Logs alone are a text."""
    parts = [_output(output) for output in each(item, "outputs")]
    logs = [word(part, "text") for part in parts if part.get("type") == "text"]
    return ("\n".join(logs) if len(logs) == len(parts) else parts) if parts else None


def _output(output: Wire) -> Wire:
    kind, url = word(output, "type"), word(output, "url")
    if kind == "logs":
        return {"type": "text", "text": word(output, "logs")}
    return pictured(url) if kind == "image" and url else output


def _mcp(item: Wire) -> Wire:
    named = {"name": word(item, "name"), "server_name": word(item, "server_label")}
    parsed = load_json(word(item, "arguments") or "{}")
    return {**_server_call("mcp_server_tool_call", item, parsed), **named}


def _image(item: Wire) -> Wire:
    form = word(item, "output_format") or "png"
    image = {"type": "image", "data": word(item, "result"), "mime_type": f"image/{_SUBTYPES.get(form, form)}"}
    return {"type": "model_output", "content": [image] if image["data"] else [], **_failure(item)}


def _failure(item: Wire) -> Wire:
    """The error of a step, or all that is known of it: that there is one."""
    error = item.get("error")
    if error is None:
        return {"error": {"status": "failed"}} if item.get("status") == "failed" else {}
    return {"error": error if isinstance(error, Mapping) else {"message": error}}


def _tool_search(item: Wire) -> Wire:
    return _server_call("tool_search_call", item, item.get("arguments") or {})


def _tools_found(item: Wire) -> Wire:
    call = word(item, "call_id") or word(item, "id")
    return {"type": "tool_search_result", "call_id": call, "result": each(item, "tools")}


TOOLS: dict[str, Callable[[Wire], Wire]] = {
    "web_search_call": _search,
    "file_search_call": _files,
    "code_interpreter_call": _code,
    "mcp_call": _mcp,
    "image_generation_call": _image,
    "tool_search_call": _tool_search,
    "tool_search_output": _tools_found,
}
# What a call has brought, or None: an empty list of files is an answer, too.
_BROUGHT: dict[str, Callable[[Wire], object]] = {
    "web_search_call": lambda item: each(inner(item, "action"), "sources") or None,
    "file_search_call": lambda item: found if isinstance(found := item.get("results"), list) else None,
    "code_interpreter_call": _printed,
    "mcp_call": lambda item: item.get("output"),
}
