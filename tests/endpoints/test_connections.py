"""Endpoints with those who talk to them, across restarts with other configurations."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from interactions.conversations.conversation import Conversation, StoredTurn
from interactions.conversations.request import Options
from interactions.endpoints.endpoint import Endpoint, Route
from interactions.endpoints.endpoints import OTHER_PROTOCOL
from interactions.errors import SettingsError
from interactions.running.dispatch import KEY_LOST
from interactions.settings import Settings
from interactions.turns.turn import text_of
from interactions.workspace import Workspace
from tests.peers import STREAM_HEAD, Peer, peer, says
from tests.vendors import answer, sse

KEY = "sk-planted-1a7e"
OPTIONS = Options("m")
THOUGHT = "<think>Let me see.</think>It is so."
SPOKEN = (
    STREAM_HEAD
    + sse({"choices": [{"index": 0, "delta": {"role": "assistant", "content": THOUGHT}}]})
    + sse({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    + b"data: [DONE]\n\n"
)
Start = Callable[..., Workspace]


@pytest.fixture
def server() -> Iterator[Peer]:
    with peer(says(SPOKEN)) as made:
        yield made


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts the app once more on the same data, with these endpoints beside its own."""
    started: list[Workspace] = []

    def make(*endpoints: Endpoint) -> Workspace:
        for each in started:
            each.close()
        settings = Settings(api_key="any", base_url="http://127.0.0.1:9", data=str(tmp_path))
        started.append(Workspace(settings, {endpoint.name: endpoint for endpoint in endpoints}))
        return started[-1]

    yield make
    started[-1].close()


def chat(server: Peer, **fields: Any) -> Endpoint:
    return Endpoint("one", "openai_chat", server.url, **fields)


def say(workspace: Workspace, text: str = "Hi", key: str = "") -> StoredTurn:
    workspace.turns.send("ann", "c", text, OPTIONS, Route("one", key))
    return ended(workspace).turns[-1]


def ended(workspace: Workspace, turns: int = 1) -> Conversation:
    deadline = time.monotonic() + 20
    while (found := workspace.library.conversation("ann", "c")).running or len(found.turns) < turns:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


@pytest.mark.parametrize("think", [True, False])
def test_a_turn_stays_what_it_was_when_thinking_is_switched(start: Start, server: Peer, think: bool) -> None:
    """It is read in the protocol that it was written in: after a restart, and where nobody speaks it any
    more. An export says which one it was."""
    first = say(start(chat(server, think=think)))
    thoughts = [("thought", "Let me see."), ("output", "It is so.")]
    told = thoughts if think else [("output", THOUGHT)]
    assert answer(first.turn) == told
    for endpoints in ([chat(server, think=not think)], []):
        workspace = start(*endpoints)
        (again,) = workspace.library.conversation("ann", "c").turns
        assert answer(again.turn) == told
        copy = workspace.cassettes.import_("ann", workspace.cassettes.export("ann", "c"))
        assert answer(workspace.library.conversation("ann", copy).turns[0].turn) == told


def test_a_conversation_of_an_endpoint_that_is_gone_is_read_exported_and_goes_on_elsewhere(
    start: Start, server: Peer
) -> None:
    """Sending it there says which endpoint is missing, and stores nothing."""
    before = say(start(chat(server)))
    workspace = start()
    (turn,) = workspace.library.conversation("ann", "c").turns
    assert text_of(turn.turn) == text_of(before.turn)
    assert b"It is so." in workspace.cassettes.export("ann", "c")
    with pytest.raises(SettingsError, match="no endpoint 'one' any more; choose another one in the settings"):
        workspace.turns.send("ann", "c", "Again", OPTIONS, workspace.endpoints.route(turn.prompt))
    with pytest.raises(SettingsError, match="'one'"):
        workspace.turns.bring_back("ann", "c", turn.id)
    assert len(workspace.library.conversation("ann", "c").turns) == 1
    assert not workspace.turns.recoverable(turn)


class Silent(Peer):
    """Takes a request and says nothing, until it is told to close."""

    def __init__(self) -> None:
        super().__init__(lambda connection, _: self.wait_until_left(connection))


def waiting(start: Start, endpoint: Endpoint, key: str = "") -> None:
    """Leaves the app with a message in the queue, behind a turn that was stopped."""
    workspace = start(endpoint)
    for text in ("Hi", "Waiting"):
        workspace.turns.send("ann", "c", text, OPTIONS, Route("one", key))
    deadline = time.monotonic() + 20
    while len(workspace.library.conversation("ann", "c").turns[-1].journal) < 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    workspace.turns.stop("ann", "c")
    ended(workspace)
    assert [prompt.input for prompt in workspace.library.conversation("ann", "c").queue] == ["Waiting"]


@pytest.fixture
def silent() -> Iterator[Peer]:
    made = Silent()
    yield made
    made.close()


def failed(workspace: Workspace, keys: dict[str, str] | None = None) -> str:
    """Why the message in the queue was not sent."""
    workspace.turns.send_next("ann", "c", keys or {})
    stored = ended(workspace, turns=2).turns[-1]
    assert [frame.seq for frame in stored.journal.slice()] == [0]
    error = stored.turn.error
    assert stored.turn.status == "failed"
    assert error is not None
    return str(error.message)


@pytest.mark.parametrize("key", ["", KEY])
def test_a_message_in_the_queue_of_an_endpoint_that_is_gone_says_so(
    start: Start, silent: Peer, key: str
) -> None:
    """With a visitor's key as well: to set that again would be of no use."""
    waiting(start, chat(silent), key)
    assert "no endpoint 'one' any more" in failed(start())


@pytest.mark.parametrize("key", ["", KEY])
def test_a_message_in_the_queue_is_not_sent_in_another_protocol_than_it_was_meant_for(
    start: Start, silent: Peer, server: Peer, key: str
) -> None:
    """Least of all to whoever only reads the old one."""
    waiting(start, chat(silent), key)
    changed = Endpoint("one", "openai_responses", server.url)
    assert failed(start(changed), {"one": key}) == OTHER_PROTOCOL.format("one")
    assert server.requests == []


def test_a_message_in_the_queue_whose_key_is_gone_says_that(start: Start, silent: Peer) -> None:
    waiting(start, chat(silent), KEY)
    assert failed(start(chat(silent))) == KEY_LOST


def test_an_imported_turn_belongs_to_whoever_speaks_its_protocol(start: Start, server: Peer) -> None:
    """Where there is none, the protocol's name says what is missing."""
    workspace = start(chat(server))
    say(workspace)
    copy = workspace.cassettes.import_("ann", workspace.cassettes.export("ann", "c"))
    (turn,) = workspace.library.conversation("ann", copy).turns
    assert workspace.endpoints.route(turn.prompt, {"one": KEY, "gemini": "other"}) == Route("one", KEY)
    assert workspace.endpoints.misrouted(turn.prompt) == ""
    workspace = start()
    assert "no endpoint 'openai_chat' any more" in workspace.endpoints.misrouted(turn.prompt)


def test_local_servers_take_no_key_and_no_deployments_is_sent_to_them(start: Start) -> None:
    """Nobody's account is there."""
    with peer(says(SPOKEN)) as machine:
        workspace = start(Endpoint("lmstudio", "openai_chat", machine.url, think=True, local=True))
        workspace.turns.send("ann", "c", "Hi", OPTIONS, Route("lmstudio"))
        ended(workspace)
        (request,) = machine.requests
    head, _, body = request.partition(b"\r\n\r\n")
    assert b"authorization" not in head.lower()
    assert json.loads(body)["model"] == "m"
