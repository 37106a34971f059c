"""The names of fields: camelCase on the wire, and snake_case where a library or a proxy has written them."""

from __future__ import annotations

from collections.abc import Collection

from interactions.providers.shared.fields import NOTHING
from interactions.turns.steps import Wire

# A chunk has at least one of these.
_ABOUT = frozenset({"usageMetadata", "modelVersion", "responseId", "createTime", "modelStatus"})
_CHUNK = frozenset({"candidates", "promptFeedback"}) | _ABOUT
VENDOR = "generate_content"  # under which a step keeps what it was on this wire


def camel(raw: object) -> Wire:
    """The object with its keys in camelCase; an empty one for anything else. What is in it stays as it is."""
    if not isinstance(raw, dict):
        return {}
    if not any("_" in key for key in raw):
        return raw
    return {_name(key): value for key, value in raw.items()}


def _name(key: str) -> str:
    first, *others = key.split("_")
    return first + "".join(other[:1].upper() + other[1:] for other in others)


def unread(raw: Wire, known: Collection[str]) -> dict[str, object]:
    """The fields that say something, but for those that are read."""
    return {key: value for key, value in raw.items() if key not in known and says(value)}


def says(value: object) -> bool:
    return value not in NOTHING and value is not False


def unwrapped(value: object) -> Wire:
    """The chunk; the servers of some clients have it under `response`."""
    chunk = camel(value)
    wrapped = camel(chunk.get("response"))
    return {**unread(chunk, ("response",)), **wrapped} if _CHUNK & set(wrapped) else chunk


def is_chunk(value: object) -> bool:
    return bool(_CHUNK & set(unwrapped(value)))
