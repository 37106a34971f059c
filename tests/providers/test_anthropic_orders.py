"""Events of Anthropic's Messages API in any order, left out, repeated and split: what arrived is shown."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interactions.providers.anthropic.body import body
from interactions.turns.steps import Step, Thought, ToolCall, plain
from interactions.turns.turn import Turn, text_of
from tests.folding import cut
from tests.providers.anthropic_streams import STREAMS, answer, request, sse

WORDS = {"text_delta": "text", "thinking_delta": "thinking", "input_json_delta": "partial_json"}


def events(name: str) -> list[dict[str, Any]]:
    lines = (raw.decode().partition("data:")[2] for raw in cut(STREAMS[name]))
    return [json.loads(line) for line in lines if line.strip()]


def worded(name: str, pieces: int) -> list[dict[str, Any]]:
    """The events of a recording, with a word of its own in the place of each content, which comes in so many
    pieces. No such word is JSON, so that arguments stay the text that they were."""
    made, numbers = list[dict[str, Any]](), count()
    for event in events(name):
        delta = event.get("delta", {})
        key = WORDS.get(delta.get("type", ""), "")
        if not delta.get(key):
            made.append(event)
            continue
        for _ in range(pieces):
            said = f"<{key} {next(numbers)}>"
            made.append({**event, "delta": {**delta, key: said}})
    return made


def came(stream: list[dict[str, Any]], key: str) -> Counter[str]:
    said = (event["delta"].get(key) for event in stream if event.get("type") == "content_block_delta")
    return Counter(word for word in said if word)


def found(said: str, key: str) -> Counter[str]:
    return Counter(re.findall(f"<{key} [0-9]+>", said))


def told(steps: tuple[Step, ...]) -> Iterator[tuple[str, str]]:
    for step in steps:
        if isinstance(step, Thought):
            yield "thinking", plain(step.content)
        elif isinstance(step, ToolCall):
            yield "partial_json", str(step.arguments)


def shown(turn: Turn, key: str) -> Counter[str]:
    if key == "text":
        return found(text_of(turn), key)
    return found("".join(said for kind, said in told(turn.steps) if kind == key), key)


@st.composite
def disorder(draw: st.DrawFn, name: str) -> list[dict[str, Any]]:
    """The events of a recording as anybody might send them."""
    stream = worded(name, draw(st.integers(1, 2)))
    copies = draw(st.lists(st.integers(0, 2), min_size=len(stream), max_size=len(stream)))
    sent = [event for event, times in zip(stream, copies, strict=True) for _ in range(times)]
    sent = draw(st.permutations(sent)) if draw(st.booleans()) else sent
    without = draw(st.booleans())
    return [
        {key: value for key, value in event.items() if not (without and key == "index")} for event in sent
    ]


@pytest.mark.parametrize("name", STREAMS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=60)
@given(data=st.data())
def test_no_content_is_lost_and_none_is_there_more_often_than_it_came(name: str, data: st.DataObject) -> None:
    """In whatever order it comes, and whatever comes of its block; and all of it can be sent back."""
    stream = data.draw(disorder(name))
    turn = answer(sse(*stream))
    for key in WORDS.values():
        assert shown(turn, key) == came(stream, key), key
    assert turn.ended
    assert not any(step.open for step in turn.steps)
    body(request(history=(turn,)))


@pytest.mark.parametrize("name", STREAMS)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=60)
@given(data=st.data())
def test_no_disorder_is_a_success_without_its_end(name: str, data: st.DataObject) -> None:
    """Both the reason to stop and the end have to be said."""
    stream = data.draw(disorder(name))
    turn = answer(sse(*stream))
    kinds = {event["type"] for event in stream}
    if not {"message_delta", "message_stop"} <= kinds:
        assert turn.status in {"interrupted", "failed", "requires_action"}
        assert turn.status != "requires_action" or "message_stop" in kinds
