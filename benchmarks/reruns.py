"""What a run of the page costs: the first one, one of an empty conversation, one of a long conversation.

python -m benchmarks.reruns [--only app|baseline] [--turns 300]
"""

import argparse
import asyncio
import time

from benchmarks.report import machine, percentile, table
from benchmarks.stage import PAGES, Answer, Stage, new_answer, stage
from benchmarks.visitor import Visitor, visit

REPEATS = 20


async def first_run(url: str) -> float:
    """From the start of the connection to the end of the first run, in ms."""
    start = time.perf_counter()
    async with visit(url) as visitor:
        await visitor.run()
        return (time.perf_counter() - start) * 1000


async def reruns(visitor: Visitor) -> list[float]:
    return [await visitor.run() for _ in range(REPEATS)]


async def send(visitor: Visitor, answer: Answer) -> int:
    """One turn, to its end; returns when its prompt was sent, in ns."""
    sent = time.time_ns()
    await visitor.run(answer.prompt)
    return sent


Figures = dict[str, list[float]]


async def visits(scene: Stage, turns: int) -> Figures:
    url = scene.page.url
    figures: Figures = {"very first run of the process": [await first_run(url)]}
    figures["first run of a visitor"] = [await first_run(url) for _ in range(REPEATS)]
    async with visit(url) as visitor:
        await visitor.run()
        figures["rerun, empty conversation"] = await reruns(visitor)
        answers = [new_answer(5, 1000) for _ in range(turns)]
        sent = [await send(visitor, answer) for answer in answers]
        figures[f"rerun, {turns} turns"] = await reruns(visitor)
    leaves = [(scene.times(answer).arrived - at) / 1e6 for answer, at in zip(answers, sent, strict=True)]
    figures["send until the request arrives, first 20 turns"] = leaves[:REPEATS]
    figures["send until the request arrives, last 20 turns"] = leaves[-REPEATS:]
    return figures


def measure(page: str, turns: int) -> Figures:
    with stage(page) as scene:
        return asyncio.run(visits(scene, turns))


def rows(page: str, figures: Figures) -> list[list[object]]:
    return [[page, what, percentile(values, 50), percentile(values, 95)] for what, values in figures.items()]


def growth(figures: Figures, turns: int) -> float:
    empty, full = figures["rerun, empty conversation"], figures[f"rerun, {turns} turns"]
    return percentile(full, 50) / percentile(empty, 50)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=PAGES)
    parser.add_argument("--turns", type=int, default=300)
    chosen = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    found = {page: measure(page, chosen.turns) for page in ([chosen.only] if chosen.only else PAGES)}
    lines = [row for page, figures in found.items() for row in rows(page, figures)]
    print(table(["page", "what", "p50 ms", "p95 ms"], lines))
    for page, figures in found.items():
        print(f"\n{page}: rerun of {chosen.turns} turns : empty = {growth(figures, chosen.turns):.2f}")


if __name__ == "__main__":
    main()
