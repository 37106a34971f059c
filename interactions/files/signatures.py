"""The types of files, recognised by their first bytes. Neither the name nor the given MIME type is
trusted."""

from __future__ import annotations

import re
from typing import NamedTuple

PDF = "application/pdf"
UNKNOWN = "application/octet-stream"


class Signature(NamedTuple):
    """`ending` is how the name of such a file ends. Browsers show or play what is `shown`, and run nothing
    in it."""

    begins: re.Pattern[bytes]
    mime: str
    ending: str
    shown: bool = True


def _iso(brands: bytes) -> re.Pattern[bytes]:
    """A file of the ISO base media format with one of these brands (ISO/IEC 14496-12, 4.3)."""
    return re.compile(rb"....ftyp(?:" + brands + rb")", re.DOTALL)


_FILM = _iso(rb"isom|iso[2-9]|mp4[12]|avc1|M4V |MSNV|dash")
_WEBM = re.compile(rb"\x1a\x45\xdf\xa3.{0,60}webm", re.DOTALL)

# MP4 and WebM may hold sound alone: they are there twice, as a film first.
SIGNATURES = (
    Signature(re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png", "png"),
    Signature(re.compile(rb"\xff\xd8\xff"), "image/jpeg", "jpg"),
    Signature(re.compile(rb"GIF8[79]a"), "image/gif", "gif"),
    Signature(re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp", "webp"),
    Signature(_iso(rb"avi[fs]"), "image/avif", "avif"),
    Signature(re.compile(rb"BM....\0\0\0\0", re.DOTALL), "image/bmp", "bmp"),
    Signature(_iso(rb"hei[cx]|mif1"), "image/heic", "heic", shown=False),
    Signature(re.compile(rb"RIFF....WAVE", re.DOTALL), "audio/wav", "wav"),
    Signature(re.compile(rb"FORM....AIF[FC]", re.DOTALL), "audio/aiff", "aiff", shown=False),
    Signature(re.compile(rb"ID3|\xff[\xfb\xf3\xf2\xfa]"), "audio/mpeg", "mp3"),
    Signature(re.compile(rb"\xff[\xf1\xf9]"), "audio/aac", "aac"),
    Signature(re.compile(rb"fLaC"), "audio/flac", "flac"),
    Signature(re.compile(rb"OggS"), "audio/ogg", "ogg"),
    Signature(_iso(rb"M4[AB] "), "audio/mp4", "m4a"),
    Signature(_FILM, "video/mp4", "mp4"),
    Signature(_FILM, "audio/mp4", "m4a"),
    Signature(_WEBM, "video/webm", "webm"),
    Signature(_WEBM, "audio/webm", "weba"),
    Signature(_iso(rb"qt  "), "video/quicktime", "mov", shown=False),
    Signature(re.compile(rb"%PDF-"), PDF, "pdf", shown=False),
)

SHOWN = frozenset(each.mime for each in SIGNATURES if each.shown)


def signature(data: bytes, said: str = "") -> Signature | None:
    """The signature that the data begins with, or None if it is unknown. The MIME type that is `said` counts
    only where a file holds sound as well as film."""
    found = [each for each in SIGNATURES if each.begins.match(data)]
    kind = said.partition("/")[0]
    alike = (each for each in found if each.mime.partition("/")[0] == kind)
    return next(alike, found[0] if found else None)


def is_text(data: bytes) -> bool:
    """Whether it is a text in UTF-8."""
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False
