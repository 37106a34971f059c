"""Images, sound, video and documents in an answer: what came inline is shown, what lies elsewhere is named.

The page fetches nothing from an address that a model has written; a reader may open it.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import wave
from collections.abc import Iterable, Iterator
from functools import lru_cache
from html import escape
from itertools import groupby

from interactions.steps import Media, Wire
from interactions.ui.citations import link
from interactions.ui.gists import compact
from interactions.ui.rows import pretty
from interactions.ui.stack import Leaf

_SHOWN = re.compile(r"(?:image|video)/[a-z0-9.+-]+")
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
            yield from map(_one, pieces)


def _streamed_sound(raw: Wire) -> str:
    return _mime(raw) if raw.get("type") == "audio" and "data" in raw else ""


def _one(raw: Wire) -> Leaf:
    if raw.get("uri"):
        return Leaf("html", _named(raw, f"{link(str(raw['uri']), str(raw['uri']))}, not loaded"))
    data, mime = _data(raw), _mime(raw)
    if not _decoded(data):
        return Leaf("code", pretty(compact(dict(raw))), "json")
    if raw.get("type") == "image" and _SHOWN.fullmatch(mime):
        return Leaf("image", f"data:{mime};base64,{data}")
    if raw.get("type") == "video" and _SHOWN.fullmatch(mime):
        return Leaf("video", data, mime)
    return Leaf("html", _named(raw, f"{len(_decoded(data)):,} bytes"))


def _sound(pieces: list[Wire]) -> Leaf:
    data = b"".join(_decoded(_data(piece)) for piece in pieces)
    mime = _mime(pieces[0])
    if mime == RAW_SOUND:
        first = pieces[0]
        mime, data = (
            "audio/wav",
            _wav(data, _number(first, "sample_rate", RATE), _number(first, "channels", 1)),
        )
    return Leaf("audio", base64.b64encode(data).decode(), mime)


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


def _mime(raw: Wire) -> str:
    return str(raw.get("mime_type") or "").split(";")[0].strip().lower()


def _data(raw: Wire) -> str:
    return str(raw.get("data") or "")


@lru_cache(maxsize=8)
def _decoded(data: str) -> bytes:
    """The bytes of inline data; none if it is not base64. Megabytes are decoded once, not at each look."""
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error:
        return b""


def _named(raw: Wire, what: str) -> str:
    kind = " ".join(filter(None, (str(raw.get("type") or "content"), _mime(raw))))
    return f'<p class="named"><b>{escape(kind)}</b> {what}</p>'
