"""What we write into a journal ourselves: a tagged union of all that happens around the frames of a server.

A note is a JSON object whose `note` names its kind. `Recorder.note` writes one, and `read_note` reads it.
What a kind means for its request and for its turn are properties of its class: no reader keeps a list of
kinds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

import msgspec
from msgspec import UNSET, Meta, structs

Outcome: TypeAlias = Literal["", "interrupted", "failed", "cancelled"]
Ends: TypeAlias = Literal["", "whole", "broken"]


class _Kind(msgspec.Struct, frozen=True, tag_field="note"):
    """`ends` is how a note ends the exchange that it stands in: the server's answer is whole, or broken off.
    `outcome` is the status of a turn that is still open behind it. `of_turn` is that it speaks of the turn
    even when the exchange was a follow-up; `bad` that a reader of the log should notice it."""

    ends: ClassVar[Ends] = ""
    outcome: ClassVar[Outcome] = ""
    of_turn: ClassVar[bool] = False
    bad: ClassVar[bool] = False

    @property
    def name(self) -> str:
        return str(self.__struct_config__.tag)

    @property
    def said(self) -> Mapping[str, Any]:
        """Its fields as they are written; those that have their default are not."""
        values = ((each.encode_name, getattr(self, each.name), each.default) for each in structs.fields(self))
        return {name: value for name, value, usual in values if value is not usual}


class Request(_Kind, frozen=True, tag="request"):
    """A request has left; the transport writes it, for each attempt. Keys in it are masked.

    `body` is the JSON value that was sent; where that is in another protocol, `asked` says in our words what
    the turn asks for. Of a native body `history` counts the steps in front that belong to earlier turns, and
    `input` is what was asked where files went out as something else. `follow_up` names a request about an
    interaction that exists.
    """

    attempt: int
    method: str
    # What is offered as a link and as a command leads to a server, also when it comes from a file.
    url: Annotated[str, Meta(pattern=r"^https?://")]
    headers: Mapping[str, str]
    body: object = UNSET
    follow_up: str = msgspec.field(default="", name="errand")
    asked: object = UNSET
    history: int = 0
    input: object = UNSET

    @property
    def told(self) -> Mapping[str, Any] | None:
        """What the turn asks for, in our words; None if that is nowhere."""
        return next((each for each in (self.asked, self.body) if isinstance(each, Mapping)), None)


class Response(_Kind, frozen=True, tag="response"):
    """The head of an answer; the transport writes it."""

    status: int
    reason: str
    http_version: str
    headers: tuple[tuple[str, str], ...]


class Retry(_Kind, frozen=True, tag="retry"):
    """The transport asks again in so many `seconds`, for the `attempt`th `of` times."""

    ends = "whole"
    seconds: float
    attempt: int
    of: int


class Refused(_Kind, frozen=True, tag="refused"):
    """An HTTP error that is not asked again; `retry_after` (seconds) is the server's wish where it is too
    long to wait for. The transport writes it."""

    ends = "whole"
    bad = True
    status: int
    retry_after: Annotated[int, Meta(ge=0, le=10**9)] | None = None


class End(_Kind, frozen=True, tag="end"):
    """The server has ended the body; the transport writes it. A turn still open then has no whole answer."""

    ends = "whole"
    outcome = "interrupted"


class Cut(_Kind, frozen=True, tag="cut"):
    """The body broke off. `error` names why in the words of httpx or of a limit. The transport writes it, and
    the runner for an answer that is paused for ever."""

    ends = "broken"
    outcome = "interrupted"
    bad = True
    error: str = ""
    message: str = ""


class Unreachable(_Kind, frozen=True, tag="unreachable"):
    """Nothing was sent, or nobody was there. The transport writes it, and dispatch for a message that leads
    nowhere any more."""

    ends = "broken"
    outcome = "failed"
    bad = True
    error: str = ""
    message: str = ""
    body: object = UNSET


class Stop(_Kind, frozen=True, tag="stop"):
    """Somebody has stopped the turn: `by` whom, and at what `time` (UTC)."""

    ends = "broken"
    outcome = "cancelled"
    of_turn = True
    by: str = ""
    time: str = ""


class Crash(_Kind, frozen=True, tag="crash"):
    """A fault of ours or of a hook ended the turn, or its stored frames cannot be read. The runner and the
    store write it."""

    ends = "broken"
    outcome = "failed"
    of_turn = True
    bad = True
    error: str = ""
    message: str = ""


class Partial(_Kind, frozen=True, tag="partial"):
    """The turn stays as it is, with a `status` that says how; `message` says why it cannot be brought back.
    The resume ladder writes it, and dispatch for a turn that was never sent: then with its `body`."""

    outcome = "interrupted"
    of_turn = True
    bad = True
    status: str = ""
    message: str = ""
    body: object = UNSET


class Unchecked(_Kind, frozen=True, tag="unchecked"):
    """What a stream has told again could not be compared with the server's record. The ladder writes it."""

    outcome = "interrupted"
    of_turn = True
    message: str = ""


class Resume(_Kind, frozen=True, tag="resume"):
    """A rung of the ladder, or the request built anew. With `afresh` all that the request has brought will be
    said again; with `after`, what began behind that frame."""

    rung: str
    afresh: bool
    after: int = -1


class Wait(_Kind, frozen=True, tag="wait"):
    """The ladder waits so many `seconds`; `status` is that of the turn."""

    seconds: float
    status: str


class LeftOut(_Kind, frozen=True, tag="left_out"):
    """Parts of the history that are not sent along, in words; the runner writes it before the request."""

    parts: tuple[str, ...]


class Other(msgspec.Struct, frozen=True):
    """A note of an application, or one that is not as its kind wants it: shown, and means nothing."""

    name: str
    said: Mapping[str, Any] = {}
    ends: ClassVar[Ends] = ""
    outcome: ClassVar[Outcome] = ""
    of_turn: ClassVar[bool] = False
    bad: ClassVar[bool] = False


Own: TypeAlias = (
    Request
    | Response
    | Retry
    | Refused
    | End
    | Cut
    | Unreachable
    | Stop
    | Crash
    | Partial
    | Unchecked
    | Resume
    | Wait
    | LeftOut
)
Note: TypeAlias = Own | Other
KINDS: Mapping[str, type[Own]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Own)}

_decoder: msgspec.json.Decoder[Own] = msgspec.json.Decoder(Own)


def read_note(raw: bytes) -> Note:
    """A note with all that it quotes. Raises `ValueError` for what is no JSON object."""
    try:
        return _decoder.decode(raw)
    except msgspec.ValidationError:
        return _mended(fields_of(raw))


def fields_of(raw: bytes) -> dict[str, Any]:
    """All that stands in a note, also what its kind does not know. Raises `ValueError`."""
    return msgspec.json.decode(raw, type=dict[str, Any])


def _mended(fields: dict[str, Any]) -> Note:
    """A note of which something does not fit: another value in the place of a text is taken as its text."""
    name = str(fields.pop("note", ""))
    kind = KINDS.get(name)
    if kind is None:
        return Other(name, fields)
    known = [each for each in structs.fields(kind) if each.encode_name in fields]
    try:
        return kind(**{each.name: _fitted(fields[each.encode_name], each.type) for each in known})
    except (msgspec.ValidationError, TypeError):
        return Other(name, fields)


def _fitted(value: object, kind: Any) -> Any:
    text = getattr(kind, "__origin__", kind) is str  # be it within bounds, which hold for files alone
    return str(value) if text else msgspec.convert(value, kind)
