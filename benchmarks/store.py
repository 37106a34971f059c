"""What storing costs: CPU beside a stream, and opening a long conversation beside an empty one.

python -m benchmarks.store [--events 20000] [--rate 500] [--turns 1000] [--frames 200000] [--url URL]
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.fold import frames as wire_frames
from benchmarks.report import machine, table
from interactions.journal import Frame
from interactions.providers.gemini import read
from interactions.providers.reading import State
from interactions.request import Options
from interactions.store.conversation import Prompt, StoredTurn
from interactions.store.database import open_engine
from interactions.store.sql import Store
from interactions.turn import Turn, apply

OWNER = "bench"
NEWEST = 5  # turns that the page draws when a conversation is opened


def refold(frames: Sequence[Frame]) -> Turn:
    state, turn = State(), Turn()
    for frame in frames:
        state, events = read(state, frame)
        for event in events:
            turn = apply(turn, event)
    return turn


def begin(store: Store, conversation: str, number: int) -> StoredTurn:
    store.enqueue(OWNER, conversation, Prompt(f"{conversation}-{number}", f"Question {number}", Options("m")))
    stored = store.next_turn(OWNER, conversation)
    assert stored is not None
    return stored


def stream(stored: StoredTurn, raws: Sequence[bytes], rate: float) -> None:
    """Read, folded and appended as a live turn is, at so many events a second; 0 is as fast as it goes."""
    state, turn, began = State(), Turn(), time.monotonic()
    for seq, raw in enumerate(raws):
        if rate and (ahead := seq / rate - (time.monotonic() - began)) > 0:
            time.sleep(ahead)
        frame = Frame(seq, time.perf_counter_ns(), seq, "wire", raw)
        state, events = read(state, frame)
        for event in events:
            turn = apply(turn, event)
        stored.journal.append((frame,), turn)


def fill(store: Store, conversation: str, turns: int, frames: int) -> None:
    store.create(OWNER, conversation)
    raws = wire_frames(frames // turns - 2)
    for number in range(turns):
        stored = begin(store, conversation, number)
        stream(stored, raws, 0)
        store.finish(OWNER, stored)
        store.save()


def cpu(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def share(url: str, events: int, rate: float) -> list[str]:
    """CPU of the whole process while a turn streams, with the writer and without."""
    raws = wire_frames(events)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(open_engine(url, Path(folder)), refold)
        store.create(OWNER, "share")
        store.save()

        def stored() -> None:
            turn = begin(store, "share", 0)
            stream(turn, raws, rate)
            store.finish(OWNER, turn)
            store.save()

        alone = begin(store, "share", -1)
        store._writer._live.clear()  # nobody saves this one
        bare = cpu(partial(stream, alone, raws, rate))
        store.finish(OWNER, alone)
        both = cpu(stored)
        store.close()
    count = len(raws)
    return [
        f"{count:,} at {rate:g}/s",
        f"{bare / count * 1e6:.1f}",
        f"{(both - bare) / count * 1e6:.1f}",
        f"{(both - bare) / bare:.0%}",
    ]


def opening(url: str, turns: int, frames: int) -> list[list[str]]:
    """In a process that has not seen the conversation; as the page does it, with its newest turns."""
    with tempfile.TemporaryDirectory() as folder:
        filling = Store(open_engine(url, Path(folder)), refold)
        fill(filling, "long", turns, frames)
        fill(filling, "short", NEWEST, NEWEST * frames // turns)
        filling.create(OWNER, "empty")
        filling.close(60)
        found = {name: open_times(url, folder, name) for name in ("empty", "short", "long")}
    return [[name, f"{heads * 1e3:.2f}", f"{drawn * 1e3:.2f}"] for name, (heads, drawn) in found.items()]


def open_times(url: str, folder: str, conversation: str, repeats: int = 15) -> tuple[float, float]:
    """Seconds until the conversation is there, and until its newest turns are."""
    heads, drawn = [], []
    for _ in range(repeats):
        store = Store(open_engine(url, Path(folder)), refold)
        began = time.perf_counter()
        found = store.conversation(OWNER, conversation)
        _ = found.ground("", True), found.running
        heads.append(time.perf_counter() - began)
        for stored in found.turns[-NEWEST:]:
            _ = stored.turn
        drawn.append(time.perf_counter() - began)
        store.close()
    return median(heads), median(drawn)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--rate", type=float, default=500)
    parser.add_argument("--turns", type=int, default=1000)
    parser.add_argument("--frames", type=int, default=200_000)
    parser.add_argument("--url", default="", help="a database for the measurement alone; else a SQLite file")
    chosen = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    rows = [share(chosen.url, chosen.events, chosen.rate)]
    print(table(["events", "µs CPU each, read and folded", "storing", "share"], rows), end="\n\n", flush=True)
    head = ["conversation", "ms until it is there", "ms with its newest 5 turns"]
    print(table(head, opening(chosen.url, chosen.turns, chosen.frames)))


if __name__ == "__main__":
    main()
