"""The part of an event that tells it from its neighbours, in the words of the wire; for every dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from interactions.turns.steps import Wire
from interactions.ui.drawing.plain import compact

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
_TELLING_THERE = (  # Anthropic's and OpenAI's
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
    """`kind` is the event's type. Never raises; what is not known here is told by its most telling field."""
    if isinstance(value.get("choices"), list):
        return _chunk(value)
    known = _GISTS.get(kind)
    if known is None:
        known = _responses if kind.startswith("response.") else _native
    return known(value)


def _native(value: Wire) -> str:
    for key in ("delta", "step", "interaction", "error", "content"):
        if isinstance(part := value.get(key), Mapping):
            return _part(part)
    if isinstance(error := value.get("error"), str):
        return error
    return _part({key: part for key, part in value.items() if key not in {"event_type", "index", "type"}})


def _part(part: Wire, telling: tuple[str, ...] = _TELLING) -> str:
    kind = str(part.get("type", ""))
    told = _told(part, telling)
    return told if kind in _PLAIN and told else f"{kind} {told}".strip()


def _told(part: Wire, telling: tuple[str, ...]) -> str:
    told = next((part[key] for key in telling if part.get(key)), "")
    if isinstance(told, list) and isinstance(told[0], Mapping) and told[0].get("text"):
        told = told[0]
    if isinstance(told, Mapping):
        told = told.get("text") or compact(told)[:GIST]
    if not isinstance(told, str):
        told = compact(told)[:GIST] if told else ""
    return told


def _item(item: Wire) -> str:
    """A part of an answer; a call by its name and what it was given."""
    name, given = item.get("name"), _told(item, ("arguments", "input"))
    if isinstance(name, str) and name and given:
        return f"{_part(item, ('name',))} {given}"
    return _part(item, _TELLING_THERE)


def _inner(value: Wire, key: str) -> Wire:
    part = value.get(key)
    return part if isinstance(part, Mapping) else {}


def _texts(values: Iterable[object]) -> Iterator[str]:
    return (value for value in values if isinstance(value, str) and value)


def _joined(*words: object) -> str:
    return _BETWEEN.join(_texts(words))


def _counts(usage: object) -> str:
    """The figures that are not zero, by their own names."""
    return _BETWEEN.join(_figures(usage)) if isinstance(usage, Mapping) else ""


def _figures(usage: Wire) -> Iterator[str]:
    for name, figure in usage.items():
        if isinstance(figure, Mapping):
            yield from (f"{key} {part}" for key, part in figure.items() if part and type(part) is int)
        elif figure and type(figure) is int:
            yield f"{name} {figure}"


def _chunk(value: Wire) -> str:
    """A chunk of a chat completion; text stands for itself."""
    said = (word for choice in value["choices"] if isinstance(choice, Mapping) for word in _choice(choice))
    error = _native({"error": value["error"]}) if value.get("error") else ""
    return _joined(error, *said, _counts(value.get("usage")))


def _choice(choice: Wire) -> Iterator[str]:
    delta = _inner(choice, "delta") or _inner(choice, "message")
    for key, text in delta.items():
        if isinstance(text, str) and text and key != "role":
            yield text if key == "content" else f"{key} {text}"
    calls = delta.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, Mapping):
            function = _inner(call, "function")
            told = (function.get("name"), function.get("arguments"))
            place = call.get("index")
            yield " ".join([f"tool_calls[{place if type(place) is int else ''}]", *_texts(told)])
    yield from (f"finish_reason {reason}" for reason in _texts([choice.get("finish_reason")]))


def _message(message: Wire) -> str:
    return _joined(message.get("model"), message.get("stop_reason"), _counts(message.get("usage")))


def _message_delta(value: Wire) -> str:
    delta = _inner(value, "delta")
    details = _told(_inner(delta, "stop_details"), ("explanation", "category"))
    reasons = (f"stop_reason {reason}" for reason in _texts([delta.get("stop_reason")]))
    return _joined(*reasons, details, _counts(value.get("usage")))


def _response(response: Wire) -> str:
    """How a response stands, and why."""
    error, reason = _inner(response, "error"), _inner(response, "incomplete_details").get("reason")
    told = (response.get("status"), reason, error.get("code"), error.get("message"), response.get("model"))
    return _joined(*told, _counts(response.get("usage")))


def _responses(value: Wire) -> str:
    """A piece of a response: what is in it, or about what it is."""
    if isinstance(response := value.get("response"), Mapping):
        return _response(response)
    for key in ("item", "part", "annotation"):
        if isinstance(part := value.get(key), Mapping):
            return _item(part)
    return _told(value, _TELLING_THERE)


_GISTS: Mapping[str, Callable[[Wire], str]] = {
    "message_start": lambda value: _message(_inner(value, "message")),
    "message": _message,
    "message_delta": _message_delta,
    "content_block_start": lambda value: _item(_inner(value, "content_block")),
    "content_block_delta": lambda value: _part(_inner(value, "delta"), _TELLING_THERE),
    "response": _response,
}
