"""A server that answers each prompt with the events that a test has written for it."""

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Wire = Mapping[str, Any]

HELD = 600.0  # seconds until a server gives its test up
PAUSE = 0.02  # seconds before each frame of a second half


def stream(events: Sequence[Wire]) -> bytes:
    """A whole stream around events: created before them, completed and [DONE] behind."""
    created = {"interaction": {"id": "v1_scripted", "status": "in_progress"}}
    completed = {"interaction": {"id": "v1_scripted", "status": "completed", "usage": {"total_tokens": 1}}}
    whole = [
        created | {"event_type": "interaction.created"},
        *events,
        completed | {"event_type": "interaction.completed"},
    ]
    return b"".join(frame(event) for event in whole) + b"event: done\ndata: [DONE]\n\n"


def frame(event: Wire) -> bytes:
    data = json.dumps(event, ensure_ascii=False)
    return f"event: {event['event_type']}\ndata: {data}\n\n".encode("utf-8", "surrogatepass")


def step(index: int, start: Wire, *deltas: Wire) -> list[Wire]:
    return [
        {"event_type": "step.start", "index": index, "step": start},
        *({"event_type": "step.delta", "index": index, "delta": delta} for delta in deltas),
        {"event_type": "step.stop", "index": index},
    ]


def numbered(count: int, word: str = "word") -> tuple[str, bytes]:
    """A text of so many numbered words, and the stream that says it, a word in each delta."""
    spoken = [f"{word}{number} " for number in range(count)]
    deltas = ({"type": "text", "text": each} for each in spoken)
    return "".join(spoken), stream(step(0, {"type": "model_output"}, *deltas))


@contextmanager
def scripted(bodies: Mapping[str, bytes], gate: threading.Event | None = None) -> Iterator[str]:
    """The URL of a server with an answer for each prompt; any other prompt is answered with "Fine.".

    With a `gate` it sends the first half of an answer, waits until the gate is open, and then sends the rest
    frame by frame.
    """

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            prompt = json.loads(self.rfile.read(length))["input"]
            text = step(0, {"type": "model_output"}, {"type": "text", "text": "Fine."})
            body = bodies.get(prompt) or stream(text)
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            frames = body.split(b"\n\n")
            first = len(frames) // 2 if gate else len(frames)
            self.wfile.write(b"\n\n".join(frames[:first]))
            for each in frames[first:]:
                assert gate is not None
                assert gate.wait(HELD)
                time.sleep(PAUSE)
                self.wfile.write(b"\n\n" + each)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing: a test's output is the page's."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
