"""The server as a thing of the process: start, stop, command line."""

import signal
import subprocess
import sys
import time

import httpx
import pytest

from interactions.sandbox import serve
from tests.sandbox.calls import KEY, MODEL, create

pytestmark = pytest.mark.slow


def test_closing_does_not_wait_for_silent_streams() -> None:
    """Nor for those that have not even begun; the sockets are closed."""
    server = serve(pace=0)
    body = {"model": MODEL, "input": "Stay silent.", "stream": True}
    with httpx.stream("POST", f"{server.url}/v1/interactions", json=body, headers=KEY) as response:
        received = response.iter_bytes()
        next(received)
        started = time.monotonic()
        server.close()
        assert time.monotonic() - started < 2
        with pytest.raises(httpx.HTTPError):
            next(received)
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.url)


def test_servers_with_one_seed_give_the_same_ids() -> None:
    """Without a seed no two do."""
    ids = []
    for seed in ("a", "a", None, None):
        server = serve(pace=0, seed=seed)
        with httpx.Client(base_url=server.url, headers=KEY) as http:
            ids.append([create(http, "Hi").json()["id"] for _ in range(2)])
        server.close()
        server.close()
    assert ids[0] == ids[1]
    assert len({name for pair in ids for name in pair}) == 6


def test_a_port_in_use_is_an_error() -> None:
    """At once, in the caller."""
    server = serve(pace=0)
    with pytest.raises(OSError, match="in use"):
        serve(port=int(server.url.rsplit(":", 1)[1]))
    server.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_command_prints_its_url_and_ends_on_a_signal(number: signal.Signals) -> None:
    """With an example to paste."""
    command = [sys.executable, "-m", "interactions.sandbox", "--port", "0", "--pace", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/v1/models", headers=KEY).status_code == 200
        process.send_signal(number)
        assert process.wait(5) == 0
        assert f"curl -N {url}/v1beta/interactions" in process.stdout.read()
