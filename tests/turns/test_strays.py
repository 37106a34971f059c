"""Events that come in any order, twice, in pieces, or not at all: no text that arrived is lost, and none is
there more often than it came."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.stream.sse import read_frame
from tests.folding import RECORDINGS, cut, turn_of, value

# Of these the text stands at one place in each event, and each event is whole.
NAMES = [
    *("text_with_thoughts", "function_call", "search_after_text", "fragmented_arguments", "function_result"),
    *(
        "interleaved_calls",
        "unsigned_thought",
        "deltas_without_start",
        "deltas_without_type",
        "status_updates",
    ),
    *("annotation_shapes", "legacy_content", "not_stored", "image_output"),
]
SAYS = ("text", "arguments")


def events(name: str) -> list[dict[str, Any]]:
    frames = map(read_frame, cut(RECORDINGS[name]))
    loaded = (json.loads(frame.data) for frame in frames if frame.data.startswith("{"))
    return [event for event in loaded if isinstance(event, dict)]


def pieces(event: dict[str, Any], at: int) -> list[dict[str, Any]]:
    """The event as two, each with a part of its text."""
    delta = event.get("delta")
    inside = delta.get("content", delta) if isinstance(delta, dict) else None
    key = next((key for key in SAYS if isinstance(inside, dict) and isinstance(inside.get(key), str)), "")
    if not key or not isinstance(inside, dict):
        return [event]
    text = inside[key]
    return [_with(event, inside, {**inside, key: part}) for part in (text[:at], text[at:])]


def _with(event: dict[str, Any], inside: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    delta = event["delta"]
    return {**event, "delta": other if inside is delta else {**delta, "content": other}}


def marked(events: list[dict[str, Any]]) -> tuple[bytes, dict[str, int]]:
    """The body of these events, with a text of its own in the place of each text, and how often each came."""
    came: dict[str, int] = {}
    lines = []
    for event in events:
        changed = json.loads(json.dumps(event))
        for inside in _texts(changed):
            for key in SAYS:
                if isinstance(inside.get(key), str) and inside[key]:
                    mark = f"⟨{len(came)}⟩"
                    came[mark] = 1
                    inside[key] = mark
        lines.append(f"data: {json.dumps(changed, ensure_ascii=False)}\n\n")
    return "".join(lines).encode(), came


def _texts(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The objects of an event that say something."""
    for key in ("delta", "step", "content"):
        inside = event.get(key)
        if isinstance(inside, dict):
            yield inside
            yield from (part for part in inside.values() if isinstance(part, dict) and key == "delta")
            for parts in ("content", "summary"):
                listed = inside.get(parts)
                yield from (
                    (part for part in listed if isinstance(part, dict)) if isinstance(listed, list) else ()
                )


@given(st.sampled_from(NAMES), st.data())
def test_no_text_is_lost_and_none_is_there_too_often(name: str, data: st.DataObject) -> None:
    known = events(name)
    places = data.draw(st.lists(st.sampled_from(range(len(known))), max_size=2 * len(known)))
    chosen = [known[place] for place in places]
    split = [piece for event in chosen for piece in pieces(event, data.draw(st.integers(1, 3)))]
    body, came = marked(split)
    found = json.dumps(value(turn_of(body))["steps"], ensure_ascii=False)
    assert {mark: found.count(mark) for mark in came} == came


@pytest.mark.parametrize("name", NAMES)
def test_the_property_looks_at_text(name: str) -> None:
    """Each of the recordings says something."""
    assert marked(events(name))[1]
