"""JSON as servers send it: nearly always right, and read all the same where it is not."""

from __future__ import annotations

import json
from collections.abc import Mapping

import msgspec

from interactions.turns.values import too_deep


def error_in(value: object) -> object:
    """The object with an error that stands in an array, as some servers send it; any other value as it is."""
    if isinstance(value, list) and value and isinstance(value[0], Mapping) and "error" in value[0]:
        return value[0]
    return value


def load_json(data: str) -> object:
    """Any JSON value, or `data` itself when it is none, or too deep. Lone surrogates become U+FFFD."""
    if too_deep(data):
        return data
    try:
        return msgspec.json.decode(data)
    except ValueError:
        pass  # msgspec refuses NaN and lone surrogates, which servers do send
    try:
        return _without_surrogates(json.loads(data, strict=False, parse_int=_integer))
    except ValueError:
        return data


def _integer(digits: str) -> int | float:
    """Python refuses to read integers of more than 4,300 digits; the event around one is still an event."""
    try:
        return int(digits)
    except ValueError:
        return float(digits)


def _without_surrogates(value: object) -> object:
    text = json.dumps(value, ensure_ascii=False)
    # UTF-16 joins the halves of a pair; a half alone becomes U+FFFD.
    return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
