"""Presets are an owner's, kept at once and all or none, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import event

from benchmarks.harness import free_port
from interactions.conversations.presets import LARGEST, MOST, Preset, dump, load
from interactions.conversations.request import Options
from interactions.errors import PresetError, StoreError
from interactions.store.database import open_engine
from interactions.store.store import Store
from tests.store.conftest import Open
from tests.store.turns import refold


def preset(name: str, model: str = "m") -> Preset:
    tools = ({"type": "function", "name": "weather"},)
    return Preset(name, "local", Options(model, temperature=0.5, tools=tools, stop_sequences=("a\nb",)))


def named(store: Store, owner: str = "ann") -> list[str]:
    return [each.name for each in store.presets.all(owner)]


def test_what_is_kept_is_there_for_every_process_at_once(store: Store, open_store: Open) -> None:
    """Nothing waits for the writer; the settings are what they were."""
    made = preset("Ärger 東京 <b>")
    store.presets.put("ann", [made])
    assert list(store.presets.all("ann")) == list(open_store().presets.all("ann")) == [made]


def test_presets_are_listed_by_name_without_case_and_accents(store: Store) -> None:
    """The same in both databases, whatever their collation."""
    assert named(store) == []
    store.presets.put("ann", [preset(name) for name in ("Zoo", "b", "ärger", "B", "Arm", "10")])
    assert named(store) == ["10", "ärger", "Arm", "B", "b", "Zoo"]


def test_a_preset_takes_the_place_of_one_with_the_same_name(store: Store) -> None:
    """The last, if it is given twice; and nothing happens to the others, or if none is given."""
    store.presets.put("ann", [preset("a", "one"), preset("b", "one")])
    store.presets.put("ann", [preset("a", "two"), preset("c", "two"), preset("a", "three")])
    store.presets.put("ann", [])
    assert [(each.name, each.options.model) for each in store.presets.all("ann")] == [
        ("a", "three"),
        ("b", "one"),
        ("c", "two"),
    ]


def test_a_preset_that_was_removed_is_gone(store: Store, open_store: Open) -> None:
    """By its very name; one that is not there is no error."""
    store.presets.put("ann", [preset("a"), preset("A")])
    for name in ("a", "a", "nowhere"):
        store.presets.remove("ann", name)
    assert named(store) == named(open_store()) == ["A"]


def test_nobody_sees_changes_or_removes_what_is_anothers(store: Store) -> None:
    """Names are each owner's own."""
    store.presets.put("ann", [preset("a", "anns"), preset("b")])
    store.presets.put("bob", [preset("a", "bobs")])
    store.presets.remove("bob", "b")
    assert named(store) == ["a", "b"]
    assert [each.options.model for each in store.presets.all("bob")] == ["bobs"]
    assert [each.options.model for each in store.presets.all("ann")] == ["anns", "m"]
    assert named(store, "") == []


def too_many() -> list[Preset]:
    return [preset(f"p{number}") for number in range(MOST)]


def too_large() -> list[Preset]:
    return [Preset("p", "", Options("m", system_instruction="x" * LARGEST))]


def too_hot() -> list[Preset]:
    return [preset("p"), Preset("q", "", Options("m", temperature=9))]


@pytest.mark.parametrize("wrong", [too_many(), too_large(), too_hot()], ids=["many", "large", "hot"])
def test_what_could_not_be_exported_is_not_taken_in(store: Store, wrong: list[Preset]) -> None:
    """All or none: what was there is there as it was, and can be added to."""
    store.presets.put("ann", [preset("z", "one")])
    with pytest.raises(PresetError):
        store.presets.put("ann", [preset("z", "two"), *wrong])
    assert [(each.name, each.options.model) for each in store.presets.all("ann")] == [("z", "one")]
    store.presets.put("ann", [preset("y")])
    assert named(store) == ["y", "z"]


def test_as_many_as_one_file_takes_can_be_kept_and_exported(store: Store) -> None:
    """And replaced: they do not become more."""
    for _ in range(2):
        store.presets.put("ann", too_many())
    assert len(store.presets.all("ann")) == MOST
    assert load(dump(store.presets.all("ann"))) == tuple(store.presets.all("ann"))


def test_a_failure_on_the_way_leaves_nothing(store: Store) -> None:
    """The second of two cannot be written: the first is not there either."""
    written = []

    def failing(*told: object) -> None:
        statement = str(told[2])
        if statement.startswith("INSERT INTO presets"):
            written.append(statement)
            if len(written) == 2:
                raise OSError("planted")

    event.listen(store._engine, "before_cursor_execute", failing)
    with pytest.raises(StoreError, match=r"could not be changed\. .*planted\."):
        store.presets.put("ann", [preset("a"), preset("b")])
    event.remove(store._engine, "before_cursor_execute", failing)
    assert len(written) == 2
    assert named(store) == []


@pytest.mark.parametrize("kind", ["folder", "server", "damaged"])
def test_a_database_that_does_not_work_is_said_in_a_sentence(tmp_path: Path, kind: str) -> None:
    """To whoever reads, keeps or removes: nobody is told that something is kept that is not."""
    (tmp_path / "file").write_bytes(b"this is no database" * 100)
    urls = {
        "folder": f"sqlite:///{tmp_path}/file/conversations.sqlite3",
        "server": f"postgresql://tests@127.0.0.1:{free_port()}/postgres",
        "damaged": f"sqlite:///{tmp_path}/file",
    }
    store = Store(open_engine(urls[kind], tmp_path), refold)
    with pytest.raises(StoreError, match=r"cannot be read just now\. .+\.$"):
        store.presets.all("ann")
    with pytest.raises(StoreError, match=r"could not be changed\. .+\.$"):
        store.presets.put("ann", [preset("a")])
    with pytest.raises(StoreError, match=r"could not be changed\. .+\.$"):
        store.presets.remove("ann", "a")
    store.close(0.0)
