"""Refusals, endings and broken streams that a client has to tell apart."""

import json
from itertools import combinations
from typing import Any

import httpx
import pytest

from interactions.sandbox import TABLE, gallery
from interactions.sandbox.scenarios import direct, playing, rehearse
from interactions.sandbox.script import write
from tests.sandbox.calls import create, events, fetched, output_text, stream, text_of, types

REFUSED = (
    ("quota", 429, "quota_exceeded"),
    ("unauthenticated", 401, "authentication"),
    ("payment required", 402, "payment_required"),
    ("forbidden", 403, "permission_denied"),
    ("missing signature", 400, "missing_thought_signature"),
    ("model not found", 404, "model_not_found"),
)
SUMMARIES = {"thinking_summaries": "auto"}


@pytest.mark.parametrize(("name", "status", "code"), REFUSED, ids=[row[0] for row in REFUSED])
def test_a_refusal_has_its_code_every_time(http: httpx.Client, name: str, status: int, code: str) -> None:
    """Streamed or not; no header promises that another try may help."""
    for stream_it in (True, False, True, True):
        response = create(http, f"scenario: {name}", stream=stream_it)
        assert response.status_code == status
        assert response.json()["error"]["code"] == code
        assert response.json()["error"]["message"]
        assert "retry-after" not in response.headers


def test_a_bad_key_is_told_in_the_old_shape(http: httpx.Client) -> None:
    """With an integer for a code."""
    response = stream(http, "Answer with a bad key.")
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert error["message"] == "API key not valid. Please pass a valid API key."


def test_a_proxy_answers_with_a_page(http: httpx.Client) -> None:
    """502, and nothing in it is JSON."""
    response = stream(http, "Answer with a proxy page.")
    assert response.status_code == 502
    assert response.headers["content-type"].startswith("text/html")
    assert "<h1>502 Bad Gateway</h1>" in response.text


def test_a_long_chain_is_refused_without_a_reason(http: httpx.Client) -> None:
    """Only where there is a chain: the first message of a conversation is answered."""
    prompt = "Answer as after a long chain."
    first = create(http, prompt)
    assert first.json()["status"] == "completed"
    second = stream(http, prompt, previous_interaction_id=first.json()["id"])
    assert second.status_code == 400
    assert second.json() == {
        "error": {"message": "Request contains an invalid argument.", "code": "invalid_request"}
    }


@pytest.mark.parametrize(
    ("name", "status"),
    [("incomplete", "incomplete"), ("budget exceeded", "budget_exceeded"), ("status failed", "failed")],
)
def test_half_an_answer_ends_with_its_status(http: httpx.Client, name: str, status: str) -> None:
    """In the stream, in what is stored, and in a unary answer."""
    body = stream(http, f"scenario: {name}").content
    stored = fetched(http, body)
    assert events(body)[-1]["interaction"]["status"] == stored["status"] == status
    assert text_of(body) == output_text(stored)
    assert not text_of(body).endswith(".")
    assert create(http, f"scenario: {name}").json()["status"] == status


def test_a_failed_run_says_why(http: httpx.Client) -> None:
    """In the completion and in what is stored."""
    body = stream(http, "End with status failed.").content
    errors = events(body)[-1]["interaction"]["errors"]
    assert [set(error) for error in errors] == [{"code", "message"}]
    assert fetched(http, body)["errors"] == errors


def test_a_ten_minute_cut_has_a_tail_of_bare_json(http: httpx.Client) -> None:
    """Over several lines, in the old shape; a GET finds the run cancelled."""
    body = stream(http, "Play the ten-minute cut.").content
    sound, tail = body.rsplit(b"\n\n", 1)
    assert len(tail.splitlines()) > 5
    assert b"data:" not in tail
    (wrapped,) = json.loads(tail)
    assert (wrapped["error"]["code"], wrapped["error"]["status"]) == (499, "CANCELLED")
    assert types(sound)[-1] == "step.delta"
    assert fetched(http, body)["status"] == "cancelled"


def test_a_deadline_is_an_error_without_words(http: httpx.Client) -> None:
    """While the run itself goes on to its end."""
    body = stream(http, "Answer with an exceeded deadline.").content
    assert events(body)[-1]["error"] == {"message": "", "code": "deadline_exceeded"}
    assert fetched(http, body)["status"] == "completed"


def test_a_completion_can_lack_its_usage(http: httpx.Client) -> None:
    """All else is there."""
    heard = events(stream(http, "Answer without usage.").content)
    assert heard[-1]["interaction"]["status"] == "completed"
    assert "usage" not in heard[-1]["interaction"]


def test_deltas_can_come_for_steps_that_never_started(http: httpx.Client) -> None:
    """The rest of the stream is sound."""
    body = stream(http, "Answer without step.start.").content
    assert "step.start" not in types(body)
    assert types(body)[-1] == "interaction.completed"
    assert text_of(body) == output_text(fetched(http, body))


def test_deltas_can_lack_their_type(http: httpx.Client) -> None:
    """Text and summaries do, and the content of a summary; the signature keeps its own."""
    body = stream(http, "Answer without delta types.", generation_config=SUMMARIES).content
    deltas = [event["delta"] for event in events(body) if "delta" in event]
    assert {frozenset(delta) for delta in deltas} == {
        frozenset({"content"}),
        frozenset({"text"}),
        frozenset({"signature", "type"}),
    }
    assert all(set(delta["content"]) == {"text"} for delta in deltas if "content" in delta)
    assert "".join(delta.get("text", "") for delta in deltas) == output_text(fetched(http, body))


def test_a_queued_run_waits_before_it_starts(http: httpx.Client) -> None:
    """Created and told as queued, then in progress; then a whole answer."""
    body = stream(http, "Answer from the queue.").content
    heard = events(body)
    assert heard[0]["interaction"]["status"] == "queued"
    assert [event["status"] for event in heard[1:3]] == ["queued", "in_progress"]
    assert heard[-1]["interaction"]["status"] == "completed"
    assert text_of(body) == output_text(fetched(http, body))


def test_any_two_can_play_at_once() -> None:
    """Whatever the one has left of the stream, the other can still be applied."""
    whole: Any = {"id": "v1_x", "status": "completed", "steps": gallery.citations_late("salt")}
    odd = [one for one in TABLE if (one.fault or one.manner) and one.name != "large frame"]
    for pair in combinations(odd, 2):
        assert all(beat.bytes for beat in direct(rehearse(write(whole), pair, ""), pair, "").beats)


def test_the_queue_takes_two_seconds() -> None:
    """At pace 1, which no test has the time for."""
    resource: Any = {"id": "v1_x", "status": "completed", "steps": []}
    prompt = "Answer from the queue."
    script = rehearse(write(resource), playing(prompt), prompt)
    assert [beat.pause for beat in script.beats][:3] == [0.05, 0.0, 2.0]
