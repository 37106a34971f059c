"""Whole turns, from a message to a folded journal, against the sandbox through real HTTP."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from interactions.conversations.conversation import Prompt, StoredTurn
from interactions.conversations.request import Input, Options
from interactions.endpoints.endpoint import Route
from interactions.errors import NotFound, OverLimit, SettingsError
from interactions.providers.built_in import HOME
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.turns.steps import UserInput, contents, plain
from interactions.turns.turn import text_of
from interactions.workspace import Workspace
from tests.peers import STREAM_HEAD, peer, says

OPTIONS = Options("gemini-2.5-flash")
UNSTORED = Options("gemini-2.5-flash", store=False)
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


@pytest.fixture(scope="module", params=["v1beta", "v1"])
def workspace(
    sandbox: Server, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Workspace:
    data = str(tmp_path_factory.mktemp("data"))
    return Workspace(Settings(api_key="k", base_url=sandbox.url, api_version=request.param, data=data))


def say(
    workspace: Workspace, conversation: str, input: Input, options: Options = OPTIONS, key: str = ""
) -> StoredTurn:
    """Sends and waits for the end of the last turn."""
    workspace.turns.send("ann", conversation, input, options, Route(key=key))
    return ended(workspace, conversation)


def ended(workspace: Workspace, conversation: str) -> StoredTurn:
    deadline = time.monotonic() + 20
    while (found := workspace.library.conversation("ann", conversation)).running or not found.turns:
        assert time.monotonic() < deadline, found
        time.sleep(0.005)
    return found.turns[-1]


def notes(stored: StoredTurn) -> list[dict[str, Any]]:
    return [json.loads(frame.raw) for frame in stored.journal.since(0).frames if frame.kind == "note"]


def sent(stored: StoredTurn) -> dict[str, Any]:
    body: dict[str, Any] = next(note["body"] for note in notes(stored) if note["note"] == "request")
    return body


def typed(stored: StoredTurn) -> list[str]:
    """What the turn itself shows as the user's words."""
    return [plain(step.content) for step in stored.turn.steps if isinstance(step, UserInput)]


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
    found = workspace.endpoints.retrieve("ann", turn.id).json
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
        ("Cut the stream after 8 events.", "completed"),
        ("Cut the stream after 8 events and forget it.", "interrupted"),
        ("End without completion.", "completed"),
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
    assert sent(say(workspace, "options", "Hello", options)) == {
        "model": "gemini-2.5-flash",
        "input": "Hello",
        "system_instruction": "Be brief.",
        "generation_config": {"max_output_tokens": 500, "thinking_level": "low"},
        "stream": True,
        "store": True,
    }


def test_a_temperature_of_nought_is_sent(workspace: Workspace) -> None:
    """Nought is a setting, not the lack of one."""
    body = sent(say(workspace, "zero", "Hello", Options("gemini-2.5-flash", temperature=0.0)))
    assert body["generation_config"] == {"temperature": 0.0}


def test_messages_wait_for_each_other_in_order(workspace: Workspace) -> None:
    """What is sent while a turn runs is queued, and goes out by itself."""
    for text in ("First", "Second", "Third"):
        workspace.turns.send("ann", "queue", text, OPTIONS)
    deadline = time.monotonic() + 20
    while (
        len(workspace.library.conversation("ann", "queue").turns) < 3
        or workspace.library.conversation("ann", "queue").running
    ):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    found = workspace.library.conversation("ann", "queue")
    assert [stored.prompt.input for stored in found.turns] == ["First", "Second", "Third"]
    assert found.turns[2].previous_interaction_id == found.turns[1].turn.id


def test_stop_cancels_a_silent_turn_and_leaves_others_alone(workspace: Workspace) -> None:
    """Only its own connection is shut."""
    workspace.turns.send("ann", "silent", "Stay silent.", OPTIONS)
    workspace.turns.send("ann", "silent too", "Stay silent before the headers.", OPTIONS)
    workspace.turns.stop("ann", "silent")
    assert ended(workspace, "silent").turn.status == "cancelled"
    assert workspace.library.conversation("ann", "silent too").running
    workspace.turns.stop("ann", "silent too")
    assert ended(workspace, "silent too").turn.status == "cancelled"
    assert workspace.turns.running() == 0


def test_a_failure_of_our_own_is_shown_in_the_turn(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug here must not look like a model that never answers."""

    def broken(*_: object) -> object:
        raise RuntimeError("planted")

    monkeypatch.setattr("interactions.providers.gemini.provider.exchange", broken)
    turn = say(workspace, "bug", "Hello").turn
    assert turn.status == "failed"
    assert turn.error is not None
    assert turn.error.message == "RuntimeError: planted"


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


def test_without_storing_the_history_is_sent_along_and_remembered(workspace: Workspace) -> None:
    """The server has nothing to name; the turn shows the new message only."""
    first = say(workspace, "unstored", "My name is Ada.", UNSTORED)
    second = say(workspace, "unstored", "What is my name?", UNSTORED)
    assert "Your name is **Ada**" in text_of(second.turn)
    assert "previous_interaction_id" not in sent(second)
    kinds = [step["type"] for step in sent(second)["input"]]
    assert (kinds[0], kinds[-2:]) == ("user_input", ["model_output", "user_input"])
    assert notes(second)[0]["history"] == len(kinds) - 1
    assert (typed(first), typed(second)) == (["My name is Ada."], ["What is my name?"])
    assert not second.turn.chainable


def test_a_stored_turn_after_others_that_were_not_builds_on_both(workspace: Workspace) -> None:
    """The newest interaction is named, and what came after it is sent along, once."""
    first = say(workspace, "mixed", "My cat is Umlaut.")
    say(workspace, "mixed", "My name is Ada.", UNSTORED)
    third = say(workspace, "mixed", "What is my name?")
    assert third.turn.previous_interaction_id == first.turn.id
    words = [
        plain(contents(step["content"])) for step in sent(third)["input"] if step["type"] == "user_input"
    ]
    assert words == ["My name is Ada.", "What is my name?"]
    assert "Your name is **Ada**" in text_of(third.turn)
    fourth = say(workspace, "mixed", "What is my name?")
    assert (sent(fourth)["input"], typed(fourth)) == ("What is my name?", ["What is my name?"])
    assert "Your name is **Ada**" in text_of(fourth.turn)


def test_an_unstored_turn_after_stored_ones_sends_them_too(workspace: Workspace) -> None:
    """All of the history, and no id."""
    say(workspace, "off", "My name is Ada.")
    second = say(workspace, "off", "What is my name?", UNSTORED)
    assert "previous_interaction_id" not in sent(second)
    assert "Your name is **Ada**" in text_of(second.turn)


def test_what_failed_is_no_part_of_the_history(workspace: Workspace) -> None:
    """Neither its input nor what had arrived of its answer."""
    say(workspace, "gaps", "My name is Ada.", UNSTORED)
    say(workspace, "gaps", "Answer with an error event.", UNSTORED)
    third = say(workspace, "gaps", "What is my name?", UNSTORED)
    assert "error event" not in json.dumps(sent(third))
    assert "Your name is **Ada**" in text_of(third.turn)


def test_a_function_call_goes_round_without_storing(workspace: Workspace) -> None:
    """Call and thought go back in full, and the result is the turn's own input."""
    options = Options("gemini-2.5-flash", tools=(WEATHER,), store=False)
    first = say(workspace, "tool off", "What is the weather in Paris? Call the function.", options).turn
    call = first.steps[-1]
    answer = {"type": "function_result", "call_id": call.data["id"], "name": "get_weather", "result": "22 °C"}  # type: ignore[union-attr] # the last step is the call
    second = say(workspace, "tool off", (answer,), options)
    assert second.turn.status == "completed"
    assert "22 °C" in text_of(second.turn)
    assert [step.sent for step in second.turn.steps][:2] == [True, False]
    assert "thought" in [step["type"] for step in sent(second)["input"]]
    third = say(workspace, "tool off", "Hello", options)
    assert third.turn.status == "completed"


def test_hops_without_storing_send_everything_again(workspace: Workspace) -> None:
    """The same body with the token; the turn has its input once."""
    say(workspace, "hops off", "My name is Ada.", UNSTORED)
    stored = say(workspace, "hops off", "Answer in two hops, with a continuation token.", UNSTORED)
    first, second = [note["body"] for note in notes(stored) if note["note"] == "request"]
    assert second["continuation_token"]
    assert {**second, "continuation_token": None} == {**first, "continuation_token": None}
    assert stored.turn.status == "completed"
    assert len(typed(stored)) == 1


def test_a_hop_of_a_stored_turn_sends_its_history_once(workspace: Workspace) -> None:
    """The interaction of the first hop holds it."""
    say(workspace, "hops on", "My name is Ada.", UNSTORED)
    stored = say(workspace, "hops on", "Answer in two hops, with a continuation token.")
    first, second = [note["body"] for note in notes(stored) if note["note"] == "request"]
    assert len(first["input"]) > 1
    assert "input" not in second
    assert stored.turn.status == "completed"


def test_a_turn_may_have_its_own_api_version(workspace: Workspace) -> None:
    """The next one has the usual again."""
    usual = workspace.settings.api_version
    for version in ("v1", "v1beta", ""):
        options = Options("gemini-2.5-flash", api_version=version)
        stored = say(workspace, f"version {version}", "Hello", options)
        assert notes(stored)[0]["url"].endswith(f"/{version or usual}/interactions")
        assert stored.turn.status == "completed"


OWN = "AIza-visitors-own"
ANSWER = STREAM_HEAD + (
    b'data: {"event_type":"interaction.completed","interaction":{"id":"v1_x","status":"completed"}}\n\n'
)


def test_a_visitors_own_key_goes_with_the_request_and_stays_nowhere(sandbox: Server) -> None:
    """Not in the store, not in a frame, not in any report; the deployment's own key is not sent."""
    with peer(says(ANSWER)) as server:
        workspace = Workspace(Settings(api_key="AIza-owners", base_url=server.url))
        stored = say(workspace, "own key", "Hello", key=OWN)
        say(workspace, "own key", "Hello")
        say(workspace, "own key", "Hello", key=OWN)
    keys = [OWN.encode() in request for request in server.requests]
    assert keys == [True, False, True]
    assert [b"AIza-owners" in request for request in server.requests] == [False, True, False]
    kept = repr([stored, workspace.library.conversation("ann", "own key"), vars(workspace)])
    kept += str([frame.raw for frame in stored.journal.since(0).frames])
    kept += str([workspace.health(), workspace.configuration()])
    assert OWN not in kept


def test_interactions_of_one_key_are_not_named_with_another() -> None:
    """They are another account's; the history is sent instead."""
    with peer(says(ANSWER)) as server:
        workspace = Workspace(Settings(api_key="k", base_url=server.url))
        say(workspace, "accounts", "One")
        second = say(workspace, "accounts", "Two", key=OWN)
        third = say(workspace, "accounts", "Three", key=OWN)
    assert "previous_interaction_id" not in sent(second)
    assert [step["content"][0]["text"] for step in sent(second)["input"]] == ["One", "Two"]
    assert (sent(third)["previous_interaction_id"], sent(third)["input"]) == ("v1_x", "Three")


def test_on_the_sandbox_a_visitors_own_key_leads_to_google(monkeypatch: pytest.MonkeyPatch) -> None:
    """And without it the sandbox goes on answering."""
    with peer(says(ANSWER)) as server:
        home = msgspec.structs.replace(HOME, base_url=server.url)
        monkeypatch.setattr("interactions.endpoints.connections.HOME", home)
        workspace = Workspace(Settings())
        say(workspace, "google", "Hello", key=OWN)
        assert len(server.requests) == 1
        assert f"x-goog-api-key: {OWN}".encode() in server.requests[0]
        assert text_of(say(workspace, "google", "Hello").turn)
        assert len(server.requests) == 1


def test_a_queued_message_is_sent_with_the_key_of_its_own() -> None:
    """With the one that was there when it was sent; one that is taken back leaves none behind."""
    with peer(says(ANSWER)) as server:
        workspace = Workspace(Settings(base_url=server.url))
        for text, key in (("One", ""), ("Two", OWN), ("Three", "")):
            workspace.turns.send("ann", "keys", text, OPTIONS, Route(key=key))
        deadline = time.monotonic() + 20
        while len(workspace.library.conversation("ann", "keys").turns) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        ended(workspace, "keys")
    assert [OWN.encode() in request for request in server.requests] == [False, True, False]
    assert OWN not in repr(vars(workspace))
    assert workspace.turns._pending._own == {}


@pytest.mark.parametrize("key", ["schlüssel", "a\nb", "a\tb", "“k”"])
def test_what_cannot_be_a_key_is_refused_before_anything_is_stored(workspace: Workspace, key: str) -> None:
    """The sentence does not repeat it; an HTTP library's would."""
    with pytest.raises(SettingsError) as caught:
        workspace.turns.send("ann", "odd key", "Hello", OPTIONS, Route(key=key))
    assert key not in str(caught.value)
    with pytest.raises(NotFound):
        workspace.library.conversation("ann", "odd key")


def test_the_owners_key_has_its_limit_and_a_visitors_own_has_none(sandbox: Server) -> None:
    """Over it nothing is stored; another visitor and another key are not concerned."""
    workspace = Workspace(Settings(api_key="k", base_url=sandbox.url, turns_per_hour=1))
    say(workspace, "cap", "One")
    with pytest.raises(OverLimit, match="The next is possible in 60 minutes"):
        workspace.turns.send("ann", "cap", "Two", OPTIONS)
    with pytest.raises(OverLimit):
        workspace.turns.send("ann", "fresh", "Two", OPTIONS)
    with pytest.raises(NotFound):
        workspace.library.conversation("ann", "fresh")
    assert len(workspace.library.conversation("ann", "cap").turns) == 1
    workspace.turns.send("bob", "another", "One", OPTIONS)
    assert say(workspace, "cap", "Two", key=OWN).turn.status == "completed"


def test_a_message_taken_out_of_the_queue_is_not_counted(sandbox: Server) -> None:
    """It was never a turn."""
    workspace = Workspace(Settings(api_key="k", base_url=sandbox.url, turns_per_hour=2))
    workspace.turns.send("ann", "back", "Stay silent.", OPTIONS)
    workspace.turns.send("ann", "back", "Two", OPTIONS)
    (waiting,) = workspace.library.conversation("ann", "back").queue
    workspace.turns.remove("ann", "back", waiting.id)
    workspace.turns.remove("ann", "back", waiting.id)
    workspace.turns.send("ann", "back", "Three", OPTIONS)
    with pytest.raises(OverLimit):
        workspace.turns.send("ann", "back", "Four", OPTIONS)
    workspace.turns.stop("ann", "back")


def test_without_an_owners_key_nothing_is_counted() -> None:
    """The sandbox costs nobody anything."""
    workspace = Workspace(Settings(turns_per_hour=1))
    assert not workspace.turns.capped
    for text in ("One", "Two"):
        workspace.turns.send("ann", "free", text, OPTIONS)


@pytest.mark.slow
def test_after_a_restart_the_sandbox_is_told_what_it_has_forgotten(tmp_path: Path) -> None:
    """Its interactions ended with it; the history is sent along."""
    before = Workspace(Settings(data=str(tmp_path)))
    say(before, "restart", "My name is Ada.")
    before.close()
    after = Workspace(Settings(data=str(tmp_path)))
    second = say(after, "restart", "What is my name?")
    assert "previous_interaction_id" not in sent(second)
    assert "Your name is **Ada**" in text_of(second.turn)
    after.close()


def test_after_a_restart_a_message_with_a_lost_key_is_not_sent_with_another(tmp_path: Path) -> None:
    """It fails and says what to do; the same key is the same account as before."""
    with peer(says(ANSWER)) as server:
        settings = Settings(api_key="AIza-owners", base_url=server.url, data=str(tmp_path))
        before = Workspace(settings)
        account = before.endpoints.accounts.name(Route(key=OWN))
        before._store.create("ann", "lost")
        before._store.enqueue("ann", "lost", Prompt("p", "Hello", OPTIONS, account))
        before.close()
        after = Workspace(settings)
        assert after.endpoints.accounts.name(Route(key=OWN)) == account
        after.turns.send_next("ann", "lost")
        turn = ended(after, "lost").turn
        assert server.requests == []
        after.close()
    assert turn.status == "failed"
    assert "Set it in the settings again" in str(turn.error)
