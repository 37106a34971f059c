"""The cassette file: a conversation as one JSON document, with a line for each frame.

It holds the requests and the frames, and nothing about where they were stored: turns are numbered from 1, and
neither owners nor accounts are in it. So what is written, read and written again is the same file to the
byte.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from interactions.conversations.request import Choosable, Input, Options, for_file
from interactions.errors import CassetteError, Misfit
from interactions.files.fitting import parsed, shallow
from interactions.stream.journal import Frame, Kind
from interactions.stream.notes import KINDS, Request
from interactions.turns.values import encoded

FORMAT = "interactions-cassette"
VERSION = 1
LARGEST = 100 * 2**20  # bytes; the files of a message, in base64, may be there three times

_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=10**18)]  # as ns 31 years, and storable anywhere


T = TypeVar("T")


class Recording(msgspec.Struct, frozen=True):
    """One recorded turn; `parent` is the number of the one that it follows, from 1, if that is there too."""

    parent: int | None
    protocol: str
    created: datetime
    previous_interaction_id: str | None
    input: Input
    options: Options
    frames: tuple[Frame, ...]


class Cassette(msgspec.Struct, frozen=True):
    title: str
    turns: tuple[Recording, ...]


def dump(cassette: Cassette) -> bytes:
    """The file for a cassette. The same cassette always gives the same bytes."""
    turns = (_written(number, turn) for number, turn in enumerate(cassette.turns, start=1))
    head = {"format": FORMAT, "version": VERSION, "title": cassette.title}
    return msgspec.json.encode({**head, "turns": _lines(turns)}) + b"\n"


def load(data: bytes) -> Cassette:
    """The cassette in a file, with the frames that were put into it, to the byte. Raises `CassetteError` for
    every other file."""
    if len(data) > LARGEST:
        raise CassetteError(f"The file is too large: {_mb(len(data))} MB, of at most {_mb(LARGEST)}.")
    _check_head(data)
    file = _decoded(data, _File, "The file is damaged")
    if not file.turns:
        raise CassetteError("The file has no turn in it.")
    return Cassette(file.title, tuple(_read(number, turn) for number, turn in enumerate(file.turns, start=1)))


class _Head(msgspec.Struct):
    format: str = ""
    version: int = 0


class _Frame(msgspec.Struct):
    """Bytes that are UTF-8 are `text`, all others `base64`."""

    seq: _Count
    at: _Count
    read: _Count
    kind: Kind
    masked: _Count = 0
    text: str | UnsetType = UNSET
    base64: bytes | UnsetType = UNSET


class _Note(msgspec.Struct):
    note: str


class _Prompt(msgspec.Struct):
    input: Input
    options: Choosable


class _Turn(msgspec.Struct):
    id: int
    parent: int | None
    provider: str
    created: Annotated[datetime, msgspec.Meta(tz=True)]
    previous_interaction_id: str | None
    prompt: _Prompt
    frames: tuple[_Frame, ...]


class _File(_Head, kw_only=True):
    title: str
    turns: tuple[_Turn, ...]


def _lines(values: Iterable[object]) -> msgspec.Raw:
    return msgspec.Raw(b"[\n" + b",\n".join(encoded(value) for value in values) + b"\n]")


def _written(number: int, turn: Recording) -> dict[str, object]:
    options = msgspec.convert(msgspec.to_builtins(turn.options), Options)  # 1 for 1.0 would come back as 1.0
    return {
        "id": number,
        "parent": turn.parent,
        "provider": turn.protocol,
        "created": turn.created.astimezone(UTC),
        "previous_interaction_id": turn.previous_interaction_id,
        "prompt": {"input": turn.input, "options": for_file(options)},
        "frames": _lines(_written_frame(frame) for frame in turn.frames),
    }


def _written_frame(frame: Frame) -> dict[str, object]:
    fields: dict[str, object] = {"seq": frame.seq, "at": frame.at, "read": frame.read, "kind": frame.kind}
    if frame.masked:
        fields["masked"] = frame.masked
    try:
        return {**fields, "text": frame.raw.decode()}
    except UnicodeDecodeError:
        return {**fields, "base64": b64encode(frame.raw).decode()}


def _check_head(data: bytes) -> None:
    try:
        head = parsed(data, _Head)
    except Misfit as error:
        # JSON of another form is simply no cassette; what is no JSON at all is said with its place.
        if not isinstance(error.__cause__, msgspec.ValidationError):
            raise CassetteError(f"The file cannot be read: {error}.") from error
        head = _Head()
    if head.format != FORMAT or head.version < 1:
        raise CassetteError(f'The file is no cassette: it has no "format": "{FORMAT}".')
    if head.version > VERSION:
        raise CassetteError(
            f"The file was written by a newer version (format {head.version}; this one knows {VERSION}):"
            " update the app."
        )


def _read(number: int, turn: _Turn) -> Recording:
    if turn.id != number or not (turn.parent is None or 0 < turn.parent < number):
        raise CassetteError(f"The file is damaged: turn {number} is not in its place.", turn=number)
    # Times are stored and shown in local zones; at the edges the conversion can overflow.
    if not 1970 <= turn.created.year < 9999:
        year = turn.created.year
        raise CassetteError(f"The file is damaged: turn {number} was made in the year {year}.", turn=number)
    prompt = turn.prompt
    if not shallow((prompt.input, *msgspec.structs.astuple(prompt.options))):
        raise CassetteError(
            f"The file is damaged: the prompt of turn {number} is nested too deeply.", turn=number
        )
    return Recording(
        turn.parent,
        turn.provider,
        turn.created.astimezone(UTC),
        turn.previous_interaction_id,
        prompt.input,
        Options(**msgspec.structs.asdict(prompt.options)),
        _read_frames(number, turn.frames),
    )


def _read_frames(number: int, written: Iterable[_Frame]) -> tuple[Frame, ...]:
    frames = []
    for seq, frame in enumerate(written):
        try:
            frames.append(_read_frame(frame, seq, f"The file is damaged: frame {seq} of turn {number}"))
        except CassetteError as error:
            error.turn = number
            raise
    return tuple(frames)


def _read_frame(frame: _Frame, seq: int, where: str) -> Frame:
    if frame.seq != seq:
        raise CassetteError(f"{where} is out of order.")
    raw = _raw(frame, where)
    if frame.kind == "note":
        _check_note(raw, f"{where} is no note")
    return Frame(seq, frame.at, frame.read, frame.kind, raw, frame.masked)


def _raw(frame: _Frame, where: str) -> bytes:
    match frame.text, frame.base64:
        case str(text), UnsetType():
            return text.encode()
        case UnsetType(), bytes(raw):
            return raw
    raise CassetteError(f"{where} has to have either text or base64.")


def _decoded(data: bytes, kind: type[T], otherwise: str) -> T:
    """Raises `CassetteError` that begins with `otherwise`."""
    try:
        return parsed(data, kind)
    except Misfit as error:
        raise CassetteError(f"{otherwise}: {error}.") from error


def _check_note(raw: bytes, otherwise: str) -> None:
    """Checks a note of a file once, so that later readers need not. One whose kind is not ours needs no more
    than a name. Raises `CassetteError`."""
    name = _decoded(raw, _Note, otherwise).note
    note = _decoded(raw, KINDS[name], otherwise) if name in KINDS else None
    if isinstance(note, Request) and not note.follow_up and note.told is None:
        raise CassetteError(f"{otherwise}: it does not say what was asked.")
    if not shallow(_decoded(raw, dict[str, Any], otherwise)):
        raise CassetteError(f"{otherwise}: it is nested too deeply.")


def _mb(size: int) -> str:
    return f"{size / 2**20:,.0f}"
