"""Masks secrets that a server repeats from the request, in every usual encoding.

A secret is found as it is, in escapes of JSON, of addresses and of HTML, in hex, and in base64, wherever in
that it begins. What a stream tells of it in pieces, over several frames, is found as well. It is looked for
in each frame of a stream; the usual one, which has nothing of it, costs one search of an expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from os.path import commonprefix

from interactions.stream.writings import ESCAPED, Span, escaping, forms, plain, rarity, sign, there_in

MASK = "(masked)"
SHORTEST = 8  # characters of a secret; what is shorter is none
LONG = 16  # characters, from which on it takes more of them to know the last piece
GAP = 16  # frames between two pieces; frames of other steps, and pings, may come in between

_OPENINGS = (b'"', b"data: ", b"data:", b"\n")  # what stands in front of a piece; behind it stands one of
_CLOSINGS = b'"\r\n'
_CLOSED = rb"[\r\n]|\"(?!:)|\Z"  # but not the name of a field


class Name(str):
    """A secret that is no key: only the whole of it is looked for, as pieces of it may be any words."""

    __slots__ = ()


class Echoes:
    """The secrets of a request, and how much of them the frames so far have shown. `search` finds something
    in every frame that `masked` would change, and in few others."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._known = [
            _Secret(secret.encode(), key=not isinstance(secret, Name)) for secret in sorted(secrets) if secret
        ]
        signs = [secret.signs for secret in self._known]
        self._near = re.compile(b"|".join((*signs, ESCAPED)) if signs else rb"(?!)")
        self._awaited: tuple[bytes, ...] = ()  # one of these is in a frame that tells more
        self.search: Callable[[bytes], object] = self._near.search

    def masked(self, raw: bytes, frame: int = 0) -> tuple[bytes, int]:
        """The bytes with asterisks in the place of what is secret, as many as there were bytes; and in how
        many places. They are the frame of a stream that has this number."""
        spans = _merged(self._spans(raw, frame)) if self.search(raw) else []
        return _filled(raw, spans, lambda size: b"*" * size) if spans else raw, len(spans)

    def without(self, raw: bytes) -> bytes:
        """A document or a sentence with the mask in place of each secret."""
        spans = _merged(self._spans(raw, 0)) if self.search(raw) else []
        return _filled(raw, spans, lambda _size: MASK.encode())

    @property
    def awaits(self) -> bool:
        """Whether a piece has been told that others may follow."""
        return bool(self._awaited)

    def _search(self, raw: bytes) -> object:
        return self._near.search(raw) or any(each in raw for each in self._awaited)

    def _spans(self, raw: bytes, frame: int) -> Iterator[Span]:
        view = plain(raw)
        found = [span for secret in self._known for span in secret.whole(raw)]
        within = [span for secret in self._known for span in secret.whole(view)] if view != raw else []
        for secret in (each for each in self._known if each.key):
            within += [*secret.runs(view), *secret.pieces(view, frame)]
        self._awaited = tuple(each for secret in self._known for each in secret.awaited)
        self.search = self._search if self._awaited else self._near.search
        found += there_in(raw, within) if view != raw else within
        for start, end in found:
            yield (start + escaping(raw, start), end)


class _Secret:
    """One secret. `told` has, for each number of its characters that strings ended with, the last frame in
    which one did."""

    def __init__(self, secret: bytes, *, key: bool) -> None:
        self.key = key
        self._forms = forms(secret)
        self.told: dict[int, int] = {}
        self._bytes = secret
        self._tail = 4 if len(secret) >= LONG else 2  # characters of a last piece that are told from any word
        self._half = len(secret) // 2 - self._tail + 1
        # Pieces are followed from the first that has this byte in it: a rare one, and still in good time.
        self._from = min(range(max(1, len(secret) // 4)), key=partial(rarity, secret))
        first, second, third = (re.escape(secret[at : at + 1]) for at in range(self._from, self._from + 3))
        self._begin = rb"%b(?:%b(?:%b|%b)|%b)" % (first, second, third, _CLOSED, _CLOSED)
        self._beginning = re.compile(self._begin)
        # A run of it that is longer than the half has one of these, and is told from any word.
        self._most = len(secret) // 2
        places = {self._most - 3, len(secret) - self._most - 1} if key and len(secret) >= LONG else set()
        self._cores = [(place, secret[place : place + 4]) for place in sorted(places)]
        self._near = re.compile(self.signs)

    @property
    def signs(self) -> bytes:
        """An expression that is found in whatever has something of the secret."""
        cores = (re.escape(core) for _, core in self._cores)
        part = (self._begin, *cores) if self.key else (sign(self._bytes),)
        return b"|".join((*part, *map(sign, self._forms[1:])))

    def runs(self, view: bytes) -> Iterator[Span]:
        """Where more than the half of it stands in a row, as of one that somebody has cut."""
        for first, core in self._cores:
            place = view.find(core)
            while place >= 0:
                end = place + _common(view[place : place + len(self._bytes)], self._bytes[first:])
                before = view[max(0, place - first) : place][::-1]
                start = place - _common(before, self._bytes[:first][::-1])
                if end - start > self._most:
                    yield start, end
                place = view.find(core, end)

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
    """The length of the common beginning."""
    return len(commonprefix((one, other)))  # noqa: RUF071 (bytes are meant, not folders)
