"""From a word's leaving the provider to its standing in the page, in a real Chromium, for each pane.

python -m benchmarks.latency [--only app|baseline] [--sizes 2000@100,5000@500] [--baseline-sizes 2000@100]
"""

import argparse
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.harness import chromium
from benchmarks.report import machine, percentile, table
from benchmarks.stage import PAGES, new_answer, stage

PANES = ("log", "conversation")
SIZES = "2000@100,5000@500,20000@500"
QUIET = 20  # looks, a second apart, without a new word: what is not in the page by then never comes
OBSERVER = Path(__file__).with_name("seen.js")


@dataclass(frozen=True)
class Size:
    events: int
    rate: int

    def __str__(self) -> str:
        return f"{self.events:,} at {self.rate}/s"


@dataclass(frozen=True)
class Result:
    page: str
    size: Size
    pane: str
    delays: list[float]  # ms, of the words that appeared

    @property
    def missing(self) -> int:
        return self.size.events - len(self.delays)

    @property
    def p95(self) -> float:
        return percentile(self.delays, 95)

    def row(self) -> list[object]:
        p50, worst = percentile(self.delays, 50), percentile(self.delays, 100)
        return [self.page, str(self.size), self.pane, p50, self.p95, worst, self.missing]


def sizes(text: str) -> list[Size]:
    return [Size(*map(int, item.split("@"))) for item in text.split(",") if item]


@contextmanager
def visit(browser: Browser, url: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(path=OBSERVER)
    page = context.new_page()
    page.goto(url)
    try:
        yield page
    finally:
        context.close()


def ask(page: Page, prompt: str) -> None:
    composer = page.get_by_test_id("stChatInputTextArea")
    composer.wait_for()
    page.wait_for_timeout(1000)  # the first run's own work is not what is measured
    composer.fill(prompt)
    composer.press("Enter")


def await_words(page: Page, words: int) -> None:
    """Wait until every word has come, or none comes any more. A page too busy to answer is not silent."""
    count = silent = 0
    while count < words and silent < QUIET:
        page.wait_for_timeout(1000)
        before, count = count, page.evaluate("bench.count")
        silent = silent + 1 if count == before else 0


def clock_skew(page: Page) -> float:
    """The browser's clock minus ours, in ms, as the quickest of several round trips shows it."""
    trips: list[tuple[float, float]] = []
    for _ in range(20):
        before = time.time_ns() / 1e6
        there: float = page.evaluate("bench.now()")
        after = time.time_ns() / 1e6
        trips.append((after - before, there - (before + after) / 2))
    return min(trips)[1]


def measure(browser: Browser, name: str, size: Size) -> list[Result]:
    """One fresh server, one fresh visitor, one answer."""
    answer = new_answer(size.events, size.rate)
    with stage(name) as scene, visit(browser, scene.page.url) as page:
        ask(page, answer.prompt)
        await_words(page, len(PANES) * size.events)
        sent = scene.times(answer).words
        skew = clock_skew(page)
        seen: dict[str, list[float | None]] = page.evaluate("bench.seen")
    return [Result(name, size, pane, delays(seen[pane], sent, skew)) for pane in PANES]


def delays(seen: list[float | None], sent: list[int], skew: float) -> list[float]:
    return [at - skew - left / 1e6 for at, left in zip(seen, sent, strict=False) if at is not None]


def ratios(results: Iterable[Result]) -> list[list[object]]:
    """The app's p95 against the baseline's, where both were measured."""
    p95 = {(result.page, result.size, result.pane): result.p95 for result in results}
    return [
        [str(size), pane, f"1 : {p95['baseline', size, pane] / value:.0f}"]
        for (page, size, pane), value in p95.items()
        if page == "app" and ("baseline", size, pane) in p95
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=PAGES)
    parser.add_argument("--sizes", type=sizes, default=SIZES, help=f"for the app (default {SIZES})")
    parser.add_argument("--baseline-sizes", type=sizes, default="2000@100", help="(default 2000@100)")
    chosen = parser.parse_args()
    print(machine(), end="\n\n", flush=True)
    wanted = {"app": chosen.sizes, "baseline": chosen.baseline_sizes}
    results: list[Result] = []
    with chromium() as browser:
        for name in [chosen.only] if chosen.only else PAGES:
            for size in wanted[name]:
                results += measure(browser, name, size)
    print(
        table(["page", "events", "pane", "p50 ms", "p95 ms", "max ms", "missing"], map(Result.row, results))
    )
    if found := ratios(results):
        print("\n" + table(["events", "pane", "p95, app : baseline"], found))


if __name__ == "__main__":
    main()
