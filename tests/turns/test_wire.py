"""One JSON event, read: the usual, the old, the broken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    Body,
    Error,
    ErrorDetail,
    Event,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    KnownStepDelta,
    OtherDelta,
    SignatureDelta,
    StatusUpdate,
    StepDelta,
    StepStart,
    StepStop,
    SummaryDelta,
    TextDelta,
    Unknown,
    Usage,
    WireBody,
)
from interactions.turns.fold import apply
from interactions.turns.turn import Turn
from interactions.turns.wire import load_json, parse
from tests.folding import ODD_VALUES, jsons, wire_events

INTERACTION = {
    "id": "v1_a",
    "status": "completed",
    "model": "gemini-3.8-flash",
    "agent": None,
    "usage": {"total_tokens": 3, "total_input_tokens": 1, "total_output_tokens": 2},
    "continuation_token": "dG9rZW4=",
    "steps": [{"type": "model_output", "content": [{"type": "text", "text": "Hi", "annotations": [{}]}]}],
    "errors": [{"code": "internal", "message": "m"}],
}
EVENTS: dict[str, dict[str, Any]] = {
    "created": {"event_type": "interaction.created", "interaction": INTERACTION},
    "status": {"event_type": "interaction.status_update", "interaction_id": "v1_a", "status": "queued"},
    "start": {
        "event_type": "step.start",
        "index": 0,
        "step": {
            "type": "thought",
            "summary": [{"type": "text", "text": "s", "annotations": []}],
            "signature": "x",
        },
    },
    "start of a call": {
        "event_type": "step.start",
        "index": 0,
        "step": {"type": "function_call", "id": "c", "name": "f", "arguments": {}, "signature": ""},
    },
    "start of text": {
        "event_type": "step.start",
        "index": 0,
        "step": {"type": "model_output", "content": [{"type": "text", "text": "t"}], "error": {"code": 1}},
    },
    "legacy start": {"event_type": "content.start", "index": 0, "content": {"type": "text", "text": "t"}},
    "text": {
        "event_type": "step.delta",
        "index": 0,
        "delta": {"type": "text", "text": "t", "annotations": [{"type": "url_citation", "end_index": 1}]},
    },
    "summary": {
        "event_type": "step.delta",
        "index": 0,
        "delta": {"type": "thought_summary", "content": {"type": "text", "text": "t"}},
    },
    "signature": {
        "event_type": "step.delta",
        "index": 0,
        "delta": {"type": "thought_signature", "signature": "s"},
    },
    "arguments": {
        "event_type": "step.delta",
        "index": 0,
        "delta": {"type": "arguments_delta", "arguments": "{}"},
    },
    "annotations": {
        "event_type": "step.delta",
        "index": 0,
        "delta": {"type": "text_annotation_delta", "annotations": [{"type": "word_info"}]},
    },
    "media": {"event_type": "step.delta", "index": 0, "delta": {"type": "image", "data": "aGk="}},
    "stop": {"event_type": "step.stop", "index": 0},
    "completed": {"event_type": "interaction.completed", "interaction": INTERACTION},
    "error": {"event_type": "error", "error": {"code": "c", "message": "m", "status": "s"}},
}
every_event = pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
MARK = "\ue000here\ue000"


def mutations(value: Any) -> Iterator[Any]:
    """The value with one thing in it replaced by a mark, or left out; each place once."""
    yield MARK
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {other: kept for other, kept in value.items() if other != key}
            yield from ({**value, key: changed} for changed in mutations(inner))
    if isinstance(value, list):
        for at, inner in enumerate(value):
            yield from ([*value[:at], changed, *value[at + 1 :]] for changed in mutations(inner))


def spoiled(event: dict[str, Any]) -> Iterator[str]:
    """The event's JSON with every odd value in every place of it, one at a time."""
    for changed in mutations(event):
        text = json.dumps(changed)
        for odd in ODD_VALUES if json.dumps(MARK) in text else ("",):
            yield text.replace(json.dumps(MARK), odd)


def taken(body: Body) -> None:
    """The event, applied to turns of every age."""
    open_turn = Turn(hop=0, status="in_progress")
    for before in EVENTS.values():
        turn = apply(apply(open_turn, Event(0, 1, parse(json.dumps(before)))), Event(1, 2, body))
        assert isinstance(turn, Turn)


@every_event
def test_a_wrong_value_anywhere_in_an_event_raises_nothing(event: dict[str, Any]) -> None:
    """Neither reading nor folding, whatever stands in which field, and whatever was there before."""
    seen = set()
    for text in spoiled(event):
        body = parse(text, str(event["event_type"]))
        if (shown := repr(body)[:2000]) not in seen:
            seen.add(shown)
            taken(body)


def test_an_error_stays_an_error_whatever_is_wrong_with_it() -> None:
    """As it comes over the wire, with its name on the `event:` line; only another type takes its place."""
    for text in spoiled(EVENTS["error"]):
        body = parse(text, "error")
        other = text.startswith(('{"event_type": "odd"', '{"event_type": "\\ud800"'))
        assert isinstance(body, Error) is not other, text[:200]


def test_an_error_whose_code_is_odd_keeps_its_words() -> None:
    """They are shown as JSON rather than lost."""
    for odd in ODD_VALUES:
        body = parse(f'{{"event_type":"error","error":{{"code":{odd},"message":"the words"}}}}', "error")
        assert isinstance(body, Error)
        assert "the words" in str(body.error.message) or "too deeply" in str(body.error.message)


def test_an_error_of_any_depth_is_an_error() -> None:
    """Reading and writing it give out at different depths, and each depth of the stack moves both."""
    for depth in range(700, 1000):
        nested = '{"a":' * depth + "1" + "}" * depth
        assert isinstance(parse(f'{{"event_type":"error","error":{{"message":{nested}}}}}', "error"), Error)


@pytest.mark.parametrize(
    ("data", "name", "detail"),
    [
        ("upstream connect error", "error", ErrorDetail(message="upstream connect error")),
        ('[{"error":{"code":503,"status":"UNAVAILABLE"}}]', "", ErrorDetail(503, None, "UNAVAILABLE")),
        ('{"error":{"code":"c","message":"m"}}', "", ErrorDetail("c", "m")),
        ('{"error":{"code":"c","message":"m"}}', "message", ErrorDetail("c", "m")),
        ('{"error":"just words"}', "message", ErrorDetail(message="just words")),
        ('{"event_type":"error","error":null}', "", ErrorDetail()),
        ('{"event_type":"error"}', "", ErrorDetail()),
        ('{"event_type":"error","code":"c","message":"m"}', "", ErrorDetail("c", "m")),
        ('{"message":"m"}', "error", ErrorDetail(message="m")),
        ('{"event_type":null,"error":{"message":"m"}}', "", ErrorDetail(message="m")),
        ('{"event_type":"error","error":["a", 1]}', "", ErrorDetail(message='["a", 1]')),
        ('{"event_type":"error","error":{"message":"\\ud800a"}}', "", ErrorDetail(message="\ufffda")),
    ],
)
def test_whatever_a_server_calls_an_error_is_read_as_one(data: str, name: str, detail: ErrorDetail) -> None:
    """The current shape, Google's older one, arrays, plain text, and fields at the top."""
    assert parse(data, name) == Error(detail)


def test_every_event_of_the_api_is_read_into_its_type() -> None:
    """One typed value for each name of the wire."""
    read = {type(parse(json.dumps(event))) for event in EVENTS.values()}
    assert read >= set(get_args(WireBody))


def test_a_text_delta_is_read_without_a_detour() -> None:
    """The most frequent event of all."""
    data = '{"index":1,"delta":{"text":"Hello","type":"text"},"event_type":"step.delta"}'
    assert parse(data) == KnownStepDelta(1, TextDelta("Hello"))


@pytest.mark.parametrize(
    ("delta", "read"),
    [
        ({"text": "t"}, TextDelta("t")),
        ({"text": "t", "annotations": [{"type": "x"}]}, TextDelta("t", ({"type": "x"},))),
        ({"content": {"text": "t"}}, SummaryDelta({"text": "t"})),
        ({"arguments": "{}"}, ArgumentsDelta("{}")),
        ({"type": "thought_signature", "signature": "s"}, SignatureDelta("s")),
        ({"type": "text_annotation", "annotations": [{}]}, AnnotationsDelta(({},))),
        ({"type": "image", "data": "aGk="}, OtherDelta("image", {"data": "aGk="})),
        ({"type": "arguments_delta", "arguments": {"a": 1}}, ArgumentsDelta('{"a":1}')),
        ({"type": "text", "content": "t"}, TextDelta("t")),
        ({"type": "text", "text": {"text": "t"}}, TextDelta("t")),
        ({"type": "text", "text": "t", "annotations": "odd"}, TextDelta("t")),
        ({"type": "thought_summary", "text": "t"}, SummaryDelta({"type": "text", "text": "t"})),
        ({"type": "thought_summary", "content": "t"}, SummaryDelta({"type": "text", "text": "t"})),
        ({"type": "arguments_delta", "partial_json": "{"}, ArgumentsDelta("{")),
        ({"type": "text", "text": None}, OtherDelta("text", {"text": None})),
        ({"type": ["text"]}, OtherDelta("['text']", {})),
        ({"surprise": 1}, OtherDelta("", {"surprise": 1})),
        ("t", TextDelta("t")),
        (["t"], OtherDelta("", {"value": ["t"]})),
    ],
)
def test_a_delta_is_told_by_its_type_or_else_by_its_fields(delta: object, read: object) -> None:
    """What cannot be told is kept as it came."""
    body = parse(json.dumps({"event_type": "step.delta", "index": "2", "delta": delta}))
    assert body == StepDelta(2, read)  # type: ignore[arg-type]  # the table holds deltas


@pytest.mark.parametrize(
    ("event", "read"),
    [
        (
            {"event_type": "interaction.start", "interaction": {"id": "a"}},
            InteractionCreated(Interaction("a")),
        ),
        (
            {"event_type": "interaction.complete", "interaction": {"id": "a", "role": "model"}},
            InteractionCompleted(Interaction("a")),
        ),
        (
            {"event_type": "content.start", "index": 0, "content": {"type": "text"}},
            StepStart(0, {"type": "model_output", "content": []}),
        ),
        (
            {"event_type": "content.start", "index": 0, "content": {"type": "text", "text": "t"}},
            StepStart(0, {"type": "model_output", "content": [{"type": "text", "text": "t"}]}),
        ),
        (
            {"event_type": "content.start", "index": 0, "content": {"type": "thought"}},
            StepStart(0, {"type": "thought"}),
        ),
        (
            {"event_type": "content.delta", "index": 0, "delta": {"type": "text", "text": "t"}},
            StepDelta(0, TextDelta("t")),
        ),
        ({"event_type": "content.stop", "index": 0}, StepStop(0)),
        (
            {"event_type": "interaction.requires_action", "interaction": {"id": "a"}},
            StatusUpdate("requires_action", "a"),
        ),
        ({"event_type": "interaction.in_progress", "status": "queued"}, StatusUpdate("queued")),
    ],
)
def test_the_schema_before_june_2026_is_read_as_today_s(event: dict[str, Any], read: Body) -> None:
    """Old names, and names that only documentation shows."""
    assert parse(json.dumps(event)) == read


def test_a_field_that_cannot_be_understood_costs_only_itself() -> None:
    """The rest of an interaction is read."""
    interaction = '{"id":"a","status":"failed","usage":"many","steps":[1]}'
    data = f'{{"event_type":"interaction.completed","interaction":{interaction}}}'
    assert parse(data) == InteractionCompleted(Interaction("a", "failed"))


def test_figures_that_are_not_known_yet_are_let_through() -> None:
    """The schema is additive; unknown fields are ignored and stay in the frame."""
    usage = '{"total_tokens":3,"raw_prompt_token":9,"input_tokens_by_modality":[]}'
    body = parse(f'{{"event_type":"interaction.created","interaction":{{"id":"a","usage":{usage},"new":1}}}}')
    assert body == InteractionCreated(Interaction("a", usage=Usage(3)))


@pytest.mark.parametrize(
    ("data", "name", "read"),
    [
        ('{"event_type":"interaction.weather","mood":1}', "", Unknown("interaction.weather", None)),
        ('{"a":1}', "telemetry", Unknown("telemetry", None)),
        ("{", "x", Unknown("x", "{")),
        ("42", "", Unknown("", 42)),
        ("[]", "", Unknown("", [])),
        ('{"event_type":"step.start"}', "", Unknown("step.start", None)),
        ('{"event_type":"step.stop","index":"first"}', "", Unknown("step.stop", None)),
    ],
)
def test_what_is_not_known_keeps_its_name_and_its_raw_value(data: str, name: str, read: Unknown) -> None:
    """Unknown is a value: the object, or the text that was no JSON."""
    body = parse(data, name)
    assert isinstance(body, Unknown)
    assert body.event_type == read.event_type
    assert body.raw == (json.loads(data) if read.raw is None else read.raw)


@given(jsons(), st.sampled_from(["", "message", "error", "step.delta", "x"]))
def test_any_json_is_read_into_some_event(value: Any, name: str) -> None:
    """Reading never raises; what is no event is an `Unknown`, or an `Error` where the name says so."""
    taken(parse(json.dumps(value), name))


@given(wire_events())
def test_anything_in_the_fields_of_an_event_is_read(event: dict[str, Any]) -> None:
    """Nothing raises for values that the schema does not allow."""
    taken(parse(json.dumps(event)))


@given(st.text())
def test_any_text_is_read_into_some_event(text: str) -> None:
    """Text that is no JSON is kept as it is."""
    body = parse(text, "x")
    assert not isinstance(body, Unknown) or body.raw == text or load_json(text) != text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": NaN}', "{'a': nan}"),
        ('"\\ud83d"', repr("\ufffd")),
        ('"\\ud83d\\ude00"', repr("😀")),
        ('"\\udc00\\ud800x"', repr("\ufffd\ufffdx")),
        ("1" + "0" * 400, repr(10**400)),
        ("9" * 5000, "inf"),
        ('"a\tb"', repr("a\tb")),
        ("[" * 100_000, repr("[" * 100_000)),
        ("", "''"),
        ("nonsense", "'nonsense'"),
    ],
)
def test_json_that_is_nearly_json_is_read_all_the_same(text: str, value: str) -> None:
    """NaN, lone surrogates, numbers of any length, raw control characters; the rest is its own text."""
    assert repr(load_json(text)) == value


@given(jsons())
def test_what_was_read_can_be_written_as_utf_8(value: Any) -> None:
    """No lone surrogate gets past the reader, whatever a server escapes."""
    read = load_json(json.dumps([value, "\ud800"]))
    json.dumps(read, ensure_ascii=False).encode()
