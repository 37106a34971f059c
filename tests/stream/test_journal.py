"""The record of a turn: one writes, any number read."""

from __future__ import annotations

import gc
import json
import threading
import time
import weakref

import msgspec
import pytest

from interactions.stream.journal import Batch, Frame, Journal, Recorder
from tests.folding import noted


def frames(count: int, start: int = 0) -> list[Frame]:
    return [Frame(seq, seq, 0, "wire", b"%d" % seq) for seq in range(start, start + count)]


def test_a_new_journal_is_empty_and_open() -> None:
    """It shows the state it was made with."""
    journal = Journal("begun")
    assert journal.since(0) == Batch([], "begun", False)
    assert (len(journal), journal.turn, journal.closed) == (0, "begun", False)


def test_a_reader_gets_what_is_new_since_its_cursor() -> None:
    """And the state folded up to the last frame."""
    journal = Journal(0)
    journal.append(frames(2), 2)
    journal.append(frames(1, start=2), 3)
    assert journal.since(0) == Batch(frames(3), 3, False)
    assert journal.since(2) == Batch(frames(1, start=2), 3, False)
    assert journal.since(3) == Batch([], 3, False)
    assert journal.slice(1, 3) == frames(2, start=1)
    assert len(journal) == 3


def test_what_a_reader_holds_does_not_grow() -> None:
    """A batch is a copy: later frames are in later batches."""
    journal = Journal(0)
    journal.append(frames(1), 1)
    batch, window = journal.since(0), journal.slice(0, 9)
    journal.append(frames(1, start=1), 2)
    assert (len(batch.frames), batch.turn, len(window)) == (1, 1, 1)


def test_a_closed_journal_answers_at_once() -> None:
    """There is nothing to wait for."""
    journal = Journal(0)
    journal.close()
    began = time.monotonic()
    assert journal.since(0, timeout=30) == Batch([], 0, True)
    assert time.monotonic() - began < 10


def test_waiting_without_news_ends_at_its_time_out() -> None:
    """An empty batch says so."""
    journal = Journal(0)
    began = time.monotonic()
    assert journal.since(0, timeout=0.05) == Batch([], 0, False)
    assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize("news", ["append", "close"])
def test_news_wakes_every_reader_that_waits(news: str) -> None:
    """Frames do, and so does the end."""
    journal, found = Journal(0), list[Batch[int]]()
    readers = [threading.Thread(target=lambda: found.append(journal.since(0, timeout=30))) for _ in range(3)]
    for reader in readers:
        reader.start()
    if news == "append":
        journal.append(frames(1), 1)
    else:
        journal.close()
    for reader in readers:
        reader.join(10)
    assert [batch.closed for batch in found] == [news == "close"] * 3


def test_readers_see_all_frames_in_order_and_the_state_that_belongs_to_them() -> None:
    """While one thread writes, others read by cursor; the state is the count of the frames seen so far."""
    journal, wrong = Journal(0), list[str]()

    def read() -> None:
        cursor, closed = 0, False
        while not closed:
            batch = journal.since(cursor, timeout=5)
            if [frame.seq for frame in batch.frames] != list(range(cursor, cursor + len(batch.frames))):
                wrong.append(f"order at {cursor}")
            cursor += len(batch.frames)
            closed = batch.closed
            if batch.turn != cursor:
                wrong.append(f"{batch.turn} at {cursor}")
        if cursor != 600:
            wrong.append(f"ended at {cursor}")

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for start in range(0, 600, 3):
        journal.append(frames(3, start=start), start + 3)
    journal.close()
    for reader in readers:
        reader.join(20)
    assert wrong == []


def test_a_journal_knows_how_long_nothing_has_come() -> None:
    """Counted from its making, and again from each frame."""
    began = time.monotonic()
    journal = Journal(0)
    time.sleep(0.05)
    assert journal.measure_silence() >= 0.05
    journal.append(frames(1), 1)
    assert 0 <= journal.measure_silence() <= time.monotonic() - began - 0.05


def test_a_recorder_numbers_frames_and_times_them_forward() -> None:
    """Frames of one socket read share its number and its time; a note has the time of its making."""
    record = Recorder()
    made = [noted(record, "request", attempt=1)]
    record.tick()
    made += [record.wire(b"a"), record.wire(b"b")]
    record.tick()
    made += [record.wire(b"c"), noted(record, "end")]
    assert [frame.seq for frame in made] == [0, 1, 2, 3, 4]
    assert [frame.read for frame in made] == [0, 1, 1, 2, 2]
    assert [frame.kind for frame in made] == ["note", "wire", "wire", "wire", "note"]
    assert made[1].at == made[2].at
    times = [frame.at for frame in made]
    assert times == sorted(times)
    assert times[0] >= 0


def test_a_note_is_a_json_object_that_says_what_happened() -> None:
    """Its name first, then the details."""
    raw = noted(Recorder(), "refused", status=503, headers=[("a", "b")]).raw
    assert raw.startswith(b'{"note":"refused"')
    assert json.loads(raw) == {"note": "refused", "status": 503, "headers": [["a", "b"]]}


def test_wire_bytes_are_kept_untouched() -> None:
    """Whatever they are."""
    raw = bytes(range(256))
    assert Recorder().wire(raw).raw == raw


def test_one_reader_waits_for_whichever_of_several_journals_has_news() -> None:
    """Frames and ends set the event that the reader has given to each of them."""
    news = threading.Event()
    journals = [Journal(0), Journal(0)]
    for journal in journals:
        journal.tell(news)
    assert not news.is_set()
    journals[1].append(frames(1), 1)
    assert news.is_set()
    news.clear()
    journals[0].close()
    assert news.is_set()


def test_a_reader_that_vanishes_is_told_nothing_and_kept_by_nobody() -> None:
    """The journal holds no reader: an event without one is gone."""
    journal, news = Journal(0), threading.Event()
    gone = weakref.ref(news)
    journal.tell(news)
    del news
    gc.collect()
    assert gone() is None
    journal.append(frames(1), 1)
    assert len(journal) == 1


KEY = "planted-key-5b1d-AIza"


def hiding(*secrets: str) -> Recorder:
    record = Recorder()
    record.hide(frozenset(secrets))
    return record


def test_a_known_secret_is_masked_in_frames_and_notes_and_counted() -> None:
    """At the same length, so that offsets and lengths stay; all else is as it came."""
    record = hiding(KEY)
    raw = f"data: {KEY} and {KEY}\n\n".encode()
    assert record.wire(raw) == Frame(0, 0, 0, "wire", raw.replace(KEY.encode(), b"*" * len(KEY)), 2)
    note = noted(record, "crash", error="crash", message=f"Not {KEY}.")
    assert json.loads(note.raw) == {"note": "crash", "error": "crash", "message": f"Not {'*' * len(KEY)}."}
    assert note.masked == 1
    assert record.wire(b"data: nothing\n\n").masked == 0


def test_what_was_asked_is_never_masked() -> None:
    """The input of a turn is made from the note of its request."""
    said = {"body": {"input": KEY}, "asked": {"input": KEY}, "input": [KEY]}
    note = noted(hiding(KEY), "request", url=f"https://x.test/{KEY}", headers={"a": KEY}, **said)
    read = json.loads(note.raw)
    assert {name: read[name] for name in said} == said
    assert KEY not in read["url"] + read["headers"]["a"]
    assert list(read) == ["note", *(name for name in read if name not in said and name != "note"), *said]


def test_secrets_come_one_after_the_other_and_all_stay_so() -> None:
    """A turn may take several requests, with several keys."""
    record = hiding(KEY)
    record.hide(frozenset({"another-secret-1"}))
    assert record.wire(f"{KEY} another-secret-1".encode()).masked == 2


def test_a_frame_of_an_older_database_has_nothing_masked() -> None:
    """Its row has five values."""
    packed = msgspec.msgpack.encode([[0, 1, 2, "wire", b"x"]])
    (read,) = msgspec.msgpack.decode(packed, type=list[Frame])
    assert read == Frame(0, 1, 2, "wire", b"x", 0)
    again = msgspec.msgpack.encode([msgspec.structs.replace(read, masked=3)])
    assert msgspec.msgpack.decode(again, type=list[Frame])[0].masked == 3


def test_what_only_keeps_the_connection_open_is_no_news() -> None:
    """Comments count neither as data of the answer, nor do they hide how long there was none."""
    journal: Journal[int] = Journal(0)
    journal.append([Frame(0, 0, 0, "note", b"{}"), Frame(1, 5 * 10**9, 1, "wire", b"data: 1\n\n")], 1)
    assert journal.measure_silence() < 1
    for seq, raw in enumerate((b": ping\n\n", b"\n\n", b'event: ping\ndata: {"type": "ping"}\n\n'), start=2):
        journal.append([Frame(seq, (5 + 10 * seq) * 10**9, 1, "wire", raw)], 1)
    assert 40 <= journal.measure_silence() < 41
    journal.append([Frame(5, 60 * 10**9, 1, "wire", b"data: 2\n\n")], 1)
    assert journal.measure_silence() < 1
