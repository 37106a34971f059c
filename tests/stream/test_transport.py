"""What the network does to a call, and what the journal says of it."""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.providers.reading import begin, take
from interactions.stream.journal import Frame, Recorder
from interactions.stream.stop import Limit, Stop
from interactions.stream.transport import Call, _retry_after, exchange, new_client
from tests.folding import GEMINI
from tests.peers import STREAM_HEAD, Peer, peer, says
from tests.waiting import until

ONE = b'event: step.stop\ndata: {"index":0,"event_type":"step.stop"}\n\n'


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with new_client(silence=5.0) as made:
        yield made


def frames(client: httpx.Client, url: str, stop: Stop | None = None) -> list[Frame]:
    headers = {"content-type": "application/json", "x-goog-api-key": "AIza-secret"}
    call = Call("POST", f"{url}/v1beta/interactions", headers, {"a": "ü"})
    return list(exchange(client, call, Recorder(), stop or Stop()))


def notes(found: list[Frame]) -> list[dict[str, Any]]:
    return [json.loads(frame.raw) for frame in found if frame.kind == "note"]


def names(found: list[Frame]) -> list[str]:
    return [note["note"] for note in notes(found)]


def body(found: list[Frame]) -> bytes:
    return b"".join(frame.raw for frame in found if frame.kind == "wire")


def refuses(status: str, headers: bytes = b"", *, times: int) -> Any:
    """Refuses the first attempts, then streams one event."""

    def script(connection: socket.socket, number: int) -> None:
        if number > times:
            connection.sendall(STREAM_HEAD + ONE)
            return
        text = b'{"error": {"code": "busy", "message": "later"}}'
        head = (
            f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n".encode()
        )
        connection.sendall(head + headers + b"\r\n" + text)

    return script


def test_a_stream_is_its_request_its_headers_its_frames_and_its_end(client: httpx.Client) -> None:
    """The order of the log is the order of events."""
    with peer(says(STREAM_HEAD, ONE, ONE)) as server:
        found = frames(client, server.url)
    assert [frame.kind for frame in found] == ["note", "note", "wire", "wire", "note"]
    assert names(found) == ["request", "response", "end"]
    assert [frame.seq for frame in found] == list(range(5))
    assert sorted(frame.at for frame in found) == [frame.at for frame in found]


def test_the_wire_frames_are_the_body_to_the_byte_wherever_it_is_cut(client: httpx.Client) -> None:
    """Also the piece without its blank line, the BOM, CRLF and what is no event."""
    text = b"\xef\xbb\xbfdata: 1\r\n\r\n: hi\n\n\n\nnonsense \xff\r\rdata: cut"
    with peer(says(STREAM_HEAD, *[bytes([byte]) for byte in text])) as server:
        assert body(frames(client, server.url)) == text


def test_the_request_is_shown_as_it_was_sent_without_its_key(client: httpx.Client) -> None:
    """A key never reaches the log; everything else does."""
    with peer(says(STREAM_HEAD)) as server:
        found = frames(client, server.url)
        assert b"AIza-secret" in server.requests[0]
    assert b"AIza-secret" not in b"".join(frame.raw for frame in found)
    request = notes(found)[0]
    assert request["body"] == {"a": "ü"}
    assert request["headers"]["x-goog-api-key"] == "(masked)"


def test_a_password_in_the_endpoint_is_not_shown(client: httpx.Client) -> None:
    """Credentials in a base URL are credentials."""
    with peer(says(STREAM_HEAD)) as server:
        found = frames(client, server.url.replace("http://", "http://me:hunter2@"))
    assert b"hunter2" not in b"".join(frame.raw for frame in found)


def test_a_broken_connection_is_a_cut_and_keeps_what_came(client: httpx.Client) -> None:
    """A chunked body that stops in the middle is not an end."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    with peer(says(head, f"{len(ONE) + 6:x}\r\n".encode() + ONE + b"data: ")) as server:
        found = frames(client, server.url)
        assert len(server.requests) == 1
    assert names(found)[-1] == "cut"
    assert body(found) == ONE + b"data: "


@pytest.mark.parametrize("status", ["429 Too Many Requests", "500 Oops", "503 Service Unavailable"])
def test_a_refusal_before_the_stream_is_tried_again_visibly(client: httpx.Client, status: str) -> None:
    """Every attempt, its answer and the wait are rows."""
    with peer(refuses(status, b"retry-after: 0.01\r\n", times=2)) as server:
        found = frames(client, server.url)
    expected = ["request", "response", "retry", "request", "response", "retry", "request", "response", "end"]
    assert names(found) == expected
    assert [note["attempt"] for note in notes(found) if note["note"] == "request"] == [1, 2, 3]


def test_a_server_that_keeps_refusing_is_believed(client: httpx.Client) -> None:
    """Four attempts, and the last refusal is the answer."""
    with peer(refuses("503 Busy", b"retry-after-ms: 5\r\n", times=99)) as server:
        found = frames(client, server.url)
        assert len(server.requests) == 4
    assert notes(found)[-1] == {"note": "refused", "status": 503}


@pytest.mark.parametrize("wish", [b"retry-after: 90\r\n", b"retry-after: Wed, 21 Oct 2099 07:28:00 GMT\r\n"])
def test_a_server_that_asks_for_a_long_wait_is_not_asked_again(client: httpx.Client, wish: bytes) -> None:
    """Nobody waits an hour in front of a page."""
    with peer(refuses("429 Slow down", wish, times=99)) as server:
        assert names(frames(client, server.url)) == ["request", "response", "refused"]


def test_a_refusal_that_its_provider_calls_hopeless_is_not_repeated(client: httpx.Client) -> None:
    """It is told the whole body; any other 429 is asked again."""
    told: list[bytes] = []

    def billing(content: bytes) -> bool:
        told.append(content)
        return len(told) == 2

    with peer(refuses("429 Slow down", b"retry-after-ms: 5\r\n", times=99)) as server:
        call = Call("POST", server.url, {}, unrecoverable=billing)
        found = list(exchange(client, call, Recorder(), Stop()))
        assert len(server.requests) == 2
    assert names(found)[-1] == "refused"
    assert told == [frame.raw for frame in found if frame.kind == "wire"]


@pytest.mark.parametrize(
    ("status", "wish", "attempts"),
    [
        ("529 Overloaded", "", 2),
        ("409 Conflict", "true", 2),
        ("409 Conflict", "", 1),
        ("503 Busy", "false", 1),
    ],
)
def test_whether_to_ask_again_is_the_server_s_word_first(
    client: httpx.Client, status: str, wish: str, attempts: int
) -> None:
    headers = f"retry-after: 0.01\r\n{f'x-should-retry: {wish}' if wish else 'x-none: 1'}\r\n"
    with peer(refuses(status, headers.encode(), times=1)) as server:
        frames(client, server.url)
        assert len(server.requests) == attempts


def test_what_is_hopeless_is_so_whatever_the_server_wishes(client: httpx.Client) -> None:
    with peer(refuses("429 Slow down", b"x-should-retry: true\r\n", times=99)) as server:
        call = Call("POST", server.url, {}, unrecoverable=lambda _: True)
        assert names(list(exchange(client, call, Recorder(), Stop())))[-1] == "refused"
        assert len(server.requests) == 1


def test_a_refusal_may_have_another_request_in_its_place(client: httpx.Client) -> None:
    """It is sent once, and the log has both bodies. Any other refusal is as it was."""
    call = Call("POST", "", {}, {"a": 1}, fallback=("later", {"a": 2}))
    for status, bodies in (("403 No", [{"a": 1}]), ("400 No", [{"a": 1}, {"a": 2}])):
        with peer(refuses(status, times=9)) as server:
            made = msgspec.structs.replace(call, url=server.url)
            found = list(exchange(client, made, Recorder(), Stop()))
            assert [json.loads(each.split(b"\r\n\r\n")[1]) for each in server.requests] == bodies
        assert [note["body"] for note in notes(found) if note["note"] == "request"] == bodies
        assert names(found)[-1] == "refused"


def test_headers_that_are_called_secret_are_sent_and_not_shown(client: httpx.Client) -> None:
    """A gateway's own may be keys, whatever their names."""
    with peer(says(STREAM_HEAD, ONE)) as server:
        call = Call("GET", server.url, {"X-Gateway": "planted"}, secret=frozenset({"x-gateway"}))
        found = list(exchange(client, call, Recorder(), Stop()))
        assert b"planted" in server.requests[0]
    assert b"planted" not in b"".join(frame.raw for frame in found)


@pytest.mark.parametrize("status", ["400 Bad", "401 No", "404 Gone", "302 Elsewhere"])
def test_a_refusal_for_good_is_not_repeated(client: httpx.Client, status: str) -> None:
    """The same request would get the same answer; its body is one row."""
    with peer(refuses(status, times=99)) as server:
        found = frames(client, server.url)
        assert len(server.requests) == 1
    assert [frame.kind for frame in found] == ["note", "note", "wire", "note"]


def test_a_json_answer_is_one_frame(client: httpx.Client) -> None:
    """A document with blank lines in it is not cut into frames."""
    text = b'{\n\n"status": "completed"\n\n}'
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n"
    with peer(says(head, text)) as server:
        assert [frame.raw for frame in frames(client, server.url) if frame.kind == "wire"] == [text]


def test_a_server_that_is_not_there_is_unreachable(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing has left, so it may be tried again; at last it is said."""
    monkeypatch.setattr("interactions.stream.transport.ATTEMPTS", 1)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    assert names(frames(client, url)) == ["request", "unreachable"]


def test_silence_ends_as_a_cut() -> None:
    """No byte for the set time, and the connection is over."""

    def silent(connection: socket.socket, _number: int) -> None:
        connection.sendall(STREAM_HEAD)
        connection.recv(1)

    with new_client(silence=0.05) as impatient, peer(silent) as server:
        found = frames(impatient, server.url)
    assert notes(found)[-1]["error"] == "ReadTimeout"


def stopped(client: httpx.Client, server: Peer, said: threading.Event) -> tuple[list[Frame], float]:
    """Stopped a moment after the server has said what it says; and how long that took, in seconds."""
    stop, at = Stop(), [0.0]

    def press() -> None:
        said.wait(10)
        time.sleep(0.5)
        at[0] = time.monotonic()
        stop.set()

    threading.Thread(target=press).start()
    found = frames(client, server.url, stop)
    return found, time.monotonic() - at[0]


def waits(first: bytes) -> tuple[Any, list[Peer], threading.Event]:
    holder: list[Peer] = []
    said = threading.Event()

    def script(connection: socket.socket, _number: int) -> None:
        connection.sendall(first)
        said.set()
        holder[0].wait_until_left(connection)

    return script, holder, said


@pytest.mark.parametrize("first", [b"", STREAM_HEAD, STREAM_HEAD + ONE + b"data: ha"])
def test_stop_works_before_the_headers_and_in_any_silence(client: httpx.Client, first: bytes) -> None:
    """The socket is shut at once, the server sees it, and what had come is kept."""
    script, holder, said = waits(first)
    with peer(script) as server:
        holder.append(server)
        found, late = stopped(client, server, said)
        assert server.left.wait(2)
    assert names(found)[-1] == "stop"
    assert body(found) == first.removeprefix(STREAM_HEAD)
    assert late < 1.0


def test_stop_ends_the_wait_for_another_attempt(client: httpx.Client) -> None:
    """A server that asked for 30 s does not hold a stopped turn for 30 s."""
    with peer(refuses("429 Slow", b"retry-after: 30\r\n", times=99)) as server:
        at_once = threading.Event()
        at_once.set()
        found, late = stopped(client, server, at_once)
    assert names(found)[-1] == "stop"
    assert late < 1.0


def test_a_stop_that_came_first_is_a_stop(client: httpx.Client) -> None:
    """Set before the connection exists, it still wins."""
    stop = Stop()
    stop.set()
    script, holder, _ = waits(b"")
    with peer(script) as server:
        holder.append(server)
        assert names(frames(client, server.url, stop))[-1] == "stop"


def test_what_one_answer_sets_does_not_go_out_with_another_request(client: httpx.Client) -> None:
    """The client is the process's: its visitors share no cookies."""
    head = STREAM_HEAD.replace(b"\r\n\r\n", b"\r\nset-cookie: visitor=ann; path=/\r\n\r\n")
    with peer(says(head)) as server:
        for _ in range(2):
            frames(client, server.url)
        assert len(server.requests) == 2
        assert b"visitor=ann" not in server.requests[1]


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("Application/JSON", 1),
        ("APPLICATION/JSON ; charset=utf-8", 1),
        (" text/HTML", 1),
        ("application/json, text/event-stream", 1),
        ("Application/X-NDJSON; charset=utf-8", 2),
        ("application/jsonl", 2),
        ("Text/Event-Stream; Charset=UTF-8", 2),
        ("application/json-seq", 2),
        ("", 2),
    ],
)
def test_a_media_type_is_known_in_any_case_and_with_parameters(
    client: httpx.Client, kind: str, count: int
) -> None:
    """Whoever cuts a body and whoever reads it take it for the same."""
    text = (
        b"no\n\nJSON"
        if count == 1
        else b"no\nJSON"
        if "nd" in kind.lower() or "jsonl" in kind
        else b"no\n\nJSON"
    )
    with peer(says(f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\n\r\n".encode(), text)) as server:
        found = frames(client, server.url)
    assert len([frame for frame in found if frame.kind == "wire"]) == count
    _, head, *_ = found
    assert take(GEMINI, begin(GEMINI), head).answer.document == (count == 1)


@pytest.mark.parametrize(
    ("headers", "figure"),
    [
        ("retry-after: 90", 90),
        ("retry-after: 300.5", 301),
        ("retry-after-ms: 120000", 120),
        ("retry-after-ms: soon\r\nretry-after: 90", 90),
        ("retry-after: {in_an_hour}", 3600),
        ("retry-after: 9999999999", 10**9),
        ("retry-after: 999999999999", 10**9),
        (f"retry-after: {'9' * 400}", 10**9),
        (f"retry-after-ms: {'9' * 400}.5", 10**9),
        ("retry-after: Wed, 21 Oct 2099 07:28:00 GMT", 10**9),
        ("retry-after: Fri, 31 Dec 9999 23:59:59 GMT", 10**9),
    ],
)
def test_a_wait_beyond_our_patience_is_kept_in_the_server_s_figure(
    client: httpx.Client, headers: str, figure: int
) -> None:
    """Whether it came as a number or as a date; rounded up to a second."""
    soon = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    wish = headers.format(in_an_hour=soon).encode() + b"\r\n"
    with peer(refuses("429 Slow down", wish, times=99)) as server:
        found = frames(client, server.url)
    assert names(found) == ["request", "response", "refused"]
    assert notes(found)[-1]["retry_after"] == pytest.approx(figure, abs=5)


@pytest.mark.parametrize(
    "value", ["1e300", "nan", "inf", "-5", "-inf", "1_000", "９０", "soon", "Wed, 99 Foo 2099", ""]
)
def test_what_is_no_figure_is_none(value: str) -> None:
    """It neither ends the attempts nor is it told."""
    for name in ("retry-after", "retry-after-ms"):
        headers = httpx.Headers([(name.encode(), value.encode())])
        assert _retry_after(headers) is None


@given(st.text(max_size=60) | st.sampled_from(["Wed, 21 Oct 2015 07:28:00 ", "Mon, 1 Jan 99999 1:1:1 +9999"]))
def test_any_wish_is_seconds_or_nothing(value: str) -> None:
    wait = _retry_after(httpx.Headers([(b"retry-after", value.encode())]))
    assert wait is None or 0 <= wait <= 1e9


@pytest.mark.slow
def test_a_date_is_so_many_seconds_from_the_moment_that_it_has_come(client: httpx.Client) -> None:
    """A refusal whose words come late asks for no shorter wait."""
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=92), usegmt=True).encode()

    def script(connection: socket.socket, _number: int) -> None:
        connection.sendall(b"HTTP/1.1 429 No\r\nretry-after: " + soon + b"\r\n\r\n")
        time.sleep(3)
        connection.sendall(b"No.")

    with peer(script) as server:
        assert notes(frames(client, server.url))[-1]["retry_after"] >= 90


KEPT_ALIVE = {
    "pings without a name": b'data: {"event_type":"ping"}\n\n',
    "comments": b": ping\n\n",
    "comments with a line between": b":\n",
    "Anthropic's pings": b'event: ping\ndata: {"type": "ping"}\n\n',
    "empty lines": b"\n\n",
    "half a line": b"x",
    "ids and retries": b"id: 7\nretry: 10\n\n",
}


def dripping(first: bytes, drop: bytes) -> Any:
    """Says the same every 10 ms until the client leaves."""

    def script(connection: socket.socket, _number: int) -> None:
        connection.sendall(first)
        with suppress(OSError):
            while True:
                connection.sendall(drop)
                time.sleep(0.01)

    return script


@pytest.mark.parametrize("drop", KEPT_ALIVE.values(), ids=KEPT_ALIVE)
def test_a_connection_that_is_only_kept_alive_is_cut(client: httpx.Client, drop: bytes) -> None:
    """It says nothing of the answer: that is silence, with a limit and a sentence of its own."""
    call, record = Call("POST", "", {}), Recorder(stall=0.3)
    with peer(dripping(STREAM_HEAD + ONE, drop)) as server:
        began = time.monotonic()
        found = list(exchange(client, msgspec.structs.replace(call, url=server.url), record, Stop()))
    assert 0.25 < time.monotonic() - began < 5
    note = notes(found)[-1]
    assert (note["note"], note["error"]) == ("cut", "Stalled")
    assert "0 s said nothing" in note["message"]
    assert body(found).startswith(ONE + drop.rstrip(b"\n"))


BEGINNINGS = {
    "nothing": (b"", b""),
    "informational answers": (b"", b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
    "header lines": (b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n"),
    "a byte of the first line": (b"", b"H"),
    "a byte of a header": (b"HTTP/1.1 200 OK\r\nx: ", b"y"),
}


@pytest.mark.parametrize("begun", BEGINNINGS.values(), ids=BEGINNINGS)
def test_an_answer_that_never_begins_is_cut(client: httpx.Client, begun: tuple[bytes, bytes]) -> None:
    """Each byte starts the time-out of a read anew. It is cut once, and not asked for again."""
    record, first, drop = Recorder(stall=0.3), *begun
    with peer(dripping(first, drop)) as server:
        began = time.monotonic()
        found = list(exchange(client, Call("POST", server.url, {}), record, Stop()))
        assert len(server.requests) == 1
    assert 0.25 < time.monotonic() - began < 4
    assert names(found) == ["request", "cut"]
    assert notes(found)[-1]["error"] == "Stalled"
    assert "said nothing" in notes(found)[-1]["message"]


def test_stop_wins_against_the_limit(client: httpx.Client) -> None:
    record, stop = Recorder(stall=0.6), Stop()
    threading.Timer(0.2, stop.set).start()
    with peer(dripping(b"", b"H")) as server:
        found = list(exchange(client, Call("POST", server.url, {}), record, stop))
    assert names(found) == ["request", "stop"]
    assert notes(found)[-1]["by"] == "you"


def test_a_limit_that_passes_before_there_is_a_connection_cuts_it_then() -> None:
    """A connection that took long to make is not waited on for ever."""
    left, right = socket.socketpair()
    limit = Limit(Stop(), 0.01)
    until(lambda: limit.passed)

    class Stream:
        def get_extra_info(self, _name: str) -> socket.socket:
            return left

    limit.trace("connection.connect_tcp.complete", {"return_value": Stream()})
    assert right.recv(1) == b""
    left.close()
    right.close()


def test_no_limit_is_left_behind_by_an_answer(client: httpx.Client) -> None:
    """Neither when it has begun, nor when there was none to be had."""
    for url in ("http://127.0.0.1:9/", None):
        with peer(says(STREAM_HEAD, ONE)) as server:
            stop = Stop()
            stop.set() if url else None
            list(exchange(client, Call("POST", url or server.url, {}), Recorder(stall=600), stop))
    until(lambda: not any(isinstance(each, threading.Timer) for each in threading.enumerate()))


@pytest.mark.slow
def test_an_answer_that_goes_on_is_not_cut_however_many_pings_it_has(client: httpx.Client) -> None:
    """Nor is a large frame that comes in its own time."""

    def script(connection: socket.socket, _number: int) -> None:
        connection.sendall(STREAM_HEAD)
        with suppress(OSError):
            for number in range(20):
                connection.sendall(b": ping\n\n" if number % 8 else ONE)
                time.sleep(0.05)
            connection.sendall(b"data: ")
            for _ in range(20):
                connection.sendall(b"x" * 2000)
                time.sleep(0.05)

    record = Recorder(stall=1.5)
    with peer(script) as server:
        found = list(exchange(client, Call("POST", server.url, {}), record, Stop()))
    assert names(found)[-1] == "end"


def test_without_a_limit_nothing_is_cut(client: httpx.Client) -> None:
    with peer(says(STREAM_HEAD, *[b": ping\n\n"] * 50)) as server:
        assert names(frames(client, server.url))[-1] == "end"


def test_a_call_that_is_printed_shows_no_key() -> None:
    """Tracebacks and debuggers print what they meet."""
    headers = {"x-api-key": "planted-key-1", "accept": "x"}
    shown = repr(Call("POST", "https://me:planted-2@x.test/v1?key=planted-3", headers, {"a": 1}))
    assert "planted" not in shown
    assert "x-api-key" in shown


def test_what_the_client_logs_has_no_key(client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    """httpx would log addresses, and httpcore headers, wherever somebody turns logging up."""
    caplog.set_level(logging.DEBUG)
    head = STREAM_HEAD.replace(b"\r\n\r\n", b"\r\nx-echo: planted-2\r\n\r\n")
    with peer(says(head)) as server:
        frames(client, server.url.replace("http://", "http://me:planted-2@"))
    assert "planted" not in caplog.text


def test_a_secret_that_is_read_in_two_pieces_is_masked(client: httpx.Client) -> None:
    """Frames are whole before anybody looks into them; the rest of a cut body is one as well."""
    text = b'data: {"a":"AIza-secret"}\n\ndata: AIza-secret'
    for size in (1, 13):
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        with peer(says(STREAM_HEAD, *pieces)) as server:
            found = frames(client, server.url)
        assert body(found) == text.replace(b"AIza-secret", b"*" * 11)
        assert [frame.masked for frame in found if frame.kind == "wire"] == [1, 1]
