"""Packages for tests, as an installer would leave them: modules, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from interactions.endpoints.protocols import GROUP


def install(
    folder: Path, patch: pytest.MonkeyPatch, modules: Mapping[str, str], brings: Mapping[str, str]
) -> None:
    """Modules by name, and what they bring as protocols: entry points that `importlib.metadata` finds."""
    for name, code in modules.items():
        (folder / f"{name}.py").write_text(code)
        patch.delitem(__import__("sys").modules, name, raising=False)
    about = folder / f"{folder.name.replace('-', '_')}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {folder.name}\nVersion: 1.0\n")
    points = "".join(f"{name} = {value}\n" for name, value in brings.items())
    (about / "entry_points.txt").write_text(f"[{GROUP}]\n{points}")
    patch.syspath_prepend(str(folder))
