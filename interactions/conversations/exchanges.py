"""The HTTP exchanges of a turn, read back from its journal: what was asked, and the body of each answer."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import UNSET

from interactions.stream import notes
from interactions.stream.journal import Frame
from interactions.stream.masks import MASK
from interactions.stream.notes import Note, Request, read_note
from interactions.turns.values import encoded

OTHER_KEY = "$API_KEY"
BEARER = "Bearer "
_HOST = re.compile(r"https?://(?:[^/?#@]*@)?([\w.-]+|\[::1\])(?::\d*)?(?:[/?#]|\Z)")
_HERE = frozenset({"localhost", "127.0.0.1", "[::1]"})
LONGEST = 30_000  # characters of an argument; Linux takes 128 KiB, and each may have 4 bytes
_END = "END_OF_BODY"  # no line of JSON is that
_INPUT = f"--data-binary @- <<'{_END}'"


class KeyNames(NamedTuple):
    """The environment variables that usually hold keys: by the host that a key is meant for, and by the
    header that carries it to a program on this machine."""

    hosts: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}


NO_KEYS = KeyNames()  # none is known


class Exchange(NamedTuple):
    """One request and what came of it. `asked` and `answered` are ns since the turn's first request.

    Without an answer `status` is 0. `ending` is the note behind the answer: how it ended, or that the
    request was repeated; there is none while it runs.
    """

    request: Request
    asked: int = 0
    status: int = 0
    headers: Sequence[Sequence[str]] = ()
    answered: int = 0
    frames: Sequence[Frame] = ()
    ending: Note | None = None

    @property
    def body(self) -> bytes:
        """The exact bytes that the server sent."""
        return b"".join(frame.raw for frame in self.frames)


def exchanges(frames: Iterable[Frame]) -> list[Exchange]:
    """The exchanges of a turn in order. There are several if a request was repeated, or if the server paused
    the answer."""
    found: list[Exchange] = []
    body: list[Frame] = []
    for frame in frames:
        if frame.kind == "wire":
            body.append(frame)
            continue
        note = read_note(frame.raw)
        if isinstance(note, Request):
            body = []
            found.append(Exchange(note, frame.at, frames=body))
        elif found:
            found[-1] = _noted(found[-1], frame.at, note)
    return found


def _noted(exchange: Exchange, at: int, note: Note) -> Exchange:
    if isinstance(note, notes.Response):
        return exchange._replace(status=note.status, headers=note.headers, answered=at)
    return exchange._replace(ending=note) if note.ends and exchange.ending is None else exchange


def key_variable(header: str, url: str, names: KeyNames) -> str:
    """The shell variable that a masked header stands for. A vendor's key is named where that vendor answers,
    or a program on this machine; a request that came in a file may lead anywhere."""
    found = _HOST.match(url)
    host = found[1] if found else ""
    if host in _HERE:
        return _shell(names.headers.get(header.lower(), ""))
    return _shell(next((name for known, name in names.hosts.items() if f".{host}".endswith(f".{known}")), ""))


def _shell(name: str) -> str:
    return f"${name}" if name else OTHER_KEY


def curl(request: Request, names: KeyNames = NO_KEYS) -> str:
    """A command that sends the same request; a key is the name of a variable, as it was never kept. A body
    that is too long for an argument is the command's input."""
    url = request.url
    lines = [f"curl -N -X {shlex.quote(request.method)} {shlex.quote(url)}"]
    for name, value in request.headers.items():
        lines.append(f"-H {_masked(name, url, names) if value == MASK else shlex.quote(f'{name}: {value}')}")
    if request.body not in (None, UNSET):
        body = encoded(request.body).decode()
        lines.append(
            f"--data-raw {shlex.quote(body)}" if len(body) < LONGEST else f"{_INPUT}\n{body}\n{_END}"
        )
    return " \\\n  ".join(lines)


def _masked(name: str, url: str, names: KeyNames) -> str:
    """A header for a shell that fills in the variable, and nothing else that an odd name may hold. The mask
    covers all of a value, its scheme included."""
    scheme = BEARER if name.lower() == "authorization" else ""
    variable = f"{scheme}{key_variable(name, url, names)}"
    if re.fullmatch(r"[\w-]+", name):
        return f'"{name}: {variable}"'
    return f'{shlex.quote(f"{name}: ")}"{variable}"'
