"""What was sent and received, read back from a journal."""

import json
import shlex
import subprocess
from pathlib import Path

from interactions.exchanges import LONGEST, curl, exchanges
from interactions.journal import Frame, Recorder

BODY = {"model": "m", "input": "It's “quoted”\n$HOME `x`", "stream": True}


def request(record: Recorder, attempt: int = 1) -> Frame:
    headers = {"content-type": "application/json", "x-goog-api-key": "(masked)"}
    return record.note(
        "request", method="POST", url="https://host/v1/x?a=1&b=2", headers=headers, body=BODY, attempt=attempt
    )


def test_each_exchange_has_its_request_its_status_and_its_body_to_the_byte() -> None:
    record = Recorder()
    frames = [
        request(record),
        record.note("response", status=429, headers=[]),
        record.wire(b'{"error": {}}'),
        record.note("retry", seconds=1, attempt=2, of=4),
        request(record, 2),
        record.note("response", status=200, headers=[]),
        record.wire(b"\xef\xbb\xbfdata: 1\r\n\r\n"),
        record.wire(b"data: \xff"),
        record.note("cut", error="x", message=""),
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
    assert "x-goog-api-key: $GEMINI_API_KEY" in words
    assert '"x-goog-api-key: $GEMINI_API_KEY"' in curl(found.request), "a shell fills in the variable"


def test_a_body_that_no_argument_takes_is_the_input_of_the_command(tmp_path: Path) -> None:
    """A shell hands it over to the byte."""
    body = {"input": "It's “quoted” $HOME `x` \\" + "A" * 10 * LONGEST}
    command = curl({"method": "POST", "url": "https://host", "headers": {}, "body": body})
    fake = tmp_path / "curl"
    fake.write_text('#!/bin/sh\ncat > "$0.body"\n')
    fake.chmod(0o755)
    script = tmp_path / "request.sh"
    script.write_text(command)
    subprocess.run(["/bin/sh", script], check=True, env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert json.loads((tmp_path / "curl.body").read_text()) == body
