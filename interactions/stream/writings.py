"""The writings that a text may have in a body: escapes of JSON, of addresses and of HTML, hex, base64."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Iterable
from functools import partial
from itertools import accumulate
from typing import TypeAlias

Span: TypeAlias = tuple[int, int]

# One character in another writing, also if that is escaped again: \u0073, \x73, %73, &#115;, &#x73;, \/.
_ESCAPE = re.compile(
    rb"(?<!\\)\\++(?:u00|x)([2-7][0-9a-fA-F])|%(?:25)*([0-9a-fA-F]{2})|&(?:amp;)*#[xX]0*([2-7][0-9a-fA-F]);"
    rb"|&(?:amp;)*#0*([0-9]{2,3});|&(?:amp;)*([a-z]+);|(?<!\\)\\++(/)"
)
ESCAPED = rb"\\(?:u00|x)[2-7]|%[2-7][0-9a-fA-F]|&(?:#|[a-z]+;)|\\/"  # with what such a frame is told apart
_NAMED = {b"amp": b"&", b"lt": b"<", b"gt": b">", b"quot": b'"', b"apos": b"'", b"sol": b"/", b"plus": b"+"}
_NAMED |= {b"equals": b"=", b"lowbar": b"_", b"period": b".", b"colon": b":", b"commat": b"@", b"dash": b"-"}
# The bytes of JSON, the rarest first; what is not here is rarer.
_RARITY = b'zjqxkvbwygfpmh0123456789dlucr-_.:,nsaoite "'


def plain(raw: bytes) -> bytes:
    """The text with each escape as the byte that it stands for."""
    return _ESCAPE.sub(_character, raw)


def forms(secret: bytes) -> tuple[bytes, ...]:
    """The secret as it is, and as others write all of it."""
    text = secret.decode()
    found = [secret, secret.hex().encode(), secret.hex().upper().encode()]
    for ascii_only in (False, True):
        once = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        found += [once.encode(), json.dumps(once)[1:-1].encode()]
    for before, start in enumerate((0, 2, 3)):  # the characters that depend on the secret alone
        encoded = b64encode(bytes(before) + secret)[start : (before + len(secret)) * 8 // 6]
        found += [encoded, encoded.translate(bytes.maketrans(b"+/", b"-_"))]
    return tuple(dict.fromkeys(found))


def sign(form: bytes) -> bytes:
    """Four bytes of it that few frames have."""
    rare = min(range(len(form) - 4), key=partial(rarity, form))
    return re.escape(form[rare : rare + 4])


def _character(escape: re.Match[bytes]) -> bytes:
    """What an escape stands for; one that stands for no single byte stays as it is."""
    hexadecimal = escape[1] or escape[2] or escape[3]
    number = int(hexadecimal, 16) if hexadecimal else int(escape[4] or 256)
    return bytes([number]) if number < 256 else _NAMED.get(escape[5]) or escape[6] or escape[0]


def there_in(raw: bytes, spans: Iterable[Span]) -> list[Span]:
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


def escaping(raw: bytes, start: int) -> int:
    """1 if the byte belongs to the backslash in front of it, else 0: JSON stays JSON."""
    before = raw[max(0, start - 64) : start]
    return (len(before) - len(before.rstrip(b"\\"))) % 2 if raw[start : start + 1] != b"\\" else 0


def rarity(secret: bytes, place: int) -> int:
    return _RARITY.find(secret[place : place + 1])
