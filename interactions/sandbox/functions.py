"""Function calling: whether to call, which function, with which arguments."""

import re
from dataclasses import dataclass

from interactions.sandbox import clues, scenarios
from interactions.sandbox.examples import example
from interactions.sandbox.request import Request
from interactions.sandbox.wire import Json

# Words of a function's name that say nothing about its subject.
GENERIC = re.compile(
    r"get|set|list|find|search|fetch|read|make|create|update|delete|add|data|current|currently|info|lookup"
    r"|function|tool|name|value|call|run|use|the|for|from|with"
)
PLACE = re.compile(r"city|location|place|town|country|region", re.IGNORECASE)
SEVERAL = re.compile(r"\b(?:two|both|parallel|2)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    name: str
    arguments: Json


def declared(request: Request) -> list[Json]:
    """The functions that tool_choice leaves."""
    functions = [tool for tool in request.body.get("tools", ()) if tool["type"] == "function"]
    _, allowed = _choice(request)
    return [tool for tool in functions if not allowed or tool["name"] in allowed]


def asked(request: Request) -> bool:
    return scenarios.plays(request.prompt, "function call")


def calls(request: Request) -> tuple[Call, ...]:
    mode, _ = _choice(request)
    functions = [] if mode == "none" else declared(request)
    forced = mode == "any" or asked(request)
    if not functions or (request.results and mode != "any"):
        return ()
    ranked = sorted(functions, key=lambda tool: -_relevance(tool, request.prompt))
    if not (forced or _relevance(ranked[0], request.prompt) >= 1):
        return ()
    return _calls(ranked, request.prompt, forced)


def _calls(ranked: list[Json], prompt: str, forced: bool) -> tuple[Call, ...]:
    best, found = ranked[0], clues.places(prompt)
    if forced and SEVERAL.search(prompt) and len(found) < 2:
        return tuple(_call(tool, prompt) for tool in (ranked * 2)[:2])
    if len(found) > 1 and any(PLACE.search(name) for name in _parameters(best).get("properties", {})):
        return tuple(_call(best, prompt, place) for place in found)
    return (_call(best, prompt),)


def _choice(request: Request) -> tuple[str, list[str]]:
    choice = request.config.get("tool_choice", "auto")
    if isinstance(choice, str):
        return choice, []
    allowed = choice.get("allowed_tools", {})
    return allowed.get("mode", "auto"), allowed.get("tools", [])


def _call(tool: Json, prompt: str, place: str = "") -> Call:
    arguments = example(_parameters(tool), clues.Clues(prompt, place))
    return Call(tool["name"], arguments if isinstance(arguments, dict) else {})


def _parameters(tool: Json) -> Json:
    parameters: Json = tool.get("parameters", {})
    return {"type": "object", **parameters}


def _relevance(tool: Json, prompt: str) -> float:
    """The name itself counts most, a word of it 1, as does a sum; a word of the description only ranks."""
    said = _subject(prompt)
    named = _subject(tool["name"])
    described = _subject(tool.get("description", ""))
    computes = (
        "expression" in _parameters(tool).get("properties", {}) and clues.Clues(prompt).arithmetic() != ""
    )
    score = 10 * (tool["name"].lower() in prompt.lower()) + len(said & named) + computes
    return score + len(said & described) / 100


def _subject(text: str) -> set[str]:
    """The words that mean something, without their endings; camelCase and snake_case are parted."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).lower()
    words = re.findall(r"[^\W\d_]{4,}", parted)
    return {_STEM.sub("", word) for word in words if not GENERIC.fullmatch(word)}


_STEM = re.compile(r"(?<=\w{4})(?:ulator|ulate|ulation|s|ing)$")
