"""Starts what a measurement or a browser test needs: the app or another page, a Chromium.

Nothing of the developer's own reaches what is started here: no key, no setting, no secrets file, no stored
conversation.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
CHROMIUM_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
OURS = ("INTERACTIONS_", "STREAMLIT_", "GEMINI_", "GOOGLE_", "ANTHROPIC_", "OPENAI_")


@dataclass(frozen=True)
class Server:
    """A program that serves on a loopback port; `output` is the file with all that it printed."""

    url: str
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def stop(self, *, patience: float = 10) -> int:
        """End it as a deployment would: SIGTERM, SIGKILL after `patience` s. Returns its exit status."""
        self.process.terminate()
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def kill(self) -> None:
        """End it as a crash would: no handler runs, nothing is flushed."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def said(self, characters: int = 20_000) -> str:
        return self.output.read_text(errors="replace")[-characters:]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def clean_environment() -> dict[str, str]:
    """This process's environment without settings of ours and without anybody's API key."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(OURS) and not name.endswith("_API_KEY")
    }


def serve(
    command: Sequence[str], *, port: int, health: str, output: Path, environ: Mapping[str, str] | None = None
) -> Server:
    """Start a program of the virtual environment and return as soon as it answers at `health`."""
    with output.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=clean_environment() | dict(environ or {}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = Server(f"http://127.0.0.1:{port}", process, output)
    try:
        _await_health(server, server.url + health)
    except BaseException:
        server.kill()
        raise
    return server


def _await_health(server: Server, url: str, patience: float = 60) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            raise RuntimeError(f"The server ended with {server.process.returncode}:\n{server.said()}")
        try:
            if httpx.get(url, timeout=2, trust_env=False).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"The server did not answer at {url} within {patience} s:\n{server.said()}")


def start_page(
    folder: Path,
    environ: Mapping[str, str] | None = None,
    *,
    script: str = "streamlit_app.py",
    port: int | None = None,
) -> Server:
    """Start a Streamlit script. It stores and prints into `folder`: the same folder is the same data."""
    port = port or free_port()
    command = ["-m", "streamlit", "run", script, "--server.address", "127.0.0.1", "--server.port", str(port)]
    return serve(
        [*command, "--server.headless", "true", "--secrets.files", str(folder / "secrets.toml")],
        port=port,
        health="/_stcore/health",
        output=folder / "output.log",
        environ={"INTERACTIONS_DATA": str(folder / "data"), **(environ or {})},
    )


def chromium_path() -> str:
    path = os.environ.get("INTERACTIONS_CHROMIUM", "/usr/bin/chromium")
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"There is no Chromium at {path}. Install the package chromium, or name one in "
            "INTERACTIONS_CHROMIUM; scripts/test does it by itself."
        )
    return path


@contextmanager
def chromium() -> Iterator[Browser]:
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS))
        try:
            yield browser
        finally:
            browser.close()
