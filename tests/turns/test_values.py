"""JSON values: how deep they may be, and that they are written again whatever is in them."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given

from interactions.turns.events import Error, InteractionCompleted, StatusUpdate, StepStart, Unknown, Usage
from interactions.turns.steps import step_from_wire
from interactions.turns.values import DEEPEST, LARGEST, encoded, too_deep, whole, whole_text
from interactions.turns.wire import load_json, parse, read_error, read_usage
from tests.oddities import NUMBERS, anything

HUGE = "9" * 5000
DEEP = {"lists": "[" * 50_000 + "]" * 50_000, "objects": '{"a":' * 50_000 + "1" + "}" * 50_000}


@given(anything())
def test_whatever_was_read_can_be_written_and_read_again(value: Any) -> None:
    """As JSON that any reader takes; numbers keep all their digits."""
    json.loads(encoded({"value": value}))
    encoded(load_json(json.dumps(value)))


def test_integers_of_any_size_keep_their_digits() -> None:
    """msgspec writes none of more than 64 bits; servers send some, in arguments."""
    assert encoded({"a": [10**30, -(10**30), 1]}) == b'{"a":[%d,%d,1]}' % (10**30, -(10**30))


def test_the_depth_of_a_text_is_that_of_its_brackets_outside_strings() -> None:
    """Quotes and backslashes are read as JSON reads them, and what is no JSON as well."""
    assert not too_deep("[" * DEEPEST + "]" * DEEPEST)
    assert too_deep("[" * (DEEPEST + 1))
    assert not too_deep(json.dumps(["[" * 500, '"' + "{" * 500, "\\"] * 90))
    assert not too_deep("[]" * 500)
    assert too_deep('"\\"' + "\\" * 8 + '"' + "[" * 500)


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_what_is_nested_too_deeply_is_text(text: str) -> None:
    """So that nobody who walks through a value runs out of a stack: 50,000 levels cost none."""
    assert load_json(text) == text
    assert parse(text, "step.delta") == Unknown("step.delta", text)
    assert parse(f'{{"event_type":"step.start","index":0,"step":{text}}}').event_type == ""  # type: ignore[union-attr]
    error = parse(text, "error")
    assert isinstance(error, Error)
    assert error.error.message == text
    call = {"type": "function_call", "arguments": load_json(text)}
    assert encoded(step_from_wire(call, hop=0, index=0, frame=0).data)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "number", ["9" * 400, HUGE, "-1", "1e999", "NaN", "1.5", str(LARGEST + 1), "true", '"5"']
)
def test_a_number_that_no_server_means_is_no_count(number: str) -> None:
    """The other counts of the same usage stay, wherever it stands."""
    usage = f'{{"total_input_tokens":{number},"total_output_tokens":7}}'
    told = Usage(total_output_tokens=7)
    completed = parse(f'{{"event_type":"interaction.completed","interaction":{{"usage":{usage}}}}}')
    assert isinstance(completed, InteractionCompleted)
    assert completed.interaction.usage == told
    update = parse(
        f'{{"event_type":"interaction.status_update","interaction_id":"1","status":"in_progress","usage":{usage}}}'
    )
    assert isinstance(update, StatusUpdate)
    assert update.usage == told
    assert read_usage(load_json(usage)) == told


@pytest.mark.parametrize("number", ["9" * 400, HUGE, "1e999"])
def test_an_index_that_no_server_means_is_none(number: str) -> None:
    """The event goes where one without an index goes; the end of such a step ends none."""
    assert parse(f'{{"event_type":"step.start","index":{number},"step":{{}}}}', newest=3) == StepStart(4, {})
    assert isinstance(parse(f'{{"event_type":"step.stop","index":{number}}}', newest=3), Unknown)


def test_an_error_with_a_code_that_is_no_number_keeps_its_words() -> None:
    """All of them, as JSON."""
    for number in NUMBERS:
        detail = read_error({"code": number, "message": "out of luck"})
        assert "out of luck" in (detail.message or "")
        assert len(str(detail.code)) < 20


def test_halves_of_surrogate_pairs_are_replaced_and_nothing_else() -> None:
    """Nothing that wants UTF-8 takes them."""
    assert whole_text("a\ud800b\U0001f600") == "a?b\U0001f600"
    assert whole_text("ü\0") == "ü\0"
    assert msgspec.json.decode(encoded({"\udc00": "\ud800"})) == {"?": "?"}


@given(anything())
def test_a_value_that_is_whole_is_written_as_it_would_have_been(value: Any) -> None:
    assert encoded(whole(value)) == encoded(value)


def test_what_is_written_already_stays_in_what_takes_more_care() -> None:
    """Beside a half of a surrogate pair, and a number of 400 digits; a struct is written by its fields."""
    for odd in ("\ud800", 10**400):
        said = encoded({"odd": odd, "usage": Usage(), "written": msgspec.Raw(b'{"a":1.50}'), "n": None})
        assert said.endswith(b'"written":{"a":1.50},"n":null}')
        assert msgspec.json.decode(said)["usage"] == msgspec.to_builtins(Usage())
