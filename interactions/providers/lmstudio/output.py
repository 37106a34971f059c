"""The output of a finished chat as steps, and what its statistics count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from interactions.turns.events import Interaction, Usage
from interactions.turns.steps import WAITS, Wire
from interactions.turns.values import count, each, inner, word
from interactions.turns.wire import load_json

_COUNTED = frozenset({"input_tokens", "total_output_tokens", "reasoning_output_tokens"})


def interaction(result: Wire, status: str = "completed") -> Interaction:
    """A finished chat. Its id is the one that a later request names."""
    return Interaction(
        id=word(result, "response_id"),
        status=status,
        model=word(result, "model_instance_id") or None,
        usage=_usage(inner(result, "stats")),
        steps=tuple(_steps(each(result, "output"))) or None,
    )


def told(result: Wire) -> Wire:
    """What is said of a chat beside its answer: how fast it was, and whatever is not known here."""
    known = {"model_instance_id", "output", "stats", "response_id"}
    stats = {key: value for key, value in inner(result, "stats").items() if key not in _COUNTED}
    left = {key: value for key, value in result.items() if key not in known}
    return {**left, **({"stats": stats} if stats else {})}


def _usage(stats: Wire) -> Usage | None:
    """What came out includes the thoughts."""
    taken, out = count(stats, "input_tokens"), count(stats, "total_output_tokens")
    if taken is None and out is None:
        return None
    thoughts = count(stats, "reasoning_output_tokens")
    shown = None if out is None else max(0, out - (thoughts or 0))
    return Usage((taken or 0) + (out or 0), taken, shown, thoughts)


def _steps(output: list[Wire]) -> Iterator[Wire]:
    calls = 0
    for item in output:
        match word(item, "type"):
            case "reasoning":
                yield {"type": "thought", "summary": [_text(item)]}
            case "message":
                yield {"type": "model_output", "content": [_text(item)]}
            case "tool_call" | "invalid_tool_call":
                yield {**call(calls, item), "arguments": item.get("arguments", {})}
                yield result(calls, item)
                calls += 1
            case _:
                yield item


def _text(item: Wire) -> Wire:
    return {"type": "text", "text": word(item, "content")}


def call(number: int, raw: Wire) -> dict[str, Any]:
    """The step of a tool's call. The server runs it, and gives it no id."""
    provider = inner(raw, "provider_info") or inner(inner(raw, "metadata"), "provider_info")
    return {
        "type": "mcp_server_tool_call",
        "id": call_id(number),
        "name": word(raw, "tool") or word(inner(raw, "metadata"), "tool_name"),
        "server_name": word(provider, "server_label") or word(provider, "plugin_id"),
        WAITS: False,
    }


def call_id(number: int) -> str:
    return f"call_{number}"


def result(number: int, raw: Wire) -> dict[str, Any]:
    """The step of what a tool has answered, or of why it was not called."""
    output, reason = raw.get("output"), raw.get("reason")
    said = _parsed(output) if output is not None else reason if reason is not None else ""
    own = {key: value for key, value in call(number, raw).items() if key in {"name", "server_name"}}
    failed = {"is_error": True} if output is None else {}
    return {"type": "mcp_server_tool_result", "call_id": call_id(number), **own, "result": said, **failed}


def _parsed(output: object) -> object:
    """Content that is told as the JSON text of a list of parts."""
    value = load_json(output) if isinstance(output, str) else output
    parts = isinstance(value, list) and all(isinstance(part, dict) and "type" in part for part in value)
    return value if parts and value else output
