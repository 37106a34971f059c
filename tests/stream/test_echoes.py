"""Secrets that a server repeats, in whatever writing, and what is left of them."""

from __future__ import annotations

import html
import json
import re
import string
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from itertools import accumulate, pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.stream.cutters import Cutter
from interactions.stream.echoes import Echoes, Name
from interactions.stream.journal import Recorder

GOOGLE = "AIzaSyD4f9Q2xK7mLp0RtVw8YbNcEhGjUoZs1q3"
KEYS = [GOOGLE, "sk-proj-Ab3dEf6h/Ij9lMn2+pQr5tUv8x_zz", "planted-key-5b1d", "hunter22", 'p"ss\\w&rd <é> 1']
WRITINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda key: key,
    "JSON": lambda key: json.dumps(key)[1:-1],
    "JSON in JSON": lambda key: json.dumps(json.dumps(key))[3:-3],
    "JSON, every character": lambda key: "".join(f"\\u{ord(each):04x}" for each in key),
    "the same in JSON": lambda key: "".join(f"\\\\u{ord(each):04X}" for each in key),
    "JavaScript": lambda key: "".join(f"\\x{ord(each):02x}" for each in key),
    "slashes escaped": lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
    "an address": lambda key: quote(key, safe=""),
    "an address, every byte": lambda key: "".join(f"%{each:02x}" for each in key.encode()),
    "an address in an address": lambda key: "".join(f"%25{each:02X}" for each in key.encode()),
    "HTML": html.escape,
    "HTML by numbers": lambda key: "".join(f"&#{ord(each)};" for each in key),
    "HTML by hexadecimal numbers": lambda key: "".join(f"&#x{ord(each):X};" for each in key),
    "every third character escaped": lambda key: "".join(
        each if at % 3 else f"\\u{ord(each):04x}" for at, each in enumerate(key)
    ),
    "hex": lambda key: key.encode().hex(),
    "hex in capitals": lambda key: key.encode().hex().upper(),
    "base64": lambda key: b64encode(key.encode()).decode(),
    "base64 behind a byte": lambda key: b64encode(b":" + key.encode()).decode(),
    "base64 behind two": lambda key: b64encode(b"u:" + key.encode()).decode(),
    "base64 for addresses": lambda key: urlsafe_b64encode(b"name:" + key.encode() + b"!").decode(),
    "base64 in an address": lambda key: quote(b64encode(b"me:" + key.encode()).decode(), safe=""),
}
BY_NUMBERS = {
    "JSON, every character",
    "the same in JSON",
    "JavaScript",
    "HTML by numbers",
    "HTML by hexadecimal numbers",
    "every third character escaped",
}
_AROUND = st.text(string.ascii_letters + ' .,:"{}<&%/=\n', max_size=20)


def pieces_of(key: str, borders: Iterable[int]) -> list[str]:
    return [key[start:end] for start, end in pairwise([0, *borders, len(key)])]


def delta(text: str) -> bytes:
    said = {"index": 0, "delta": {"text": text, "type": "text"}, "event_type": "step.delta"}
    return f"event: step.delta\ndata: {json.dumps(said)}\n\n".encode()


def text_of(frames: Iterable[bytes]) -> str:
    return "".join(json.loads(raw.split(b"data: ")[1])["delta"]["text"] for raw in frames)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("writing", WRITINGS)
def test_a_secret_is_found_in_any_usual_writing(writing: str, key: str) -> None:
    """As many asterisks as it had bytes stand there; but for what base64 shares with the bytes beside."""
    if not key.isascii() and writing in BY_NUMBERS:
        pytest.skip("keys are ASCII; of a password, letters beyond it are looked for as JSON has them")
    there = WRITINGS[writing](key).encode()
    raw = b'{"error": "Who is ' + there + b'?"}'
    masked, count = Echoes([key]).masked(raw)
    assert (len(masked), count) == (len(raw), 1)
    assert re.fullmatch(rb'\{"error": "Who is .{0,9}\*{%d,}.{0,9}\?"\}' % max(8, len(there) - 16), masked)


@pytest.mark.parametrize("key", KEYS)
@given(before=_AROUND, behind=_AROUND)
def test_all_else_stays_as_it_was(key: str, before: str, behind: str) -> None:
    """To the byte, and at its place."""
    raw = f"{before} {key} {behind}".encode()
    masked, _ = Echoes([key]).masked(raw)
    assert masked == raw.replace(key.encode(), b"*" * len(key.encode()))


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_what_has_no_secret_is_the_same_object(raw: bytes) -> None:
    masked, count = Echoes(KEYS).masked(raw)
    assert masked is raw
    assert count == 0


@pytest.mark.parametrize("key", KEYS[:3])
def test_a_key_in_two_deltas_is_masked_wherever_it_is_cut(key: str) -> None:
    """What is left of it is no more than half."""
    for border in range(1, len(key)):
        first, last = pieces_of(key, [border])
        echoes = Echoes([key])
        told = text_of(echoes.masked(delta(each))[0] for each in (f"It is {first}", f"{last}, I say."))
        assert re.fullmatch(r"It is (.*?)\*+(.*), I say\.", told), told
        assert len(told.replace("*", "")) - len("It is , I say.") <= len(key) // 2, told


@given(
    key=st.sampled_from([*KEYS[:4], "Zx9"]),
    sizes=st.lists(st.integers(1, 9), min_size=40, max_size=40),
    pings=st.integers(0, 3),
)
def test_a_key_in_any_number_of_deltas_is_told_by_half_at_most(
    key: str, sizes: list[int], pings: int
) -> None:
    """Whatever stands between them. A short one is none."""
    cut = [*pieces_of(key, [end for end in accumulate(sizes) if end < len(key)])]
    cut[0], cut[-1] = f"The key: {cut[0]}", f"{cut[-1]}."
    echoes = Echoes([key] if len(key) >= 8 else [])
    told = []
    for piece in cut:
        told.append(echoes.masked(delta(piece))[0])
        for _ in range(pings):
            assert echoes.masked(b'event: ping\ndata: {"type": "ping"}\n\n')[1] == 0
    left = text_of(told).removeprefix("The key: ").removesuffix(".").replace("*", "")
    assert len(left) <= (len(key) // 2 if len(key) >= 8 else len(key))


def test_one_character_a_delta_is_a_key_as_well() -> None:
    for key in KEYS[:4]:
        for write in (delta, lambda each: delta("\0").replace(b"\\u0000", b"\\u%04x" % ord(each))):
            echoes = Echoes([key])
            told = text_of(echoes.masked(write(each))[0] for each in key)
            assert told.count("*") >= len(key) / 2, told


def test_pieces_too_far_apart_are_none() -> None:
    """Else any long text would tell any key at last."""
    echoes = Echoes([GOOGLE])
    assert [echoes.masked(delta(each), 20 * at)[1] for at, each in enumerate(GOOGLE)] == [0] * len(GOOGLE)
    assert any(echoes.masked(delta(each), 10 * at)[1] for at, each in enumerate(GOOGLE))


@given(st.lists(st.text(string.ascii_lowercase + " ", max_size=8), max_size=60))
def test_words_are_no_pieces(words: list[str]) -> None:
    """An answer without the key is the answer."""
    echoes = Echoes(["planted-key-5b1d", "a-word-that-goes-on-7f"])
    assert [echoes.masked(delta(each)) for each in words] == [(delta(each), 0) for each in words]


def test_json_stays_json() -> None:
    """Also where the key stands as a number, behind an escape, or is the name of a field."""
    key = "n12345678"
    for value in (
        {"a": f"\\{key}"},
        {"a": f"\n{key[1:]} {key}"},
        {key: 1},
        {"a": 12345678},
        {"a": "\\" * 7 + key},
    ):
        raw = json.dumps(value).encode()
        masked, count = Echoes([key, "12345678"]).masked(raw)
        assert count
        assert key[1:] not in masked.decode()
        json.loads(masked)


def test_of_two_that_overlap_both_are_masked() -> None:
    raw = b"one-secret-and-more, one-secret"
    assert Echoes(["one-secret", "secret-and-more"]).masked(raw) == (b"*" * 19 + b", " + b"*" * 10, 2)


def test_a_secret_that_was_read_in_pieces_is_in_one_frame() -> None:
    """Frames are cut before they are masked."""
    cutter, echoes = Cutter(), Echoes([GOOGLE])
    frames = [raw for byte in delta(f"It is {GOOGLE}.") for raw in cutter.feed(bytes([byte]))]
    assert [echoes.masked(raw)[1] for raw in frames] == [1]


def test_a_document_has_a_word_in_the_place_of_a_secret() -> None:
    assert Echoes([GOOGLE]).without(f'"{GOOGLE}"'.encode()) == b'"(masked)"'


@pytest.mark.parametrize("piece", [b"\\", b"%25", b"&amp;", b"&#0", b'"A', b'"AI"', b"4f", b"\\u0041"])
def test_no_frame_takes_long(piece: bytes) -> None:
    """Time grows with the bytes, whatever they are: a square of them would be minutes."""
    echoes = Echoes([GOOGLE])
    raw = piece * (200_000 // len(piece))
    echoes.masked(delta("AI"))
    began = time.process_time()
    echoes.masked(raw)
    assert time.process_time() - began < 3.0


@pytest.mark.parametrize("silence", [b": keep-alive\n\n", b"event: ping\ndata: {}\n\n", b"\n\n"])
def test_what_says_nothing_does_not_part_two_pieces(silence: bytes) -> None:
    """A server that pings between two deltas has not forgotten the first."""
    key, record = KEYS[1], Recorder()
    record.hide(frozenset({key}))
    frames = []
    for piece in pieces_of(key, range(9, len(key), 9)):
        frames.append(record.wire(delta(piece)).raw)
        frames += [record.wire(silence).raw for _ in range(50)]
    told = text_of(raw for raw in frames if b"delta" in raw)
    assert len(told) == len(key)
    assert key[len(key) // 2 :] not in told
    assert told.count("*") >= len(key) // 2


@pytest.mark.parametrize("key", KEYS[:2])
@given(cut=st.data())
def test_a_key_that_somebody_has_cut_is_masked_where_more_than_half_is_left(
    key: str, cut: st.DataObject
) -> None:
    """Servers shorten what they quote, at either end."""
    size = cut.draw(st.integers(len(key) // 2 + 1, len(key) - 1))
    start = cut.draw(st.integers(0, len(key) - size))
    part = key[start : start + size]
    raw = json.dumps({"error": f"Wrong key …{part}… was given."}, ensure_ascii=False).encode()
    masked, count = Echoes([key]).masked(raw)
    assert (len(masked), count) == (len(raw), 1)
    assert part.encode() not in masked
    assert b"*" * size in masked


@pytest.mark.parametrize("name", ["message-bus.7", "production-eu-1", "completed-jobs-42", "customer-0042"])
def test_of_a_name_only_the_whole_is_masked(name: str) -> None:
    """What it begins with may be any word, and a word of the protocol."""
    echoes = Echoes([Name(name)])
    for word in name.replace(".", "-").split("-"):
        raw = json.dumps({"type": word, "text": f"The {word} is {word}."}).encode()
        assert echoes.masked(raw) == (raw, 0)
    assert echoes.masked(f'"{name}"'.encode()) == (b'"' + b"*" * len(name) + b'"', 1)
