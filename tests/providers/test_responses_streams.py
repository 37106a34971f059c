"""Streams of servers that take the Responses API as they like."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from interactions.conversations.request import Access
from interactions.providers.responses.body import body
from interactions.providers.responses.provider import OpenAIResponses
from interactions.providers.responses.stream.lifetimes import LESS
from interactions.turns.fold import CORRECTED
from interactions.turns.steps import ModelOutput, ToolCall
from interactions.turns.turn import Turn, text_of, turn_waits
from tests.judges import body_of
from tests.vendors import RECORDINGS, answer, asking, check, cut_everywhere, turn_after, turn_of

GPT = OpenAIResponses(httpx.Client(), Access("https://x.test"))
ODD = {name: raw for name, raw in RECORDINGS.items() if name.startswith("openai_odd_")}
UNBEGUN = "The server sent content of a step that it had not begun"
TIDE = ("output", "High water: 14:05.")
READ: dict[str, tuple[str, list[tuple[object, ...]], list[str]]] = {
    "openai_odd_content_index_counts_up": (
        "completed",
        [("thought", "The user asks for the tide. Check Büsum."), TIDE],
        [],
    ),
    "openai_odd_last_event_unterminated": (
        "completed",
        [("output", "High water is at 14:05.")],
        ["An event had no blank line behind it; the standard drops it, most clients read it"],
    ),
    "openai_odd_no_lifecycle": ("completed", [("output", "pong")], [UNBEGUN]),
    "openai_odd_text_corrected_at_end": (
        "completed",
        [("output", "\n\nHigh water is at 14:05."), ("thought", "The user wants the tide. Be brief.")],
        [CORRECTED],
    ),
    "openai_odd_xai_server_custom_tool": (
        "completed",
        [
            ("custom_tool_call", "x_keyword_search", {"input": '{"query":"tide buesum","limit":5}'}),
            ("output", "Two posts name 14:05."),
        ],
        [],
    ),
}


def notes(turn: Turn) -> list[str]:
    return [words.partition(" (row")[0] for words in turn.warnings]


@pytest.mark.parametrize("name", READ)
def test_a_stream_as_servers_send_it_is_read_as_it_is_meant(name: str) -> None:
    """Counters that count pieces, no life cycle, a draft that the finished text replaces, and a tool of the
    server that looks like one of the client's."""
    turn = turn_of(GPT, ODD[name])
    assert (turn.status, answer(turn), notes(turn)) == READ[name]
    assert (turn.id, turn.model, turn_waits(turn)) == ("resp_case", "m", ())


@pytest.mark.parametrize("name", ODD)
def test_no_cut_makes_a_success_of_it(name: str) -> None:
    """At every byte before the last event is whole. What is dispatched of an event without its blank line is
    decided below this protocol."""
    stream = ODD[name].removesuffix(b"data: [DONE]\n\n").rstrip() + b"\n\n"
    for size, turn in cut_everywhere(GPT, stream):
        assert turn.ended
        assert size >= len(stream) - 2 or turn.status == "interrupted", size


CREATED = {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "model": "m"}}
ADDED, DONE = "response.output_item.added", "response.output_item.done"
DELTA = "response.output_text.delta"


def over(*output: Any, event: str = "response.completed", **more: Any) -> dict[str, Any]:
    return {
        "type": event,
        "response": {"id": "resp_1", "status": "completed", "output": list(output), **more},
    }


def message(text: str, id: str = "msg_1", **more: Any) -> dict[str, Any]:
    part = {"type": "output_text", "text": text, "annotations": []}
    return {"type": "message", "id": id, "role": "assistant", "content": [part], **more}


def function(**more: Any) -> dict[str, Any]:
    return {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": '{"a":1}', **more}


def whole(*items: dict[str, Any]) -> list[dict[str, Any]]:
    """Items of which nothing was streamed."""
    return [
        event
        for place, item in enumerate(items)
        for event in (
            {"type": ADDED, "output_index": place, "item": {**item, "content": [], "arguments": ""}},
            {"type": DONE, "output_index": place, "item": item},
        )
    ]


PIECES: dict[str, tuple[dict[str, Any], tuple[object, ...]]] = {
    "text": ({"type": DELTA, "delta": "Hi"}, ("output", "Hi")),
    "refusal": ({"type": "response.refusal.delta", "delta": "No"}, ("output", "No")),
    "finished text": ({"type": "response.output_text.done", "text": "Hi"}, ("output", "Hi")),
    "part": (
        {"type": "response.content_part.done", "part": {"type": "output_text", "text": "Hi"}},
        ("output", "Hi"),
    ),
    "summary": ({"type": "response.reasoning_summary_text.delta", "delta": "Hm"}, ("thought", "Hm")),
    "thought": ({"type": "response.reasoning_text.delta", "delta": "Hm"}, ("thought", "Hm")),
    "arguments": (
        {"type": "response.function_call_arguments.delta", "delta": '{"a"'},
        ("function_call", "function", '{"a"'),
    ),
    "input": (
        {"type": "response.custom_tool_call_input.delta", "delta": "a"},
        ("custom_tool_call", "custom_tool", {"input": "a"}),
    ),
    "item": ({"type": DONE, "item": message("Hi")}, ("output", "Hi")),
    "call": ({"type": DONE, "item": function()}, ("function_call", "f", {"a": 1})),
    "picture": (
        {"type": "response.image_generation_call.partial_image", "partial_image_b64": "AA=="},
        ("output", ""),
    ),
}


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("named", [{}, {"item_id": "x"}, {"item_id": "x", "output_index": 3}])
@pytest.mark.parametrize("created", [True, False])
def test_content_that_nobody_announced_begins_a_step(
    piece: str, named: dict[str, Any], created: bool
) -> None:
    """With a note."""
    event, step = PIECES[piece]
    turn = turn_after(GPT, *[CREATED][: int(created)], {**event, **named})
    assert (answer(turn), notes(turn), turn.status) == ([step], [UNBEGUN], "interrupted")


def test_a_call_is_told_its_name_and_id_when_they_come() -> None:
    """Whether it was announced without them, late, or never but by the finished item."""
    delta = {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"a":1}'}
    bare = {"type": ADDED, "output_index": 0, "item": {"type": "function_call", "id": "fc", "arguments": ""}}
    named = {"type": ADDED, "output_index": 0, "item": function(arguments="")}
    done = {"type": DONE, "output_index": 0, "item": function()}
    late = {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": '{"a":1}'}
    late |= {"name": "f", "call_id": "c"}
    each = {**delta, "name": "f", "call_id": "c", "item_id": "c"}
    for events in (
        [bare, delta, done],
        [delta, named],
        [delta, done],
        [delta, named, done],
        [bare, done],
        [bare, late],
        [late],
        [delta, late],
        [each],
        [each, done],
        [each, named, done],
        [named, {**each, "output_index": 7}, done],
    ):
        turn = turn_after(GPT, CREATED, *events, over())
        (call,) = turn_waits(turn)
        assert (call.name, call.data["id"], call.arguments) == ("f", "c", {"a": 1})
        assert len(turn.steps) == 2


@pytest.mark.parametrize("lane", ["output_text", "reasoning_text", "reasoning_summary_text"])
@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("ends", ["part", "item", "response", "nothing"])
def test_a_server_that_counts_pieces_as_parts_says_nothing_twice(lane: str, start: int, ends: str) -> None:
    """In no kind of text, and whoever tells the whole."""
    key = "summary_index" if "summary" in lane else "content_index"
    kind = "message" if lane == "output_text" else "reasoning"
    field = "summary" if "summary" in lane else "content"
    item = {
        "type": kind,
        "id": "i",
        field: [{"type": lane.replace("reasoning_", ""), "text": "one two three"}],
    }
    if kind == "message":
        item = message("one two three", id="i")
    events = [
        {"type": ADDED, "output_index": 0, "item": {"type": kind, "id": "i"}},
        *(
            {"type": f"response.{lane}.delta", "item_id": "i", "output_index": n, key: n, "delta": text}
            for n, text in enumerate(("one ", "two ", "three"), start)
        ),
    ]
    wholes = {
        "part": [{"type": f"response.{lane}.done", "item_id": "i", key: start + 3, "text": "one two three"}],
        "item": [{"type": DONE, "output_index": start + 3, "item": item}],
        "response": [over(item)],
        "nothing": [],
    }
    turn = turn_after(GPT, CREATED, *events, *wholes[ends])
    step = "output" if kind == "message" else "thought"
    assert (answer(turn), notes(turn)) == ([(step, "one two three")], [])


@pytest.mark.parametrize("ends", ["output_text.done", "content_part.done", "output_item.done", "completed"])
def test_a_finished_text_that_is_another_takes_the_place_of_the_draft(ends: str) -> None:
    """A note says so, whichever event brings it."""
    events: dict[str, dict[str, Any]] = {
        "output_text.done": {"type": "response.output_text.done", "item_id": "msg_1", "text": "Final"},
        "content_part.done": {
            "type": "response.content_part.done",
            "item_id": "msg_1",
            "part": {"type": "output_text", "text": "Final"},
        },
        "output_item.done": {"type": DONE, "item": message("Final")},
        "completed": over(message("Final")),
    }
    added = {"type": ADDED, "output_index": 0, "item": {"type": "message", "id": "msg_1"}}
    draft = [{"type": DELTA, "item_id": "msg_1", "output_index": 0, "delta": word} for word in ("Dra", "ft")]
    turn = turn_after(GPT, CREATED, added, *draft, events[ends])
    assert (text_of(turn), notes(turn)) == ("Final", [CORRECTED])


def test_finished_arguments_that_are_others_take_the_place_of_those_that_were_streamed() -> None:
    """Spaces make no others, and an empty object before the real one is a placeholder."""
    delta = "response.function_call_arguments.delta"
    for streamed, noted in (('{"b":2}', [CORRECTED]), ('{ "a": 1 }', []), ('{}{"a":1}', []), ("{}", [])):
        events = [whole(function())[0], {"type": delta, "output_index": 0, "delta": streamed}]
        turn = turn_after(GPT, CREATED, *events, whole(function())[1], over())
        assert (answer(turn), notes(turn)) == ([("function_call", "f", {"a": 1})], noted)


def test_arguments_that_are_no_json_are_shown_and_go_back_as_they_were_said() -> None:
    turn = turn_after(GPT, CREATED, *whole(function(arguments='{"a":')), over())
    assert answer(turn) == [("function_call", "f", '{"a":')]
    assert body(asking(history=(turn,)))["input"][1]["arguments"] == '{"a":'
    cut = turn_after(
        GPT,
        whole(function())[0],
        {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"a":'},
    )
    assert body(asking(history=(cut,)))["input"][1]["arguments"] == '{"a":'


def test_one_number_for_several_items_makes_no_single_one_of_them() -> None:
    items = [message("One.", "a"), message("Two.", "b")]
    events = [
        event
        for item in items
        for event in (
            {"type": ADDED, "output_index": 0, "item": {"type": "message", "id": item["id"]}},
            {
                "type": DELTA,
                "output_index": 0,
                "content_index": 0,
                "item_id": item["id"],
                "delta": item["content"][0]["text"],
            },
            {"type": DONE, "output_index": 0, "item": item},
        )
    ]
    turn = turn_after(GPT, CREATED, *events, over(*items))
    assert (answer(turn), notes(turn)) == ([("output", "One."), ("output", "Two.")], [])


def test_names_that_change_with_every_event_are_told_by_their_number() -> None:
    """As a gateway has them that encrypts its ids."""
    item = message("Hello", "x9")
    events = [
        {"type": ADDED, "output_index": 0, "item": {"type": "message", "id": "x1"}},
        {"type": DELTA, "output_index": 0, "item_id": "x2", "delta": "Hel"},
        {"type": DELTA, "output_index": 0, "item_id": "x3", "delta": "lo"},
        {"type": "response.output_text.done", "output_index": 0, "item_id": "x4", "text": "Hello"},
        {"type": DONE, "output_index": 0, "item": {**item, "id": "x5"}},
    ]
    turn = turn_after(GPT, CREATED, *events, over(item))
    assert (answer(turn), notes(turn)) == ([("output", "Hello")], [])


def test_another_name_for_every_response_and_item_makes_no_second_one() -> None:
    """Nor does another count of them; a response is a second one if it begins, or behind an end."""
    items = [{"type": "reasoning", "id": "r1", "summary": []}, message("Hello", "m1"), function(id="f1")]
    again = [{**item, "id": f"{item['id']}x"} for item in items]
    goes_on = {"type": "response.in_progress", "response": {"id": "resp_x"}}
    streamed = [
        {"type": ADDED, "output_index": 1, "item": {"type": "message", "id": "m1"}},
        {"type": DELTA, "output_index": 1, "item_id": "m1", "delta": "Hel"},
    ]
    for events in ([goes_on, *whole(*items)], [goes_on, *whole(*items)[:2], *streamed, *whole(function())]):
        end = over(*again)
        end["response"]["id"] = "resp_y"
        turn = turn_after(GPT, CREATED, *events, end)
        assert answer(turn) == [("thought", ""), ("output", "Hello"), ("function_call", "f", {"a": 1})]
        assert (turn.status, notes(turn)) == ("requires_action", [])


def test_what_has_another_name_and_says_something_else_is_another() -> None:
    """Calls by what answers name, texts once they are whole; a draft is replaced."""
    other = function(id="fc2", call_id="c2", name="g")
    bare = whole(function())[0]
    for events in ([bare, {"type": DONE, "output_index": 0, "item": other}, over()], [bare, over(other)]):
        turn = turn_after(GPT, CREATED, *events)
        assert [(call.name, call.data["id"]) for call in turn_waits(turn)] == [("f", "c"), ("g", "c2")]
    turn = turn_after(GPT, CREATED, *whole(message("One.", "a")), over(message("Two.", "b")))
    assert (answer(turn), notes(turn)) == ([("output", "One."), ("output", "Two.")], [])
    draft = {"type": DELTA, "output_index": 0, "item_id": "a", "delta": "One."}
    turn = turn_after(GPT, CREATED, whole(message("", "a"))[0], draft, over(message("Two.", "b")))
    assert (answer(turn), notes(turn)) == ([("output", "Two.")], [CORRECTED])
    thought = whole({"type": "reasoning", "id": "r", "summary": []})[0]
    turn = turn_after(GPT, CREATED, thought, draft)
    assert answer(turn) == [("thought", ""), ("output", "One.")]


@pytest.mark.parametrize(
    "item",
    [
        {"type": "message", "content": "Hi"},
        {"role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
        {"type": "message", "content": [{"text": "Hi"}]},
        {"type": "message", "content": [{"type": "text", "text": "Hi"}]},
        {"type": "message", "content": [{"type": "audio", "transcript": "Hi"}]},
    ],
)
def test_a_message_is_read_in_whatever_shape_it_comes(item: dict[str, Any]) -> None:
    done = {"type": DONE, "item": item}
    delta = {"type": DELTA, "delta": {"type": "text_delta", "text": "H"}}
    for events in ([done], [over(item)], [done, over(item)], [delta, done], [delta, over(item)]):
        assert answer(turn_after(GPT, CREATED, *events)) == [("output", "Hi")]
    assert answer(turn_after(GPT, CREATED, over(output_text="Hi"))) == [("output", "Hi")]
    assert answer(turn_after(GPT, CREATED, delta, done, over(output_text="Hi"))) == [("output", "Hi")]


def test_what_an_item_begins_with_is_there_at_once_and_once() -> None:
    """Though pieces bring it again, or a piece brings only the rest."""
    call = {"type": "response.function_call_arguments.delta", "output_index": 0}
    for pieces in ([], ['{"a":1}'], ['{"a"', ":1}"]):
        turn = turn_after(
            GPT,
            {"type": ADDED, "output_index": 0, "item": function()},
            *({**call, "delta": piece} for piece in pieces),
        )
        assert answer(turn) == [("function_call", "f", {"a": 1})]
    for pieces in ([], ["Hello"], ["He", "llo"]):
        turn = turn_after(
            GPT,
            {"type": ADDED, "output_index": 0, "item": message("Hello")},
            *({"type": DELTA, "output_index": 0, "content_index": 0, "delta": piece} for piece in pieces),
        )
        assert answer(turn) == [("output", "Hello")]
    begun = {
        "type": "response.content_part.added",
        "output_index": 0,
        "part": {"type": "output_text", "text": "He"},
    }
    rest = {"type": DELTA, "output_index": 0, "content_index": 0, "delta": "llo"}
    added = {"type": ADDED, "output_index": 0, "item": message("")}
    turn = turn_after(GPT, added, begun, rest, over(message("Hello")))
    assert (answer(turn), notes(turn)) == ([("output", "Hello")], [])


def test_a_piece_that_fits_no_step_of_its_item_is_kept_beside_it() -> None:
    """As what it is, and once the item is whole only if that has not got it."""
    piece = {"type": "response.custom_tool_call_input.delta", "item_id": "fc", "delta": "raw"}
    for events in ([whole(function())[0], piece], [whole(function())[0], piece, whole(function())[1]]):
        assert turn_after(GPT, CREATED, *events).steps[-1].unread == {"input": "raw"}
    late = {"type": DELTA, "output_index": 0, "item_id": "msg_1"}
    turn = turn_after(GPT, CREATED, *whole(message("Hi")), {**late, "delta": "i"}, {**late, "delta": "s"})
    assert text_of(turn) == "His"


@pytest.mark.parametrize("named", [{"item_id": "fc"}, {"output_index": 0}])
def test_text_inside_of_a_call_is_text_of_the_answer(named: dict[str, Any]) -> None:
    """And a thought inside of a message is one."""
    added = {"type": ADDED, "output_index": 0, "item": function(arguments="")}
    deltas = [{"type": DELTA, "delta": piece, **named} for piece in ("Let me ", "see.")]
    arguments = {"type": "response.function_call_arguments.delta", "output_index": 0, "delta": '{"a":1}'}
    done = {"type": DONE, "output_index": 0, "item": function()}
    for end in ([], [over(function())], [over(message("Let me see.", "m"), function())]):
        turn = turn_after(GPT, CREATED, added, *deltas, arguments, done, *end)
        assert sorted(answer(turn)) == [("function_call", "f", {"a": 1}), ("output", "Let me see.")]
        assert len(notes(turn)) == 1
    thought = {"type": "response.reasoning_text.delta", "item_id": "msg_1", "delta": "Hm"}
    begun, done = whole(message("Hi"))
    assert answer(turn_after(GPT, CREATED, begun, thought, done, over(message("Hi")))) == [
        ("output", "Hi"),
        ("thought", "Hm"),
    ]


def test_what_only_the_finished_response_has_is_added() -> None:
    """Items, and the end of texts."""
    delta = {"type": DELTA, "output_index": 0, "item_id": "msg_1", "delta": "Let me "}
    turn = turn_after(GPT, CREATED, whole(message(""))[0], delta, over(message("Let me see."), function()))
    assert (turn.status, answer(turn)) == (
        "requires_action",
        [("output", "Let me see."), ("function_call", "f", {"a": 1})],
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"summary": "Hm"},
        {"content": "Hm"},
        {"content": [{"type": "output_text", "text": "Hm"}]},
        {"content": ["Hm"]},
        {"summary": [], "reasoning_content": "Hm"},
        {"text": "Hm"},
        {"thinking": "Hm"},
        {"content": [{"type": "thinking", "thinking": "Hm"}]},
    ],
)
def test_a_thought_is_read_under_whatever_key_it_is(fields: dict[str, Any]) -> None:
    assert answer(turn_after(GPT, CREATED, *whole({"type": "reasoning", "id": "r", **fields}))) == [
        ("thought", "Hm")
    ]


# Who runs a call.

CUSTOM = {"type": "custom_tool_call", "id": "i", "call_id": "c", "name": "f", "input": "x"}
SHELL = {"type": "shell_call", "id": "i", "call_id": "c", "action": {"commands": ["ls"]}}
ANSWERED = {"type": "function_call_output", "id": "o", "call_id": "c", "output": "1"}
SAYS = message("Done.")


@pytest.mark.parametrize(
    ("items", "tools", "waits"),
    [
        ([CUSTOM], None, True),
        ([CUSTOM], [], True),
        ([CUSTOM], [{"type": "custom", "name": "f"}], True),
        ([CUSTOM, SAYS], [{"type": "custom", "name": "f"}], True),
        ([CUSTOM], [{"type": "namespace", "name": "n", "tools": [{"type": "custom", "name": "f"}]}], True),
        ([CUSTOM], [{"type": "x_search"}], False),
        ([CUSTOM], [{"type": "custom", "name": "g"}, {"type": "x_search"}], False),
        ([CUSTOM, SAYS], None, False),
        ([CUSTOM, message("I will wait.", phase="commentary")], None, True),
        ([CUSTOM, {**ANSWERED, "type": "custom_tool_call_output"}], None, False),
        ([function()], None, True),
        ([function(), SAYS], None, True),
        ([function(), SAYS], [], True),
        ([function()], [{"type": "x_search"}], True),
        ([function(), SAYS], [{"type": "function", "name": "f"}], True),
        ([function(), SAYS], [{"type": "x_search"}], False),
        ([function(), ANSWERED, SAYS], [{"type": "function", "name": "f"}], False),
        ([SHELL], None, True),
        ([{**SHELL, "environment": {"type": "local"}}], None, True),
        ([{**SHELL, "environment": {"type": "container_reference", "container_id": "x"}}], None, False),
        ([SHELL], [{"type": "shell", "environment": {"type": "container_auto"}}], False),
        ([SHELL], [{"type": "shell", "environment": {"type": "local"}}], True),
        ([SHELL, {"type": "shell_call_output", "id": "o", "call_id": "c", "output": []}], None, False),
        ([{"type": "mcp_approval_request", "id": "c", "name": "f", "arguments": "{}"}], None, True),
        (
            [
                {"type": "mcp_approval_request", "id": "c", "name": "f", "arguments": "{}"},
                {"type": "mcp_approval_response", "id": "o", "approval_request_id": "c", "approve": True},
            ],
            None,
            False,
        ),
        ([{"type": "mcp_call", "id": "i", "name": "f", "arguments": "{}"}], None, False),
        ([{"type": "computer_call", "id": "i", "call_id": "c", "action": {"type": "wait"}}], None, True),
        ([{"type": "local_shell_call", "id": "i", "call_id": "c", "action": {}}], None, True),
        ([{"type": "apply_patch_call", "id": "i", "call_id": "c", "operation": {}}], None, True),
        ([{"type": "web_search_call", "id": "i"}], None, False),
    ],
)
def test_who_runs_a_call_is_told_by_what_was_offered_and_by_what_follows(
    items: list[dict[str, Any]], tools: list[Any] | None, waits: bool
) -> None:
    """Alike as a stream, with the tools at its beginning or its end, and as a document."""
    told: dict[str, Any] = {} if tools is None else {"tools": tools}
    begun = {"type": "response.created", "response": {"id": "resp_1", **told}}
    document = json.dumps({"id": "r", "status": "completed", "output": items, **told}).encode()
    for turn in (
        turn_after(GPT, begun, *whole(*items), over()),
        turn_after(GPT, CREATED, *whole(*items), over(*items, **told)),
        turn_after(GPT, CREATED, over(*items, **told)),
        turn_of(GPT, document, "application/json"),
    ):
        assert turn.status == ("requires_action" if waits else "completed")
        assert len(turn_waits(turn)) == int(waits)
        assert [step.waits for step in turn.steps if isinstance(step, ToolCall)] == [waits]


# What an end means.


@pytest.mark.parametrize(
    ("event", "told", "status", "code"),
    [
        ("response.completed", {"status": "stopped_early"}, "incomplete", "stopped_early"),
        ("response.completed", {"status": "expired"}, "incomplete", "expired"),
        ("response.completed", {"status": "requires_action"}, "incomplete", "requires_action"),
        (
            "response.completed",
            {"incomplete_details": {"reason": "max_output_tokens"}},
            "incomplete",
            None,
        ),
        ("response.completed", {"incomplete_details": {"reason": "odd"}}, "incomplete", "odd"),
        ("response.completed", {"error": {"code": "e", "message": "m"}}, "failed", "e"),
        ("response.incomplete", {"status": "incomplete"}, "incomplete", None),
        ("response.failed", {"status": "odd"}, "failed", "odd"),
        ("response.incomplete", {"status": "requires_action"}, "incomplete", "requires_action"),
        ("response.done", {"status": "requires_action"}, "incomplete", "requires_action"),
        ("response.done", {}, "completed", None),
        ("response.done", {"status": None}, "incomplete", None),
        ("response.done", {"status": "in_progress"}, "incomplete", None),
        ("response.done", {"status": "cancelled"}, "cancelled", None),
        (
            "response.done",
            {"status": "incomplete", "status_details": {"type": "incomplete", "reason": "content_filter"}},
            "incomplete",
            "content_filter",
        ),
        (
            "response.done",
            {"status": "failed", "status_details": {"type": "failed", "error": {"type": "x", "code": "e"}}},
            "failed",
            "e",
        ),
    ],
)
def test_an_end_is_no_success_that_its_response_does_not_bear_out(
    event: str, told: dict[str, Any], status: str, code: str | None
) -> None:
    turn = turn_after(GPT, CREATED, *whole(message("Par")), over(message("Par"), event=event, **told))
    assert (turn.status, text_of(turn), turn.error and turn.error.code) == (status, "Par", code)


@pytest.mark.parametrize("told", [{}, {"response": {}}, {"response": {"status": "completed", "output": []}}])
def test_an_answer_of_nothing_says_so(told: dict[str, Any]) -> None:
    turn = turn_after(GPT, CREATED, {"type": "response.completed", **told})
    assert (turn.status, len(turn.warnings)) == ("completed", 1)


def test_usage_is_read_where_it_is() -> None:
    """In the response, or beside it."""
    counted = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    older = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    for end in (
        over(message("Hi"), usage=counted),
        {**over(message("Hi")), "usage": counted},
        over(message("Hi"), x_gateway={"usage": counted}),
        over(message("Hi"), usage=older),
    ):
        turn = turn_after(GPT, CREATED, end)
        assert turn.usage is not None
        assert turn.usage.total_tokens == 3


# What nobody reads.


def test_what_nobody_reads_of_an_item_a_part_or_a_piece_stands_on_its_step() -> None:
    """Once, however often it is told; what is empty, or as ever, says nothing."""
    item = message("Hi", phase="commentary", created_by="x", status="completed")
    item["content"][0] |= {"logprobs": [{"token": "Hi"}], "spin": 1}
    item["content"].append({"type": "hologram", "depth": 3})
    delta = {
        "type": DELTA,
        "output_index": 0,
        "delta": "Hi",
        "logprobs": [{"token": "Hi"}],
        "obfuscation": "x",
    }
    added = {"type": ADDED, "output_index": 0, "item": {**item, "content": []}}
    turn = turn_after(GPT, CREATED, added, delta, {"type": DONE, "output_index": 0, "item": item}, over(item))
    assert turn.steps[-1].unread == {
        "phase": "commentary",
        "created_by": "x",
        "logprobs": [{"token": "Hi"}],
        "spin": 1,
        "content": [{"type": "hologram", "depth": 3}],
    }
    assert text_of(turn) == "Hi"
    begun = turn_after(GPT, CREATED, added)
    assert begun.steps[-1].unread == {"phase": "commentary", "created_by": "x"}


def test_what_nobody_reads_of_a_response_is_told_of_the_answer() -> None:
    """But not what only repeats the request."""
    told: dict[str, Any] = {
        "service_tier": "flex",
        "conversation": {"id": "conv"},
        "temperature": 1.0,
        "moderation": None,
    }
    turn = turn_after(GPT, CREATED, over(message("Hi"), **told, future={"a": 1}))
    assert turn.details == {"service_tier": "flex", "conversation": {"id": "conv"}, "future": {"a": 1}}


def test_citations_stand_on_the_text_as_they_come() -> None:
    """By bytes, once, and also when the finished item never comes."""
    cited = {"type": "url_citation", "start_index": 4, "end_index": 7, "url": "https://x.test", "title": "T"}
    added = {"type": ADDED, "output_index": 0, "item": {"type": "message", "id": "msg_1"}}
    delta = {"type": DELTA, "output_index": 0, "item_id": "msg_1", "content_index": 0, "delta": "Öl: süß."}
    event = {
        "type": "response.output_text.annotation.added",
        "output_index": 0,
        "item_id": "msg_1",
        "content_index": 0,
        "annotation_index": 0,
        "annotation": cited,
    }
    item = message("Öl: süß.")
    item["content"][0]["annotations"] = [cited]
    for events in (
        [added, delta, event],
        [added, delta, event, event, *whole(item)[1:], over(item)],
        [delta, event],
    ):
        step = turn_after(GPT, CREATED, *events).steps[-1]
        assert isinstance(step, ModelOutput)
        ((annotation,),) = [part.annotations for part in step.content]  # type: ignore[union-attr]
        assert (annotation["start_index"], annotation["end_index"]) == (5, 10)


# More than one answer.


def test_two_answers_in_one_body_are_both_shown() -> None:
    """Whether the second says that it begins, and whether the first has ended."""
    first = [CREATED, *whole(message("One."))]
    second = [
        {"type": "response.created", "response": {"id": "resp_2", "status": "in_progress"}},
        *whole(message("Two.", "msg_1")),
        {"type": "response.completed", "response": {"id": "resp_2", "status": "completed"}},
    ]
    for events in (
        [*first, *second],
        [*first, over(), *second],
        [
            *first,
            over(),
            second[-1]
            | {"response": {"id": "resp_2", "status": "completed", "output": [message("Two.", "msg_2")]}},
        ],
    ):
        turn = turn_after(GPT, *events)
        assert answer(turn) == [("output", "One."), ("output", "Two.")]
        assert (turn.status, turn.id, turn.unasked) == ("completed", "resp_2", 1)
        assert notes(turn) == ["The body holds two answers; both are shown"]


def test_content_behind_the_end_is_kept() -> None:
    late = {"type": DELTA, "output_index": 1, "item_id": "msg_2", "delta": "And"}
    turn = turn_after(GPT, CREATED, *whole(message("Hi.")), over(message("Hi.")), late)
    assert (turn.status, text_of(turn)) == ("completed", "Hi.And")
    assert notes(turn) == ["Content arrived after the end"]


# What goes back.


@pytest.mark.parametrize(
    "item",
    [
        {
            "type": "mcp_list_tools",
            "id": "m",
            "server_label": "s",
            "tools": [{"name": "f", "input_schema": {}}],
        },
        {"type": "compaction", "id": "cmp", "encrypted_content": "x"},
        {"type": "program", "id": "p", "call_id": "c", "code": "1", "fingerprint": "x"},
        {"type": "program_output", "id": "p", "call_id": "c", "result": "1", "status": "completed"},
        {"type": "reasoning", "id": "rs", "summary": [], "encrypted_content": "x"},
        {
            "type": "message",
            "id": "m",
            "role": "assistant",
            "status": "completed",
            "content": [],
            "phase": "commentary",
        },
    ],
)
def test_an_item_goes_back_as_it_came(item: dict[str, Any]) -> None:
    """And the client takes it so."""
    turn = turn_after(GPT, CREATED, {"type": DONE, "output_index": 0, "item": item}, over(item))
    sent = body(asking(history=(turn,)))
    assert sent["input"][1] == item
    check(body_of("openai responses"), sent)


def doc(*output: Any) -> bytes:
    """A whole response where a stream was asked for."""
    return json.dumps(over(*output)["response"]).encode()


GIVEN = {"text": "Büsum", "days": 2}
OBJECTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "function_call": ({"call_id": "c", "name": "f"}, "arguments", "function_call_arguments"),
    "mcp_call": ({"name": "f", "server_label": "s"}, "arguments", "mcp_call_arguments"),
    "mcp_approval_request": ({"name": "f", "server_label": "s"}, "arguments", ""),
    "custom_tool_call": ({"call_id": "c", "name": "f"}, "input", "custom_tool_call_input"),
}


@pytest.mark.parametrize("kind", OBJECTS)
@pytest.mark.parametrize("way", ["done", "streamed", "over", "document"])
def test_what_a_call_was_given_may_be_an_object_where_the_rules_want_a_text(kind: str, way: str) -> None:
    """It is read as what it is, and goes back as the text that the API wants."""
    named, key, event = OBJECTS[kind]
    item = {"type": kind, "id": "i", **named, key: GIVEN}
    empty = {**item, key: ""}
    pieces = [{"type": f"response.{event}.delta", "item_id": "i", "output_index": 0, "delta": GIVEN}]
    streamed = [{"type": ADDED, "output_index": 0, "item": empty}, *(pieces if event else [])]
    stream = {
        "done": [{"type": DONE, "output_index": 0, "item": item}, over()],
        "streamed": [*streamed, {"type": DONE, "output_index": 0, "item": item}, over(item)],
        "over": [over(item)],
    }
    if way == "document":
        turn = turn_of(GPT, doc(item), "application/json")
    else:
        turn = turn_after(GPT, CREATED, *stream[way])
    (call,) = [step for step in turn.steps if isinstance(step, ToolCall)]
    said: Any = call.arguments
    assert (json.loads(said["input"]) if key == "input" else said) == GIVEN
    sent = body(asking(history=(turn,), store=False))
    (back,) = [one for one in sent["input"] if one["type"] == kind]
    assert json.loads(back[key]) == GIVEN
    check(body_of("openai responses"), sent)


@pytest.mark.parametrize("event", ["output_text", "refusal"])
def test_an_answer_under_the_name_of_a_thought_begins_with_no_gap(event: str) -> None:
    thought = {"type": "response.reasoning_text.delta", "item_id": "msg_1", "delta": "Hm."}
    says = {"type": f"response.{event}.delta", "item_id": "msg_1", "delta": "Hi"}
    turn = turn_after(GPT, CREATED, thought, says, over())
    assert sorted(answer(turn)) == [("output", "Hi"), ("thought", "Hm.")]


TWICE = {
    "type": "reasoning",
    "id": "rs",
    "summary": [{"type": "summary_text", "text": "Hm."}],
    "content": [{"type": "reasoning_text", "text": "Hm."}],
}


@pytest.mark.parametrize("streamed", ["", "reasoning_text", "reasoning_summary_text"])
def test_the_same_thought_in_both_lists_is_one(streamed: str) -> None:
    piece = {"type": f"response.{streamed}.delta", "item_id": "rs", "output_index": 0, "delta": "Hm."}
    added = {"type": ADDED, "output_index": 0, "item": {"type": "reasoning", "id": "rs", "summary": []}}
    events = [added, *([piece] if streamed else []), {"type": DONE, "output_index": 0, "item": TWICE}]
    for turn in (
        turn_after(GPT, CREATED, *events, over(TWICE)),
        turn_of(GPT, doc(TWICE), "application/json"),
    ):
        assert answer(turn) == [("thought", "Hm.")]


@pytest.mark.parametrize("output", [[], [message("High water.")]])
def test_text_behind_the_end_of_its_item_goes_back_with_it(output: list[dict[str, Any]]) -> None:
    events = [
        {"type": DONE, "output_index": 0, "item": message("High ")},
        {"type": DELTA, "item_id": "msg_1", "output_index": 0, "delta": "water."},
    ]
    turn = turn_after(GPT, CREATED, *events, over(*output))
    back = body(asking(history=(turn,), store=False))["input"][-2]
    said = back["content"] if isinstance(back["content"], str) else back["content"][0]["text"]
    assert (text_of(turn), said) == ("High water.", "High water.")


@pytest.mark.parametrize(
    ("begun", "ended", "told"),
    [
        ({"service_tier": "auto"}, {"service_tier": "default"}, {}),
        ({}, {"billing": {"payer": "developer"}, "moderation": None}, {}),
        ({}, {"billing": {"payer": "user"}}, {"billing": {"payer": "user"}}),
        ({"service_tier": "auto"}, {"service_tier": "flex"}, {"service_tier": "flex"}),
        ({"service_tier": "priority"}, {"service_tier": "default"}, {"service_tier": "default"}),
    ],
)
def test_what_every_answer_says_is_told_only_where_it_is_a_change(
    begun: dict[str, Any], ended: dict[str, Any], told: dict[str, Any]
) -> None:
    created = {"type": "response.created", "response": {"id": "resp_1", **begun}}
    assert turn_after(GPT, created, over(message("Hi"), **ended)).details == told


@pytest.mark.parametrize("id", ["msg_1", "msg_2"])
@pytest.mark.parametrize("rest", ["High", "14:05.", "water"])
def test_a_response_that_ends_with_less_than_it_has_said_takes_nothing_back(id: str, rest: str) -> None:
    """Some servers have only the last piece in what they finish with, under a name of its own."""
    finished = {"type": "response.output_text.done", "item_id": "msg_1", "text": "High water 14:05."}
    for events in (whole(message("High water 14:05.")), [finished]):
        turn = turn_after(GPT, CREATED, *events, over(message(rest, id)))
        assert answer(turn) == [("output", "High water 14:05.")]
        assert notes(turn)[-1:] == [LESS]


@pytest.mark.parametrize("id", ["msg_1", "msg_2", "other"])
@pytest.mark.parametrize("gap", ["", "\n\n"])
def test_messages_that_the_finished_response_has_as_one_are_there_once(id: str, gap: str) -> None:
    items = [message("One."), message("Two.", "msg_2")]
    turn = turn_after(GPT, CREATED, *whole(*items), over(message(f"One.{gap}Two.", id)))
    assert (answer(turn), notes(turn)) == ([("output", "One."), ("output", "Two.")], [])


# What a server announces, the event and the piece that it streams, and what the step has then been given.
FORMING: dict[str, tuple[dict[str, Any], str, str, object]] = {
    "function_call": ({"name": "f", "arguments": ""}, "function_call_arguments", '{"a":1}', {"a": 1}),
    "mcp_call": (
        {"name": "f", "server_label": "s", "arguments": ""},
        "mcp_call_arguments",
        '{"a":1}',
        {"a": 1},
    ),
    "custom_tool_call": ({"name": "f", "input": ""}, "custom_tool_call_input", "ls", {"input": "ls"}),
    "code_interpreter_call": (
        {"code": None, "container_id": "x"},
        "code_interpreter_call_code",
        "print(1)",
        {"language": "python", "code": "print(1)"},
    ),
    "apply_patch_call": (
        {"operation": {"type": "update_file", "path": "a"}, "status": "completed"},
        "apply_patch_call_operation_diff",
        "+x",
        {"type": "update_file", "path": "a", "diff": "+x"},
    ),
    "shell_call": ({"action": {"commands": []}}, "shell_call_command", "ls", {"commands": ["ls"]}),
}


@pytest.mark.parametrize("kind", FORMING)
@pytest.mark.parametrize("left_out", [(), ("call_id",), ("name", "call_id", "server_label")])
def test_a_finished_item_that_is_emptier_than_its_stream_empties_nothing(
    kind: str, left_out: tuple[str, ...]
) -> None:
    """Neither what is shown nor what goes back."""
    fields, event, piece, given = FORMING[kind]
    named = {} if kind in {"mcp_call", "code_interpreter_call"} else {"call_id": "c"}
    item = {"type": kind, "id": "i", **named, **fields}
    done = {key: value for key, value in item.items() if key not in left_out}
    streamed = {"type": f"response.{event}.delta", "item_id": "i", "output_index": 0, "delta": piece}
    events = [{"type": ADDED, "output_index": 0, "item": item}, streamed]
    for end in ([done], []):
        turn = turn_after(GPT, CREATED, *events, {"type": DONE, "output_index": 0, "item": done}, over(*end))
        (call,) = [step for step in turn.steps if isinstance(step, ToolCall)]
        assert (call.arguments, call.data["id"], notes(turn)) == (given, named.get("call_id", "i"), [])
        (back,) = [one for one in body(asking(history=(turn,), store=False))["input"] if one["type"] == kind]
        assert piece in json.dumps(back).replace("\\", "")
        assert {key: back.get(key) for key in named} == named


@pytest.mark.parametrize("empty", ["", "{}", " {} ", "null"])
def test_placeholders_behind_the_real_arguments_are_none(empty: str) -> None:
    streamed = {"type": "response.function_call_arguments.delta", "item_id": "fc", "delta": '{"a":1}'}
    finished = {"type": "response.function_call_arguments.done", "item_id": "fc", "arguments": empty}
    item = function(arguments=empty)
    events: list[dict[str, Any]] = [
        {"type": ADDED, "item": function(arguments="")},
        streamed,
        finished,
        {"type": DONE, "item": item},
    ]
    turn = turn_after(GPT, CREATED, *events, over(item))
    assert (answer(turn), notes(turn)) == ([("function_call", "f", {"a": 1})], [])


BARE: dict[str, dict[str, Any]] = {
    "a call that has its own id alone": {
        "type": "function_call",
        "id": "fc_1",
        "name": "f",
        "arguments": "{}",
    },
    "a call without an id of its own": function(id=None),
    "an input without an id of its own": CUSTOM | {"id": ""},
    "a message without a status": message("Hi"),
    "a message without an id": {key: value for key, value in message("Hi").items() if key != "id"},
    "a text without citations": message("Hi") | {"content": [{"type": "output_text", "text": "Hi"}]},
    "a refusal without a status": message("Hi") | {"content": [{"type": "refusal", "refusal": "No"}]},
}


@pytest.mark.parametrize("name", BARE)
def test_what_a_server_leaves_out_of_an_item_is_there_when_it_goes_back(name: str) -> None:
    """Or the API would refuse the conversation for ever."""
    item = BARE[name]
    turn = turn_after(GPT, CREATED, {"type": DONE, "output_index": 0, "item": item}, over(item))
    sent = body(asking(history=(turn,), store=False))
    check(body_of("openai responses"), sent)
    back, answers = sent["input"][1], sent["input"][2:-1]
    assert back["type"] == item["type"]
    assert [one["call_id"] for one in answers] == ([back["call_id"]] if "call_id" in back else [])


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("names", [{"id": "x"}, {"call_id": "y"}, {"id": "x", "call_id": "y"}])
@pytest.mark.parametrize("kind", ["function_call", "custom_tool_call"])
def test_calls_that_have_other_names_at_the_end_are_there_once(
    kind: str, names: dict[str, str], count: int
) -> None:
    """Under the names that they were streamed with, and each as often as it was streamed."""
    call = function() if kind == "function_call" else CUSTOM
    items = [call | {"id": f"i{at}", "call_id": f"c{at}"} for at in range(count)]
    renamed = [
        item | {key: f"{name}{at}" for key, name in names.items()} | {"status": "completed"}
        for at, item in enumerate(items)
    ]
    turn = turn_after(GPT, CREATED, *whole(*items), over(*renamed))
    assert [one.data["id"] for one in turn_waits(turn)] == [item["call_id"] for item in items]


def test_a_call_that_only_the_finished_response_has_is_there_beside_its_like() -> None:
    other = function(id="i2", call_id="c2")
    for output in ([function(), other], [function(), {**other, "arguments": '{"a":2}'}]):
        turn = turn_after(GPT, CREATED, *whole(function()), over(*output))
        assert [one.data["id"] for one in turn_waits(turn)] == ["c", "c2"]


@pytest.mark.parametrize(
    ("kind", "event", "key"),
    [
        ("code_interpreter_call", "code_interpreter_call_code", "code"),
        ("function_call", "function_call_arguments", "arguments"),
        ("mcp_call", "mcp_call_arguments", "arguments"),
    ],
)
def test_a_nameless_item_that_is_counted_on_before_its_end_is_one(kind: str, event: str, key: str) -> None:
    said = '{"a":1}'
    item = {"type": kind, "id": "", "name": "f", key: ""}
    events = [
        {"type": ADDED, "output_index": 3, "item": item},
        {"type": f"response.{event}.delta", "item_id": "", "output_index": 3, "delta": said[:4]},
        {"type": f"response.{event}.delta", "item_id": "", "output_index": 3, "delta": said[4:]},
        {"type": f"response.{event}.done", "item_id": "", "output_index": 4, key: said},
        {"type": DONE, "output_index": 4, "item": {**item, key: said}},
    ]
    turn = turn_after(GPT, CREATED, *events, over())
    assert len([step for step in turn.steps if isinstance(step, ToolCall)]) == 1
    assert notes(turn) == []
