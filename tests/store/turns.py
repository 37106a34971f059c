"""Turns for the store to keep, in a protocol of the tests: a frame is a turn's fields as JSON."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from interactions.conversations.conversation import Prompt, StoredTurn
from interactions.conversations.request import Options
from interactions.store.store import Store
from interactions.stream.journal import Frame
from interactions.turns.rope import Rope
from interactions.turns.steps import ModelOutput, Text
from interactions.turns.turn import Turn

OPTIONS = Options("m")


class Said(msgspec.Struct):
    text: str = ""
    id: str = ""
    status: str = ""
    kept: bool = True
    note: str = ""
    model: str = ""


def refold(_provider: str, frames: Sequence[Frame]) -> Turn:
    text, turn = "", Turn()
    for frame in frames:
        said = msgspec.json.decode(frame.raw, type=Said)
        text += said.text
        status = "interrupted" if said.note == "cut" else said.status
        if status:
            turn = Turn(id=said.id, status=status, ended=True, stored=said.kept, model=said.model)
    if not text:
        return turn
    step = ModelOutput(hop=0, index=0, first=0, last=0, content=(Text(Rope(text)),))
    return msgspec.structs.replace(turn, steps=(step,))


def begin(store: Store, prompt: str, options: Options = OPTIONS, account: str = "") -> StoredTurn:
    """A turn of the conversation "c"; its text is its id."""
    store.enqueue("ann", "c", Prompt(prompt, prompt, options, account))
    stored = store.turns.begin_next("ann", "c")
    assert stored is not None
    return stored


def say(stored: StoredTurn, *pieces: str) -> None:
    _append(stored, *(Said(text=piece) for piece in pieces))


def end(
    store: Store,
    stored: StoredTurn,
    status: str = "completed",
    *,
    kept: bool = True,
    owner: str = "ann",
    model: str = "",
) -> StoredTurn | None:
    _append(stored, Said(id=f"v1_{stored.id}", status=status, kept=kept, model=model))
    return store.turns.finish(owner, stored)


def _append(stored: StoredTurn, *said: Said) -> None:
    known = stored.journal.slice()
    frames = [
        Frame(seq, seq, seq, "wire", msgspec.json.encode(each)) for seq, each in enumerate(said, len(known))
    ]
    stored.journal.append(frames, refold("gemini", [*known, *frames]))
