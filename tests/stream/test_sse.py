"""Bytes in, frames out, and one frame read."""

from __future__ import annotations

import httpx
import pytest
from httpx_sse import EventSource, ServerSentEvent
from hypothesis import given
from hypothesis import strategies as st

from interactions.stream.cutters import Cutter, Lines, Whole
from interactions.stream.sse import FrameText, read_frame, tells
from tests.folding import STREAMS, cut

every_stream = pytest.mark.parametrize("body", STREAMS.values(), ids=STREAMS)
BODIES = st.binary(max_size=40) | st.lists(
    st.sampled_from([b"\n", b"\r", b"\r\n", b"data: x", b"event: y", b": c", b"a", b"\xff", b"{"]),
    max_size=30,
).map(b"".join)


def judged(raw: bytes) -> list[ServerSentEvent]:
    """What httpx-sse, given a real response, says of the same bytes."""
    headers = {"content-type": "text/event-stream"}
    return [
        sse for sse in EventSource(httpx.Response(200, headers=headers, content=raw)).iter_sse() if sse.data
    ]


@every_stream
def test_the_frames_of_a_body_joined_are_the_body(body: bytes) -> None:
    """Nothing is dropped, not a comment and not a blank line."""
    assert b"".join(cut(body)) == body


@every_stream
@pytest.mark.parametrize("size", [1, 2, 3, 7, 37])
def test_pieces_of_any_size_give_the_same_frames(body: bytes, size: int) -> None:
    """The network's packets leave no trace in the frames."""
    assert cut(body, size) == cut(body)


@every_stream
def test_a_body_in_two_pieces_gives_the_same_frames_wherever_it_is_cut(body: bytes) -> None:
    """Every byte boundary, the middle of a CRLF and of a character included."""
    whole = cut(body)
    for at in range(len(body)):
        cutter = Cutter()
        frames = [*cutter.feed(body[:at]), *cutter.feed(body[at:])]
        rest = cutter.rest()
        assert [*frames, *([rest] if rest else [])] == whole, at


@given(st.lists(BODIES, max_size=6))
def test_arbitrary_bytes_in_arbitrary_pieces_give_the_frames_of_the_whole(pieces: list[bytes]) -> None:
    """The cuts depend on the bytes alone, and joined the frames are the body."""
    cutter = Cutter()
    frames = [frame for piece in pieces for frame in cutter.feed(piece)]
    rest = cutter.rest()
    body = b"".join(pieces)
    assert b"".join(frames) + rest == body
    assert [*frames, *([rest] if rest else [])] == cut(body)
    assert all(frame.endswith((b"\n", b"\r")) for frame in frames)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
def test_a_frame_is_over_at_its_blank_line(end: bytes) -> None:
    """All three line ends of the specification make one; bytes behind it wait for the next."""
    cutter = Cutter()
    frames = cutter.feed(b"data: a" + end + end + b"data: b")
    assert frames == [b"data: a" + end + end]
    assert cutter.rest() == b"data: b"


def test_a_carriage_return_at_the_end_waits_for_its_line_feed() -> None:
    """A CRLF that two packets share is one line end, so the frame keeps its last byte."""
    cutter = Cutter()
    assert cutter.feed(b"data: a\r\n\r") == []
    assert cutter.feed(b"\ndata") == [b"data: a\r\n\r\n"]


def test_a_rest_is_handed_out_once() -> None:
    """After the end of a body nothing of it stays behind."""
    cutter = Cutter()
    cutter.feed(b"data: a")
    assert (cutter.rest(), cutter.rest()) == (b"data: a", b"")


@given(st.lists(BODIES, max_size=6))
def test_of_a_body_of_json_lines_each_line_is_a_frame(pieces: list[bytes]) -> None:
    """However it arrives; joined, they are the body."""
    lines, body = Lines(), b"".join(pieces)
    frames = [frame for piece in pieces for frame in lines.feed(piece)]
    assert [*frames, lines.rest()] == [
        *(line + b"\n" for line in body.split(b"\n")[:-1]),
        body.split(b"\n")[-1],
    ]


def test_a_document_is_one_frame() -> None:
    """A body that is no stream keeps its blank lines."""
    whole = Whole()
    assert whole.feed(b"{\n\n") == []
    assert whole.feed(b"}") == []
    assert whole.rest() == b"{\n\n}"


TEXTS = st.text(
    st.characters(exclude_characters="\r\n", exclude_categories=["Cs"])
    | st.sampled_from("\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e\x00\ufeff: {["),
    min_size=1,
)


@given(TEXTS, st.none() | TEXTS)
def test_the_short_way_reads_a_usual_frame_as_httpx_sse_does(data: str, event: str | None) -> None:
    """Unicode's own line ends, colons and leading spaces are part of the text."""
    name = "" if event is None else f"event: {event}\n"
    raw = f"{name}data: {data}\n\n".encode()
    (sse,) = judged(raw)
    assert read_frame(raw) == FrameText(sse.event, sse.data, "")


@given(st.binary(max_size=30), st.none() | st.binary(min_size=1, max_size=10))
def test_the_short_way_reads_broken_characters_as_httpx_sse_does(data: bytes, event: bytes | None) -> None:
    """Bytes that are no UTF-8 become U+FFFD in the same places."""
    data = data.replace(b"\n", b"").replace(b"\r", b"")
    event = None if event is None else event.replace(b"\n", b"").replace(b"\r", b"")
    raw = (b"" if event is None else b"event: " + event + b"\n") + b"data: " + data + b"\n\n"
    assert [(read_frame(raw).event, read_frame(raw).data)] == (
        [(sse.event, sse.data) for sse in judged(raw)] or [("", "")]
    )


LINES = st.lists(
    st.sampled_from(
        [
            "data: a",
            "data:b",
            "data",
            "data:  c",
            "event: e",
            "id: 7",
            "retry: 5",
            ": note",
            "odd",
            "{}",
            "[1",
        ]
    ),
    max_size=6,
)


@given(LINES, st.sampled_from(["\n", "\r", "\r\n"]))
def test_a_frame_of_any_fields_reads_as_httpx_sse_reads_it(lines: list[str], end: str) -> None:
    """The general way is httpx-sse's own."""
    raw = end.join([*lines, "", ""]).encode()
    found = [(sse.event, sse.data) for sse in judged(raw)][:1]
    assert [read_frame(raw)[:2]] == (found or [("", "")])


@given(BODIES)
def test_reading_a_frame_never_raises(raw: bytes) -> None:
    """Any bytes are something, if only nothing."""
    assert isinstance(read_frame(raw), FrameText)


@pytest.mark.parametrize("raw", [b": keep-alive\n\n", b"retry: 10\n\n", b"id: 7\n\n", b"\n", b"event: x\n\n"])
def test_a_frame_without_data_says_nothing(raw: bytes) -> None:
    """Comments and lone fields are no events."""
    assert read_frame(raw) == FrameText("", "", "")


def test_an_id_does_not_turn_the_comments_behind_it_into_events() -> None:
    """httpx-sse 0.4.3 dispatches an empty event for each of them when it reads a body as a whole."""
    frames = cut(b"id: 7\ndata: a\n\n: keep-alive\n\n: keep-alive\n\n")
    assert [read_frame(raw).data for raw in frames] == ["a", "", ""]


@pytest.mark.parametrize(
    "raw", [b"data: {", b'data: {"a":"}', b"data: 1\n", b"data: [DONE", b"event: x\ndata: a\n", b"event: x\n"]
)
def test_what_is_not_whole_without_its_blank_line_is_not_dispatched(raw: bytes) -> None:
    """A cut event is no event, whatever of it has come; nobody sees that of a number or a text."""
    assert read_frame(raw) == FrameText("", "", "")


def test_several_data_lines_are_one_text() -> None:
    """They are joined by line feeds, and each loses one leading space at most."""
    assert read_frame(b"data: {\ndata:  1\ndata:}\n\n").data == "{\n 1\n}"


def test_a_byte_order_mark_hides_nothing() -> None:
    """It may stand before the first field."""
    assert read_frame(b"\xef\xbb\xbfdata: a\n\n").data == "a"


@pytest.mark.parametrize(
    ("raw", "bare"),
    [
        (b'{"error":{}}', '{"error":{}}'),
        (b'{"error":{}}\n', '{"error":{}}'),
        (b'event: error\n{"error":{}}\n\n', '{"error":{}}'),
        (b'{\n "error":\n {}\n}\n\n', '{\n "error":\n {}\n}'),
        (b'[{"error":1}]\r\n\r\n', '[{"error":1}]'),
        (b'error: {"code":500}\n\n', '{"error": {"code":500}}'),
        (b'error:{"code":500}', '{"error":{"code":500}}'),
        (b'error: {"code":5', ""),
        (b"error: full\n\n", ""),
        (b"surprise\n\n", ""),
        (b": {}\n\n", ""),
    ],
)
def test_json_that_no_field_introduces_is_kept(raw: bytes, bare: str) -> None:
    """Servers have sent refusals that way (js-genai 1973), with and without a blank line behind."""
    assert read_frame(raw) == FrameText("", "", bare)


def test_an_event_and_bare_json_in_one_frame_are_both_kept() -> None:
    """Neither hides the other."""
    assert read_frame(b'{"error":1}\ndata: a\n\n') == FrameText("message", "a", '{"error":1}')


@pytest.mark.parametrize(
    "raw",
    [
        b": ping\n\n",
        b":\r\n\r\n",
        b"\xef\xbb\xbf: hi\n\n",
        b"\n\n",
        b"\r\r",
        b"id: 3\n: OPENROUTER PROCESSING\nretry: 10\n\n",
        b"event: ping\n\n",
        b'event: ping\ndata: {"type": "ping"}\n\n',
        b'event: ping\r\ndata: {"type":"ping"}\r\n\r\n',
        b'data: {"type":"ping","cost":"0"}\n\n',
        b'event: keepalive\ndata: {"type":"keepalive","sequence_number":7}\n\n',
        b'{"type":"ping"}\n',
        b'data: {"type":"ping"}\n\n',
        b'data: {"event_type":"ping"}\n\n',
        b'data:{ "event_type" : "heartbeat" }\n\n',
        b'event: message\ndata: {"event_type":"keep-alive","index":0}\n\n',
        b'data: {"index":0,"event_type":"ping"}\n\n',
        b'{"event_type":"ping"}\n',
        b"data:\n\n",
        b"event: step.delta\n\n",
    ],
)
def test_what_only_keeps_a_connection_open_says_nothing(raw: bytes) -> None:
    assert not tells(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"event: step.stop\ndata: {}\n\n",
        b"data: [DONE]\n\n",
        b"data: ping\n\n",
        b"x",
        b'{"error": "no"}\n',
        b": hi\ndata: 1\n\n",
        b'data: {"type":"text","text":"ping"}\n\n',
        b'data: {"event_type":"step.delta","delta":{"type":"ping"}}\n\n',
        b'data: {"text":"a,\\"type\\":\\"ping\\"","event_type":"x"}\n\n',
        b'data: {"event_type":"pinged"}\n\n',
        b'data: {"a":' + b'"x",' * 50_000 + b'"b":1}\n\n',
        b'event: ping2\ndata: {"type":"text"}\n\n',
        b":" * 100_000 + b"\ndata: x\n\n",
    ],
)
def test_all_else_says_something(raw: bytes) -> None:
    assert tells(raw)
