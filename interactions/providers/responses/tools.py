"""What OpenAI's own servers ran: its items as the steps of calls, and what the calls have brought."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

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
    image = picture(word(item, "result"), word(item, "output_format"))
    return {"type": "model_output", "content": [image] if image["data"] else [], **_failure(item)}


def picture(data: str, form: str) -> Wire:
    """A picture in this format, which is PNG if none is named."""
    form = form or "png"
    return {"type": "image", "data": data, "mime_type": f"image/{_SUBTYPES.get(form, form)}"}


def _failure(item: Wire) -> Wire:
    """The error of a step, or all that is known of it: that there is one."""
    error = item.get("error")
    if error is None:
        return {"error": {"status": "failed"}} if item.get("status") == "failed" else {}
    return {"error": error if isinstance(error, Mapping) else {"message": error}}


def _tool_search(item: Wire) -> Wire:
    call = _server_call("tool_search_call", item, item.get("arguments") or {})
    return {**call, "id": word(item, "call_id") or word(item, "id")}


def _tools_found(item: Wire) -> Wire:
    call = word(item, "call_id") or word(item, "id")
    return {"type": "tool_search_result", "call_id": call, "result": each(item, "tools")}


def _answer(kind: str) -> Callable[[Wire], Wire]:
    """What answers a call, in an item of its own."""

    def answer(item: Wire) -> Wire:
        call = word(item, "call_id") or word(item, "approval_request_id") or word(item, "id")
        told = {"status": item["status"]} if word(item, "status") in {"failed", "incomplete"} else {}
        return {"type": kind, "call_id": call, "result": _ANSWERS[kind](item), **told}

    return answer


def ran(outputs: Sequence[Wire]) -> object:
    """What a shell has printed, command by command; of one command by itself."""
    made = [_ran(output) for output in outputs]
    return made[0] if len(made) == 1 else made


def _ran(output: Wire) -> Wire:
    outcome = inner(output, "outcome")
    code = {"exit_code": outcome["exit_code"]} if "exit_code" in outcome else {}
    timeout = {"outcome": "timeout"} if outcome.get("type") == "timeout" else {}
    return {"stdout": word(output, "stdout"), "stderr": word(output, "stderr"), **code, **timeout}


def _said(item: Wire) -> object:
    """The content of an answer: a text, or parts in our words."""
    output = item.get("output")
    if not isinstance(output, list):
        return "" if output is None else output
    return [_content(part) if isinstance(part, Mapping) else part for part in output]


def _content(part: Wire) -> Wire:
    if word(part, "type") in {"input_text", "output_text"}:
        return {"type": "text", "text": word(part, "text")}
    url = word(part, "image_url")
    return pictured(url) if url else part


def _screenshot(item: Wire) -> object:
    output = inner(item, "output")
    return [_content(output)] if output else []


def _approval(item: Wire) -> Wire:
    reason = {"reason": item["reason"]} if item.get("reason") else {}
    return {"approve": item.get("approve") is True, **reason}


_ANSWERS: dict[str, Callable[[Wire], object]] = {
    "function_result": _said,
    "custom_tool_result": _said,
    "local_shell_result": _said,
    "shell_result": lambda item: ran(each(item, "output")),
    "apply_patch_result": lambda item: {
        key: item[key] for key in ("status", "output") if item.get(key) is not None
    },
    "computer_result": _screenshot,
    "mcp_approval_result": _approval,
}
OUTPUTS: dict[str, Callable[[Wire], Wire]] = {
    "mcp_approval_response": _answer("mcp_approval_result"),
    **{
        kind.removesuffix("_result") + "_call_output": _answer(kind)
        for kind in _ANSWERS
        if kind != "mcp_approval_result"
    },
}
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
