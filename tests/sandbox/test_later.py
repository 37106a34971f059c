"""Second streams, GETs and cancellations that are odd on request."""

import httpx
import pytest

from interactions.sandbox.scenarios import direct, playing, rehearse
from interactions.sandbox.script import write
from tests.sandbox.calls import (
    ENDLESS,
    AtPace,
    Json,
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
)


def test_a_finished_run_can_be_repeated_on_resume(http: httpx.Client) -> None:
    """As recorded: the step stops, then thought and answer come again as other steps, with other ids."""
    first = events(stream(http, "Replay on resume.", background=True).content)
    path = f"/v1beta/interactions/{first[0]['interaction']['id']}"
    token = next(event["event_id"] for event in first if event.get("delta", {}).get("type") == "text")
    resumed = events(again(http, path, token))
    assert resumed[0] == {"index": 1, "event_type": "step.stop"}
    assert resumed[-1] == first[-1]
    steps = [event for event in first if "index" in event]
    repeated = resumed[1:-1]
    assert [event["index"] for event in repeated] == [event["index"] + 2 for event in steps]
    assert [_content(event) for event in repeated] == [_content(event) for event in steps]
    ids = [event["event_id"] for event in (*steps, *repeated) if "event_id" in event]
    assert len(set(ids)) == len(ids)
    assert events(again(http, path)) == events(again(http, path, "unknown")) == first


def _content(event: Json) -> Json:
    return {key: value for key, value in event.items() if key not in ("index", "event_id")}


def test_a_run_in_progress_is_not_repeated(at_pace: AtPace) -> None:
    """Only what is finished is."""
    http = at_pace(1)
    with listening(http, f"Replay on resume. {ENDLESS}", background=True) as listener:
        query = {"stream": "true", "last_event_id": listener.listen("'text'")["event_id"]}
    with http.stream("GET", listener.path, params=query) as response:
        resumed = Listener(response).listen("event_type")
    assert (resumed["index"], resumed["delta"]["type"]) == (1, "text")


def test_gets_can_be_refused_for_a_while(http: httpx.Client) -> None:
    """Two of them, of whatever kind; then all is well."""
    path = path_of(stream(http, "Be busy on GET.").content)
    tries = [http.get(path, params={"stream": streamed}) for streamed in ("false", "true", "true", "false")]
    assert [response.status_code for response in tries] == [503, 503, 200, 200]
    assert [response.headers.get("retry-after") for response in tries] == ["1", "1", None, None]
    assert tries[0].json()["error"]["code"] == "service_unavailable"


@pytest.mark.slow
def test_a_cut_stream_can_finish_later(at_pace: AtPace) -> None:
    """In progress meanwhile; a second stream begins at the start, follows to the end, and has no ids."""
    http = at_pace(0.7)
    first = partial(http, "Finish later.")
    assert first.endswith(b"\n\n<cut>")
    sound = first.removesuffix(b"<cut>")
    path = path_of(sound)
    assert http.get(path).json()["status"] == "in_progress"
    second = again(http, path)
    assert second.startswith(sound)
    assert events(second)[-1]["interaction"]["status"] == "completed"
    assert b"event_id" not in second
    found = http.get(path).json()
    assert found["status"] == "completed"
    assert text_of(second) == output_text(found)


def test_the_end_comes_three_seconds_after_the_cut(http: httpx.Client) -> None:
    """At pace 1: the half that is not heard takes that long."""
    resource = create(http, "Hello you all").json()
    played = playing("Finish later.")
    good = rehearse(write(resource), played, "")
    cut = direct(good, played, "")
    assert good.beats[: len(cut.beats)] == cut.beats
    assert good.seconds - cut.seconds == pytest.approx(3)


def test_a_second_stream_can_be_refused(http: httpx.Client) -> None:
    """While the run is in progress and after it; polling finds the end."""
    first = partial(http, "Refuse to stream again.")
    path = path_of(first.removesuffix(b"<cut>"))
    refused = http.get(path, params={"stream": "true"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_request")
    assert ended(http, path)["status"] == "completed"


@pytest.mark.slow
def test_a_cancellation_can_be_slow(at_pace: AtPace) -> None:
    """The reply says in_progress, once more if one asks again; a listener hears the end."""
    http = at_pace(2)
    with listening(http, f"{ENDLESS} Be slow to cancel.", background=True) as listener:
        listener.listen("'text'")
        assert http.post(f"{listener.path}/cancel").json()["status"] == "in_progress"
        assert http.post(f"{listener.path}/cancel").json()["status"] == "in_progress"
        assert listener.rest()[-1]["interaction"]["status"] == "cancelled"
    assert http.post(f"{listener.path}/cancel").json()["status"] == "cancelled"
    assert http.get(listener.path).json()["status"] == "cancelled"


def test_a_late_end_in_the_background_can_be_resumed(http: httpx.Client) -> None:
    """The cut stream has ids, and they are those of the run."""
    first = events(partial(http, "Finish later.", background=True).removesuffix(b"<cut>"))
    path = f"/v1beta/interactions/{first[0]['interaction']['id']}"
    rest = events(again(http, path, first[-1]["event_id"]))
    assert [*first, *rest] == events(again(http, path))
    assert rest[-1]["interaction"]["status"] == "completed"
