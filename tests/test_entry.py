"""The entry of the app can be imported without a session, as the server does it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_entry_is_an_app_when_it_is_imported(tmp_path: Path) -> None:
    """With every page, and nothing raised."""
    code = "import streamlit_app; print(type(streamlit_app.app).__name__, len(streamlit_app.PAGES))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"XDG_DATA_HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["App", str(len(list((ROOT / "pages").glob("*.py"))))]
