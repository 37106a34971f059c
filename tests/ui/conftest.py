"""Fixtures of the tests that run a page without a browser."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest

from benchmarks.harness import OURS, ROOT
from interactions.sandbox import Server
from interactions.ui.server.root import workspace


@pytest.fixture(scope="session", autouse=True)
def one_scan() -> Iterator[None]:
    """Each AppTest reads the metadata of all installed packages, which takes half a second: once will do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment without settings of the developer's, and a workspace of the test's own."""
    for name in os.environ:
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    workspace.cache_clear()
    yield monkeypatch
    workspace.cache_clear()


def whole_app(patience: float = 20) -> AppTest:
    """The entry with all its pages, before its first run; with secrets, so that no file of them is read. A
    run may take `patience` seconds."""
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=patience)
    app.secrets["UNRELATED"] = "anything"
    return app


@pytest.fixture
def page(sandbox: Server, tmp_path: Path) -> AppTest:
    """A playground with a database of its own, on a sandbox that it reaches as any other endpoint."""
    return AppTest.from_function(
        script, args=(sandbox.url, f"sqlite:///{tmp_path / 'kept.db'}"), default_timeout=20
    ).run()


def script(url: str, folder: str) -> None:
    import streamlit as st

    from interactions.settings import Settings
    from interactions.ui import playground
    from interactions.workspace import Workspace

    made = st.cache_resource(
        lambda url, folder: Workspace(Settings(base_url=url, api_key="any", database_url=folder))
    )
    playground(made(url, folder))
