"""Rows as what they stand for. What a row says that nobody can read (a damaged file, a version that is not
here, another program) stops nothing but itself: it is a turn that says so, and stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

import msgspec

from interactions.conversations.conversation import Prompt, StoredTurn
from interactions.conversations.request import Options
from interactions.errors import InteractionsError, StoreError
from interactions.errors.background import report
from interactions.stream.journal import Frame, Journal, Kept, Recorder
from interactions.stream.notes import Crash
from interactions.turns.events import ErrorDetail
from interactions.turns.steps import Wire
from interactions.turns.turn import Turn
from interactions.turns.wire import read_usage

UNREADABLE = "unreadable"  # the code of an error
DAMAGED = "What is stored of this turn cannot be read ({}). It stays in the database as it is."

MISSING = "Frames of this turn are missing in the database. What is left of it stays there as it is."

Refold: TypeAlias = Callable[[str, Sequence[Frame]], Turn]  # of a provider's name and its frames
MakeJournal: TypeAlias = Callable[["Head"], Journal[Turn]]

_prompt = msgspec.json.Decoder(Prompt)
_reported = msgspec.json.Decoder(tuple[Wire | None, ...])
_frames = msgspec.msgpack.Decoder(list[Frame])


class Unreadable(ErrorDetail, frozen=True):
    """Ours alone: an error of a server may have any code."""


class Head(NamedTuple):
    """A turn as its row says it; `turn` has no steps."""

    id: str
    turn: Turn
    ended: bool
    frames: int


class _Row(msgspec.Struct):
    """What has to be in a turn's row: a damaged SQLite file may have anything anywhere."""

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


def unreadable(turn: Turn) -> bool:
    """Whether this stands in the place of a turn that nobody can read."""
    return isinstance(turn.error, Unreadable)


def stored_turn(row: Any, journal: MakeJournal) -> StoredTurn:
    """Never raises for what is in the row."""
    try:
        return _stored(msgspec.convert(row, _Row, from_attributes=True), journal)
    except Exception as error:  # noqa: BLE001 (a row may say anything)
        report("a stored turn", error)
        return _damaged(row, error)


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


def _damaged(row: Any, error: Exception) -> StoredTurn:
    kept = damaged(error)
    journal: Journal[Turn] = Journal(Turn())
    journal.append(kept.frames, kept.turn)
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


def damaged(error: Exception, frames: Sequence[Frame] = ()) -> Kept[Turn]:
    """A turn that has failed, and a row in the log behind what there is of it."""
    why = str(error) if isinstance(error, InteractionsError) else DAMAGED.format(type(error).__name__)
    note = Recorder(frames[-1] if frames else None).note(Crash(UNREADABLE, why))
    return Kept([*frames, note], Turn(status="failed", ended=True, error=Unreadable(UNREADABLE, why)))


def refolded(refold: Refold, provider: str, packs: Sequence[object], count: int = 0) -> Kept[Turn]:
    """The frames that these rows hold, `count` at least, and the turn that they make. Never raises for what
    is in them."""
    frames: list[Frame] = []
    try:
        frames = unpacked(packs)
        _check_count(frames, count)
        return Kept(frames, refold(provider, frames))
    except InteractionsError as error:  # such as a dialect that nobody here reads
        return damaged(error, frames)
    except Exception as error:  # noqa: BLE001 (rows may say anything)
        report("a stored stream", error)
        return damaged(error, frames)


def _check_count(frames: Sequence[Frame], count: int) -> None:
    if len(frames) < count:
        raise StoreError(MISSING)


def unpacked(packs: Iterable[object]) -> list[Frame]:
    """Raises whatever is raised by what is no frame."""
    return [frame for pack in packs for frame in _frames.decode(pack)]  # type: ignore[arg-type] # it may be


class Queue(NamedTuple):
    """The prompts that wait, and those that nobody can read."""

    prompts: tuple[Prompt, ...]
    unreadable: tuple[str, ...]


def queue(rows: Iterable[Any]) -> Queue:
    """Of rows with an id and a prompt."""
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
    """Who keeps what was sent with a prompt; of one that nobody can read, nobody who is known."""
    try:
        return _prompt.decode(packed).account  # type: ignore[arg-type] # it may be anything
    except Exception as error:  # noqa: BLE001 (a row may say anything)
        report("a stored turn", error)
        return UNREADABLE


def words(value: object) -> str:
    """A text column, whatever is in it."""
    return value if isinstance(value, str) else ""


def number(value: object) -> float:
    """A column of numbers, whatever is in it."""
    return value if isinstance(value, int | float) else 0.0
