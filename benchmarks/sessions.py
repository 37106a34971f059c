"""Many visitors at once: from a word's leaving the provider to its arriving at the visitor's socket.

python -m benchmarks.sessions [--only app|baseline] [--sessions 60] [--rate 30] [--seconds 20]
"""

import argparse
import asyncio
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import uvloop
from websockets.exceptions import ConnectionClosed

from benchmarks.report import machine, percentile, table
from benchmarks.stage import PAGES, Answer, Stage, new_answer, stage
from benchmarks.visitor import Received, Visitor, visit

WORD = re.compile(rb"w(\d{6})")
PATIENCE = 120  # seconds after the last word has left; what has not come by then is missing
ARRIVALS = 10  # seconds from the first question to the last
# In which kind of element a page shows a word, and so in which of its two panes.
PANES = {"html": "log", "json": "log", "markdown": "conversation"}


@dataclass
class Seen:
    """When each word of one answer first arrived, for each pane."""

    answer: Answer
    panes: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    def note(self, received: Received) -> None:
        pane = PANES.get(received.message.delta.new_element.WhichOneof("type") or "")
        if pane is None:
            return
        times = self.panes[pane]
        for number in map(int, WORD.findall(received.raw)):
            times.setdefault(number, received.at)


async def converse(url: str, answer: Answer, delay: float, ready: asyncio.Barrier) -> Seen:
    """One visitor: open the page, wait for the others, ask, and note what comes."""
    seen = Seen(answer)
    try:
        async with visit(url) as visitor:
            await visitor.run()
            await ready.wait()
            await asyncio.sleep(delay)
            await visitor.ask(answer.prompt)
            await listen(visitor, seen)
    except ConnectionClosed as closed:
        print(f"{answer.name}: the server closed the socket: {closed}")
    return seen


async def listen(visitor: Visitor, seen: Seen) -> None:
    try:
        async with asyncio.timeout(seen.answer.events / seen.answer.rate + PATIENCE):
            async for received in visitor.answers():
                seen.note(received)
    except TimeoutError:
        print(f"{seen.answer.name}: not finished in time")


async def crowd(url: str, answers: list[Answer]) -> list[Seen]:
    """All stream at once; they ask one after the other, as no two people press Enter together."""
    ready = asyncio.Barrier(len(answers))
    delays = [ARRIVALS * place / len(answers) for place in range(len(answers))]
    visitors = [converse(url, answer, delay, ready) for answer, delay in zip(answers, delays, strict=True)]
    return await asyncio.gather(*visitors)


def delays(scene: Stage, seen: Iterable[Seen], pane: str) -> list[float]:
    found: list[float] = []
    for one in seen:
        sent = scene.times(one.answer).words
        found += [(at - sent[number]) / 1e6 for number, at in one.panes[pane].items()]
    return found


def measure(page: str, sessions: int, rate: int, seconds: int) -> list[list[object]]:
    answers = [new_answer(rate * seconds, rate) for _ in range(sessions)]
    with stage(page) as scene, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        seen = runner.run(crowd(scene.page.url, answers))
        by_pane = {pane: delays(scene, seen, pane) for pane in ("log", "conversation")}
    expected = sessions * rate * seconds
    return [
        [page, pane, *(percentile(found, percent) for percent in (50, 95, 100)), expected - len(found)]
        for pane, found in by_pane.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=PAGES)
    parser.add_argument("--sessions", type=int, default=60)
    parser.add_argument("--rate", type=int, default=30, help="words per second and session")
    parser.add_argument("--seconds", type=int, default=30)
    chosen = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    rows: list[list[object]] = []
    for page in [chosen.only] if chosen.only else PAGES:
        rows += measure(page, chosen.sessions, chosen.rate, chosen.seconds)
    print(f"{chosen.sessions} sessions at {chosen.rate} words/s, {chosen.seconds} s\n")
    print(table(["page", "pane", "p50 ms", "p95 ms", "max ms", "missing"], rows))


if __name__ == "__main__":
    main()
