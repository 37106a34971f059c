"""Whole turns, from a message to a folded journal, against the sandbox through real HTTP."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from interactions.errors import NotFound, UpstreamError
from interactions.request import Input, Options
from interactions.sandbox import Server, serve
from interactions.settings import Settings
from interactions.store.memory import StoredTurn
from interactions.turn import text_of
from interactions.workspace import Workspace
from tests.peers import STREAM_HEAD, peer, says

OPTIONS = Options("gemini-2.5-flash")
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather at a place.",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string"}},
        "required": ["location"],
    },
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Server]:
    server = serve(pace=0)
    yield server
    server.close()


@pytest.fixture(scope="module", params=["v1beta", "v1"])
def workspace(sandbox: Server, request: pytest.FixtureRequest) -> Workspace:
    return Workspace(Settings(api_key="k", base_url=sandbox.url, api_version=request.param))


def say(workspace: Workspace, conversation: str, input: Input, options: Options = OPTIONS) -> StoredTurn:
    """Sends and waits for the end of the last turn."""
    workspace.send("ann", conversation, input, options)
    return ended(workspace, conversation)


def ended(workspace: Workspace, conversation: str) -> StoredTurn:
    deadline = time.monotonic() + 20
    while (found := workspace.conversation("ann", conversation)).running or not found.turns:
        assert time.monotonic() < deadline, found
        time.sleep(0.005)
    return found.turns[-1]


def notes(stored: StoredTurn) -> list[dict[str, Any]]:
    return [json.loads(frame.raw) for frame in stored.journal.since(0).frames if frame.kind == "note"]


def test_a_message_becomes_a_completed_turn(workspace: Workspace) -> None:
    """With its text, its id, its usage and its times."""
    turn = say(workspace, "plain", "Hello there").turn
    assert (turn.status, turn.ended, turn.warnings) == ("completed", True, ())
    assert turn.id.startswith("v1_")
    assert text_of(turn)
    assert turn.usage is not None
    assert 0 < turn.first_token_at <= turn.ended_at


def test_the_folded_text_is_what_the_server_has(workspace: Workspace) -> None:
    """The stream and a later GET of the interaction agree."""
    turn = say(workspace, "same", "Give me a long answer.").turn
    found = workspace.retrieve(turn.id).json
    assert isinstance(found, dict)
    outputs = [step for step in found["steps"] if step["type"] == "model_output"]
    assert text_of(turn) == "".join(part["text"] for step in outputs for part in step["content"])


def test_the_server_remembers_through_the_chain(workspace: Workspace) -> None:
    """The second turn names the first, and only its own input is sent."""
    first = say(workspace, "chain", "My cat is called Umlaut Übermut.").turn
    second = say(workspace, "chain", "What did I say?")
    assert second.turn.previous_interaction_id == first.id
    assert "Umlaut Übermut" in text_of(second.turn)
    assert "Umlaut" not in json.dumps(notes(second)[0]["body"])


def test_a_function_call_goes_round(workspace: Workspace) -> None:
    """The call ends the turn; its result is the next turn's input and is worked into the answer."""
    options = Options("gemini-2.5-flash", tools=(WEATHER,))
    first = say(workspace, "tool", "What is the weather in Paris? Call the function.", options).turn
    assert first.status == "requires_action"
    call = first.steps[-1]
    answer = {"type": "function_result", "call_id": call.data["id"], "name": "get_weather", "result": "22 °C"}  # type: ignore[union-attr] # the last step is the call
    second = say(workspace, "tool", (answer,), options).turn
    assert second.status == "completed"
    assert "22 °C" in text_of(second)


def test_an_answer_in_two_hops_is_one_turn(workspace: Workspace) -> None:
    """A paused answer is continued by itself, and is no success before its last hop."""
    stored = say(workspace, "hops", "Answer in two hops, with a continuation token.")
    requests = [note for note in notes(stored) if note["note"] == "request"]
    assert stored.turn.status == "completed"
    assert len(requests) == 2
    assert "input" not in requests[1]["body"]
    assert requests[1]["body"]["continuation_token"]
    assert {step.hop for step in stored.turn.steps} == {0, 1}


@pytest.mark.parametrize(
    ("prompt", "status"),
    [
        ("Cut the stream after 8 events.", "interrupted"),
        ("End without completion.", "interrupted"),
        ("Answer with an error event.", "failed"),
        ("Send a bare error line.", "failed"),
        ("Send a garbage frame.", "completed"),
        ("Answer with plain JSON.", "completed"),
        ("Answer in the legacy schema.", "completed"),
        ("Use BOM and CRLF framing.", "completed"),
        ("Send keep-alive comments.", "completed"),
        ("Send a large frame of 3 MB.", "completed"),
    ],
)
def test_every_way_a_stream_can_go_ends_in_its_status(workspace: Workspace, prompt: str, status: str) -> None:
    """And none of them leaves a turn open."""
    turn = say(workspace, f"way {prompt}", prompt).turn
    assert (turn.status, turn.ended) == (status, True)


def test_a_refusal_for_good_is_quoted(workspace: Workspace) -> None:
    """The server's own words stand in the turn."""
    turn = say(workspace, "refused", "Hello", Options("no-such-model")).turn
    assert turn.status == "failed"
    assert turn.error is not None
    assert turn.error.http_status == 404
    assert "no-such-model" in str(turn.error.message)


def test_the_settings_are_sent_and_what_is_unset_is_not(workspace: Workspace) -> None:
    """Every turn carries its own; nothing is inherited but the history."""
    options = Options(
        "gemini-2.5-flash", system_instruction="Be brief.", max_output_tokens=500, thinking_level="low"
    )
    sent = notes(say(workspace, "options", "Hello", options))[0]["body"]
    assert sent == {
        "model": "gemini-2.5-flash",
        "input": "Hello",
        "system_instruction": "Be brief.",
        "generation_config": {"max_output_tokens": 500, "thinking_level": "low"},
        "stream": True,
        "store": True,
    }


def test_a_temperature_of_nought_is_sent(workspace: Workspace) -> None:
    """Nought is a setting, not the lack of one."""
    sent = notes(say(workspace, "zero", "Hello", Options("gemini-2.5-flash", temperature=0.0)))[0]["body"]
    assert sent["generation_config"] == {"temperature": 0.0}


def test_messages_wait_for_each_other_in_order(workspace: Workspace) -> None:
    """What is sent while a turn runs is queued, and goes out by itself."""
    for text in ("First", "Second", "Third"):
        workspace.send("ann", "queue", text, OPTIONS)
    deadline = time.monotonic() + 20
    while (
        len(workspace.conversation("ann", "queue").turns) < 3
        or workspace.conversation("ann", "queue").running
    ):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    found = workspace.conversation("ann", "queue")
    assert [stored.prompt.input for stored in found.turns] == ["First", "Second", "Third"]
    assert found.turns[2].previous_interaction_id == found.turns[1].turn.id


def test_stop_cancels_a_silent_turn_and_leaves_others_alone(workspace: Workspace) -> None:
    """Only its own connection is shut."""
    workspace.send("ann", "silent", "Stay silent.", OPTIONS)
    workspace.send("ann", "silent too", "Stay silent before the headers.", OPTIONS)
    workspace.stop("ann", "silent")
    assert ended(workspace, "silent").turn.status == "cancelled"
    assert workspace.conversation("ann", "silent too").running
    workspace.stop("ann", "silent too")
    assert ended(workspace, "silent too").turn.status == "cancelled"
    assert workspace.running() == 0


def test_nobody_stops_or_reads_another_owners_turn(workspace: Workspace) -> None:
    """Not a frame of it."""
    stored = say(workspace, "mine", "Hello")
    assert workspace.frame("ann", "mine", stored.id, 0).startswith(b'{"note":"request"')
    for attempt in (
        lambda: workspace.stop("bob", "mine"),
        lambda: workspace.frame("bob", "mine", stored.id, 0),
        lambda: workspace.frame("ann", "mine", stored.id, 10_000),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_a_failure_of_our_own_is_shown_in_the_turn(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug here must not look like a model that never answers."""

    def broken(*_: object) -> object:
        raise RuntimeError("planted")

    monkeypatch.setattr("interactions.providers.gemini.exchange", broken)
    turn = say(workspace, "bug", "Hello").turn
    assert turn.status == "failed"
    assert turn.error is not None
    assert turn.error.message == "RuntimeError: planted"


def test_the_key_is_in_no_frame_and_in_no_report(sandbox: Server) -> None:
    """A planted key reaches the server and nothing else."""
    workspace = Workspace(Settings(api_key="AIza-planted", key_source="GEMINI_API_KEY", base_url=sandbox.url))
    stored = say(workspace, "key", "Hello")
    everything = b"".join(frame.raw for frame in stored.journal.since(0).frames)
    everything += json.dumps(
        [workspace.health(), workspace.configuration(), repr(workspace.settings)]
    ).encode()
    assert b"AIza-planted" not in everything


def test_a_pause_that_repeats_its_token_does_not_go_round_for_ever() -> None:
    """It ends as interrupted, and says why."""
    paused = (
        b'data: {"event_type":"interaction.completed","interaction":'
        b'{"id":"v1_x","status":"requires_continuation","continuation_token":"same"}}\n\n'
    )
    with peer(says(STREAM_HEAD + paused)) as server:
        workspace = Workspace(Settings(api_key="k", base_url=server.url))
        turn = say(workspace, "loop", "Hello").turn
        assert len(server.requests) == 2
    assert turn.status == "interrupted"
    assert "paused" in str(turn.error)


def test_the_endpoint_can_be_reached_and_an_answer_fetched(workspace: Workspace) -> None:
    """Both for the diagnostics page; a refusal is an answer."""
    assert workspace.reach().status == 200
    assert workspace.retrieve("v1_nothing").status in {400, 404}


def test_an_endpoint_that_is_not_there_is_said_plainly() -> None:
    """The message names the host and what to check."""
    workspace = Workspace(Settings(api_key="k", base_url="http://127.0.0.1:9"))
    with pytest.raises(UpstreamError, match=r"127\.0\.0\.1.*Check the endpoint"):
        workspace.reach()


def test_without_a_key_the_sandbox_answers() -> None:
    """A newcomer needs nothing."""
    workspace = Workspace(Settings())
    assert workspace.health()["sandbox"] is True
    assert workspace.reach().status == 200
