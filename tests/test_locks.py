"""What `scripts/run` and the tests install is written down to the byte, and within the ranges for users."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
RANGES = {"app": ROOT / "requirements.txt", "tests": ROOT / "tests" / "requirements.txt"}


def ranges(name: str) -> Iterator[Requirement]:
    for line in RANGES[name].read_text().splitlines():
        if line and not line.startswith(("#", "-r")):
            yield Requirement(line)


def pins(name: str) -> dict[str, set[str]]:
    """By package: several versions where platforms or Pythons have each their own."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", _lock(name)):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


def _lock(name: str) -> str:
    return (ROOT / "locks" / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", RANGES)
def test_each_range_has_its_version_in_the_lock(name: str) -> None:
    """After a range has changed, `scripts/lock` renews the lock."""
    locked = pins(name)
    for wanted in ranges(name):
        versions = locked[canonicalize_name(wanted.name)]
        assert all(wanted.specifier.contains(version) for version in versions), wanted


@pytest.mark.parametrize("name", RANGES)
def test_each_version_in_a_lock_has_its_hashes(name: str) -> None:
    """What a registry serves under a version that is locked cannot be another file."""
    blocks = re.split(r"(?m)^(?=[\w.-]+==)", _lock(name))[1:]
    assert blocks
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_tests_run_with_what_the_app_runs_with() -> None:
    """The lock of the tests has every version of the app's."""
    app, tests = pins("app"), pins("tests")
    assert {name: tests.get(name) for name in app} == app


def test_nothing_is_locked_by_a_file_that_a_host_would_take_for_its_own() -> None:
    """Streamlit Community Cloud prefers `uv.lock`, `Pipfile` and `environment.yml` to `requirements.txt`."""
    assert not any((ROOT / name).exists() for name in ("uv.lock", "Pipfile", "environment.yml"))
