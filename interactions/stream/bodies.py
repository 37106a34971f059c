"""The decoded body of an answer, a piece at a time, within limits of size.

Bodies are asked for without compression, and some servers compress them nevertheless, a few of which do not
say so: 0.4 MB of gzip may be 400 MB.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import httpx

LARGEST = 256 * 2**20  # bytes of a stream; Google's files have up to 27 MB in base64, several in one stream
LONGEST = 64 * 2**20  # of one frame, and of a document
MOST = 500_000  # frames of a body
EXPANSION = 100  # times the bytes that came, once it is more than `FREE`; text is compressed to about a tenth
FREE = 8 * 2**20
PIECE = 2**16  # bytes that are decoded at once

_GZIP = zlib.MAX_WBITS | 16
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}
_MEMBER = b"\x1f\x8b"  # what each part of a gzip file begins with
# No text begins like that: "x" with half a character behind it, or with a control character.
_PACKED = {_MEMBER: _GZIP, b"x\x9c": zlib.MAX_WBITS, b"x\xda": zlib.MAX_WBITS, b"x\x01": zlib.MAX_WBITS}


class Cut(Exception):
    """Raised when the rest of a body is not read: `code` is a word for it, the message a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def pieces(response: httpx.Response, largest: int) -> Iterator[bytes]:
    """The decoded body. Raises `Cut`, and what httpx raises."""
    # The last named encoding was applied last, so it is undone first (RFC 9110, 8.4).
    decoders = [_Inflater(_window(name)) for name in reversed(_encodings(response))]
    came = went = 0
    # httpx would decode a piece as a whole, however large it gets: compressed bodies are decoded here.
    raws = response.iter_raw() if decoders else _from_second_byte(response.iter_bytes())
    for raw in raws:
        if not came and not decoders and raw[:2] in _PACKED:
            decoders = [_Inflater(_PACKED[raw[:2]])]
        came += len(raw)
        for piece in _decoded(raw, decoders):
            went += len(piece)
            if went > largest:
                raise Cut("TooLarge", f"The answer is larger than {_mb(largest)}, of which no more is read.")
            if went > max(FREE, EXPANSION * came):
                raise Cut(
                    "TooLarge",
                    f"The answer was compressed, and grew to more than {EXPANSION} times of what came and to"
                    f" more than {_mb(FREE)}: no more of it is read.",
                )
            yield piece


def _from_second_byte(raws: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes, also where they break off; the first piece has two, if there are so many."""
    head = b""
    try:
        for raw in raws:
            head += raw
            if len(head) > 1:
                break
    except httpx.HTTPError:
        if head:
            yield head
        raise
    if head:
        yield head
    yield from raws


def too_long() -> Cut:
    return Cut("TooLarge", f"One frame of the answer is longer than {_mb(LONGEST)}: no more of it is read.")


def too_many() -> Cut:
    return Cut("TooLarge", f"The answer has more than {MOST:,} frames: no more of it is read.")


def _encodings(response: httpx.Response) -> list[str]:
    named = response.headers.get("content-encoding", "").lower().split(",")
    return [name.strip() for name in named if name.strip() not in ("", "identity")]


def _window(encoding: str) -> int:
    if encoding not in _WINDOWS:
        raise Cut(
            "UnknownEncoding",
            f"The server has compressed its answer as {encoding[:40]!r}, which cannot be read here.",
        )
    return _WINDOWS[encoding]


def _decoded(raw: bytes, decoders: list[_Inflater]) -> Iterator[bytes]:
    if not decoders:
        yield raw
        return
    for piece in decoders[0].feed(raw):
        yield from _decoded(piece, decoders[1:])


class _Inflater:
    """zlib, asked for a piece at a time: what 64 KB are decoded to is not known before."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._zlib = zlib.decompressobj(window)
        self._head = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Raises `httpx.DecodingError`."""
        if self._window == zlib.MAX_WBITS:
            data = self._headed(data)
        piece = b""
        while data or len(piece) == PIECE:
            try:
                piece = self._zlib.decompress(data, PIECE)
            except zlib.error as error:
                raise httpx.DecodingError(str(error)) from error
            # zlib keeps the input that did not fit into the piece; it has to be given again.
            data = self._zlib.unconsumed_tail
            if self._zlib.eof:
                data = self._next_member()
            if piece:
                yield piece

    def _next_member(self) -> bytes:
        """A gzip file may have several parts; what is behind them, if it is none, is nothing."""
        left = self._zlib.unused_data
        if self._window != _GZIP or not left.startswith(_MEMBER):
            return b""
        self._zlib = zlib.decompressobj(_GZIP)
        return left

    def _headed(self, data: bytes) -> bytes:
        """Some servers mean by "deflate" what has no header (RFC 9110, 8.4.1.2); two bytes tell."""
        self._head += data
        if len(self._head) < 2:
            return b""
        # Method 8 and a checksum of 31 make a zlib header (RFC 1950, 2.2).
        wrapped = self._head[0] & 15 == 8 and int.from_bytes(self._head[:2], "big") % 31 == 0
        self._window = 0  # decided
        self._zlib = zlib.decompressobj() if wrapped else zlib.decompressobj(-zlib.MAX_WBITS)
        return self._head


def _mb(size: int) -> str:
    return f"{size // 2**20} MB"
