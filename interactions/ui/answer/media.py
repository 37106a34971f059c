"""Images, sound, video and documents in a turn.

Inline content is shown as what its bytes are, whatever its MIME type says. Unknown bytes become a download
with a harmless name and type. An address is only named: the page fetches nothing that a model has written.
"""

from __future__ import annotations

import base64
import io
import re
import wave
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from itertools import chain, groupby

from interactions.conversations.history import mime_type
from interactions.files.signatures import PDF, SIGNATURES, UNKNOWN, is_text, signature
from interactions.turns.steps import Media, Wire
from interactions.turns.values import whole_text, word
from interactions.ui import words
from interactions.ui.answer.citations import link
from interactions.ui.answer.stack import Leaf
from interactions.ui.drawing.plain import compact
from interactions.ui.log.rows import pretty, without_base64
from interactions.ui.words import figures
from interactions.ui.words.limits import SHORTENED

PREVIEW = 2_000  # characters of a text file that stand in the turn
CARD = 20_000  # characters of a part that is shown as JSON
RAW_SOUND = "audio/l16"
RATE = 24_000  # samples a second, of speech that does not say it
RATES = range(8_000, 192_001)  # samples a second, and
CHANNELS = range(1, 9)  # channels, that players take
NAME = 100  # characters of a file's name or type

# Fields of a part that are drawn, or say how it is.
_DRAWN = frozenset({"type", "data", "mime_type", "uri", "name", "sample_rate", "channels", "partial"})
_DRAWN |= {"transcript"}
_HARMLESS = frozenset(each.ending for each in SIGNATURES) | {"csv", "jpeg", "json", "log", "md", "txt"}
# What changes how a name is read (controls, directions, what has no width), and what systems do not take.
_NOT_IN_NAMES = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[<>:\"/\\|?*]"
)


def media(parts: Iterable[Media], whole: bool = True) -> Iterator[Leaf]:
    """The elements for the parts, in order. Speech arrives in pieces, which are joined once it is `whole`."""
    for sound, run in groupby((part.raw for part in parts), _streamed_sound):
        pieces = list(run)
        if sound is None:
            yield from chain.from_iterable(map(_one, pieces))
        elif whole:
            yield from _sound(pieces)
        else:
            yield Leaf("html", _named(pieces[0], figures.PIECES.format(len(pieces))))


def attached(part: Media) -> Iterator[Leaf]:
    """The elements for a file that the user sent, with its name."""
    leaves = tuple(media((part,)))
    name = _said(part.raw, "name")
    yield from leaves
    if name and leaves[0].kind != "file":
        yield Leaf("html", f'<p class="named">{escape(name)}</p>')


def harmless(name: str, ending: str) -> str:
    """A safe name for a download: without characters that deceive, and with `ending` unless its own one is
    known to open only a viewer."""
    shown = " ".join(_NOT_IN_NAMES.sub(" ", name).split()).strip(". ")[-NAME:] or "file"
    last = shown.rpartition(".")[2].lower() if "." in shown else ""
    return shown if last in _HARMLESS else f"{shown}.{ending}"


def _streamed_sound(raw: Wire) -> str | None:
    """What tells one run of pieces from the next; None for what does not come in pieces."""
    return _mime(raw) if raw.get("type") == "audio" and _data(raw) and not raw.get("uri") else None


def _one(raw: Wire) -> Iterator[Leaf]:
    uri, content = _said(raw, "uri"), _decoded(_data(raw))
    if uri:
        yield Leaf("html", _named(raw, figures.NOT_LOADED.format(link(uri, uri))))
        yield from _besides([raw])
    elif content:
        yield from _inline(raw, content)
        yield from _besides([raw])
    else:
        yield _card(raw)


def _sound(pieces: list[Wire]) -> Iterator[Leaf]:
    """The pieces as one sound. Raw samples get a WAV header, which players need."""
    content = _joined(tuple(_data(piece) for piece in pieces))
    rate, channels = _number(pieces[0], "sample_rate", RATE), _number(pieces[0], "channels", 1)
    raw_sound = _mime(pieces[0]) == RAW_SOUND
    if not content or (raw_sound and (rate not in RATES or channels not in CHANNELS)):
        yield _card(pieces[0] if len(pieces) == 1 else pieces)
    else:
        yield from _inline(pieces[0], _wav(content, rate, channels) if raw_sound else content)
        yield from _besides(pieces)


def _inline(raw: Wire, content: bytes) -> Iterator[Leaf]:
    """The element for what the bytes are; a document is always a file."""
    found = signature(content, _mime(raw))
    if found is None or not found.shown or raw.get("type") == "document":
        yield from _file(raw, content)
        return
    data = _encoded(content)
    match found.mime.partition("/")[0]:
        case "image":
            yield Leaf("image", f"data:{found.mime};base64,{data}", name=_said(raw, "name"))
        case "audio":
            yield Leaf("audio", data, found.mime)
        case _:
            yield Leaf("video", data, found.mime)


def _besides(pieces: list[Wire]) -> Iterator[Leaf]:
    """What else is said of a part, or of the pieces of a sound: its text, and what is not known here."""
    if transcript := "".join(_said(piece, "transcript") for piece in pieces):
        yield Leaf("text", transcript)
    more = {key: value for piece in pieces for key, value in piece.items() if key not in _DRAWN and value}
    if more:
        yield _card(more)


def _file(raw: Wire, content: bytes) -> Iterator[Leaf]:
    """A download, and below it the beginning of a text."""
    found, readable = signature(content), is_text(content)
    name, kind = _said(raw, "name"), _said(raw, "type") or "content"
    ending = found.ending if found else "txt" if readable else "bin"
    label = words.FILE.format((name or kind)[:NAME], _mime(raw), len(content))
    form = PDF if found and found.mime == PDF else UNKNOWN
    yield Leaf("file", _encoded(content), form, harmless(name, ending), label)
    if readable and form != PDF:
        text = content.decode()
        more = words.FILE_MORE.format(len(text) - PREVIEW) if len(text) > PREVIEW else ""
        yield Leaf("code", text[:PREVIEW] + more, "text")


def _card(value: Wire | list[Wire]) -> Leaf:
    """A part as JSON, for lack of a better way; a very long one is cut."""
    plain = [dict(each) for each in value] if isinstance(value, list) else dict(value)
    text = without_base64(pretty(whole_text(compact(plain))))
    more = SHORTENED.format(len(text) - CARD) if len(text) > CARD else ""
    return Leaf("code", text[:CARD] + more, "json")


@lru_cache(maxsize=8)
def _joined(pieces: tuple[str, ...]) -> bytes:
    """The decoded pieces as one: each is base64 by itself, or else all together are; nothing if they are
    not."""
    found = [_decoded(piece) for piece in pieces]
    return b"".join(found) if all(found) else _decoded("".join(pieces))


@lru_cache(maxsize=8)
def _wav(samples: bytes, rate: int, channels: int) -> bytes:
    """16-bit samples with a header."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples)
    return file.getvalue()


def _number(raw: Wire, key: str, default: int) -> int:
    """A field as a whole number: `default` if it is missing, 0 if it is something else."""
    value = raw.get(key)
    if value is None:
        return default
    return value if isinstance(value, int) else 0


def _said(raw: Wire, key: str) -> str:
    """A field as text; "" if it has another type."""
    return whole_text(word(raw, key))


def _mime(raw: Wire) -> str:
    return mime_type({"mime_type": _said(raw, "mime_type")})[:NAME]


def _data(raw: Wire) -> str:
    return word(raw, "data")


@lru_cache(maxsize=8)
def _decoded(data: str) -> bytes:
    """The bytes of inline data; none if it is not base64. Megabytes are decoded once, not at each look."""
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        return b""


@lru_cache(maxsize=8)
def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _named(raw: Wire, what: str) -> str:
    kind = " ".join(filter(None, (_said(raw, "type")[:NAME] or "content", _mime(raw))))
    return f'<p class="named"><b>{escape(kind)}</b> {what}</p>'
