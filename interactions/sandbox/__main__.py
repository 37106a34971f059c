"""python -m interactions.sandbox --port 8791"""

import argparse
import signal
import threading

from interactions.sandbox.server import serve
from interactions.sandbox.table import TABLE

EXAMPLE = """curl -N {url}/v1beta/interactions -H 'x-goog-api-key: any' -H 'content-type: application/json' \\
  -d '{{"model": "gemini-3.8-flash", "input": "How does streaming work?", "stream": true}}'"""


def main() -> None:
    scenarios = "\n".join(f"  {one.example:<48} {one.does}" for one in TABLE)
    parser = argparse.ArgumentParser(
        prog="python -m interactions.sandbox",
        description="An embedded Interactions API.",
        epilog=f"Prompts that change what it does:\n{scenarios}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=8791)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--pace", type=float, default=1.0, help="multiplies every pause; 0 is as fast as possible"
    )
    options = parser.parse_args()

    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    server = serve(options.port, options.host, options.pace)
    print(f"{server.url}\n\n{EXAMPLE.format(url=server.url)}", flush=True)
    ended.wait()
    server.close()


if __name__ == "__main__":
    main()
