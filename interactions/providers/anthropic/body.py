"""The body of a request to Anthropic's Messages API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from interactions.conversations.request import Options, Request
from interactions.providers.anthropic.containers import container_of
from interactions.providers.anthropic.messages import messages, sent
from interactions.providers.shared.fields import Fields, one_of, part_of, to, written
from interactions.turns.steps import Wire

VERSION = "2026-10-21"
SAMPLED = "2023-06-01"  # the last version that takes temperature and top_p; the next refuses any value
MAX_TOKENS = 16_384  # the API wants a limit; thoughts count towards it

LEVELS = ("low", "medium", "high", "xhigh", "max")
SUMMARIES = ("auto", "none")
ADAPTIVE: Wire = {"type": "adaptive", "display": "summarized"}

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")
_EFFORTS = {"minimal": "low", **dict(zip(LEVELS, LEVELS, strict=True))}
_DISPLAYS = {"auto": "summarized", "none": "omitted"}
_TOOLS: Mapping[str, Wire] = {
    "google_search": {"type": "web_search_20250305", "name": "web_search"},
    "url_context": {"type": "web_fetch_20250910", "name": "web_fetch"},
    "code_execution": {"type": "code_execution_20250825", "name": "code_execution"},
}


def version_of(options: Options, version: str) -> str:
    """The version that a request names, if it is one of this API, else the given one."""
    return options.api_version if _VERSION.fullmatch(options.api_version) else version


def body(request: Request, version: str = VERSION) -> dict[str, Any]:
    """The JSON body of a request, without the fields that are unset or that its version would refuse."""
    options, container = request.options, container_of(sent(request), datetime.now(UTC))
    return {
        **written(settings(version_of(options, version)), options),
        **({"container": container} if container else {}),
        "messages": messages(request),
        "stream": True,
    }


def settings(version: str) -> Fields:
    """The settings that a version of the API accepts."""
    return {**_SETTINGS, **_SAMPLING} if version <= SAMPLED else _SETTINGS


def _limit(options: Options) -> int:
    """The tokens of an answer and of its thoughts."""
    return options.max_output_tokens or MAX_TOKENS + (options.thinking_budget or 0)


def _thinking(options: Options) -> Wire | None:
    """New models think anyway, and show it only to whoever asks; older ones refuse to be asked, and think if
    they are given a budget."""
    summaries = options.thinking_summaries or ""
    if options.thinking_budget is not None:
        display = {"display": _DISPLAYS[summaries]} if summaries in _DISPLAYS else {}
        return {"type": "enabled", "budget_tokens": options.thinking_budget, **display}
    return ADAPTIVE if summaries == "auto" else None


def _format(schema: Wire | None) -> Wire | None:
    return {"type": "json_schema", "schema": schema} if schema else None


def _tools(tools: Iterable[Wire]) -> list[Wire]:
    return [_tool(tool) for tool in tools]


CHOICES = ("auto", "any", "none")
_SAMPLING: Fields = {"temperature": to("temperature"), "top_p": to("top_p")}
_SETTINGS: Fields = {
    "model": to("model"),
    "max_output_tokens": part_of("max_tokens", _limit),
    "system_instruction": to("system"),
    "stop_sequences": to("stop_sequences", list),
    "thinking_budget": part_of("thinking", _thinking),
    "thinking_summaries": part_of("thinking", _thinking, SUMMARIES),
    "thinking_level": one_of("output_config.effort", LEVELS, _EFFORTS),
    "response_schema": to("output_config.format", _format),
    "tools": to("tools", _tools),
    "tool_choice": one_of("tool_choice", CHOICES, {each: {"type": each} for each in CHOICES}),
    "service_tier": one_of("service_tier", ("auto", "standard_only")),
}


def _tool(tool: Wire) -> Wire:
    """A function by its declaration, a server's tool by its name; any other goes as it is."""
    kind = tool.get("type")
    if kind != "function":
        return _TOOLS.get(str(kind), tool)
    schema = tool.get("parameters") or {"type": "object", "properties": {}}
    told = {key: tool[key] for key in ("name", "description", "strict") if key in tool}
    return {**told, "input_schema": schema}
