"""Secrets that come back: what a server repeats of the keys that it was sent, in any usual writing, masked.

A secret is found as it is, in escapes of JSON, of addresses and of HTML, in hex, and in base64, wherever in
that it begins. What a stream tells of it in pieces, over several frames, is found as well. It is looked for
in each frame of a stream; the usual one, which has nothing of it, costs one search of an expression.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import accumulate
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]

MASK = "(masked)"
SHORTEST = 8  # characters of a secret; what is shorter is none
LONG = 16  # characters, from which on it takes more of them to know the last piece
GAP = 16  # frames between two pieces; frames of other steps, and pings, may come in between

# One character in another writing, also if that is escaped again: \u0073, \x73, %73, &#115;, &#x73;, \/.
_ESCAPE = re.compile(
    rb"(?<!\\)\\++(?:u00|x)([2-7][0-9a-fA-F])|%(?:25)*([0-9a-fA-F]{2})|&(?:amp;)*#[xX]0*([2-7][0-9a-fA-F]);"
    rb"|&(?:amp;)*#0*([0-9]{2,3});|&(?:amp;)*([a-z]+);|(?<!\\)\\++(/)"
)
_ESCAPED = rb"\\(?:u00|x)[2-7]|%[2-7][0-9a-fA-F]|&(?:#|[a-z]+;)|\\/"  # with what such a frame is told apart
_NAMED = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'", b"sol": b"/", b"plus": b"+"}
_NAMED |= {b"equals": b"=", b"lowbar": b"_", b"period": b".", b"colon": b":", b"commat": b"@", b"dash": b"-"}
# The bytes of JSON, the rarest first; what is not here is rarer.
_RARITY = b'zjqxkvbwygfpmh0123456789dlucr-_.:,nsaoite "'
_OPENINGS = (b'"', b"data: ", b"data:", b"\n")  # what stands in front of a piece; behind it stands one of
_CLOSINGS = b'"\r\n'
_CLOSED = rb"[\r\n]|\"(?!:)|\Z"  # but not the name of a field


class Echoes:
    """What is known to be secret, and how much of it the frames so far have told. `search` finds something in
    every frame that `masked` would change, and in few others."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._known = [_Secret(secret.encode()) for secret in sorted(secrets) if secret]
        signs = [secret.signs for secret in self._known]
        self._near = re.compile(b"|".join((*signs, _ESCAPED)) if signs else rb"(?!)")
        self._awaited: tuple[bytes, ...] = ()  # one of these is in a frame that tells more
        self.search: Callable[[bytes], object] = self._near.search

    def masked(self, raw: bytes, frame: int = 0) -> tuple[bytes, int]:
        """The bytes with asterisks in the place of what is secret, as many as there were bytes; and in how
        many places. They are the frame of a stream that has this number."""
        spans = _merged(self._spans(raw, frame)) if self.search(raw) else []
        return _filled(raw, spans, lambda size: b"*" * size) if spans else raw, len(spans)

    def without(self, raw: bytes) -> bytes:
        """The same of a document or a sentence, with one word in the place of each."""
        spans = _merged(self._spans(raw, 0)) if self.search(raw) else []
        return _filled(raw, spans, lambda _size: MASK.encode())

    def _search(self, raw: bytes) -> object:
        return self._near.search(raw) or any(each in raw for each in self._awaited)

    def _spans(self, raw: bytes, frame: int) -> Iterator[Span]:
        view = _ESCAPE.sub(_character, raw)
        found = [span for secret in self._known for span in secret.whole(raw)]
        within = [span for secret in self._known for span in secret.whole(view)] if view != raw else []
        for secret in self._known:
            within += secret.pieces(view, frame)
        self._awaited = tuple(each for secret in self._known for each in secret.awaited)
        self.search = self._search if self._awaited else self._near.search
        found += _there(raw, within) if view != raw else within
        for start, end in found:
            yield (start + _escaping(raw, start), end)


class _Secret:
    """One secret. `told` has, for each number of its characters that strings ended with, the last frame in
    which one did."""

    def __init__(self, secret: bytes) -> None:
        self._forms = _forms(secret)
        self.told: dict[int, int] = {}
        self._bytes = secret
        self._tail = 4 if len(secret) >= LONG else 2  # characters of a last piece that are told from any word
        self._half = len(secret) // 2 - self._tail + 1
        # Pieces are followed from the first that has this byte in it: a rare one, and still in good time.
        self._from = min(range(max(1, len(secret) // 4)), key=partial(_rarity, secret))
        rare, next, third = (re.escape(secret[at : at + 1]) for at in range(self._from, self._from + 3))
        self._begin = rb"%b(?:%b(?:%b|%b)|%b)" % (rare, next, third, _CLOSED, _CLOSED)
        self._beginning = re.compile(self._begin)
        self._near = re.compile(self.signs)

    @property
    def signs(self) -> bytes:
        """An expression that is found in whatever has something of the secret."""
        return b"|".join((self._begin, *map(_sign, self._forms[1:])))

    def whole(self, text: bytes) -> Iterator[Span]:
        for form in self._forms if self._near.search(text) else ():
            start = text.find(form)
            while start >= 0:
                yield start, start + len(form)
                start = text.find(form, start + len(form))

    @property
    def awaited(self) -> Iterator[bytes]:
        """What a string begins with that goes on with a piece."""
        for told in self.told:
            yield from (opening + self._bytes[told : told + 1] for opening in _OPENINGS)

    def pieces(self, view: bytes, frame: int) -> list[Span]:
        """Where strings tell a part of it that should not be told: all of the last part, and of others what
        is beyond the half."""
        self.told = {told: at for told, at in self.told.items() if frame - at <= GAP}
        if not self.told and self._beginning.search(view) is None:
            return []
        found: list[Span] = []
        waiting = dict.fromkeys(self.told, 0)  # from where on in this frame what follows is looked for
        for piece in self._begun(view):
            waiting.setdefault(*self._took(found, frame, *piece))
        done: set[int] = set()
        while left := waiting.keys() - done:
            done.add(told := min(left))
            if following := self._continued(view, told, waiting[told]):
                waiting.setdefault(*self._took(found, frame, *following))
        return found

    def _took(self, found: list[Span], frame: int, first: int, start: int, end: int) -> Span:
        """Notes a piece that begins with the character `first`; returns how much it ends with, and where."""
        told = first + end - start
        if told == len(self._bytes):
            found.append((start, end))
        else:
            self.told[told] = frame
            if told > self._half:
                found.append((start + max(0, self._half - first), end))
        return told, end

    def _begun(self, view: bytes) -> Iterator[tuple[int, int, int]]:
        """The pieces with the rare byte in them, as first character, start and end."""
        for match in self._beginning.finditer(view):
            place = match.start()
            end = place + _common(view[place : place + len(self._bytes)], self._bytes[self._from :])
            before = view[max(0, place - self._from) : place][::-1]
            back = _common(before, self._bytes[: self._from][::-1])
            start, first = place - back, self._from - back
            opened = first == 0 or start == 0 or view[max(0, start - 6) : start].endswith(_OPENINGS)
            if opened and self._over(view, first, start, end):
                yield first, start, end

    def _continued(self, view: bytes, told: int, start: int) -> tuple[int, int, int] | None:
        following = self._bytes[told : told + 1]
        for opening in _OPENINGS if following else ():
            place = view.find(opening + following, start)
            while place >= 0:
                place += len(opening)
                end = place + _common(view[place : place + len(self._bytes)], self._bytes[told:])
                if self._over(view, told, place, end):
                    return told, place, end
                place = view.find(opening + following, place)
        return None

    def _over(self, view: bytes, first: int, start: int, end: int) -> bool:
        """Whether a string ends here, or the secret with enough of it to be told from any word. The names of
        JSON's fields are no strings."""
        if first + end - start == len(self._bytes) and end - start >= self._tail:
            return True
        return view[end : end + 1] in _CLOSINGS and not view.startswith(b'":', end)


def _forms(secret: bytes) -> tuple[bytes, ...]:
    """The secret as it is, and as others write all of it."""
    text = secret.decode()
    forms = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    for ascii_only in (False, True):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        forms += [once.encode(), json.dumps(once)[1:-1].encode()]
    for before, start in enumerate((0, 2, 3)):  # the characters that depend on the secret alone
        encoded = b64encode(bytes(before) + secret)[start : (before + len(secret)) * 8 // 6]
        forms += [encoded, encoded.translate(bytes.maketrans(b"+/", b"-_"))]
    return tuple(dict.fromkeys(forms))


def _sign(form: bytes) -> bytes:
    """Four bytes of it that few frames have."""
    rare = min(range(len(form) - 4), key=partial(_rarity, form))
    return re.escape(form[rare : rare + 4])


def _character(escape: re.Match[bytes]) -> bytes:
    """What an escape stands for; one that stands for no single byte stays as it is."""
    hexadecimal = escape[1] or escape[2] or escape[3]
    number = int(hexadecimal, 16) if hexadecimal else int(escape[4] or 256)
    return bytes([number]) if number < 256 else _NAMED.get(escape[5]) or escape[6] or escape[0]


def _there(raw: bytes, spans: Iterable[Span]) -> list[Span]:
    """Spans of the text without escapes, in the text with them."""
    places, longer, lost = [], [], 0
    for escape in _ESCAPE.finditer(raw):
        more = len(escape[0]) - len(_character(escape))
        places.append(escape.start() - lost)
        longer.append(more)
        lost += more
    shifts = [0, *accumulate(longer)]

    def there(place: int) -> int:
        return place + shifts[bisect_left(places, place)]

    return [(there(start), there(end)) for start, end in spans]


def _escaping(raw: bytes, start: int) -> int:
    """1 if the byte belongs to the backslash in front of it, else 0: JSON stays JSON."""
    before = raw[max(0, start - 64) : start]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 if raw[start : start + 1] != b"\\" else 0


def _filled(raw: bytes, spans: Iterable[Span], mask: Callable[[int], bytes]) -> bytes:
    """What is all digits may be a number in JSON, and becomes another one."""
    parts, done = [], 0
    for start, end in spans:
        number = end - start >= SHORTEST and raw[start:end].isdigit()
        parts += [raw[done:start], b"9" * (end - start) if number else mask(end - start)]
        done = end
    return b"".join((*parts, raw[done:]))


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _common(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (a, b) in pairs if a != b), min(len(one), len(other)))


def _rarity(secret: bytes, place: int) -> int:
    return _RARITY.find(secret[place : place + 1])
