"""A server that answers each prompt with the events that a test has written for it."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from itertools import count
from math import inf
from typing import Any, TypeAlias

Wire = Mapping[str, Any]

HELD_WORDS = 80  # with all that is said around them fewer rows than a log shows
HELD = 600.0  # seconds until a server gives its test up
PAUSE = 0.02  # seconds before each frame of a second half
ID = b"v1_scripted"


def stream(events: Sequence[Wire], status: str = "completed") -> bytes:
    """A whole stream around events: created before them, completed and [DONE] behind."""
    created = {"interaction": {"id": ID.decode(), "status": "in_progress"}}
    completed = {"interaction": {"id": ID.decode(), "status": status, "usage": {"total_tokens": 1}}}
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


def words_of(word: str, count: int = HELD_WORDS) -> list[str]:
    return [f"{word}{number}" for number in range(count)]


def numbered(count: int, word: str = "word") -> tuple[str, bytes]:
    """A text of so many numbered words, and the stream that says it, a word in each delta."""
    spoken = [f"{each} " for each in words_of(word, count)]
    deltas = ({"type": "text", "text": each} for each in spoken)
    return "".join(spoken), stream(step(0, {"type": "model_output"}, *deltas))


Gate: TypeAlias = Callable[[int], bool]  # waits until the frame with this number may go; whether it may


class Held:
    """The second half of an answer, which comes as far as its test lets it; to each that has asked."""

    def __init__(self) -> None:
        self._let: float = 0
        self._changed = threading.Condition()

    def more(self, frames: float = inf) -> None:
        """Lets so many frames go, or all that are left."""
        with self._changed:
            self._let += frames
            self._changed.notify_all()

    def wait(self, frame: int) -> bool:
        """Until the frame with this number may go."""
        with self._changed:
            return self._changed.wait_for(lambda: self._let > frame, HELD)


class Answers:
    """A server that tests tell what to answer to a prompt. Any other prompt is answered with "Fine."."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[bytes, Gate | None]] = {}
        self._held: list[Held] = []
        self._numbers = count(1)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def say(self, bodies: Mapping[str, bytes], gate: Gate | None = None) -> None:
        """Answers from now on. With a `gate` the first half of an answer is sent, and then frame by frame
        what the gate lets through."""
        self._said |= {prompt: (body, gate) for prompt, body in bodies.items()}

    def hold(self, *prompts: str, count: int = HELD_WORDS) -> Held:
        """Answers these with so many words, which are the prompt with numbers behind it, and holds the second
        half of them."""
        return self.hold_back({prompt: numbered(count, prompt)[1] for prompt in prompts})

    def hold_back(self, bodies: Mapping[str, bytes]) -> Held:
        """Answers so, and holds the second half of each answer."""
        held = Held()
        self._held.append(held)
        self.say(bodies, held.wait)
        return held

    def forget(self) -> None:
        """What it was told to say, and lets go what is still held."""
        self._said.clear()
        while self._held:
            self._held.pop().more()

    def close(self) -> None:
        self.forget()
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, asked: Any) -> tuple[bytes, Gate | None]:
        """Steps are answered by the type of the last of them."""
        text = step(0, {"type": "model_output"}, {"type": "text", "text": "Fine."})
        prompt = asked if isinstance(asked, str) else asked[-1]["type"]
        body, gate = self._said.get(prompt) or (stream(text), None)
        return body.replace(ID, ID + b"_%d" % next(self._numbers)), gate

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        answer = self._answer

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                body, gate = answer(json.loads(self.rfile.read(length))["input"])
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                with suppress(ConnectionError):  # the client has left
                    _play(self.wfile, body, gate)

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing: a test's output is the page's."""

        return Handler


def _play(client: BufferedIOBase, body: bytes, gate: Gate | None) -> None:
    frames = body.split(b"\n\n")
    first = len(frames) // 2 if gate else len(frames)
    client.write(b"\n\n".join(frames[:first]))
    for number, each in enumerate(frames[first:]):
        assert gate is not None
        assert gate(number)
        time.sleep(PAUSE)
        client.write(b"\n\n" + each)


@contextmanager
def scripted(bodies: Mapping[str, bytes], gate: threading.Event | None = None) -> Iterator[str]:
    """The URL of a server with an answer for each prompt."""
    with closing(Answers()) as answers:
        answers.say(bodies, (lambda _: gate.wait(HELD)) if gate else None)
        yield answers.url
