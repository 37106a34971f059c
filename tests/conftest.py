"""Settings that every test shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from interactions.running.runner import Runner
from interactions.sandbox import Server, serve
from interactions.workspace import Workspace

# The quick check looks at a few examples of each property, CI at many.
settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=150, deadline=None)
settings.load_profile("thorough" if os.environ.get("CI") else "quick")


@pytest.fixture(autouse=True)
def own_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test keeps is kept in a folder of its own, and never where the developer's conversations are."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))


@pytest.fixture(autouse=True)
def nothing_left_running(own_folder: None) -> Iterator[None]:
    """What a test leaves open ends with it: a workspace that is left has threads that look around for ever,
    and its turns try to be brought back for minutes. That slows down every test that follows."""
    with pytest.MonkeyPatch.context() as patch:
        runners = _made(patch, Runner, "__init__")
        workspaces = _made(patch, Workspace, "__init__")
        servers = _made(patch, Server, "start")
        yield
    for runner in runners:
        for turn in runner.running():
            runner.stop(turn)
    for workspace in workspaces:
        workspace.close(patience=0)
    for server in servers:
        server.close()


def _made(patch: pytest.MonkeyPatch, kind: type, method: str) -> list[Any]:
    """All of this kind on which the method is called from now on."""
    made: list[Any] = []
    call = getattr(kind, method)

    def noted(self: object, *args: object, **more: object) -> None:
        call(self, *args, **more)
        made.append(self)

    patch.setattr(kind, method, noted)
    return made


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Server]:
    """One that answers as fast as it can."""
    server = serve(pace=0)
    yield server
    server.close()
