"""By which names the app answers, and to which pages: on every address, and on the socket."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from benchmarks.harness import ROOT, Server, start_page
from interactions.ui.server.origin import OwnOrigin
from interactions.ui.server.routes import ROUTES

LOOPBACK = "localhost 127.0.0.1 ::1"
READ = ("/", "/diagnostics", "/health", "/news", "/raw/c/t/0", "/media/x.wav", "/_stcore/health")


def answer(_request: Request) -> Response:
    return PlainTextResponse("answered")


async def talk(socket: WebSocket) -> None:
    await socket.accept()
    await socket.close()


CLIENT = TestClient(
    Starlette(
        routes=[
            Route("/", answer, methods=["GET", "PUT", "DELETE", "POST"]),
            WebSocketRoute("/socket", talk),
        ],
        middleware=[Middleware(OwnOrigin)],
    )
)


def options(patch: pytest.MonkeyPatch, **changed: object) -> None:
    """Streamlit's own, but for these."""
    known: dict[str, object] = {
        "server.allowedHosts": [],
        "server.enableCORS": True,
        "server.corsAllowedOrigins": [],
        "browser.serverAddress": "localhost",
    }
    patch.setattr(st, "get_option", (known | changed).__getitem__)


def status(method: str = "GET", **headers: str) -> int:
    return CLIENT.request(method, "/", headers=headers).status_code


def speaks(host: str, origin: str) -> bool:
    """Whether the socket is opened; the same holds for what changes something."""
    try:
        with CLIENT.websocket_connect("/socket", headers={"host": host, "origin": origin}):
            opened = True
    except WebSocketDisconnect:
        opened = False
    for method in ("PUT", "DELETE", "POST"):
        assert (status(method, host=host, origin=origin) == 200) == opened
    return opened


@pytest.mark.parametrize(
    ("allowed", "host", "answers"),
    [
        ([], "anything.example:8501", True),
        ([], "a b", True),
        (["localhost"], "localhost", True),
        (["localhost"], "LOCALHOST.:8501", True),
        (["localhost"], "localhost.evil.example", False),
        (["localhost"], "evil.example:8501", False),
        (["localhost"], "localhost:x", False),
        (["localhost"], "localhost@evil.example", False),
        (["localhost"], "evil.example/localhost", False),
        (["localhost"], "", False),
        (["::1"], "[::1]:8501", True),
        (["*.example"], "a.example", True),
        (["*.example"], "example", False),
        (["*"], "anything", True),
        (["*"], "a@b", False),
    ],
)
def test_only_the_names_that_are_allowed_are_answered(
    monkeypatch: pytest.MonkeyPatch, allowed: list[str], host: str, answers: bool
) -> None:
    options(monkeypatch, **{"server.allowedHosts": allowed})
    assert status(host=host) == (200 if answers else 421)
    assert speaks(host, f"http://{host}") == answers


@pytest.mark.parametrize(
    ("host", "origin", "trusted"),
    [
        ("localhost:8501", "http://localhost:8501", True),
        ("localhost:8501", "http://LOCALHOST:8501", True),
        ("localhost:8501", "http://localhost:3000", False),
        ("localhost:8501", "http://localhost", False),
        ("localhost:8501", "http://127.0.0.1:8501", False),
        ("127.0.0.1:8501", "http://localhost:8501", False),
        ("127.0.0.1:8501", "http://0.0.0.0:8501", False),
        ("[::1]:8501", "http://[::1]:8501", True),
        ("[::1]:8501", "http://[::1]:1", False),
        ("chat.example", "https://chat.example", True),
        ("chat.example", "https://evil.example", False),
        ("chat.example", "https://chat.example.evil.example", False),
        ("chat.example", "https://chat.example@evil.example", False),
        ("chat.example", "null", False),
        ("chat.example", "file://", False),
        ("", "null", False),
        ("inner:8501", "https://known.example", True),
        ("inner:8501", "https://bare.example", True),
        ("inner:8501", "https://known.example:444", False),
        ("inner:8501", "http://known.example", False),
    ],
)
def test_only_the_apps_own_pages_speak_to_it(
    monkeypatch: pytest.MonkeyPatch, host: str, origin: str, trusted: bool
) -> None:
    """Reading is left to the browser, which shows no foreign page what it got."""
    options(monkeypatch, **{"server.corsAllowedOrigins": ["https://Known.example/", "bare.example"]})
    assert speaks(host, origin) == trusted
    assert status(host=host, origin=origin) == 200


def test_who_has_set_the_address_of_the_pages_may_have_a_proxy_before_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options(monkeypatch, **{"browser.serverAddress": "chat.example"})
    assert speaks("inner:8501", "https://chat.example")
    assert not speaks("inner:8501", "https://evil.example")


def test_who_has_put_the_look_at_origins_off_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    options(monkeypatch, **{"server.enableCORS": False})
    assert speaks("localhost:8501", "http://localhost:3000")


def test_a_program_says_no_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    options(monkeypatch)
    assert status("PUT", host="localhost:8501") == 200
    with CLIENT.websocket_connect("/socket"):
        pass


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app as scripts/run starts it."""
    folder = tmp_path_factory.mktemp("loopback")
    server = start_page(folder, {"STREAMLIT_SERVER_ALLOWED_HOSTS": LOOPBACK})
    yield server
    server.stop()


def socket_status(app: Server, host: str, origin: str) -> int:
    """What the handshake is answered with."""
    uri = f"ws://{host}/_stcore/stream"
    try:
        with connect(uri, origin=Origin(origin), address=("127.0.0.1", app.port), proxy=None):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


@pytest.mark.slow
def test_the_app_on_loopback_answers_by_the_names_of_loopback_alone(app: Server) -> None:
    """Pages, routes of ours and of Streamlit, and the socket."""
    own, evil = f"localhost:{app.port}", f"evil.example:{app.port}"
    with httpx.Client(base_url=app.url, trust_env=False) as client:
        for path in READ:
            refused = client.get(path, headers={"host": evil})
            assert refused.status_code == 421, path
            assert "set-cookie" not in refused.headers
            for host in (own, f"127.0.0.1:{app.port}", f"[::1]:{app.port}"):
                assert client.get(path, headers={"host": host}).status_code != 421, (path, host)
    assert socket_status(app, own, f"http://{own}") == 101
    assert socket_status(app, evil, f"http://{evil}") == 403
    assert socket_status(app, own, "http://localhost:1") == 403
    assert socket_status(app, own, f"http://127.0.0.1:{app.port}") == 403
    assert socket_status(app, own, "null") == 403


@pytest.mark.slow
@pytest.mark.parametrize("path", [*READ, "/nowhere", "/_stcore/host-config", "/favicon.png", "/static/x.js"])
def test_every_answer_of_the_app_says_what_it_may_do(app: Server, path: str) -> None:
    """Ours, Streamlit's, and what there is not."""
    headers = httpx.get(app.url + path, trust_env=False).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    said = headers["content-security-policy"]
    named = f"connect-src 'self' blob: ws://127.0.0.1:{app.port} wss://127.0.0.1:{app.port};"
    assert named in said or said == "sandbox; default-src 'none'"


@pytest.mark.slow
def test_files_are_not_uploaded_by_a_page_of_another_port(app: Server) -> None:
    """Not by one that knows a session either."""
    address = f"{app.url}/_stcore/upload_file/session/file"
    for method in ("PUT", "DELETE"):
        asked = httpx.request(method, address, headers={"origin": "http://localhost:1"}, trust_env=False)
        assert (asked.status_code, asked.text[:20]) == (403, "This app does nothin")


ADDRESS = "--server.address 127.0.0.1"
NAMES = "--server.allowedHosts localhost --server.allowedHosts 127.0.0.1"


def test_all_routes_are_tried() -> None:
    first = {str(route.path).split("/")[1] for route in ROUTES}
    assert first <= {path.split("/")[1] for path in READ}


@pytest.mark.parametrize(
    ("arguments", "environ", "given"),
    [
        ([], {}, f"1 {ADDRESS} {NAMES}"),
        (["--port", "9", "--theme.base", "dark"], {}, f"1 {ADDRESS} {NAMES} --theme.base dark"),
        (["--server.address", "0.0.0.0"], {}, "none --server.address 0.0.0.0"),
        (["--server.address=0.0.0.0"], {}, "none --server.address=0.0.0.0"),
        (["--server.allowedHosts=me"], {}, f"1 {ADDRESS} {NAMES} --server.allowedHosts=me"),
        ([], {"STREAMLIT_SERVER_ALLOWED_HOSTS": "me.example"}, f"1 {ADDRESS}"),
        ([], {"INTERACTIONS_LOCAL_SERVERS": "0"}, f"0 {ADDRESS} {NAMES}"),
    ],
)
def test_the_starter_is_for_this_machine_unless_others_are_to_reach_the_app(
    tmp_path: Path, arguments: list[str], environ: dict[str, str], given: str
) -> None:
    """The script itself, with another program in the place of Python. Servers of this machine are offered to
    nobody else."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "run").write_text((ROOT / "scripts" / "run").read_text())
    (tmp_path / "scripts" / "bootstrap").write_text('install() { PATH="$PWD/bin:$PATH"; }\n')
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(
        '#!/bin/sh\n[ "$1" = -m ] || { echo 9000; exit; }\n'
        'shift 6; echo "${INTERACTIONS_LOCAL_SERVERS-none}" "$@"\n'
    )
    python.chmod(0o755)
    said = subprocess.run(
        ["sh", str(tmp_path / "scripts" / "run"), *arguments],
        env={"PATH": "/usr/bin:/bin", **environ},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert said.strip() == given
