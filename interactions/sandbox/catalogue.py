"""The models that are listed, and what is known about the ones that are not."""

import re

from interactions.sandbox.wire import Json

LISTED = (
    "gemini-4-argon",
    "gemini-4-carbon",
    "gemini-4-hydrogen",
    "gemini-4-neon",
    "gemini-3.8-flash",
    "gemini-3.7-flash",
    "gemini-3.6-flash",
    "gemini-3.5-flash",
    "gemini-3.5-flash-lite",
    "gemini-3.1-pro-preview",
    "gemini-3-flash-preview",
    "gemini-2.5-pro",
    "gemini-2.5-flash",
    "gemini-2.5-flash-lite",
)
ALIASES = ("gemini-flash-latest", "gemini-flash-lite-latest", "gemini-pro-latest")  # v1beta only
FAMILY = re.compile(r"(?:gemini|gemma|nano-banana|lyria)-[\w.-]+")
AGENTS = re.compile(r"(?:deep-research|antigravity)-[\w.-]+")

LEVELS = ("minimal", "low", "medium", "high", "xhigh")
LEVELS_OF = (  # first match wins; models of no row take every level
    (re.compile(r"gemini-3\.[87]-flash$|gemini-3\.1-pro|gemini-2\.5"), ("low", "medium", "high")),
    (re.compile(r"gemini-3\.[65]-flash|gemini-3-flash"), ("minimal", "low", "medium", "high")),
)


def known(model: str, version: str) -> bool:
    if model in ALIASES:
        return version == "v1beta"
    return FAMILY.fullmatch(model) is not None


def levels(model: str) -> tuple[str, ...]:
    return next((levels for pattern, levels in LEVELS_OF if pattern.match(model)), LEVELS)


def listed(version: str) -> list[Json]:
    return [describe(name) for name in (*LISTED, *(ALIASES if version == "v1beta" else ()))]


def describe(name: str) -> Json:
    words = name.split("-")
    return {
        "name": f"models/{name}",
        "version": next((word for word in words if word[0].isdigit()), "latest"),
        "displayName": " ".join(word.capitalize() for word in words),
        "description": "Answered by the sandbox.",
        "inputTokenLimit": 1048576,
        "outputTokenLimit": 65536,
        "supportedGenerationMethods": ["generateContent", "countTokens", "createInteraction"],
        "temperature": 1,
        "topP": 0.95,
        "topK": 64,
        "maxTemperature": 2,
        "thinking": True,
    }
