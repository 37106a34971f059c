"""python -m interactions read FILE"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from interactions.command.report import lines
from interactions.command.told import Teller, Unread
from interactions.errors import InteractionsError
from interactions.turns.values import encoded

ABOUT = """Reads the body of an answer as the page would: an event stream, JSON lines, one JSON document or a
web page, as curl prints it. Prints the turn that it amounts to."""
ENDS = """exit status: 0 for a success (completed, requires_action), 1 for any other end of the answer, 2 for
what cannot be read"""
SUCCESSES = frozenset({"completed", "requires_action"})
UNREADABLE = 2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m interactions")
    commands = parser.add_subparsers(required=True, metavar="command")
    read = commands.add_parser("read", help="fold the body of an answer", description=ABOUT, epilog=ENDS)
    read.add_argument("file", metavar="FILE", help="a file with the body, or - for the standard input")
    read.add_argument(
        "--protocol", metavar="NAME", default="", help="instead of the one that its events tell"
    )
    read.add_argument("--think", action="store_true", help="text between thought tags is thoughts")
    read.add_argument("--json", action="store_true", help="print the turn as JSON")
    options = parser.parse_args()
    try:
        told = _told(Teller(options.protocol, think=options.think), options.file)
    except InteractionsError as error:
        print(error, file=sys.stderr)
        sys.exit(UNREADABLE)
    _print(told, as_json=options.json)
    sys.exit(0 if told["status"] in SUCCESSES else 1)


def _told(teller: Teller, file: str) -> dict[str, Any]:
    """Raises `Unread` for a file that is not there."""
    if file == "-":
        return teller.told(_standard_input(), "The standard input")
    try:
        with Path(file).open("rb") as source:
            return teller.told(source, file)
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
