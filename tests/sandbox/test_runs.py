"""Runs that go on without a listener: polled, resumed, followed, cancelled."""

import httpx
import pytest

from tests.sandbox.calls import (
    ENDLESS,
    AtPace,
    Listener,
    again,
    create,
    ended,
    events,
    listening,
    output_text,
    partial,
    path_of,
    stream,
    text_of,
    types,
)


def test_a_background_run_goes_on_without_its_listener(at_pace: AtPace) -> None:
    """Who leaves changes nothing."""
    http = at_pace(0.2)
    with listening(http, "Hello you all", background=True) as listener:
        listener.listen("'text'")
    finished = ended(http, listener.path)
    assert finished["status"] == "completed"
    assert output_text(finished) == text_of(again(http, listener.path))


def test_a_resumed_stream_brings_what_is_missing(at_pace: AtPace) -> None:
    """From any event on, while the run is in progress and after it, nothing twice and nothing missing."""
    http = at_pace(0.2)
    with listening(http, "Hello you all", background=True) as listener:
        left_at = listener.listen("'text'")["event_id"]
    live = events(again(http, listener.path, left_at))
    whole = events(again(http, listener.path))
    ids = [event.get("event_id") for event in whole]
    assert live == whole[ids.index(left_at) + 1 :]
    assert live[-1]["interaction"]["status"] == "completed"
    for i, event_id in enumerate(ids):
        if event_id:
            assert events(again(http, listener.path, event_id)) == whole[i + 1 :]
    assert events(again(http, listener.path, "v1_bm90aGluZw==")) == whole


@pytest.mark.parametrize("prompt", ["Hello you all", "Answer slowly.", "Answer with late citations."])
def test_event_ids_are_on_content_and_unique(http: httpx.Client, prompt: str) -> None:
    """The first stream and those after it have the same."""
    first = stream(http, prompt, background=True).content
    ids = [event["event_id"] for event in events(first) if "event_id" in event]
    assert len(set(ids)) == len(ids) == types(first).count("step.delta")
    assert events(again(http, path_of(first))) == events(first)


def test_a_queued_run_is_found_queued(at_pace: AtPace) -> None:
    """By the unary reply, by a GET, and as a parent that has not finished."""
    http = at_pace(30)
    started = create(http, "Answer from the queue.", background=True).json()
    assert started["status"] == "queued"
    assert http.get(f"/v1beta/interactions/{started['id']}").json()["status"] == "queued"
    child = create(http, "Hi", previous_interaction_id=started["id"])
    assert child.json()["error"]["code"] == "failed_precondition"


def test_a_second_stream_follows_a_foreground_run(at_pace: AtPace) -> None:
    """Event by event, without ids, to the same end."""
    http = at_pace(0.2)
    with listening(http, "Hello you all") as leader:
        leader.listen("thought_signature")
        followed = again(http, leader.path)
        assert events(followed) == leader.rest()
    assert b"event_id" not in followed
    assert events(again(http, leader.path)) == events(followed)


def test_a_follower_hears_that_the_leader_left(at_pace: AtPace) -> None:
    """What there was, then the end of a cancelled interaction."""
    http = at_pace(1)
    with listening(http, ENDLESS) as leader:
        leader.listen("'text'")
        assert http.get(leader.path).json()["status"] == "in_progress"
        with http.stream("GET", leader.path, params={"stream": "true"}) as response:
            follower = Listener(response)
            follower.listen("'text'")
            leader.response.close()
            *_, last = follower.rest()
    assert (last["event_type"], last["interaction"]["status"]) == ("interaction.completed", "cancelled")
    assert follower.body.endswith(b"data: [DONE]\n\n")
    found = http.get(leader.path).json()
    assert (found["status"], [step["type"] for step in found["steps"]]) == ("cancelled", ["thought"])


def test_a_cancelled_run_stops_at_that_moment(at_pace: AtPace) -> None:
    """For who polls, who listens, who comes later, and who resumes; its closed steps and their usage stay."""
    http = at_pace(1)
    with listening(http, ENDLESS, background=True) as listener:
        listener.listen("'text'")
        found = http.get(listener.path).json()
        cancelled = http.post(f"{listener.path}/cancel").json()
        heard = listener.rest()
    assert (found["status"], found["steps"], "usage" in found) == ("in_progress", [], False)
    assert cancelled == http.get(listener.path).json() == http.post(f"{listener.path}/cancel").json()
    assert (cancelled["status"], [step["type"] for step in cancelled["steps"]]) == ("cancelled", ["thought"])
    assert cancelled["usage"]["total_output_tokens"] == 0
    spent = cancelled["usage"]["total_input_tokens"] + cancelled["usage"]["total_thought_tokens"]
    assert cancelled["usage"]["total_tokens"] == spent > 0
    assert heard[-1]["interaction"]["status"] == "cancelled"
    assert heard[-1]["interaction"]["usage"] == cancelled["usage"]
    assert listener.body.endswith(b"data: [DONE]\n\n")
    assert events(again(http, listener.path)) == heard
    last_id = next(event["event_id"] for event in reversed(heard) if "event_id" in event)
    assert events(again(http, listener.path, last_id)) == heard[-1:]


def test_a_run_that_is_deleted_ends_for_its_listeners(at_pace: AtPace) -> None:
    """As cancelled; nothing can be found later."""
    http = at_pace(1)
    with listening(http, ENDLESS, background=True) as listener:
        listener.listen("'text'")
        http.delete(listener.path)
        assert listener.rest()[-1]["interaction"]["status"] == "cancelled"
    assert http.get(listener.path).status_code == 404


def test_a_leader_plays_on_when_its_run_is_deleted(at_pace: AtPace) -> None:
    """It was promised an answer."""
    http = at_pace(0.2)
    with listening(http, "Hello you all") as leader:
        leader.listen("thought_signature")
        http.delete(leader.path)
        assert leader.rest()[-1]["interaction"]["status"] == "completed"
    assert http.get(leader.path).status_code == 404


def test_what_was_not_stored_cannot_be_lost(http: httpx.Client) -> None:
    """The stream is as broken as any."""
    assert b"prohibited_content" in stream(http, "Send a bare error line.", store=False).content


BROKEN = (
    "Cut the stream after 5 events.",
    "End without completion.",
    "Answer with an exceeded deadline.",
    "Answer with an error event.",
    "Play the ten-minute cut.",
    "Send a bare error line.",
    "Send a garbage frame.",
    "Answer without step.start.",
    "Answer in the legacy schema.",
)


@pytest.mark.parametrize("prompt", BROKEN)
def test_what_befalls_the_first_stream_leaves_the_run_alone(http: httpx.Client, prompt: str) -> None:
    """A second stream is sound and whole, and so is what a GET finds."""
    first = partial(http, prompt, background=True)
    path = path_of(first.split(b"\n\n")[0] + b"\n\n")
    second = again(http, path)
    assert types(second)[0] == "interaction.created"
    assert types(second)[-1] == "interaction.completed"
    found = http.get(path).json()
    assert found["status"] == "completed"
    assert text_of(second) == output_text(found)


def test_a_silent_stream_does_not_silence_its_run(http: httpx.Client) -> None:
    """It ends in its time; a second stream speaks."""
    with listening(http, "Stay silent.", background=True) as listener:
        listener.listen("created")
        assert ended(http, listener.path)["status"] == "completed"
        assert types(again(http, listener.path))[-1] == "interaction.completed"
    assert ended(http, listener.path)["status"] == "completed"


def test_plain_json_of_a_background_run_is_what_there_is_of_it(at_pace: AtPace) -> None:
    """As if no stream had been asked for."""
    told = stream(at_pace(30), "Answer with plain JSON.", background=True).json()
    assert (told["status"], told["steps"]) == ("in_progress", [])


def test_only_so_many_interactions_are_remembered(
    http: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest go first, runs in progress too."""
    names = [create(http, "Hi", background=True).json()["id"] for _ in range(3)]
    monkeypatch.setattr("interactions.sandbox.memory.CAPACITY", 3)
    names.append(create(http, "Hi").json()["id"])
    codes = [http.get(f"/v1beta/interactions/{name}").status_code for name in names]
    assert codes == [404, 200, 200, 200]
