"""What was sent and received, read back from a journal."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from interactions.conversations.exchanges import LONGEST, curl, exchanges
from interactions.providers.profile import Profiles
from interactions.stream.journal import Frame, Recorder
from interactions.stream.masks import MASK
from tests.folding import noted, requested
from tests.oddities import PROTOCOLS

PROFILES = Profiles(PROTOCOLS.values())
BODY = {"model": "m", "input": "It's “quoted”\n$HOME `x`", "stream": True}


def request(record: Recorder, attempt: int = 1) -> Frame:
    headers = {"content-type": "application/json", "x-goog-api-key": "(masked)"}
    return noted(
        record,
        "request",
        method="POST",
        url="https://host/v1/x?a=1&b=2",
        headers=headers,
        body=BODY,
        attempt=attempt,
    )


def test_each_exchange_has_its_request_its_status_and_its_body_to_the_byte() -> None:
    record = Recorder()
    frames = [
        request(record),
        noted(record, "response", status=429, headers=[]),
        record.wire(b'{"error": {}}'),
        noted(record, "retry", seconds=1, attempt=2, of=4),
        request(record, 2),
        noted(record, "response", status=200, headers=[]),
        record.wire(b"\xef\xbb\xbfdata: 1\r\n\r\n"),
        record.wire(b"data: \xff"),
        noted(record, "cut", error="x", message=""),
    ]
    found = exchanges(frames)
    assert [each.status for each in found] == [429, 200]
    assert [each.body for each in found] == [b'{"error": {}}', b"\xef\xbb\xbfdata: 1\r\n\r\ndata: \xff"]


def test_a_request_that_was_never_answered_has_neither_status_nor_body() -> None:
    (found,) = exchanges([request(Recorder())])
    assert (found.status, found.body) == (0, b"")


def test_the_command_sends_the_same_request_and_names_a_variable_for_the_key() -> None:
    """Read by a shell's own rules."""
    (found,) = exchanges([request(Recorder())])
    words = shlex.split(curl(found.request).replace("\\\n", " "))
    assert words[:5] == ["curl", "-N", "-X", "POST", "https://host/v1/x?a=1&b=2"]
    assert words[words.index("--data-raw") + 1] == json.dumps(BODY, ensure_ascii=False, separators=(",", ":"))
    assert "x-goog-api-key: $API_KEY" in words
    assert '"x-goog-api-key: $API_KEY"' in curl(found.request), "a shell fills in the variable"


@pytest.mark.parametrize(
    ("url", "header", "sent"),
    [
        ("https://api.anthropic.com/v1/messages", "x-api-key", "x-api-key: planted-ANTHROPIC"),
        ("https://api.anthropic.com/v1/messages", "authorization", "authorization: Bearer planted-ANTHROPIC"),
        ("https://api.openai.com/v1/responses", "Authorization", "Authorization: Bearer planted-OPENAI"),
        ("https://eu.api.openai.com/v1", "authorization", "authorization: Bearer planted-OPENAI"),
        ("https://api.openai.com@evil.test/v1", "authorization", "authorization: Bearer planted"),
        ("https://api.openai.com.evil.test/", "authorization", "authorization: Bearer planted"),
        ("http://127.0.0.1:1234/v1/models", "authorization", "authorization: Bearer planted"),
        ("https://api.openai.com:443@evil.test/v1", "authorization", "authorization: Bearer planted"),
        ("https://api.openai.com:x@evil test/v1", "authorization", "authorization: Bearer planted"),
        ("https://gateway.test/", "x-gateway", "x-gateway: planted"),
        ("https://generativelanguage.googleapis.com/v1", "x-goog-api-key", "x-goog-api-key: planted-GEMINI"),
        ("http://localhost:8791/v1", "x-goog-api-key", "x-goog-api-key: planted-GEMINI"),
        ("http://[::1]/v1", "x-api-key", "x-api-key: planted-ANTHROPIC"),
        ("https://evil.test/v1beta/interactions", "x-goog-api-key", "x-goog-api-key: planted"),
        ("https://localhost.evil.test/v1", "x-api-key", "x-api-key: planted"),
        ("https://gateway.test/", "x-$(touch odd)`id`", "x-$(touch odd)`id`: planted"),
    ],
)
def test_a_shell_fills_in_the_key_of_whoever_is_asked(url: str, header: str, sent: str) -> None:
    """And runs nothing that stands in the name of a header."""
    protocols = {"x-api-key": "anthropic", "x-goog-api-key": "gemini"}
    names = PROFILES.key_names(protocols.get(header, "openai_responses"))
    command = curl(requested(method="POST; id", url=url, headers={header: MASK}), names)
    keys = {
        "ANTHROPIC_API_KEY": "planted-ANTHROPIC",
        "OPENAI_API_KEY": "planted-OPENAI",
        "GEMINI_API_KEY": "planted-GEMINI",
        "API_KEY": "planted",
    }
    shell = ["bash", "-c", f"curl() {{ printf '%s\\n' \"$@\"; }}; {command}"]
    said = subprocess.run(shell, env=keys, capture_output=True, text=True, timeout=20, check=True).stdout
    assert said.splitlines() == ["-N", "-X", "POST; id", url, "-H", sent]


def test_a_body_that_no_argument_takes_is_the_input_of_the_command(tmp_path: Path) -> None:
    """A shell hands it over to the byte."""
    body = {"input": "It's “quoted” $HOME `x` \\" + "A" * 10 * LONGEST}
    command = curl(requested(url="https://host", body=body))
    fake = tmp_path / "curl"
    fake.write_text('#!/bin/sh\ncat > "$0.body"\n')
    fake.chmod(0o755)
    script = tmp_path / "request.sh"
    script.write_text(command)
    subprocess.run(["/bin/sh", script], check=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert json.loads((tmp_path / "curl.body").read_text()) == body
