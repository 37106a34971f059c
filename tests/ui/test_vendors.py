"""Turns of each vendor through the whole page: from the settings to what the next request carries."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest

from benchmarks.harness import free_port
from interactions.running.resume import GONE, NO_FOLLOW_UPS
from interactions.stream.transport import ATTEMPTS
from interactions.ui import words
from interactions.ui.words.chain import NO_CHAIN
from tests.peers import STREAM_HEAD
from tests.ui.answering import (
    ANTHROPIC,
    CHAT,
    DECLINED,
    KEY,
    OPENAI,
    Vendor,
    buttons,
    chain,
    choose,
    configured,
    document,
    each_vendor,
    judged,
    posts,
    press,
    seen,
    send,
    statuses,
    stream,
    talking,
    troubles,
)
from tests.vendors import RECORDINGS

pytestmark = pytest.mark.slow

SAID = {"anthropic": "It is 21 °C and sunny.", "openai": "It is 21 °C and sunny.", "house": "Hello there ✨"}


@each_vendor
def test_a_turn_is_sent_read_and_shown(vendor: Vendor, environ: pytest.MonkeyPatch) -> None:
    with talking(environ, vendor, vendor.plain) as (page, server):
        send(page, "Hi")
        assert statuses(page) == ["completed"]
        assert SAID[vendor.endpoint] in seen(page)
        assert troubles(page) == []
        assert len(judged(vendor, server)) == 1


@each_vendor
def test_a_second_turn_carries_the_first_as_its_vendor_wants_it(
    vendor: Vendor, environ: pytest.MonkeyPatch
) -> None:
    """OpenAI has kept it under an id; the others are told it again."""
    said = SAID[vendor.endpoint]
    expected = {
        "anthropic": [
            {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
            {"role": "assistant", "content": [{"type": "text", "text": said}]},
            {"role": "user", "content": [{"type": "text", "text": "And then?"}]},
        ],
        "openai": [
            {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "And then?"}]}
        ],
        "house": [
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": said},
            {"role": "user", "content": "And then?"},
        ],
    }
    with talking(environ, vendor, vendor.plain) as (page, server):
        send(page, "Hi")
        assert chain(page) == ("resp_0sampleText" if vendor is OPENAI else words.SENT_ALONG)
        captions = {unescape(each.value) for each in page.sidebar.caption}
        assert ("`previous_response_id` of the next turn" if vendor is OPENAI else NO_CHAIN) in captions
        assert ("Kept by the server for 29 more days." in captions) == (vendor is OPENAI)
        send(page, "And then?")
        assert statuses(page) == ["completed", "completed"]
        _, second = judged(vendor, server)
        assert second["input" if vendor is OPENAI else "messages"] == expected[vendor.endpoint]
        assert second.get("previous_response_id") == ("resp_0sampleText" if vendor is OPENAI else None)


CALLED = {
    "anthropic": ["toolu_01SampleA", "toolu_01SampleB"],
    "openai": ["call_sampleA"],
    "house": ["814890118"],
}


@each_vendor
def test_a_call_is_answered_in_the_page_and_goes_back_with_its_result(
    vendor: Vendor, environ: pytest.MonkeyPatch
) -> None:
    """All results together; each names its call by the id that pairs them."""
    with talking(environ, vendor, vendor.called, vendor.plain) as (page, server):
        press(page, "Function call")
        assert statuses(page) == ["requires_action"]
        assert "get_weather" in seen(page)
        fields = [each for each in page.text_area if each.label.startswith("Result of")]
        assert len(fields) == len(CALLED[vendor.endpoint])
        for number, field in enumerate(fields):
            field.set_value(f'{{"celsius": {21 + number}}}')
        press(page, "Send results")
        assert statuses(page) == ["requires_action", "completed"]
        assert SAID[vendor.endpoint] in seen(page)
        first, second = judged(vendor, server)
        assert first["tools"] == second["tools"] != []
        calls, results = paired(vendor, second)
        assert list(results) == CALLED[vendor.endpoint]
        assert list(results.values()) == [f'{{"celsius":{21 + number}}}' for number in range(len(fields))]
        if vendor is OPENAI:
            assert second["previous_response_id"] == "resp_0sampleTool"
            assert calls == []
        else:
            assert calls == list(results)


def paired(vendor: Vendor, body: Any) -> tuple[list[str], dict[str, str]]:
    """The ids of the calls in a request, and the results by theirs."""
    if vendor is OPENAI:
        items = body["input"]
        made = [each["call_id"] for each in items if each["type"] == "function_call"]
        given = [each for each in items if each["type"] == "function_call_output"]
        return made, {each["call_id"]: each["output"] for each in given}
    said = body["messages"]
    if vendor is CHAT:
        made = [call["id"] for each in said for call in each.get("tool_calls", ())]
        given = [each for each in said if each["role"] == "tool"]
        return made, {each["tool_call_id"]: each["content"] for each in given}
    blocks = [block for each in said for block in each["content"]]
    made = [block["id"] for block in blocks if block["type"] == "tool_use"]
    given = [block for block in blocks if block["type"] == "tool_result"]
    return made, {block["tool_use_id"]: block["content"] for block in given}


@each_vendor
def test_a_call_that_the_visitor_passes_over_is_told_as_unanswered(
    vendor: Vendor, environ: pytest.MonkeyPatch
) -> None:
    """Each of them refuses a conversation in which a call has no result, for ever."""
    with talking(environ, vendor, vendor.called, vendor.plain) as (page, server):
        press(page, "Function call")
        send(page, "Never mind.")
        assert statuses(page) == ["requires_action", "completed"]
        _, second = judged(vendor, server)
        assert list(paired(vendor, second)[1]) == CALLED[vendor.endpoint]


REFUSALS = {
    "a key that is none": (
        {
            "anthropic": (
                401,
                {"type": "error", "error": {"type": "authentication_error", "message": "No."}},
            ),
            "openai": (401, {"error": {"message": "No.", "type": "x", "code": "invalid_api_key"}}),
            "house": (401, {"error": "No."}),
        },
        "The server does not accept the API key (HTTP 401",
    ),
    "a field that is wrong": (
        {
            "anthropic": (
                400,
                {"type": "error", "error": {"type": "invalid_request_error", "message": "No."}},
            ),
            "openai": (400, {"error": {"message": "No.", "type": "invalid_request_error", "code": None}}),
            "house": (400, {"object": "error", "message": "No.", "type": "BadRequestError", "code": 400}),
        },
        "The server refused the request (HTTP 400",
    ),
    "a model that there is not": (
        {
            "anthropic": (404, {"type": "error", "error": {"type": "not_found_error", "message": "No."}}),
            "openai": (404, {"error": {"message": "No.", "type": "x", "code": "model_not_found"}}),
            "house": (404, {"error": {"message": "No."}}),
        },
        "(HTTP 404",
    ),
}


@each_vendor
@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_told_with_its_status_its_words_and_what_to_do(
    vendor: Vendor, refusal: str, environ: pytest.MonkeyPatch
) -> None:
    """It is not asked again, no key is shown, and the next turn can do without this one."""
    answers, sentence = REFUSALS[refusal]
    status, said = answers[vendor.endpoint]
    with talking(environ, vendor, document(said, status), vendor.plain) as (page, server):
        send(page, "Hi")
        assert statuses(page) == ["failed"]
        (trouble,) = troubles(page)
        assert sentence in trouble
        assert " No. " in trouble
        assert trouble.endswith(words.OUTSIDE_CHAIN)
        assert len(posts(server)) == 1
        assert KEY not in seen(page)
        press(page, words.TRY_AGAIN)
        assert statuses(page) == ["completed"]
        assert posts(server)[0] == posts(server)[1]


@each_vendor
def test_an_answer_that_is_declined_is_a_filters(vendor: Vendor, environ: pytest.MonkeyPatch) -> None:
    """Whatever the vendor calls it."""
    with talking(environ, vendor, DECLINED[vendor.endpoint]) as (page, _):
        send(page, "Hi")
        assert statuses(page)[0] in {"failed", "incomplete"}
        assert any(words in troubles(page)[0] for words in ("declined to answer", "content filter"))


@each_vendor
def test_a_busy_server_is_asked_again(vendor: Vendor, environ: pytest.MonkeyPatch) -> None:
    """As soon as it says, with the same request."""
    status, said = vendor.busy
    busy = document(said, status, retry_after="0")
    with talking(environ, vendor, busy, vendor.plain) as (page, server):
        send(page, "Hi")
        assert statuses(page) == ["completed"]
        assert troubles(page) == []
        first, second = judged(vendor, server)
        assert first == second


@each_vendor
def test_a_server_that_stays_busy_is_given_up_in_words(vendor: Vendor, environ: pytest.MonkeyPatch) -> None:
    status, said = vendor.busy
    with talking(environ, vendor, document(said, status, retry_after="0")) as (page, server):
        send(page, "Hi")
        assert statuses(page) == ["failed"]
        (trouble,) = troubles(page)
        happened = (
            "Too many requests in a short time" if vendor is CHAT else "The model is overloaded or down"
        )
        assert trouble.startswith(f"{happened} (HTTP {status}, ")
        assert said["error"]["message"] in trouble
        assert len(posts(server)) == ATTEMPTS
        assert words.TRY_AGAIN in buttons(page)


@each_vendor
def test_a_bill_is_not_asked_again(vendor: Vendor, environ: pytest.MonkeyPatch) -> None:
    """Waiting does not pay it, though its status may be that of a busy server."""
    status, said = vendor.unpaid
    with talking(environ, vendor, document(said, status, retry_after="0")) as (page, server):
        send(page, "Hi")
        assert statuses(page) == ["failed"]
        assert troubles(page)[0].startswith("The account behind the key has no credit left (HTTP")
        assert len(posts(server)) == 1


@each_vendor
def test_a_model_that_is_overloaded_in_mid_stream_fails_the_turn(
    vendor: Vendor, environ: pytest.MonkeyPatch
) -> None:
    """The status was 200; what had come is kept, and nothing is asked again by itself."""
    said = vendor.busy[1]["error"]
    error = {**said, "type": said.get("code") or said["type"]}
    event = stream({"type": "error", "error": error}).partition(b"\r\n\r\n")[2]
    half = vendor.plain.rpartition(b"\n\n")[0].rpartition(b"\n\n")[0] + b"\n\n" + event
    if vendor is CHAT:
        half = vendor.plain.split(b'"finish_reason":"stop"')[0].rpartition(b"\n\n")[0] + b"\n\n" + event
    with talking(environ, vendor, half) as (page, server):
        send(page, "Hi")
        assert statuses(page) == ["failed"]
        assert said["message"] in troubles(page)[0]
        assert "server reported an error" not in troubles(page)[0]
        assert SAID[vendor.endpoint][:5] in seen(page)
        assert len(posts(server)) == 1


def cut(vendor: Vendor) -> bytes:
    """An answer whose connection ends in the middle of its text."""
    return vendor.plain.partition(b" and sunny" if vendor is not CHAT else b" there")[0]


@pytest.mark.parametrize("vendor", [ANTHROPIC, CHAT], ids=lambda vendor: vendor.endpoint)
def test_a_cut_is_told_and_offers_another_try_where_nothing_is_kept(
    vendor: Vendor, environ: pytest.MonkeyPatch
) -> None:
    """It is no success, and no part of what the next turn is told."""
    with talking(environ, vendor, cut(vendor), vendor.plain) as (page, server):
        send(page, "Hi")
        assert statuses(page) == ["interrupted"]
        trouble, warning = troubles(page)
        assert trouble.startswith("The stream ended without saying that the answer was complete.")
        assert warning.startswith(NO_FOLLOW_UPS.rstrip("."))
        assert SAID[vendor.endpoint][:5] in seen(page)
        assert words.TRY_AGAIN in buttons(page)
        assert words.BRING_BACK not in buttons(page)
        assert chain(page) == words.FRESH
        press(page, words.TRY_AGAIN)
        assert statuses(page) == ["completed"]
        first, second = judged(vendor, server)
        assert first == second
        assert all(each.startswith(b"POST") or b"/models" in each for each in server.requests)


def over() -> bytes:
    """The response as OpenAI has it on record when its stream is over."""
    last = RECORDINGS["openai_text"].strip().rpartition(b"data: ")[2]
    return document(json.loads(last)["response"])


def test_a_cut_response_is_found_at_its_server(environ: pytest.MonkeyPatch) -> None:
    """The first rung is a GET of its id; then it is like any other."""
    with talking(environ, OPENAI, cut(OPENAI), OPENAI.plain, kept=over()) as (page, server):
        send(page, "Hi")
        assert statuses(page) == ["completed"]
        assert seen(page).count(SAID["openai"]) == 1
        assert words.CLIMBED["get"] in seen(page)
        assert troubles(page) == []
        assert server.requests[-1].startswith(b"GET /v1/responses/resp_0sampleText ")
        assert chain(page) == "resp_0sampleText"
        send(page, "And then?")
        assert judged(OPENAI, server)[1]["previous_response_id"] == "resp_0sampleText"


def test_a_cut_response_that_its_server_does_not_have_stays_cut(environ: pytest.MonkeyPatch) -> None:
    """As it is with one that was not sent in the background; it can be asked for again, or sent again."""
    with talking(environ, OPENAI, cut(OPENAI)) as (page, server):
        send(page, "Hi")
        assert statuses(page) == ["interrupted"]
        assert any(GONE.format(404).rstrip(".") in each for each in troubles(page))
        assert {words.TRY_AGAIN, words.BRING_BACK} <= buttons(page)
        assert chain(page) == words.FRESH
        assert len(posts(server)) == 1


@each_vendor
def test_an_error_behind_http_200_is_no_answer(vendor: Vendor, environ: pytest.MonkeyPatch) -> None:
    """LM Studio says so to a path that it does not know, in each protocol that it speaks."""
    said = f"Unexpected endpoint or method. ({vendor.path.strip()})"
    with talking(environ, vendor, document({"error": said})) as (page, server):
        send(page, "Hi")
        assert statuses(page) == ["failed"]
        (trouble,) = troubles(page)
        assert trouble.startswith("The server has no such address (HTTP 200)")
        assert said in trouble
        assert len(posts(server)) == 1


def test_an_error_in_the_stream_of_a_local_server_is_no_answer(environ: pytest.MonkeyPatch) -> None:
    with talking(environ, CHAT, STREAM_HEAD + RECORDINGS["chat_error_lmstudio"]) as (page, _):
        send(page, "Hi")
        assert statuses(page) == ["failed"]
        assert "Context size has been exceeded." in troubles(page)[0]


@each_vendor
def test_an_endpoint_that_is_not_running_is_named_in_the_settings_and_in_the_turn(
    vendor: Vendor, environ: pytest.MonkeyPatch
) -> None:
    """Nothing was sent, and so it is safe to send it again."""
    environ.setattr("interactions.stream.transport.ATTEMPTS", 1)
    url = f"http://127.0.0.1:{free_port()}"
    page = choose(configured(environ, {vendor.endpoint: url}), vendor.endpoint)
    assert any("No answer from 127" in unescape(caption.value) for caption in page.sidebar.caption)
    send(page, "Hi")
    assert statuses(page) == ["failed"]
    assert troubles(page)[0].startswith("Nothing answers at this address: the server is not running")
    assert words.TRY_AGAIN in buttons(page)
