"""Values that satisfy a JSON Schema (the subset that function parameters and response_format use)."""

import re
from typing import Any

from interactions.sandbox.clues import Clues
from interactions.sandbox.wire import Json

# Where a string comes from, by the name of its property; the second part stands in when the prompt has none.
STRINGS = (
    (r"city|location|place|town|country|region|address|destination|origin", lambda c: c.place, "Paris"),
    (r"time_?zone|^tz$", lambda c: c.like("timezone"), "UTC"),
    (r"date|day|when", lambda c: c.like("date"), "2026-11-02"),
    (r"expression|formula|calculation|arithmetic", lambda c: c.arithmetic(), "6 * 7"),
    (r"url|uri|link", lambda c: c.like("uri"), "https://example.com/"),
    (r"e_?mail", lambda c: c.like("email"), "ada@example.com"),
    (r"currency", lambda _: "", "EUR"),
    (r"unit", lambda _: "", "celsius"),
    (r"language|locale", lambda _: "", "en"),
)
FORMATS = {
    "date": "2026-11-02",
    "date-time": "2026-11-02T10:00:00Z",
    "time": "10:00:00",
    "email": "ada@example.com",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}
DEEPEST = 8  # levels; recursive schemas end there


def example(schema: Json, clues: Clues, name: str = "", root: Json | None = None, depth: int = 0) -> Any:
    root = schema if root is None else root
    schema = _resolved(schema, root)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return next((value for value in schema["enum"] if clues.mentions(str(value))), schema["enum"][0])
    kind = _kind(schema)
    if kind == "object":
        wanted = _wanted(schema, clues, depth)
        return {key: example(part, clues, key, root, depth + 1) for key, part in wanted.items()}
    if kind == "array":
        count = _length(schema) if depth < DEEPEST else 0
        return [example(schema.get("items", {}), clues, name, root, depth + 1) for _ in range(count)]
    return _SCALARS[kind](schema, clues, name)


def _resolved(schema: Json, root: Json) -> Json:
    """Local references followed, the first useful branch of a choice taken, allOf merged."""
    while "$ref" in schema:
        target: Any = root
        for part in schema["$ref"].lstrip("#/").split("/"):
            target = target.get(part, {})
        schema = target
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            branches = [branch for branch in schema[key] if branch.get("type") != "null"]
            return _resolved((branches or schema[key])[0], root)
    for part in schema.get("allOf", ()):
        schema = {**schema, **_resolved(part, root)}
    return schema


def _kind(schema: Json) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kinds = [kind] if isinstance(kind, str) else [one for one in kind if one != "null"]
    first = kinds[0].lower() if kinds else "null"
    return first if first in ("object", "array", *_SCALARS) else "string"


def _wanted(schema: Json, clues: Clues, depth: int) -> Json:
    """Required properties and optional ones that the prompt speaks of; all where none is required."""
    properties: Json = schema.get("properties", {})
    required = schema.get("required", ()) or (properties if depth < DEEPEST else ())
    return {
        key: part
        for key, part in properties.items()
        if key in required or any(clues.mentions(str(value)) for value in part.get("enum", ()))
    }


def _length(schema: Json) -> int:
    low, high = schema.get("minItems", 0), schema.get("maxItems", 2)
    return int(max(low, min(2, high)))


def _string(schema: Json, clues: Clues, name: str) -> str:
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    for pattern, clue, otherwise in STRINGS:
        if re.search(pattern, name, re.IGNORECASE):
            return clue(clues) or otherwise
    return clues.quotation() or clues.prompt or name


def _number(schema: Json, clues: Clues, _: str) -> float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + ("exclusiveMinimum" in schema))
    high = schema.get("maximum", schema.get("exclusiveMaximum", 10**9) - ("exclusiveMaximum" in schema))
    value = clues.number()
    return float(min(max(1 if value is None else value, low), high))


def _integer(schema: Json, clues: Clues, name: str) -> int:
    return int(_number(schema, clues, name))


_SCALARS = {
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": lambda *_: True,
    "null": lambda *_: None,
}
