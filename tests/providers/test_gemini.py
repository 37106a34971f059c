"""The native protocol: requests out, frames in, events out."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations.request import Access, Options, Request
from interactions.providers.gemini.body import body
from interactions.providers.gemini.provider import CAPABILITIES, Gemini
from interactions.providers.reading import begin, take
from interactions.stream.journal import Frame, Recorder
from interactions.stream.notes import KINDS
from interactions.stream.stop import Stop
from interactions.turns.events import (
    Body,
    Ended,
    Error,
    ErrorDetail,
    Interaction,
    InteractionCompleted,
    Remark,
    Requested,
    Retried,
    Retrying,
    Unknown,
)
from interactions.turns.fold import fold
from interactions.turns.steps import step_from_wire
from interactions.turns.turn import Turn, text_of
from tests.folding import ANSWERED, GEMINI, MODEL, RECORDINGS, events_of, exchange, noted
from tests.vendors import CITY

NAMES = {
    "text_with_thoughts": (
        "Requested InteractionCreated StatusUpdate StepStart KnownStepDelta KnownStepDelta KnownStepDelta "
        "StepStop StepStart KnownStepDelta KnownStepDelta StepStop InteractionCompleted Ended"
    ),
    "function_call": (
        "Requested InteractionCreated StatusUpdate StepStart KnownStepDelta StepStop "
        "StepStart KnownStepDelta KnownStepDelta StepStop InteractionCompleted Ended"
    ),
    "error_without_done": "Requested InteractionCreated StatusUpdate StepStart KnownStepDelta Error Ended",
    "bare_error": "Requested InteractionCreated StatusUpdate StepStart KnownStepDelta Error Ended",
    "byte_order_mark": (
        "Requested InteractionCreated StatusUpdate StepStart KnownStepDelta StepStop "
        "InteractionCompleted Ended"
    ),
    "unknown_kinds": (
        "Requested InteractionCreated StatusUpdate Unknown StepStart StepDelta StepStop StepStart "
        "KnownStepDelta StepDelta KnownStepDelta StepStop Unknown Unknown InteractionCompleted Ended"
    ),
    "completed_with_steps": "Requested InteractionCreated InteractionCompleted Ended",
}


def request(**changes: Any) -> Request:
    """A request that says `Hi`; fields of its options are told by their names."""
    chosen = {key: changes.pop(key) for key in list(changes) if key in Options.__struct_fields__}
    fields = {"input": "Hi", "options": Options(MODEL, **chosen), "record": Recorder(), "stop": Stop()}
    return Request(**{**fields, **changes})


def read(raw: bytes) -> tuple[Body, ...]:
    """What one frame says."""
    return GEMINI.read(GEMINI.start, Frame(0, 0, 0, "wire", raw))[1]


def said(frames: list[Frame]) -> list[Body]:
    return [event.body for event in events_of(frames)]


def answered(status: int, content: bytes, kind: str = "application/json", ending: str = "end") -> list[Frame]:
    """The frames of an answer that is one document."""
    record = Recorder()
    sent = {"model": MODEL, "input": "Hi", "stream": True}
    notes = [noted(record, "request", attempt=1, method="POST", url="https://x.test", body=sent)]
    notes.append(
        noted(record, "response", **{**ANSWERED, "status": status, "headers": [("content-type", kind)]})
    )
    details = {"status": status} if ending == "refused" else {}
    return [*notes, *([record.wire(content)] if content else []), noted(record, ending, **details)]


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_is_read_into_these_events(name: str) -> None:
    """One after the other, between the request that left and the end of the connection."""
    frames = list(exchange(RECORDINGS[name]))
    assert " ".join(type(body).__name__ for body in said(frames)) == NAMES[name]


def test_every_event_names_the_frame_that_carried_it() -> None:
    """Its number and its arrival; a frame holds one event."""
    frames = {frame.seq: frame for frame in exchange(RECORDINGS["search_after_text"])}
    for event in events_of(frames.values()):
        assert event.at == frames[event.frame].at
        assert type(event.body).__name__ in {"Requested", "Ended"} or b"data: " in frames[event.frame].raw


def test_the_end_marker_is_no_event() -> None:
    """`[DONE]` is framing."""
    assert read(b"event: done\ndata: [DONE]\n\n") == ()


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        (b'{"error":{"code":"a"}}\n{"error":{"code":"b","message":"x\xe2\x80\xa8y"}}\n\n', ["a", "b"]),
        (b'{"error":{"code":"a"}}\ndata: {"event_type":"error","error":{"code":"b"}}\n\n', ["a", "b"]),
        (b'{\n"error":\n{"code":"a"}\n}', ["a"]),
        (b'[{"error":{"code":"a"}}]\n', ["a"]),
    ],
)
def test_bare_json_is_read_as_one_value_or_a_line_each(raw: bytes, codes: list[str]) -> None:
    """No error is lost for want of its `data:`."""
    bodies = read(raw)
    assert [body.error.code for body in bodies if isinstance(body, Error)] == codes


def test_half_a_line_of_bare_json_is_kept() -> None:
    """A cut refusal is no error yet, but it is there to be seen."""
    (body,) = read(b'{"error":{"mess')
    assert body == Unknown("", '{"error":{"mess')


@given(st.lists(st.binary(max_size=60), max_size=5), st.booleans())
def test_any_bytes_are_read(raws: list[bytes], document: bool) -> None:
    """As a stream or as a document, `read` never raises, and the turn ends without a success."""
    kind = "application/json" if document else "text/event-stream"
    request, response, end = answered(200, b"", kind)
    wire = [Frame(9, 9, 9, "wire", raw) for raw in raws]
    turn = fold(events_of([request, response, *wire, end]))
    assert turn.ended
    assert turn.status in {"interrupted", "failed"}


def test_reading_twice_gives_the_same() -> None:
    """Reading is a function of what was read and the frame: nothing is remembered anywhere else."""
    reading = begin(GEMINI)
    for frame in exchange(RECORDINGS["bare_error"]):
        assert take(GEMINI, reading, frame) == take(GEMINI, reading, frame)
        reading = take(GEMINI, reading, frame)


def test_a_request_opens_the_turn_with_its_input() -> None:
    """What was sent is what the journal says: text becomes a user's step, steps stay as they are."""
    steps = [{"type": "function_result", "call_id": "c", "result": 1}]
    for sent, taken in (
        ("Hi", ({"type": "user_input", "content": [{"type": "text", "text": "Hi"}]},)),
        (steps, tuple(steps)),
    ):
        note = {"model": "m", "input": sent, "previous_interaction_id": "v1_p", "store": False}
        (said_so,) = said([noted(Recorder(), "request", attempt=1, body=note)])
        assert said_so == Requested(taken, "m", "v1_p", stored=False)


def test_a_request_that_goes_on_brings_no_new_input() -> None:
    """With a continuation token the same input may be sent again, and is not asked again."""
    (said_so,) = said(
        [noted(Recorder(), "request", attempt=1, body={"continuation_token": "t", "input": "Hi"})]
    )
    assert said_so == Requested((), "", None, stored=True)


def test_asking_again_is_the_same_request() -> None:
    """Only the first attempt opens the turn, and the answer to it is forgotten."""
    record = Recorder()
    sent = {"model": MODEL, "input": "Hi"}
    frames = [
        noted(record, "request", attempt=1, body=sent),
        noted(record, "response", **{**ANSWERED, "status": 503}),
        record.wire(b"overloaded"),
        noted(record, "retry", seconds=0.5, attempt=2, of=4),
        noted(record, "request", attempt=2, body=sent),
        noted(record, "response", **ANSWERED),
        *(
            record.wire(frame.raw)
            for frame in exchange(RECORDINGS["function_result"])
            if frame.kind == "wire"
        ),
        noted(record, "end"),
    ]
    events = list(events_of(frames))
    assert [event.body for event in events[1:3]] == [Retrying(0.5, 2, 4, 503), Retried()]
    turn = fold(events)
    assert (turn.status, turn.hop, turn.error) == ("completed", 0, None)


def test_a_server_that_was_not_reached_is_asked_again_without_a_status() -> None:
    record = Recorder()
    frames = [
        noted(record, "request", attempt=1, body={}),
        noted(record, "retry", seconds=0.5, attempt=2, of=4),
        noted(record, "stop", by="you", time="now"),
    ]
    retrying = said(frames)[1]
    assert retrying == Retrying(0.5, 2, 4)
    assert fold(events_of(frames)).retry is None


def test_a_follow_up_that_is_repeated_says_nothing_of_the_turn() -> None:
    record = Recorder()
    frames = [
        noted(record, "request", attempt=1, body={}, errand="get"),
        noted(record, "response", **{**ANSWERED, "status": 503}),
        noted(record, "retry", seconds=0.5, attempt=2, of=4),
        noted(record, "request", attempt=2, body={}, errand="get"),
    ]
    assert said(frames) == []


@pytest.mark.parametrize(
    ("status", "content", "code", "message"),
    [
        (400, b'{"error":{"code":"invalid_request","message":"m"}}', "invalid_request", "m"),
        (
            400,
            b'{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT"}}',
            "INVALID_ARGUMENT",
            "API key not valid",
        ),
        (503, b'[{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}]', "UNAVAILABLE", "m"),
        (502, b"<html>Bad Gateway</html>", None, "Bad Gateway"),
        (429, b'{"error":"slow down"}', None, "slow down"),
        (401, b'{"message":"who are you?"}', None, "who are you?"),
        (500, b'{"error":null}', None, '{"error":null}'),
        (500, b"", None, "HTTP 500 without a body"),
        (500, b"\xff\xfe", None, "\ufffd\ufffd"),
        (500, b"[]", None, "[]"),
        (500, b"x" * 5000, None, "x" * 2000),
    ],
)
def test_a_refusal_is_an_error_in_the_server_s_own_words(
    status: int, content: bytes, code: str | None, message: str
) -> None:
    """All shapes of bodies; the HTTP status is kept beside them."""
    turn = fold(events_of(answered(status, content, "text/plain", "refused")))
    assert (turn.status, turn.ended) == ("failed", True)
    assert turn.error == ErrorDetail(code, message, None, status)


def test_a_finished_interaction_instead_of_a_stream_is_the_answer() -> None:
    """HTTP 200 with JSON although a stream was asked for."""
    answer = {
        "id": "v1_a",
        "status": "completed",
        "error": None,
        "usage": {"total_tokens": 9},
        "steps": [{"type": "model_output", "content": [{"type": "text", "text": "All of it."}]}],
    }
    turn = fold(events_of(answered(200, json.dumps(answer).encode())))
    assert (turn.status, turn.id, text_of(turn), turn.chainable) == ("completed", "v1_a", "All of it.", True)


@pytest.mark.parametrize(
    ("content", "status", "read_as"),
    [
        (b'{"error":{"code":"c","message":"m"}}', "failed", Error),
        (b'[{"error":{"code":"c","message":"m"}}]', "failed", Error),
        (b'{"id":"v1_a","status":"in_progress"}', "interrupted", InteractionCompleted),
        (b"<html>Sign in</html>", "failed", Error),
        (b'{"id":"v1_a","sta', "interrupted", Unknown),
        (b"", "interrupted", Remark),
    ],
)
def test_any_other_document_is_no_success(content: bytes, status: str, read_as: type[Body]) -> None:
    """An error, an unfinished interaction, a proxy's page, half a document, nothing."""
    frames = answered(200, content)
    assert isinstance(said(frames)[1], read_as)
    turn = fold(events_of(frames))
    assert (turn.status, turn.chainable) == (status, False)


@pytest.mark.parametrize("note", [name for name, kind in KINDS.items() if kind.outcome])
def test_every_way_an_exchange_ends_is_said_once(note: str) -> None:
    """With what broke it, where something did."""
    broken = {"error": "ReadError", "message": "reset"}
    told = {name: broken[name] for name in KINDS[note].__struct_fields__ if name in broken}
    assert said([noted(Recorder(), note, **told)]) == [Ended(KINDS[note].outcome, **told)]


def test_what_is_unset_is_not_sent() -> None:
    """A body of the least; `None` and the empty string mean unset."""
    least = {"model": MODEL, "input": "Hi", "stream": True, "store": True}
    assert body(request()) == least
    assert body(request(thinking_level="", thinking_summaries="", system_instruction="")) == least


def test_what_is_set_is_sent() -> None:
    """Zero is a temperature; the settings of the model have their own object."""
    tool = {"type": "function", "name": "f"}
    sent = body(
        request(
            system_instruction="Be brief.",
            temperature=0.0,
            max_output_tokens=10,
            thinking_level="low",
            thinking_summaries="auto",
            tools=(tool,),
            store=False,
            top_p=0.0,
            seed=0,
            stop_sequences=("END",),
            api_version="v1",
            previous_interaction_id="v1_p",
        )
    )
    assert sent == {
        "model": MODEL,
        "input": "Hi",
        "system_instruction": "Be brief.",
        "previous_interaction_id": "v1_p",
        "generation_config": {
            "temperature": 0.0,
            "max_output_tokens": 10,
            "thinking_level": "low",
            "thinking_summaries": "auto",
            "top_p": 0.0,
            "seed": 0,
            "stop_sequences": ("END",),
        },
        "tools": (tool,),
        "stream": True,
        "store": False,
    }


def test_what_it_does_not_have_of_another_vendor_is_not_sent() -> None:
    """All that it has are. It counts no tokens of thoughts."""
    asked = request(thinking_level="max", thinking_summaries="detailed", thinking_budget=2048)
    assert body(asked) == body(request())
    for level in CAPABILITIES.values["thinking_level"]:
        assert body(request(thinking_level=level))["generation_config"] == {"thinking_level": level}
    for summaries in CAPABILITIES.values["thinking_summaries"]:
        sent = body(request(thinking_summaries=summaries))["generation_config"]
        assert sent == {"thinking_summaries": summaries}
    assert "thinking_budget" not in CAPABILITIES.settings
    assert {"api_version", "response_schema"} <= CAPABILITIES.settings
    assert CAPABILITIES.values["api_version"] == ("v1beta", "v1")


def test_the_schema_of_an_answer_is_its_format() -> None:
    """An empty one is none; an agent takes it too."""
    told = {"type": "text", "mime_type": "application/json", "schema": CITY}
    assert body(request(response_schema=CITY))["response_format"] == told
    assert body(request(response_schema=CITY, agent="a"))["response_format"] == told
    assert "response_format" not in body(request(response_schema={}))


def test_fields_and_headers_of_one_s_own_go_along() -> None:
    """The log has the body as it was sent, and no value of such a header; another address gets none."""
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"models": []})

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        gemini = Gemini(
            client,
            Access("https://x.test", "planted-key"),
            "v1beta",
            headers={"X-Goog-User-Project": "planted-word"},
            extra={"service_tier": "flex", "store": False},
        )
        frames = list(gemini.frames(request()))
        list(gemini.follow_up(request(), "get", "v1_a"))
        gemini.reach()
        gemini.models()
        list(gemini.frames(request(access=Access("https://own.test"))))
    sent = json.loads(asked[0].content)
    assert sent == {**body(request()), "service_tier": "flex", "store": False}
    assert json.loads(frames[0].raw)["body"] == sent
    assert fold(events_of(frames)).stored is False
    assert b"planted" not in b"".join(frame.raw for frame in frames)
    assert [each.headers.get("x-goog-user-project") for each in asked] == [*["planted-word"] * 4, None]


def test_a_continuation_is_sent_without_input() -> None:
    """The token and the parent stand for it."""
    sent = body(request(input=(), continuation_token="t", previous_interaction_id="v1_p"))
    assert "input" not in sent
    assert (sent["continuation_token"], sent["previous_interaction_id"]) == ("t", "v1_p")


def test_a_call_goes_to_the_endpoint_and_its_answer_folds_to_a_turn() -> None:
    """The key travels in its header, and never into the journal."""
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=headers, content=RECORDINGS["text_with_thoughts"])

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        gemini = Gemini(client, Access("https://x.test", "planted-key"), "v1beta")
        frames = list(gemini.frames(request()))
    assert [str(each.url) for each in asked] == ["https://x.test/v1beta/interactions"]
    assert asked[0].headers["x-goog-api-key"] == "planted-key"
    assert json.loads(asked[0].content) == body(request())
    assert b"planted-key" not in b"".join(frame.raw for frame in frames)
    wire = [frame.raw for frame in frames if frame.kind == "wire"]
    assert b"".join(wire) == RECORDINGS["text_with_thoughts"]
    assert fold(events_of(frames)).status == "completed"


def test_a_request_may_have_its_own_version_and_access() -> None:
    """Those that the provider was made with are for requests that name none; no `repr` shows a key."""
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    own = Access("https://name:word@own.test", "planted-key")
    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        gemini = Gemini(client, Access("https://x.test", "not-this"), "v1beta")
        frames = list(gemini.frames(request(api_version="v1", access=own)))
        gemini.reach(own)
    assert [each.url.host for each in asked] == ["own.test", "own.test"]
    assert [each.url.path for each in asked] == ["/v1/interactions", "/v1beta/models"]
    assert {each.headers["x-goog-api-key"] for each in asked} == {"planted-key"}
    shown = repr([own, request(access=own)]) + str(frames)
    assert "planted-key" not in shown
    assert "word" not in shown


def test_history_goes_in_front_of_the_input_and_is_not_the_turns_own() -> None:
    """The body is a list of steps as it was sent; the note says how many of them belong to earlier turns."""
    text = [{"type": "text", "text": "Before"}]
    past = ({"type": "user_input", "content": text}, {"type": "model_output", "content": text})
    steps = tuple(step_from_wire(each, hop=0, index=0, frame=0) for each in past)
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        gemini = Gemini(client, Access("https://x.test"), "v1beta")
        frames = list(gemini.frames(request(history=(Turn(steps=steps),), store=False)))
    mine = {"type": "user_input", "content": [{"type": "text", "text": "Hi"}]}
    note = json.loads(frames[0].raw)
    assert (note["body"]["input"], note["history"]) == ([*past, mine], 2)
    assert said(frames)[0] == Requested((mine,), MODEL, None, stored=False)
    assert "history" not in note["body"]


def test_an_interaction_is_retrieved_by_its_quoted_id() -> None:
    """An id from a visitor cannot lead to another path."""
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.raw_path.decode())
        return httpx.Response(404, json={"error": {"code": "not_found"}})

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        gemini = Gemini(client, Access("https://x.test"), "v1beta")
        assert gemini.retrieve("../models?x").status == 404
        assert gemini.reach().json == {"error": {"code": "not_found"}}
    assert asked == ["/v1beta/interactions/..%2Fmodels%3Fx?include_input=true", "/v1beta/models?pageSize=1"]


def test_a_completion_read_from_a_document_keeps_its_raw_steps() -> None:
    """The same resource as in a stream's last event."""
    content = b'{"id":"v1_a","status":"completed","steps":[{"type":"daydream"}]}'
    assert said(answered(200, content))[1] == InteractionCompleted(
        Interaction("v1_a", "completed", steps=({"type": "daydream"},))
    )
