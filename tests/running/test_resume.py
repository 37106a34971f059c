"""Turns that broke off, and how they are brought back, against a server that answers as each test says."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple
from unittest import mock

import msgspec
import pytest

from interactions.conversations.request import Access, Options, Request
from interactions.providers.gemini.provider import Gemini
from interactions.providers.reading import refold
from interactions.running import resume
from interactions.running.runner import stream
from interactions.stream.journal import Frame, Journal, Recorder
from interactions.stream.stop import Stop
from interactions.stream.transport import new_client
from interactions.turns.steps import step_from_wire
from interactions.turns.turn import Turn, text_of
from tests.folding import noted
from tests.peers import Peer, peer

ID = "v1_resumed"
WORDS = ("One ", "two ", "three ", "four.")
TEXT = "".join(WORDS)
CREATED = {
    "event_type": "interaction.created",
    "interaction": {"id": ID, "status": "in_progress"},
}
COMPLETED = {
    "event_type": "interaction.completed",
    "interaction": {"id": ID, "status": "completed", "usage": {"total_output_tokens": 4}},
}
START = {"event_type": "step.start", "index": 0, "step": {"type": "model_output"}}
END = {"event_type": "step.stop", "index": 0}
OUTPUT = [{"type": "model_output", "content": [{"type": "text", "text": TEXT}]}]
WHOLE = {"id": ID, "status": "completed", "steps": OUTPUT, "usage": {"total_output_tokens": 4}}
GOES_ON = {"id": ID, "status": "in_progress"}


def deltas(words: Sequence[str] = WORDS, index: int = 0, *, marked: bool = False) -> list[dict[str, Any]]:
    return [
        {
            "event_type": "step.delta",
            "index": index,
            "delta": {"type": "text", "text": word},
            **({"event_id": f"after {word}"} if marked else {}),
        }
        for word in words
    ]


def sse(*events: Any) -> bytes:
    frames = [f"event: {event['event_type']}\ndata: {json.dumps(event)}\n\n" for event in events]
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + "".join(frames).encode()


def document(value: object, status: int = 200, *headers: str) -> bytes:
    body = json.dumps(value).encode()
    lines = [
        f"HTTP/1.1 {status} X",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


PAUSE = {"id": ID, "status": "requires_continuation", "continuation_token": "t"}
PAUSED = {
    "event_type": "interaction.completed",
    "interaction": {**PAUSE, "usage": {"total_output_tokens": 2}},
}
HALF_OUTPUT = [{"type": "model_output", "content": [{"type": "text", "text": "One two "}]}]
HALF = {**PAUSE, "steps": HALF_OUTPUT, "usage": {"total_output_tokens": 2}}

CUT = sse(CREATED, START, *deltas(WORDS[:2]))
CUT_MARKED = sse(CREATED, START, *deltas(WORDS[:2], marked=True))
AGAIN = sse(CREATED, START, *deltas(), END, COMPLETED)
FIRST_HOP = sse(CREATED, START, *deltas(WORDS[:2]), END, PAUSED)
SECOND_HOP = sse(START, *deltas(WORDS[2:]), END, COMPLETED)
REST = sse(*deltas(WORDS[2:], marked=True), END, COMPLETED)
LATE = sse(
    CREATED,
    START,
    *deltas(WORDS[:2]),
    {"event_type": "error", "error": {"code": "deadline_exceeded", "message": ""}},
)
MISSING = document({"error": {"code": "not_found", "message": "It was not found."}}, 404)
WHOLE_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + json.dumps(WHOLE).encode()[:40]
REFUSED = document({"error": {"code": "invalid_request", "message": "No."}}, 400)


class Run(NamedTuple):
    turn: Turn
    frames: Sequence[Frame]
    requests: Sequence[str]

    @property
    def notes(self) -> list[dict[str, Any]]:
        return [json.loads(frame.raw) for frame in self.frames if frame.kind == "note"]

    @property
    def rungs(self) -> list[str]:
        resumed = [note for note in self.notes if note["note"] == "resume"]
        return [note["rung"] for note in resumed if not note["afresh"] and "after" not in note]


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "FIRST", 0.01)
    monkeypatch.setattr(resume, "PATIENCE", 3.0)
    monkeypatch.setattr(resume, "CANCEL_PATIENCE", 0.3)
    monkeypatch.setattr("interactions.stream.transport.ATTEMPTS", 1)


@contextmanager
def answering(*answers: bytes, then: bytes = b"") -> Iterator[Peer]:
    """Each request gets the next answer; those that follow the last one get `then`."""

    def script(connection: socket.socket, number: int) -> None:
        connection.sendall(answers[number - 1] if number <= len(answers) else then)

    with peer(script) as server:
        yield server


def run(*answers: bytes, then: bytes = b"", **options: Any) -> Run:
    with answering(*answers, then=then) as server:
        request = asking(**options)
        journal = Journal(Turn())
        provider = connected(server)
        stream(provider, request, journal)
        frames = journal.slice()
        assert refold(provider, frames) == journal.turn, "a stored turn is its journal, folded"
        return Run(journal.turn, frames, [each.split(b" HTTP")[0].decode() for each in server.requests])


def asking(**options: Any) -> Request:
    previous = options.pop("previous_interaction_id", None)
    earlier = options.pop("earlier", tuple)
    return Request(
        "Count.",
        Options("m", **options),
        Recorder(),
        Stop(),
        previous_interaction_id=previous,
        earlier=earlier,
    )


def connected(server: Peer) -> Gemini:
    return Gemini(new_client(2.0), Access(server.url, "k"), "v1beta")


def test_a_cut_turn_whose_interaction_is_over_gets_its_answer_from_there() -> None:
    """One GET; the text is the server's, and the log has every row of the way."""
    found = run(CUT, document(WHOLE))
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert found.turn.rungs == ("get",)
    assert found.turn.usage is not None
    assert found.requests == ["POST /v1beta/interactions", f"GET /v1beta/interactions/{ID}"]
    assert [note["note"] for note in found.notes] == [
        "request",
        "response",
        "end",
        "resume",
        "request",
        "response",
        "end",
    ]


def test_a_stream_with_event_ids_goes_on_exactly_where_it_broke() -> None:
    """What had arrived stays; what follows is compared with the server's record."""
    found = run(CUT_MARKED, document(GOES_ON), REST, document(WHOLE))
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert found.requests[2] == f"GET /v1beta/interactions/{ID}?stream=true&last_event_id=after%20two%20"
    assert found.rungs == ["get", "stream"]


def test_a_step_that_had_only_begun_is_not_there_twice() -> None:
    """Only content has event ids: the stream comes again from before the beginning of the step."""
    second, more = {**START, "index": 1}, deltas(WORDS[2:], 1, marked=True)
    cut = sse(CREATED, START, *deltas(WORDS[:2], marked=True), END, second)
    again = sse(END, second, *more, {**END, "index": 1}, COMPLETED)
    found = run(cut, document(GOES_ON), again, then=MISSING)
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert [step.index for step in found.turn.steps if not step.sent] == [0, 1]


def test_what_was_cut_on_the_way_is_no_error_of_the_answer() -> None:
    """The connection broke; the stream that came again ended well, or in the server's words."""
    cut = CUT_MARKED.replace(b"\r\n\r\n", b"\r\ncontent-length: 9999\r\n\r\n", 1)
    completed = run(cut, document(GOES_ON), REST, document(WHOLE)[:20])
    assert (completed.turn.status, completed.turn.error) == ("completed", None)
    told = {"status": "failed", "errors": [{"code": "api_error", "message": "A tool did not answer."}]}
    failed = run(cut, document(GOES_ON), sse({**COMPLETED, "interaction": {"id": ID, **told}}), MISSING)
    assert failed.turn.error is not None
    assert failed.turn.error.message == "A tool did not answer."


def test_a_stream_without_event_ids_is_read_again_from_its_start() -> None:
    """Nothing is there twice."""
    found = run(CUT, document(GOES_ON), AGAIN, document(WHOLE))
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert "last_event_id" not in found.requests[2]


def test_a_stream_that_breaks_again_is_taken_up_again() -> None:
    """From the place that the second stream had come to."""
    second = sse(*deltas(WORDS[2:3], marked=True))
    third = sse(*deltas(WORDS[3:], marked=True), END, COMPLETED)
    found = run(CUT_MARKED, document(GOES_ON), second, document(GOES_ON), third, document(WHOLE))
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert found.requests[4].endswith("last_event_id=after%20three%20")


def test_a_run_that_is_repeated_under_new_numbers_is_not_there_twice() -> None:
    """As recorded: whoever resumes a finished run gets all of it again."""
    repeated = sse(END, {**START, "index": 1}, *deltas(index=1), {**END, "index": 1}, COMPLETED)
    found = run(CUT_MARKED, document(GOES_ON), repeated, document(WHOLE))
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)


def test_a_pause_that_nobody_heard_of_is_gone_on_with() -> None:
    """The server has paused the answer behind the cut: the next request takes it up, and both are counted."""
    found = run(CUT, document(HALF), SECOND_HOP)
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert [request.split()[0] for request in found.requests] == ["POST", "GET", "POST"]
    assert found.turn.usage is not None
    assert found.turn.usage.total_output_tokens == 6


def test_a_pause_at_the_end_of_a_second_stream_is_counted_once() -> None:
    """The record that it is compared with counts the same tokens."""
    found = run(CUT, document(GOES_ON), FIRST_HOP, document(HALF), SECOND_HOP)
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert found.turn.usage is not None
    assert found.turn.usage.total_output_tokens == 6


def test_the_tokens_of_a_turn_are_not_known_when_those_of_one_hop_are_not() -> None:
    """Half of a sum is no sum."""
    uncounted = {**COMPLETED, "interaction": {"id": ID, "status": "completed"}}
    found = run(FIRST_HOP, sse(START, *deltas(WORDS[2:]), END, uncounted))
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert found.turn.usage is None


def test_a_hop_that_the_server_has_not_named_is_not_taken_for_the_one_before() -> None:
    """Asked for by that id, the first half would be there twice."""
    found = run(FIRST_HOP, b"", then=document(HALF))
    assert (found.turn.status, text_of(found.turn)) == ("interrupted", "One two ")
    assert any("had not named" in warning for warning in found.turn.warnings)
    assert len(found.requests) == 2


@pytest.mark.parametrize(
    "record", [MISSING, document(GOES_ON), WHOLE_HEAD], ids=["missing", "stale", "cut at a clean end"]
)
def test_what_could_not_be_compared_says_so(record: bytes) -> None:
    found = run(CUT_MARKED, document(GOES_ON), REST, then=record)
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert any("could not be compared" in warning for warning in found.turn.warnings)


def test_a_part_of_which_some_came_again_says_that_it_was_not_compared() -> None:
    """The second stream repeats a word and breaks; the server has no more of it."""
    second = sse(*deltas(WORDS[1:3], marked=True))
    found = run(CUT_MARKED, document(GOES_ON), second, MISSING)
    assert found.turn.status == "interrupted"
    assert any("could not be compared" in warning for warning in found.turn.warnings)


def test_where_no_stream_is_to_be_had_the_end_is_asked_for() -> None:
    found = run(CUT, document(GOES_ON), REFUSED, document(GOES_ON), document(WHOLE))
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert found.rungs == ["get", "stream", "poll"]


def test_a_stream_that_says_the_same_again_and_again_is_not_asked_for_for_ever() -> None:
    """Its server never comes to an end; three times nothing new, and the record is all that is asked for."""

    def script(connection: socket.socket, number: int) -> None:
        streamed = b"stream=true" in server.requests[number - 1]
        connection.sendall(CUT if number == 1 else same if streamed else document(GOES_ON))

    same = sse(CREATED, START, *deltas(WORDS[:3]))
    with peer(script) as server, mock.patch.object(resume, "PATIENCE", 0.2):
        journal = Journal(Turn())
        stream(connected(server), asking(), journal)
    assert (journal.turn.status, text_of(journal.turn)) == ("interrupted", "One two three ")
    assert sum(b"stream=true" in request for request in server.requests) <= 4


def test_a_stream_that_is_refused_has_told_nothing_again() -> None:
    """There is nothing to compare."""
    found = run(CUT, document(GOES_ON), REFUSED, MISSING)
    assert found.turn.status == "interrupted"
    assert not any("could not be compared" in warning for warning in found.turn.warnings)


def test_a_record_that_lags_behind_does_not_undo_a_pause() -> None:
    """The token is there: the answer is gone on with, and what could not be compared says so."""
    found = run(CUT, document(GOES_ON), FIRST_HOP, document(GOES_ON), SECOND_HOP)
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert any("could not be compared" in warning for warning in found.turn.warnings)
    assert found.requests[4].startswith("POST")


def test_a_server_that_is_busy_is_asked_again() -> None:
    """503 to a GET is no answer to how the turn went."""
    busy = document({"error": {"code": "service_unavailable"}}, 503)
    found = run(CUT, busy, busy, document(WHOLE))
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)


def test_an_interaction_that_its_server_does_not_have_stays_a_labelled_part() -> None:
    found = run(CUT, MISSING)
    assert (found.turn.status, text_of(found.turn)) == ("interrupted", "One two ")
    assert any("HTTP 404" in warning for warning in found.turn.warnings)
    assert len(found.requests) == 2


def test_a_server_that_never_says_how_it_ended_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resume, "PATIENCE", 0.1)
    found = run(CUT, document(GOES_ON), REFUSED, then=document(GOES_ON))
    assert (found.turn.status, text_of(found.turn)) == ("interrupted", "One two ")
    assert any("did not say" in warning for warning in found.turn.warnings)


@pytest.mark.parametrize("answer", [CUT, sse()])
def test_what_cannot_be_asked_for_is_not_asked_for(answer: bytes) -> None:
    """Without an id, or with “store” off."""
    found = run(answer, store=False)
    assert found.turn.status == "interrupted"
    assert len(found.requests) == 1
    assert found.turn.warnings


def _lost(*frames: Frame, then: bytes = b"") -> Journal[Turn]:
    """A turn whose process is gone with these frames in its journal, after it was taken up by another."""
    with answering(then=then) as server:
        provider = connected(server)
        journal = Journal(Turn())
        journal.append(frames, refold(provider, frames))
        request = msgspec.structs.replace(asking(), record=Recorder(frames[-1]))
        stream(provider, request, journal, taken_up=True)
        assert refold(provider, journal.slice()) == journal.turn, "a stored turn is its journal, folded"
    return journal


def test_a_turn_that_was_lost_before_it_had_a_name_is_interrupted() -> None:
    """The next process finds that it was asked, and no answer."""
    sent = noted(Recorder(), "request", attempt=1, body={"input": "Count."})
    assert _lost(sent).turn.status == "interrupted"


def test_a_turn_that_was_lost_when_it_was_refused_has_failed() -> None:
    """The refusal is in the journal; only the note that would have closed it is not."""
    record = Recorder()
    journal = _lost(
        noted(record, "request", attempt=1, body={"input": "Count."}),
        noted(record, "response", status=503, headers=[("content-type", "application/json")]),
        record.wire(b'{"error": {"code": "unavailable", "message": "Not now."}}'),
    )
    assert journal.turn.status == "failed"
    assert journal.turn.error is not None
    assert journal.turn.error.message == "Not now."


def test_a_turn_that_was_lost_before_it_was_compared_still_says_so() -> None:
    """What its first process knew of it stands in the journal."""
    kept = run(CUT_MARKED, document(GOES_ON), REST, then=MISSING).frames
    last = max(frame.seq for frame in kept if b"interaction.completed" in frame.raw)
    turn = _lost(*kept[: last + 1], then=MISSING).turn
    assert turn.status == "completed"
    assert any("could not be compared" in warning for warning in turn.warnings)


@pytest.mark.parametrize("before", [(CUT_MARKED, document(GOES_ON), REST, MISSING), (CUT, MISSING)])
def test_what_was_doubted_is_settled_by_the_record_that_comes_later(before: tuple[bytes, ...]) -> None:
    """Its first process had said so, and was lost; the second finds the server's own record."""
    kept = run(*before)
    assert kept.turn.warnings
    turn = _lost(*kept.frames, then=document(WHOLE)).turn
    assert (turn.status, text_of(turn), turn.warnings) == ("completed", TEXT, ())


def test_a_doubt_about_one_hop_is_not_settled_by_the_record_of_another() -> None:
    output = [{"type": "model_output", "content": [{"type": "text", "text": "three four."}]}]
    second = sse(CREATED, START, *deltas(WORDS[2:3])), document({**WHOLE, "steps": output})
    found = run(CUT, document(GOES_ON), FIRST_HOP, document(GOES_ON), *second)
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert any("could not be compared" in warning for warning in found.turn.warnings)


def test_a_whole_answer_that_was_lost_before_it_was_compared_is_not_streamed_again() -> None:
    """The server's record lags behind its stream: what had come stays, and is said not to be compared."""
    kept = run(CUT, document(GOES_ON), AGAIN, then=document(GOES_ON)).frames
    last = max(frame.seq for frame in kept if b"interaction.completed" in frame.raw)
    turn = _lost(*kept[: last + 1], then=document(GOES_ON)).turn
    assert (turn.status, text_of(turn), turn.error) == ("completed", TEXT, None)
    assert any("could not be compared" in warning for warning in turn.warnings)


def test_a_deadline_is_not_the_end_of_the_interaction() -> None:
    """Its server goes on without the stream."""
    found = run(LATE, document(WHOLE))
    assert (found.turn.status, text_of(found.turn), found.turn.error) == ("completed", TEXT, None)


def test_a_deadline_that_nothing_follows_stays_one() -> None:
    found = run(LATE, MISSING)
    assert (found.turn.status, text_of(found.turn)) == ("failed", "One two ")
    assert found.turn.error is not None
    assert found.turn.error.code == "deadline_exceeded"


def test_a_failed_interaction_keeps_what_had_arrived() -> None:
    """Its own record may have less of it."""
    found = run(CUT, document({"id": ID, "status": "failed", "steps": []}))
    assert (found.turn.status, text_of(found.turn)) == ("failed", "One two ")


def test_stop_wins_while_the_server_is_asked() -> None:
    with answering(CUT, document(GOES_ON), REFUSED, then=document(GOES_ON)) as server:
        request, journal = asking(), Journal(Turn())
        thread = threading.Thread(target=stream, args=(connected(server), request, journal))
        thread.start()
        deadline = time.monotonic() + 5
        while len(server.requests) < 5:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        request.stop.set()
        thread.join(2)
        assert not thread.is_alive()
    assert journal.turn.status == "cancelled"
    assert journal.turn.receipt is not None
    assert journal.turn.receipt.by == "you"


def test_stop_wins_against_an_answer_that_is_just_arriving() -> None:
    """The record is there when Stop comes, and is not read: what had arrived of the text is not all of it."""
    with answering(CUT, document(WHOLE)) as server:
        request = asking()
        journal = _Stopping(request.stop, b'"steps"')
        stream(connected(server), request, journal)
    assert (journal.turn.status, text_of(journal.turn)) == ("cancelled", "One two ")


class _Stopping(Journal[Turn]):
    """Stops when a frame with these words is there."""

    def __init__(self, stop: Stop, words: bytes) -> None:
        super().__init__(Turn())
        self._stop = stop
        self._words = words

    def append(self, frames: Sequence[Frame], turn: Turn) -> None:
        super().append(frames, turn)
        if any(self._words in frame.raw for frame in frames):
            self._stop.set()


def test_nobody_is_told_of_an_end_that_is_none() -> None:
    """At no moment does a reader see a turn as interrupted that is about to be brought back."""
    with answering(CUT, document(WHOLE)) as server:
        request, journal = asking(), _Watched()
        stream(connected(server), request, journal)
    assert [status for status in journal.seen if status == "interrupted"] == []
    assert journal.seen[-1] == "completed"


class _Watched(Journal[Turn]):
    def __init__(self) -> None:
        super().__init__(Turn())
        self.seen: list[str] = []

    def append(self, frames: Sequence[Frame], turn: Turn) -> None:
        super().append(frames, turn)
        self.seen.append(turn.status)


def _stopped(*answers: bytes, then: bytes = b"") -> Run:
    """A background run that is stopped when two words have come."""
    gate = threading.Event()

    def script(connection: socket.socket, number: int) -> None:
        if number == 1:
            connection.sendall(CUT_MARKED)
            gate.wait(5)
            return
        connection.sendall(answers[number - 2] if number - 2 < len(answers) else then)

    with peer(script) as server:
        request, journal = asking(background=True), Journal(Turn())
        thread = threading.Thread(target=stream, args=(connected(server), request, journal))
        thread.start()
        while text_of(journal.turn) != "One two ":
            time.sleep(0.01)
        request.stop.set()
        thread.join(5)
        gate.set()
        requests = [each.split(b" HTTP")[0].decode() for each in server.requests]
        return Run(journal.turn, journal.slice(), requests)


def test_a_background_run_is_stopped_at_its_server_which_confirms_it() -> None:
    """Closing the socket would not end it: cancel, then GET until it is over."""
    cancelled = {"id": ID, "status": "cancelled", "usage": {"total_output_tokens": 2}}
    found = _stopped(document(GOES_ON), document(GOES_ON), document(cancelled))
    assert found.turn.status == "cancelled"
    assert found.turn.receipt is not None
    assert found.turn.receipt.confirmed
    assert found.turn.usage is not None
    assert found.turn.usage.total_output_tokens == 2
    assert found.requests[1] == f"POST /v1beta/interactions/{ID}/cancel"


def test_a_background_run_that_is_stopped_on_its_way_back_is_stopped_at_its_server_too() -> None:
    """It is no other run for having been cut off before."""
    more = sse(*deltas(WORDS[2:3], marked=True))
    cancelled = {"id": ID, "status": "cancelled"}
    with answering(CUT_MARKED, document(GOES_ON), more, then=document(cancelled)) as server:
        request = asking(background=True)
        journal = _Stopping(request.stop, b"three")
        stream(connected(server), request, journal)
    assert (journal.turn.status, text_of(journal.turn)) == ("cancelled", "One two three ")
    assert journal.turn.receipt is not None
    assert journal.turn.receipt.confirmed
    assert server.requests[3].startswith(f"POST /v1beta/interactions/{ID}/cancel".encode())


def test_a_background_run_that_was_quicker_than_stop_is_completed() -> None:
    found = _stopped(document(GOES_ON), document(WHOLE))
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)


def test_a_provider_that_does_not_confirm_a_stop_is_quoted_so() -> None:
    found = _stopped(then=document(GOES_ON))
    assert found.turn.status == "cancelled"
    assert found.turn.receipt is not None
    assert not found.turn.receipt.confirmed
    assert any("does not confirm" in warning for warning in found.turn.warnings)


def test_an_id_that_the_server_has_forgotten_is_replaced_by_the_saved_steps() -> None:
    """The refused request is sent once more, with the history in front; the message is there once."""
    earlier = {"type": "user_input", "content": [{"type": "text", "text": "Before."}]}
    step = step_from_wire(earlier, hop=0, index=0, frame=0)
    turns = (Turn(steps=(step,)),)
    found = run(MISSING, AGAIN, previous_interaction_id="v1_gone", earlier=lambda: turns)
    assert (found.turn.status, text_of(found.turn)) == ("completed", TEXT)
    assert found.turn.rungs == ("rebuild",)
    second = [note for note in found.notes if note["note"] == "request"][1]["body"]
    assert "previous_interaction_id" not in second
    assert second["input"][0] == earlier
    assert [step.sent for step in found.turn.steps] == [True, False]


def test_a_missing_model_is_no_forgotten_id() -> None:
    missing = document({"error": {"code": "model_not_found", "message": "No such model."}}, 404)
    found = run(missing, previous_interaction_id="v1_known", earlier=lambda: ())
    assert found.turn.status == "failed"
    assert len(found.requests) == 1


def test_an_answer_that_stands_still_is_brought_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comments without end are a silence, and the ladder takes it for one."""

    def script(connection: socket.socket, number: int) -> None:
        connection.sendall(CUT if number == 1 else document(WHOLE))
        with suppress(OSError):
            while number == 1:
                connection.sendall(b": ping\n\n")
                time.sleep(0.01)

    with peer(script) as server:
        request = msgspec.structs.replace(asking(), record=Recorder(stall=0.2))
        journal = Journal(Turn())
        stream(connected(server), request, journal)
    assert (journal.turn.status, text_of(journal.turn)) == ("completed", TEXT)
    cuts = [json.loads(frame.raw) for frame in journal.slice() if b'"note":"cut"' in frame.raw]
    assert [note["error"] for note in cuts] == ["Stalled"]


def test_a_record_that_cannot_be_taken_is_not_asked_for_again() -> None:
    """It would be cut again."""
    odd = document(WHOLE, 200, "content-encoding: br")
    found = run(CUT, then=odd)
    assert (found.turn.status, found.rungs) == ("interrupted", ["get"])
    assert len(found.requests) == 2
