"""Images, sound, video and documents in a turn: what came inline is shown, what lies elsewhere is named.

The page fetches nothing from an address that a model has written; a reader may open it.
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
from mimetypes import guess_extension

from interactions.history import mime_type
from interactions.steps import Media, Wire
from interactions.ui import words
from interactions.ui.citations import link
from interactions.ui.gists import compact
from interactions.ui.rows import pretty
from interactions.ui.stack import Leaf

_SHOWN = re.compile(r"(?:image|video)/(?!hei[cf]|tiff)[a-z0-9.+-]+")  # no browser but Safari shows these
_MIME = re.compile(r"[a-z]+/[a-z0-9.+-]+")
PREVIEW = 2_000  # characters of a text file that stand in the turn
RAW_SOUND = "audio/l16"
RATE = 24_000  # samples a second, of speech that does not say it


def media(parts: Iterable[Media], whole: bool = True) -> Iterator[Leaf]:
    """Elements for the parts, in order. Speech arrives in pieces, which are joined when it is whole."""
    for sound, run in groupby((part.raw for part in parts), _streamed_sound):
        pieces = list(run)
        if sound and whole:
            yield _sound(pieces)
        elif sound:
            yield Leaf("html", _named(pieces[0], f"{len(pieces):,} pieces so far"))
        else:
            yield from chain.from_iterable(map(_one, pieces))


def attached(part: Media) -> Iterator[Leaf]:
    """Elements for a file that went out, and what it is called."""
    leaves = tuple(media((part,)))
    name = str(part.raw.get("name") or "")
    yield from leaves
    if name and leaves[0].kind != "file":
        yield Leaf("html", f'<p class="named">{escape(name)}</p>')


def _streamed_sound(raw: Wire) -> str:
    return mime_type(raw) if raw.get("type") == "audio" and "data" in raw else ""


def _one(raw: Wire) -> Iterator[Leaf]:
    data, mime, name = _data(raw), mime_type(raw), str(raw.get("name") or "")
    if raw.get("uri"):
        yield Leaf("html", _named(raw, f"{link(str(raw['uri']), str(raw['uri']))}, not loaded"))
    elif not _decoded(data):
        yield Leaf("code", pretty(compact(dict(raw))), "json")
    elif raw.get("type") == "image" and _SHOWN.fullmatch(mime):
        yield Leaf("image", f"data:{mime};base64,{data}", name=name)
    elif raw.get("type") == "video" and _SHOWN.fullmatch(mime):
        yield Leaf("video", data, mime)
    elif raw.get("type") == "document" or _MIME.fullmatch(mime):
        yield from _file(raw)
    else:
        yield Leaf("html", _named(raw, f"{len(_decoded(data)):,} bytes"))


def _file(raw: Wire) -> Iterator[Leaf]:
    """To be downloaded; of a text the beginning is there to be read."""
    kind, mime, content = str(raw.get("type") or "content"), mime_type(raw), _decoded(_data(raw))
    name = str(raw.get("name") or "")
    form = mime if _MIME.fullmatch(mime) else "application/octet-stream"
    label = words.FILE.format(name or kind, mime, len(content))
    yield Leaf("file", _data(raw), form, name or f"file{guess_extension(form) or ''}", label)
    if mime.startswith("text/"):
        text = content.decode("utf-8", "replace")
        more = words.FILE_MORE.format(len(text) - PREVIEW) if len(text) > PREVIEW else ""
        yield Leaf("code", text[:PREVIEW] + more, "text")


def _sound(pieces: list[Wire]) -> Leaf:
    first, mime = pieces[0], mime_type(pieces[0])
    rate, channels = _number(first, "sample_rate", RATE), _number(first, "channels", 1)
    data = tuple(_data(piece) for piece in pieces)
    if mime == RAW_SOUND:
        return Leaf("audio", _joined(data, rate, channels), "audio/wav")
    return Leaf("audio", _joined(data), mime)


@lru_cache(maxsize=8)
def _joined(pieces: tuple[str, ...], rate: int = 0, channels: int = 0) -> str:
    """The pieces as one base64; with a rate they are samples without a header, which is made."""
    data = b"".join(map(_decoded, pieces))
    return base64.b64encode(_wav(data, rate, channels) if rate else data).decode()


def _wav(samples: bytes, rate: int, channels: int) -> bytes:
    """16-bit samples with the header that players ask for."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        sound.writeframes(samples)
    return file.getvalue()


def _number(raw: Wire, key: str, default: int) -> int:
    value = raw.get(key)
    return value if isinstance(value, int) and 0 < value < 1_000_000 else default


def _data(raw: Wire) -> str:
    return str(raw.get("data") or "")


@lru_cache(maxsize=8)
def _decoded(data: str) -> bytes:
    """The bytes of inline data; none if it is not base64. Megabytes are decoded once, not at each look."""
    try:
        return base64.b64decode(data, validate=True)
    except ValueError:
        return b""


def _named(raw: Wire, what: str) -> str:
    kind = " ".join(filter(None, (str(raw.get("type") or "content"), mime_type(raw))))
    return f'<p class="named"><b>{escape(kind)}</b> {what}</p>'
