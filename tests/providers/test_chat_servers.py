"""What servers of OpenAI's chat dialect send beside what it says: other keys, other orders, other ends."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable
from importlib import import_module
from operator import attrgetter
from typing import Any, Literal, get_args, get_origin

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations.history import transplanted
from interactions.conversations.request import Access
from interactions.providers.chat.body import body
from interactions.providers.chat.provider import OpenAIChat
from interactions.providers.chat.stream.calls import READ as CALL_READ
from interactions.providers.chat.stream.chunks import CHOICE, CHUNK, long
from interactions.providers.chat.stream.delta import READ
from interactions.providers.chat.stream.ends import outcome
from interactions.providers.chat.stream.progress import Chunks
from interactions.providers.chat.stream.tags import PAIRS, Scan
from interactions.providers.chat.stream.usual import short
from interactions.providers.protocol import Provider
from interactions.providers.shared.foreign import UNANSWERED
from interactions.turns.events import Progress, Usage
from interactions.turns.steps import Media, ModelOutput, OtherStep, Step, Text, Thought, ToolCall, plain
from interactions.turns.turn import Turn, text_of
from tests.folding import cases
from tests.judges import body_of
from tests.vendors import (
    RECORDINGS,
    answer,
    asking,
    calls_of,
    check,
    cut_everywhere,
    said,
    sse,
    text_at,
    turn_after,
    turn_of,
)

CLIENT, NOWHERE = httpx.Client(), Access("http://x.test")
CHAT: Provider = OpenAIChat(CLIENT, NOWHERE)
TAGGED: Provider = OpenAIChat(CLIENT, NOWHERE, think_tags=True)
CASES = cases("chat_", "chat_")
STREAMS = {name: raw for name, raw in (RECORDINGS | CASES).items() if name.startswith("chat_")}


PIECES: tuple[str, ...] = ("High ", "water ", "at two.")


def chunk(finish: str | None = None, id: str = "chatcmpl-1", **delta: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": id, "model": "m", "choices": [choice]}


def spoken(*deltas: dict[str, Any], finish: str | None = "stop", provider: Provider = CHAT) -> Turn:
    """The turn of a stream of these deltas, ended as it should be."""
    return turn_after(provider, *(chunk(**delta) for delta in deltas), chunk(finish), done=True)


def piece(arguments: Any = None, name: str | None = None, **more: Any) -> dict[str, Any]:
    """A piece of a tool call without what is not told."""
    told = {"name": name, "arguments": arguments}
    return {**more, "function": {key: each for key, each in told.items() if each is not None}}


def received(turn: Turn) -> list[Step]:
    return [step for step in turn.steps if not step.sent]


def notes(turn: Turn) -> list[str]:
    return [said.partition(" (row")[0] for said in turn.warnings]


def unread(turn: Turn) -> dict[str, Any]:
    return {key: value for step in turn.steps for key, value in step.unread.items()}


def cited(turn: Turn) -> list[tuple[str, str]]:
    """The address of each citation, and the text that it stands at."""
    parts = [part for step in turn.steps if isinstance(step, ModelOutput) for part in step.content]
    return [
        (note["url"], str(part.text).encode()[note["start_index"] : note["end_index"]].decode())
        if "end_index" in note
        else (note["url"], "")
        for part in parts
        if isinstance(part, Text)
        for note in part.annotations
    ]


# What an end means.


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        *(
            (word, "completed")
            for word in ("STOP", "FINISH_REASON_STOP", "end_turn", "eos_token", "COMPLETE")
        ),
        *((word, "incomplete") for word in ("MAX_TOKENS", "max_output_tokens", "model_length", "Length")),
        *((word, "failed") for word in ("SAFETY", "FINISH_REASON_SAFETY", "content-filter", "refusal")),
    ],
)
def test_a_finish_reason_means_the_same_in_other_spellings(reason: str, status: str) -> None:
    assert spoken({"content": "Par"}, finish=reason).status == status


@pytest.mark.parametrize("reason", ["tool_calls", "tool_use", "function_call", "TOOL_CALL"])
def test_an_end_for_a_call_that_did_not_come_is_no_success_and_says_so(reason: str) -> None:
    turn = spoken({"content": "I will look."}, finish=reason)
    assert (turn.status, text_of(turn)) == ("incomplete", "I will look.")
    assert notes(turn) == ["The server says that a call follows, but there is none"]
    called = spoken({"tool_calls": [piece("{}", "f", id="a")]}, finish=reason)
    assert (called.status, called.warnings) == ("requires_action", ())


@pytest.mark.parametrize("reason", ["vibes", "OTHER", "malformed_function_call", "unknown"])
@pytest.mark.parametrize("calls", [(), (piece("{}", "f", id="a"),)])
def test_a_reason_that_nobody_knows_is_no_success_and_is_told_in_the_servers_word(
    reason: str, calls: tuple[Any, ...]
) -> None:
    turn = spoken({"content": "Par", "tool_calls": list(calls)}, finish=reason)
    assert turn.status == "incomplete"
    assert turn.error is not None
    assert turn.error.code == reason


@pytest.mark.parametrize("word", ["null", "none", ""])
def test_a_word_for_no_reason_is_none(word: str) -> None:
    """With every chunk but the last."""
    begun = [chunk(word, content=text) for text in PIECES]
    assert turn_after(CHAT, *begun).status == "interrupted"
    assert turn_after(CHAT, *begun, chunk("stop"), done=True).status == "completed"


def test_an_error_in_an_array_is_one() -> None:
    turn = turn_of(CHAT, sse(chunk(content="Par")) + b'data: [{"error":{"message":"gone"}}]\n\n')
    assert (turn.status, text_of(turn)) == ("failed", "Par")


@pytest.mark.parametrize("odd", [{"type": "stop"}, ["stop"], 1, True])
def test_a_reason_that_is_no_word_is_one_that_nobody_knows(odd: Any) -> None:
    last = {"choices": [{"delta": {}, "finish_reason": odd}]}
    turn = turn_after(CHAT, chunk(content="Par"), last, done=True)
    assert turn.status == "incomplete"


@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("reason", ["stop", "length", "STOP"])
def test_a_reason_on_every_chunk_ends_nothing_until_the_stream_ends(reason: str, done: bool) -> None:
    """What comes behind it goes on in its step."""
    turn = turn_after(CHAT, *(chunk(reason, content=text) for text in PIECES), done=done)
    assert answer(turn) == [("output", "".join(PIECES))]
    assert turn.status == ("incomplete" if reason == "length" else "completed")
    assert turn.warnings == ()


def test_a_reason_on_every_chunk_does_not_split_a_call() -> None:
    parts = (piece('{"x"', "f", index=0, id="a"), piece(":1}", index=0))
    turn = turn_after(CHAT, *(chunk("tool_calls", tool_calls=[each]) for each in parts), done=True)
    assert (turn.status, calls_of(turn)) == ("requires_action", {"a": {"x": 1}})


def test_content_behind_the_reason_is_the_answer_once_the_marker_says_that_it_is_over() -> None:
    """Without the marker nobody knows how much more there was."""
    late = (chunk("stop", content="High "), chunk(content="water."))
    assert (turn_after(CHAT, *late, done=True).status, text_of(turn_after(CHAT, *late))) == (
        "completed",
        "High water.",
    )
    assert turn_after(CHAT, *late).status == "interrupted"


@pytest.mark.parametrize("error", [None, {"code": 502, "message": "gone"}])
@pytest.mark.parametrize("reason", ["error", "content_filter"])
def test_what_has_failed_is_not_mended_by_a_later_reason(reason: str, error: Any) -> None:
    wrong = chunk(reason, content="Par")
    wrong["choices"][0]["error"] = error
    assert turn_after(CHAT, wrong, chunk("stop"), done=True).status == "failed"


def test_an_error_in_mid_stream_keeps_what_its_chunk_says_and_what_comes_behind_it() -> None:
    error = {**chunk("error", content="tial"), "error": {"code": "server_error", "message": "gone"}}
    turn = turn_after(CHAT, chunk(content="Par"), error, chunk(content="!"), done=True)
    assert (turn.status, text_of(turn)) == ("failed", "Partial!")
    assert turn.error is not None
    assert turn.error.message == "gone"


# Usage.

INSIDE = {
    "prompt_tokens": 10,
    "completion_tokens": 30,
    "total_tokens": 40,
    "completion_tokens_details": {"reasoning_tokens": 24},
}
BESIDE = {**INSIDE, "completion_tokens": 6}


@pytest.mark.parametrize(
    "used",
    [
        INSIDE,
        BESIDE,
        {key: value for key, value in INSIDE.items() if key != "total_tokens"},
        {key: value for key, value in BESIDE.items() if key != "total_tokens"},
        {**INSIDE, "completion_tokens_details": None, "reasoning_tokens": 24},
        {
            "input_tokens": 10,
            "output_tokens": 30,
            "total_tokens": 40,
            "output_tokens_details": {"reasoning_tokens": 24},
        },
    ],
)
@pytest.mark.parametrize(
    "place", ["chunk", "own chunk", "choice", "delta", "x_groq", "x_other", "every chunk"]
)
def test_usage_is_read_wherever_it_stands_and_thoughts_are_told_by_the_total(used: Any, place: str) -> None:
    first, last = chunk(content="Hi"), chunk("stop")
    extra = []
    match place:
        case "chunk":
            last["usage"] = used
        case "own chunk":
            extra = [{"id": "chatcmpl-1", "choices": [], "usage": used}]
        case "choice":
            last["choices"][0]["usage"] = used
        case "delta":
            last["choices"][0]["delta"]["usage"] = used
        case "every chunk":
            first["usage"] = {key: 1 for key in used if key.endswith("_tokens")}
            last["usage"] = used
        case _:
            last[place] = {"id": "req_1", "usage": used}
    turn = turn_after(CHAT, first, last, *extra, done=True)
    assert turn.usage == Usage(40, 10, 6, 24)
    assert turn.details == {}


def test_usage_behind_the_end_is_counted() -> None:
    raw = sse(chunk(content="Hi")) + sse(chunk("stop")) + b"data: [DONE]\n\n"
    turn = turn_of(CHAT, raw + sse({"choices": [], "usage": INSIDE}))
    assert (turn.status, turn.usage, turn.warnings) == ("completed", Usage(40, 10, 6, 24), ())


@pytest.mark.parametrize(
    "cached",
    [
        {"prompt_tokens_details": {"cached_tokens": 4}},
        {"prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 6},
        {"cached_tokens": 4},
        {"cache_read_input_tokens": 4},
    ],
)
def test_what_was_read_from_a_cache_is_counted_under_each_of_its_names(cached: Any) -> None:
    used = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12, **cached}
    turn = turn_after(CHAT, chunk("stop", content="Hi"), {"choices": [], "usage": used}, done=True)
    assert turn.usage == Usage(12, 10, 2, None, 4)


def test_figures_beside_the_counts_are_told() -> None:
    used = {**INSIDE, "cost": 0.5, "queue_time": 0.1, "is_byok": False}
    turn = turn_after(CHAT, {**chunk("stop", content="Hi"), "usage": used}, done=True)
    assert turn.details == {"usage": {"cost": 0.5, "queue_time": 0.1}}


# Content under other keys.


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_text": "Hm"},
        {"thinking": "Hm"},
        {"reasoning": {"content": "Hm"}},
        {"reasoning": {"summary": "Hm"}},
        {"reasoning": [{"type": "text", "text": "H"}, {"text": "m"}]},
        {"reasoning_details": [{"type": "reasoning.text", "text": "Hm", "index": 0}]},
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "Hm"}]},
        {"reasoning": "Hm", "reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]},
        {"reasoning_content": "Hm", "thinking_blocks": [{"type": "thinking", "thinking": "Hm"}]},
        {"content": [{"type": "thinking", "thinking": "Hm"}]},
        {"content": "Hm", "extra_content": {"google": {"thought": True}}},
    ],
)
def test_thoughts_are_read_under_each_of_their_names_once(delta: Any) -> None:
    turn = spoken(delta, {"content": "Yes."})
    assert answer(turn) == [("thought", "Hm"), ("output", "Yes.")]
    assert unread(turn) == {}


def test_thoughts_under_two_names_that_differ_are_both_shown() -> None:
    turn = spoken({"reasoning": "Hm", "reasoning_content": "So"}, {"content": "Yes."})
    assert answer(turn) == [("thought", "Hm"), ("output", "Yes.")]
    assert unread(turn) == {"reasoning_content": "So"}


def test_a_thought_that_is_marked_loses_its_tags() -> None:
    """They are text where nothing marks them."""
    mark = {"extra_content": {"google": {"thought": True}}}
    deltas: list[Any] = [{"content": "<thought>H", **mark}, {"content": "m", **mark}]
    for end in ([{"content": "</thought>Yes."}], [{"content": "</thought>", **mark}, {"content": "Yes."}]):
        assert answer(spoken(*deltas, *end)) == [("thought", "Hm"), ("output", "Yes.")]
    late = spoken(*deltas, {"content": "!</thought>Yes."})
    assert answer(late) == [("thought", "Hm!"), ("output", "Yes.")]
    assert answer(spoken(*deltas, {"content": "<thought> is a tag."}))[1] == ("output", "<thought> is a tag.")


def test_sound_is_one_step_that_can_be_played_beside_the_text_of_it() -> None:
    """The pieces come in turns with those of the text; raw samples, as nothing else is said."""
    turn = spoken(
        {"audio": {"id": "audio_1", "transcript": "High "}},
        {"audio": {"data": "AAABAA=="}},
        {"audio": {"transcript": "water.", "data": "AgADAA=="}},
        {"audio": {"expires_at": 1}},
    )
    text, sound = received(turn)
    assert answer(turn) == [("output", "High water."), ("output", "")]
    assert isinstance(text, ModelOutput)
    assert isinstance(sound, ModelOutput)
    pieces = [part.raw for part in sound.content if isinstance(part, Media)]
    assert b"".join(b64decode(each["data"]) for each in pieces) == bytes((0, 0, 1, 0, 2, 0, 3, 0))
    assert {(each["type"], each["mime_type"], each["sample_rate"]) for each in pieces} == {
        ("audio", "audio/l16", 24_000)
    }
    assert sound.unread == {"audio": {"expires_at": 1}}


def test_sound_that_is_whole_is_what_its_bytes_are() -> None:
    message = {"content": None, "audio": {"id": "a", "data": "UklGRiQAAABXQVZF", "transcript": "Hi."}}
    whole = {"id": "c", "model": "m", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
    turn = turn_of(CHAT, json.dumps(whole).encode(), "application/json")
    (media,) = [part for part in received(turn)[1].content if isinstance(part, Media)]  # type: ignore[union-attr]
    assert media.raw["mime_type"] == "audio/wav"


@pytest.mark.parametrize("marker", [True, False])
def test_the_end_of_a_sound_is_the_end_of_an_answer_that_has_no_other(marker: bool) -> None:
    """If the marker says that nothing follows."""
    heard: list[dict[str, Any]] = [
        {"audio": {"transcript": "Hi."}},
        {"audio": {"data": "AAA="}},
        {"audio": {"expires_at": 1}},
    ]
    turn = turn_after(CHAT, *(chunk(**delta) for delta in heard), done=marker)
    assert turn.status == ("completed" if marker else "interrupted")
    unended = turn_after(CHAT, *(chunk(**delta) for delta in heard[:2]), done=True)
    assert unended.status == "interrupted"


NOTE = {"url": "https://x.test/", "title": "T", "start_index": 5, "end_index": 10}
NOTED = {"type": "url_citation", "url_citation": NOTE}


@pytest.mark.parametrize(
    "deltas",
    [
        [{"content": "Über Büsum."}, {"annotations": [NOTED]}],
        [{"content": "Über Büsum.", "annotations": [NOTED]}],
        [{"annotations": [NOTED]}, {"content": "Über Büsum."}],
        [{"content": "Über"}, {"annotations": [NOTED]}, {"content": " Büs"}, {"content": "um."}],
        [{"content": "Über "}, {"reasoning": "Hm"}, {"content": "Büsum.", "annotations": [NOTED]}],
        [{"content": "Über Büsum."}, {"annotations": [{"type": "url_citation", **NOTE}]}],
        [{"content": "Über Büsum."}, {"annotations": [NOTED]}, {"annotations": [NOTED]}],
    ],
)
def test_annotations_stand_at_their_text_in_bytes_whenever_they_come(deltas: list[Any]) -> None:
    turn = spoken(*deltas)
    assert cited(turn) == [("https://x.test/", "Büsum")]
    assert unread(turn) == {}


def test_the_recorded_citations_stand_at_their_text() -> None:
    turn = turn_of(CHAT, STREAMS["chat_annotations"])
    assert text_at(turn, 0, 25) == "High water in Büsum 14:0"  # 24 characters, as it was said
    assert cited(turn) == [
        (url, text_at(turn, 0, 25)) for url in ("https://tides.example/buesum", "https://two.example/")
    ]


URLS = ["https://a.test/", "https://b.test/"]
FOUND = [{"url": url, "title": f"T{url}"} for url in URLS]


@pytest.mark.parametrize("place", ["chunk", "delta"])
@pytest.mark.parametrize(
    "lists", [{"citations": URLS}, {"search_results": FOUND}, {"citations": URLS, "search_results": FOUND}]
)
def test_lists_of_sources_stand_where_the_text_has_their_numbers(place: str, lists: Any) -> None:
    """They come with every chunk, and are there once."""
    chunks = [chunk(content="Grün [1], "), chunk(content="blau [2][1]."), chunk("stop")]
    for each in chunks:
        (each if place == "chunk" else each["choices"][0]["delta"]).update(lists)
    turn = turn_after(CHAT, *chunks, done=True)
    assert sorted(cited(turn)) == [(URLS[0], "[1]"), (URLS[0], "[1]"), (URLS[1], "[2]")]
    assert (turn.details, unread(turn)) == ({}, {})
    plain = turn_after(CHAT, {**chunk("stop", content="Hi"), **lists}, done=True)
    assert cited(plain) == [(url, "") for url in URLS]


def test_text_behind_a_picture_is_a_step_of_its_own() -> None:
    """Places are counted in one text."""
    picture = {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}
    bare = {"b64_json": "iVBORw0KGgo="}
    (drawn,) = received(spoken({"images": [bare]}))
    assert isinstance(drawn, ModelOutput)
    assert [part.raw for part in drawn.content if isinstance(part, Media)] == [
        {"type": "image", "mime_type": "image/png", "data": "iVBORw0KGgo="}
    ]
    turn = spoken({"content": "A"}, {"images": [picture]}, {"content": "B"}, {"content": [picture]})
    kinds = [
        [type(part).__name__ for part in step.content]
        for step in received(turn)
        if isinstance(step, ModelOutput)
    ]
    assert kinds == [["Text", "Media"], ["Text", "Media"]]


# What nobody reads.


@pytest.mark.parametrize(
    ("delta", "left"),
    [
        ({"content": "Hi", "mood": "calm"}, {"mood": "calm"}),
        ({"content": "Hi", "audio": {"codec": "opus"}}, {"audio": {"codec": "opus"}}),
        (
            {"content": [{"type": "text", "text": "Hi"}, {"type": "chart", "rows": [1]}]},
            {"content": [{"type": "chart", "rows": [1]}]},
        ),
        (
            {"content": "Hi", "images": [{"type": "image", "b64": "AA=="}]},
            {"images": [{"type": "image", "b64": "AA=="}]},
        ),
        ({"content": "Hi", "tool_calls": ["f()"]}, {"tool_calls": ["f()"]}),
        ({"content": "Hi", "function_call": "f()"}, {"function_call": "f()"}),
        ({"content": "Hi", "refusal": {"why": "no"}}, {"refusal": {"why": "no"}}),
    ],
)
def test_a_field_that_nobody_reads_is_shown_raw_on_the_step(delta: Any, left: Any) -> None:
    """In a whole message, too."""
    turn = spoken(delta)
    assert (text_of(turn), unread(turn), turn.details, turn.warnings) == ("Hi", left, {}, ())
    whole = {"id": "c", "model": "m", "choices": [{"index": 0, "message": delta, "finish_reason": "stop"}]}
    assert unread(turn_of(CHAT, json.dumps(whole).encode(), "application/json")) == left


def test_what_comes_in_pieces_and_is_unread_is_shown_whole() -> None:
    turn = spoken({"content": "H", "mood": "ca"}, {"content": "i", "mood": "lm"})
    assert unread(turn) == {"mood": "calm"}


def test_a_field_that_nobody_reads_on_a_call_is_shown_on_the_call() -> None:
    turn = spoken({"tool_calls": [{**piece("{}", "f", id="a"), "cost": 3}]}, finish="tool_calls")
    (call,) = received(turn)
    assert call.unread == {"cost": 3}


def test_fields_of_the_answer_that_nobody_reads_are_told_once() -> None:
    """What says nothing is left out."""
    more = {"service_tier": "flex", "provider": "Them", "object": "chat.completion.chunk", "created": 1}
    chunks = [{**each, **more} for each in (chunk(content="Hi"), chunk("stop"))]
    chunks[1]["choices"][0] |= {"matched_stop": "END", "index": 0}
    chunks[1]["x_them"] = {"id": "r", "usage": INSIDE, "queue": 3}
    turn = turn_after(CHAT, *chunks, done=True)
    assert turn.details == {
        "service_tier": "flex",
        "provider": "Them",
        "matched_stop": "END",
        "x_them": {"queue": 3},
    }
    assert unread(turn) == {}


def test_how_likely_each_token_was_is_one_list_on_the_step() -> None:
    chunks = [chunk(content=text) for text in ("H", "i")]
    for each, token in zip(chunks, "Hi", strict=True):
        each["choices"][0]["logprobs"] = {"content": [{"token": token, "logprob": -0.1}]}
    turn = turn_after(CHAT, *chunks, chunk("stop"), done=True)
    assert [each["token"] for each in unread(turn)["logprobs"]] == ["H", "i"]


def test_reading_of_the_prompt_is_progress_until_the_model_speaks() -> None:
    share = {"prompt_progress": {"total": 200, "processed": 50, "time_ms": 5}}
    assert Progress("prompt_processing", 0.25) in said(CHAT, {**chunk(role="assistant"), **share})
    turn = turn_after(CHAT, {**chunk(role="assistant"), **share}, chunk(content="Hi"))
    assert turn.progress is None


def test_a_text_in_the_choice_is_a_copy_of_the_delta_or_all_that_there_is() -> None:
    def told(text: str, **more: Any) -> dict[str, Any]:
        return {"id": "c", "choices": [{"index": 0, "role": "assistant", "text": text, **more}]}

    copies = [
        told("H", delta={"content": "H", "token_id": 1}),
        told("i", delta={"content": "i", "token_id": 2}),
    ]
    for chunks in (
        copies,
        [told("H"), told("i")],
        [told("H", delta={"role": "assistant"}), told("i", delta=None)],
    ):
        turn = turn_after(CHAT, *chunks, chunk("stop", id="c"), done=True)
        assert (text_of(turn), turn.details, unread(turn)) == ("Hi", {}, {})


# Messages that come beside their pieces.


@pytest.mark.parametrize("last", [{"delta": {}}, {"delta": {"role": "assistant", "content": ""}}, {}])
def test_a_message_that_comes_behind_its_pieces_is_not_there_twice(last: Any) -> None:
    """What was not streamed of it is added."""
    for text in ("High water.", "High water. At two."):
        message = {"role": "assistant", "content": text, "tool_calls": [piece("{}", "f", id="a")]}
        end = {
            "id": "chatcmpl-1",
            "choices": [{"index": 0, **last, "message": message, "finish_reason": "stop"}],
        }
        call: dict[str, Any] = {"tool_calls": [piece("{}", "f", id="a", index=0)]}
        turn = turn_after(
            CHAT, chunk(content="High "), chunk(content="water."), chunk(**call), end, done=True
        )
        assert text_of(turn) == text
        assert calls_of(turn) == {"a": {}}
        assert turn.warnings == ()


def test_a_message_behind_its_pieces_adds_what_had_none() -> None:
    """Pictures, sound, citations, signatures, and what nobody reads."""
    picture = {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}
    message = {
        "content": "Hi",
        "images": [picture],
        "audio": {"data": "AAA="},
        "annotations": [{"type": "url_citation", "url": "https://x.test/"}],
        "extra_content": SIGNED,
        "mood": "calm",
    }
    end = {"choices": [{"message": message, "finish_reason": "stop"}]}
    turn = turn_after(CHAT, chunk(content="Hi"), end, end, done=True)
    parts = [part for step in received(turn) if isinstance(step, ModelOutput) for part in step.content]
    assert [part.raw["type"] for part in parts if isinstance(part, Media)] == ["image", "audio"]
    assert cited(turn) == [("https://x.test/", "")]
    assert unread(turn)["mood"].startswith("calm")
    assert body(asking(history=(turn,)))["messages"][1]["extra_content"] == SIGNED


@pytest.mark.parametrize(
    ("chunks", "told"),
    [
        ([{"choices": [{"delta": "Hi"}]}], {"delta": "Hi"}),
        ([{"choices": "Hi"}], {"choices": "Hi"}),
        ([{"choices": [{"delta": {}, "logprobs": {"tokens": ["Hi"]}}]}], {"logprobs": {"tokens": ["Hi"]}}),
    ],
)
def test_what_has_another_shape_is_told(chunks: list[Any], told: Any) -> None:
    assert turn_after(CHAT, *chunks).details == told


def test_a_choice_that_is_no_list_is_a_choice() -> None:
    only = {"id": "c", "choices": {"delta": {"content": "Hi"}, "finish_reason": "stop"}}
    assert (text_of(turn_after(CHAT, only)), turn_after(CHAT, only).status) == ("Hi", "completed")


def test_a_message_that_grows_beside_the_deltas_is_their_copy() -> None:
    chunks, so_far = [], ""
    for text in PIECES:
        so_far += text
        each = chunk(content=text)
        each["choices"][0]["message"] = {"role": "assistant", "content": so_far}
        chunks.append(each)
    turn = turn_after(CHAT, *chunks, chunk("stop"), done=True)
    assert (text_of(turn), turn.warnings) == ("".join(PIECES), ())


def test_messages_in_the_place_of_deltas_are_pieces() -> None:
    """Also where each has all that there is so far."""
    for texts in (PIECES, ("High ", "High water ", "High water at two.")):
        told = [{"id": "c", "choices": [{"index": 0, "message": {"content": text}}]} for text in texts]
        turn = turn_after(CHAT, *told, chunk("stop", id="c"), done=True)
        assert (answer(turn), notes(turn)) == ([("output", "High water at two.")], [])
    again = [{"id": "c", "choices": [{"index": 0, "message": {"content": text}}]} for text in ("aha", "a")]
    assert text_of(turn_after(CHAT, *again, chunk("stop", id="c"), done=True)) == "ahaa"


def test_a_message_that_contradicts_its_pieces_stands_in_their_place_with_a_note() -> None:
    end = {"choices": [{"message": {"content": "High water at three."}, "finish_reason": "stop"}]}
    turn = turn_after(CHAT, chunk(content="High water at two."), end, done=True)
    assert text_of(turn) == "High water at three."
    assert len(turn.warnings) == 1


# Calls.


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([piece('{"x"', index=0), piece(":1}", "f", index=0, id="a")], {"a": {"x": 1}}),
        (
            [piece('{"x"', "f", id="a"), piece("{}", "g", id="b"), piece(":1}", id="a")],
            {"a": {"x": 1}, "b": {}},
        ),
        ([piece('{"x"', "f", index=0, id="a"), piece(":1}", index=1, id="a")], {"a": {"x": 1}}),
        ([piece("{}", "f", index=0, id="a"), piece('{"x":1}', index=0)], {"a": {"x": 1}}),
        (
            [piece("{}", "f", index=0, id="a"), piece("{}", index=0), piece('{"x":1}', index=0)],
            {"a": {"x": 1}},
        ),
        (
            [piece("null", "f", index=0, id="a"), piece('{"x":', index=0), piece("1}", index=0)],
            {"a": {"x": 1}},
        ),
        ([piece("{}", "f", index=0, id="a"), piece('{"x":1}', "f", index=0, id="a")], {"a": {"x": 1}}),
        ([piece({}, "f", index=0, id="a"), piece({"x": 1}, index=0)], {"a": {"x": 1}}),
        ([piece("", "f", index=0, id="a"), piece('{"x', index=0)], {"a": '{"x'}),
        ([piece([1], "f", index=0, id="a")], {"a": [1]}),
        ([{"index": 0, "id": "a", "function": {"name": "f", "parameters": {"x": 1}}}], {"a": {"x": 1}}),
        ([{"index": 0, "id": "a", "name": "f", "arguments": '{"x":1}'}], {"a": {"x": 1}}),
    ],
)
def test_calls_are_put_together_by_what_their_pieces_say(parts: list[Any], expected: Any) -> None:
    turn = spoken(*({"tool_calls": [each]} for each in parts), finish="tool_calls")
    assert calls_of(turn) == expected
    assert turn.status == "requires_action"


@pytest.mark.parametrize("more", [piece(name="de", index=0), piece("", "de", index=0)])
def test_a_name_may_come_in_pieces(more: Any) -> None:
    """Of a call that has an id, before its arguments. With an id of its own it is another call."""
    parts = (piece("", "ti", index=0, id="a"), more, piece("{}", index=0))
    turn = spoken(*({"tool_calls": [part]} for part in parts), finish="tool_calls")
    assert [step.name for step in received(turn) if isinstance(step, ToolCall)] == ["tide"]
    others = (piece("", "ti", index=0, id="a"), {**more, "id": "b"})
    turn = spoken(*({"tool_calls": [part]} for part in others), finish="tool_calls")
    assert [step.name for step in received(turn) if isinstance(step, ToolCall)] == ["ti", "de"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"base_resp": {"status_code": 1004, "status_msg": "No tide."}, "choices": None}, "1004"),
        ({"type": "error", "message": "No tide."}, None),
        ({"error": {"message": "No tide.", "code": "tool_use_failed"}}, "tool_use_failed"),
    ],
)
def test_an_error_is_one_wherever_a_server_tells_it(error: Any, code: str | None) -> None:
    turn = turn_after(CHAT, chunk(content="High"), error)
    assert (turn.status, text_of(turn)) == ("failed", "High")
    assert turn.error is not None
    assert (turn.error.code, turn.error.message) == (code, "No tide.")


def test_a_status_of_zero_is_no_error() -> None:
    fine = {"base_resp": {"status_code": 0, "status_msg": ""}}
    turn = turn_after(CHAT, {**chunk(content="High"), **fine}, {**chunk("stop"), **fine}, done=True)
    assert (turn.status, turn.error) == ("completed", None)


def test_content_in_a_list_of_texts_is_text() -> None:
    assert answer(spoken({"content": ["High ", "water."]})) == [("output", "High water.")]


def test_a_piece_before_its_call_is_a_call_with_a_note() -> None:
    turn = spoken({"tool_calls": [piece('{"x":1}', index=3)]}, {"content": "Hi"})
    assert [step[0] for step in answer(turn)] == ["function_call", "output"]
    assert notes(turn) == ["A piece of a call came before the name of the call"]


@pytest.mark.parametrize(
    ("more", "expected"), [('{"x":1}', {"x": 1}), ("{}", {"x": 1}), ("!", '{"x":1}!'), ("", {"x": 1})]
)
def test_arguments_behind_the_end_are_kept(more: str, expected: Any) -> None:
    """With those that came before it."""
    whole = sse(chunk("tool_calls", tool_calls=[piece('{"x":1}', "f", index=0, id="a")]))
    late = sse(chunk(tool_calls=[piece(more, index=0)]))
    turn = turn_of(CHAT, whole + b"data: [DONE]\n\n" + late)
    assert calls_of(turn) == {"a": expected}
    assert not any(step.open for step in turn.steps)


def test_pieces_behind_the_reason_belong_to_their_call() -> None:
    first = chunk("tool_calls", tool_calls=[piece('{"x"', "f", index=0, id="a")])
    turn = turn_after(CHAT, first, chunk(tool_calls=[piece(":1}", index=0)]), done=True)
    assert (turn.status, calls_of(turn)) == ("requires_action", {"a": {"x": 1}})


RUN = {"tool_calls": [piece("{}", "f", index=0, id="a")]}
BROUGHT = (
    {"role": "tool", "tool_call_id": "a", "content": "14:"},
    {"role": "tool", "tool_call_id": "a", "content": "05"},
)


def test_a_call_that_the_server_answers_itself_waits_for_nobody() -> None:
    """Its result comes as a message of the tool, in pieces; what the model says then is the answer."""
    turn = spoken(RUN, *BROUGHT, {"role": "assistant", "content": "At 14:05."})
    assert answer(turn) == [("function_call", "f", {}), ("function_result", "14:05"), ("output", "At 14:05.")]
    assert (turn.status, calls_of(turn), turn.warnings) == ("completed", {}, ())
    sent = body(asking(history=(turn,)))
    check(body_of("openai chat"), sent)
    assert [each["role"] for each in sent["messages"]] == ["user", "assistant", "tool", "assistant", "user"]


def test_beside_a_call_that_the_server_answers_another_one_waits() -> None:
    both = {"tool_calls": [*RUN["tool_calls"], piece("{}", "g", index=1, id="b")]}
    turn = spoken(both, *BROUGHT, finish="tool_calls")
    assert (turn.status, calls_of(turn)) == ("requires_action", {"b": {}})


def test_a_result_of_a_call_that_nobody_has_seen_is_shown() -> None:
    assert answer(spoken(*BROUGHT)) == [("function_result", "14:05")]


def test_one_call_that_is_no_list_is_a_call() -> None:
    assert calls_of(spoken({"tool_calls": piece("{}", "f", id="a")})) == {"a": {}}


def test_a_custom_tool_is_given_free_text_and_answered_like_any_other() -> None:
    call = {"id": "a", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
    turn = spoken({"tool_calls": [call]}, finish="tool_calls")
    assert (turn.status, answer(turn)) == ("requires_action", [("custom_tool_call", "sql", "SELECT 1")])
    result = {"type": "custom_tool_result", "call_id": "a", "name": "sql", "result": "1"}
    sent = body(asking(history=(turn,), input=(result,)))
    check(body_of("openai chat"), sent)
    assert sent["messages"][1:] == [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
    ]
    passed_over = body(asking(history=(turn,)))["messages"][2]
    assert passed_over == {"role": "tool", "tool_call_id": "a", "content": UNANSWERED}


# What goes back.

SIGNED = {"google": {"thought_signature": "U0lH"}}


def test_a_signature_of_a_call_goes_back_with_the_call() -> None:
    turn = turn_of(CHAT, STREAMS["chat_gemini_signature"])
    result = {"type": "function_result", "call_id": "function-call-1", "name": "tide", "result": "14:05"}
    sent = body(asking(history=(turn,), input=(result,)))
    check(body_of("openai chat"), sent, extra="ignore")
    (call,) = sent["messages"][1]["tool_calls"]
    assert call["extra_content"] == {"google": {"thought_signature": "U0lHTkFUVVJF"}}
    assert json.loads(call["function"]["arguments"]) == {"port": "Büsum"}
    moved = body(asking(history=(transplanted(turn),), input=(result,)))
    assert "extra_content" not in json.dumps(moved)


@pytest.mark.parametrize("late", [True, False])
def test_a_signature_of_a_text_goes_back_with_its_message(late: bool) -> None:
    deltas: list[Any] = [{"content": "Hi", "extra_content": SIGNED}]
    if late:
        deltas = [{"content": "Hi"}, {"content": "", "extra_content": SIGNED}]
    turn = spoken({"content": "Hm", "extra_content": {"google": {"thought": True}}}, *deltas)
    sent = body(asking(history=(turn,)))
    check(body_of("openai chat"), sent, extra="ignore")
    assert sent["messages"][1] == {"role": "assistant", "content": "Hi", "extra_content": SIGNED}
    assert unread(turn) == {}


def test_a_signature_that_comes_in_another_piece_of_its_call_is_kept() -> None:
    parts = [piece("{", "f", index=0, id="a"), {"index": 0, "extra_content": SIGNED}, piece("}", index=0)]
    turn = spoken(*({"tool_calls": [each]} for each in parts))
    (call,) = body(asking(history=(turn,)))["messages"][1]["tool_calls"]
    assert call["extra_content"] == SIGNED


DETAILS = (
    {"type": "reasoning.text", "text": "H", "index": 0, "format": "f"},
    {"type": "reasoning.text", "text": "m", "index": 0},
    {"type": "reasoning.text", "signature": "sig", "index": 0},
    {"type": "reasoning.encrypted", "data": "AAAA", "id": "e", "index": 1},
)


@pytest.mark.parametrize("ended", [True, False])
def test_details_of_thoughts_go_back_joined_as_they_were(ended: bool) -> None:
    """Those that nobody can read, too, and wherever they came."""
    call = {"tool_calls": [piece("{}", "f", index=0, id="a")]}
    deltas = [{"reasoning_details": [each]} for each in DETAILS[:3]]
    turn = spoken(*deltas, {"content": "Yes."}, {**call, "reasoning_details": [DETAILS[3]]})
    assert [step[0] for step in answer(turn)] == ["thought", "output", "function_call"]
    sent = body(asking(history=(turn,)))
    check(body_of("openai chat"), sent, extra="ignore")
    assert sent["messages"][1]["reasoning_details"] == [
        {"type": "reasoning.text", "text": "Hm", "index": 0, "format": "f", "signature": "sig"},
        DETAILS[3],
    ]


def test_details_that_nobody_can_read_are_a_thought_without_a_word() -> None:
    turn = spoken({"reasoning_details": [DETAILS[3]]}, {"content": "Yes."})
    assert answer(turn) == [("thought", ""), ("output", "Yes.")]
    assert body(asking(history=(turn,)))["messages"][1]["reasoning_details"] == [DETAILS[3]]


def test_a_turn_without_such_things_goes_back_without_them() -> None:
    turn = spoken({"reasoning": "Hm"}, {"content": "Yes."})
    assert body(asking(history=(turn,)))["messages"][1] == {"role": "assistant", "content": "Yes."}
    assert not any(step.native for step in turn.steps)


# Several answers.

TWO = (
    [chunk(role="assistant", content="One."), chunk("stop")],
    [chunk(id="chatcmpl-2", role="assistant", content="Two."), chunk("stop", id="chatcmpl-2")],
)


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("provider", [CHAT, TAGGED])
def test_two_answers_in_one_body_are_both_shown_with_a_note(marked: bool, provider: Provider) -> None:
    """Whether the end of the first is marked or not."""
    end = b"data: [DONE]\n\n"
    raw = b"".join(map(sse, TWO[0])) + (end if marked else b"") + b"".join(map(sse, TWO[1])) + end
    turn = turn_of(provider, raw)
    assert [step for step in answer(turn) if step[0] == "output"] == [("output", "One."), ("output", "Two.")]
    assert notes(turn) == ["The body holds two answers; both are shown"]
    assert (turn.status, turn.id) == ("completed", "chatcmpl-2")


def test_a_second_answer_behind_one_that_says_no_reason_is_shown_with_a_note() -> None:
    raw = sse(TWO[0][0]) + b"data: [DONE]\n\n" + b"".join(map(sse, TWO[1])) + b"data: [DONE]\n\n"
    turn = turn_of(CHAT, raw)
    assert (text_of(turn), turn.status) == ("One.Two.", "completed")
    assert notes(turn) == ["The body holds two answers; both are shown"]


def test_the_second_answer_has_an_end_and_a_usage_of_its_own() -> None:
    """Tokens are those of both; the end is that of the last."""
    used: list[dict[str, Any]] = [
        {"id": id, "choices": [], "usage": INSIDE} for id in ("chatcmpl-1", "chatcmpl-2")
    ]
    first = b"".join(map(sse, [*TWO[0], used[0]])) + b"data: [DONE]\n\n"
    whole = turn_of(CHAT, first + b"".join(map(sse, [*TWO[1], used[1]])) + b"data: [DONE]\n\n")
    assert (whole.status, whole.usage) == ("completed", Usage(80, 20, 12, 48))
    assert turn_of(CHAT, first + sse(TWO[1][0])).status == "interrupted"


@pytest.mark.parametrize("finished", [True, False])
def test_ids_that_change_with_every_chunk_are_one_answer(finished: bool) -> None:
    chunks = [
        chunk("stop" if finished else None, id=f"chatcmpl-{at}", role="assistant", content=text)
        for at, text in enumerate(PIECES)
    ]
    turn = turn_after(CHAT, *chunks, chunk("stop", id="chatcmpl-9"), done=True)
    assert "".join(PIECES) == text_of(turn)
    if not finished:
        assert (turn.status, turn.warnings) == ("completed", ())


def test_what_comes_behind_the_end_of_the_same_answer_is_kept_with_a_note() -> None:
    raw = b"".join(map(sse, TWO[0])) + b"data: [DONE]\n\n" + sse(chunk(content=" More."))
    turn = turn_of(CHAT, raw)
    assert text_of(turn) == "One. More."
    assert notes(turn) == ["Content arrived after the end"]


def test_other_choices_are_steps_of_their_own_with_a_note() -> None:
    """They are not mixed into the answer, live, and never go back."""

    def other(finish: str | None = None, **delta: Any) -> dict[str, Any]:
        return {"id": "chatcmpl-1", "choices": [{"index": 1, "delta": delta, "finish_reason": finish}]}

    chunks = (
        chunk(content="Yes"),
        other(role="assistant", content="N"),
        other(content="o"),
        chunk("stop"),
        other("stop"),
    )
    turn = turn_after(CHAT, *chunks, done=True)
    assert (turn.status, text_of(turn)) == ("completed", "Yes")
    (step,) = [step for step in turn.steps if isinstance(step, OtherStep)]
    assert (step.type, step.data["choice"]) == ("choice", 1)
    assert step.unread == {"content": "No", "finish_reason": "stop"}
    assert notes(turn) == ["The server has sent several answers to choose from; the first is read"]
    assert [each["content"] for each in body(asking(history=(turn,)))["messages"]] == ["Hi", "Yes", "Hi"]


def test_an_answer_whose_only_choice_has_another_number_is_read() -> None:
    only = {"id": "c", "choices": [{"index": 1, "delta": {"content": "Yes"}, "finish_reason": "stop"}]}
    turn = turn_after(CHAT, only, done=True)
    assert (turn.status, text_of(turn), turn.warnings) == ("completed", "Yes", ())


# Tags.


def tagged(text: str, size: int) -> list[tuple[object, ...]]:
    pieces = ({"content": text[at : at + size]} for at in range(0, len(text), size))
    return answer(spoken(*pieces, provider=TAGGED))


@pytest.mark.parametrize("size", [1, 3, 100])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hm</think>Yes", [("thought", "Hm"), ("output", "Yes")]),
        ("Hm</thinking>Yes", [("thought", "Hm"), ("output", "Yes")]),
        ("Hm</think></think>Yes", [("thought", "Hm"), ("output", "Yes")]),
        ("a</think>b</think>c", [("thought", "a"), ("thought", "b"), ("output", "c")]),
        ("</think>Yes", [("output", "Yes")]),
        ("Hm</think>", [("thought", "Hm")]),
        (
            "<think>a</think>b<think>c</think>d",
            [("thought", "a"), ("output", "b"), ("thought", "c"), ("output", "d")],
        ),
        ("A<think>b</think>C", [("output", "A"), ("thought", "b"), ("output", "C")]),
        ("<thinking>a <think> b</thinking>C", [("thought", "a <think> b"), ("output", "C")]),
        ("<thought>a</thought>B", [("thought", "a"), ("output", "B")]),
        ("<reasoning>a</reasoning>B", [("thought", "a"), ("output", "B")]),
        ("[THINK]a[/THINK]B", [("thought", "a"), ("output", "B")]),
        ("<think>a</think>B </think> C", [("thought", "a"), ("output", "B </think> C")]),
        ("<think>a</think></think>B", [("thought", "a"), ("output", "B")]),
        ("Write `<think>` first.", [("output", "Write `<think>` first.")]),
        ("So:\n```\n<think>a</think>\n```\nB", [("output", "So:\n```\n<think>a</think>\n```\nB")]),
        ("```\nx\n```\n<think>a</think>B", [("output", "```\nx\n```\n"), ("thought", "a"), ("output", "B")]),
        ("<think>```\na</think>B", [("thought", "```\na"), ("output", "B")]),
        ("a </thin b", [("output", "a </thin b")]),
        ("<think>a<think>b</think>c</think>D", [("thought", "a<think>b"), ("thought", "c"), ("output", "D")]),
        ("<think><think>a</think>B", [("thought", "<think>a"), ("output", "B")]),
        ("Write `if <think> is` so.", [("output", "Write `if <think> is` so.")]),
        ("~~~\n<think>a\n~~~\nB", [("output", "~~~\n<think>a\n~~~\nB")]),
        ("`x` <think>a</think>B", [("output", "`x` "), ("thought", "a"), ("output", "B")]),
        *((f"{opener}a{closer}B", [("thought", "a"), ("output", "B")]) for opener, closer in PAIRS.items()),
        *((f"a{closer}B", [("thought", "a"), ("output", "B")]) for closer in PAIRS.values()),
    ],
)
def test_tags_tell_thoughts_wherever_they_stand(text: str, expected: list[Any], size: int) -> None:
    """Without the one that begins them, twice, in the middle, and cut anywhere. In code they are text."""
    assert tagged(text, size) == expected
    assert answer(spoken({"content": text})) == [("output", text)]


def test_a_recorded_thought_that_nothing_has_begun_is_a_thought_when_tags_are_looked_for() -> None:
    """It was text until its end came; no note is needed."""
    stream = STREAMS["chat_closing_think_only"]
    turn = turn_of(TAGGED, stream)
    assert answer(turn) == [
        ("thought", "The user asks for the tide. Be brief.\n"),
        ("output", "\n\nAt 14:05."),
    ]
    assert (turn.status, turn.warnings) == ("completed", ())
    for _size, left in cut_everywhere(TAGGED, stream):
        assert left.status == "interrupted" or everything(left) == everything(turn)
        assert "".join(everything(left)).replace("</thi", "") in "".join(everything(turn))


# Any order.


def everything(turn: Turn) -> list[str]:
    """The texts and thoughts of a turn, in order."""
    steps = [step for step in received(turn) if isinstance(step, ModelOutput | Thought)]
    return [plain(step.content) for step in steps]


def told_in(events: Iterable[dict[str, Any]]) -> tuple[str, str, str]:
    """What the deltas say: text, thoughts and arguments, in the order in which they come."""
    text = thought = arguments = ""
    for event in events:
        for choice in event.get("choices", ()):
            delta = choice["delta"]
            text += (delta.get("content") or "") + ((delta.get("audio") or {}).get("transcript") or "")
            thought += delta.get("reasoning") or delta.get("reasoning_content") or ""
            for call in delta.get("tool_calls") or ():
                arguments += call["function"].get("arguments") or ""
    return text, thought, arguments


def letters(text: str) -> list[str]:
    return sorted(text)


def halves(event: dict[str, Any], at: int) -> list[dict[str, Any]]:
    """The event, with its content told in two."""
    choices = event.get("choices") or [{}]
    content = choices[0].get("delta", {}).get("content")
    if not content:
        return [event]
    cut = at % (len(content) + 1)
    return [
        {**event, "choices": [{**choices[0], "delta": {**choices[0]["delta"], "content": part}}]}
        for part in (content[:cut], content[cut:])
    ]


@given(st.sampled_from(sorted(STREAMS)), st.data())
def test_no_text_is_lost_and_none_is_there_more_often_than_it_came(name: str, data: st.DataObject) -> None:
    """In any order, with any event left out, repeated or told in two, and with the end anywhere."""
    lines = [line[6:] for line in STREAMS[name].decode().splitlines() if line.startswith("data: ")]
    events = [json.loads(line) for line in lines if line != "[DONE]"]
    drawn = data.draw(st.lists(st.sampled_from(range(len(events) + 1)), max_size=2 * len(events)))
    chosen: list[dict[str, Any] | None] = []
    for at in drawn:
        chosen += halves(events[at], data.draw(st.integers(0, 40))) if at < len(events) else [None]
    raw = b"".join(b"data: [DONE]\n\n" if each is None else sse(each) for each in chosen)
    turn = turn_of(CHAT, raw)
    text, thought, arguments = told_in(each for each in chosen if each is not None)
    assert text_of(turn) == text
    thoughts = [plain(step.content) for step in received(turn) if isinstance(step, Thought)]
    assert "".join(thoughts) == thought
    calls = [step for step in received(turn) if isinstance(step, ToolCall)]
    if None not in chosen[:-1] and all(isinstance(call.arguments, str) for call in calls):
        assert letters("".join(str(call.arguments) for call in calls)) == letters(arguments)


@given(st.data())
def test_tags_cost_no_letter_of_the_text(data: st.DataObject) -> None:
    """Whatever they enclose, and wherever a piece ends."""
    tags = ("<think>", "</think>", "<thought>", "</thought>")
    some = st.sampled_from([*tags, "`", "```", "a", "b ", "<", "</"]) | st.text(max_size=3)
    parts = data.draw(st.lists(some, max_size=9))
    text, size = " ".join(parts), data.draw(st.integers(1, 9))
    pieces = ({"content": text[at : at + size]} for at in range(0, len(text), size))
    said = "".join(everything(spoken(*pieces, provider=TAGGED)))
    for tag in tags:
        text, said = text.replace(tag, ""), said.replace(tag, "")
    assert said == text


# The vendor's own words.


def fields_of(*names: str) -> set[str]:
    """The fields of types of the vendor's client."""
    types = import_module("openai.types.chat")
    return {field for name in names for field in attrgetter(name)(types).model_fields}


def test_every_field_that_the_vendors_client_knows_is_read_or_told_on_purpose() -> None:
    """A version of the client that knows more fails here."""
    told = {"service_tier", "moderation", "metadata"}
    assert fields_of("ChatCompletionChunk", "ChatCompletion") - CHUNK == told
    assert fields_of("chat_completion_chunk.Choice", "chat_completion.Choice") <= CHOICE
    assert fields_of("chat_completion_chunk.ChoiceDelta", "ChatCompletionMessage") <= READ
    assert fields_of("ChatCompletionAudio", "chat_completion_chunk.ChoiceDeltaAudio") == {
        *("id", "data", "transcript", "expires_at")
    }
    calls = ("ChatCompletionMessageFunctionToolCall", "ChatCompletionMessageCustomToolCall")
    assert fields_of("chat_completion_chunk.ChoiceDeltaToolCall", *calls) <= CALL_READ
    reasons = reasons_of("chat_completion_chunk.Choice") | reasons_of("chat_completion.Choice")
    assert all(
        outcome(reason, None, calls=True, waits=True).errors is None
        for reason in reasons - {"content_filter"}
    )


def reasons_of(name: str) -> set[str]:
    """The finish reasons that the vendor's client knows."""
    hint = attrgetter(name)(import_module("openai.types.chat")).model_fields["finish_reason"].annotation
    literals = [each for each in (hint, *get_args(hint)) if get_origin(each) is Literal]
    return {reason for literal in literals for reason in get_args(literal)}


# What a chunk, its choice and its delta may have beside the usual, by where it stands.
MAY_HAVE: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
    ("chunk", "id", ("c", "c2", "", None, 1)),
    ("chunk", "model", ("m", "m2", "", None)),
    ("chunk", "system_fingerprint", (None, "fp", "fp2", {})),
    ("chunk", "service_tier", (None, "default", "flex", 1)),
    ("chunk", "provider", (None, "P", "Q", {"a": 1})),
    ("chunk", "obfuscation", ("x", "yz")),
    ("chunk", "created", (1, 1.5, None, "now", 10**30)),
    ("chunk", "usage", (None, {"prompt_tokens": 1, "completion_tokens": 2}, {})),
    ("chunk", "error", (None, {}, {"message": "m"})),
    ("chunk", "citations", (["http://a.test"], None)),
    ("chunk", "mood", ("calm", None)),
    ("choice", "index", (0, 1, None, "0")),
    ("choice", "finish_reason", (None, "", "null", "stop", "length")),
    ("choice", "native_finish_reason", (None, "end")),
    ("choice", "logprobs", (None, {"content": [{"token": "a"}]})),
    ("choice", "stop_reason", (None, 7)),
    ("choice", "text", ("Hi", "")),
    ("delta", "role", ("assistant", None, "tool")),
    ("delta", "content", ("Hi", "", None, "<think>", "</think>", "`", 7, ["Hi"])),
    ("delta", "refusal", (None, "No.")),
    ("delta", "tool_calls", (None, [], [{"index": 0, "id": "a", "function": {"name": "f"}}])),
    ("delta", "reasoning", (None, "Hm")),
    ("delta", "reasoning_content", (None, "", "Hm")),
    ("delta", "reasoning_details", (None, [], [{"type": "reasoning.text", "text": "Hm"}])),
    ("delta", "annotations", (None, [{"type": "url_citation", "url": "http://a.test", "end_index": 9}])),
    ("delta", "extra_content", (None, {"google": {"thought": True}})),
)


@st.composite
def chunks_of(draw: st.DrawFn) -> str:
    """A chunk that is usual but for a few of its fields."""
    delta: dict[str, Any] = {"content": draw(st.sampled_from(["Hi", " a", "", "<th", "ink>", "\u00fc"]))}
    choice: dict[str, Any] = {"index": 0, "finish_reason": None, "logprobs": None}
    whole: dict[str, Any] = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    places = {"delta": delta, "choice": choice, "chunk": whole}
    for place, key, values in draw(st.lists(st.sampled_from(MAY_HAVE), max_size=3)):
        places[place][key] = draw(st.sampled_from(values))
    choices: list[Any] = [[{**choice, "delta": delta}]] * 6 + [[], None]
    whole["choices"] = draw(st.sampled_from(choices))
    return json.dumps(whole, ensure_ascii=draw(st.booleans()))


@given(st.lists(chunks_of() | st.just("[DONE]"), max_size=8), st.booleans())
def test_the_short_way_reads_a_chunk_as_the_long_way_does(datas: list[str], tags: bool) -> None:
    """State and events, whatever has come before."""
    state = Chunks(scan=Scan(on=tags))
    for data in datas:
        after = long(state, data, "message")
        assert short(state, data) in (None, after)
        state = after[0]


def test_the_short_way_is_taken_by_all_that_only_goes_on() -> None:
    """By thoughts and texts, but for the first chunk."""
    state, taken = Chunks(), []
    for frame in STREAMS["chat_vllm"].split(b"\n\n"):
        data = frame.removeprefix(b"data: ").decode()
        taken.append(short(state, data) is not None)
        state = long(state, data, "message")[0]
    assert (taken[0], sum(taken)) == (False, 4)
