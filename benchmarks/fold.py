"""The CPU that one event costs, from bytes to the folded turn, beside two other readers of the same bytes.

python -m benchmarks.fold [--events 1000] [--repeats 7]
"""

import argparse
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from statistics import median

import httpx
import httpx2
from google import genai
from google.genai.types import HttpOptions
from httpx_sse import EventSource

from benchmarks.report import machine, table
from benchmarks.upstream import Run, closing, opening, word
from interactions.conversations.request import Access
from interactions.providers.gemini.provider import Gemini
from interactions.providers.reading import begin, take
from interactions.stream.cutters import Cutter
from interactions.stream.journal import Frame
from interactions.turns.turn import Turn

GEMINI = Gemini(httpx.Client(), Access("https://x.test"), "v1beta")
SSE = {"content-type": "text/event-stream"}
LARGE = 16_384  # bytes; a stored answer is read in such pieces, a live one event by event
Reader = Callable[[Sequence[bytes]], object]


def fold_bytes(chunks: Iterable[bytes]) -> Turn:
    """Ours: cut, read, fold. The whole way that a live turn goes, but for the network and the journal."""
    cutter, reading, seq = Cutter(), begin(GEMINI), 0
    for number, chunk in enumerate(chunks):
        for raw in cutter.feed(chunk):
            reading = take(GEMINI, reading, Frame(seq, 0, number, "wire", raw))
            seq += 1
    return reading.turn


def load_json(chunks: Iterable[bytes]) -> object:
    """The baseline: httpx-sse and json.loads. Nothing is validated, kept or put together."""
    response = httpx.Response(200, headers=SSE, content=iter(chunks))
    event: object = None
    for sse in EventSource(response).iter_sse():
        if sse.data != "[DONE]":
            event = json.loads(sse.data)
    return event


def sdk_events(chunks: Sequence[bytes]) -> object:
    """The vendor's client: validated events, not put together."""
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=SSE, content=iter(chunks)))
    with httpx2.Client(transport=transport) as http:
        client = genai.Client(api_key="bench", http_options=HttpOptions(httpx_client=http))
        stream = client.interactions.create(model="bench", input="bench", stream=True)
        return deque(stream, maxlen=1)


READERS: dict[str, Reader] = {
    "httpx-sse + json.loads": load_json,
    "this project, folded": fold_bytes,
    "google-genai": sdk_events,
}


def frames(events: int) -> list[bytes]:
    run = Run("bench", events, 1)
    return [opening(run), *map(word, range(events)), closing(run)]


def pieces(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


def cost(reader: Reader, chunks: Sequence[bytes]) -> float:
    start = time.process_time()
    reader(chunks)
    return time.process_time() - start


def costs(chunks: Sequence[bytes], repeats: int) -> dict[str, float]:
    """The median for each reader; they take turns, so that a slow minute of the machine hits all."""
    for reader in READERS.values():
        reader(chunks)
    rounds = [{name: cost(reader, chunks) for name, reader in READERS.items()} for _ in range(repeats)]
    return {name: median(found[name] for found in rounds) for name in READERS}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=7)
    chosen = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    live = frames(chosen.events)
    rows = []
    for what, chunks in {"event by event": live, "16 KiB reads": pieces(b"".join(live), LARGE)}.items():
        found = costs(chunks, chosen.repeats)
        least = found["httpx-sse + json.loads"]
        rows += [
            [what, name, f"{s / chosen.events * 1e6:.1f}", f"{s / least:.2f}"] for name, s in found.items()
        ]
    print(table(["bytes arrive", "reader", "µs CPU per event", "ratio"], rows))


if __name__ == "__main__":
    main()
