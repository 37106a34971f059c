"""Sets the stage for one measurement: an upstream, and a fresh server of the page that is measured."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.harness import Server, free_port, serve, start_page

PAGES = {"app": "streamlit_app.py", "baseline": "benchmarks/baseline_page.py"}


@dataclass(frozen=True)
class Answer:
    """One answer to be asked for; each has a name of its own, by which the upstream keeps its times."""

    name: str
    events: int
    rate: int

    @property
    def prompt(self) -> str:
        return f"bench run={self.name} events={self.events} rate={self.rate}"


@dataclass(frozen=True)
class Times:
    """When the request arrived and when each word left, in ns."""

    arrived: int
    words: list[int]


@dataclass(frozen=True)
class Stage:
    upstream: Server
    page: Server

    def times(self, answer: Answer) -> Times:
        response = httpx.get(f"{self.upstream.url}/times/{answer.name}", trust_env=False)
        if response.status_code == httpx.codes.NOT_FOUND:
            raise RuntimeError(f"The page never asked the upstream. It said:\n{self.page.said()}")
        noted = response.json()
        return Times(noted["arrived"], noted["times"])


def new_answer(events: int, rate: int) -> Answer:
    return Answer(uuid.uuid4().hex[:12], events, rate)


@contextmanager
def stage(page: str) -> Iterator[Stage]:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        port = free_port()
        command = ["-m", "benchmarks.upstream", "--port", str(port)]
        upstream = serve(command, port=port, health="/health", output=folder / "upstream.log")
        environ = {"INTERACTIONS_BASE_URL": upstream.url, "GEMINI_API_KEY": "bench"}
        try:
            server = start_page(folder, environ, script=PAGES[page])
            try:
                yield Stage(upstream, server)
            finally:
                server.stop()
        finally:
            upstream.stop()
