"""The HTTP exchanges of a turn, read back from its journal: what was asked, and the body of each answer."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from interactions.journal import Frame
from interactions.wire import load_json

MASK = "(masked)"
KEY_VARIABLES = {"x-goog-api-key": "$GEMINI_API_KEY"}
OTHER_KEY = "$API_KEY"


class Exchange(NamedTuple):
    """One request; `status` is 0 and `body` empty if no answer came. The body is what the server sent."""

    request: Mapping[str, Any]
    status: int = 0
    body: bytes = b""


def exchanges(frames: Iterable[Frame]) -> list[Exchange]:
    """In order. A turn has several if a request was repeated, or if the server paused the answer."""
    notes: list[tuple[Mapping[str, Any], int, list[bytes]]] = []
    for frame in frames:
        if frame.kind == "wire":
            notes[-1][2].append(frame.raw)
            continue
        note = load_json(frame.raw.decode())
        assert isinstance(note, dict), "notes are ours"
        if note["note"] == "request":
            notes.append((note, 0, []))
        elif note["note"] == "response":
            notes[-1] = (notes[-1][0], note["status"], notes[-1][2])
    return [Exchange(request, status, b"".join(parts)) for request, status, parts in notes]


def curl(request: Mapping[str, Any]) -> str:
    """A command that sends the same request; a key is the name of a variable, as it was never kept."""
    lines = [f"curl -N -X {request['method']} {shlex.quote(str(request['url']))}"]
    for name, value in request["headers"].items():
        if value == MASK:
            lines.append(f'-H "{name}: {KEY_VARIABLES.get(name.lower(), OTHER_KEY)}"')
        else:
            lines.append(f"-H {shlex.quote(f'{name}: {value}')}")
    if request.get("body") is not None:
        lines.append(f"--data-raw {shlex.quote(msgspec.json.encode(request['body']).decode())}")
    return " \\\n  ".join(lines)
