"""The file: what comes out is what went in, and what cannot have come out of here is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.cassettes import LARGEST, Cassette, Recording, dump, load
from interactions.cassettes.server import Player
from interactions.conversations.exchanges import curl, exchanges
from interactions.conversations.request import Options
from interactions.errors import CassetteError
from interactions.files.fitting import DEEPEST
from interactions.stream.journal import Frame
from interactions.ui.log.rows import describe


def frames() -> st.SearchStrategy[tuple[Frame, ...]]:
    """Journals of any bytes; a note is a JSON object that names what happened."""
    note = st.dictionaries(st.text(), st.text() | st.integers(-5, 5) | st.none(), max_size=3).map(
        lambda fields: msgspec.json.encode({**fields, "note": "end"})
    )
    count = st.integers(0, 10**18)
    piece = st.tuples(count, count, st.just("wire"), st.binary() | st.text().map(str.encode)) | st.tuples(
        count, count, st.just("note"), note
    )
    return st.lists(piece).map(lambda made: tuple(Frame(seq, *rest) for seq, rest in enumerate(made)))  # type: ignore[arg-type] # a tuple's kinds are lost


@given(frames(), st.text(), st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1)))
def test_any_frames_come_back_to_the_byte(made: tuple[Frame, ...], title: str, created: datetime) -> None:
    """And what is written of them then is the same file."""
    options = Options("m", temperature=1, tools=({"type": "x", "n": 1.5},))
    turns = [
        Recording(None, "gemini", created.replace(tzinfo=UTC), "v1_x", "Hi", options, made),
        Recording(
            1, "gemini", created.replace(tzinfo=UTC), None, ({"type": "function_result"},), options, ()
        ),
    ]
    written = dump(Cassette(title, tuple(turns)))
    read = load(written)
    assert (read.title, [turn.frames for turn in read.turns]) == (title, [made, ()])
    assert read.turns[0].created == turns[0].created
    assert dump(read) == written


def test_a_file_has_a_line_for_each_frame_that_can_be_read() -> None:
    """Text stays text; what is none says that it is base64."""
    pieces = (b"data: \xc3\xa4\n\n", b"\xff")
    made = tuple(Frame(seq, 5, 1, "wire", raw) for seq, raw in enumerate(pieces))
    written = dump(
        Cassette(
            "T",
            (Recording(None, "gemini", datetime(2026, 1, 1, tzinfo=UTC), None, "Hi", Options("m"), made),),
        )
    )
    lines = written.decode().splitlines()
    assert lines[0] == '{"format":"interactions-cassette","version":1,"title":"T","turns":['
    assert lines[2] == r'{"seq":0,"at":5,"read":1,"kind":"wire","text":"data: ä\n\n"},'
    assert lines[3] == '{"seq":1,"at":5,"read":1,"kind":"wire","base64":"/w=="}'


def good() -> dict[str, Any]:
    note = '{"note":"request","method":"POST","url":"http://x/y","headers":{},"body":{},"attempt":1}'
    made: dict[str, Any] = {
        "format": "interactions-cassette",
        "version": 1,
        "title": "T",
        "turns": [
            {
                "id": 1,
                "parent": None,
                "provider": "gemini",
                "created": "2026-01-01T00:00:00Z",
                "previous_interaction_id": None,
                "prompt": {"input": "Hi", "options": {"model": "m"}},
                "frames": [
                    {"seq": 0, "at": 0, "read": 0, "kind": "note", "text": note},
                    {"seq": 1, "at": 0, "read": 0, "kind": "note", "text": '{"note":"end"}'},
                ],
            }
        ],
    }
    return made


def turn_with(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda file: file["turns"][0].update(fields)


def frame_with(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda file: file["turns"][0]["frames"][1].update(fields)


def nested(levels: int) -> Any:
    return {"type": nested(levels - 1)} if levels else 1


WRONG: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "another format": (lambda file: file.update(format="har"), "no cassette"),
    "no format": (lambda file: file.pop("format"), "no cassette"),
    "a format of another type": (lambda file: file.update(format=1), "no cassette"),
    "a newer version": (lambda file: file.update(version=2), "newer version"),
    "no title": (lambda file: file.pop("title"), "damaged.*title"),
    "no turns": (lambda file: file.update(turns=[]), "no turn"),
    "another number": (turn_with(id=2), "turn 1 is not in its place"),
    "its own parent": (turn_with(parent=1), "turn 1 is not in its place"),
    "no date": (turn_with(created="yesterday"), "damaged.*created"),
    "a date without a zone": (turn_with(created="2026-01-01T00:00:00"), "damaged.*created"),
    "a date before any": (turn_with(created="0001-01-01T00:00:00+23:00"), "the year 1"),
    "no model": (turn_with(prompt={"input": "Hi", "options": {}}), "damaged.*model"),
    "a way to another address": (
        turn_with(prompt={"input": "Hi", "options": {"model": "m", "api_version": "../../admin"}}),
        r"damaged: turns\[0\]\.prompt\.options\.api_version: expected one of '', 'v1', 'v1beta'",
    ),
    "a temperature that no page shows": (
        turn_with(prompt={"input": "Hi", "options": {"model": "m", "temperature": 9}}),
        r"damaged: .*temperature: expected a number of at least 0 and at most 2, found 9",
    ),
    "a prompt without a bottom": (
        turn_with(prompt={"input": [nested(DEEPEST)], "options": {"model": "m"}}),
        "nested too deeply",
    ),
    "a schema without a bottom": (
        turn_with(prompt={"input": "Hi", "options": {"model": "m", "response_schema": nested(DEEPEST)}}),
        "nested too deeply",
    ),
    "frames out of order": (frame_with(seq=0), "frame 1 of turn 1 is out of order"),
    "a time before the request": (frame_with(at=-1), "damaged.*at"),
    "a time that nobody can store": (frame_with(at=2**70), "damaged.*at"),
    "another kind": (frame_with(kind="event"), "damaged.*kind"),
    "both text and base64": (frame_with(base64="/w=="), "either text or base64"),
    "a note in base64 that is no text": (
        lambda file: file["turns"][0]["frames"].__setitem__(
            1, {"seq": 1, "at": 0, "read": 0, "kind": "note", "base64": "/w=="}
        ),
        "frame 1 of turn 1 is no note",
    ),
    "no base64": (
        lambda file: file["turns"][0]["frames"].__setitem__(
            1, {"seq": 1, "at": 0, "read": 0, "kind": "wire", "base64": "!"}
        ),
        "damaged.*base64",
    ),
    "half a character": (frame_with(text="\ud800"), "damaged|not JSON"),
    "a note that is no object": (frame_with(text="1"), "is no note"),
    "a note without a name": (frame_with(text="{}"), "is no note.*note"),
    "a request without a method": (frame_with(text='{"note":"request","attempt":1}'), "is no note.*method"),
    "an answer without a status": (frame_with(text='{"note":"response"}'), "is no note.*status"),
    "a request to a file": (
        frame_with(
            text='{"note":"request","method":"GET","url":"file:///etc/x","headers":{},"body":{},"attempt":1}'
        ),
        "is no note: url: expected a text like",
    ),
    "nothing left out": (frame_with(text='{"note":"left_out"}'), "is no note.*parts"),
    "a note without a bottom": (
        frame_with(text=json.dumps({"note": "end", "x": nested(DEEPEST)})),
        "nested too deeply",
    ),
}


def test_the_file_that_the_wrong_ones_are_made_of_is_good() -> None:
    """Each of them is wrong for one reason."""
    assert len(load(json.dumps(good()).encode()).turns[0].frames) == 2


@pytest.mark.parametrize("wrong", WRONG)
def test_whatever_is_wrong_with_a_file_is_said_in_a_sentence(wrong: str) -> None:
    """In one line, with what it is, and with a full stop."""
    spoil, said = WRONG[wrong]
    file = good()
    spoil(file)
    refused(json.dumps(file).encode(), said)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not JSON"),
        (b"data: {}\n\n", "not JSON"),
        (b"\x1f\x8b\x08", "not JSON"),
        (b'{"format":"\xff"}', "not in UTF-8"),
        (b'{"x":' + b"[" * 100_000, "nested too deeply"),
        (b"[]", "no cassette"),
        (b"null", "no cassette"),
        (b" " * (LARGEST + 1), "too large: 100 MB, of at most 100"),
        (json.dumps(good()).encode()[:-20], "not JSON"),
    ],
    ids=["nothing", "a stream", "a zip", "Latin-1", "brackets", "a list", "null", "too much", "half of it"],
)
def test_what_is_no_cassette_at_all_is_said_in_a_sentence(data: bytes, said: str) -> None:
    """Whatever a visitor may upload."""
    refused(data, said)


def test_a_byte_order_mark_in_front_changes_nothing() -> None:
    """Editors on Windows write one."""
    data = json.dumps(good()).encode()
    assert load(b"\xef\xbb\xbf" + data) == load(data)


def refused(data: bytes, said: str) -> None:
    with pytest.raises(CassetteError, match=said) as caught:
        load(data)
    sentence = str(caught.value)
    assert re.fullmatch(r"The file [^\n]{1,400}\.", sentence), sentence
    named = re.search(r"turn (\d+)", sentence)
    assert caught.value.turn == (int(named[1]) if named else 0)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["note", "text", "frames", "method", "body"]) | st.text(), inner
            )
        ),
    ),
    st.data(),
)
def test_no_file_makes_anything_but_a_cassette_or_a_sentence(value: object, data: st.DataObject) -> None:
    """Any value in the place of any other."""
    file = good()
    places = [(file, key) for key in file] + [(file["turns"][0], key) for key in file["turns"][0]]
    places += [(frame, key) for frame in file["turns"][0]["frames"] for key in frame]
    place, key = data.draw(st.sampled_from(places))
    place[key] = json.dumps(value) if key == "text" else value
    try:
        read = load(json.dumps(file).encode())
    except CassetteError:
        return
    assert load(dump(read)) == read


ANYTHING = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
FITTING = {
    "method": st.just("POST"),
    "url": st.text(),
    "headers": st.dictionaries(st.text(), st.text()) | st.lists(st.tuples(st.text(), st.text())),
    "attempt": st.integers(),
    "body": st.dictionaries(st.sampled_from(["input", "model"]), ANYTHING),
    "history": st.integers(),
    "status": st.integers() | st.text(),
    "reason": st.text(),
    "http_version": st.text(),
    "seconds": st.floats(allow_nan=False),
    "of": st.integers(),
    "rung": st.text(),
    "parts": st.lists(st.text()),
    "afresh": st.booleans(),
    "retry_after": st.integers(0, 10**9) | st.none(),
    "message": ANYTHING,
    "error": ANYTHING,
    "by": ANYTHING,
}
KINDS = (
    "request",
    "response",
    "retry",
    "refused",
    "resume",
    "wait",
    "stop",
    "cut",
    "partial",
    "left_out",
    "end",
    "news",
)


@given(
    st.sampled_from(KINDS),
    st.fixed_dictionaries(FITTING),
    st.dictionaries(st.sampled_from(list(FITTING)), ANYTHING),
)
def test_a_note_that_is_taken_can_be_shown(kind: str, fitting: dict[str, Any], odd: dict[str, Any]) -> None:
    """As a row, as a command, and by a server; whatever else stands in it."""
    file = good()
    file["turns"][0]["frames"][1]["text"] = json.dumps({"note": kind, **fitting, **odd})
    try:
        read = load(json.dumps(file).encode())
    except CassetteError:
        return
    Player(read)
    for frame in read.turns[0].frames:
        assert describe(frame).type
    for exchange in exchanges(read.turns[0].frames):
        assert curl(exchange.request).startswith("curl ")


def test_what_is_masked_is_counted_in_the_file_and_all_else_is_as_it_was() -> None:
    """A file without it, such as every older one, has no such field."""
    (turn,) = load(json.dumps(good()).encode()).turns
    first, *others = turn.frames
    masked = msgspec.structs.replace(turn, frames=(msgspec.structs.replace(first, masked=2), *others))
    written = dump(Cassette("t", (masked,)))
    assert written.count(b'"masked"') == 1
    assert load(written).turns == (masked,)
    assert b'"masked"' not in dump(Cassette("t", (turn,)))


@pytest.mark.parametrize("figure", [-1, 10**9 + 1, 1.5, "soon", [], True])
def test_a_wait_that_no_server_asks_for_is_refused(figure: object) -> None:
    """The page makes a sentence of it."""
    file = good()
    text = json.dumps({"note": "refused", "status": 429, "retry_after": figure})
    file["turns"][0]["frames"][1]["text"] = text
    refused(json.dumps(file).encode(), "is no note")


@pytest.mark.parametrize("masked", [-1, "2", 10**19, None])
def test_a_count_of_masks_is_a_count(masked: object) -> None:
    file = good()
    file["turns"][0]["frames"][1]["masked"] = masked
    refused(json.dumps(file).encode(), "damaged")
