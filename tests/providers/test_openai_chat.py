"""Chat completions of OpenAI-compatible servers: requests out, frames in, events out."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI

from interactions.conversations.history import transplanted, wire_steps
from interactions.conversations.request import Access
from interactions.errors import UpstreamError
from interactions.providers.chat.body import body
from interactions.providers.chat.provider import OpenAIChat
from interactions.providers.protocol import Provider, keeping
from interactions.providers.reading import refold
from interactions.providers.shared.foreign import UNANSWERED
from interactions.running.resume import NO_FOLLOW_UPS
from interactions.running.runner import stream
from interactions.stream.journal import Frame, Journal
from interactions.stream.transport import new_client
from interactions.turns.events import Requested, StepDelta, StepStart, Usage
from interactions.turns.fold import fold
from interactions.turns.steps import Media, ModelOutput, Thought
from interactions.turns.turn import Turn, text_of
from tests.folding import ODD_VALUES, after, jsons, value
from tests.judges import body_of
from tests.peers import STREAM_HEAD, peer, says
from tests.vendors import (
    CITY,
    PDF,
    PICTURE,
    RECORDINGS,
    SAID,
    SOUND,
    VALUE,
    WEATHER,
    answer,
    asking,
    calls_of,
    check,
    cut_everywhere,
    events_of,
    exchange,
    said,
    sse,
    turn_after,
    turn_of,
    with_strangers,
)
from tests.vendors import NOTES as NAMED

UNENDED = {"chat_last_chunk_unterminated"}  # which is told by its form
STREAMS = {name: raw for name, raw in RECORDINGS.items() if name.startswith("chat_") and name not in UNENDED}
CHAT: Provider = OpenAIChat(httpx.Client(), Access("http://x.test"))
TAGGED: Provider = OpenAIChat(httpx.Client(), Access("http://x.test"), think_tags=True)

TIDE_CALL = ("function_call", "tide", {"port": "Büsum"})
WEATHER_CALL = ("function_call", "get_weather", {"city": "Zürich"})
ANSWERS: dict[str, tuple[str, list[tuple[object, ...]], Usage | None]] = {
    "chat_vllm": (
        "completed",
        [("thought", "The user says hello."), ("output", "Hello there ✨")],
        Usage(75, 44, 31),
    ),
    "chat_llamacpp_tools": (
        "requires_action",
        [("thought", "Need two tools."), WEATHER_CALL, ("function_call", "get_time", {})],
        Usage(75, 44, 31, None, 12),
    ),
    "chat_lmstudio_tools": ("requires_action", [("thought", "Call it."), WEATHER_CALL], Usage(75, 44, 31)),
    "chat_annotations": ("completed", [("output", "High water in Büsum 14:05.")], None),
    "chat_audio_with_finish": ("completed", [("output", "High water at two."), ("output", "")], None),
    "chat_closing_think_only": (
        "completed",
        [("output", "The user asks for the tide. Be brief.\n</think>\n\nAt 14:05.")],
        None,
    ),
    "chat_empty_braces_first": ("requires_action", [TIDE_CALL], None),
    "chat_gemini_signature": ("requires_action", [TIDE_CALL], Usage(180, 60, 14)),
    "chat_sse_called_json": ("completed", [("output", "High water 14:05.")], Usage(11, 5, 6)),
    "chat_xai_usage": (
        "completed",
        [("thought", "Tide table, then the clock. "), ("output", "At 14:05.")],
        Usage(374, 279, 6, 89, 149),
    ),
    "chat_truncated_ollama": ("interrupted", [("output", "Par")], None),
    "chat_error_llamacpp": ("failed", [("output", "Par")], None),
    "chat_error_lmstudio": ("failed", [("output", "Par")], None),
}


def chunk(finish: str | None = None, usage: Any = None, **delta: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-1", "model": "m", "choices": [choice], "usage": usage}


def spoken(*deltas: dict[str, Any], finish: str | None = "stop", provider: Provider = CHAT) -> Turn:
    """The turn of a stream of these deltas, ended as it should be."""
    chunks = [chunk(**delta) for delta in deltas]
    return turn_after(provider, *chunks, chunk(finish), done=True)


def called(*pieces: dict[str, Any], finish: str = "tool_calls") -> Turn:
    return spoken(*({"tool_calls": [piece]} for piece in pieces), finish=finish)


def piece(arguments: Any = None, name: str | None = None, **more: Any) -> dict[str, Any]:
    """A piece of a tool call without what is not told."""
    told = {"name": name, "arguments": arguments}
    return {**more, "function": {key: each for key, each in told.items() if each is not None}}


@pytest.mark.parametrize("name", STREAMS)
def test_a_recording_folds_to_this_answer(name: str) -> None:
    """Steps, status, usage, id and model."""
    stream = STREAMS[name]
    turn = turn_of(CHAT, stream)
    assert (turn.status, answer(turn), turn.usage) == ANSWERS[name]
    assert turn.ended
    assert turn.warnings == ()
    assert turn.id.startswith("chatcmpl-")
    assert turn.model
    assert turn.model in stream.decode()
    assert not any(step.open or step.other for step in turn.steps)


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_is_cut_before_its_finish_reason_is_no_success(name: str) -> None:
    """At every byte; behind it the answer is whole, and only the count of its tokens may be missing."""
    stream = STREAMS[name]
    final = turn_of(CHAT, stream)
    said = re.search(rb'"finish_reason": ?".*?\n\n', stream, re.DOTALL)
    known = said.end() - 2 if said else None
    for size, turn in cut_everywhere(CHAT, stream):
        assert turn.ended
        assert text_of(final).startswith(text_of(turn))
        if known is None or size < known:
            assert turn.status in {"interrupted", "failed"}, size
        else:
            assert (turn.status, answer(turn)) == (final.status, answer(final)), size


@pytest.mark.parametrize("name", STREAMS)
def test_what_nobody_knows_changes_nothing(name: str) -> None:
    """Comments, names and shapes from nowhere, in every place."""
    plain = exchange(STREAMS[name])
    expected = value(fold(events_of(CHAT, plain)))
    for frames in with_strangers(plain):
        assert value(fold(events_of(CHAT, frames))) == expected


def strange_chunks() -> st.SearchStrategy[dict[str, Any]]:
    """Objects that look like chunks, with anything in their fields."""
    functions = st.fixed_dictionaries(
        {}, optional={"name": st.sampled_from(["f", "g", ""]) | jsons(), "arguments": st.text() | jsons()}
    )
    pieces = st.fixed_dictionaries(
        {"function": functions | jsons()},
        optional={"index": st.integers(0, 2) | jsons(), "id": st.sampled_from(["a", "b"]) | jsons()},
    )
    texts = st.text(max_size=4) | st.sampled_from(["<think>", "</thi", "nk>"]) | jsons()
    deltas = st.fixed_dictionaries(
        {},
        optional={
            "content": texts,
            "reasoning": texts,
            "reasoning_content": texts,
            "refusal": texts,
            "tool_calls": st.lists(pieces, max_size=2) | jsons(),
            "function_call": functions | jsons(),
        },
    )
    choices = st.fixed_dictionaries(
        {"delta": deltas | jsons()}, optional={"index": st.just(0) | jsons(), "finish_reason": jsons()}
    )
    return st.fixed_dictionaries(
        {"choices": st.lists(choices, max_size=2) | jsons()},
        optional={"id": jsons(), "model": jsons(), "usage": jsons(), "error": st.none() | jsons()},
    )


@given(st.lists(strange_chunks() | jsons(), max_size=8), st.booleans())
def test_anything_in_the_fields_of_a_chunk_is_read(chunks: list[Any], tags: bool) -> None:
    """Twice alike, and the turn can be sent along as history."""
    provider = TAGGED if tags else CHAT
    frames = exchange(b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in chunks))
    turn = fold(events_of(provider, frames))
    assert value(turn) == value(fold(events_of(provider, frames)))
    assert turn.ended
    assert json.dumps(body(asking(history=(turn,))))


@pytest.mark.parametrize("odd", ODD_VALUES)
def test_an_odd_value_is_read_wherever_it_stands(odd: str) -> None:
    for raw in (
        f'{{"choices":{odd}}}',
        f'{{"choices":[{{"delta":{odd}}}]}}',
        f'{{"choices":[{{"delta":{{"tool_calls":[{odd}]}}}}]}}',
        f'{{"error":{odd}}}',
        f'{{"choices":[],"usage":{{"prompt_tokens":{odd}}}}}',
    ):
        assert turn_of(CHAT, f"data: {raw}\n\n".encode()).ended


# The traps.


def test_a_wrong_path_is_a_failure_though_lm_studio_answers_200() -> None:
    """The vendor's own client takes it for an answer without a word."""
    words = "Unexpected endpoint or method. (POST /chat/completions)"
    turn = turn_of(CHAT, json.dumps({"error": words}).encode(), "application/json")
    assert turn.status == "failed"
    assert turn.error is not None
    assert turn.error.message == words


def test_a_stream_of_nothing_but_an_error_is_a_failure() -> None:
    """LM Studio refuses a stream within a stream."""
    error = (
        b'event: error\ndata: {"error":{"message":"No model is loaded."},"message":"No model is loaded."}\n\n'
    )
    turn = turn_of(CHAT, error)
    assert turn.status == "failed"
    assert turn.error is not None
    assert turn.error.message == "No model is loaded."


@pytest.mark.parametrize("ending", [b"", b"data: [DONE]\n\n"])
def test_an_end_without_a_finish_reason_is_no_success(ending: bytes) -> None:
    """Ollama swallows what went wrong in mid-stream."""
    turn = turn_of(CHAT, STREAMS["chat_truncated_ollama"] + ending)
    assert (turn.status, turn.error) == ("interrupted", None)


@pytest.mark.parametrize("content", [b"", b"data: [DONE]\n\n"])
def test_an_empty_stream_is_no_success(content: bytes) -> None:
    """So LM Studio says that the context is full."""
    assert turn_of(CHAT, content).status == "interrupted"


@pytest.mark.parametrize("key", ["reasoning", "reasoning_content"])
def test_both_names_of_reasoning_are_read(key: str) -> None:
    turn = spoken({key: "Hm"}, {key: ", so"}, {"content": "Yes."})
    assert answer(turn) == [("thought", "Hm, so"), ("output", "Yes.")]


def test_reasoning_under_both_names_is_there_once() -> None:
    """The second is a copy for older readers."""
    turn = spoken({"reasoning": "Hm", "reasoning_content": "Hm"}, {"reasoning": "", "reasoning_content": "!"})
    assert answer(turn) == [("thought", "Hm!")]


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ({"code": 500, "message": "m", "type": "server_error"}, "server_error", "m"),
        ({"code": None, "message": "m", "type": "BadRequestError"}, "BadRequestError", "m"),
        ({"code": "context_length_exceeded", "message": "m"}, "context_length_exceeded", "m"),
        ({"message": {"odd": 1}}, None, '{"message": {"odd": 1}}'),
        ("m", None, "m"),
    ],
)
def test_an_error_in_a_stream_ends_it(error: object, code: str | None, message: str) -> None:
    """vLLM goes on to the end marker as if nothing were; what came before stays."""
    turn = turn_after(CHAT, chunk(content="Par"), {"error": error}, chunk("stop"), done=True)
    assert (turn.status, text_of(turn), turn.warnings) == ("failed", "Par", ())
    assert turn.error is not None
    assert (turn.error.code, turn.error.message) == (code, message)


@pytest.mark.parametrize(
    "raw",
    [
        b"event: error\ndata: out of memory\n\n",
        b'{"error":"out of memory"}\n\n',
        b'{"error":"out of memory"}\ndata: [DONE]\n\n',
        b'data: {"object":"error","message":"out of memory","code":500}\n\n',
    ],
)
def test_an_error_that_is_no_event_is_one(raw: bytes) -> None:
    """As plain text under its name, bare, without `data:` or before it, or as an object of that name, which
    is how an older vLLM says it."""
    turn = turn_of(CHAT, raw)
    assert turn.error is not None
    assert turn.error.message == "out of memory"


def test_an_error_behind_the_data_of_its_frame_is_one() -> None:
    """Without `data:`, and without the blank line that would make it a frame of its own."""
    raw = sse(chunk(content="Par")).removesuffix(b"\n") + b'{"error":{"message":"out of memory"}}\n\n'
    turn = turn_of(CHAT, raw)
    assert (turn.status, text_of(turn)) == ("failed", "Par")


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_an_empty_error_is_none(nothing: object) -> None:
    """A field that some gateways put into every chunk."""
    turn = turn_after(CHAT, {**chunk(content="Hi"), "error": nothing}, chunk("stop"), done=True)
    assert turn.status == "completed"


def test_calls_are_told_apart_by_their_index() -> None:
    turn = called(
        piece("", "f", index=0, id="a"),
        piece("", "g", index=1, id="b"),
        piece('{"x"', index=1),
        piece("{}", index=0),
        piece(":1}", index=1),
    )
    assert answer(turn) == [("function_call", "f", {}), ("function_call", "g", {"x": 1})]
    assert list(calls_of(turn)) == ["a", "b"]


def test_calls_without_an_index_are_told_by_their_place_in_the_list() -> None:
    turn = spoken({"tool_calls": [piece("{}", "f", id="a"), piece("[1]", "g", id="b")]}, finish="tool_calls")
    assert calls_of(turn) == {"a": {}, "b": [1]}


@pytest.mark.parametrize("ids", [("a", "b"), ("", "")])
def test_calls_that_are_all_at_the_same_index_are_several(ids: tuple[str, str]) -> None:
    """Each with a name of its own; without ids, too."""
    turn = called(piece("{}", "f", index=0, id=ids[0]), piece("[1]", "g", index=0, id=ids[1]))
    assert answer(turn) == [("function_call", "f", {}), ("function_call", "g", [1])]


def test_whole_calls_of_one_function_at_the_same_index_are_several() -> None:
    """Without ids, too: what is whole does not go on."""
    turn = called(piece('{"a":1}', "f", index=0), piece('{"a":2}', "f", index=0))
    assert answer(turn) == [("function_call", "f", {"a": 1}), ("function_call", "f", {"a": 2})]


@pytest.mark.parametrize("repeated", [{"id": "a"}, {"id": ""}, {"id": None}, {}])
@pytest.mark.parametrize("name", ["f", "", None])
def test_what_is_said_again_with_every_piece_begins_no_call(repeated: Any, name: str | None) -> None:
    """An old LM Studio repeats an empty name; others the id, or all of it."""
    turn = called(piece('{"x"', "f", index=0, id="a"), piece(":1}", name, index=0, **repeated))
    assert answer(turn) == [("function_call", "f", {"x": 1})]


def test_an_id_or_a_name_that_comes_late_is_taken() -> None:
    turn = called(piece("{", index=0), piece(name="f", index=0), piece("}", index=0, id="a"))
    assert answer(turn) == [("function_call", "f", {})]
    assert calls_of(turn) == {"a": {}}


def test_a_call_without_an_id_is_given_one() -> None:
    """Its result has to go back under some id; each call has its own, in any order."""
    turn = called(piece("{}", "f", index=0), piece("{}", "g", index=1), piece("{}", "h", index=2, id="same"))
    again = called(piece("{}", "f", index=0, id="same"), piece("{}", "g", index=1, id="same"))
    for found in (turn, again):
        ids = list(calls_of(found))
        assert all(ids)
        assert len(set(ids)) == len(found.steps) - 1


def test_arguments_that_are_an_object_are_taken() -> None:
    assert calls_of(called(piece({"x": 1}, "f", index=0, id="a"))) == {"a": {"x": 1}}


def test_the_older_kind_of_call_is_the_first_of_a_list() -> None:
    deltas = [{"function_call": {"name": "f", "arguments": "{"}}, {"function_call": {"arguments": "}"}}]
    turn = spoken(*deltas, finish="function_call")
    assert (turn.status, answer(turn)) == ("requires_action", [("function_call", "f", {})])


def test_calls_wait_though_the_finish_reason_is_a_plain_stop() -> None:
    assert called(piece("{}", "f", index=0, id="a"), finish="stop").status == "requires_action"


@pytest.mark.parametrize(
    ("finish", "status"),
    [
        ("stop", "completed"),
        ("length", "incomplete"),
        ("content_filter", "failed"),
        ("insufficient_system_resource", "failed"),
        ("error", "failed"),
        ("abort", "cancelled"),
        ("eos", "completed"),
    ],
)
def test_what_a_finish_reason_means(finish: str, status: str) -> None:
    """A filter says that it was one, and whatever else has failed what that was."""
    turn = spoken({"content": "Par"}, finish=finish)
    assert (turn.status, text_of(turn)) == (status, "Par")
    assert (turn.error.code if turn.error else None) == (finish if status == "failed" else None)


@pytest.mark.parametrize("finish", ["error", "stop", None])
@pytest.mark.parametrize(
    "error", [{"code": 502, "message": "Provider disconnected"}, "Provider disconnected"]
)
def test_an_error_in_a_choice_ends_the_answer(error: object, finish: str | None) -> None:
    """OpenRouter's way to say it; the usage may still come. In a document, too."""
    wrong = chunk(finish)
    wrong["choices"][0]["error"] = error
    used = {"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 7}}
    turn = turn_after(CHAT, chunk(content="Par"), wrong, used, done=True)
    assert (turn.status, text_of(turn), turn.warnings) == ("failed", "Par", ())
    assert turn.error is not None
    assert turn.error.message == "Provider disconnected"
    assert turn.usage == Usage(12, 5, 7)
    whole = turn_of(CHAT, json.dumps(wrong).encode(), kind="application/json")
    assert whole.status == "failed"


def test_a_thought_behind_text_is_a_step_of_its_own() -> None:
    """And so is the text behind it; a call closes what was open."""
    call = {"tool_calls": [piece("{}", "f", index=0, id="a")]}
    deltas: list[dict[str, Any]] = [
        {"content": "A"},
        {"reasoning": "b"},
        {"content": "C"},
        call,
        {"content": "D"},
    ]
    turn = spoken(*deltas)
    assert [step[:2] for step in answer(turn)] == [
        ("output", "A"),
        ("thought", "b"),
        ("output", "C"),
        ("function_call", "f"),
        ("output", "D"),
    ]


def test_content_may_be_a_list() -> None:
    """Mistral's, with its thoughts in it."""
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}, {"type": "reference"}]}
    turn = spoken({"content": [thinking]}, {"content": [{"type": "text", "text": "Hel"}]}, {"content": "lo"})
    assert answer(turn) == [("thought", "Hm"), ("output", "Hello")]


def test_pictures_are_parts_of_the_answer() -> None:
    """OpenRouter's, inline or at an address."""
    urls = ("data:image/png;base64,iVBORw0KGgo=", "https://x.test/a.png")
    images = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    turn = spoken({"content": "Here:"}, {"content": "", "images": images})
    (step,) = (step for step in turn.steps if isinstance(step, ModelOutput))
    assert [part.raw for part in step.content if isinstance(part, Media)] == [
        {"type": "image", "mime_type": "image/png", "data": "iVBORw0KGgo="},
        {"type": "image", "uri": "https://x.test/a.png"},
    ]


def test_a_chunk_before_the_answer_does_not_name_it() -> None:
    """Azure's first one tells of its filter only."""
    before = {"id": "", "model": "", "choices": [], "prompt_filter_results": []}
    turn = turn_after(CHAT, before, chunk(content="Hi"))
    assert (turn.id, turn.model) == ("chatcmpl-1", "m")


def test_a_refusal_is_text_that_is_marked() -> None:
    turn = spoken({"refusal": "I will"}, {"refusal": " not."})
    assert answer(turn) == [("output", "I will not.")]
    assert turn.steps[-1].other == ({"type": "refusal"},)


def test_what_says_nothing_makes_no_step() -> None:
    """Roles, empty strings, nulls and fields that only some servers have."""
    deltas: list[dict[str, Any]] = [
        {"role": "assistant", "content": ""},
        {"content": None, "reasoning": None},
        {"audio": {}},
        {},
    ]
    assert answer(spoken(*deltas)) == []


def test_other_choices_are_only_rows() -> None:
    """The second of several answers is not mixed into the first."""
    other = {"choices": [{"index": 1, "delta": {"content": "no"}, "finish_reason": "stop"}]}
    assert turn_after(CHAT, chunk(content="Yes"), other).status == "interrupted"
    assert text_of(turn_after(CHAT, chunk(content="Yes"), other)) == "Yes"


def test_usage_is_the_last_that_was_said() -> None:
    """In a chunk of its own, in that of the finish reason, or in all of them as it grows."""
    used = {"prompt_tokens": 5, "completion_tokens": 7, "completion_tokens_details": {"reasoning_tokens": 3}}
    growing = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
    for chunks in (
        [chunk(content="Hi"), chunk("stop"), {"choices": [], "usage": used}],
        [chunk(content="Hi"), chunk("stop", usage=used)],
        [chunk(usage=growing, content="Hi"), chunk("stop", usage=growing), {"choices": [], "usage": used}],
    ):
        assert turn_after(CHAT, *chunks, done=True).usage == Usage(12, 5, 4, 3)


def test_an_answer_whose_connection_breaks_behind_the_finish_reason_is_whole() -> None:
    """Whatever broke it."""
    frames = exchange(sse(chunk(content="Hi")) + sse(chunk("stop")))[:-1]
    end = Frame(99, 1, 1, "note", b'{"note":"cut","error":"ReadError","message":"reset"}')
    turn = fold(events_of(CHAT, [*frames, end]))
    assert (turn.status, turn.error) == ("completed", None)


def test_a_whole_completion_instead_of_a_stream_is_the_answer() -> None:
    """Where `stream` is not known."""
    message = {
        "role": "assistant",
        "content": "All.",
        "reasoning": "Hm",
        "tool_calls": [piece("{}", "f", id="a")],
    }
    whole = {"id": "c", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    turn = turn_of(CHAT, json.dumps({**whole, "usage": {"prompt_tokens": 1}}).encode(), "application/json")
    assert answer(turn) == [("thought", "Hm"), ("output", "All."), ("function_call", "f", {})]
    assert (turn.status, turn.usage) == ("requires_action", Usage(1, 1))


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (b'{"error":{"message":"m"}}', "failed"),
        (b'{"message":"m"}', "failed"),
        (b"[]", "failed"),
        (b"<html>", "failed"),
        (b"", "interrupted"),
    ],
)
def test_any_other_document_is_no_success(document: bytes, status: str) -> None:
    assert turn_of(CHAT, document, "application/json").status == status


def test_a_refusal_is_an_error_in_the_server_s_words() -> None:
    """vLLM's code is the status once more; its word is the type."""
    raw = b'{"error":{"message":"m","type":"NotFoundError","param":null,"code":404}}'
    turn = turn_of(CHAT, raw, "application/json", 404)
    assert turn.error is not None
    assert (turn.error.code, turn.error.message, turn.error.http_status) == ("NotFoundError", "m", 404)


# Tags.

THOUGHT_OUT = "<think>Hm, <b>2 < 3.</think>\n\nYes: a < b, and </b>."


@pytest.mark.parametrize("size", range(1, len(THOUGHT_OUT) + 1))
def test_thoughts_in_tags_are_thoughts_wherever_they_are_cut(size: int) -> None:
    """Also within a tag; what only looks like the beginning of one is text."""
    pieces = [THOUGHT_OUT[at : at + size] for at in range(0, len(THOUGHT_OUT), size)]
    turn = spoken(*({"content": each} for each in pieces), provider=TAGGED)
    assert answer(turn) == [("thought", "Hm, <b>2 < 3."), ("output", "\n\nYes: a < b, and </b>.")]


def test_tags_stay_in_the_text_unless_they_are_looked_for() -> None:
    assert answer(spoken({"content": THOUGHT_OUT})) == [("output", THOUGHT_OUT)]


@pytest.mark.parametrize(
    ("deltas", "expected"),
    [
        ([{"content": "<think></think>Hi"}], [("output", "Hi")]),
        ([{"content": "<think>Hm"}], [("thought", "Hm")]),
        ([{"content": "Hi <thi"}], [("output", "Hi <thi")]),
        ([{"content": "Hi <"}, {"reasoning": "Hm"}], [("output", "Hi <"), ("thought", "Hm")]),
        ([{"content": "A<think>b</think>C"}], [("output", "A"), ("thought", "b"), ("output", "C")]),
        (
            [{"content": "Hi <"}, {"tool_calls": [piece("{}", "f", index=0, id="a")]}],
            [("output", "Hi <"), ("function_call", "f", {})],
        ),
    ],
)
def test_what_is_held_back_for_a_tag_is_never_lost(deltas: list[Any], expected: list[Any]) -> None:
    """Whatever follows, and also if nothing does."""
    assert answer(spoken(*deltas, provider=TAGGED)) == expected
    cut = turn_after(TAGGED, *(chunk(**delta) for delta in deltas))
    assert (cut.status, answer(cut)) == ("interrupted", expected)
    failed = turn_after(TAGGED, *(chunk(**delta) for delta in deltas), {"error": "out of memory"})
    assert (failed.status, answer(failed)) == ("failed", expected)
    stopped = [*exchange(b"".join(sse(chunk(**delta)) for delta in deltas))[:-1], STOP]
    assert answer(fold(events_of(TAGGED, stopped))) == expected


STOP = Frame(99, 1, 1, "note", b'{"note":"stop","by":"you","time":""}')


# Requests.

CALLED = turn_of(CHAT, STREAMS["chat_llamacpp_tools"])
RESULTS = (
    {"type": "function_result", "call_id": "callA", "name": "get_weather", "result": {"c": 21}},
    {"type": "function_result", "call_id": "callB", "name": "get_time", "result": "noon"},
)
FILE = {"type": "document", "data": "JVBERg==", "mime_type": "application/pdf"}
NOTES = {"type": "document", "data": "w7xiZXI=", "mime_type": "text/plain"}


def test_the_least_is_sent_without_what_is_unset() -> None:
    assert body(asking()) == {
        "model": "m",
        "messages": [{"role": "user", "content": "Hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_what_is_set_is_sent() -> None:
    """Zero is a value; `extra` goes over all."""
    sent = body(
        asking(
            system_instruction="Be brief.",
            temperature=0.0,
            top_p=0.0,
            max_output_tokens=10,
            thinking_level="low",
            seed=0,
            stop_sequences=("END",),
            tools=(WEATHER,),
            store=False,
        ),
        extra={"temperature": 1.0, "num_ctx": 4096},
    )
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    declared = {key: WEATHER[key] for key in ("name", "description", "parameters")}
    assert {
        key: sent[key] for key in sent if key not in {"messages", "model", "stream", "stream_options"}
    } == {
        "temperature": 1.0,
        "top_p": 0.0,
        "max_tokens": 10,
        "reasoning_effort": "low",
        "seed": 0,
        "stop": ["END"],
        "tools": [{"type": "function", "function": declared}],
        "num_ctx": 4096,
    }


@pytest.mark.parametrize("level", ["ultra", "on", ""])
def test_a_level_that_it_does_not_have_is_not_sent(level: str) -> None:
    """All that it has are."""
    assert "reasoning_effort" not in body(asking(thinking_level=level))
    for known in CHAT.can.values["thinking_level"]:
        assert body(asking(thinking_level=known))["reasoning_effort"] == known
        check(body_of("openai chat"), body(asking(thinking_level=known)))


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CITY, True),
        ({**CITY, "required": []}, False),
        ({**CITY, "additionalProperties": True}, False),
        ({**CITY, "properties": {"city": {"type": "object"}}}, False),
        ({**CITY, "properties": {"city": {"anyOf": [CITY, {"type": ["object", "null"]}]}}}, False),
        ({**CITY, "$defs": {"a": CITY}, "properties": {"city": {"$ref": "#/$defs/a"}}}, True),
        ({**CITY, "required": 5}, False),
    ],
)
def test_a_model_is_held_strictly_to_a_schema_that_is_closed(schema: dict[str, Any], strict: bool) -> None:
    """Any other would be refused; an empty one is none."""
    sent = body(asking(response_schema=schema))
    told = {"name": "answer", "schema": schema, "strict": strict}
    assert sent["response_format"] == {"type": "json_schema", "json_schema": told}
    check(body_of("openai chat"), sent)
    assert "response_format" not in body(asking(response_schema={}))


def test_a_tool_round_is_one_message_of_the_assistant_and_one_for_each_result() -> None:
    """Thoughts stay here."""
    assert body(asking(history=(CALLED,), input=RESULTS))["messages"] == [
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "callA",
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city":"Zürich"}'},
                },
                {"id": "callB", "type": "function", "function": {"name": "get_time", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "callA", "content": '{"c":21}'},
        {"role": "tool", "tool_call_id": "callB", "content": "noon"},
    ]


def test_a_call_that_nobody_has_answered_is_answered_behind_its_message() -> None:
    """Behind the results that were given; the next word of the user comes after them all."""
    later = turn_of(CHAT, STREAMS["chat_vllm"])
    for asked in (asking(history=(CALLED,), input=RESULTS[:1]), asking(history=(CALLED, later))):
        sent = body(asked)
        check(body_of("openai chat"), sent)
        results = [each for each in sent["messages"][2:4] if each["role"] == "tool"]
        assert [each["tool_call_id"] for each in results] == ["callA", "callB"]
        assert results[1]["content"] == UNANSWERED
        assert len([each for each in sent["messages"] if each["role"] == "tool"]) == 2


def test_every_turn_takes_all_of_its_history_along() -> None:
    """Also what an id would have named: nothing is kept over there."""
    earlier = turn_of(CHAT, STREAMS["chat_vllm"])
    for asked in (
        asking(history=(earlier,)),
        asking(previous_interaction_id="v1_x", earlier=lambda: (earlier,)),
    ):
        assert body(asked)["messages"] == [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": "Hello there ✨"},
            {"role": "user", "content": "Hi"},
        ]


def test_what_a_chat_has_no_words_for_is_left_out() -> None:
    """Of another vendor: thoughts, searches, steps of no known kind, calls without an id."""
    steps = (
        {"type": "thought", "signature": "theirs"},
        {"type": "google_search_call", "id": "s", "arguments": {}},
        {"type": "google_search_result", "call_id": "s", "result": []},
        {"type": "hologram"},
        {"type": "function_call", "name": "f", "arguments": {}},
        {"type": "function_result", "name": "f", "result": ""},
        {"type": "model_output", "content": []},
        {"type": "user_input", "content": [{"type": "audio", "data": "AA=="}, {"type": "image"}]},
    )
    turn = after(Turn(), Requested((SAID,), "m", None, stored=False), *_starts(steps))
    assert [message["content"] for message in body(asking(history=(turn,)))["messages"]] == ["Hi", "Hi"]


def _starts(steps: tuple[dict[str, Any], ...]) -> list[StepStart]:
    return [StepStart(at, step) for at, step in enumerate(steps)]


@pytest.mark.parametrize(
    ("said", "sent"),
    [('{"x"', '{"x"'), ("{}", "{}"), ("", "{}"), ("null", "{}"), ("[1]", "[1]"), ("f(1)", "f(1)")],
)
def test_arguments_go_back_as_they_were_said(said: str, sent: str) -> None:
    """Also those that are no JSON: the model is told what it has written."""
    turn = called(piece(said, "f", index=0, id="a"))
    (call,) = body(asking(history=(turn,)))["messages"][1]["tool_calls"]
    assert call["function"]["arguments"] == sent


CASES = {
    "plain": asking(),
    "options": asking(
        system_instruction="Brief.",
        temperature=0.5,
        top_p=0.9,
        max_output_tokens=9,
        thinking_level="high",
        seed=1,
        stop_sequences=("a", "b"),
        tools=(WEATHER, {"type": "function", "name": "f"}),
    ),
    "turns": asking(history=(turn_of(CHAT, STREAMS["chat_vllm"]),)),
    "tools": asking(history=(CALLED,), input=RESULTS, tools=(WEATHER,)),
    "thoughts": asking(history=(turn_of(CHAT, STREAMS["chat_lmstudio_tools"]),), input=(RESULTS[0],)),
    "picture": asking(input=({**SAID, "content": [*SAID["content"], PICTURE, FILE, NOTES]},)),
    "result of parts": asking(input=({**RESULTS[0], "result": [{"type": "text", "text": "21"}]},)),
    "foreign": asking(history=(transplanted(CALLED),), input=RESULTS),
}


@pytest.mark.parametrize("case", CASES)
def test_the_vendor_s_own_types_allow_every_request(case: str) -> None:
    """And know each of its fields."""
    check(body_of("openai chat"), body(CASES[case]))


def test_a_tool_that_is_no_function_is_the_server_s_to_refuse() -> None:
    """Leaving it out would look as if it had been offered."""
    assert body(asking(tools=({"type": "google_search"},)))["tools"] == [{"type": "google_search"}]


def test_files_are_parts_and_text_alone_is_a_string() -> None:
    """A picture and a PDF stay what they are; a text file is text."""
    (message,) = body(CASES["picture"])["messages"]
    kinds = [part["type"] for part in message["content"]]
    assert kinds == ["text", "image_url", "file", "text"]
    assert message["content"][1]["image_url"]["url"] == "data:image/png;base64,iVBORw0KGgo="
    (message,) = body(asking(input=({**SAID, "content": [NOTES]},)))["messages"]
    assert message["content"] == "über"


def test_files_keep_their_names_and_sounds_their_format() -> None:
    """A sound of no format that can be heard is left out, and so is one at an address."""
    mp3 = {**SOUND, "mime_type": "audio/mpeg"}
    unheard = ({**SOUND, "mime_type": "audio/ogg"}, {"type": "audio", "uri": "https://x.test/a.wav"})
    asked = asking(input=({**SAID, "content": [PDF, NAMED, VALUE, SOUND, mp3, *unheard]},))
    check(body_of("openai chat"), body(asked))
    assert body(asked)["messages"][0]["content"] == [
        {
            "type": "file",
            "file": {"filename": "plan.pdf", "file_data": "data:application/pdf;base64,JVBERg=="},
        },
        {"type": "text", "text": "notes.txt:\n\nüber"},
        {"type": "text", "text": 'a .json:\n\n{"a":1}'},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "mp3"}},
    ]
    for kind in ("image/svg+xml", "audio/ogg", "video/mp4", "application/zip"):
        assert not kind.startswith(CHAT.can.media)
    for kind in ("image/png", "audio/x-wav", "application/pdf", "text/csv", "application/json"):
        assert kind.startswith(CHAT.can.media)


def test_a_text_file_stands_apart_from_what_is_said_of_it() -> None:
    (message,) = body(asking(input=({**SAID, "content": [*SAID["content"], NAMED]},)))["messages"]
    assert message["content"] == "Hi\n\nnotes.txt:\n\nüber"


def test_this_protocol_s_turn_goes_to_google_like_any_other() -> None:
    assert [step["type"] for step in wire_steps([CALLED])] == [
        "user_input",
        "thought",
        "function_call",
        "function_call",
    ]


# The wire.


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("http://localhost:1234", "http://localhost:1234/v1/chat/completions"),
        ("http://localhost:1234/", "http://localhost:1234/v1/chat/completions"),
        ("http://localhost:1234/v1", "http://localhost:1234/v1/chat/completions"),
        ("http://localhost:1234/v1/", "http://localhost:1234/v1/chat/completions"),
        ("http://localhost:1234/v1/chat/completions", "http://localhost:1234/v1/chat/completions"),
        ("https://x.test/openai/v4", "https://x.test/openai/v4/chat/completions"),
        ("https://x.test/openai/v1?api-version=3", "https://x.test/openai/v1/chat/completions?api-version=3"),
    ],
)
def test_an_address_may_be_told_in_any_of_the_usual_ways(base: str, url: str) -> None:
    """Never with two slashes: LM Studio does not know such a path."""
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        list(OpenAIChat(client, Access(base)).frames(asking()))
    assert [str(each.url) for each in asked] == [url]
    assert "authorization" not in asked[0].headers


def test_a_call_has_its_key_and_its_own_fields_and_no_frame_has_the_key() -> None:
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=headers, content=STREAMS["chat_vllm"])

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        provider = OpenAIChat(
            client,
            Access("http://x.test", "planted-key"),
            protocol="ollama",
            headers={"api-key": "planted-word"},
            extra={"num_ctx": 1},
        )
        frames = list(provider.frames(asking(max_output_tokens=5, previous_interaction_id="v1_x")))
        provider.reach()
    sent = json.loads(asked[0].content)
    assert (sent["max_tokens"], sent["num_ctx"]) == (5, 1)
    assert asked[0].headers["authorization"] == "Bearer planted-key"
    assert str(asked[1].url) == "http://x.test/v1/models"
    assert b"planted" not in b"".join(frame.raw for frame in frames)
    assert provider.protocol == "ollama"
    turn = fold(events_of(provider, frames))
    assert (turn.status, turn.stored, turn.previous_interaction_id, turn.chainable) == (
        "completed",
        False,
        None,
        False,
    )
    assert wire_steps([turn])[0] == SAID


def test_nothing_can_be_asked_of_an_answer_that_nobody_keeps() -> None:
    assert CHAT.can.follow_ups == frozenset()
    with pytest.raises(UpstreamError, match="keeps no answers"):
        keeping(CHAT)


def test_a_turn_that_is_cut_stays_as_it_is_and_says_so() -> None:
    """No rung of the ladder leads anywhere."""
    with peer(says(STREAM_HEAD, STREAMS["chat_truncated_ollama"])) as server:
        provider = OpenAIChat(new_client(2.0), Access(server.url))
        journal = Journal(Turn())
        stream(provider, asking(), journal)
        assert len(server.requests) == 1
    assert (journal.turn.status, text_of(journal.turn)) == ("interrupted", "Par")
    assert any(warning.startswith(NO_FOLLOW_UPS.removesuffix(".")) for warning in journal.turn.warnings)
    assert refold(provider, journal.slice()) == journal.turn


def test_the_second_attempt_begins_anew() -> None:
    """What the first had said is not held against it."""
    first, response, *_ = exchange(b"")
    again = json.loads(first.raw) | {"attempt": 2}
    wire = [frame for frame in exchange(STREAMS["chat_vllm"]) if frame.kind == "wire"]
    frames = [
        first,
        response,
        wire[0],
        Frame(3, 1, 1, "note", b'{"note":"retry","seconds":0,"attempt":2,"of":4}'),
        Frame(4, 1, 1, "note", json.dumps(again).encode()),
        response,
        *wire,
        Frame(99, 1, 1, "note", b'{"note":"end"}'),
    ]
    assert answer(fold(events_of(CHAT, frames))) == ANSWERS["chat_vllm"][1]


@pytest.mark.parametrize("name", ["chat_vllm", "chat_llamacpp_tools", "chat_lmstudio_tools"])
def test_the_vendor_s_client_reads_the_same(name: str) -> None:
    """The same bytes, from a server: text, thoughts, calls and usage."""
    turn = turn_of(CHAT, STREAMS[name])
    with (
        peer(says(STREAM_HEAD, STREAMS[name])) as server,
        OpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0) as client,
        client.chat.completions.stream(
            model="m",
            messages=[{"role": "user", "content": "Hi"}],
            stream_options={"include_usage": True},
        ) as events,
    ):
        theirs = events.get_final_completion()
    message = theirs.choices[0].message
    assert text_of(turn) == (message.content or "")
    assert calls_of(turn) == {
        call.id: json.loads(call.function.arguments) for call in message.tool_calls or []
    }
    thoughts = [step[1] for step in answer(turn) if step[0] == "thought"]
    extra = message.model_extra or {}
    assert thoughts == [extra.get("reasoning") or extra.get("reasoning_content")]
    assert theirs.usage is not None
    assert turn.usage is not None
    assert theirs.usage.prompt_tokens == turn.usage.total_input_tokens
    assert theirs.usage.completion_tokens == turn.usage.total_output_tokens
    assert theirs.usage.total_tokens == turn.usage.total_tokens


def test_the_vendor_s_client_sends_the_same() -> None:
    heads = []
    for ours in (False, True):
        with peer(says(STREAM_HEAD, STREAMS["chat_vllm"])) as server:
            if ours:
                list(OpenAIChat(new_client(2.0), Access(server.url, "k")).frames(CASES["tools"]))
            else:
                with OpenAI(base_url=f"{server.url}/v1", api_key="k", max_retries=0) as client:
                    list(client.chat.completions.create(**body(CASES["tools"])))
            head, _, sent = server.requests[0].partition(b"\r\n\r\n")
            bearer = b"authorization: bearer k" in head.lower()
            heads.append((head.split(b"\r\n")[0], bearer, json.loads(sent)))
    assert heads[0] == heads[1]


def test_deltas_are_read_one_by_one() -> None:
    """Nothing waits for the end of a step."""
    bodies = said(CHAT, chunk(content="Hel"), chunk(content="lo"))
    assert [type(each).__name__ for each in bodies] == [
        "InteractionCreated",
        "StepStart",
        "StepDelta",
        "StepDelta",
    ]
    assert isinstance(bodies[-1], StepDelta)


def test_a_thought_has_no_signature() -> None:
    """Nobody checks it when it does not go back."""
    thoughts = [step for step in CALLED.steps if isinstance(step, Thought)]
    assert [step.signature for step in thoughts] == [""]
