"""Settings that every test shares."""

import os

import pytest
from hypothesis import settings

# The quick check looks at a few examples of each property, CI at many.
settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=150, deadline=None)
settings.load_profile("thorough" if os.environ.get("CI") else "quick")


@pytest.fixture(autouse=True)
def own_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test keeps is kept in a folder of its own, and never where the developer's conversations are."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
