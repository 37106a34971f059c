"""The part of an event that tells it from its neighbours, in the words of the wire: what a row of the log
says. Here are our own vocabulary, and what the other protocols' profiles make their gists of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from interactions.turns.steps import Wire

GIST = 120  # characters of it that a row shows

_BETWEEN = " · "
# The field of a part that says most, by rank.
_TELLING = (
    "text",
    "arguments",
    "name",
    "status",
    "message",
    "signature",
    "content",
    "summary",
    "data",
    "uri",
)
TELLING = (  # the same of the protocols that are not our own
    "text",
    "thinking",
    "partial_json",
    "delta",
    "refusal",
    "name",
    "arguments",
    "input",
    "code",
    "message",
    "signature",
    "content",
    "summary",
    "citation",
    "url",
    "action",
    "data",
    "item_id",
)
_PLAIN = frozenset({"", "text", "text_delta"})  # types that go without saying beside their text


def gist(kind: str, value: Wire) -> str:
    """Of an event of our own vocabulary, or of one that nobody has told of: by its most telling field. `kind`
    is the event's type. Never raises, as all gists."""
    del kind  # what is in it tells more
    for key in ("delta", "step", "interaction", "error", "content"):
        if isinstance(part := value.get(key), Mapping):
            return part_of(part)
    if isinstance(error := value.get("error"), str):
        return error
    return part_of({key: part for key, part in value.items() if key not in {"event_type", "index", "type"}})


def part_of(part: Wire, telling: tuple[str, ...] = _TELLING) -> str:
    kind, said = str(part.get("type", "")), told(part, telling)
    return said if kind in _PLAIN and said else f"{kind} {said}".strip()


def told(part: Wire, telling: tuple[str, ...]) -> str:
    """The first of these fields that is not empty, as a text."""
    said = next((part[key] for key in telling if part.get(key)), "")
    if isinstance(said, list) and isinstance(said[0], Mapping) and said[0].get("text"):
        said = said[0]
    if isinstance(said, Mapping):
        said = said.get("text") or _compact(said)
    return said if isinstance(said, str) else _compact(said) if said else ""


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:GIST]


def item_of(item: Wire) -> str:
    """A part of an answer; a call by its name and what it was given."""
    name, given = item.get("name"), told(item, ("arguments", "input"))
    if isinstance(name, str) and name and given:
        return f"{part_of(item, ('name',))} {given}"
    return part_of(item, TELLING)


def texts(values: Iterable[object]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str) and value)


def joined(*words: object) -> str:
    return _BETWEEN.join(texts(words))


def counts(usage: object) -> str:
    """The figures that are not zero, by their own names."""
    return _BETWEEN.join(_figures(usage)) if isinstance(usage, Mapping) else ""


def _figures(usage: Wire) -> Iterator[str]:
    for name, figure in usage.items():
        if isinstance(figure, Mapping):
            yield from (f"{key} {part}" for key, part in figure.items() if part and type(part) is int)
        elif figure and type(figure) is int:
            yield f"{name} {figure}"
