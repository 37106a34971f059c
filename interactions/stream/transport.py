"""Sends a call and yields its answer as frames. What goes wrong is a frame too: nothing is raised.

One call yields, in order: the request as sent, the response's headers, the body, and how it ended. A server
that refuses before a stream has opened is asked again; a request whose stream was cut never is.
"""

from __future__ import annotations

import logging
import math
import random
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
import msgspec
from msgspec import UNSET

from interactions import __version__
from interactions.stream import notes
from interactions.stream.bodies import LARGEST, LONGEST, MOST, Cut, pieces, too_long, too_many
from interactions.stream.cutters import BodyCutter
from interactions.stream.journal import Frame, Recorder
from interactions.stream.masks import MASK, SECRETS, secrets_of, shown_call, shown_url
from interactions.stream.notes import End, Note, Refused, Request, Response, Retry, Unreachable
from interactions.stream.stop import Limit, Stop
from interactions.turns.values import encoded

ATTEMPTS = 4
LONGEST_WAIT = 60.0  # seconds; a server that asks for more is taken at its word, and not asked again
FOREVER = 1e9  # seconds; what is longer is told as this
RETRIED = frozenset({429, 500, 502, 503, 504, 529})
# Of a request whose answer is a stream, or a document that says why there is none.
STREAMED = {"content-type": "application/json", "accept": "text/event-stream, application/json"}
STALLED = "The server kept the connection open, and for {:,.0f} s said nothing of the answer."
UNSENDABLE = (
    "The address is no URL: what a server or a file has put into it is too long, or cannot stand there."
)
PROGRESS = 1024  # bytes at once, by which a frame that is yet to be whole gets on
_JITTER = random.Random()  # noqa: S311 (our own: an application may have seeded the shared one)
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]*)?")


class Call(msgspec.Struct, frozen=True):
    """An HTTP request, ready to be sent; `body` is the JSON value, so that its note needs no second look.

    `asked`, `history`, `input` and `follow_up` are not sent: they stand in its note, see `notes.Request`. In
    it the headers that `secret` names, in lower case, are masked as keys are. `unrecoverable` sees the body
    of a refusal, and says whether asking again is of no use. `fallback` is a word and a body: a 400 with that
    word in it is answered by sending that body, once. Its `repr` shows no key.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: object = None
    asked: object = UNSET
    history: int = 0
    input: object = UNSET
    follow_up: str = ""
    secret: frozenset[str] = frozenset()
    unrecoverable: Callable[[bytes], bool] = lambda _body: False
    fallback: tuple[str, object] | None = None

    def __repr__(self) -> str:
        return f"Call({self.method} {shown_url(self.url)}, headers={sorted(self.headers)})"


def new_client(silence: float) -> httpx.Client:
    """The one client of the process. Building one costs 30 ms (a TLS context); the pool's default of 100
    connections would stop the 101st stream; a compressed body would not be the bytes that the model's
    server wrote; a cookie that one visitor's answer sets would go out with another's request. `silence` is
    the longest wait for a byte, in seconds. What httpx logs below a warning has addresses and headers with
    keys in them: whoever wants to see it has to ask for it by name."""
    for logs in ("httpx", "httpcore"):
        logging.getLogger(logs).setLevel(logging.WARNING)
    return httpx.Client(
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"accept-encoding": "identity", "user-agent": f"interactions-playground/{__version__}"},
        timeout=httpx.Timeout(connect=5.0, read=silence, write=30.0, pool=5.0),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        follow_redirects=False,
    )


def exchange(client: httpx.Client, call: Call, record: Recorder, stop: Stop) -> Iterator[Frame]:
    """All frames of one call, from the request to its end, with the attempts it took. The keys that it
    carries are masked in them."""
    record.hide(secrets_of(call.url, call.headers, call.secret))
    for attempt in range(1, ATTEMPTS + 1):
        yield record.note(_sent(call, attempt))
        ending = yield from _attempt(client, call, record, stop)
        # A Stop during the attempt looks like a broken connection, so it is checked before any retry.
        wait = ending.wait(attempt)
        if stop.is_set() or wait is None or attempt == ATTEMPTS:
            break
        # The plainer call has no fallback of its own, so this happens once.
        call = ending.plainer or call
        yield record.note(Retry(round(wait, 2), attempt + 1, ATTEMPTS))
        if stop.wait(wait):
            break
    if stop.is_set():
        yield stopped(record, stop)
    else:
        yield record.note(ending.note)


def stopped(record: Recorder, stop: Stop) -> Frame:
    """The note of a turn that was stopped: by whom, and when."""
    return record.note(notes.Stop(stop.by, datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")))


class _Ending(msgspec.Struct, frozen=True):
    """How an attempt ended; `retry_after` is the server's wish in seconds, `retried` whether to ask again,
    `plainer` what to ask instead."""

    note: Note
    retried: bool = False
    retry_after: float | None = None
    plainer: Call | None = None

    def wait(self, attempt: int) -> float | None:
        if self.plainer:
            return 0.0
        if not self.retried or (self.retry_after or 0.0) > LONGEST_WAIT:
            return None
        if self.retry_after is not None:
            return self.retry_after
        return min(8.0, 0.5 * 2.0 ** (attempt - 1)) * _JITTER.uniform(0.75, 1.0)


def _attempt(
    client: httpx.Client, call: Call, record: Recorder, stop: Stop
) -> Generator[Frame, None, _Ending]:
    content = None if call.body is None else encoded(call.body)
    limit = Limit(stop, record.stall)
    extensions = {"trace": limit.trace}
    try:
        with client.stream(
            call.method, call.url, headers=dict(call.headers), content=content, extensions=extensions
        ) as response:
            limit.lift()
            yield record.note(_head(response))
            wish = _retry_after(response.headers)  # now, as a date is one from here
            failure, rest = yield from _body(response, record)
    except httpx.InvalidURL:
        return _Ending(Unreachable("InvalidURL", UNSENDABLE))
    except httpx.HTTPError as error:
        failure, rest = error, b""
        # Before a connection nothing has reached the server: only then is sending it again free of risk.
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and not limit.passed:
            return _Ending(Unreachable(*_described(error)), retried=True)
    finally:
        limit.lift()
    # The limit closes the socket, which httpx reports as a read error: the cause is the limit.
    if failure is not None and limit.passed:
        failure = Cut("Stalled", STALLED.format(record.stall))
    if failure is not None:
        return _Ending(notes.Cut(*_described(failure)))
    if response.status_code < 300:
        return _Ending(End())
    return _refused(call, response, rest, wish)


def _refused(call: Call, response: httpx.Response, said: bytes, wait: float | None) -> _Ending:
    """Whether to ask again is the server's word first (`x-should-retry`), then a matter of the status."""
    status, wish = response.status_code, response.headers.get("x-should-retry", "")
    retried = wish == "true" or (wish != "false" and status in RETRIED)
    plainer = None
    # Only the message of a 400 tells which field the server refuses.
    if status == 400 and call.fallback and call.fallback[0] in said.decode("utf-8", "replace"):
        plainer = msgspec.structs.replace(call, body=call.fallback[1], fallback=None)
    refused = Refused(status, math.ceil(wait) if wait is not None and wait > LONGEST_WAIT else None)
    return _Ending(refused, retried and not call.unrecoverable(said), wait, plainer)


def _body(
    response: httpx.Response, record: Recorder
) -> Generator[Frame, None, tuple[httpx.HTTPError | Cut | None, bytes]]:
    """The wire frames of a body, to its last byte; returns what broke it off, if anything did, and its last
    frame, which of a refusal is all of it."""
    border = BodyCutter(response.status_code, response.headers.get("content-type", ""))
    failure: httpx.HTTPError | Cut | None = None
    try:
        for raw in _frames(response, border, record):
            yield record.wire(raw)
    except (httpx.HTTPError, Cut) as error:
        failure = error
    # Also of a broken body: the journal has every byte that came.
    if rest := border.rest():
        yield record.wire(rest)
    return failure, rest


def _frames(response: httpx.Response, border: BodyCutter, record: Recorder) -> Iterator[bytes]:
    """Raises `Cut` for a body beyond the limits, and for one that stalls."""
    open_bytes = count = 0
    for piece in pieces(response, LARGEST):
        record.tick()
        frames = border.feed(piece)
        yield from frames
        count += len(frames)
        # An upper bound: what follows the last border in this piece is not counted.
        open_bytes = 0 if frames else open_bytes + len(piece)
        if not frames and len(piece) >= PROGRESS:
            record.more()
        if open_bytes > LONGEST:
            raise too_long()
        if count > MOST:
            raise too_many()
        if record.stalled:
            raise Cut("Stalled", STALLED.format(record.stall))


def _described(error: httpx.HTTPError | Cut) -> tuple[str, str]:
    return error.code if isinstance(error, Cut) else type(error).__name__, str(error)


def _head(response: httpx.Response) -> Response:
    headers = tuple(
        (key, MASK if key.lower() in SECRETS else value) for key, value in response.headers.multi_items()
    )
    return Response(response.status_code, response.reason_phrase, response.http_version, headers)


def _sent(call: Call, attempt: int) -> Request:
    """The call as it may be seen: without keys."""
    masked = SECRETS | call.secret
    return Request(
        attempt=attempt,
        method=call.method,
        url=shown_call(call.url),
        headers={key: MASK if key.lower() in masked else value for key, value in call.headers.items()},
        body=call.body,
        follow_up=call.follow_up,
        asked=call.asked,
        history=call.history,
        input=call.input,
    )


def _retry_after(headers: httpx.Headers) -> float | None:
    """Seconds from `retry-after-ms`, or `retry-after` as a number or a date (RFC 9110, 10.2.3), `FOREVER` at
    most; None for what is neither."""
    milliseconds, value = headers.get("retry-after-ms", "").strip(), headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(milliseconds):
        return min(float(milliseconds) / 1000, FOREVER)
    if _SECONDS.fullmatch(value):
        return min(float(value), FOREVER)
    try:
        seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(0.0, seconds), FOREVER)
