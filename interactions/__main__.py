"""python -m interactions read FILE"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from interactions.command.bodies import frames_of
from interactions.command.report import lines, report
from interactions.endpoints.endpoint import Endpoint
from interactions.endpoints.protocols import NOWHERE, Protocols
from interactions.errors import InteractionsError
from interactions.providers.built_in import COMMON
from interactions.providers.reading import refold
from interactions.providers.tells import protocol_of
from interactions.stream.forms import page_title, unreadable
from interactions.stream.journal import Frame
from interactions.stream.transport import new_client
from interactions.turns.values import encoded

ABOUT = """Reads the body of an answer as the page would: an event stream, JSON lines, one JSON document or a
web page, as curl prints it. Prints the turn that it amounts to."""
ENDS = """exit status: 0 for a success (completed, requires_action), 1 for any other end of the answer, 2 for
what cannot be read"""
SUCCESSES = frozenset({"completed", "requires_action"})
UNREADABLE = 2


class Unread(InteractionsError):
    """What keeps a body from being read, as a sentence."""


def main() -> None:
    protocols = Protocols()
    parser = argparse.ArgumentParser(prog="python -m interactions")
    commands = parser.add_subparsers(required=True, metavar="command")
    read = commands.add_parser(
        "read", help="fold a recorded answer to a turn", description=ABOUT, epilog=ENDS
    )
    read.add_argument("file", metavar="FILE", help="a file with the body, or - for the standard input")
    known = ", ".join(protocols.names)
    read.add_argument(
        "--protocol", metavar="NAME", default="", help=f"{known}; told by the events, if left out"
    )
    read.add_argument("--think", action="store_true", help="text between thought tags is thoughts")
    read.add_argument("--json", action="store_true", help="print the turn as JSON")
    options = parser.parse_args()
    try:
        told = _read(protocols, options.file, options.protocol, think=options.think)
    except InteractionsError as error:
        print(error, file=sys.stderr)
        sys.exit(UNREADABLE)
    _print(told, as_json=options.json)
    sys.exit(0 if told["status"] in SUCCESSES else 1)


def _read(protocols: Protocols, file: str, protocol: str, *, think: bool) -> dict[str, Any]:
    """Raises `Unread`, and `SettingsError` for a protocol whose package does not work."""
    if protocol and protocol not in protocols.names:
        known = ", ".join(protocols.names)
        raise Unread(f"There is no protocol {protocol!r} here. Take one of {known}, or leave it out.")
    frames = _frames(file)
    body = b"".join(frame.raw for frame in frames if frame.kind == "wire")
    if not body.strip():
        raise Unread(f"{file} is empty. Give the body of an answer, as curl prints it.")
    found = protocol or protocol_of(body, protocols.names)
    if not found and page_title(body.decode("utf-8", "replace")) is None and not unreadable(body):
        raise Unread(
            f"Nothing in {file} tells its protocol. Name it with --protocol: {', '.join(protocols.names)}."
        )
    name = found or COMMON
    with new_client(1.0) as client:
        endpoint = Endpoint(name, name, NOWHERE, think=think and name == COMMON)
        turn = refold(protocols.provider(client, endpoint), frames)
    return report(turn, found)


def _frames(file: str) -> list[Frame]:
    """Raises `Unread` for a file that is not there."""
    try:
        if file == "-":
            return frames_of(_standard_input())
        with Path(file).open("rb") as source:
            return frames_of(source)
    except OSError as error:
        raise Unread(f"{file} cannot be read: {error.strerror}. Check the path.") from error


def _standard_input() -> BinaryIO:
    if sys.stdin is None:
        raise Unread("There is no standard input. Name a file, or send something through a pipe.")
    return sys.stdin.buffer


def _print(told: dict[str, Any], *, as_json: bool) -> None:
    """As UTF-8, whatever the terminal says: that is what bodies are in."""
    text = msgspec.json.format(encoded(told), indent=2).decode() if as_json else "\n".join(lines(told))
    try:
        sys.stdout.buffer.write(f"{text}\n".encode())
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever reads has enough; what is left would be written once more when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
