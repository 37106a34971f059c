"""`python -m interactions read`: a body in, a turn out, and an exit status."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from interactions.__main__ import main
from interactions.command.told import Teller
from tests.folding import HERE, RECORDINGS, Pieces
from tests.vendors import RECORDINGS as OTHERS

CHAT = OTHERS["chat_vllm"]
KEYS = [
    *("protocol", "status", "id", "model", "text", "thoughts", "calls", "steps", "usage", "error", "notes"),
]


class Run:
    """One call of the command."""

    def __init__(self, arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "argv", ["interactions", "read", *arguments])
            with pytest.raises(SystemExit) as ended:
                main()
        self.status = ended.value.code
        self.out, self.err = capsys.readouterr()

    @property
    def json(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.out)
        return value


@pytest.fixture
def body(tmp_path: Path) -> Path:
    return tmp_path / "body"


def piped(patch: pytest.MonkeyPatch, source: io.BytesIO) -> None:
    patch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(source)))


# By the first word of a recording's name.
PROTOCOL_OF = {
    "anthropic": "anthropic",
    "openai": "openai_responses",
    "chat": "openai_chat",
    "generate": "gemini_generate_content",
    "lmstudio": "lmstudio",
}
RECORDED = {
    **{name: (body, "gemini") for name, body in RECORDINGS.items()},
    **{name: (body, PROTOCOL_OF[name.partition("_")[0]]) for name, body in OTHERS.items()},
}


@pytest.mark.parametrize("name", RECORDED)
def test_a_body_tells_its_protocol(name: str) -> None:
    """Each recording, by nothing but its bytes."""
    body, protocol = RECORDED[name]
    told = Teller().told(io.BytesIO(body), name)
    assert told["protocol"].startswith(protocol)  # a bare error of Google's may be of either of its two
    assert told == Teller(told["protocol"]).told(Pieces(body, 5), name)


@pytest.mark.parametrize(
    ("text", "protocol"),
    [
        ('{"type":"error","error":{"type":"overloaded_error","message":"m"}}', "anthropic"),
        ('{"type":"error","code":"server_error","message":"m","sequence_number":1}', "openai_responses"),
        ('{"error":{"code":"invalid_request","message":"m"}}', "gemini"),
        ('[{"error":{"code":"quota_exceeded","message":"m"}}]', "gemini"),
        ('{"error":{"message":"m","type":"invalid_request_error","param":null,"code":null}}', "openai_chat"),
        ('{"error":"model not found"}', "openai_chat"),
        ('{"object":"error","message":"m","code":40001}', "openai_chat"),
        ('{"id":"resp_a","object":"response","status":"failed","error":{"message":"m"}}', "openai_responses"),
    ],
)
def test_a_refusal_tells_its_protocol(text: str, protocol: str) -> None:
    told = Teller().told(io.BytesIO(text.encode()), "body")
    assert (told["protocol"], told["status"]) == (protocol, "failed")
    assert told["error"]["message"] in {"m", "model not found"}


def test_the_code_of_an_error_is_its_word() -> None:
    text = b'data: {"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}\n\n'
    told = Teller("gemini").told(io.BytesIO(text), "body")
    assert told["error"] == {"code": "UNAVAILABLE", "message": "m"}


@pytest.mark.parametrize("name", ["anthropic_text", "chat_vllm", "openai_text"])
def test_a_body_that_breaks_off_tells_its_protocol_by_the_words_that_came(name: str) -> None:
    """As soon as one of them has."""
    body, protocol = RECORDED[name]
    told = Teller().told(io.BytesIO(body[: body.index(b"\n\n") - 1]), name)
    assert (told["protocol"], told["status"]) == (protocol, "interrupted")


def test_a_chunk_without_a_type_tells_its_protocol_by_its_fields() -> None:
    """When it breaks off, and when a server wraps all that it says."""
    chunk = b'{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}]}'
    half = Teller().told(io.BytesIO(b"data: " + chunk[:40]), "body")
    assert (half["protocol"], half["status"]) == ("gemini_generate_content", "interrupted")
    wrapped = Teller().told(io.BytesIO(b'data: {"response":' + chunk + b',"traceId":"t"}\n\n'), "body")
    assert (wrapped["protocol"], wrapped["text"]) == ("gemini_generate_content", "Hi")


def test_a_turn_is_json_with_these_keys(body: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body.write_bytes(OTHERS["anthropic_tool_use"])
    run = Run([str(body), "--json"], capsys)
    assert run.status == 0
    assert list(run.json) == KEYS
    assert run.json["status"] == "requires_action"
    assert all(list(call) == ["name", "id", "arguments", "waits"] for call in run.json["calls"])
    assert all(step["type"] for step in run.json["steps"])
    assert list(run.json["usage"]) == ["input", "output", "thought", "cached", "total"]
    assert (run.json["error"], run.json["notes"], run.err) == (None, [], "")


def test_a_turn_is_text_that_a_person_reads(body: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body.write_bytes(CHAT.rstrip())
    run = Run([str(body)], capsys)
    assert run.status == 0
    for words in (
        "completed · openai_chat · qwen3-8b · chatcmpl-7f3a",
        "  The user says hello.",
        "Hello there ✨",
        "Tokens: input 44 · output 31 · total 75",
        "Note: An event had no blank line behind it;",
    ):
        assert words in run.out


def test_all_that_a_turn_may_have_is_said(body: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, words in {
        "function_call": "which waits for its result",
        "search_after_text": "Result of google_search: ",
        "image_output": "[image/",
        "failed_with_errors": "Error: ",
        "unknown_kinds": ": {",
        "annotation_shapes": "Source: http",
    }.items():
        body.write_bytes(RECORDINGS[name])
        assert words in Run([str(body)], capsys).out, name


def test_what_a_server_has_written_moves_no_cursor(body: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body.write_bytes(CHAT.replace(b"Hello", b"\\u001b[2JHi\\u202e"))
    out = Run([str(body)], capsys).out
    assert "\\x1b[2JHi\\x202e there" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    ("raw", "status"),
    [(CHAT, 0), (CHAT[: len(CHAT) // 2], 1), (RECORDINGS["failed_with_errors"], 1), (b"<html>", 1)],
)
def test_the_exit_status_says_whether_it_is_a_success(
    raw: bytes, status: int, body: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body.write_bytes(raw)
    assert Run([str(body)], capsys).status == status


@pytest.mark.parametrize(
    ("raw", "arguments", "words"),
    [
        (b"", [], "is empty"),
        (b" \r\n\n", [], "is empty"),
        (None, [], "cannot be read: No such file or directory. Check the path."),
        (b'{"a":1}', [], "Name it with --protocol: gemini, "),
        (b"\xff\xfa\x00\x01", [], "tells its protocol"),
        (b": ping\n\n", [], "tells its protocol"),
        (CHAT, ["--protocol", "morse"], "There is no protocol 'morse' here. Take one of gemini,"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(
    raw: bytes | None, arguments: list[str], words: str, body: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if raw is not None:
        body.write_bytes(raw)
    run = Run([str(body), *arguments], capsys)
    assert (run.status, run.out) == (2, "")
    assert words in run.err


def test_a_folder_is_no_body(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = Run([str(tmp_path)], capsys)
    assert (run.status, "cannot be read" in run.err) == (2, True)


def test_bytes_that_are_no_text_are_read(body: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body.write_bytes(CHAT.replace(b"Hello", b"H\xffllo"))
    assert Run([str(body), "--json"], capsys).json["text"] == "H\ufffdllo there ✨"


def test_thoughts_between_tags_are_thoughts_if_told(body: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body.write_bytes(CHAT.replace(b"Hello", b"<think>Hm</think>Hello"))
    assert "<think>" in Run([str(body), "--json"], capsys).json["text"]
    told = Run([str(body), "--json", "--think"], capsys).json
    assert (told["protocol"], told["text"]) == ("openai_chat", "Hello there ✨")
    assert told["thoughts"][-1].endswith("Hm")


@pytest.mark.parametrize("size", [1, 11, 10**6])
def test_a_pipe_is_read_as_it_comes(
    size: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    piped(monkeypatch, Pieces(CHAT, size))
    run = Run(["-", "--json"], capsys)
    assert (run.status, run.json["text"]) == (0, "Hello there ✨")


class Broken(io.BytesIO):
    """Breaks off after its bytes."""

    def __init__(self, body: bytes, error: BaseException) -> None:
        super().__init__(body)
        self._error = error

    def read1(self, size: int | None = -1, /) -> bytes:
        if data := super().read1(size):
            return data
        raise self._error


@pytest.mark.parametrize("error", [BrokenPipeError("gone"), KeyboardInterrupt()])
def test_a_pipe_that_breaks_leaves_what_has_come(error: BaseException) -> None:
    begun = CHAT[: CHAT.index(b'"finish_reason":"')]
    told = Teller().told(Broken(begun, error), "pipe")
    assert (told["status"], told["text"]) == ("interrupted", "Hello there ✨")
    assert told["error"]["code"] == "ReadError"


def test_a_pipe_that_brings_nothing_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    piped(monkeypatch, io.BytesIO())
    assert Run(["-"], capsys).err.startswith("The standard input is empty.")
    monkeypatch.setattr(sys, "stdin", None)
    assert Run(["-"], capsys).err.startswith("There is no standard input.")


def test_the_module_is_the_command(tmp_path: Path) -> None:
    """Whoever reads its output may leave, and the terminal may know no UTF-8."""
    (tmp_path / "body").write_bytes(CHAT)
    command = [sys.executable, "-m", "interactions", "read", str(tmp_path / "body")]
    environ = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run(command, cwd=HERE.parent, env=environ, capture_output=True, check=True)
    assert "Hello there ✨" in done.stdout.decode()
    reading, writing = os.pipe()
    os.close(reading)
    left = subprocess.run(command, cwd=HERE.parent, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (left.returncode, left.stderr) == (0, b"")


def test_what_nobody_reads_is_told_with_its_step(body: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A field of its own, or another answer to choose from."""
    choices = [
        {"index": 0, "delta": {"content": "Hi", "mood": "calm"}, "finish_reason": "stop"},
        {"index": 1, "delta": {"content": "Hello"}},
    ]
    body.write_bytes(f"data: {json.dumps({'id': 'c', 'choices': choices})}\n\ndata: [DONE]\n\n".encode())
    told = Run([str(body), "--json"], capsys).json
    assert (told["text"], [step.get("unread") for step in told["steps"]]) == (
        "Hi",
        [{"mood": "calm"}, {"content": "Hello"}],
    )
    assert 'Unread: {"content":"Hello"}' in Run([str(body)], capsys).out
