"""What storing costs: CPU beside a stream, and opening a long conversation beside an empty one.

python -m benchmarks.store [--events 10000] [--rate 500] [--turns 1000] [--frames 200000] [--url URL]
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.fold import frames as wire
from benchmarks.harness import Server, free_port, serve
from benchmarks.report import machine, table
from benchmarks.stage import new_answer
from interactions.conversations.conversation import Prompt
from interactions.conversations.request import Access, Options
from interactions.providers.gemini.provider import Gemini
from interactions.providers.reading import refold
from interactions.settings import Settings
from interactions.store.context import context_of
from interactions.store.database import open_engine
from interactions.store.store import Store
from interactions.stream.cutters import Cutter
from interactions.stream.journal import Frame
from interactions.stream.transport import new_client
from interactions.workspace import Workspace

OWNER = "bench"
NEWEST = 5  # turns that the page draws when a conversation is opened
OPTIONS = Options("bench")
PROVIDER = Gemini(new_client(1), Access("http://127.0.0.1:9"), "v1")  # reads, and sends nothing


def start_upstream(folder: Path) -> Server:
    port = free_port()
    command = ["-m", "benchmarks.upstream", "--port", str(port)]
    return serve(command, port=port, health="/health", output=folder / "upstream.log")


def streamed(workspace: Workspace, events: int, rate: int) -> float:
    """Seconds of CPU of this process, from the request to the end and, if it is, saved."""
    answer, began = new_answer(events, rate), time.process_time()
    workspace.turns.send(OWNER, answer.name, answer.prompt, OPTIONS)
    while workspace.library.conversation(OWNER, answer.name).running:
        time.sleep(0.5)
    while workspace.saving():
        time.sleep(0.1)
    return time.process_time() - began


def share(url: str, events: int, rate: int, repeats: int = 3) -> list[str]:
    """A turn over HTTP, read, folded, and shown to nobody: with the writer, and with one that has no work."""
    with tempfile.TemporaryDirectory() as folder:
        upstream = start_upstream(Path(folder))
        settings = Settings(api_key="bench", base_url=upstream.url, database_url=url, data=folder)
        workspace = Workspace(settings)
        store, follow = workspace._store, workspace._store._writer.follow
        with_it, without = [], []
        for _ in range(repeats):
            store._writer.follow = follow  # type: ignore[method-assign] # the baseline is this program without
            with_it.append(streamed(workspace, events, rate))
            store._writer.follow = lambda *_: None  # type: ignore[method-assign] # likewise
            without.append(streamed(workspace, events, rate))
        workspace.close()
        upstream.stop()
    both, bare = median(with_it), median(without)
    figures = [bare / events * 1e6, (both - bare) / events * 1e6]
    return [f"{events:,} at {rate}/s", *(f"{each:.1f}" for each in figures), f"{(both - bare) / bare:.1%}"]


def new_store(url: str, folder: str) -> Store:
    return Store(open_engine(url, Path(folder)), lambda _name, frames: refold(PROVIDER, frames))


def recorded(count: int) -> Sequence[Frame]:
    cutter, body = Cutter(), b"".join(wire(max(1, count - 6)))
    return [Frame(seq, seq, seq, "wire", raw) for seq, raw in enumerate(cutter.feed(body))]


def fill(store: Store, conversation: str, turns: int, frames: int) -> None:
    store.create(OWNER, conversation)
    record = recorded(frames // max(turns, 1))
    turn = refold(PROVIDER, record)
    for number in range(turns):
        prompt = Prompt(f"{conversation}-{number}", f"Question {number}", OPTIONS)
        store.enqueue(OWNER, conversation, prompt)
        stored = store.turns.begin_next(OWNER, conversation)
        assert stored is not None
        stored.journal.append(record, turn)
        store.turns.finish(OWNER, stored)
        if number % 20 == 0:
            store.save()


def opening(url: str, turns: int, frames: int) -> list[list[str]]:
    """In a process that has not seen the conversation: what the page needs before it draws."""
    sizes = {"empty": 0, f"{NEWEST} turns": NEWEST, f"{turns:,} turns": turns}
    with tempfile.TemporaryDirectory() as folder:
        filling = new_store(url, folder)
        for name, count in sizes.items():
            fill(filling, name, count, count * frames // turns)
        filling.close(60)
        found = {name: open_times(url, folder, name) for name in sizes}
    return [[name, f"{heads * 1e3:.2f}", f"{drawn * 1e3:.2f}"] for name, (heads, drawn) in found.items()]


def open_times(url: str, folder: str, conversation: str, repeats: int = 9) -> tuple[float, float]:
    """Seconds until the conversation and its chain are there, and until its newest turns are, too."""
    heads, drawn = [], []
    for _ in range(repeats):
        store = new_store(url, folder)
        store.catalogue.conversations(OWNER)  # the sidebar's list has been read: the connection is open
        began = time.perf_counter()
        found = store.conversation(OWNER, conversation)
        _ = context_of(found, "", True), found.previous_interaction_id, found.running
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
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--turns", type=int, default=1000)
    parser.add_argument("--frames", type=int, default=200_000)
    parser.add_argument("--url", default="", help="a database for the measurement alone; else a SQLite file")
    chosen = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    head = ["events", "µs CPU each, over HTTP and folded", "µs for storing", "share"]
    print(table(head, [share(chosen.url, chosen.events, chosen.rate)]), end="\n\n", flush=True)
    head = ["conversation", "ms until it is there", f"ms with its newest {NEWEST} turns"]
    print(table(head, opening(chosen.url, chosen.turns, chosen.frames)))


if __name__ == "__main__":
    main()
