"""What each scenario puts on the wire, to the byte."""

import json
import re
import threading
import time
from base64 import b64decode

import httpx
import pytest

from interactions.sandbox import TABLE, Scenario, Server, serve
from interactions.sandbox.scenarios import playing
from tests.sandbox.calls import (
    CLOCK,
    KEY,
    MODEL,
    WEATHER,
    create,
    events,
    output_text,
    partial,
    stream,
    text_of,
    types,
)

ORDINARY = (
    "What is HTTP 429?",
    "How do I send an error event in Node?",
    "Why does my query run slowly?",
    "How do I cut the connection cleanly?",
    "Cut after 5 minutes of cooking, what happens to the onions",
    "Explain why a parser meets a garbage frame",
    "My baby should be silent at night",
    "Write a function that adds two numbers",
    "What is the silence between two notes called?",
    "A function in Python can call another function",
    "Write an image description",
    "Search my notes for a budget",
    "Tell me about the MCP protocol",
    "Send the document to the printer",
    "Is a key without usage bad?",
    "I will finish later, after lunch",
    "The line is busy on get-together days",
    "My bank is slow to cancel a card",
    "A repeat on resume would look odd in a CV",
)
NATURAL = (
    ("please cut the stream after 5 events", "cut"),
    ("Tell me a story and cut the connection after 12 events", "cut"),
    ("scenario: cut after 5", "cut"),
    ("stay silent", "silence"),
    ("Stay silent before the headers", "silence before headers"),
    ("send a garbage frame", "garbage frame"),
    ("Could you answer with an error event?", "error event"),
    ("HTTP 429", "HTTP 429"),
    ("HTTP 503", "HTTP 503"),
    ("every step", "every step"),
    ("an image", "image"),
    ("Please use Google Search: how long is the bridge?", "search"),
    ("How long is the bridge? Answer with code execution.", "code execution"),
    ("HTTP 429 always", "HTTP 429 always"),
    ("a long answer", "long answer"),
    ("I'd like a long answer about bees", "long answer"),
    ("Tell me about bees, slowly", "slow"),
    ("slowly", "slow"),
    ("Count to ten slowly", "slow"),
    ("a large frame", "large frame"),
    ("plain json", "plain JSON"),
    ("legacy schema", "legacy schema"),
    ("Call both functions", "function call"),
    ("How does streaming work? Answer slowly.", "slow"),
    ("scenario: slow finish", "slow finish"),
    ("scenario: silence before headers", "silence before headers"),
    ("Tell me about bees and finish it later", "slow finish"),
    ("please be busy on every GET", "busy GET"),
    ("Write a poem, but refuse to stream it again", "no stream on GET"),
    ("Repeat everything on resume", "replay"),
    ("You are to be slow. Be slow to cancel, please.", "cancelled late"),
    ("What is the weather in Paris?\nCall the function.", "function call"),
)


@pytest.mark.parametrize("scenario", TABLE, ids=lambda one: one.name)
def test_the_example_plays_its_scenario_and_no_other(scenario: Scenario) -> None:
    """So the table can be shown as it is."""
    assert playing(scenario.example) == (scenario,)
    assert scenario in playing(f"scenario: {scenario.name}")


@pytest.mark.parametrize("prompt", ORDINARY)
def test_ordinary_prompts_play_nothing(prompt: str) -> None:
    """A question about a fault is no wish for one."""
    assert playing(prompt) == ()


@pytest.mark.parametrize(("prompt", "name"), NATURAL)
def test_natural_words_play_a_scenario(prompt: str, name: str) -> None:
    """People do not read tables."""
    assert [scenario.name for scenario in playing(prompt)] == [name]


def test_a_good_stream_has_the_recorded_shape(http: httpx.Client) -> None:
    """Order of the events, order of the keys, framing, content type."""
    response = stream(http, "Hello there", generation_config={"thinking_summaries": "auto"})
    assert response.headers["content-type"] == "text/event-stream"
    grammar = (
        r"interaction\.created interaction\.status_update "
        r"(step\.start (step\.delta )+step\.stop )+interaction\.completed "
    )
    assert re.fullmatch(grammar, " ".join(types(response.content)) + " ")
    assert response.content.endswith(b"\n\nevent: done\ndata: [DONE]\n\n")
    first = response.content.split(b"\n\n")[0].decode()
    ident = events(response.content)[0]["interaction"]["id"]
    assert first == (
        f'event: interaction.created\ndata: {{"interaction":{{"id":"{ident}","status":"in_progress",'
        f'"object":"interaction","model":"{MODEL}"}},"event_type":"interaction.created"}}'
    )
    assert list(events(response.content)[-1]["interaction"]) == (
        ["id", "status", "usage", "created", "updated", "service_tier", "object", "model"]
    )


def test_thoughts_are_summarised_only_on_request(http: httpx.Client) -> None:
    """Otherwise the thought has a signature and nothing else."""
    kinds = [
        event["delta"]["type"] for event in events(stream(http, "Hello you all").content) if "delta" in event
    ]
    assert kinds[0] == "thought_signature"
    assert "thought_summary" not in kinds


def test_a_long_answer_has_the_promised_length_and_variety(http: httpx.Client) -> None:
    """Headings, lists, tables, fenced code."""
    answer = text_of(stream(http, "Give me a long answer.").content)
    assert 1100 < len(answer.split()) < 1600
    assert all(mark in answer for mark in ("\n## ", "\n- ", "\n|---|", "\n```python", "\n> "))


def test_a_slow_answer_sends_single_words(http: httpx.Client) -> None:
    """At pace 1 each waits half a second."""
    sent = [
        event["delta"] for event in events(stream(http, "Answer slowly, please.").content) if "delta" in event
    ]
    words = [delta["text"] for delta in sent if delta["type"] == "text"]
    assert len(words) > 20
    assert all(len(word.split()) == 1 for word in words)


@pytest.mark.parametrize(("prompt", "count"), [("Cut the stream after 5 events.", 5), ("Cut the stream.", 8)])
def test_a_cut_closes_the_socket_after_so_many_events(http: httpx.Client, prompt: str, count: int) -> None:
    """Without the last chunk, so HTTP itself complains; the interaction was finished all the same."""
    body = partial(http, prompt)
    assert body.endswith(b"\n\n<cut>")
    assert body.count(b"event_type") == count
    found = http.get(f"/v1beta/interactions/{events(body.removesuffix(b'<cut>'))[0]['interaction']['id']}")
    assert found.json()["status"] == "completed"


def test_a_cut_can_lose_the_interaction(http: httpx.Client) -> None:
    """Then a GET finds nothing."""
    body = partial(http, "Cut the stream after 5 events and forget it.")
    ident = events(body.removesuffix(b"<cut>"))[0]["interaction"]["id"]
    assert http.get(f"/v1beta/interactions/{ident}").status_code == 404


def test_silence_lasts_until_the_client_leaves(server: Server, http: httpx.Client) -> None:
    """The server notices, and the interaction is cancelled."""
    body = {"model": MODEL, "input": "Stay silent.", "stream": True}
    with http.stream("POST", "/v1beta/interactions", json=body) as response:
        received = response.iter_bytes()
        first = next(received)
        assert types(first) == ["interaction.created"]
        assert server.streams == 1
    wait_for_no_streams(server)
    ident = events(first)[0]["interaction"]["id"]
    assert http.get(f"/v1beta/interactions/{ident}").json()["status"] == "cancelled"


def test_silence_before_headers_sends_nothing(server: Server, http: httpx.Client) -> None:
    """Only a time limit helps."""
    body = {"model": MODEL, "input": "Stay silent before the headers.", "stream": True}
    with pytest.raises(httpx.ReadTimeout):
        http.post("/v1beta/interactions", json=body, timeout=0.2)
    wait_for_no_streams(server)


def test_the_server_stops_when_the_client_leaves_in_mid_answer() -> None:
    """A slow stream ends with its reader; the finished steps are kept."""
    server = serve(pace=0.1)
    body = {"model": MODEL, "input": "Give me a long answer.", "stream": True}
    with httpx.Client(base_url=server.url, headers=KEY) as http:
        with http.stream("POST", "/v1beta/interactions", json=body) as response:
            received = b""
            for chunk in response.iter_bytes():
                received += chunk
                if b'"text"' in received:
                    break
        wait_for_no_streams(server)
        ident = events(received.split(b"\n\n")[0])[0]["interaction"]["id"]
        found = http.get(f"/v1beta/interactions/{ident}").json()
        assert found["status"] == "cancelled"
        assert [step["type"] for step in found["steps"]] == ["thought"]
    server.close()


def wait_for_no_streams(server: Server) -> None:
    patience = time.monotonic() + 3
    while server.streams and time.monotonic() < patience:
        time.sleep(0.01)
    assert server.streams == 0


def test_garbage_stands_in_the_middle_of_a_good_answer(http: httpx.Client) -> None:
    """What is left without it is complete."""
    body = stream(http, "Send a garbage frame.").content
    for rubbish in (
        b": a comment\n\n",
        b'{"te\n\n',
        b"interaction.daydream",
        b'"type":"hologram"',
        b"hologram_delta",
    ):
        assert rubbish in body
    sound = b"\n\n".join(frame for frame in body.split(b"\n\n") if not frame.endswith(b'{"te'))
    assert types(sound)[-1] == "interaction.completed"
    assert text_of(sound).endswith(".")


def test_an_error_event_ends_the_stream(http: httpx.Client) -> None:
    """No completion, no [DONE]; a GET finds the interaction failed."""
    body = stream(http, "Answer with an error event.").content
    assert body.rsplit(b"\n\n", 2)[1].startswith(
        b'event: error\ndata: {"error":{"message":"The model is currently'
    )
    assert body.endswith(b'"code":"service_unavailable"},"event_type":"error"}\n\n')
    ident = events(body)[0]["interaction"]["id"]
    assert http.get(f"/v1beta/interactions/{ident}").json()["status"] == "failed"


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_service_gives_way_at_the_third_try(http: httpx.Client, status: int) -> None:
    """Counted by body: another request begins anew."""
    prompt = f"Answer with HTTP {status}."
    tries = [stream(http, prompt) for _ in range(4)]
    assert [response.status_code for response in tries] == [status, status, 200, status]
    assert tries[0].headers["retry-after"] == "1"
    assert tries[0].json()["error"]["code"] in ("rate_limit_exceeded", "service_unavailable")
    assert create(http, prompt).status_code == status


@pytest.mark.parametrize("status", [429, 503])
def test_always_is_always(http: httpx.Client, status: int) -> None:
    """No try gets through."""
    tries = [stream(http, f"Answer with HTTP {status} always.").status_code for _ in range(5)]
    assert tries == [status] * 5


def test_the_legacy_schema_has_the_old_names(http: httpx.Client) -> None:
    """And content instead of steps."""
    body = stream(http, "Answer in the legacy schema.").content
    names = set(types(body))
    assert names == {
        "interaction.start",
        "interaction.status_update",
        "content.start",
        "content.delta",
        "content.stop",
        "interaction.complete",
    }
    starts = [event for event in events(body) if event["event_type"] == "content.start"]
    assert [start["content"]["type"] for start in starts] == ["thought", "text"]


def test_a_stream_can_end_in_order_and_be_unfinished(http: httpx.Client) -> None:
    """Clean for HTTP; only the missing completion tells."""
    body = stream(http, "End without completion.").content
    assert types(body)[-1] == "step.stop"
    assert b"[DONE]" not in body


def test_a_bare_error_line_has_no_field_name(http: httpx.Client) -> None:
    """As the content filter was seen to do it."""
    body = stream(http, "Send a bare error line.").content
    assert json.loads(body.splitlines()[-1])["error"]["code"] == "prohibited_content"
    ident = events(body.rsplit(b"\n\n", 1)[0])[0]["interaction"]["id"]
    assert http.get(f"/v1beta/interactions/{ident}").status_code == 404


def test_plain_json_comes_where_a_stream_was_asked_for(http: httpx.Client) -> None:
    """With the content type to match."""
    response = stream(http, "Answer with plain JSON.")
    assert response.headers["content-type"].startswith("application/json")
    assert response.json()["steps"][-1]["type"] == "model_output"


def test_comments_keep_the_connection_alive(http: httpx.Client) -> None:
    """One before each frame."""
    body = stream(http, "Send keep-alive comments.").content
    frames = body.removesuffix(b"\n\n").split(b"\n\n")
    assert set(frames[::2]) == {b": keep-alive"}
    assert not [frame for frame in frames[1::2] if frame.startswith(b":")]


def test_a_byte_order_mark_and_crlf(http: httpx.Client) -> None:
    """Every line end is CRLF."""
    body = stream(http, "Use BOM and CRLF framing.").content
    assert body.startswith(b"\xef\xbb\xbfevent: interaction.created\r\n")
    assert body.count(b"\n") == body.count(b"\r\n")


def test_a_large_frame_holds_a_real_image(http: httpx.Client) -> None:
    """As many megabytes of base64 as were asked for, and a PNG."""
    body = stream(http, "Send a large frame of 2 MB.").content
    image = next(e["delta"] for e in events(body) if e.get("delta", {}).get("type") == "image")
    assert 1.9e6 < len(image["data"]) < 2.2e6
    assert b64decode(image["data"]).startswith(b"\x89PNG\r\n\x1a\n")


def test_two_hops_make_one_answer(http: httpx.Client) -> None:
    """The second is asked for with the token and without input."""
    prompt = "Answer in two hops, with a continuation token."
    first = create(http, prompt).json()
    assert first["status"] == "requires_continuation"
    token = {"continuation_token": first["continuation_token"], "previous_interaction_id": first["id"]}
    second = http.post("/v1beta/interactions", json={"model": MODEL, **token}).json()
    assert second["status"] == "completed"
    recalled = create(http, "What did I say?", previous_interaction_id=second["id"]).json()
    assert (
        recalled["steps"][-1]["content"][0]["text"].count(prompt) == 2
    )  # said once, quoted once by the model


def test_a_scenario_is_not_the_subject_of_the_answer(http: httpx.Client) -> None:
    """The word “stream” in it asks for no lecture; beside it, it does."""
    assert "- **garbage frame**: " in output_text(create(http, "Please send a garbage frame.").json())
    assert "- **cut**: " in output_text(create(http, "Cut the stream after 5 events.").json())
    lecture = output_text(create(http, "How does streaming work? Answer slowly.").json())
    assert lecture.startswith("## How an answer streams")


def test_scenarios_combine(http: httpx.Client) -> None:
    """A long answer, cut late."""
    body = partial(http, "Give me a long answer, and cut the stream after 40 events.")
    assert body.count(b"event_type") == 40
    assert text_of(body.removesuffix(b"<cut>")).startswith("# Streaming, from the socket")


def test_both_functions_are_called_in_parallel(http: httpx.Client) -> None:
    """Two steps, two ids."""
    body = stream(http, "Call both functions.", tools=[WEATHER, CLOCK]).content
    called = [event["step"] for event in events(body) if event.get("step", {}).get("type") == "function_call"]
    assert [call["name"] for call in called] == ["get_weather", "get_time"]
    assert len({call["id"] for call in called}) == 2
    assert all(call["arguments"] == {} and call["signature"] == "" for call in called)


def test_streams_do_not_hold_each_other_up(http: httpx.Client) -> None:
    """While one is silent, another is served."""
    body = {"model": MODEL, "input": "Stay silent.", "stream": True}
    with http.stream("POST", "/v1beta/interactions", json=body):
        answered = threading.Thread(target=lambda: stream(http, "Hello there"))
        answered.start()
        answered.join(3)
        assert not answered.is_alive()
