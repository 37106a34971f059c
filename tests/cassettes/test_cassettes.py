"""Journals that are carried elsewhere: as files, as replays, and as answers of a server."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

from interactions.cassettes import Cassette, Recording, dump, load, replayed
from interactions.cassettes.server import serving
from interactions.conversations.conversation import StoredTurn
from interactions.conversations.exchanges import exchanges
from interactions.conversations.request import Options
from interactions.endpoints.endpoint import Route
from interactions.errors import CassetteError, NotFound
from interactions.providers.gemini.steps import TRANSPLANTED
from interactions.sandbox import Server
from interactions.settings import Settings
from interactions.store.portable import IMPORTED
from interactions.stream.journal import Frame, Recorder
from interactions.stream.stop import Stop
from interactions.turns.turn import text_of
from interactions.workspace import Workspace
from tests.folding import noted
from tests.peers import STREAM_HEAD, peer, says

OPTIONS = Options("gemini-2.5-flash")
OWNERS_KEY = "AIza-planted-owners"
VISITORS_KEY = "AIza-planted-visitors"
PASSWORD = "planted-password"
COOKIE = "planted-cookie"
ELSEWHEN = re.compile(rb'http://127\.0\.0\.1:\d+|"seconds":[\d.]+')  # the host, and pauses

# One of each way that a turn can go; the last builds on what the others have left.
PROMPTS = (
    "My name is Ada.",
    "Answer in two hops, with a continuation token.",
    "Cut the stream after 8 events.",
    "Refuse with HTTP 429.",
    "Send a garbage frame.",
    "Answer with plain JSON.",
    "Answer with an error event.",
    "Use BOM and CRLF framing.",
    "What is my name?",
)


@pytest.fixture
def workspace(sandbox: Server, tmp_path: Path) -> Iterator[Workspace]:
    made = Workspace(Settings(api_key="k", base_url=sandbox.url, data=str(tmp_path)))
    yield made
    made.close()


@pytest.fixture(scope="module")
def recorded(sandbox: Server, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The export of a conversation in which everything happens once."""
    data = str(tmp_path_factory.mktemp("recorded"))
    workspace = Workspace(Settings(api_key="k", base_url=sandbox.url, data=data))
    talk(workspace, "all")
    return workspace.cassettes.export("ann", "all")


def talk(workspace: Workspace, conversation: str, key: str = "") -> None:
    for prompt in PROMPTS:
        say(workspace, conversation, prompt, key)


def say(workspace: Workspace, conversation: str, text: str, key: str = "") -> StoredTurn:
    workspace.turns.send("ann", conversation, text, OPTIONS, Route(key=key))
    return ended(workspace, conversation)


def ended(workspace: Workspace, conversation: str) -> StoredTurn:
    deadline = time.monotonic() + 30
    while (found := workspace.library.conversation("ann", conversation)).running or not found.turns:
        assert time.monotonic() < deadline, found
        time.sleep(0.005)
    return found.turns[-1]


def frames_of(stored: StoredTurn) -> list[Frame]:
    return list(stored.journal.since(0).frames)


# Out and in


def test_what_was_recorded_comes_in_and_goes_out_as_the_same_file(
    workspace: Workspace, recorded: bytes
) -> None:
    """To the byte, whoever has it and however often: there is nothing in it of where it was kept."""
    conversation = workspace.cassettes.import_("bob", recorded)
    assert workspace.cassettes.export("bob", conversation) == recorded
    assert (
        workspace.cassettes.export(
            "cid", workspace.cassettes.import_("cid", workspace.cassettes.export("bob", conversation))
        )
        == recorded
    )
    assert dump(load(recorded)) == recorded


@pytest.mark.slow
def test_an_imported_conversation_is_the_recorded_one(sandbox: Server, tmp_path: Path) -> None:
    """Its turns fold to the same, in their order, with their times and their title; ids are new. So it is
    after a restart."""
    settings = Settings(api_key="k", base_url=sandbox.url, data=str(tmp_path))
    before = Workspace(settings)
    talk(before, "all")
    before.library.rename("ann", "all", "All of *it*")
    original = before.library.conversation("ann", "all")
    name = before.cassettes.import_("ann", before.cassettes.export("ann", "all"))
    before.close()
    after = Workspace(settings)
    for workspace in (before, after):
        found = workspace.library.conversation("ann", name)
        assert found.title == "All of *it*"
        assert [each.turn for each in found.turns] == [each.turn for each in original.turns]
        assert [each.head for each in found.turns] == [each.turn for each in original.turns]
        assert [each.created for each in found.turns] == [each.created for each in original.turns]
        assert [frames_of(each) for each in found.turns] == [frames_of(each) for each in original.turns]
        assert [each.parent for each in found.turns] == [None, *(each.id for each in found.turns[:-1])]
        assert not {each.id for each in found.turns} & {each.id for each in original.turns}
    assert [hit.id for hit in after.library.search("ann", "answer with an error event") if hit.id == name]
    assert name in {entry.id for entry in after.library.conversations("ann")}
    after.close()


def test_one_turn_goes_out_alone(workspace: Workspace, recorded: bytes) -> None:
    """In the same format, as a first turn that follows no other."""
    conversation = workspace.cassettes.import_("ann", recorded)
    last = workspace.library.conversation("ann", conversation).turns[-1]
    alone = load(workspace.cassettes.export("ann", conversation, last.id))
    (turn,) = alone.turns
    assert (turn.parent, turn.input, list(turn.frames)) == (None, PROMPTS[-1], frames_of(last))
    (imported,) = workspace.library.conversation("ann", workspace.cassettes.import_("ann", dump(alone))).turns
    assert imported.turn == last.turn


def test_what_runs_is_not_exported_yet(workspace: Workspace) -> None:
    """The turns before it are."""
    say(workspace, "running", "Hello")
    workspace.turns.send("ann", "running", "Stay silent.", OPTIONS)
    assert [turn.input for turn in load(workspace.cassettes.export("ann", "running")).turns] == ["Hello"]
    running = workspace.library.conversation("ann", "running").turns[-1]
    with pytest.raises(NotFound, match="no turn yet"):
        workspace.cassettes.export("ann", "running", running.id)
    workspace.turns.stop("ann", "running")
    assert ended(workspace, "running").turn.status == "cancelled"
    assert len(load(workspace.cassettes.export("ann", "running")).turns) == 2


def test_nobody_exports_or_replays_what_is_anothers(workspace: Workspace) -> None:
    """It does not exist for them."""
    turn = say(workspace, "mine", "Hello").id
    for attempt in (
        lambda: workspace.cassettes.export("bob", "mine"),
        lambda: workspace.replays.start("bob", "mine", turn),
        lambda: workspace.replays.start("ann", "mine", "another"),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_an_imported_conversation_goes_on_with_its_history_sent_along(
    workspace: Workspace,
) -> None:
    """Its interactions are another account's, even where this is the server that has them."""
    say(workspace, "named", "My name is Ada.")
    say(workspace, "named", "Answer with an error event.")
    conversation = workspace.cassettes.import_("ann", workspace.cassettes.export("ann", "named"))
    for stored in workspace.library.conversation("ann", conversation).turns:
        assert stored.prompt.account.startswith(IMPORTED)
    stored = say(workspace, conversation, "What is my name?")
    asked = exchanges(frames_of(stored))[0].request
    body = asked.body
    assert isinstance(body, dict)
    assert "previous_interaction_id" not in body
    assert asked.history == len(body["input"]) - 1
    assert "Your name is **Ada**" in text_of(stored.turn)
    again = say(workspace, conversation, "What is my name?")
    assert again.turn.previous_interaction_id == stored.turn.id


def test_signatures_of_another_account_are_not_sent(workspace: Workspace, recorded: bytes) -> None:
    """They would be refused."""
    (first,) = [turn.frames for turn in load(recorded).turns][:1]
    signed = [frame for frame in first if b'"signature"' in frame.raw]
    assert signed, "the sandbox signs its thoughts"
    conversation = workspace.cassettes.import_("ann", recorded)
    sent = json.dumps(exchanges(frames_of(say(workspace, conversation, "Hello")))[0].request.body)
    assert TRANSPLANTED in sent


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b'"provider":"gemini"', b'"provider":"oracle"', "from 'oracle', which this app does not know"),
        (b'\\"body\\":{', b'\\"body\\":null,\\"was\\":{', "is no note: it does not say what was asked"),
        (b'"version":1', b'"version":7', "newer version"),
    ],
    ids=["another provider", "no prompt", "newer"],
)
def test_what_cannot_be_imported_is_said_and_stores_nothing(
    workspace: Workspace, old: bytes, new: bytes, said: str
) -> None:
    """In one sentence."""
    say(workspace, "one", "Hello")
    data = workspace.cassettes.export("ann", "one")
    assert old in data
    with pytest.raises(CassetteError, match=said) as caught:
        workspace.cassettes.import_("bob", data.replace(old, new))
    assert str(caught.value).endswith(".")
    assert "\n" not in str(caught.value)
    assert workspace.library.conversations("bob") == []


def test_a_turn_that_has_no_end_is_not_imported(workspace: Workspace, recorded: bytes) -> None:
    """It would run for ever; and the good ones beside it are not stored either."""
    cassette = load(recorded)
    cut = msgspec.structs.replace(cassette.turns[1], frames=cassette.turns[1].frames[:3])
    with pytest.raises(CassetteError, match=r"^Turn 2 of the file has no end\.$") as caught:
        workspace.cassettes.import_("bob", dump(Cassette("", (cassette.turns[0], cut))))
    assert caught.value.turn == 2
    assert workspace.library.conversations("bob") == []


# Once more, from the journal


def test_a_replay_is_the_same_journal_to_the_byte(recorded: bytes) -> None:
    """What is exported of it is the same file."""
    cassette = load(recorded)
    again = [tuple(replayed(turn.frames, Stop(), pace=0)) for turn in cassette.turns]
    turns = [
        msgspec.structs.replace(turn, frames=frames)
        for turn, frames in zip(cassette.turns, again, strict=True)
    ]
    assert dump(Cassette(cassette.title, tuple(turns))) == recorded


def test_a_replay_keeps_its_pace_and_ends_when_it_is_stopped() -> None:
    """Frames come no earlier than they did, a pace stretches that, and nothing more comes after a stop."""
    frames = [Frame(seq, seq * 50_000_000, seq, "wire", b":\n\n") for seq in range(3)]
    frames.append(Frame(3, 10**18, 3, "wire", b":\n\n"))  # in 31 years
    for pace in (1.0, 2.0):
        stop, began, seen = Stop(), time.monotonic(), []
        for frame in replayed(frames, stop, pace):
            seen.append(frame)
            if frame.seq == 2:
                assert time.monotonic() - began >= 0.1 * pace
                threading.Timer(0.05, stop.set).start()
        assert seen[:3] == frames[:3]
        (note,) = seen[3:]
        assert (note.seq, note.read, note.kind) == (3, 2, "note")
        assert note.raw.startswith(b'{"note":"stop","by":"you"')


def test_a_replay_runs_in_its_conversation_and_changes_nothing(workspace: Workspace, recorded: bytes) -> None:
    """It ends with the turn that is replayed; when it is over all is as it was."""
    conversation = workspace.cassettes.import_("ann", recorded)
    before = workspace.library.conversation("ann", conversation)
    third = before.turns[2]
    workspace.replays.start("ann", conversation, third.id, pace=1e6)
    shown = workspace.library.conversation("ann", conversation)
    assert workspace.replays.playing("ann", conversation)
    assert shown.running
    assert [each.id for each in shown.turns] == [each.id for each in before.turns[:3]]
    assert (shown.title, shown.queue) == (before.title, ())
    workspace.replays.start("ann", conversation, third.id, pace=0)
    again = [workspace.library.conversation("ann", conversation).turns[2].journal]
    ended(workspace, conversation)
    assert shown.turns[-1].journal.since(0, 5).turn.status == "cancelled", "one replay takes another's place"
    assert again[0].turn == third.turn
    assert not workspace.replays.playing("ann", conversation)
    assert workspace.library.conversation("ann", conversation) == before
    assert workspace.cassettes.export("ann", conversation) == recorded


def test_stop_ends_a_replay_and_so_does_a_message(workspace: Workspace) -> None:
    """What is sent is a turn like any other."""
    turn = say(workspace, "watch", "Hello").id
    workspace.replays.start("ann", "watch", turn, pace=1e6)
    workspace.turns.stop("ann", "watch")
    assert not workspace.library.conversation("ann", "watch").running
    workspace.replays.start("ann", "watch", turn, pace=1e6)
    say(workspace, "watch", "Hello again")
    found = workspace.library.conversation("ann", "watch")
    assert [each.turn.status for each in found.turns] == ["completed", "completed"]
    assert found.turns[1].turn.previous_interaction_id == found.turns[0].turn.id


# Once more, from a server


@pytest.mark.slow
def test_a_cassette_answers_as_the_recorded_server_did(recorded: bytes, tmp_path: Path) -> None:
    """Recorded again from there, the file is the same but for times, and the host that was asked."""
    with serving(load(recorded), pace=0) as url:
        workspace = Workspace(Settings(api_key="any", base_url=url, data=str(tmp_path)))
        talk(workspace, "again")
        again = workspace.cassettes.export("ann", "again")
        workspace.close()
    assert timeless(again) == timeless(recorded)


def timeless(data: bytes) -> list[object]:
    """All of a file but when and where it was recorded: dates, arrivals, reads, pauses of ours, the host."""
    cassette = load(data)
    seen: list[object] = [cassette.title]
    for turn in cassette.turns:
        seen += [turn.parent, turn.protocol, turn.previous_interaction_id, turn.input, turn.options]
        seen += [(frame.seq, frame.kind, ELSEWHEN.sub(b"", frame.raw)) for frame in turn.frames]
    return seen


def answer(
    status: int, *pieces: tuple[int, bytes], say: str = "Hi", ending: str = "end", error: str = ""
) -> Recording:
    """A turn of one request and its answer; each piece with its time in ms."""
    record = Recorder()
    url = "https://host.test/v1/x?a=%20"
    made = [noted(record, "request", method="POST", url=url, headers={}, body={"input": say}, attempt=1)]
    if status:
        headers = [("Content-Type", "text/x"), ("Transfer-Encoding", "chunked"), ("X-Key", "(masked)")]
        made.append(
            noted(record, "response", status=status, reason="", http_version="HTTP/1.1", headers=headers)
        )
    for number, (ms, raw) in enumerate(pieces, start=1):
        made.append(msgspec.structs.replace(record.wire(raw), at=ms * 1_000_000, read=number))
    made.append(noted(record, ending, error=error))
    return Recording(None, "gemini", datetime(2026, 1, 1, tzinfo=UTC), None, say, OPTIONS, tuple(made))


@contextmanager
def served(*turns: Recording, pace: float = 0) -> Iterator[Callable[[str], httpx.Response]]:
    """What asks the server of a cassette, as the recorded client did."""
    with serving(Cassette("", turns), pace=pace) as url, httpx.Client(timeout=1, trust_env=False) as client:
        yield lambda said: client.post(f"{url}/v1/x?a=%20", json={"input": said})


def test_requests_are_told_apart_by_their_body_and_otherwise_answered_in_order() -> None:
    """Each answer is given once; what is not there is said in JSON."""
    turns = [
        answer(200, (0, raw), say=say) for say, raw in (("A", b"1"), ("B", b"2"), ("B", b"3"), ("C", b"4"))
    ]
    with served(*turns) as ask:
        assert [ask(said).content for said in "BCXB"] == [b"2", b"4", b"1", b"3"]
        refused = ask("A")
    assert refused.status_code == 404
    assert refused.json()["error"]["message"] == (
        "The cassette has no answer, or no further one, to POST /v1/x?a=%20."
    )


def test_an_answer_has_its_status_and_its_headers_but_those_of_the_connection() -> None:
    """And nothing that was masked."""
    with served(answer(429, (0, b"slow"))) as ask:
        found = ask("Hi")
    assert (found.status_code, found.content, found.headers["content-type"]) == (429, b"slow", "text/x")
    assert "x-key" not in found.headers
    assert found.headers.get_list("transfer-encoding") == ["chunked"]


def test_an_answer_that_came_compressed_has_the_length_of_what_it_was() -> None:
    """The frames are the decoded body."""
    turn = answer(200, (0, b"a longer body"))
    packed = b'["Content-Encoding","gzip"],["Content-Length","3"],["Content-Type"'
    frames = tuple(
        msgspec.structs.replace(each, raw=each.raw.replace(b'["Content-Type"', packed))
        for each in turn.frames
    )
    with served(msgspec.structs.replace(turn, frames=frames)) as ask:
        assert ask("Hi").content == b"a longer body"


def test_an_answer_comes_at_the_pace_it_had() -> None:
    """Or at another, or at once."""
    for pace, least, most in ((1.0, 0.3, 5.0), (0.0, 0.0, 0.25)):
        with served(answer(200, (0, b"a"), (300, b"b")), pace=pace) as ask:
            began = time.monotonic()
            assert ask("Hi").content == b"ab"
            assert least <= time.monotonic() - began < most


@pytest.mark.slow
def test_a_broken_answer_breaks_again() -> None:
    """A cut closes the connection, a silence lasts, and where nothing came nothing comes; an address that
    nobody answered at is no answer."""
    with served(
        answer(200, (0, b"a"), ending="cut", error="ReadError", say="cut"),
        answer(200, (0, b"a"), ending="cut", error="ReadTimeout", say="silence"),
        answer(0, ending="stop", say="nothing"),
        answer(0, ending="unreachable", say="nobody"),
    ) as ask:
        with pytest.raises(httpx.RemoteProtocolError):
            ask("cut")
        for said in ("silence", "nothing"):
            with pytest.raises(httpx.ReadTimeout):
                ask(said)
        assert ask("nobody").status_code == 404


def test_a_cassette_is_served_from_the_command_line(recorded: bytes, tmp_path: Path) -> None:
    """It prints its URL, and ends with a sentence if the file is none."""
    (tmp_path / "all.json").write_bytes(recorded)
    command = [sys.executable, "-m", "interactions.cassettes", "serve"]
    arguments = [str(tmp_path / "all.json"), "--port", "0", "--at-once"]
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        workspace = Workspace(Settings(api_key="any", base_url=url, data=str(tmp_path)))
        assert say(workspace, "served", PROMPTS[0]).turn.status == "completed"
        workspace.close()
        process.terminate()
        assert process.wait(10) == 0
    (tmp_path / "none.json").write_text("[]")
    failed = subprocess.run([*command, str(tmp_path / "none.json")], capture_output=True, text=True)
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1
    assert "none.json: The file is no cassette" in failed.stderr


# Secrets


def test_a_key_is_in_no_file(tmp_path: Path) -> None:
    """Neither the deployment's nor a visitor's own, nor the password in an address, nor a cookie; nor is it
    told whose account it was."""
    body = (
        b'data: {"event_type":"interaction.completed","interaction":{"id":"v1_x","status":"completed"}}\n\n'
    )
    cookie = STREAM_HEAD.replace(b"\r\n\r\n", f"\r\nset-cookie: id={COOKIE}\r\n\r\n".encode())
    with peer(says(cookie + body)) as server:
        url = server.url.replace("http://", f"http://user:{PASSWORD}@")
        workspace = Workspace(Settings(api_key=OWNERS_KEY, base_url=url, data=str(tmp_path)))
        for key in ("", VISITORS_KEY, ""):
            say(workspace, "keys", "Hello", key)
        assert [OWNERS_KEY.encode() in request for request in server.requests] == [True, False, True]
        assert [VISITORS_KEY.encode() in request for request in server.requests] == [False, True, False]
    files = [workspace.cassettes.export("ann", "keys")]
    files += [
        workspace.cassettes.export("ann", "keys", each.id)
        for each in workspace.library.conversation("ann", "keys").turns
    ]
    files.append(workspace.cassettes.export("bob", workspace.cassettes.import_("bob", files[0])))
    account = workspace.endpoints.accounts.name(Route(key=VISITORS_KEY))
    workspace.close()
    basic = b64encode(f"user:{PASSWORD}".encode()).decode()
    for secret in (OWNERS_KEY, VISITORS_KEY, PASSWORD, basic, COOKIE, account, IMPORTED):
        assert not [file for file in files if secret.encode() in file]
    assert files[-1] == files[0]
