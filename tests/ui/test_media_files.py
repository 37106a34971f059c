"""Files at `/media/…`: whose they are, and as what they are served."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from streamlit.runtime.media_file_storage import MediaFileKind
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.web.server.starlette.starlette_routes import create_media_routes

from benchmarks.harness import ROOT
from interactions.files.signatures import SHOWN, UNKNOWN
from interactions.ui.server import identity
from interactions.ui.server.identity import COOKIE, owner_of
from interactions.ui.server.media_files import OwnFiles, owned

ANN, BOB, NOBODY = {"cookie": f"{COOKIE}=ann"}, {"cookie": f"{COOKIE}=bob"}, {"cookie": "other=ann"}
SOUND = bytes(range(100))


async def elsewhere(_request: Request) -> Response:
    return PlainTextResponse("page", media_type="text/html")


@pytest.fixture
def storage() -> MemoryMediaFileStorage:
    return MemoryMediaFileStorage("/media")


@pytest.fixture
def client(storage: MemoryMediaFileStorage) -> Iterator[TestClient]:
    """Streamlit's own routes behind the middleware."""
    routes = [*create_media_routes(storage, ""), Route("/{any:path}", elsewhere)]
    with TestClient(Starlette(routes=routes, middleware=[Middleware(OwnFiles)])) as made:
        yield made


def kept(
    storage: MemoryMediaFileStorage,
    mime: str,
    kind: MediaFileKind = MediaFileKind.MEDIA,
    name: str | None = None,
) -> str:
    """The address of a file; Streamlit puts no ending to it."""
    url = storage.get_url(storage.load_and_get_id(SOUND, mime, kind, name))
    assert "." not in url
    return url


def of_ann(patch: pytest.MonkeyPatch, mime: str) -> str:
    patch.setattr(identity, "cookie", lambda: "ann")
    return owned(mime)


def test_a_file_is_its_owners_alone(
    client: TestClient, storage: MemoryMediaFileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To anybody else it is one that there is not, whichever way it is asked for."""
    url = kept(storage, of_ann(monkeypatch, "audio/wav"))
    own = client.get(url, headers=ANN)
    assert (own.status_code, own.content, own.headers["content-type"]) == (200, SOUND, "audio/wav")
    for method in ("GET", "HEAD", "OPTIONS", "POST"):
        for more in ({}, {"range": "bytes=0-9"}, {"range": "bytes=900-"}, {"range": "x"}):
            for who in (BOB, NOBODY, {}, {"cookie": f"{COOKIE}="}):
                theirs = client.request(method, url, headers=who | more)
                nothing = client.request(method, "/media/0", headers=who | more)
                assert theirs.status_code == nothing.status_code == 404
                assert (theirs.headers, theirs.content) == (nothing.headers, nothing.content)


def test_a_part_of_a_sound_can_be_asked_for(
    client: TestClient, storage: MemoryMediaFileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = kept(storage, of_ann(monkeypatch, "audio/wav"))
    part = client.get(url, headers={**ANN, "range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, SOUND[10:20])
    assert part.headers["content-range"] == "bytes 10-19/100"
    assert "content-disposition" not in part.headers


@pytest.mark.parametrize(
    "mime", ["text/html", "text/javascript", "image/svg+xml", "application/json", "", "a b"]
)
@pytest.mark.parametrize("kind", [MediaFileKind.MEDIA, MediaFileKind.DOWNLOADABLE])
def test_what_is_not_shown_is_a_download_under_a_neutral_type(
    client: TestClient,
    storage: MemoryMediaFileStorage,
    monkeypatch: pytest.MonkeyPatch,
    mime: str,
    kind: MediaFileKind,
) -> None:
    """However it came there."""
    headers = client.get(kept(storage, of_ann(monkeypatch, mime), kind, "a.json"), headers=ANN).headers
    assert headers["content-type"] == UNKNOWN
    assert headers["content-disposition"].startswith("attachment")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "private"


@pytest.mark.parametrize("mime", sorted(SHOWN))
def test_what_is_shown_keeps_its_type(
    client: TestClient, storage: MemoryMediaFileStorage, monkeypatch: pytest.MonkeyPatch, mime: str
) -> None:
    headers = client.get(kept(storage, of_ann(monkeypatch, mime)), headers=ANN).headers
    assert headers["content-type"] == mime
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "mime",
    [
        "audio/wav",
        "audio/wav;owner=",
        f"audio/wav;owner={'0' * 64}",
        f"audio/wav;session={'0' * 63}",
        f"audio/wav;owner={owner_of('ann')}",
    ],
)
def test_a_file_without_a_mark_of_ours_is_nobodys(
    client: TestClient, storage: MemoryMediaFileStorage, mime: str
) -> None:
    url = storage.get_url(storage.load_and_get_id(SOUND, mime, MediaFileKind.MEDIA))
    assert client.get(url, headers=ANN).status_code == 404


def test_who_has_no_cookie_has_an_address_that_nobody_can_compute(
    client: TestClient, storage: MemoryMediaFileStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "cookie", lambda: "")
    marks = []
    for session in ("one", "two"):
        monkeypatch.setattr(identity, "owner", lambda session=session: session)
        marks.append(owned("audio/wav"))
        assert owned("audio/wav") == marks[-1], "the address stays the same from run to run"
    assert marks[0] != marks[1]
    assert "one" not in marks[0]
    assert client.get(kept(storage, marks[0])).content == SOUND


def test_other_addresses_are_left_alone(client: TestClient) -> None:
    for path in ("/", "/mediators/x", "/static/media/font.woff2"):
        assert client.get(path).headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("place", ["/any/where", "mounted"])
def test_files_below_a_base_path_are_their_owners_too(
    storage: MemoryMediaFileStorage, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    url = kept(storage, of_ann(monkeypatch, "audio/wav"))
    if place == "mounted":
        inner = Starlette(routes=create_media_routes(storage, ""), middleware=[Middleware(OwnFiles)])
        outer, at = Starlette(routes=[Mount("/app", inner)]), "/app"
    else:
        monkeypatch.setattr(st, "get_option", {"server.baseUrlPath": place, "server.enableCORS": True}.get)
        outer = Starlette(routes=create_media_routes(storage, place), middleware=[Middleware(OwnFiles)])
        at = place
    client = TestClient(outer)
    assert client.get(at + url, headers=ANN).headers["content-type"] == "audio/wav"
    assert client.get(at + url, headers=BOB).status_code == 404


def test_every_file_that_a_page_hands_to_streamlit_is_marked() -> None:
    """And no picture is handed over: those are in the page."""
    calls = [
        (path.name, call.func.attr, ast.unparse(call))
        for path in sorted(Path(ROOT, "interactions").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
    ]
    serving = [(name, said) for name, kind, said in calls if kind in {"download_button", "audio", "video"}]
    assert len(serving) >= 7
    assert [each for each in serving if "owned(" not in each[1]] == []
    assert [name for name, kind, _ in calls if kind == "image"] == ["stack.py"]
