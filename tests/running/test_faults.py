"""Turns through a proxy that breaks what it can, against the real sandbox: the proof of the resume ladder.

Hypothesis draws the schedules. `SCHEDULES` in the environment is how many; what fails is kept, and tried
first the next time.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise
from operator import add
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, event, example, given, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from interactions.conversations.request import Access, Request
from interactions.providers.gemini.provider import Gemini
from interactions.providers.reading import refold
from interactions.running import resume
from interactions.running.runner import stream
from interactions.sandbox import Server, serve
from interactions.stream import transport
from interactions.stream.journal import Frame, Journal, Recorder
from interactions.stream.stop import Stop
from interactions.stream.transport import new_client
from interactions.turns.events import Usage
from interactions.turns.status import CHAINABLE, FINAL
from interactions.turns.turn import Turn
from interactions.ui.words.trouble import trouble
from tests.faulty import Cut, Exchange, Fault, Proxy
from tests.sandbox.calls import KEY, ended
from tests.saying import Said, of_record, of_turn
from tests.schedules import PACES, RESUMED, SCHEDULED, Schedule

SCHEDULES = int(os.environ.get("SCHEDULES", "300"))
SILENCE = 0.2  # seconds
GEMINI = Gemini(httpx.Client(), Access(""), "")  # to read with
LIMIT = 10.0  # seconds, for what takes less than two
FORGOTTEN = "v1_forgotten-long-ago"


class Gone(BaseException):
    """The process."""


class Watched(Journal[Turn]):
    """Tells the visitor's hand when so many frames are there, and takes no more of them when the process is
    gone."""

    def __init__(
        self, stop: Stop, after: int | None, dies: int | None = None, kept: Sequence[Frame] = ()
    ) -> None:
        super().__init__(Turn())
        if kept:
            super().append(kept, refold(GEMINI, kept))
        self._stop = stop
        self._after = after
        self._dies = dies

    def append(self, frames: Sequence[Frame], turn: Turn) -> None:
        if self._dies is not None and len(self) + len(frames) > self._dies:
            raise Gone
        super().append(frames, turn)
        if self._after is not None and len(self) >= self._after:
            self._stop.set()


class Heard:
    """A journal by the numbers that the proxy gave to its answers: the bodies, which of them came to
    their end, and which the client did not wait for; and what was asked, in order."""

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.bodies: dict[int, bytes] = {}
        self.ended: set[int] = set()
        self.late: set[int] = set()
        self.asked: list[object] = []
        number = -1
        for frame in frames:
            said = {} if frame.kind == "wire" else json.loads(frame.raw)
            if frame.kind == "wire":
                self.bodies[number] += frame.raw
            elif said["note"] == "request":
                self.asked.append(said["body"])
                number += 1
            elif said["note"] == "response":
                number = int(dict(said["headers"])["x-exchange"])
                self.bodies[number] = b""
            elif said["note"] == "end":
                self.ended.add(number)
            elif said.get("error") == "ReadTimeout":
                self.late.add(number)


@dataclass(frozen=True)
class Outcome:
    """What a schedule came to. `records` are the sandbox's own, one for each interaction that it made;
    `twins` are what the same requests bring with nothing in their way, where the records are not enough."""

    schedule: Schedule
    turn: Turn
    frames: Sequence[Frame]
    exchanges: Sequence[Exchange]
    records: Sequence[Mapping[str, Any]]
    twins: Sequence[Mapping[str, Any]]

    @property
    def said(self) -> Said:
        return of_turn(self.turn)

    @property
    def recorded(self) -> Said:
        return _said(self.records)

    @property
    def whole(self) -> Said:
        return _said(self.twins).nameless

    @cached_property
    def heard(self) -> Heard:
        return Heard(self.frames)

    @property
    def doubted(self) -> bool:
        """Whether the turn says of itself that its text may be wrong."""
        return any("could not be compared" in warning for warning in self.turn.warnings)

    @property
    def excused(self) -> bool:
        """It says so, and nothing is known but what a stream said again that muddled it."""
        return self.doubted and any(self._told_again(record.get("id", ""))[1] for record in self.records)

    @property
    def unconfirmed(self) -> bool:
        """Whether the last word on some part of the answer is what a stream said again."""
        return any(self._told_again(record.get("id", ""))[0] for record in self.records)

    def _told_again(self, interaction: str) -> tuple[bool, bool]:
        """Whether streams told of it again and no whole record followed, and whether they muddled it."""
        about = [each for each in self.exchanges if each.interaction == interaction]
        streams = [n for n, each in enumerate(about) if each.asked == "stream" and each.sent]
        after = about[streams[-1] :] if streams else []
        if not streams or any(self._on_record(each) for each in after):
            return False, False
        edited = any(about[n].fault.edits and not about[n].whole for n in streams)
        return True, edited or "Replay on resume" in self.schedule.prompt

    def _on_record(self, exchange: Exchange) -> bool:
        """Whether it brought the whole record of an answer, and the turn took it. One of an interaction that
        failed or was cancelled may have less than what was heard."""
        if exchange.asked not in {"get", "cancel"} or not exchange.whole:
            return False
        answered = json.loads(exchange.sent).get("status") in CHAINABLE | {"requires_continuation"}
        return answered and exchange.number in self.heard.ended


def _said(records: Sequence[Mapping[str, Any]]) -> Said:
    return sum((of_record(record.get("steps", ())) for record in records), Said())


@dataclass(frozen=True)
class Bench:
    """What all schedules share: building an HTTP client takes longer than most of them."""

    sandboxes: Mapping[float, Server]
    client: httpx.Client
    direct: httpx.Client


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    servers = {pace: serve(pace=pace) for pace in PACES}
    with new_client(SILENCE) as client, httpx.Client(headers=KEY, timeout=5) as direct:
        yield Bench(servers, client, direct)
    for server in servers.values():
        server.close()


@contextlib.contextmanager
def hurried(schedule: Schedule) -> Iterator[None]:
    """Waits of milliseconds; patience ends soon only where there is nothing to wait for."""
    patience = 0.3 if schedule.for_ever & {"get", "stream"} else 8.0
    waits = {"FIRST": 0.005, "LONGEST": 0.03, "CANCEL_PATIENCE": 0.3}
    waits |= {"PATIENCE": patience, "BACKGROUND_PATIENCE": patience}
    with mock.patch.dict(vars(resume), waits), mock.patch.object(transport, "ATTEMPTS", 2):
        yield


def played(schedule: Schedule, bench: Bench) -> Outcome:
    """The turn through the proxy, to its end."""
    url = bench.sandboxes[schedule.pace].url
    proxy = Proxy(url, schedule.faults)
    provider = Gemini(bench.client, Access(proxy.url, "k"), "v1beta")
    with hurried(schedule):
        journal = lived(schedule, provider)
    proxy.close()
    made = [each for each in proxy.exchanges if each.asked == "create" and each.accepted]
    collection = f"{url}/v1beta/interactions"
    records = [_record(bench.direct, f"{collection}/{each.interaction}") for each in made]
    enough = journal.turn.status in CHAINABLE and journal.turn.stored
    twins = [] if enough else [_twin(bench.direct, collection, each) for each in made]
    return Outcome(schedule, journal.turn, journal.slice(), proxy.exchanges, records, twins)


def lived(schedule: Schedule, provider: Gemini) -> Journal[Turn]:
    """In one process or in two."""
    request = asking(schedule, Recorder())
    journal = Watched(request.stop, schedule.stop, schedule.dies)
    ended = _streamed(provider, request, journal)
    kept = journal.slice()
    if ended or not kept:
        return journal
    again = asking(schedule, Recorder(kept[-1]))
    journal = Watched(again.stop, schedule.stop, kept=kept)
    assert _streamed(provider, again, journal, taken_up=True)
    return journal


def _streamed(provider: Gemini, request: Request, journal: Journal[Turn], *, taken_up: bool = False) -> bool:
    """Whether it came to an end before the process did."""
    ended = []

    def run() -> None:
        with contextlib.suppress(Gone):
            stream(provider, request, journal, taken_up=taken_up)
            ended.append(True)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LIMIT)
    request.stop.set("the test")
    assert not thread.is_alive(), journal.slice()[-3:]
    return bool(ended)


def asking(schedule: Schedule, record: Recorder) -> Request:
    earlier = FORGOTTEN if schedule.forgotten else None
    return Request(schedule.prompt, schedule.options, record, Stop(), previous_interaction_id=earlier)


def _record(http: httpx.Client, url: str) -> Mapping[str, Any]:
    """As the sandbox has kept it, when it is over; {} of what it does not keep."""
    return ended(http, url) if http.get(url).status_code == 200 else {}


def _twin(http: httpx.Client, url: str, exchange: Exchange) -> Mapping[str, Any]:
    body = {**json.loads(exchange.body), "stream": False, "background": False}
    return dict(http.post(url, json=body).json())


def check_frames(outcome: Outcome) -> None:
    """A stored turn is its journal; each body in it is what was sent, to the byte."""
    frames = outcome.frames
    assert refold(GEMINI, frames) == outcome.turn
    assert [frame.seq for frame in frames] == list(range(len(frames)))
    assert all(one.at <= other.at for one, other in pairwise(frames))
    stopped = outcome.schedule.stop is not None or outcome.schedule.dies is not None
    heard = outcome.heard
    assert stopped or heard.asked == [json.loads(each.body or b"null") for each in outcome.exchanges]
    for exchange in outcome.exchanges:
        sent, body = bytes(exchange.sent), heard.bodies.get(exchange.number, b"")
        assert body == sent or ((stopped or exchange.number in heard.late) and sent.startswith(body))


def check_requests(outcome: Outcome) -> None:
    """What may have reached the server is not sent again, unless the server has refused it."""
    sent: list[bytes] = []
    for exchange in outcome.exchanges:
        if exchange.asked == "create":
            assert exchange.body not in sent
            sent += [] if exchange.refused else [exchange.body]


def check_stop(outcome: Outcome) -> None:
    """A background run that was stopped is told so, if anybody knows its name."""
    turn = outcome.turn
    if turn.receipt is not None and outcome.schedule.background and turn.named == turn.hop:
        assert any(each.asked == "cancel" for each in outcome.exchanges)


def check_usage(outcome: Outcome) -> None:
    """The server's figures or none."""
    turn = outcome.turn
    if turn.usage is not None:
        records = outcome.records if turn.stored else outcome.twins
        assert turn.usage == reduce(add, [msgspec.convert(record["usage"], Usage) for record in records])


def check_answer(outcome: Outcome) -> None:
    """All of it, or a part that says so."""
    turn, said = outcome.turn, outcome.said
    assert turn.ended
    assert turn.status in FINAL
    assert outcome.unconfirmed or not outcome.doubted
    assert turn.error is None or turn.status not in CHAINABLE
    if turn.status not in CHAINABLE:
        found = trouble(turn)
        assert found is not None
        assert found.happened
        assert said.nameless.begins(outcome.whole) or outcome.excused
    elif turn.stored:
        assert turn.status == outcome.records[-1]["status"]
        assert said == outcome.recorded or outcome.excused
    else:
        assert turn.status == outcome.twins[-1]["status"]
        assert said.nameless == outcome.whole


def check_recovery(outcome: Outcome) -> None:
    """Where the server has the answer, was asked for it, and said so, it is the answer."""
    schedule, turn = outcome.schedule, outcome.turn
    finite = schedule.stop is None and not schedule.for_ever
    failed = turn.status == "failed"  # in the server's own words, which are not doubted
    if not finite or failed or not turn.stored or not turn.id or not outcome.records:
        return
    last = outcome.records[-1]
    if last["status"] != "requires_continuation" and last["id"] == turn.id:
        assert turn.status == last["status"], turn.error


LOST_BETWEEN_TWO_HOPS = Schedule(
    "Answer in two hops, with a continuation token. Grüße aus 東京 🌉",
    background=True,
    stop=46,
    dies=47,
    create=(Fault(cut=Cut(350, "body", "closed", leaves=False)),),
    get=(Fault(stale=True),),
    stream=(Fault(lost="before"),),
    for_ever=frozenset({"get"}),
)


@pytest.mark.slow
@example(schedule=LOST_BETWEEN_TWO_HOPS)
@settings(
    max_examples=SCHEDULES,
    deadline=None,
    derandomize=False,  # each run tries others, in CI too
    database=DirectoryBasedExampleDatabase(Path(__file__).parents[2] / ".hypothesis" / "examples"),
    print_blob=True,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[HealthCheck.too_slow],
)
@given(schedule=SCHEDULED | RESUMED)
def test_whatever_breaks_the_answer_is_whole_or_says_that_it_is_not(bench: Bench, schedule: Schedule) -> None:
    """Equal to the sandbox's record or a labelled beginning of it; never longer, shorter or different."""
    outcome = played(schedule, bench)
    event(f"{outcome.turn.status}{', not compared' if outcome.excused else ''}")
    event(f"{sum(each.asked == 'stream' for each in outcome.exchanges)} streams came again")
    check_frames(outcome)
    check_requests(outcome)
    check_answer(outcome)
    check_stop(outcome)
    check_usage(outcome)
    check_recovery(outcome)
