"""Providers that installed packages bring."""

from __future__ import annotations

import logging
import socket
import threading
import time
from pathlib import Path

import pytest

from interactions.conversations.request import Options
from interactions.endpoints.endpoint import Endpoint, Route
from interactions.errors import CassetteError, SettingsError
from interactions.settings import Settings
from interactions.workspace import Workspace
from tests.packages import install
from tests.peers import peer

KEY = "planted-key"
PLAIN = Options("small")
MINE = {"mine": Endpoint("mine", "plain", "http://127.0.0.1:9", KEY)}
# As OpenAI's chat, under a name of its own.
SOUND = """
from interactions.providers.chat.provider import OpenAIChat
from interactions.conversations.request import Access

def plain(client, endpoint):
    return OpenAIChat(client, Access(endpoint.base_url, endpoint.api_key), protocol="plain")
"""
MODULES = {
    "plain_sound": SOUND,
    "plain_import": "import a_module_that_is_not_there",
    "plain_raising": "def plain(client, endpoint): raise ValueError(endpoint.api_key)",
    "plain_lacking": "class plain:\n    name = 'plain'\n    def __init__(self, *_): ...",
    "plain_named": SOUND.replace('"plain"', '"another"'),
}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interactions.stream.transport.ATTEMPTS", 1)


def bring(folder: Path, patch: pytest.MonkeyPatch, module: str) -> None:
    (package := folder / "plain-package").mkdir()
    install(package, patch, MODULES, {"plain": f"{module}:plain", "gemini": "plain_import:plain"})


def start(folder: Path, endpoints: dict[str, Endpoint]) -> Workspace:
    return Workspace(Settings(api_key="k", base_url="http://127.0.0.1:9", data=str(folder)), endpoints)


def until_over(workspace: Workspace) -> None:
    deadline = time.monotonic() + 20
    while workspace.library.conversation("ann", "c").running:
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        ("plain_import", "No module named 'a_module_that_is_not_there'"),
        ("plain_raising", "ValueError: (masked)"),
        ("plain_lacking", "lacks protocol, can, start, frames, read"),
        ("plain_named", "'another'"),
    ],
)
def test_a_package_that_does_not_work_is_named_at_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, said: str
) -> None:
    """If an endpoint wants it; its key is not repeated."""
    bring(tmp_path, monkeypatch, module)
    with pytest.raises(SettingsError, match=r"^The protocol 'plain' of \[providers.mine\]") as caught:
        start(tmp_path, MINE)
    assert said in str(caught.value)
    assert KEY not in str(caught.value)


def test_a_package_that_does_not_work_and_that_nobody_wants_is_a_line_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The app starts. The name of a protocol that is here cannot be taken."""
    bring(tmp_path, monkeypatch, "plain_import")
    with caplog.at_level(logging.WARNING):
        start(tmp_path, {}).close()
    assert [record.message for record in caplog.records if "'plain'" in record.message]
    assert not [record.message for record in caplog.records if "'gemini'" in record.message]


def test_an_unknown_protocol_is_refused_with_those_that_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of packages included, whether they load or not."""
    bring(tmp_path, monkeypatch, "plain_import")
    with pytest.raises(SettingsError, match=r"'plian'.* openai_chat, plain, or"):
        start(tmp_path, {"mine": Endpoint("mine", "plian", "http://127.0.0.1:9")})


def test_without_its_package_a_turn_says_what_is_missing_and_what_waits_is_not_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing hangs, and nothing goes to another server of the same name."""
    both_sent = threading.Event()

    def refuse(connection: socket.socket, _number: int) -> None:
        both_sent.wait(20)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with monkeypatch.context() as patch, peer(refuse) as server:
        bring(tmp_path, patch, "plain_sound")
        before = start(tmp_path, {"mine": Endpoint("mine", "plain", server.url)})
        for text in ("One", "Two"):
            before.turns.send("ann", "c", text, PLAIN, Route("mine"))
        both_sent.set()
        until_over(before)
        data = before.cassettes.export("ann", "c")
        before.close()
    after = start(tmp_path, {"mine": Endpoint("mine", "openai_chat", "http://127.0.0.1:9")})
    missing = after.library.conversation("ann", "c").turns[0].turn.error
    assert missing is not None
    assert "'plain', which nobody here reads: install" in str(missing.message)
    with pytest.raises(CassetteError, match="'plain'"):
        after.cassettes.import_("bob", data)
    after.turns.send_next("ann", "c")
    until_over(after)
    newest = after.library.conversation("ann", "c").turns[-1].turn
    assert newest.error is not None
    assert "no longer speaks the protocol" in str(newest.error.message)
    after.close()
