"""The same answer in every form that a body can have folds to the same turn, in every protocol."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

import msgspec
import pytest

from interactions.command.bodies import frames_of
from interactions.providers.protocol import Provider
from interactions.providers.reading import refold
from interactions.stream.cutters import BodyCutter, cut
from interactions.stream.journal import Frame, Recorder
from interactions.stream.sse import BROKEN, DOUBLED, INDENTED, QUOTED, SEVERAL, UNENDED, UNNAMED, read_frame
from interactions.turns.turn import Turn, text_of
from interactions.turns.wire import load_json
from tests import folding, vendors
from tests.folding import Pieces, noted
from tests.oddities import PROTOCOLS
from tests.vendors import content

# Bodies whose every event is an object, so that they can be told in another form.
OF_GEMINI = {f"gemini_{name}": body for name, body in folding.RECORDINGS.items()}
Event = tuple[str, dict[str, Any]]


def events_of(body: bytes) -> list[Event]:
    """The names and objects of a stream; empty for one that says anything else."""
    values = [value for frame in cut(body) for value in read_frame(frame).values if value[0] != "[DONE]"]
    found = [(name, load_json(data)) for data, name in values]
    return [(name, one) for name, one in found if isinstance(one, dict)] if _objects(found) else []


def _objects(found: list[tuple[str, object]]) -> bool:
    """Events that JSON alone tells apart, with none that is an error by nothing but its name."""
    return all(isinstance(one, dict) and name != "error" for name, one in found)


def _named(name: str, events: list[Event]) -> bool:
    """Whether the objects say what they are without the names of their events."""
    return name.startswith(("chat", "generate")) or all(
        "type" in one or "event_type" in one for _, one in events
    )


EVENTS = {
    name: events
    for name, body in {**OF_GEMINI, **vendors.RECORDINGS}.items()
    if len(events := events_of(body)) > 1 and _named(name, events)
}


def dumped(event: Event, indent: int | None = None) -> str:
    return json.dumps(event[1], ensure_ascii=False, indent=indent)


def sse(events: list[Event], data: str = "data: ", end: str = "\n", indent: int | None = None) -> str:
    """An event stream, as each line of data and each end of a line is written there."""
    parts = []
    for event in events:
        lines = [f"event: {event[0]}"] if event[0] != "message" else []
        lines += [f"{data}{line}" for line in dumped(event, indent).split("\n")]
        parts.append(end.join([*lines, "", ""]))
    return "".join(parts)


def lines(events: list[Event], between: str = "\n") -> str:
    return "".join(f"{dumped(event)}{between}" for event in events)


def pretty(events: list[Event]) -> str:
    """Each event in lines of which only the first has the name of its field."""
    return "".join(f"event: {event[0]}\ndata: {dumped(event, 1)}\n\n" for event in events)


def quoted(events: list[Event]) -> str:
    return "".join(
        f"event: {event[0]}\ndata: {json.dumps(dumped(event), ensure_ascii=False)}\n\n" for event in events
    )


def paired(events: list[Event], between: str) -> str:
    """Two events in the place of one, under the name of the first."""
    pairs = [events[at : at + 2] for at in range(0, len(events), 2)]
    return "".join(f"event: {pair[0][0]}\ndata: {between.join(map(dumped, pair))}\n\n" for pair in pairs)


def unparted(events: list[Event]) -> str:
    """Without a blank line between two events."""
    return sse(events).replace("\n\n", "\n")


def indented(events: list[Event]) -> str:
    return re.sub(r"^(?=.)", "  ", sse(events), flags=re.MULTILINE)


# How a body is told, under which names, and what is noted of it.
FORMS: Mapping[str, tuple[Callable[[list[Event]], str], str]] = {
    "an event stream": (sse, ""),
    "CRLF": (lambda events: sse(events, end="\r\n"), ""),
    "CR": (lambda events: sse(events, end="\r"), ""),
    "no space behind the colon": (lambda events: sse(events, data="data:"), ""),
    "a byte order mark": (lambda events: f"\ufeff{sse(events)}", ""),
    "two byte order marks": (lambda events: f"\ufeff\ufeff{sse(events)}", ""),
    "comments and empty lines in front": (lambda events: f"\n\n: hi\n\n{sse(events)}", ""),
    "several lines of data": (lambda events: sse(events, indent=1), ""),
    "several lines of data with CRLF": (lambda events: sse(events, indent=2, end="\r\n"), ""),
    "an end marker": (lambda events: f"{sse(events)}data: [DONE]\n\n", ""),
    "no blank line at the end": (lambda events: sse(events).rstrip(), UNENDED),
    "half a blank line at the end": (lambda events: f"{sse(events).rstrip()}\n", UNENDED),
    "an end marker without a blank line": (lambda events: f"{sse(events)}data: [DONE]", UNENDED),
    "no blank lines": (unparted, UNENDED),
    "spaces in front": (indented, INDENTED),
    "fields named twice": (lambda events: sse(events, data="data: data: "), DOUBLED),
    "pretty JSON with one name of a field": (pretty, UNNAMED),
    "JSON in a text": (quoted, QUOTED),
    "two events in a line": (lambda events: paired(events, ""), SEVERAL),
    "two events in a line with a space": (lambda events: paired(events, " "), SEVERAL),
    "two events in a line, each with its name": (lambda events: paired(events, "data: "), SEVERAL),
    "JSON lines": (lines, ""),
    "JSON lines with CRLF": (lambda events: lines(events, "\r\n"), ""),
    "JSON lines without an end": (lambda events: lines(events).rstrip(), ""),
    "JSON lines parted by blank lines": (lambda events: lines(events, "\n\n"), ""),
    "JSON lines with an end marker": (lambda events: f"{lines(events)}[DONE]\n", ""),
    "a byte order mark and JSON lines": (lambda events: f"\ufeff{lines(events)}", ""),
    "JSON values one behind the other": (lambda events: lines(events, ""), ""),
    "pretty JSON values": (lambda events: "\n".join(dumped(event, 2) for event in events), ""),
    "a list": (lambda events: f"[{','.join(map(dumped, events))}]", ""),
    "a list of lines": (lambda events: "[" + "\n,\r\n".join(map(dumped, events)) + "\n]\n", ""),
    "a pretty list": (lambda events: json.dumps([event[1] for event in events], indent=2), ""),
    "a line, and then events": (lambda events: f"{dumped(events[0])}\n{sse(events[1:])}", ""),
    "an event, and then lines": (lambda events: f"{sse(events[:1])}{lines(events[1:])}", ""),
}
REMARKS = (UNENDED, INDENTED, DOUBLED, UNNAMED, QUOTED, SEVERAL)
KINDS = ("text/event-stream", "application/json", "text/plain; charset=utf-8", "application/x-ndjson")


def provider_of(name: str) -> Provider:
    return PROTOCOLS[name.partition("_")[0]]


def exchanged(body: bytes, kind: str, cutter: Callable[[bytes], list[bytes]] | None = None) -> list[Frame]:
    """The frames of a turn, cut as the transport does it today, or as somebody else has."""
    border, record = BodyCutter(200, kind), Recorder()
    raws = cutter(body) if cutter else [*border.feed(body), border.rest()]
    return [
        noted(record, "request", body={}, asked={"input": [], "model": "", "stored": True}),
        noted(record, "response", headers=[("content-type", kind)]),
        *(record.wire(raw) for raw in raws if raw),
        noted(record, "end"),
    ]


def said(turn: Turn) -> dict[str, Any]:
    """All that a turn says, but for the rows in which it stood."""
    notes = [re.sub(r" \(row \d+\)$", "", warning) for warning in turn.warnings]
    error = msgspec.structs.replace(turn.error, http_status=None) if turn.error else None
    return {
        **{name: getattr(turn, name) for name in ("id", "status", "ended", "model", "usage", "details")},
        "error": error,
        "steps": content(turn),
        "notes": [note for note in notes if note not in REMARKS],
        "remarks": {note for note in notes if note in REMARKS},
    }


def plain(name: str) -> dict[str, Any]:
    return said(refold(provider_of(name), exchanged(sse(EVENTS[name]).encode(), KINDS[0])))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", EVENTS)
def test_an_answer_is_the_same_in_any_form_under_any_name(name: str, form: str) -> None:
    tell, remark = FORMS[form]
    body, expected = tell(EVENTS[name]).encode(), plain(name) | {"remarks": {remark} - {""}}
    for kind in KINDS:
        assert said(refold(provider_of(name), exchanged(body, kind))) == expected, kind


@pytest.mark.parametrize("name", EVENTS)
def test_a_body_that_was_kept_in_one_piece_is_read_as_what_it_is(name: str) -> None:
    """As it was cut when its header was believed."""
    for tell in (sse, lines, FORMS["CRLF"][0]):
        body = tell(EVENTS[name]).encode()
        for kind in KINDS:
            frames = exchanged(body, kind, lambda whole: [whole])
            assert said(refold(provider_of(name), frames)) == plain(name), kind


@pytest.mark.parametrize("name", EVENTS)
def test_lines_that_were_kept_as_frames_of_a_stream_are_read(name: str) -> None:
    """Cut at blank lines, of which there were some."""
    body = lines(EVENTS[name][:2]) + "\n" + lines(EVENTS[name][2:])
    frames = exchanged(body.encode(), KINDS[0], lambda whole: re.split(rb"(?<=\n\n)", whole))
    assert said(refold(provider_of(name), frames)) == plain(name)


@pytest.mark.parametrize("name", EVENTS)
def test_a_compressed_answer_is_the_same(name: str) -> None:
    """Also where nobody says that it is compressed, and however it comes."""
    packed = gzip.compress(sse(EVENTS[name]).encode())
    for source in (BytesIO(packed), Pieces(packed, 1)):
        assert said(refold(provider_of(name), frames_of(source))) == plain(name)


def live(name: str, body: bytes, kind: str) -> Iterator[int]:
    """How much of the text is there after each frame."""
    frames = exchanged(body, kind)
    for count in range(len(frames)):
        yield len(text_of(refold(provider_of(name), frames[:count])))


@pytest.mark.parametrize("name", [name for name in EVENTS if "text" in name or name == "chat_vllm"])
@pytest.mark.parametrize("form", ["an event stream", "CRLF", "no blank lines", "JSON lines", "a list"])
def test_a_stream_called_json_is_read_as_it_comes(name: str, form: str) -> None:
    body = FORMS[form][0](EVENTS[name]).encode()
    seen = set(live(name, body, "application/json"))
    assert len(seen) > 2 or max(seen) == 0
    assert seen == set(live(name, body, KINDS[0]))


@pytest.mark.parametrize("name", EVENTS)
def test_a_list_that_breaks_off_says_what_has_come(name: str) -> None:
    """As the same events do without the one that is not whole."""
    body = json.dumps([event[1] for event in EVENTS[name]], indent=1).encode()
    cuts = refold(provider_of(name), exchanged(body[: body.rindex(b"\n }")], "application/json"))
    without = refold(provider_of(name), exchanged(sse(EVENTS[name][:-1]).encode(), KINDS[0]))
    assert said(cuts) == said(without)


@pytest.mark.parametrize("form", [form for form, (_, remark) in FORMS.items() if remark in {SEVERAL, QUOTED}])
@pytest.mark.parametrize("name", EVENTS)
def test_what_is_meant_needs_no_blank_line_behind_it(name: str, form: str) -> None:
    tell, remark = FORMS[form]
    turn = said(refold(provider_of(name), exchanged(tell(EVENTS[name]).rstrip().encode(), KINDS[0])))
    assert turn == plain(name) | {"remarks": turn["remarks"]}
    assert {UNENDED} <= turn["remarks"] <= {UNENDED, remark}


@pytest.mark.parametrize("between", ["\ndata: ", "data: "])
@pytest.mark.parametrize("name", EVENTS)
def test_an_event_that_breaks_off_hides_none_that_follows_in_its_place(name: str, between: str) -> None:
    """The answer is that of the stream without the broken one, and a note says so."""
    broken, last = dumped(EVENTS[name][-2]), EVENTS[name][-1]
    body = sse(EVENTS[name][:-2]) + f"event: {last[0]}\ndata: {broken[:-3]}{between}{dumped(last)}\n\n"
    whole = said(refold(provider_of(name), exchanged(sse([*EVENTS[name][:-2], last]).encode(), KINDS[0])))
    turn = said(refold(provider_of(name), exchanged(body.encode(), KINDS[0])))
    assert turn == whole | {"notes": [*turn["notes"]]}
    assert sorted(turn["notes"]) == sorted([*whole["notes"], BROKEN])


PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in &amp; go on</title></head>\n\n<body></body></html>\n"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", [*KINDS, "text/html", ""])
def test_a_web_page_is_no_answer_in_any_protocol(protocol: str, kind: str) -> None:
    turn = refold(PROTOCOLS[protocol], exchanged(PAGE, kind))
    assert turn.error is not None
    assert (turn.status, turn.error.code) == ("failed", "web_page")
    assert turn.error.message == "The server sent a web page instead of an answer: Sign in & go on."


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("before", [b": ping\n\n", b'data: {"a":1}\n\n'])
def test_a_web_page_in_the_midst_of_a_stream_is_said(protocol: str, before: bytes) -> None:
    """The stream has broken off there, and may be brought back."""
    turn = refold(PROTOCOLS[protocol], exchanged(before + PAGE, KINDS[0]))
    assert turn.status == "interrupted"
    assert [note for note in turn.warnings if "a web page instead of an answer: Sign in" in note]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_refusal_by_a_web_page_is_called_by_its_title(protocol: str) -> None:
    record = Recorder()
    frames = [
        noted(record, "request", body={}),
        noted(record, "response", status=502, headers=[("content-type", "text/html")]),
        record.wire(PAGE),
        noted(record, "refused", status=502),
    ]
    turn = refold(PROTOCOLS[protocol], frames)
    assert turn.error is not None
    assert (turn.error.http_status, turn.error.message) == (502, "Sign in & go on")


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("body", [b"", b"\n", b"\xef\xbb\xbf", b" \r\n\r\n"])
def test_an_empty_body_is_no_success_and_says_so(protocol: str, kind: str, body: bytes) -> None:
    turn = refold(PROTOCOLS[protocol], exchanged(body, kind))
    assert (turn.status, turn.ended) == ("interrupted", True)
    assert [note.partition(" (row")[0] for note in turn.warnings] == ["The server has sent an empty body"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_a_clear_failure(protocol: str, encoding: str) -> None:
    body = sse([("message", {"type": "x"})]).encode(encoding)
    for kind in KINDS:
        turn = refold(PROTOCOLS[protocol], exchanged(body, kind))
        assert turn.error is not None
        assert (turn.status, turn.error.code) == ("failed", "utf_16")


DOCUMENTS: Mapping[str, dict[str, Any]] = {
    "gemini": {
        "id": "v1_a",
        "status": "completed",
        "steps": [{"type": "model_output", "content": [{"type": "text", "text": "All of it."}]}],
    },
    "anthropic": {
        "type": "message",
        "id": "msg_a",
        "role": "assistant",
        "content": [{"type": "text", "text": "All of it."}],
        "stop_reason": "end_turn",
    },
    "openai": {
        "id": "resp_a",
        "object": "response",
        "status": "completed",
        "output": [
            {"type": "message", "id": "m", "content": [{"type": "output_text", "text": "All of it."}]}
        ],
    },
    "chat": {
        "id": "c",
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"content": "All of it."}, "finish_reason": "stop"}],
    },
}


@pytest.mark.parametrize("protocol", DOCUMENTS)
@pytest.mark.parametrize("kind", [*KINDS, "text/html"])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_whole_answer_is_one_under_any_name(protocol: str, kind: str, indent: int | None) -> None:
    """On one line, or on many."""
    body = json.dumps(DOCUMENTS[protocol], indent=indent).encode()
    for text in (body, body + b"\n", b"\n" + body + b"\r\n\r\n", b"\xef\xbb\xbf" + body):
        turn = refold(PROTOCOLS[protocol], exchanged(text, kind))
        assert (turn.status, text_of(turn), turn.warnings) == ("completed", "All of it.", ())


@pytest.mark.parametrize("protocol", DOCUMENTS)
def test_half_a_whole_answer_is_no_success(protocol: str) -> None:
    body = json.dumps(DOCUMENTS[protocol]).encode()
    for size in range(1, len(body)):
        for kind in KINDS:
            turn = refold(PROTOCOLS[protocol], exchanged(body[:size], kind))
            assert turn.status in {"interrupted", "failed"}, (size, kind)
