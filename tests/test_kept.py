"""Journals, databases and cassettes that an earlier version has written open to the same turns.

`tests/kept` was made once, with a sandbox and servers that misbehave; every kind of note is in it.
In `facts.json` are the turns as that version folded them; what a turn has gained since is not compared.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from interactions.conversations.conversation import Conversation
from interactions.settings import Settings
from interactions.store.database import FILE
from interactions.workspace import Workspace

KEPT = Path(__file__).parent / "kept"
FACTS: dict[str, Any] = json.loads((KEPT / "facts.json").read_bytes())
OWNER = "ann"
SAVED = [name for name, fact in FACTS.items() if "id" in fact]
# Where a stored turn is found again: ids of the store and accounts are not in a cassette.
TOLD = ("title", "pinned")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    shutil.copy(KEPT / "kept.sqlite", tmp_path / FILE)
    made = Workspace(Settings(data=str(tmp_path)))
    yield made
    made.close()


def plain(value: object) -> Any:
    """As `facts.json` has it; a rope is its text."""
    return json.loads(msgspec.json.encode(value, enc_hook=str))


def agreeing(kept: object, now: object) -> object:
    """What `now` says where `kept` says something."""
    if isinstance(kept, dict) and isinstance(now, dict):
        return {key: agreeing(value, now.get(key)) for key, value in kept.items()}
    if isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        return [agreeing(one, other) for one, other in zip(kept, now, strict=True)]
    return now


def read(conversation: Conversation) -> list[dict[str, Any]]:
    for stored in conversation.turns:
        stored.journal.slice()
    return [{"turn": plain(each.turn), "frames": len(each.journal)} for each in conversation.turns]


@pytest.mark.parametrize("name", SAVED)
def test_a_database_of_an_earlier_version_opens_to_the_same_turns(workspace: Workspace, name: str) -> None:
    fact = FACTS[name]
    found = workspace.library.conversation(OWNER, fact["id"])
    assert {key: getattr(found, key) for key in TOLD} == {key: fact[key] for key in TOLD}
    for kept, now in zip(fact["turns"], read(found), strict=True):
        assert agreeing(kept["turn"], now["turn"]) == kept["turn"]
        assert now["frames"] == kept["frames"]


@pytest.mark.parametrize("name", SAVED)
def test_its_turns_are_sent_along_and_asked_for_as_before(workspace: Workspace, name: str) -> None:
    """The prompt and the place in the chain of each turn."""
    found = workspace.library.conversation(OWNER, FACTS[name]["id"])
    for kept, stored in zip(FACTS[name]["turns"], found.turns, strict=True):
        now = {
            "id": stored.id,
            "parent": stored.parent,
            "previous": stored.previous_interaction_id,
            "prompt": plain(stored.prompt),
        }
        assert agreeing({key: kept[key] for key in now}, now) == {key: kept[key] for key in now}


@pytest.mark.parametrize("name", FACTS)
def test_a_cassette_of_an_earlier_version_opens_to_the_same_turns(workspace: Workspace, name: str) -> None:
    """And goes out again as the same file, to the byte."""
    data = (KEPT / f"{name}.json").read_bytes()
    conversation = workspace.cassettes.import_(OWNER, data)
    turns = [fact for fact in FACTS[name]["turns"] if fact["frames"]]
    for kept, now in zip(turns, read(workspace.library.conversation(OWNER, conversation)), strict=True):
        assert agreeing(kept["turn"], now["turn"]) == kept["turn"]
        assert now["frames"] == kept["frames"]
    assert workspace.cassettes.export(OWNER, conversation) == data


def test_every_kind_of_note_is_in_what_was_kept() -> None:
    """What is read unchanged is everything that was ever written."""
    written = {
        json.loads(frame["text"])["note"]
        for name in FACTS
        for turn in json.loads((KEPT / f"{name}.json").read_bytes())["turns"]
        for frame in turn["frames"]
        if frame["kind"] == "note"
    }
    assert written >= {
        "request", "response", "retry", "refused", "end", "cut", "unreachable", "stop", "crash", "partial",
        "unchecked", "resume", "wait", "left_out",
    }  # fmt: skip
