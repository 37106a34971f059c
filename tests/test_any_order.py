"""Whatever becomes of the events of an answer on their way, no text that has come is lost, and none is there
more often than it came.

The texts of each recording are made words that stand nowhere else: two a delta. A text that an event brings
once more when it is finished is made of the same words.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.providers.protocol import Provider
from interactions.providers.reading import refold
from interactions.stream.cutters import cut
from interactions.stream.sse import read_frame
from interactions.turns.steps import ModelOutput, Step, Thought, content_of, plain
from interactions.turns.turn import Turn
from interactions.turns.wire import load_json
from tests import folding, vendors
from tests.folding import value
from tests.oddities import PROTOCOLS
from tests.vendors import exchange

Event: TypeAlias = dict[str, Any]
Path: TypeAlias = tuple[str | int, ...]

# Where the deltas of a protocol carry text, and which of their fields say what it is a part of.
CARRIERS: Mapping[str, tuple[tuple[Path, ...], tuple[str, ...]]] = {
    "gemini": ((("delta", "text"), ("delta", "content", "text")), ("index",)),
    "anthropic": ((("delta", "text"), ("delta", "thinking")), ("index",)),
    "openai": ((("delta",),), ("type", "item_id", "content_index", "summary_index")),
    "chat": (
        tuple(("choices", 0, "delta", name) for name in ("content", "reasoning", "reasoning_content")),
        (),
    ),
    "generate": (
        tuple(("candidates", 0, "content", "parts", place, "text") for place in range(4)),
        (),
    ),
    "lmstudio": ((("content",),), ("type",)),
}
# Deltas whose text is JSON of a call.
NO_TEXT = re.compile(r"arguments|input|code|diff|command")
WORD = re.compile(r"w\d+x")


def found(event: Any, path: Path) -> Any:
    for key in path:
        inside = key in (event if isinstance(event, dict) else range(len(event or ())))
        event = event[key] if inside else None
    return event


def replaced(event: Any, path: Path, text: str) -> Any:
    """A copy with that text at the end of the path."""
    if not path:
        return text
    key, *rest = path
    if isinstance(event, list):
        return [replaced(one, tuple(rest), text) if at == key else one for at, one in enumerate(event)]
    return {**event, key: replaced(event[key], tuple(rest), text)}


def carried(protocol: str, event: Event) -> Iterator[tuple[Path, str, tuple[Any, ...]]]:
    """The texts of a delta: where, what, and of which part."""
    paths, keys = CARRIERS[protocol]
    if NO_TEXT.search(str(event.get("type", ""))):
        return
    for path in paths:
        text = found(event, path)
        if isinstance(text, str) and text:
            yield path, text, (path, *(event.get(key) for key in keys))


def worded(protocol: str, events: list[Event]) -> list[Event]:
    """The events with words for texts."""
    count, began, made = 0, 0, []
    parts: dict[tuple[Any, ...], list[tuple[str, str]]] = {}
    for event in events:
        for path, text, part in carried(protocol, event):
            words = f"w{count}x w{count + 1}x "
            count += 2
            # Servers also count up places in one and the same part.
            for one in ((began, *part), part[:-2]):
                parts.setdefault(one, []).append((text, words))
            event = replaced(event, path, words)
        began += str(event.get("type", "")).endswith(".start")  # of parts that have no number
        made.append(event)
    finished = {"".join(old for old, _ in said): "".join(new for _, new in said) for said in parts.values()}
    return [_again(event, finished) for event in made]


def _again(event: Any, finished: Mapping[str, str]) -> Any:
    if isinstance(event, dict):
        return {key: _again(inside, finished) for key, inside in event.items()}
    if isinstance(event, list):
        return [_again(inside, finished) for inside in event]
    return finished.get(event, event) if isinstance(event, str) else event


def split(protocol: str, event: Event) -> list[Event]:
    """A delta as two, of a word each; any other event as it is."""
    halves = [event, event]
    for path, text, _ in carried(protocol, event):
        for at, word in enumerate(WORD.findall(text)):
            halves[at % 2] = replaced(halves[at % 2], path, f"{word} ")
    return halves if halves[0] is not event else [event]


def events_of(body: bytes) -> list[Event]:
    values = [load_json(data) for raw in cut(body) for data, _ in read_frame(raw).values]
    return [one for one in values if isinstance(one, dict)]


def recorded() -> dict[str, list[Event]]:
    bodies = {f"gemini_{name}": body for name, body in folding.RECORDINGS.items()} | vendors.RECORDINGS
    bodies = {name: body for name, body in bodies.items() if name.partition("_")[0] in PROTOCOLS}
    made = {name: worded(name.partition("_")[0], events_of(body)) for name, body in bodies.items()}
    # A draft that the server itself takes back is lost on purpose.
    made = {name: events for name, events in made.items() if "corrected" not in name}
    return {name: events for name, events in made.items() if WORD.search(json.dumps(events))}


EVENTS = recorded()


def disturbed(events: list[Event], protocol: str) -> st.SearchStrategy[list[Event]]:
    """Any of the events in any order and number; or as they were, but for a few."""
    anything = st.lists(st.sampled_from(events), min_size=1, max_size=len(events) + 4)
    return st.one_of(anything, st.permutations(events), _nearly(events, protocol))


@st.composite
def _nearly(draw: Callable[..., Any], events: list[Event], protocol: str) -> list[Event]:
    made = list(events)
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, max(0, len(made) - 1)))
        event = made.pop(at) if made else {}
        match draw(st.sampled_from(["drop", "twice", "move", "split"])):
            case "twice":
                made[at:at] = [event, event]
            case "move":
                made.insert(draw(st.integers(0, len(made))), event)
            case "split":
                made[at:at] = split(protocol, event)
    return made


def words(said: object) -> Counter[str]:
    return Counter(WORD.findall(said if isinstance(said, str) else json.dumps(said)))


def without_native(said: Any) -> Any:
    """A turn as values, without what is kept for its vendor and shown to nobody."""
    if isinstance(said, dict):
        return {key: without_native(inside) for key, inside in said.items() if key != "native"}
    return [without_native(inside) for inside in said] if isinstance(said, list | tuple) else said


def shown(turn: Turn) -> Counter[str]:
    steps: list[Step] = [step for step in turn.steps if isinstance(step, ModelOutput | Thought)]
    return words(" ".join(plain(content_of(step)) for step in steps))


def folded(provider: Provider, events: list[Event]) -> Turn:
    body = b"".join(f"data: {json.dumps(event)}\n\n".encode() for event in events)
    return refold(provider, exchange(body))


@pytest.mark.parametrize("name", EVENTS)
@given(data=st.data())
def test_no_text_is_lost_and_none_is_there_too_often(name: str, data: st.DataObject) -> None:
    protocol = name.partition("_")[0]
    events = data.draw(disturbed(EVENTS[name], protocol))
    turn, came = folded(PROTOCOLS[protocol], events), words(events)
    kept = words(without_native(value(turn)))
    assert came.keys() <= kept.keys(), f"lost: {came.keys() - kept.keys()}"
    assert shown(turn) <= came, f"too often: {shown(turn) - came}"


@pytest.mark.parametrize("name", EVENTS)
def test_as_it_was_sent_each_word_is_there_once(name: str) -> None:
    turn = folded(PROTOCOLS[name.partition("_")[0]], EVENTS[name])
    assert set(shown(turn).values()) == {1}
    assert shown(turn).keys() == words(EVENTS[name]).keys()
