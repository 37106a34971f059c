"""What servers of Anthropic's Messages API really send: blocks without their beginning or end, odd indexes,
ends that say what has not come, figures and reasons in other places, two answers in one body."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from interactions.conversations.history import transplanted
from interactions.providers.anthropic.body import body
from interactions.providers.anthropic.containers import container_of
from interactions.providers.reading import refold
from interactions.providers.shared.foreign import NO_CALL
from interactions.stream.journal import Recorder
from interactions.turns.events import ErrorDetail, Usage
from interactions.turns.steps import ModelOutput, Step, Thought, ToolCall, ToolResult, plain
from interactions.turns.turn import Turn, text_of, turn_waits
from tests.folding import ANSWERED, cut, noted
from tests.judges import body_of
from tests.peers import STREAM_HEAD
from tests.providers.anthropic_streams import (
    ASKED,
    MODEL,
    PROVIDER,
    SAID,
    STREAMS,
    answer,
    begun,
    block,
    given_json,
    over,
    replayed,
    request,
    run,
    sse,
    text,
    validated,
)

TEXT = {"type": "text", "text": ""}
TOOL = {"type": "tool_use", "id": "toolu_1", "name": "tide", "input": {}}
SEARCH = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}
RESULT = {"type": "function_result", "call_id": "toolu_c", "name": "tide", "result": "14:05"}
NOT_BEGUN = "The server sent content of a step that it had not begun"
AFTER_BLOCK = "Content of a block arrived after the block's end"
AFTER_END = "Content arrived after the end"
CHANGED = "The index of a block changed while the block was open"
TWO = "The body holds two answers; both are shown"


def delta(index: int | None, told: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "delta": told, **({} if index is None else {"index": index})}


def start(index: int | None, told: dict[str, Any]) -> dict[str, Any]:
    at = {} if index is None else {"index": index}
    return {"type": "content_block_start", "content_block": told, **at}


def stop(index: int | None) -> dict[str, Any]:
    return {"type": "content_block_stop", **({} if index is None else {"index": index})}


def thinking(said: str) -> dict[str, Any]:
    return {"type": "thinking_delta", "thinking": said}


def turn_after(*events: dict[str, Any], **figures: Any) -> Turn:
    return answer(sse(begun(**figures), *events))


def brief(step: Step) -> tuple[object, ...]:
    match step:
        case ModelOutput():
            return ("text", plain(step.content))
        case Thought():
            return ("thought", plain(step.content))
        case ToolCall():
            return (step.name, step.data.get("id"), step.arguments)
    return (getattr(step, "type", ""),)


def told(turn: Turn) -> list[tuple[object, ...]]:
    return [brief(step) for step in turn.steps if not step.sent]


def notes(turn: Turn) -> list[str]:
    """The warnings without their rows."""
    return [warning.rpartition(" (row")[0] for warning in turn.warnings]


CASES = ("container_pending", "delta_without_start", "phantom_tool_use")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", [1, 2, 7, 64, 1000])
def test_a_case_says_the_same_in_whatever_pieces_it_comes(name: str, size: int) -> None:
    record = Recorder()
    frames = [
        noted(record, "request", attempt=1, body={}, asked={**ASKED, "input": [SAID]}),
        noted(record, "response", **ANSWERED),
        *map(record.wire, cut(STREAMS[name], size)),
        noted(record, "end"),
    ]
    whole, pieces = answer(STREAMS[name]), refold(PROVIDER, frames)
    assert (told(pieces), pieces.status, notes(pieces)) == (told(whole), whole.status, notes(whole))


def test_deltas_of_a_block_that_never_began_are_the_answer() -> None:
    turn = answer(STREAMS["delta_without_start"])
    assert (turn.status, text_of(turn), turn.usage) == (
        "completed",
        "High water is at 14:05.",
        Usage(27, 10, 17, 0, 0),
    )
    assert notes(turn) == [NOT_BEGUN]
    assert replayed(turn) == [{"type": "text", "text": "High water is at 14:05."}]


def test_an_end_for_a_call_that_has_not_come_says_that_it_is_missing() -> None:
    turn = answer(STREAMS["phantom_tool_use"])
    assert (turn.status, turn.ended, text_of(turn)) == ("incomplete", True, "First I look at the tide table.")
    assert (notes(turn), turn_waits(turn)) == ([NO_CALL], ())


def test_a_call_by_a_program_goes_back_with_the_container_of_the_program() -> None:
    """Also when the time of the container is over: without it the request is refused."""
    turn = answer(STREAMS["container_pending"])
    _, code, call = turn.steps
    assert isinstance(code, ToolCall)
    assert isinstance(call, ToolCall)
    assert (turn.status, turn_waits(turn), turn.warnings) == ("requires_action", (call,), ())
    assert (code.waits, code.arguments) == (
        False,
        {"code": "rows = await tide(port='Buesum')", "language": "python"},
    )
    assert call.unread == {"caller": {"type": "code_execution_20260120", "tool_id": "srvtoolu_c"}}
    assert turn.details["container"]["id"] == "container_case"
    made = json.loads(json.dumps(body(request(history=(turn,), input=(RESULT,)))))
    validated(body_of("anthropic").validate_python(made))
    assert made["container"] == "container_case"
    _asked, called, answered = made["messages"]
    assert [block["id"] for block in called["content"]] == ["srvtoolu_c", "toolu_c"]
    assert [block["tool_use_id"] for block in answered["content"]] == ["toolu_c"]


NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
SOON = (NOW + timedelta(minutes=5)).isoformat()
GONE = "2026-11-02T10:30:00Z"


def contained(expires_at: Any, reason: str = "end_turn", *blocks: dict[str, Any]) -> Turn:
    container = {"id": "container_1", "expires_at": expires_at}
    return turn_after(*(blocks or block(0, TEXT, text("Hi"))), *over(reason, container=container))


@pytest.mark.parametrize(
    ("turn", "sent"),
    [
        (contained(SOON), "container_1"),
        (contained(GONE), ""),
        (contained(None), ""),
        (contained("tomorrow"), ""),
        (contained(GONE, "tool_use", *block(0, TOOL)), "container_1"),
        (contained(None, "tool_use", *block(0, TOOL)), "container_1"),
        (contained(GONE, "pause_turn"), "container_1"),
        (contained(GONE, "tool_use"), ""),
        (transplanted(contained(SOON)), ""),
    ],
    ids=["lasts", "gone", "no time", "odd time", "call", "call, no time", "pause", "no call", "account"],
)
def test_a_container_goes_back_while_there_is_one_or_a_call_needs_it(turn: Turn, sent: str) -> None:
    """And never to another account."""
    assert container_of((turn,), NOW) == sent


def test_a_container_is_that_of_the_newest_turn_that_has_one() -> None:
    """A call that somebody has answered since needs none."""
    waited, other = contained(GONE, "tool_use", *block(0, TOOL)), answer(STREAMS["text"])
    assert container_of((waited, other), NOW) == ""
    assert container_of((waited, contained(SOON), other), NOW) == "container_1"
    assert container_of((other,), NOW) == ""


def test_an_answer_that_was_paused_goes_on_in_its_container() -> None:
    paused = [
        *block(0, {**SEARCH, "name": "code_execution"}),
        *over("pause_turn", container={"id": "container_1"}),
    ]
    first, second = sse(begun(), *paused), sse(begun(), *block(0, TEXT, text("Hi")), *over("end_turn"))
    turn, bodies = run(STREAM_HEAD + first, STREAM_HEAD + second)
    assert (turn.status, text_of(turn)) == ("completed", "Hi")
    assert [made.get("container") for made in bodies] == [None, "container_1"]


def test_a_container_of_a_document_goes_back_too() -> None:
    whole = {
        **begun()["message"],
        "content": [TOOL],
        "container": {"id": "container_1"},
        "stop_reason": "tool_use",
    }
    turn = answer(json.dumps(whole).encode(), kind="application/json")
    assert body(request(history=(turn,), input=(RESULT,)))["container"] == "container_1"


def halves(index: int | None) -> list[dict[str, Any]]:
    return [delta(index, half) for half in HALVES]


HALVES = (given_json('{"port":'), given_json('"Büsum"}'))
NAMED = {**HALVES[0], "id": "toolu_1", "name": "tide"}
OTHER = {**TOOL, "id": "toolu_2"}
TIDE = ("tide", "toolu_1", {"port": "Büsum"})
FAULTS: dict[str, tuple[list[dict[str, Any]], list[tuple[object, ...]], list[str]]] = {
    "a thought without a beginning": ([delta(0, thinking("Hm."))], [("thought", "Hm.")], [NOT_BEGUN]),
    "a call without a beginning": (
        [delta(0, HALVES[0]), delta(0, HALVES[1])],
        [("function", None, {"port": "Büsum"})],
        [NOT_BEGUN],
    ),
    "a call whose beginning comes late": (
        [delta(0, HALVES[0]), start(0, TOOL), delta(0, HALVES[1]), stop(0)],
        [TIDE],
        [NOT_BEGUN],
    ),
    "a call whose beginning comes behind its end": (
        [delta(0, HALVES[0]), delta(0, HALVES[1]), stop(0), start(0, TOOL)],
        [TIDE],
        [NOT_BEGUN],
    ),
    "a call that is named later": (
        [start(0, {**TOOL, "id": "", "name": ""}), delta(0, HALVES[0]), start(0, TOOL), delta(0, HALVES[1])],
        [TIDE],
        [],
    ),
    "a call that its input names": (
        [
            start(0, {**TOOL, "id": "", "name": ""}),
            delta(0, {**HALVES[0], "id": "toolu_1", "name": "tide"}),
            delta(0, HALVES[1]),
            stop(0),
        ],
        [TIDE],
        [],
    ),
    "a beginning that comes twice": (
        [start(0, TOOL), start(0, TOOL), *halves(0), stop(0), stop(0)],
        [TIDE],
        [],
    ),
    "a text without an end": ([start(0, TEXT), delta(0, text("Hi"))], [("text", "Hi")], []),
    "an end without a beginning": ([stop(3), *block(0, TEXT, text("Hi"))], [("text", "Hi")], []),
    "a whole block in its end": (
        [{**stop(0), "content_block": {"type": "text", "text": "Hi"}}],
        [("text", "Hi")],
        [],
    ),
    "a block without a type": (
        block(0, {"text": ""}, text("Hi"))
        + block(1, {key: TOOL[key] for key in ("id", "name", "input")}, *HALVES),
        [("text", "Hi"), TIDE],
        [],
    ),
    "an empty beginning": ([start(0, {}), delta(0, text("Hi")), stop(0)], [("text", "Hi")], [NOT_BEGUN]),
    "a delta without a type": (block(0, TEXT, {"text": "Hi"}), [("text", "Hi")], []),
    "a delta that is a text": ([start(0, TEXT), delta(0, "Hi"), stop(0)], [("text", "Hi")], []),
    "text inside of a call": (
        block(0, TOOL, HALVES[0], text("Hi "), HALVES[1], text("there")),
        [TIDE, ("text", "Hi there")],
        [NOT_BEGUN],
    ),
    "text inside of a result": (
        block(0, {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}, text("Hi")),
        [("google_search_result",), ("text", "Hi")],
        [NOT_BEGUN],
    ),
    "text inside of a block not known here": (
        block(0, {"type": "hologram"}, text("Hi")),
        [("hologram",), ("text", "Hi")],
        [NOT_BEGUN],
    ),
    "thoughts inside of a text": (
        block(0, TEXT, thinking("Hm."), text("Hi")),
        [("text", "Hi"), ("thought", "Hm.")],
        [NOT_BEGUN],
    ),
    "input inside of a text": (
        block(0, TEXT, text("Hi"), *HALVES),
        [("text", "Hi"), ("function", None, {"port": "Büsum"})],
        [NOT_BEGUN],
    ),
    "content behind the end of its block": (
        [*block(0, TEXT, text("Hi")), delta(0, text(" there"))],
        [("text", "Hi there")],
        [AFTER_BLOCK],
    ),
    "input behind the end of its block": (
        [*block(0, TOOL, HALVES[0]), delta(0, HALVES[1])],
        [TIDE],
        [AFTER_BLOCK],
    ),
    "no index at all": (
        [start(None, TEXT), delta(None, text("Hi")), stop(None), start(None, TOOL)]
        + [delta(None, half) for half in HALVES]
        + [stop(None)],
        [("text", "Hi"), TIDE],
        [],
    ),
    "no index in a beginning": (
        [
            start(None, TEXT),
            delta(0, text("Hi")),
            stop(0),
            start(None, TOOL),
            *halves(1),
        ],
        [("text", "Hi"), TIDE],
        [],
    ),
    "an index that is a word": (
        [{**event, "index": "0"} for event in block(0, TEXT, text("Hi"))],
        [("text", "Hi")],
        [],
    ),
    "an index below zero": (
        [{**event, "index": -1} for event in block(0, TEXT, text("Hi"))],
        [("text", "Hi")],
        [],
    ),
    "one index for all blocks": (
        block(0, TEXT, text("Hi")) + block(0, TEXT, text("there")) + block(0, TOOL, *HALVES),
        [("text", "Hi"), ("text", "there"), TIDE],
        [],
    ),
    "one index for all blocks, without ends": (
        [
            start(0, TEXT),
            delta(0, text("Hi")),
            start(0, TOOL),
            *halves(0),
            start(0, {**TOOL, "id": "toolu_2"}),
            delta(0, given_json("{}")),
        ],
        [("text", "Hi"), TIDE, ("tide", "toolu_2", {})],
        [],
    ),
    "an index that counts deltas": (
        [
            start(0, TEXT),
            delta(1, text("Hi")),
            delta(2, text(" there")),
            stop(3),
            start(4, TOOL),
            delta(5, HALVES[0]),
            delta(6, HALVES[1]),
            stop(7),
        ],
        [("text", "Hi there"), TIDE],
        [CHANGED],
    ),
    "a call behind one that was whole, without a beginning": (
        [start(0, TOOL), *halves(0), delta(1, given_json('{"a":1}'))],
        [TIDE, ("function", None, {"a": 1})],
        [NOT_BEGUN],
    ),
    "two calls that come mixed": (
        [
            start(0, TOOL),
            start(1, {**TOOL, "id": "toolu_2"}),
            delta(1, HALVES[0]),
            delta(0, HALVES[0]),
            delta(1, HALVES[1]),
            delta(0, HALVES[1]),
            stop(1),
            stop(0),
        ],
        [TIDE, ("tide", "toolu_2", {"port": "Büsum"})],
        [],
    ),
    "an empty object before the input": (block(0, TOOL, given_json("{}"), *HALVES), [TIDE], []),
    "an empty object before a tool of the server": (
        block(0, SEARCH, given_json("{}"), given_json('{"query":"q"}')),
        [("google_search", "srvtoolu_1", {"queries": ["q"]})],
        [],
    ),
    "the input in the beginning alone": (block(0, {**TOOL, "input": TIDE[2]}), [TIDE], []),
    "the input in the beginning and once more": (block(0, {**TOOL, "input": TIDE[2]}, *HALVES), [TIDE], []),
    "the input in the beginning and an empty one": (
        block(0, {**TOOL, "input": TIDE[2]}, given_json("{}")),
        [TIDE],
        [],
    ),
    "the input as a text": (block(0, {**TOOL, "input": '{"port":"Büsum"}'}), [TIDE], []),
    "the input as an object": (
        block(0, TOOL, {"type": "input_json_delta", "partial_json": TIDE[2]}),
        [TIDE],
        [],
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_is_wrong_with_a_block_its_content_is_there_once(name: str) -> None:
    events, expected, noted = FAULTS[name]
    turn = turn_after(*events, *over("end_turn"))
    calls = [step for step in turn.steps if isinstance(step, ToolCall) and step.waits]
    assert (told(turn), notes(turn)) == (expected, noted)
    assert turn.status == ("requires_action" if calls else "completed")
    assert not any(step.open or step.other or step.unread for step in turn.steps)
    back = json.loads(json.dumps(body(request(history=(turn,)))))
    if "hologram" not in str(back):  # which no client knows
        validated(body_of("anthropic").validate_python(back))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_that_is_cut_anywhere_is_no_success(name: str) -> None:
    events, _, _ = FAULTS[name]
    frames = cut(sse(begun(), *events, *over("end_turn")))
    for size in range(len(frames)):
        assert answer(b"".join(frames[:size])).status == "interrupted"


def test_a_call_that_the_server_has_answered_itself_waits_for_nobody() -> None:
    """A server in between runs some of the client's tools. It gets call and result as the API has them."""
    found = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "14:05"}
    events = [*block(0, TOOL, *HALVES), *block(1, found), *block(2, TEXT, text("At 14:05."))]
    turn = turn_after(*events, *over("end_turn"))
    assert (turn.status, text_of(turn), turn.warnings) == ("completed", "At 14:05.", ())
    assert isinstance(call := turn.steps[1], ToolCall)
    assert isinstance(result := turn.steps[2], ToolResult)
    assert (call.waits, result.data["result"]) == (False, "14:05")
    back = json.loads(json.dumps(body(request(history=(turn,)))))
    validated(body_of("anthropic").validate_python(back))
    assert [message["role"] for message in back["messages"]] == [
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
    ]
    another = turn_after(*events, *block(3, OTHER), *over("tool_use"))
    assert (another.status, [call.data["id"] for call in turn_waits(another)]) == (
        "requires_action",
        ["toolu_2"],
    )


@pytest.mark.parametrize("tool", [TOOL, SEARCH], ids=["client", "server"])
def test_input_that_is_no_json_is_shown_and_goes_back_as_it_was_said(tool: dict[str, Any]) -> None:
    broken = '{"query": "high wat'
    found = {"type": "web_search_tool_result", "tool_use_id": tool["id"], "content": []}
    turn = turn_after(*block(0, tool, given_json(broken)), *block(1, found), *over("end_turn"))
    assert isinstance(call := turn.steps[1], ToolCall)
    assert call.arguments == broken
    assert replayed(turn)[0] == {**tool, "input": {"INVALID_JSON": broken}}


def test_input_of_a_tool_of_the_server_survives_a_cut() -> None:
    turn = answer(sse(begun(), *block(0, SEARCH, given_json('{"query":"hi'))[:-1]), ending="cut")
    assert (turn.status, told(turn)) == ("interrupted", [("google_search", "srvtoolu_1", '{"query":"hi')])


@pytest.mark.parametrize("late", [text("late"), thinking("late"), given_json('"late"')])
@pytest.mark.parametrize("index", [0, 5])
def test_content_behind_the_end_of_the_message_is_kept(late: dict[str, Any], index: int) -> None:
    turn = turn_after(*block(0, TEXT, text("Hi")), *over("end_turn"), delta(index, late))
    assert "late" in str(told(turn))
    assert (turn.status, not any(step.open for step in turn.steps)) == ("completed", True)
    assert AFTER_END in notes(turn)
    assert body(request(history=(turn,)))


def test_a_block_behind_the_end_of_the_message_is_kept() -> None:
    turn = turn_after(*block(0, TEXT, text("Hi")), *over("end_turn"), *block(1, TEXT, text(" there")))
    assert (turn.status, text_of(turn), notes(turn)) == ("completed", "Hi there", [AFTER_END])


def test_an_error_behind_content_fails_the_turn_whatever_comes_after() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "m"}}
    events = [start(0, TEXT), delta(0, text("Hi")), error, delta(0, text(" there")), *over("end_turn")]
    turn = turn_after(*events)
    assert (turn.status, turn.error, text_of(turn)) == (
        "failed",
        ErrorDetail("overloaded_error", "m"),
        "Hi there",
    )


SECOND = {"type": "message_start", "message": {**begun(input_tokens=4)["message"], "id": "msg_2"}}
SAY = [*block(0, TEXT, text("Hi")), *over("end_turn", {"output_tokens": 2})]
AGAIN = [*block(0, TEXT, text("Ho")), *over("end_turn", {"output_tokens": 3})]


def test_two_answers_in_one_body_are_both_shown() -> None:
    turn = turn_after(*SAY, SECOND, *AGAIN, input_tokens=1)
    assert (turn.status, told(turn), turn.id) == ("completed", [("text", "Hi"), ("text", "Ho")], "msg_2")
    assert notes(turn) == [TWO]
    assert (turn.usage and turn.usage.total_tokens) == 1 + 2 + 4 + 3


def test_a_second_answer_may_begin_without_the_end_of_the_first() -> None:
    """What the first one has used is known all the same, and its blocks are over."""
    turn = turn_after(*SAY[:2], SECOND, *AGAIN, input_tokens=1, output_tokens=2)
    assert (turn.status, told(turn)) == ("completed", [("text", "Hi"), ("text", "Ho")])
    assert TWO in notes(turn)
    assert "The first of the two answers has no end" in notes(turn)
    assert (turn.usage and turn.usage.total_tokens) == 1 + 2 + 4 + 3
    assert replayed(turn) == [{"type": "text", "text": "Hi"}, {"type": "text", "text": "Ho"}]


def test_a_call_of_an_answer_that_has_no_end_waits_for_nobody() -> None:
    """A server in between has begun again in the middle of it."""
    events = [start(0, TOOL), delta(0, HALVES[0]), SECOND, *block(0, OTHER, *HALVES), *over("tool_use")]
    turn = turn_after(*events)
    assert (turn.status, [call.data["id"] for call in turn_waits(turn)]) == ("requires_action", ["toolu_2"])
    assert told(turn) == [("tide", "toolu_1", '{"port":'), ("tide", "toolu_2", TIDE[2])]


def test_a_second_answer_that_breaks_off_is_no_success() -> None:
    frames = cut(sse(begun(), *SAY, SECOND, *AGAIN))
    first = len(cut(sse(begun(), *SAY)))
    for size in range(first + 1, len(frames)):
        assert answer(b"".join(frames[:size])).status == "interrupted"


def test_a_beginning_of_the_message_that_comes_again_changes_nothing() -> None:
    first = begun(input_tokens=3, output_tokens=1)
    turn = answer(sse(first, *SAY[:2], first, *SAY[2:], first))
    assert (turn.status, told(turn), turn.warnings) == ("completed", [("text", "Hi")], ())
    assert turn.usage == Usage(5, 3, 2, 0, 0)


def test_a_beginning_of_the_message_may_come_late_or_never() -> None:
    late, never = answer(sse(*SAY[:2], begun(), *SAY[2:])), answer(sse(*SAY))
    assert (late.status, late.id, text_of(late)) == ("completed", "msg_1", "Hi")
    assert (never.status, never.id, text_of(never)) == ("completed", "", "Hi")


WHOLE = {
    **begun(input_tokens=3)["message"],
    "content": [{**TEXT, "text": "Hi there"}],
    "stop_reason": "end_turn",
}


def test_a_whole_message_may_come_in_one_event() -> None:
    turn = answer(sse(WHOLE))
    assert (turn.status, text_of(turn), turn.usage) == ("completed", "Hi there", Usage(3, 3, 0, 0, 0))
    assert replayed(turn) == WHOLE["content"]


@pytest.mark.parametrize("said", ["Hi there", "Hi", "Hello"])
def test_a_whole_message_behind_its_stream_is_its_last_word(said: str) -> None:
    """It is compared with what was streamed, and not told twice."""
    turn = turn_after(*block(0, TEXT, text(said)), *over("end_turn"), WHOLE)
    assert (turn.status, text_of(turn)) == ("completed", "Hi there")
    assert len(told(turn)) == 1


def test_blocks_without_a_type_and_content_are_shown_as_they_came() -> None:
    odd = {"foo": 1}
    told_twice = [delta(0, {"bar": 2}), start(0, odd), {**WHOLE, "content": [odd]}]
    for events in ([start(0, odd), stop(0)], told_twice, [{**WHOLE, "content": [odd]}]):
        turn = turn_after(*events, *over("end_turn"))
        assert (turn.status, turn.ended) == ("completed", True)
        assert any("foo" in getattr(step, "data", {}) for step in turn.steps)
        assert body(request(history=(turn,)))


def test_a_message_may_have_a_plain_text_for_its_content() -> None:
    turn = answer(json.dumps({**WHOLE, "content": "Hi"}).encode(), kind="application/json")
    assert (turn.status, text_of(turn)) == ("completed", "Hi")


def test_the_content_of_a_beginning_is_content() -> None:
    first = {"type": "message_start", "message": {**WHOLE, "stop_reason": None}}
    turn = answer(sse(first, *over("end_turn")))
    assert (turn.status, text_of(turn)) == ("completed", "Hi there")


def test_an_answer_may_be_no_more_than_a_beginning_and_an_end() -> None:
    """So goes on what waited for the result of a call: with the program's results, and its next call."""
    printed = {
        "type": "code_execution_result",
        "stdout": "14:05\n",
        "stderr": "",
        "return_code": 0,
        "content": [],
    }
    result = {"type": "code_execution_tool_result", "tool_use_id": "srvtoolu_c", "content": printed}
    call = {**TOOL, "input": TIDE[2], "caller": {"type": "code_execution_20250825", "tool_id": "srvtoolu_d"}}
    first = begun(input_tokens=0, output_tokens=0)
    first["message"] |= {
        "content": [result, call],
        "stop_reason": "tool_use",
        "container": {"id": "container_1"},
    }
    turn = answer(sse(first, {"type": "message_stop"}))
    assert (turn.status, told(turn)) == ("requires_action", [("code_execution_result",), TIDE])
    assert replayed(turn) == [result, call]
    assert body(request(history=(turn,), input=(RESULT,)))["container"] == "container_1"
    assert answer(sse(first)).status == "interrupted"


@pytest.mark.parametrize("reason", ["content_filter", "load_shed"])
@pytest.mark.parametrize("blocks", [block(0, TEXT, text("Hi")), block(0, TOOL)], ids=["text", "call"])
def test_a_reason_that_is_not_known_is_no_success_and_is_told(
    reason: str, blocks: list[dict[str, Any]]
) -> None:
    turn = turn_after(*blocks, *over(reason))
    assert (turn.status, turn.error and turn.error.code) == ("incomplete", reason)
    assert turn.error is not None
    assert reason in str(turn.error.message)


def test_a_reason_in_every_event_ends_nothing_before_the_end() -> None:
    """The last one counts."""
    early = {**over("end_turn")[0]}
    events = [early, *block(0, TEXT, text("Hi")), early, *block(1, TOOL), *over("tool_use")]
    turn = turn_after(*events)
    assert (turn.status, len(told(turn)), turn.warnings) == ("requires_action", 2, ())
    assert turn_after(*events[:-1]).status == "interrupted"


@pytest.mark.parametrize(
    "end",
    [
        {"type": "message_delta", "stop_reason": "end_turn"},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
        {"type": "message_start", "message": {**WHOLE, "content": []}},
    ],
    ids=["a level higher", "usual", "in the beginning"],
)
def test_the_reason_is_found_where_it_is(end: dict[str, Any]) -> None:
    turn = turn_after(*block(0, TEXT, text("Hi")), end, {"type": "message_stop"})
    assert (turn.status, text_of(turn)) == ("completed", "Hi")


FIGURES = {"input_tokens": 31, "output_tokens": 20}
ENDING: dict[str, Any] = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}


@pytest.mark.parametrize(
    ("first", "end", "stop"),
    [
        (FIGURES, ENDING, {}),
        ({}, {**ENDING, "usage": FIGURES}, {}),
        ({}, {**ENDING, "delta": {**ENDING["delta"], "usage": FIGURES}}, {}),
        ({}, ENDING, {"usage": FIGURES}),
        ({}, ENDING, {"message": {"usage": FIGURES}}),
        ({"input_tokens": 31, "output_tokens": 1}, {**ENDING, "usage": {"output_tokens": 20}}, {}),
        ({"input_tokens": 31}, {**ENDING, "usage": {**FIGURES, "input_tokens": 0}}, {}),
        ({"input_tokens": 0, "output_tokens": 0}, {**ENDING, "usage": FIGURES}, {}),
    ],
)
def test_the_figures_are_found_where_they_are(first: Any, end: Any, stop: Any) -> None:
    """A zero is no figure where there was one."""
    events = [begun(**first), *block(0, TEXT, text("Hi")), end, {"type": "message_stop", **stop}]
    assert answer(sse(*events)).usage == Usage(51, 31, 20, 0, 0)


@pytest.mark.parametrize(
    ("figures", "usage"),
    [
        ({"output_tokens": 95, "output_tokens_details": {"thinking_tokens": 89}}, Usage(105, 10, 6, 89, 0)),
        (
            {"output_tokens": 95, "output_tokens_details": {"thinking_tokens": 89}, "total_tokens": 105},
            Usage(105, 10, 6, 89, 0),
        ),
        (
            {"output_tokens": 95, "output_tokens_details": {"thinking_tokens": 89}, "total_tokens": 194},
            Usage(194, 10, 95, 89, 0),
        ),
        ({"output_tokens": 6, "output_tokens_details": {"thinking_tokens": 89}}, Usage(105, 10, 6, 89, 0)),
        ({"output_tokens": 5, "cache_read_input_tokens": 4}, Usage(19, 14, 5, 0, 4)),
        ({"output_tokens": 5, "cache_read_input_tokens": 4, "total_tokens": 15}, Usage(15, 10, 5, 0, 4)),
    ],
    ids=["inside", "inside by the total", "beside by the total", "more", "cached beside", "cached inside"],
)
def test_thoughts_and_caches_are_counted_as_the_total_says(figures: dict[str, Any], usage: Usage) -> None:
    turn = turn_after(*block(0, TEXT, text("Hi")), *over("end_turn", figures), input_tokens=10)
    assert turn.usage == usage


def test_what_an_answer_has_used_that_breaks_off_at_its_end_is_known() -> None:
    turn = turn_after(*block(0, TEXT, text("Hi")), {**ENDING, "usage": FIGURES})
    assert (turn.status, turn.usage) == ("interrupted", Usage(51, 31, 20, 0, 0))


def test_what_went_in_is_not_known_where_nobody_says_it() -> None:
    turn = turn_after(*block(0, TEXT, text("Hi")), *over("end_turn", {"output_tokens": 5}))
    assert turn.usage is not None
    assert (turn.usage.total_input_tokens, turn.usage.total_output_tokens) == (None, 5)


@pytest.mark.parametrize(
    "whole",
    [
        {"type": "thinking", "thinking": "Hm.", "signature": ""},
        {"type": "thinking", "thinking": "Hm."},
        {"type": "redacted_thinking", "data": ""},
    ],
)
def test_a_thought_that_is_not_signed_is_shown_and_not_sent(whole: dict[str, Any]) -> None:
    turn = turn_after(*block(0, whole), *block(1, TEXT, text("Hi")), *over("end_turn"))
    assert isinstance(turn.steps[1], Thought)
    assert replayed(turn, model=MODEL) == [{"type": "text", "text": "Hi"}]


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ({"input_tokens": 12, "output_tokens": 1}, (12, 1)),
        ({"input_tokens": 0, "output_tokens": 0}, None),
        ({}, None),
    ],
)
def test_an_answer_that_breaks_off_has_used_what_its_beginning_says(
    figures: dict[str, int], told: tuple[int, int] | None
) -> None:
    """Where that is anything."""
    failed = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    for events in ([], [failed]):
        used = turn_after(*block(0, TEXT, text("High "))[:2], *events, **figures).usage
        assert (used and (used.total_input_tokens, used.total_output_tokens)) == told


@pytest.mark.parametrize(
    ("reason", "blocks", "status", "note"),
    [
        ("end_turn", [], "completed", "The server says that the answer is complete, and has sent none"),
        (None, block(0, TEXT, text("Hi")), "interrupted", "The server has not said how the answer ended"),
        (None, [], "interrupted", "The server has not said how the answer ended"),
        ("max_tokens", [], "incomplete", None),
        ("end_turn", block(0, TEXT, text("Hi")), "completed", None),
    ],
)
def test_an_end_that_says_too_little_or_too_much_is_remarked(
    reason: str | None, blocks: list[dict[str, Any]], status: str, note: str | None
) -> None:
    turn = turn_after(*blocks, *over(reason))
    assert (turn.status, notes(turn)) == (status, [note] if note else [])


@pytest.mark.parametrize("id", ["functions.tide:0", "toolu_1", "ä b", None])
def test_a_result_names_its_call_as_the_server_has_named_it(id: str | None) -> None:
    """Servers of others give ids that Anthropic's would not, or none at all."""
    tool = {key: value for key, value in {**TOOL, "id": id}.items() if value is not None}
    turn = turn_after(*block(0, tool, given_json("{}")), *over("tool_use"))
    results = (None, [{"type": "function_result", "call_id": id or "", "result": "14:05"}])
    for given in results:
        sent = body(request(history=(turn,), **({"input": given} if given else {})))
        (call,) = sent["messages"][1]["content"]
        answers = [one for one in sent["messages"][2]["content"] if one["type"] == "tool_result"]
        assert [one["tool_use_id"] for one in answers] == [call["id"]]
        assert call["id"] == (id or "call")
        validated(body_of("anthropic").validate_python(sent))


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ({"service_tier": "standard", "inference_geo": "global"}, {}),
        ({"inference_geo": "not_available", "server_tool_use": {"web_search_requests": 0}}, {}),
        ({"iterations": [{"type": "message", "input_tokens": 1}]}, {}),
        ({"service_tier": "batch", "inference_geo": "us"}, {"service_tier": "batch", "inference_geo": "us"}),
    ],
)
def test_what_every_answer_says_is_not_told(figures: dict[str, Any], told: dict[str, Any]) -> None:
    assert turn_after(*block(0, TEXT, text("Hi")), *over("end_turn"), **figures).details == told


CITED = {"type": "char_location", "cited_text": "x", "document_index": 0, "document_title": "Tides"}


@pytest.mark.parametrize(
    ("begins", "said", "whole"),
    [
        (TEXT, text("Hi"), {"type": "text", "text": "Hi", "citations": [CITED]}),
        (
            {"type": "thinking", "thinking": "", "signature": ""},
            thinking("Hm."),
            {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        ),
        (TOOL, given_json('{"port":"Büsum"}'), {**TOOL, "input": {"port": "Büsum"}}),
        (SEARCH, given_json('{"query":"tide"}'), {**SEARCH, "input": {"query": "tide"}}),
    ],
)
def test_a_block_that_is_told_whole_with_its_end_is_there_once(
    begins: dict[str, Any], said: dict[str, Any], whole: dict[str, Any]
) -> None:
    """Streamed or not, and begun or not."""
    end = {**stop(0), "content_block": whole}
    turns = [turn_after(*events, *over("end_turn")) for events in ([start(0, begins), end], [end])]
    streamed = turn_after(start(0, begins), delta(0, said), end, *over("end_turn"))
    assert told(turns[0]) == told(turns[1]) == told(streamed)
    assert replayed(turns[0]) == [whole] == replayed(turns[1])


@pytest.mark.parametrize(
    ("begins", "pieces", "said", "noted"),
    [
        (
            TEXT | {"text": "High water."},
            [text("High water."), text(" Low.")],
            ("text", "High water. Low."),
            True,
        ),
        (TEXT | {"text": "ha"}, [text("ha")], ("text", "haha"), False),
        (TEXT | {"text": "High "}, [text("water.")], ("text", "High water."), False),
        (TEXT, [text("High water."), text("High water.")], ("text", "High water.High water."), False),
        (
            {"type": "thinking", "thinking": "Let me see."},
            [thinking("Let me see.")],
            ("thought", "Let me see."),
            True,
        ),
    ],
)
def test_what_a_block_has_begun_with_may_come_again(
    begins: dict[str, Any], pieces: list[dict[str, Any]], said: tuple[str, str], noted: bool
) -> None:
    """As its first piece, and as more than a word."""
    turn = turn_after(*block(0, begins, *pieces), *over("end_turn"))
    twice = "A block began with the text of its first piece; it is shown once"
    assert (told(turn), notes(turn)) == ([said], [twice] if noted else [])


@pytest.mark.parametrize("key", ["text", "thinking", "reasoning", "content"])
@pytest.mark.parametrize(("kind", "step"), [("text_delta", "text"), ("thinking_delta", "thought")])
def test_the_text_of_a_piece_may_have_another_key(key: str, kind: str, step: str) -> None:
    begins = TEXT if step == "text" else {"type": "thinking", "thinking": ""}
    turn = turn_after(*block(0, begins, {"type": kind, key: "Hm."}), *over("end_turn"))
    assert (told(turn), turn.steps[-1].unread) == ([(step, "Hm.")], {})


@pytest.mark.parametrize(
    "error",
    [
        {"detail": "Too deep"},
        {"detail": [{"loc": ["body"], "msg": "Too deep"}]},
        {"error": {"reason": "Too deep"}},
    ],
)
def test_an_error_under_a_key_of_its_own_is_quoted(error: dict[str, Any]) -> None:
    said = sse(begun(), *block(0, TEXT, text("Hi"))) + f"event: error\ndata: {json.dumps(error)}\n\n".encode()
    turn = answer(said)
    assert turn.status == "failed"
    assert turn.error
    assert "Too deep" in (turn.error.message or "")


@pytest.mark.parametrize(
    ("first", "last", "counted"),
    [
        ({"input_tokens": 8834}, {"input_tokens": 18, "cache_read_input_tokens": 8831}, (8849, 8831)),
        ({"input_tokens": 8834}, {"input_tokens": 0, "cache_read_input_tokens": 8834}, (8834, 8834)),
        (
            {"input_tokens": 12, "cache_read_input_tokens": 50},
            {"input_tokens": 0, "cache_read_input_tokens": 50},
            (62, 50),
        ),
        ({"input_tokens": 12, "cache_read_input_tokens": 50}, {"input_tokens": 0}, (62, 50)),
        ({"prompt_tokens": 12}, {"prompt_tokens": 12}, (12, 0)),
    ],
)
def test_a_prompt_is_counted_once_wherever_it_came_from(
    first: dict[str, int], last: dict[str, int], counted: tuple[int, int]
) -> None:
    """Some servers know of the cache only at the end, and have counted all of the prompt as new before."""
    ends = over("end_turn", {**last, "output_tokens": 9})
    used = turn_after(*block(0, TEXT, text("Hi")), *ends, **first).usage
    assert used
    assert (used.total_input_tokens, used.total_cached_tokens) == counted


def test_figures_under_the_names_of_another_api_are_read() -> None:
    turn = turn_after(*over("max_tokens", {"prompt_tokens": 12, "completion_tokens": 9}))
    assert turn.usage
    assert (turn.usage.total_input_tokens, turn.usage.total_output_tokens, turn.details) == (12, 9, {})
