from collections.abc import Iterator

import httpx
import pytest
from google import genai

from interactions.sandbox import Server, serve
from tests.sandbox.calls import KEY, PATIENCE, AtPace


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    running = serve(pace=0)
    yield running
    running.close()


@pytest.fixture(scope="package", params=["v1", "v1beta"])
def client(server: Server, request: pytest.FixtureRequest) -> Iterator[genai.Client]:
    with _sdk(server.url, request.param) as made:
        yield made


@pytest.fixture
def slow_client() -> Iterator[genai.Client]:
    """At the pace of Google."""
    running = serve()
    with _sdk(running.url, "v1beta") as made:
        yield made
    running.close()


def _sdk(url: str, version: str) -> genai.Client:
    """The official SDK, without its retries."""
    options = {
        "base_url": url,
        "api_version": version,
        "retry_options": {"attempts": 1},
        "timeout": 10_000,
    }
    return genai.Client(api_key="any", http_options=options)  # type: ignore[arg-type]  # a dict is documented


@pytest.fixture(scope="package")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers=KEY, timeout=5) as made:
        yield made


@pytest.fixture
def at_pace() -> Iterator[AtPace]:
    opened: list[tuple[Server, httpx.Client]] = []

    def open_server(pace: float) -> httpx.Client:
        server = serve(pace=pace)
        opened.append((server, httpx.Client(base_url=server.url, headers=KEY, timeout=PATIENCE)))
        return opened[-1][1]

    yield open_server
    for server, http in opened:
        http.close()
        server.close()
