from collections.abc import Iterator

import httpx
import pytest
from google import genai

from interactions.sandbox import Server, serve
from tests.sandbox.calls import KEY


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    running = serve(pace=0)
    yield running
    running.close()


@pytest.fixture(scope="package", params=["v1", "v1beta"])
def client(server: Server, request: pytest.FixtureRequest) -> Iterator[genai.Client]:
    """The official SDK, without its retries."""
    options = {
        "base_url": server.url,
        "api_version": request.param,
        "retry_options": {"attempts": 1},
        "timeout": 10_000,
    }
    with genai.Client(api_key="any", http_options=options) as made:  # type: ignore[arg-type]  # a dict is documented
        yield made


@pytest.fixture(scope="package")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers=KEY, timeout=5) as made:
        yield made
