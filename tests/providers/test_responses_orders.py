"""Events of the Responses API that come in another order, twice, in pieces, or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from interactions.conversations.request import Access
from interactions.providers.responses.provider import OpenAIResponses
from interactions.stream.sse import read_frame
from interactions.turns.fold import CORRECTED
from interactions.turns.steps import ModelOutput, Step, Thought, ToolCall, plain
from interactions.turns.turn import Turn
from interactions.turns.wire import load_json
from tests.folding import cut
from tests.vendors import RECORDINGS, turn_after

GPT = OpenAIResponses(httpx.Client(), Access("https://x.test"))
WHOLES = ("text", "refusal", "arguments", "input", "code", "command", "diff", "transcript")


def events_of(body: bytes) -> list[dict[str, Any]]:
    values = [load_json(read_frame(raw).data) for raw in cut(body)]
    return [dict(value) for value in values if isinstance(value, Mapping)]


STREAMS = {
    name: events
    for name, body in RECORDINGS.items()
    if name.startswith("openai_") and (events := events_of(body))
}


@st.composite
def mangled(draw: st.DrawFn) -> list[dict[str, Any]]:
    """The events of a recording: some left out, some twice, some split, and some elsewhere."""
    events = STREAMS[draw(st.sampled_from(sorted(STREAMS)))]
    said: list[dict[str, Any]] = []
    for event in events:
        times = draw(st.sampled_from((1, 1, 1, 1, 1, 0, 2)))
        for _ in range(times):
            said += _split(draw, event)
    if draw(st.booleans()):
        return draw(st.permutations(said))
    for _ in range(draw(st.integers(0, 3))):
        if said:
            moved = said.pop(draw(st.integers(0, len(said) - 1)))
            said.insert(draw(st.integers(0, len(said))), moved)
    return said


def _split(draw: st.DrawFn, event: dict[str, Any]) -> list[dict[str, Any]]:
    delta = event.get("delta")
    if not isinstance(delta, str) or len(delta) < 2 or draw(st.integers(0, 3)):
        return [event]
    at = draw(st.integers(1, len(delta) - 1))
    return [{**event, "delta": delta[:at]}, {**event, "delta": delta[at:]}]


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inside in value.values():
            yield from strings(inside)
    elif isinstance(value, list | tuple):
        for inside in value:
            yield from strings(inside)


def texts(event: Mapping[str, Any]) -> Iterator[str]:
    """What an event says, in the order in which pieces follow one another."""
    for key in ("delta", *WHOLES, "part", "item", "response"):
        yield from strings(event.get(key))


def shown(step: Step) -> str:
    """All that a step says."""
    match step:
        case ModelOutput() | Thought():
            return plain(step.content)
        case ToolCall():
            given = step.arguments
            packed = (
                "" if isinstance(given, str) else json.dumps(given, ensure_ascii=False, separators=(",", ":"))
            )
            return "\n".join([packed, *strings(given)])
    return "\n".join(strings(getattr(step, "data", {})))


def everything(turn: Turn) -> str:
    steps = [step for step in turn.steps if not step.sent]
    return "\n".join(shown(step) + "\n".join(strings([step.other, step.unread])) for step in steps)


@settings(max_examples=200)
@given(mangled())
def test_no_text_that_came_is_lost_and_none_is_there_more_often_than_it_came(
    events: list[dict[str, Any]],
) -> None:
    """Unless a finished text has taken its place, and a note says so."""
    turn = turn_after(GPT, *events)
    found, came = everything(turn), "".join(said for event in events for said in texts(event))
    corrected = any(words.startswith(CORRECTED) for words in turn.warnings)
    for event in events:
        piece = event.get("delta")
        if isinstance(piece, str) and piece:
            assert corrected or piece in found, piece
            visible = "\n".join(shown(step) for step in turn.steps if isinstance(step, ModelOutput | Thought))
            assert visible.count(piece) <= came.count(piece), piece
    assert turn.ended


@settings(max_examples=100)
@given(mangled())
def test_a_finished_item_is_there_whatever_came_before_it(events: list[dict[str, Any]]) -> None:
    """With the text that it says, unless a later event says another."""
    turn = turn_after(GPT, *events)
    found = everything(turn)
    for event in events:
        if event.get("type") == "response.output_item.done":
            for part in event["item"].get("content") or ():
                assert part.get("text", "") in found


@st.composite
def shuffled(draw: st.DrawFn) -> tuple[str, list[dict[str, Any]]]:
    """A recording whose numbers are right, and its events in any order, some of them left out."""
    name = draw(st.sampled_from(sorted(WELL_COUNTED)))
    kept = [event for event in STREAMS[name] if draw(st.integers(0, 9))]
    return name, draw(st.permutations(kept))


WELL_COUNTED = set(STREAMS) - {"openai_odd_content_index_counts_up", "openai_odd_text_corrected_at_end"}


def said(turn: Turn) -> str:
    return "\n".join(shown(step) for step in turn.steps if isinstance(step, ModelOutput | Thought))


@settings(max_examples=200)
@given(shuffled())
def test_a_text_that_comes_once_is_there_once_though_finished_events_repeat_it(
    drawn: tuple[str, list[dict[str, Any]]],
) -> None:
    name, events = drawn
    found, whole = said(turn_after(GPT, *events)), said(turn_after(GPT, *STREAMS[name]))
    for event in events:
        if event["type"] in {"response.output_text.delta", "response.reasoning_summary_text.delta"}:
            assert found.count(event["delta"]) <= whole.count(event["delta"])
