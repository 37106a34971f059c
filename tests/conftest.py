"""Settings that every test shares."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from interactions.sandbox import Server, serve

# The quick check looks at a few examples of each property, CI at many.
settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=150, deadline=None)
settings.load_profile("thorough" if os.environ.get("CI") else "quick")


@pytest.fixture(autouse=True)
def own_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test keeps is kept in a folder of its own, and never where the developer's conversations are."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Server]:
    """One that answers as fast as it can."""
    server = serve(pace=0)
    yield server
    server.close()
