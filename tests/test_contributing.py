"""What CONTRIBUTING.md tells to write works as it stands there."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from interactions.conversations.conversation import Conversation
from interactions.conversations.exchanges import curl, exchanges
from interactions.conversations.request import Options
from interactions.conversations.scripts import python_script
from interactions.endpoints.endpoint import Route, endpoints
from interactions.running.hooks import Hooks, read_hooks
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.turns.turn import text_of
from interactions.ui.answer.turn import drawing
from interactions.ui.log.rows import describe
from interactions.workspace import Workspace
from tests.packages import install
from tests.peers import Peer, peer

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text()
PROVIDER, HOOKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
PROJECT, SECRETS = map(tomllib.loads, re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
SMALL = Options("small", system_instruction="Rhyme.")
KEY = "planted-key"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n\r\n"


@pytest.fixture(autouse=True)
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    brings = PROJECT["project"]["entry-points"]["interactions.providers"]
    folder = tmp_path / "lines-of-ours"
    folder.mkdir()
    install(folder, monkeypatch, {"lines": PROVIDER, "ours": HOOKS}, brings)
    yield
    for name in ("lines", "ours"):
        sys.modules.pop(name, None)


@pytest.fixture
def server() -> Iterator[Peer]:
    """Counts the steps that it is sent; it refuses the second request that it gets, and then goes on."""

    def script(connection: socket.socket, number: int) -> None:
        if number == 2:
            connection.sendall(b'HTTP/1.1 400 Bad Request\r\n\r\n{"error": {"message": "Not you."}}')
            return
        told = [{"id": f"a{number}"}, {"say": "Hel"}, {"say": "lo, "}, {"mood": 3}, {"say": f"{number}"}]
        for line in [*told, {"over": "completed"}]:
            connection.sendall((b"" if line is not told[0] else HEAD) + json.dumps(line).encode() + b"\n")

    with peer(script) as made:
        yield made


def start(sandbox: Server, folder: Path, url: str, hooks: Hooks | None = None) -> Workspace:
    """With the secrets of the text, but for the address, and with a key."""
    fields = SECRETS["providers"]["mine"] | {"base_url": url, "api_key": KEY}
    secrets = {"providers": {"mine": fields}} if url else {}
    settings = Settings(api_key="k", base_url=sandbox.url, data=str(folder))
    return Workspace(settings, endpoints({}, secrets), hooks or Hooks())


def say(workspace: Workspace, text: str, route: Route, conversation: str = "c") -> Conversation:
    workspace.turns.send("ann", conversation, text, SMALL, route)
    deadline = time.monotonic() + 20
    while (found := workspace.library.conversation("ann", conversation)).running:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    return found


def body(request: bytes) -> dict[str, object]:
    found: dict[str, object] = json.loads(request.partition(b"\r\n\r\n")[2])
    return found


def test_a_whole_provider_has_less_than_forty_five_lines_and_five_imports_of_ours_at_most() -> None:
    """None of them longer than a line of ours."""
    assert PROVIDER.count("\n") < 45
    assert PROVIDER.count("from interactions") <= 5
    assert max(map(len, (PROVIDER + HOOKS).split("\n"))) <= 110


def test_the_provider_streams_is_refused_and_takes_its_history_along(
    sandbox: Server, server: Peer, tmp_path: Path
) -> None:
    """With a key that no frame has, and a line that nobody knows kept."""
    workspace = start(sandbox, tmp_path, server.url)
    for text in ("One", "Two", "Three"):
        found = say(workspace, text, Route("mine"))
    first, second, third = (each.turn for each in found.turns)
    assert (first.status, first.id, text_of(first)) == ("completed", "a1", "Hello, 1")
    assert second.status == "failed"
    assert second.error is not None
    assert second.error.message == "Not you."
    assert text_of(third) == "Hello, 3"
    assert b"x-api-key: planted-key" in server.requests[0]
    assert body(server.requests[0])["system"] == "Rhyme."
    steps = body(server.requests[2])["steps"]
    assert isinstance(steps, list)
    assert [step["type"] for step in steps] == ["user_input", "model_output", "user_input"]
    frames = found.turns[0].journal.slice()
    assert [frame.kind for frame in frames].count("wire") == 6
    assert not any(KEY.encode() in frame.raw for frame in frames)
    workspace.close()


def test_its_turns_are_read_after_a_restart_without_its_endpoint(
    sandbox: Server, server: Peer, tmp_path: Path
) -> None:
    """As long as the package is there; they can be shown again, and carried elsewhere."""
    before = start(sandbox, tmp_path, server.url)
    told = say(before, "One", Route("mine")).turns[0].turn
    before.close()
    after = start(sandbox, tmp_path, "")
    assert after.library.conversation("ann", "c").turns[0].turn == told
    made = after.cassettes.import_("bob", after.cassettes.export("ann", "c"))
    assert after.library.conversation("bob", made).turns[0].turn == told
    after.close()


def test_its_requests_are_exported_as_programs_that_run(
    sandbox: Server, server: Peer, tmp_path: Path
) -> None:
    """For httpx, and with a key of no vendor's: nobody has told of another client."""
    workspace = start(sandbox, tmp_path, server.url)
    (turn,) = say(workspace, "One", Route("mine")).turns
    (exchange,) = exchanges(turn.journal.slice())
    profiles, protocol = workspace.profiles, turn.prompt.protocol
    names = profiles.key_names(protocol)
    script = python_script(exchange.request, profiles.of(protocol).sdk, names)
    assert "openai" not in script.lower()
    assert "$API_KEY" in curl(exchange.request, names)
    environment = {**os.environ, "API_KEY": KEY}
    for number in (2, 3):
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout.splitlines()[0])
        assert told == ({"error": {"message": "Not you."}} if number == 2 else {"id": "a3"})
    first, *again = server.requests
    for request in again:
        assert b"x-api-key: planted-key" in request
        assert request.startswith(b"POST /answers ")
        assert body(request) == body(first)
    workspace.close()


def test_without_its_package_its_turns_are_drawn_and_exported(
    sandbox: Server, server: Peer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As what they are: no vendor's."""
    before = start(sandbox, tmp_path, server.url)
    said = say(before, "One", Route("mine")).turns[0]
    frames, profiles = said.journal.slice(), before.profiles
    before.close()
    monkeypatch.setattr("interactions.endpoints.protocols.entry_points", lambda **_: ())
    after = start(sandbox, tmp_path, "")
    (turn,) = after.library.conversation("ann", "c").turns
    (exchange,) = exchanges(frames)
    profile, names = after.profiles.of(turn.prompt.protocol), after.profiles.key_names(turn.prompt.protocol)
    assert curl(exchange.request, names) == curl(exchange.request, profiles.key_names("lines"))
    assert python_script(exchange.request, profile.sdk, names).startswith("# pip install httpx\n")
    assert [describe(frame, profile.gist) for frame in frames] == [
        describe(frame, profiles.of("lines").gist) for frame in frames
    ]
    missing = "".join(str(span) for span in drawing(turn.turn, profile=profile).elements)
    assert "install the package that brings it" in missing
    after.close()


def test_the_hooks_route_instruct_wrap_keep_and_bring_back(
    sandbox: Server, server: Peer, tmp_path: Path
) -> None:
    """Set as the text says; another installation has the conversation from the application."""
    hooks = read_hooks({"INTERACTIONS_HOOKS": "ours:Ours"})
    first = start(sandbox, tmp_path / "first", server.url, hooks)
    found = say(first, "One", Route())
    assert found.turns[0].prompt.endpoint == "mine"
    assert found.turns[0].journal.slice()[0].raw == b'{"note":"ours","protocol":"lines"}'
    assert body(server.requests[0])["system"] == "Be brief. Rhyme."
    kept = getattr(hooks, "kept")  # noqa: B009 (of a class that is made of a text)
    deadline = time.monotonic() + 20
    while ("ann", "c") not in kept:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    first.close()
    second = start(sandbox, tmp_path / "second", server.url, hooks)
    assert second.library.conversation("ann", "c").turns[0].turn == found.turns[0].turn
    assert second.cassettes.export("ann", "c") == kept["ann", "c"]
    second.close()
