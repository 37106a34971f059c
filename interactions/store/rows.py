"""Rows of the database as the values they stand for.

A row that cannot be read (a damaged file, a provider that is not installed, another program that has written
to it) costs nothing but itself: in its place stands a failed turn that says so, and the row stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

import msgspec

from interactions.conversations.conversation import Prompt, StoredTurn
from interactions.conversations.request import Options
from interactions.errors import InteractionsError, StoreError
from interactions.errors.background import report
from interactions.stream.journal import Frame, Journal, Loaded, Recorder
from interactions.stream.notes import Crash
from interactions.turns.events import ErrorDetail
from interactions.turns.steps import Wire
from interactions.turns.turn import Turn
from interactions.turns.wire import read_usage

UNREADABLE = "unreadable"  # the code of an error
MISSING = "Frames of this turn are missing in the database. What is left of it stays there as it is."

Refold: TypeAlias = Callable[[str, Sequence[Frame]], Turn]  # of a provider's name and its frames
MakeJournal: TypeAlias = Callable[["Head"], Journal[Turn]]

_prompt = msgspec.json.Decoder(Prompt)
_reported = msgspec.json.Decoder(tuple[Wire | None, ...])
_frames = msgspec.msgpack.Decoder(list[Frame])


class Unreadable(ErrorDetail, frozen=True):
    """The error of a turn that cannot be read. A type of its own, because an error of a server may have any
    code, this one too."""


class Head(NamedTuple):
    """What the row of a turn says; `turn` has no steps, because those are in its frames."""

    id: str
    turn: Turn
    ended: bool
    frames: int


class _Row(msgspec.Struct):
    """The types that the columns of a turn must have: in a damaged SQLite file any column may have any
    type."""

    id: str
    conversation: str
    parent: str | None
    prompt: bytes
    previous_interaction_id: str | None
    created: float
    ended: float | None
    status: str
    interaction: str
    kept: int
    frames: int
    epoch: int
    reported: bytes | None
    model: str | None


def unreadable(turn: Turn) -> bool:
    """Whether this stands in the place of a turn that cannot be read."""
    return isinstance(turn.error, Unreadable)


def stored_turn(row: Any, journal: MakeJournal) -> StoredTurn:
    """The turn of a row, or a failed one if the row cannot be read; it raises nothing for what is in the
    row."""
    try:
        return _stored(msgspec.convert(row, _Row, from_attributes=True), journal)
    except Exception as error:  # noqa: BLE001 (a row may say anything)
        report("a stored turn", error)
        return _damaged_turn(row, error)


def _stored(row: _Row, journal: MakeJournal) -> StoredTurn:
    over = row.ended is not None
    reported = tuple(map(read_usage, () if row.reported is None else _reported.decode(row.reported)))
    turn = Turn(
        id=row.interaction,
        status=row.status,
        ended=over,
        stored=bool(row.kept),
        hop=len(reported) - 1,
        reported=reported,
        model=row.model or "",
    )
    prompt, created = _prompt.decode(row.prompt), datetime.fromtimestamp(row.created, UTC)
    return StoredTurn(
        id=row.id,
        conversation=row.conversation,
        prompt=prompt,
        previous_interaction_id=row.previous_interaction_id,
        created=created,
        journal=journal(Head(row.id, turn, over, row.frames)),
        parent=row.parent,
        epoch=row.epoch,
    )


def _damaged_turn(row: Any, error: Exception) -> StoredTurn:
    loaded = damaged(error)
    journal: Journal[Turn] = Journal(Turn())
    journal.append(loaded.frames, loaded.turn)
    journal.close()
    id, parent, epoch = str(row.id), row.parent, row.epoch
    return StoredTurn(
        id=id,
        conversation=str(row.conversation),
        prompt=Prompt(id, "", Options(""), UNREADABLE),
        previous_interaction_id=None,
        created=datetime.fromtimestamp(0, UTC),
        journal=journal,
        parent=parent if parent is None else str(parent),
        epoch=epoch if isinstance(epoch, int) else 0,
    )


def damage_message(error: Exception | None = None) -> str:
    """A sentence about a turn that cannot be read; of an error of ours, its own."""
    if isinstance(error, InteractionsError):
        return str(error)
    kind = f" ({type(error).__name__})" if error else ""
    return f"What is stored of this turn cannot be read{kind}. It stays in the database as it is."


def damaged(error: Exception, frames: Sequence[Frame] = ()) -> Loaded[Turn]:
    """A failed turn, and behind the `frames` that could be read a note that says why."""
    why = damage_message(error)
    note = failure_note(UNREADABLE, why, frames[-1] if frames else None)
    return Loaded([*frames, note], Turn(status="failed", ended=True, error=Unreadable(UNREADABLE, why)))


def failure_note(code: str, message: str, last: Frame | None = None) -> Frame:
    """The note in a journal, behind the frame `last`, that something could not be read."""
    return Recorder(last).note(Crash(code, message))


def refolded(refold: Refold, provider: str, packs: Sequence[object], count: int = 0) -> Loaded[Turn]:
    """The frames in these rows, of which there have to be `count` at least, and the turn that they make; a
    failed one if they cannot be read. It raises nothing for what is in them."""
    frames: list[Frame] = []
    try:
        frames = unpacked(packs)
        _check_count(frames, count)
        return Loaded(frames, refold(provider, frames))
    except InteractionsError as error:  # such as a provider that is not installed
        return damaged(error, frames)
    except Exception as error:  # noqa: BLE001 (rows may say anything)
        report("a stored stream", error)
        return damaged(error, frames)


def _check_count(frames: Sequence[Frame], count: int) -> None:
    if len(frames) < count:
        raise StoreError(MISSING)


def unpacked(packs: Iterable[object]) -> list[Frame]:
    """The frames of these rows. Raises whatever decoding a damaged row raises."""
    return [frame for pack in packs for frame in _frames.decode(pack)]  # type: ignore[arg-type] # it may be


class Queue(NamedTuple):
    """The prompts that wait, and the ids of those that cannot be read."""

    prompts: tuple[Prompt, ...]
    unreadable: tuple[str, ...]


def queue(rows: Iterable[Any]) -> Queue:
    """The queue of a conversation, from rows with an id and a prompt."""
    prompts, lost = [], []
    for id, packed in rows:
        try:
            prompts.append(_named(_prompt.decode(packed), id))
        except Exception as error:  # noqa: BLE001 (a row may say anything)
            report("a waiting message", error)
            lost.append(str(id))
    return Queue(tuple(prompts), tuple(lost))


def _named(prompt: Prompt, id: object) -> Prompt:
    if prompt.id != id:
        raise ValueError("The row has another name than the message in it.")
    return prompt


def account(packed: object) -> str:
    """The account of a stored prompt; of one that cannot be read, an account that nobody has."""
    try:
        return _prompt.decode(packed).account  # type: ignore[arg-type] # it may be anything
    except Exception as error:  # noqa: BLE001 (a row may say anything)
        report("a stored turn", error)
        return UNREADABLE


def text_or_empty(value: object) -> str:
    """The value of a text column, whatever is in it."""
    return value if isinstance(value, str) else ""


def number_or_zero(value: object) -> float:
    """The value of a number column, whatever is in it."""
    return value if isinstance(value, int | float) else 0.0
