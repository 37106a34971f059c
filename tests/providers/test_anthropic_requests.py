"""Requests to Anthropic's Messages API: what is sent, what goes back, and its own client as the judge."""

from __future__ import annotations

import base64
import json
import socket
from typing import Any

import anthropic
import httpx
import pytest
from pydantic import ValidationError

from interactions.conversations.history import transplanted, wire_steps
from interactions.conversations.request import Access, Request
from interactions.errors import UpstreamError
from interactions.providers.anthropic.body import MAX_TOKENS, SAMPLED, VERSION, body
from interactions.providers.anthropic.provider import Anthropic
from interactions.providers.protocol import keeping
from interactions.providers.reading import refold
from interactions.providers.shared.foreign import UNANSWERED
from interactions.sandbox.fields import STEPS, check_tagged
from interactions.stream.transport import new_client
from interactions.turns.events import Usage
from interactions.turns.steps import Wire, step_from_wire
from interactions.turns.turn import Turn, text_of
from tests.folding import RECORDINGS, turn_of
from tests.judges import body_of
from tests.peers import STREAM_HEAD, peer
from tests.providers.anthropic_streams import (
    CALLS,
    EXCEEDED,
    MODEL,
    STREAMS,
    USER,
    answer,
    begun,
    block,
    given_json,
    misnamed,
    over,
    replayed,
    request,
    run,
    sse,
    text,
    validated,
)
from tests.vendors import NOTES, PDF, SOUND, TABLE, VALUE

PIXEL = base64.b64encode(b"png").decode()
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather now.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
ROUND = (
    {"type": "function_result", "call_id": "toolu_01SampleA", "name": "get_weather", "result": {"c": 21}},
    {
        "type": "function_result",
        "call_id": "toolu_01SampleB",
        "name": "get_time",
        "result": "no",
        "is_error": True,
    },
)


def sent(asked: Request, version: str = VERSION) -> dict[str, Any]:
    """The body, which the client's own types accept."""
    made = json.loads(json.dumps(body(asked, version)))
    validated(body_of("anthropic").validate_python(made))
    return dict(made)


def messages(asked: Request) -> list[dict[str, Any]]:
    return list(sent(asked)["messages"])


def of_steps(*steps: Wire, **fields: Any) -> Turn:
    """A turn of another vendor: the first step is the user's."""
    made = [step_from_wire(each, hop=0, index=at, frame=0) for at, each in enumerate(steps)]
    return Turn(steps=tuple(made), **{"model": "other", "status": "completed", **fields})


def test_the_client_s_types_refuse_what_is_wrong() -> None:
    """So that the other tests mean something."""
    wrong = {**body(request()), "messages": [{"role": "user", "content": [{"type": "image", "source": {}}]}]}
    with pytest.raises(ValidationError):
        validated(body_of("anthropic").validate_python(wrong))


def test_what_is_unset_is_not_sent() -> None:
    """A limit of tokens has to be."""
    least = {"model": MODEL, "max_tokens": MAX_TOKENS, "messages": [USER], "stream": True}
    assert sent(request()) == least
    assert sent(request(thinking_level="", thinking_summaries="none", system_instruction="")) == least


def test_what_is_set_is_sent() -> None:
    assert sent(
        request(
            system_instruction="Be brief.",
            max_output_tokens=10,
            thinking_level="high",
            thinking_summaries="auto",
            stop_sequences=("END",),
            tools=(WEATHER,),
        )
    ) == {
        "model": MODEL,
        "max_tokens": 10,
        "messages": [USER],
        "system": "Be brief.",
        "output_config": {"effort": "high"},
        "thinking": {"type": "adaptive", "display": "summarized"},
        "stop_sequences": ["END"],
        "tools": [
            {
                "name": "get_weather",
                "description": "The weather now.",
                "input_schema": WEATHER["parameters"],
            }
        ],
        "stream": True,
    }


def test_the_new_version_is_sent_no_sampling_and_the_old_one_is() -> None:
    """From 2026-10-21 on, any value is refused, also the default one."""
    warm = {"temperature": 0.0, "top_p": 0.9}
    assert not warm.keys() & sent(request(**warm)).keys()
    assert {key: sent(request(**warm), SAMPLED)[key] for key in warm} == warm
    assert {key: sent(request(**warm, api_version=SAMPLED))[key] for key in warm} == warm
    client = httpx.Client()
    access = Access("https://x.test")
    assert not warm.keys() & Anthropic(client, access).can.settings
    assert warm.keys() <= Anthropic(client, access, SAMPLED).can.settings
    client.close()


def test_another_vendor_s_version_is_none_of_this_api() -> None:
    assert "temperature" not in sent(request(temperature=1.0, api_version="v1beta"))


@pytest.mark.parametrize(("level", "effort"), [("minimal", "low"), ("low", "low"), ("max", "max")])
def test_a_level_of_thinking_is_an_effort(level: str, effort: str) -> None:
    assert sent(request(thinking_level=level))["output_config"] == {"effort": effort}


@pytest.mark.parametrize("level", ["none", "ultra"])
def test_a_level_that_it_does_not_have_is_not_sent(level: str) -> None:
    assert "output_config" not in sent(request(thinking_level=level))


def test_levels_and_summaries_are_those_that_it_takes() -> None:
    """And the page offers no version: another changes what else can be set."""
    with httpx.Client() as client:
        can = Anthropic(client, Access("https://x.test")).can
    for level in can.values["thinking_level"]:
        assert sent(request(thinking_level=level))["output_config"] == {"effort": level}
    shown = can.values["thinking_summaries"]
    assert [bool(sent(request(thinking_summaries=each)).get("thinking")) for each in shown] == [True, False]
    assert "thinking" not in sent(request(thinking_summaries="detailed"))
    assert "api_version" not in can.values
    assert "api_version" not in can.settings


def test_the_schema_of_an_answer_is_its_format() -> None:
    """Beside the effort; an empty one is none."""
    schema = WEATHER["parameters"]
    told = {"type": "json_schema", "schema": schema}
    assert sent(request(response_schema=schema))["output_config"] == {"format": told}
    both = sent(request(response_schema=schema, thinking_level="low"))["output_config"]
    assert both == {"effort": "low", "format": told}
    assert "output_config" not in sent(request(response_schema={}))


@pytest.mark.parametrize(
    ("summaries", "display"),
    [(None, {}), ("auto", {"display": "summarized"}), ("none", {"display": "omitted"}), ("detailed", {})],
)
def test_a_budget_for_thoughts_is_counted_in_tokens(summaries: str | None, display: Any) -> None:
    """For models that take no level. It has to be less than the limit, unless that is somebody's own."""
    made = sent(request(thinking_budget=20_000, thinking_summaries=summaries))
    assert made["thinking"] == {"type": "enabled", "budget_tokens": 20_000, **display}
    assert made["max_tokens"] == MAX_TOKENS + 20_000
    assert sent(request(thinking_budget=2048, max_output_tokens=3000))["max_tokens"] == 3000


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        (
            {"type": "function", "name": "f"},
            {"name": "f", "input_schema": {"type": "object", "properties": {}}},
        ),
        ({"type": "google_search"}, {"type": "web_search_20250305", "name": "web_search"}),
        ({"type": "url_context"}, {"type": "web_fetch_20250910", "name": "web_fetch"}),
        ({"type": "code_execution"}, {"type": "code_execution_20250825", "name": "code_execution"}),
        (
            {"type": "web_search_20260318", "name": "web_search", "max_uses": 2},
            {"type": "web_search_20260318", "name": "web_search", "max_uses": 2},
        ),
    ],
)
def test_tools_are_declared_in_its_own_form(tool: Wire, expected: Wire) -> None:
    """Functions, tools that the server runs, and any that is in that form already."""
    assert sent(request(tools=(tool,)))["tools"] == [expected]


def test_pictures_and_documents_go_along() -> None:
    """As data or by address; a text as text; what the API cannot take is left out."""
    notes = base64.b64encode("Grüße".encode()).decode()
    content = [
        {"type": "image", "data": PIXEL, "mime_type": "image/png"},
        {"type": "image", "uri": "https://x.test/a.png", "mime_type": "image/png"},
        {"type": "document", "data": PIXEL, "mime_type": "application/pdf"},
        {"type": "document", "data": notes, "mime_type": "text/csv; charset=utf-8"},
        {"type": "document", "data": "plain words", "mime_type": "text/plain"},
        {"type": "audio", "data": "UklGRg==", "mime_type": "audio/wav"},
        {"type": "text", "text": "What is this?"},
        {"type": "text", "text": " "},
    ]
    (message,) = messages(request(input=({"type": "user_input", "content": content},)))
    plain = {"type": "text", "media_type": "text/plain"}
    assert message["content"] == [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
        {"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PIXEL}},
        {"type": "document", "source": {**plain, "data": "Grüße"}},
        {"type": "document", "source": {**plain, "data": "plain words"}},
        {"type": "text", "text": "What is this?"},
    ]


def test_documents_keep_their_names() -> None:
    """Each text is a plain one to the API; a sound is nothing to it."""
    (message,) = messages(
        request(input=({"type": "user_input", "content": [PDF, NOTES, TABLE, VALUE, SOUND]},))
    )
    assert [(each["title"], each["source"]["data"]) for each in message["content"]] == [
        ("plan.pdf", "JVBERg=="),
        ("notes.txt", "über"),
        ("table.csv", "a,b"),
        ("a\n.json", '{"a":1}'),
    ]
    assert {each["source"]["media_type"] for each in message["content"]} == {"application/pdf", "text/plain"}
    with httpx.Client() as client:
        media = Anthropic(client, Access("https://x.test")).can.media
    for kind in ("image/svg+xml", "audio/wav", "video/mp4", "application/zip"):
        assert not kind.startswith(media)


def test_a_tool_round_goes_back_as_it_came_with_all_results_in_one_message() -> None:
    """The thought is signed; the results stand in front of what the user says besides."""
    turn = answer(CALLS)
    words = {"type": "user_input", "content": [{"type": "text", "text": "And?"}]}
    user, assistant, results = messages(request(history=(turn,), input=(words, *ROUND)))
    assert user == USER
    direct = {"caller": {"type": "direct"}}
    assert assistant["content"] == [
        {
            "type": "thinking",
            "thinking": "The user wants the weather in Zürich, so call the tool.",
            "signature": "EqQBCgIYAhIkU2FtcGxlU2lnbmF0dXJl",
        },
        {"type": "text", "text": "Let me look that up ☀️."},
        {
            "type": "tool_use",
            "id": "toolu_01SampleA",
            "name": "get_weather",
            "input": {"city": "Zürich", "unit": "C"},
            **direct,
        },
        {"type": "tool_use", "id": "toolu_01SampleB", "name": "get_time", "input": {}, **direct},
    ]
    assert results["content"] == [
        {"type": "tool_result", "tool_use_id": "toolu_01SampleA", "content": '{"c":21}'},
        {"type": "tool_result", "tool_use_id": "toolu_01SampleB", "content": "no", "is_error": True},
        {"type": "text", "text": "And?"},
    ]


def test_a_search_goes_back_with_its_encrypted_parts() -> None:
    turn = answer(STREAMS["web_search"])
    _, call, result, output = replayed(turn, model="claude-sonnet-5-5")
    assert call["input"] == {"query": "tallest bridge"}
    assert result["content"][0]["encrypted_content"] == "EqgfCioIARgBIiQ3"
    assert output["citations"][0]["encrypted_index"] == "Eo8BCioIAhgB"
    messages(request(history=(turn,)))


def test_turns_that_another_server_has_kept_are_sent_along() -> None:
    """The id that names them there says nothing here."""
    said = {"type": "model_output", "content": "Before."}
    kept = of_steps({"type": "user_input", "content": "First."}, said)
    asked = request(previous_interaction_id="v1_other", earlier=lambda: (kept,))
    assert [each["content"][0]["text"] for each in messages(asked)] == ["First.", "Before.", "Hi"]


def test_thoughts_go_back_to_the_model_that_had_them_alone() -> None:
    """Its name may have a date or not; the model of another name refuses them."""
    turn = answer(CALLS)
    for model, first in (
        (MODEL, "thinking"),
        (f"{MODEL}-20261101", "thinking"),
        (f"{MODEL}-latest", "thinking"),
        ("claude-opus-5", "text"),
        ("claude-haiku-4-5", "text"),
    ):
        assert replayed(turn, model=model)[0]["type"] == first


def test_what_the_api_sends_and_does_not_take_stays_here() -> None:
    """Empty texts, and what a limit has cut off: an unsigned thought, a tool's call without its result."""
    cut_off = sse(
        begun(),
        *block(
            0,
            {"type": "thinking", "thinking": "", "signature": ""},
            {"type": "thinking_delta", "thinking": "H"},
        ),
        *block(1, {"type": "text", "text": ""}, text("\n")),
        *block(2, {"type": "text", "text": ""}, text("Kept.")),
        *block(3, {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}),
        *over("max_tokens"),
    )
    assert replayed(answer(cut_off)) == [{"type": "text", "text": "Kept."}]


def test_a_call_that_nobody_has_answered_is_answered_as_failed() -> None:
    """The API would refuse the conversation for ever."""
    first, second = (
        {"type": "tool_result", "tool_use_id": id, "content": UNANSWERED, "is_error": True}
        for id in ("toolu_01SampleA", "toolu_01SampleB")
    )
    assert messages(request(history=(answer(CALLS),)))[2]["content"] == [first, second, *USER["content"]]
    half = messages(request(history=(answer(CALLS),), input=ROUND[:1]))[2]["content"]
    assert [each["tool_use_id"] for each in half] == ["toolu_01SampleB", "toolu_01SampleA"]


def test_what_another_vendor_has_said_is_translated() -> None:
    """Texts, calls and results. Thoughts, signatures, and pictures and tools of its server stay behind."""
    before = of_steps(
        {"type": "user_input", "content": "Look."},
        {"type": "thought", "signature": "google", "summary": [{"type": "text", "text": "Hm."}]},
        {"type": "google_search_call", "id": "s", "arguments": {"queries": ["q"]}, "signature": "google"},
        {"type": "google_search_result", "call_id": "s", "result": [], "signature": "google"},
        {
            "type": "model_output",
            "content": [
                {"type": "text", "text": "Here:", "annotations": [{"type": "url_citation", "url": "u"}]},
                {"type": "image", "data": PIXEL, "mime_type": "image/png"},
            ],
        },
        {"type": "function_call", "id": "call:1", "name": "f", "arguments": {"a": 1}, "signature": "google"},
    )
    picture = {"type": "image", "data": PIXEL, "mime_type": "image/png"}
    results = {"type": "function_result", "call_id": "call:1", "name": "f", "result": [picture]}
    after = of_steps(results, {"type": "model_output", "content": "Done."})
    assert messages(request(history=(before, after))) == [
        {"role": "user", "content": [{"type": "text", "text": "Look."}]},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Here:"},
                {"type": "tool_use", "id": "call_1", "name": "f", "input": {"a": 1}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "call_1",
                    "content": [
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": PIXEL},
                        }
                    ],
                }
            ],
        },
        {"role": "assistant", "content": [{"type": "text", "text": "Done."}]},
        USER,
    ]


@pytest.mark.parametrize("name", RECORDINGS)
def test_every_recorded_turn_of_gemini_can_be_sent_on(name: str) -> None:
    messages(request(history=(turn_of(RECORDINGS[name]),)))


@pytest.mark.parametrize("name", STREAMS)
def test_what_is_kept_for_this_api_is_sent_to_no_other(name: str) -> None:
    """Gemini refuses a key that it does not know. Another account gets the words alone."""
    turn = answer(STREAMS[name])
    for step in wire_steps([turn]):
        check_tagged(json.loads(json.dumps(step)), STEPS, "input")
    kinds = {each["type"] for each in replayed(transplanted(turn), model=turn.model)}
    assert kinds <= {"text", "tool_use"}


def test_a_call_goes_to_the_endpoint_with_its_key_masked_in_the_journal() -> None:
    """In either header; the input stands in the note and is sent as messages alone."""
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, headers={"content-type": "text/event-stream"}, content=STREAMS["text"])

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        for base, bearer in (("https://x.test", False), ("https://x.test/v1/", True)):
            provider = Anthropic(client, Access(base, "planted-key"), bearer=bearer)
            frames = list(provider.frames(request()))
            assert b"planted-key" not in b"".join(frame.raw for frame in frames)
            assert refold(provider, frames).status == "completed"
            assert json.loads(frames[0].raw)["asked"]["model"] == MODEL
    first, second = asked
    assert str(first.url) == str(second.url) == "https://x.test/v1/messages"
    assert json.loads(first.content) == body(request())
    assert first.headers["x-api-key"] == "planted-key"
    assert first.headers["anthropic-version"] == VERSION
    assert second.headers["authorization"] == "Bearer planted-key"
    assert "authorization" not in first.headers
    assert "x-api-key" not in second.headers


def test_a_request_may_have_its_own_version_and_access() -> None:
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"data": []})

    own = Access("https://own.test", "own-key")
    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        provider = Anthropic(client, Access("https://x.test"))
        list(provider.frames(request(api_version=SAMPLED, access=own)))
        assert provider.reach(own).json == {"data": []}
        provider.reach()
    assert [str(each.url) for each in asked] == [
        "https://own.test/v1/messages",
        "https://own.test/v1/models?limit=1",
        "https://x.test/v1/models?limit=1",
    ]
    assert [each.headers["anthropic-version"] for each in asked] == [SAMPLED, VERSION, VERSION]
    assert "x-api-key" not in asked[2].headers


def test_nothing_is_kept_that_could_be_asked_for() -> None:
    """And so no follow-up is named, and a cut turn stays one."""
    with httpx.Client() as client:
        provider = Anthropic(client, Access("https://x.test"))
        assert not provider.can.follow_ups
        with pytest.raises(UpstreamError, match="keeps no answers"):
            keeping(provider)


SEARCHING = sse(
    begun(input_tokens=10),
    *block(0, {"type": "text", "text": ""}, text("One ")),
    *block(
        1,
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},
        given_json('{"query":"q"}'),
    ),
    *over("pause_turn", {"output_tokens": 5}),
)
FOUND = sse(
    {**begun(input_tokens=20), "message": {**begun(input_tokens=20)["message"], "id": "msg_2"}},
    *block(0, {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []}),
    *block(1, {"type": "text", "text": ""}, text("two.")),
    *over("end_turn", {"output_tokens": 7}),
)


def test_a_paused_answer_goes_on_from_what_it_has_said() -> None:
    """The same conversation with the answer so far at its end, and no word of the user's behind it."""
    turn, (first, second) = run(STREAM_HEAD + SEARCHING, STREAM_HEAD + FOUND)
    assert (turn.status, text_of(turn), turn.hop, turn.id) == ("completed", "One two.", 1, "msg_2")
    assert turn.usage == Usage(42, 30, 12, 0, 0)
    assert sum(step.sent for step in turn.steps) == 1
    assert first["messages"] == [USER]
    said = [
        {"type": "text", "text": "One "},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}},
    ]
    assert second == {**first, "messages": [USER, {"role": "assistant", "content": said}]}
    validated(body_of("anthropic").validate_python(second))
    following = messages(request(history=(turn,)))
    assert [each["role"] for each in following] == ["user", "assistant", "user"]
    assert [each["type"] for each in following[1]["content"]] == [
        "text",
        "server_tool_use",
        "web_search_tool_result",
        "text",
    ]


def test_a_paused_answer_that_is_paused_again_goes_on_from_all_of_it() -> None:
    again = SEARCHING.replace(b"msg_1", b"msg_3").replace(b"srvtoolu_1", b"srvtoolu_3")
    turn, bodies = run(STREAM_HEAD + SEARCHING, STREAM_HEAD + again, STREAM_HEAD + FOUND)
    assert (turn.status, text_of(turn), turn.hop) == ("completed", "One One two.", 2)
    assert [len(each["messages"][1:] and each["messages"][1]["content"]) for each in bodies] == [0, 2, 4]


@pytest.mark.parametrize("content", [STREAMS["text"][:900], sse(begun(), *over(None))])
def test_a_cut_answer_is_not_asked_for_again(content: bytes) -> None:
    """Nor one that ends without a reason."""
    turn, bodies = run(STREAM_HEAD + content)
    assert (turn.status, len(bodies)) == ("interrupted", 1)
    assert any("keeps no answers" in warning for warning in turn.warnings)


def refused(status: str, kind: str, *headers: str, **error: Any) -> bytes:
    text = json.dumps({"type": "error", "error": {"type": kind, "message": "No.", **error}})
    lines = [
        f"HTTP/1.1 {status} X",
        "content-type: application/json",
        f"content-length: {len(text)}",
        *headers,
    ]
    return ("\r\n".join([*lines, "", ""]) + text).encode()


def test_an_overloaded_server_is_asked_again() -> None:
    busy = refused("529", "overloaded_error", "retry-after: 0.01")
    turn, bodies = run(busy, busy, STREAM_HEAD + STREAMS["text"])
    assert (turn.status, len(bodies)) == ("completed", 3)


@pytest.mark.parametrize(
    "answer",
    [
        refused("429", "rate_limit_error", details={"error_code": "enforced_spend_limit_reached"}),
        refused("429", "rate_limit_error", details={"error_code": "contract_spend_limit_reached"}),
        refused("402", "billing_error"),
        refused("529", "overloaded_error", "x-should-retry: false"),
    ],
)
def test_a_refusal_that_time_does_not_lift_is_final(answer: bytes) -> None:
    """A limit on spending, or the server's own word."""
    turn, bodies = run(answer)
    assert (turn.status, len(bodies)) == ("failed", 1)
    assert turn.error is not None
    assert turn.error.message == "No."


def test_a_model_that_refuses_to_be_asked_for_thoughts_is_asked_without_once() -> None:
    """Older ones have no adaptive thinking, and say so by its name."""
    old = refused("400", "invalid_request_error", message="adaptive thinking is not supported on this model")
    turn, (first, second) = run(old, STREAM_HEAD + STREAMS["text"], thinking_summaries="auto")
    assert turn.status == "completed"
    assert second == {key: value for key, value in first.items() if key != "thinking"}
    turn, bodies = run(old, old, thinking_summaries="auto")
    assert (turn.status, len(bodies)) == ("failed", 2)
    turn, bodies = run(old)
    assert (turn.status, len(bodies)) == ("failed", 1)


def test_what_is_wrong_with_a_budget_is_for_its_owner_to_read() -> None:
    """Nobody is asked again without it."""
    old = refused("400", "invalid_request_error", message="thinking.budget_tokens: at least 1024")
    turn, bodies = run(old, thinking_budget=1)
    assert (turn.status, len(bodies)) == ("failed", 1)


def test_fields_and_headers_of_one_s_own_go_along() -> None:
    """The log has the body as it was sent, and no value of such a header; another address gets none."""
    asked: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"data": []})

    with httpx.Client(transport=httpx.MockTransport(serve)) as client:
        provider = Anthropic(
            client,
            Access("https://x.test", "planted-key"),
            headers={"Anthropic-Beta": "planted-word"},
            extra={"service_tier": "auto", "model": "other"},
        )
        frames = list(provider.frames(request()))
        provider.reach()
        provider.models()
        list(provider.frames(request(access=Access("https://own.test"))))
    made = json.loads(asked[0].content)
    assert made == {**body(request()), "service_tier": "auto", "model": "other"}
    validated(body_of("anthropic").validate_python(made))
    note = json.loads(frames[0].raw)
    assert note["body"] == made
    assert (note["asked"]["model"], note["headers"]["anthropic-version"]) == ("other", VERSION)
    assert b"planted" not in b"".join(frame.raw for frame in frames)
    words = [each.headers.get("anthropic-beta") for each in asked]
    assert words == ["planted-word", "planted-word", "planted-word", None]


def test_silence_is_waited_out_for_as_long_as_the_process_allows() -> None:
    """Models think for minutes; httpx would wait for 5 s."""
    with new_client(600.0) as client:
        assert client.timeout.read == 600.0


def client_of(url: str) -> anthropic.Anthropic:
    return anthropic.Anthropic(api_key="k", base_url=url, max_retries=0)


def read_by_client(content: bytes) -> anthropic.types.Message:
    def script(connection: socket.socket, _number: int) -> None:
        connection.sendall(STREAM_HEAD + content)

    with peer(script) as server, client_of(server.url) as client:
        asked: Any = [{"role": "user", "content": "Hi"}]
        with client.messages.stream(model=MODEL, max_tokens=10, messages=asked) as events:
            return events.get_final_message()


@pytest.mark.parametrize("name", ["text", "tool_use", "web_search"])
def test_the_client_reads_the_same_message(name: str) -> None:
    """Text, calls and usage; and what we send back are its own blocks."""
    found, turn = read_by_client(STREAMS[name]), answer(STREAMS[name])
    assert found.id == turn.id
    assert "".join(each.text for each in found.content if each.type == "text") == text_of(turn)
    assert [each.to_dict() for each in found.content] == replayed(turn, model=turn.model)
    usage = turn.usage
    assert usage is not None
    cached = (found.usage.cache_creation_input_tokens or 0) + (found.usage.cache_read_input_tokens or 0)
    assert usage.total_input_tokens == found.usage.input_tokens + cached
    output = (usage.total_output_tokens or 0) + (usage.total_thought_tokens or 0)
    assert output == found.usage.output_tokens


@pytest.mark.parametrize("content", [STREAMS["error"], misnamed(EXCEEDED)])
def test_the_client_reads_the_same_error(content: bytes) -> None:
    with pytest.raises(anthropic.APIStatusError) as caught:
        read_by_client(content)
    turn = answer(content)
    assert turn.error is not None
    body: Any = caught.value.body
    told = body.get("error", body)
    assert (told["type"], told["message"]) == (turn.error.code, turn.error.message)


def test_the_client_sends_what_we_send() -> None:
    """For the same conversation its body is ours, but for the order of keys; its version is our default."""
    ours = body(request(history=(answer(CALLS),), input=ROUND, tools=(WEATHER,)))
    with peer(lambda connection, _: connection.sendall(STREAM_HEAD + STREAMS["text"])) as server:
        with client_of(server.url) as client:
            asked: Any = ours
            list(client.messages.create(**asked))
        head, _, content = server.requests[0].partition(b"\r\n\r\n")
    assert json.loads(content) == json.loads(json.dumps(ours))
    assert f"anthropic-version: {VERSION}".encode() in head.lower()
