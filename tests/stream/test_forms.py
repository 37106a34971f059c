"""What a body is, whatever its header calls it."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.stream.bodies import LARGEST, pieces
from interactions.stream.cutters import BodyCutter, cut
from interactions.stream.forms import form_of, json_values, page_message, page_title
from interactions.stream.sse import DOUBLED, INDENTED, UNENDED, parted, read_frame
from tests.folding import STREAMS

KINDS = ("text/event-stream", "application/json", "application/x-ndjson", "text/html", "text/plain", "")
TOKENS = st.lists(
    st.sampled_from(
        [
            *(
                b"\n",
                b"\r",
                b"\r\n",
                b" ",
                b"\t",
                b"\xef\xbb\xbf",
                b"data: ",
                b"event: e",
                b": c",
                b"id",
                b":",
            ),
            *(b"{", b"}", b"[", b"]", b'"', b"\\", b'"a"', b"1", b",", b'{"a":1}', b"[DONE]", b"\0", b"\xff"),
            *(b"<", b"<html>", b"<!doctype html>", b"x", b"da", b"ev"),
        ]
    ),
    max_size=20,
).map(b"".join)


def frames(kind: str, *parts: bytes) -> list[bytes]:
    cutter = BodyCutter(200, kind)
    found = [frame for part in parts for frame in cutter.feed(part)]
    rest = cutter.rest()
    return [*found, rest] if rest else found


@pytest.mark.parametrize(
    ("kind", "body", "form"),
    [
        ("application/json", b'data: {"a":1}\n\n', "stream"),
        ("application/json", b"event: a\n", "stream"),
        ("application/json", b"\xef\xbb\xbf\n: hi\n", "stream"),
        ("application/json", b"  data:1", "stream"),
        ("application/x-ndjson", b"data:1", "stream"),
        ("text/html", b"data: 1", "stream"),
        ("text/event-stream", b"anything", "stream"),
        ("", b"anything else", "stream"),
        ("application/json", b"dat", None),
        ("application/json", b"data", None),
        ("application/json", b"dates", "document"),
        ("application/json", b"upstream error", "document"),
        ("application/x-ndjson", b"upstream error", "lines"),
        ("application/json", b"", None),
        ("text/event-stream", b" \n", None),
        ("text/event-stream", b"\n" * 1025, "stream"),
        ("application/json", b"\n" * 1025, "document"),
        ("text/event-stream", b'{"a":', None),
        ("text/event-stream", b'{"a":1}\n', None),
        ("text/event-stream", b'{"a":1}\n{', "stream"),
        ("application/json", b'{"a":1}\n{', "stream"),
        ("application/x-ndjson", b'{"a":1}\n{', "lines"),
        ("application/x-ndjson", b'{\n"a":1}\n{', "stream"),
        ("application/json", b'{"a":1}\n\nevent: x', "stream"),
        ("application/json", b'{"a":1}\neve', None),
        ("application/json", b'{"a":1} and so on', "document"),
        ("application/json", b"[", None),
        ("application/json", b" [\r\n", None),
        ("application/json", b"[]", None),
        ("application/json", b"[1, {", None),
        ("application/json", b"[\n{", "list"),
        ("text/event-stream", b'[{"a"', "list"),
        ("text/event-stream", b'{"a":1} and so on', "stream"),
        ("application/json", b'{"a":\n"data: }', None),
        ("application/json", b"{oh\ndata: 1", "stream"),
        ("text/event-stream", b"<!DOCTYPE html><html>", "document"),
        ("text/event-stream", b"<html lang=de>", "document"),
        ("application/json", b"<h1>No</h1>", "document"),
        ("text/event-stream", b"<h", None),
        ("text/event-stream", b"<div>and more", None),
        ("text/html", b"<section>and more", None),
        ("text/html", b"<br />\n<b>Warning</b>: it rains<br />\ndata: 1", "stream"),
        ("text/html", b"<script>go({\n data: 1})", None),
        ("text/html", b"<html><script>go({\ndata: 1})", "document"),
        ("text/event-stream", b"< 3", "stream"),
        ("application/json", b"\xef\xbb\xbf\xef\xbb\xbfdata: 1", "stream"),
        ("application/json", b"\xef\xbb", None),
        ("text/event-stream", "data: 1".encode("utf-16"), "document"),
        ("text/event-stream", "{}".encode("utf-16-le"), "document"),
    ],
)
def test_the_first_bytes_tell_and_then_the_header(kind: str, body: bytes, form: str | None) -> None:
    assert form_of(200, kind, body) == form


@pytest.mark.parametrize("kind", KINDS)
def test_a_refusal_is_a_document_whatever_it_looks_like(kind: str) -> None:
    assert form_of(400, kind, b"data: 1\n\n") == "document"


@given(TOKENS, st.sampled_from(KINDS))
def test_what_was_told_once_stays(body: bytes, kind: str) -> None:
    """So it does not matter how much of a body has come when it is asked for."""
    told = [form_of(200, kind, body[:size]) for size in range(len(body) + 1)]
    assert all(before in (None, after) for before, after in pairwise(told))


@given(st.lists(TOKENS, max_size=4), st.sampled_from(KINDS))
def test_the_frames_of_any_body_joined_are_the_body_however_it_comes(parts: list[bytes], kind: str) -> None:
    body = b"".join(parts)
    found = frames(kind, *parts)
    assert b"".join(found) == body
    assert found == frames(kind, body) == frames(kind, *(bytes([byte]) for byte in body))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", STREAMS.values(), ids=STREAMS)
def test_an_event_stream_has_the_same_frames_under_any_name(kind: str, body: bytes) -> None:
    assert frames(kind, body) == cut(body)


@pytest.mark.parametrize("kind", ["text/event-stream", "application/json", "text/plain"])
def test_json_lines_are_cut_as_they_come_whatever_they_are_called(kind: str) -> None:
    """The first waits for the second, as it could be a document; no other does."""
    cutter, one, two = BodyCutter(200, kind), b'{"a":1}\n', b'{"b":"}"}\r\n'
    assert cutter.feed(one) == []
    assert cutter.feed(two) == [one, two]
    assert cutter.feed(one) == [one]
    assert cutter.feed(b"data: [DONE]\n\n") == [b"data: [DONE]\n\n"]


def test_a_list_is_cut_behind_each_of_its_objects() -> None:
    """As they come; brackets in texts are none, and behind it may be a stream."""
    cutter = BodyCutter(200, "application/json")
    assert cutter.feed(b'[{"a":"]}{"}') == [b'[{"a":"]}{"}']
    assert cutter.feed(b'\n, {"b":[{"c":"\\"}"}]}') == [b'\n, {"b":[{"c":"\\"}"}]}']
    assert cutter.feed(b"\n]") == [b"\n]"]
    assert cutter.feed(b"\ndata: 1\n\n") == [b"\ndata: 1\n\n"]
    assert cutter.rest() == b""


@pytest.mark.parametrize("raw", [b'[{"a":1}', b'\n, {"a":1}', b',\r\n{"a":1}', b'{"a":1}'])
def test_a_piece_of_a_list_is_the_object_in_it(raw: bytes) -> None:
    assert read_frame(raw).values == (('{"a":1}', ""),)


def test_events_without_blank_lines_are_cut_when_the_next_begins() -> None:
    """With their names and ids, and not while the JSON of one is open."""
    one, two = b'event: a\ndata: {"a":1}\nid: 1\n', b"event: b\ndata: [DONE]\n"
    assert cut(one + two + one) == [one, two, one]
    spread = b'data: {\ndata: "a": 1\ndata: }\n\n'
    assert cut(spread + one) == [spread, one]
    assert cut(b"data: a\ndata: b\n\n") == [b"data: a\ndata: b\n\n"]


@pytest.mark.parametrize(
    ("raw", "values", "remark"),
    [
        (b'data: {"a":1}', [('{"a":1}', "message")], UNENDED),
        (b'event: x\r\ndata:{"a":1}\r\n', [('{"a":1}', "x")], UNENDED),
        (b"data: [DONE]", [("[DONE]", "message")], UNENDED),
        (b'data: {\ndata: "a":1}', [('{\n"a":1}', "message")], UNENDED),
        (b'data: {"a":1}\ndata: {"b', [('{"a":1}', "message")], UNENDED),
        (
            b'event: x\ndata: {"a":1}\nevent: y\ndata: {"b":2}\ndata: [DONE]\n\n',
            [('{"a":1}', "x"), ('{"b":2}', "y"), ("[DONE]", "y")],
            UNENDED,
        ),
        (b'data: data: {"a":1}\n\n', [('{"a":1}', "message")], DOUBLED),
        (b"event: x\ndata: data:[DONE]\n\n", [("[DONE]", "x")], DOUBLED),
        (b"data: data: a\n\n", [("data: a", "message")], ""),
        (b' event: x\n  data: {"a":1}\n\n', [('{"a":1}', "x")], INDENTED),
        (b'\tdata: {"a":1}', [('{"a":1}', "message")], INDENTED),
        (b'data: {"a":1}\n\n', [('{"a":1}', "message")], ""),
        (b'data:{"a":1}\r\r', [('{"a":1}', "message")], ""),
        (b"data: a\ndata: b\n\n", [("a\nb", "message")], ""),
        (b'{"a":1}\n{"b":2}\n', [('{"a":1}', ""), ('{"b":2}', "")], ""),
        (b'{\n"a":1}\n{\n"b":2}\n', [('{\n"a":1}', ""), ('{\n"b":2}', "")], ""),
    ],
)
def test_what_is_whole_is_read_and_said(raw: bytes, values: list[tuple[str, str]], remark: str) -> None:
    """Also what the specification drops; it is said then."""
    assert list(read_frame(raw).values) == values
    raws, said = parted(raw)
    assert said == ((remark,) if remark else ())
    assert [one for each in raws for one in read_frame(each).values] == values


@pytest.mark.parametrize("raw", [b'data: {"a":1}\n\n', b'event: x\r\ndata: {"a":"\xc3\xbc"}\r\n\r\n'])
def test_an_event_cut_before_it_is_whole_is_none(raw: bytes) -> None:
    whole = raw.index(b"}") + 1
    for size in range(len(raw)):
        assert bool(read_frame(raw[:size]).values) == (size >= whole), size


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ('{"a":1}', ['{"a":1}']),
        ('[{"a":1},{"b":2}]', ['[{"a":1},{"b":2}]']),
        ('{"a":1}\n{"b":2}\n,{"c', ['{"a":1}', '{"b":2}', '{"c']),
        ('{"a":1}{"b":2}', ['{"a":1}', '{"b":2}']),
        ("no JSON", ["no JSON"]),
        ("[" * 100, ["[" * 100]),
        ("", []),
    ],
)
def test_values_that_follow_one_another(text: str, values: list[str]) -> None:
    """With what is no value at their end."""
    assert json_values(text) == values


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("<!doctype html><title>No\n entry</title>", "No entry"),
        ("<html><head><title>A &amp; B</title></head><body><h1>C</h1>", "A & B"),
        ("<html><title></title><body><h1>Blocked</h1>", "Blocked"),
        ("\ufeff\n<center>502<br>Bad gateway</center><script>let a = 1</script>", "502 Bad gateway"),
        ("<html></html>", ""),
        ("<div>Go on</div>", "Go on"),
        ('<?xml version="1.0"?><html><title>Old</title></html>', "Old"),
        ('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', None),
        ("<", None),
        ("< 3", None),
        ("Bad gateway", None),
        (f"<title>{'x' * 5000}</title>", "x" * 200),
    ],
)
def test_a_web_page_has_a_title_or_at_least_words(page: str, title: str | None) -> None:
    assert page_title(page) == title


def test_the_sentence_of_a_page_ends_once() -> None:
    assert page_message("Sorry.") == "The server sent a web page instead of an answer: Sorry."
    assert page_message("") == "The server sent a web page instead of an answer."


class _Stream(httpx.SyncByteStream):
    def __init__(self, *parts: bytes) -> None:
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._parts)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda data: zlib.compress(data, 9)])
@pytest.mark.parametrize("header", [{}, {"content-encoding": "identity"}])
def test_what_is_compressed_and_does_not_say_so_is_decoded(
    pack: Callable[[bytes], bytes], header: dict[str, str]
) -> None:
    """In one piece, or byte by byte."""
    data = b'data: {"a":1}\n\n' * 100
    packed = pack(data)
    for parts in ([packed], [packed[at : at + 1] for at in range(len(packed))]):
        response = httpx.Response(200, headers=header, stream=_Stream(*parts))
        assert b"".join(pieces(response, LARGEST)) == data


@pytest.mark.parametrize("body", [b"", b"x", b"x\n", b"\x1f", b"xx", b"\x1f\x8a", b"x^0"])
def test_what_only_begins_like_that_is_text(body: bytes) -> None:
    for parts in ([body], [body[at : at + 1] for at in range(len(body))]):
        response = httpx.Response(200, stream=_Stream(*parts))
        assert b"".join(pieces(response, LARGEST)) == body
