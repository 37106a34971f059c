"""Turns that outlive their process or their key, and what can be done with those that are over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from interactions.conversations.conversation import StoredTurn
from interactions.conversations.exchanges import exchanges
from interactions.conversations.request import Input, Options, Request
from interactions.endpoints.endpoint import DEFAULT, Endpoint, Route
from interactions.errors import OverLimit
from interactions.running import watch
from interactions.running.dispatch import KEY_LOST, NEEDS_KEY, UNSENT, Dispatch
from interactions.running.hooks import Hooks, Source
from interactions.running.replays import Replays
from interactions.running.runner import Runner
from interactions.sandbox import Server, serve
from interactions.settings import Settings
from interactions.store.database import open_engine
from interactions.stream.journal import Frame
from interactions.turns.steps import UserInput, contents
from interactions.turns.turn import text_of
from interactions.workspace import Workspace
from tests.parts import Kept, connections, endpoints
from tests.peers import STREAM_HEAD, peer, says
from tests.waiting import until

BACKGROUND = Options("gemini-2.5-flash", background=True)
PLAIN = Options("gemini-2.5-flash")
OWN = "a-key-of-my-own"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Server]:
    server = serve(pace=0.15)
    yield server
    server.close()


@pytest.fixture
def start(
    sandbox: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], Workspace]]:
    """Starts the app once more on the same data."""
    monkeypatch.setattr(watch, "PERIOD", 0.05)
    started: list[Workspace] = []

    def make() -> Workspace:
        started.append(Workspace(Settings(api_key="any", base_url=sandbox.url, data=str(tmp_path))))
        return started[-1]

    yield make
    for each in started:
        each.close()


def test_turns_are_sent_by_a_part_that_is_made_alone(sandbox: Server, tmp_path: Path) -> None:
    """Of a store, endpoints, and who runs and shows turns; on the deployment's key they are counted."""
    known, kept = connections(sandbox.url), Kept(tmp_path)
    replays, host = Replays(kept.store, kept.readers), kept.host(Hooks())
    settings = Settings(turns_per_hour=1)
    turns = Dispatch(settings, known, endpoints(known), kept.store, Runner(), replays, host)
    assert turns.capped
    turns.send("ann", "c", "Hello", PLAIN)
    until(lambda: not turns.running())
    with pytest.raises(OverLimit):
        turns.send("ann", "c", "Once more", PLAIN)
    (stored,) = kept.store.conversation("ann", "c").turns
    assert stored.turn.status == "completed"
    kept.store.close()


ODD = {
    "text": "\ud800x",
    "a result": ({"type": "function_result", "call_id": "c", "name": "f", "result": "\ud800"},),
    "a key": ({"type": "function_result", "call_id": "c", "name": "f", "result": {"\udc00": 10**400}},),
    "NUL": "a\0b",
}


@pytest.mark.parametrize("said", ODD.values(), ids=ODD)
def test_what_is_sent_is_stored_and_exported_as_one_text(
    start: Callable[[], Workspace], tmp_path: Path, said: Input
) -> None:
    """Also if no JSON in UTF-8 can have it as it was said; a cassette comes back as it went."""
    workspace = start()
    options = Options("gemini-2.5-flash", system_instruction="\udfff!")
    workspace.turns.send("ann", "c", said, options)
    until(lambda: not workspace.library.conversation("ann", "c").busy)
    stored = workspace.library.conversation("ann", "c").turns[0]
    sent = exchanges(stored.journal.slice())[0].request.body
    assert isinstance(sent, dict)
    assert sent["system_instruction"] == stored.prompt.options.system_instruction == "?!"
    if isinstance(said, str):
        assert sent["input"] == stored.prompt.input
    else:
        assert [step["result"] for step in sent["input"]] == [step["result"] for step in stored.prompt.input]  # type: ignore[index] # as it was said
    cassette = workspace.cassettes.export("ann", "c")
    again = workspace.cassettes.import_("ann", cassette)
    assert workspace.cassettes.export("ann", again) == cassette
    leave(workspace, tmp_path)
    after = start()
    assert after.library.conversation("ann", "c").turns[0].prompt == stored.prompt
    assert after.cassettes.export("ann", "c") == cassette


def leave(workspace: Workspace, folder: Path) -> None:
    """The process ends in order. In this test its threads go on, which is no other than a stalled one."""
    workspace.close()
    engine = open_engine("", folder)
    with engine.begin() as connection:
        connection.execute(text("UPDATE turns SET holder = 'another' WHERE ended IS NULL"))
    engine.dispose()


def last(workspace: Workspace) -> StoredTurn:
    return workspace.library.conversation("ann", "c").turns[-1]


def begin(workspace: Workspace, options: Options, key: str = "") -> None:
    workspace.turns.send("ann", "c", "Give me a long answer.", options, Route(key=key))
    until(lambda: len(last(workspace).journal) > 10)


@pytest.mark.slow
def test_a_background_run_is_left_and_found_again(start: Callable[[], Workspace], tmp_path: Path) -> None:
    """It went on at the server; the next process follows it to its end."""
    first = start()
    begin(first, BACKGROUND)
    leave(first, tmp_path)
    second = start()
    until(lambda: last(second).journal.closed)
    found = last(second).turn
    assert (found.status, found.rungs[0]) == ("completed", "get")
    kept = second.endpoints.retrieve("ann", found.id).json
    assert isinstance(kept, dict)
    outputs = [step for step in kept["steps"] if step["type"] == "model_output"]
    assert text_of(found) == "".join(part["text"] for step in outputs for part in step["content"])


@pytest.mark.slow
def test_a_turn_on_a_visitors_key_waits_for_its_visitor(
    start: Callable[[], Workspace], tmp_path: Path
) -> None:
    """Nobody else has the key: it is interrupted, and brought back when its owner sets the key again."""
    first = start()
    begin(first, BACKGROUND, OWN)
    leave(first, tmp_path)
    second = start()
    until(lambda: last(second).journal.closed)
    stored = last(second)
    assert stored.turn.status == "interrupted"
    assert any(warning.startswith(NEEDS_KEY) for warning in stored.turn.warnings)
    assert not second.turns.recoverable(stored)
    assert not second.turns.recoverable(stored, {DEFAULT: "another-key"})
    assert second.turns.recoverable(stored, {DEFAULT: OWN})
    second.turns.bring_back("ann", "c", stored.id, {DEFAULT: OWN})
    until(lambda: last(second).journal.closed)
    assert last(second).turn.status == "completed"


def test_a_message_that_was_to_go_with_a_visitors_key_goes_with_it(
    start: Callable[[], Workspace], tmp_path: Path
) -> None:
    """After a restart as well, if its owner sends it with the key; else it says what is missing."""
    first = start()
    begin(first, PLAIN, OWN)
    for said in ("Second", "Third"):
        first.turns.send("ann", "c", said, PLAIN, Route(key=OWN))
    first.turns.stop("ann", "c")
    until(lambda: last(first).journal.closed)
    first.close()
    second = start()
    assert [prompt.input for prompt in second.library.conversation("ann", "c").queue] == ["Second", "Third"]
    second.turns.send_next("ann", "c", {DEFAULT: OWN})
    until(lambda: len(second.library.conversation("ann", "c").turns) == 3 and last(second).journal.closed)
    assert last(second).turn.status == "completed"


def test_without_the_key_it_says_what_is_missing(start: Callable[[], Workspace], tmp_path: Path) -> None:
    first = start()
    begin(first, PLAIN, OWN)
    first.turns.send("ann", "c", "Second", PLAIN, Route(key=OWN))
    first.turns.stop("ann", "c")
    until(lambda: last(first).journal.closed)
    first.close()
    second = start()
    second.turns.send_next("ann", "c")
    until(lambda: len(second.library.conversation("ann", "c").turns) == 2 and last(second).journal.closed)
    error = last(second).turn.error
    assert error is not None
    assert error.message == KEY_LOST


@pytest.mark.parametrize("vendors", [("chat", "chat"), (DEFAULT, "chat")], ids=["nothing", "a note"])
def test_a_message_whose_process_died_before_its_request_is_there_and_not_sent_again(
    sandbox: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, vendors: tuple[str, str]
) -> None:
    """Whether or not it had been noted already what of the history is left out."""
    monkeypatch.setattr(watch, "PERIOD", 0.05)

    class Stalled(Hooks):
        def frames(self, source: Source, request: Request) -> Iterator[Frame]:
            if request.input == "Two":
                release.wait(60)
            return source.frames(request)

    def opened(hooks: Hooks) -> Workspace:
        settings = Settings(api_key="any", base_url=sandbox.url, data=str(tmp_path))
        return Workspace(settings, {"chat": Endpoint("chat", "openai_chat", server.url)}, hooks)

    release = threading.Event()
    with peer(says(STREAM_HEAD)) as server:
        first = opened(Stalled())
        first.turns.send("ann", "c", "One", PLAIN, Route(vendors[0]))
        until(lambda: last(first).journal.closed)
        first.turns.send("ann", "c", "Two", PLAIN, Route(vendors[1]))
        until(lambda: len(last(first).journal) == (vendors[0] != vendors[1]))
        leave(first, tmp_path)
        second = opened(Hooks())
        until(lambda: last(second).journal.closed)
        posted = len(server.requests)
        turn = last(second).turn
        release.set()
        second.close()
    (asked,) = turn.steps
    assert isinstance(asked, UserInput)
    assert asked.content == contents("Two")
    assert any(warning.startswith(UNSENT) for warning in turn.warnings)
    assert posted == vendors.count("chat") - 1


def test_a_stopped_background_run_says_what_its_server_says(start: Callable[[], Workspace]) -> None:
    """Who stopped it, when, and that it is over there."""
    workspace = start()
    begin(workspace, BACKGROUND)
    workspace.turns.stop("ann", "c")
    until(lambda: last(workspace).journal.closed)
    turn = last(workspace).turn
    assert turn.status == "cancelled"
    assert turn.receipt is not None
    assert (turn.receipt.by, turn.receipt.confirmed) == ("you", True)
    kept = workspace.endpoints.retrieve("ann", turn.id).json
    assert isinstance(kept, dict)
    assert kept["status"] == "cancelled"


def test_what_the_page_never_offered_is_not_sent(start: Callable[[], Workspace]) -> None:
    """A turn of a database may have settings that came in a file, long ago: another answer is asked for
    without them."""
    workspace = start()
    odd = Options("m", api_version="../../admin", thinking_level="utmost", thinking_summaries="song")
    workspace.turns.send("ann", "c", "Hi", odd)
    until(lambda: last(workspace).journal.closed)
    asked = exchanges(last(workspace).journal.slice())[0].request
    assert last(workspace).prompt.options == Options("m")
    assert urlsplit(asked.url).path == "/v1beta/interactions"
    assert "thinking" not in str(asked.body)
