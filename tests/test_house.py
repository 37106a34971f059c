"""The tree is as `docs/design.md` draws it: few rooms, few floors, and no folder that grows without bound."""

from __future__ import annotations

from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

import interactions

HOUSE = Path(interactions.__file__).parent
MANY = {HOUSE / "store", HOUSE / "sandbox"}  # whose names earn it
MOST = 12  # modules of a folder, beside its packages


@cache
def rooms(package: str) -> dict[str, set[str]]:
    """The children of a package, each with those that it imports from."""
    graph = grimp.build_graph("interactions")
    children = graph.find_children(package)
    below: dict[str, set[str]] = {child: set() for child in children}
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            one, other = _child(importer, children), _child(imported, children)
            if one and other and one != other:
                below[one].add(other)
    return below


def _child(module: str, children: set[str]) -> str:
    return next((child for child in children if f"{module}.".startswith(f"{child}.")), "")


def floors(below: dict[str, set[str]]) -> int:
    """How many stand on one another at most. Raises `CycleError`."""
    floor: dict[str, int] = {}
    for room in TopologicalSorter(below).static_order():
        floor[room] = 1 + max((floor[each] for each in below[room]), default=0)
    return max(floor.values())


@pytest.mark.parametrize(("package", "most", "high"), [("interactions", 18, 9), ("interactions.ui", 18, 9)])
def test_the_house_has_few_rooms_on_few_floors_and_no_stairs_lead_down(
    package: str, most: int, high: int
) -> None:
    below = rooms(package)
    assert len(below) <= most
    assert floors(below) <= high


def test_there_are_few_arrows_between_the_rooms() -> None:
    assert sum(map(len, rooms("interactions").values())) <= 80


def test_no_folder_has_more_modules_than_one_can_overlook() -> None:
    full = {
        folder: len(modules)
        for folder in {path.parent for path in HOUSE.rglob("*.py")} - MANY
        if len(modules := [path for path in folder.glob("*.py") if path.stem != "__init__"]) > MOST
    }
    assert full == {}
