"""python -m interactions.cassettes serve FILE"""

import argparse
import signal
import sys
import threading
from pathlib import Path

from interactions.cassettes.document import load
from interactions.cassettes.server import serving
from interactions.errors import CassetteError

USE = """{url}

INTERACTIONS_BASE_URL={url} GEMINI_API_KEY=any scripts/run"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m interactions.cassettes")
    commands = parser.add_subparsers(required=True)
    serve = commands.add_parser("serve", help="answer requests as the recorded server did")
    serve.add_argument("file", type=Path, help="a conversation or a turn that was exported as JSON")
    serve.add_argument("--port", type=int, default=8792)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--at-once", action="store_true", help="without the pauses that were recorded")
    options = parser.parse_args()
    try:
        _serve(options.file, options.port, options.host, 0.0 if options.at_once else 1.0)
    except (CassetteError, OSError) as error:
        sys.exit(f"{options.file}: {error}")


def _serve(file: Path, port: int, host: str, pace: float) -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    with serving(load(file.read_bytes()), port, host, pace) as url:
        print(USE.format(url=url), flush=True)
        ended.wait()


if __name__ == "__main__":
    main()
