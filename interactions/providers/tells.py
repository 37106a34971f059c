"""What tells one protocol from another: the words and the fields of its events."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

import msgspec

from interactions.stream.cutters import BodyCutter
from interactions.stream.forms import json_values
from interactions.stream.sse import Said, read_frame
from interactions.turns.steps import Wire
from interactions.turns.values import inner, word
from interactions.turns.wire import load_json


class Tells(msgspec.Struct, frozen=True):
    """`events` are the beginnings of the names of its events, `kinds` what a whole answer is called in `type`
    or in `object`, and `fields` those that nothing else has."""

    events: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    fields: frozenset[str] = frozenset()


TELLS: Mapping[str, Tells] = {
    "gemini": Tells(("interaction.", "step.", "content."), ("interaction",), frozenset({"steps", "outputs"})),
    "anthropic": Tells(("message_", "content_block_"), ("message",)),
    "openai_responses": Tells(("response.",), ("response",)),
    "openai_chat": Tells(("chat.completion",), (), frozenset({"choices"})),
    "gemini_generate_content": Tells(
        fields=frozenset(
            {"candidates", "promptFeedback", "usageMetadata", "prompt_feedback", "usage_metadata"}
        )
    ),
    "lmstudio": Tells(
        ("chat.", "model_load.", "prompt_processing.", "reasoning.", "tool_call.", "message."),
        fields=frozenset({"model_instance_id"}),
    ),
}


def _error_of(*fields: str) -> Callable[[Wire], bool]:
    """Whether there is an error with some of these fields, and no other."""
    return lambda raw: bool(inner(raw, "error")) and {*inner(raw, "error")} <= {*fields}


def _googles(raw: Wire) -> bool:
    """Its older shape: the HTTP status, and a word for it."""
    return isinstance(inner(raw, "error").get("code"), int) and bool(word(inner(raw, "error"), "status"))


# Errors are much alike: they count only where nothing else has come. The first that fits is taken.
REFUSALS: tuple[tuple[str, Callable[[Wire], bool]], ...] = (
    (
        "anthropic",
        lambda raw: word(raw, "type") == "error" and _error_of("type", "message", "details")(raw),
    ),
    ("openai_responses", lambda raw: word(raw, "type") == "error" and "error" not in raw),
    ("gemini_generate_content", _googles),
    ("gemini", _googles),
    ("gemini", _error_of("code", "message", "status", "details")),
    ("openai_chat", lambda raw: bool(raw.get("error")) or word(raw, "object") == "error" or "detail" in raw),
)

# Of an event that has broken off, the words that have come.
_WORDS = re.compile(r'^event: ?([a-z_.]+)$|"(?:event_type|type|object)"\s*:\s*"([a-z_.]+)"', re.MULTILINE)


def protocol_of(body: bytes, known: Collection[str]) -> str:
    """The protocol among those `known` that a body is in, or ""."""
    values = list(_values(body))
    tells = {name: TELLS[name] for name in TELLS if name in known}
    said = (name for raw, event in values for name, told in tells.items() if _told(told, raw, event))
    wrong = (name for raw, _ in values for name, fits in REFUSALS if name in known and fits(raw))
    text = body.decode("utf-8", "replace")
    words = (found[1] or found[2] for found in _WORDS.finditer(text))
    begun = (name for one in words for name, told in tells.items() if one.startswith(told.events or " "))
    half = (name for name, told in tells.items() if any(f'"{field}"' in text for field in told.fields))
    return next((name for names in (said, wrong, begun, half) for name in names), "")


def _told(tells: Tells, raw: Wire, event: str) -> bool:
    kinds = [word(raw, key) for key in ("event_type", "type", "object")]
    return (
        any(name.startswith(tells.events) for name in (*kinds, event) if tells.events)
        or any(kind in tells.kinds for kind in kinds)
        or not tells.fields.isdisjoint(raw)
        or not tells.fields.isdisjoint(inner(raw, "response"))  # where some servers wrap all that they say
    )


def _values(body: bytes) -> Iterator[tuple[Wire, str]]:
    """The objects of a body, each with the name of its event."""
    cutter = BodyCutter(200, "")
    for frame in (*cutter.feed(body), cutter.rest()):
        said = read_frame(frame).values
        document = ((value, "") for value in json_values(frame.decode("utf-8", "replace")))
        yield from _objects(said or document)


def _objects(said: Iterable[Said]) -> Iterator[tuple[Wire, str]]:
    for data, name in said:
        value = load_json(data)
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, Mapping):
                yield each, name
