"""One frame as one row."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.providers.profile import Gist, profile_of
from interactions.providers.shared.gists import GIST
from interactions.providers.shared.gists import gist as native
from interactions.stream.journal import Frame, Recorder
from interactions.stream.notes import KINDS
from interactions.ui.drawing.plain import visible
from interactions.ui.log.rows import HEAD, KEPT, Row, describe, row_html, without_base64
from interactions.ui.words import RUNGS
from interactions.ui.words.log import MASKED_HINT
from tests.folding import ANSWERED, MODEL, ODD_VALUES, STREAMS, cut, exchange, jsons, noted
from tests.oddities import PROTOCOLS
from tests.vendors import RECORDINGS

# One note of each kind that transport and runner write, and what its row says.
NOTES: dict[str, tuple[dict[str, Any], str, str]] = {
    "request": (
        {"attempt": 1, "method": "POST", "url": "https://x.test/v1", "headers": {}, "body": {"model": MODEL}},
        "POST https://x.test/v1",
        "note",
    ),
    "response": (ANSWERED, "HTTP/1.1 200 OK", "note"),
    "retry": ({"seconds": 0.5, "attempt": 2, "of": 4}, "asking again in 0.5 s, attempt 2 of 4", "note"),
    "refused": ({"status": 503}, "HTTP 503", "bad"),
    "stop": ({"by": "you", "time": "12:00"}, "stopped by you; the connection is closed", "note"),
    "resume": ({"rung": "get", "afresh": False}, RUNGS["get"], "note"),
    "wait": ({"seconds": 0.5, "status": "in_progress"}, "in_progress; asking again in 0.5 s", "note"),
    "partial": ({"status": "interrupted", "message": "It is gone."}, "It is gone.", "bad"),
    "left_out": ({"parts": ["signatures"]}, "left out of the history: signatures", "note"),
    "unchecked": ({"message": "Not compared."}, "Not compared.", "note"),
    "end": ({}, "the server closed the stream", "note"),
    "cut": ({"error": "ReadError", "message": "reset"}, "reset", "bad"),
    "unreachable": ({"error": "ConnectError", "message": "no route"}, "no route", "bad"),
    "crash": ({"error": "crash", "message": "ValueError: x"}, "ValueError: x", "bad"),
}
BIDI = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
EVIL = "<script>alert('x')</script><img src=x onerror=\"y\">"


def wire(data: str) -> Frame:
    return Frame(3, 2_500_000, 1, "wire", f"data: {data}\n\n".encode())


class Document(HTMLParser):
    """The tags of a piece of HTML with the names of their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.text = ""
        self.links: list[str | None] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def gist_of(protocol: str) -> Gist:
    return profile_of(PROTOCOLS[protocol]).gist


def safe(frame: Frame, gist: Gist = native) -> str:
    """The row's HTML; its tags are those of any other row, whatever is in the frame."""
    html = row_html(frame, None, "raw/a/b/3", gist)
    assert Document(html).tags == Document(row_html(wire("{}"), None, "raw/a/b/3")).tags
    html.encode()
    return html


@pytest.mark.parametrize("body", STREAMS.values(), ids=STREAMS)
def test_every_frame_of_a_stream_is_a_row(body: bytes) -> None:
    """With a type, and with everything the frame holds once it is opened."""
    for frame in exchange(body):
        row = describe(frame)
        assert row.type
        assert row.tone in {"", "note", "bad", "odd"}
        safe(frame)


@pytest.mark.parametrize("note", NOTES)
def test_every_note_has_its_words(note: str) -> None:
    """A sentence, and all details behind it."""
    details, gist, tone = NOTES[note]
    row = describe(noted(Recorder(), note, **details))
    assert (row.type, row.step, row.gist, row.tone) == (note, "", gist, tone)
    assert (json.loads(row.full) if row.full else {}) == json.loads(json.dumps(details))


def test_every_kind_of_note_is_tried() -> None:
    """A new one fails here."""
    assert set(NOTES) == set(KINDS)


def test_asking_again_says_which_attempt_it_is() -> None:
    """The first needs no number."""
    details = {**NOTES["request"][0], "attempt": 2}
    assert describe(noted(Recorder(), "request", **details)).gist == "POST https://x.test/v1 (attempt 2)"


def test_a_note_of_a_later_version_is_a_row() -> None:
    """An imported journal may hold kinds that are not known here."""
    assert describe(noted(Recorder(), "teleport", message="gone")) == Row(
        "teleport", "", "gone", '{\n  "message": "gone"\n}', "note"
    )


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (
            '{"event_type":"step.delta","index":1,"delta":{"type":"text","text":"Hi"}}',
            ("step.delta", "1", "Hi", ""),
        ),
        ('{"event_type":"step.delta","index":0,"delta":{"text":"Hi"}}', ("step.delta", "0", "Hi", "")),
        (
            '{"event_type":"step.delta","index":0,"delta":{"type":"thought_summary","content":{"text":"t"}}}',
            ("step.delta", "0", "thought_summary t", ""),
        ),
        (
            '{"event_type":"step.start","index":2,"step":{"type":"function_call","name":"f"}}',
            ("step.start", "2", "function_call f", ""),
        ),
        (
            '{"event_type":"step.delta","index":0,"delta":{"type":"x_call","arguments":{"q":["é"]}}}',
            ("step.delta", "0", 'x_call {"q": ["é"]}', ""),
        ),
        ('{"event_type":"step.stop","index":2}', ("step.stop", "2", "", "")),
        (
            '{"event_type":"interaction.status_update","status":"queued"}',
            ("interaction.status_update", "", "queued", ""),
        ),
        (
            '{"event_type":"interaction.completed","interaction":{"status":"s"}}',
            ("interaction.completed", "", "s", ""),
        ),
        ('{"event_type":"error","error":{"message":"m"}}', ("error", "", "m", "bad")),
        ('{"error":{"message":"m"}}', ("error", "", "m", "bad")),
        ('{"error":"m"}', ("error", "", "m", "bad")),
        ('{"surprise":1}', ("untyped", "", "", "")),
        ("[DONE]", ("done", "", "[DONE]", "note")),
        ("no JSON", ("garbage", "", "no JSON", "odd")),
        ("42", ("garbage", "", "42", "odd")),
        ("[1]", ("garbage", "", "[1]", "odd")),
    ],
)
def test_a_row_says_what_tells_an_event_from_its_neighbours(
    data: str, row: tuple[str, str, str, str]
) -> None:
    """Type, step, gist and tone."""
    found = describe(wire(data))
    assert (found.type, found.step, found.gist, found.tone) == row


# Rows of the recordings: type, step, gist.
THERE = {
    "anthropic_tool_use": [
        ("message_start", "", "claude-opus-5-5 · input_tokens 412 · output_tokens 1"),
        ("content_block_start", "0", "thinking"),
        ("content_block_delta", "0", "thinking_delta  in Zürich, so call the tool."),
        ("content_block_delta", "1", "Let me look"),
        ("content_block_start", "2", "tool_use get_weather"),
        ("content_block_delta", "2", 'input_json_delta ürich", "unit"'),
        (
            "message_delta",
            "",
            "stop_reason tool_use · input_tokens 412 · output_tokens 118 · thinking_tokens 31",
        ),
    ],
    "anthropic_error": [("error", "", "overloaded_error Overloaded")],
    "openai_function_call": [
        ("response.created", "", "in_progress · gpt-6-astra"),
        ("response.reasoning_summary_text.delta", "0", "the weather tool."),
        ("response.output_item.added", "1", "function_call get_weather"),
        ("response.function_call_arguments.delta", "1", '"Zürich"}'),
        ("response.output_item.done", "1", 'function_call get_weather {"city":"Zürich"}'),
        (
            "response.completed",
            "",
            "completed · gpt-6-astra · input_tokens 180 · output_tokens 61 · reasoning_tokens 40 "
            "· total_tokens 241",
        ),
    ],
    "openai_text": [
        ("response.output_text.delta", "0", " and sunny."),
        ("response.output_item.done", "0", "message It is 21 °C and sunny."),
    ],
    "openai_failed": [("response.failed", "", "failed · server_error · An error occurred. · gpt-6-astra")],
    "chat_llamacpp_tools": [
        ("chat.completion.chunk", "", "reasoning_content  tools."),
        ("chat.completion.chunk", "", "tool_calls[0] get_weather {"),
        ("chat.completion.chunk", "", 'tool_calls[0] "city":"Zürich"}'),
        ("chat.completion.chunk", "", "finish_reason tool_calls"),
        (
            "chat.completion.chunk",
            "",
            "prompt_tokens 44 · completion_tokens 31 · total_tokens 75 · cached_tokens 12",
        ),
    ],
    "generate_content_thoughts": [
        ("untyped", "", "thought has one bridge.\n"),
        ("untyped", "", "**7,845 m** long."),
        (
            "untyped",
            "",
            "thoughtSignature · finishReason STOP · promptTokenCount 12 · candidatesTokenCount 15 "
            "· totalTokenCount 88 · thoughtsTokenCount 61",
        ),
    ],
    "generate_content_function_call": [
        ("untyped", "", 'functionCall get_weather {"city": "Malmö"} · thoughtSignature')
    ],
    "generate_content_error": [
        ("error", "", "UNAVAILABLE · The model is overloaded. Please try again later.")
    ],
    "generate_content_prompt_blocked": [
        ("untyped", "", "blockReason PROHIBITED_CONTENT · promptTokenCount 11 · totalTokenCount 11")
    ],
    "chat_vllm": [("chat.completion.chunk", "", " there ✨")],
    "chat_error_llamacpp": [("error", "", "server_error context size exceeded")],
}


# What only says that something begins or ends; what has nothing in it; and what is no event at all.
SILENT = {
    *("ping", "keepalive", "content_block_stop", "message_stop", "chat.completion.chunk", "chat.end"),
    "unread",
    *(f"{part}.{at}" for part in ("message", "reasoning", "prompt_processing") for at in ("start", "end")),
}


@pytest.mark.parametrize("name", RECORDINGS)
def test_other_vendors_events_tell_themselves_apart(name: str) -> None:
    """By text, call, reason and figures as they are on the wire; a failure stands out."""
    gist = gist_of(name.partition("_")[0])
    rows = [describe(Frame(0, 0, 0, "wire", raw), gist) for raw in cut(RECORDINGS[name])]
    assert not [row for row in THERE.get(name, []) if row not in [found[:3] for found in rows]]
    assert all(row.tone == "bad" for row in rows if row.type in {"error", "response.failed"})
    silent = {row.type for row in rows if not row.gist}
    assert silent <= SILENT


def test_a_long_type_is_cut_where_all_are_alike() -> None:
    html = row_html(wire('{"type":"response.output_text.delta","delta":"x"}'), None, "")
    assert "<b>output_text.delta</b>" in html


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("odd", ODD_VALUES, ids=lambda odd: odd[:12])
def test_odd_values_of_other_vendors_are_rows(odd: str, protocol: str) -> None:
    """In each field that a gist is made of."""
    gist = gist_of(protocol)
    kinds = ("message_start", "message_delta", "content_block_start", "content_block_delta", "response.x")
    for kind in (*kinds, "message", "response"):
        for key in ("message", "delta", "usage", "response", "item", "content_block", "stop_reason"):
            safe(wire(f'{{"type":"{kind}","{key}":{odd}}}'), gist)
            inside = f'{{"usage":{odd},"error":{odd},"name":"n","input":{odd}}}'
            safe(wire(f'{{"type":"{kind}","{key}":{inside}}}'), gist)
    for choice in (
        f'"delta":{odd}',
        f'"delta":{{"content":{odd},"tool_calls":{odd}}}',
        f'"finish_reason":{odd}',
        f'"delta":{{"tool_calls":[{{"index":{odd},"function":{odd}}},{odd}]}}',
    ):
        safe(
            wire(f'{{"choices":[{{{choice}}},{odd}],"usage":{{"a":{odd},"b":{{"c":{odd}}}}},"error":{odd}}}'),
            gist,
        )


@pytest.mark.parametrize(
    ("raw", "type", "tone"),
    [
        (b": keep-alive\n\n", "comment", "note"),
        (b"retry: 3\n\n", "unread", "odd"),
        (b"data: cut", "unread", "odd"),
        (b"", "unread", "odd"),
        (b'{"error":{"message":"m"}}\n', "error", "bad"),
        (b"event: telemetry\ndata: 42\n\n", "telemetry", "odd"),
        (b"event: x\ndata: {}\n\n", "x", ""),
        (b"\xff\xfe\n\n", "unread", "odd"),
    ],
)
def test_what_is_no_event_is_a_row_as_well(raw: bytes, type: str, tone: str) -> None:
    """Comments, bare JSON, cut frames, garbage."""
    row = describe(Frame(0, 0, 0, "wire", raw))
    assert (row.type, row.tone) == (type, tone)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_row(raw: bytes) -> None:
    """Nothing raises, and nothing escapes into the page."""
    safe(Frame(0, 0, 0, "wire", raw))


@given(jsons(), st.sampled_from(["", "event: error\n", "event: <b>\n"]))
def test_any_json_is_a_row(value: Any, name: str) -> None:
    """Whatever stands in the fields that a row looks at."""
    safe(Frame(0, 0, 0, "wire", f"{name}data: {json.dumps(value)}\n\n".encode()))


@pytest.mark.parametrize("odd", ODD_VALUES, ids=lambda odd: odd[:12])
def test_odd_values_are_rows(odd: str) -> None:
    """In each field that a row looks at, and in place of the event."""
    for key in ("event_type", "index", "delta", "error", "status", "type"):
        safe(wire(f'{{"{key}":{odd}}}'))
    safe(wire(f'{{"delta":{{"type":{odd},"text":{odd},"data":{odd}}}}}'))
    safe(wire(odd))


def test_an_event_of_any_depth_is_a_row() -> None:
    """Reading it and showing it give out at different depths; neither takes long."""
    began = time.process_time()
    for depth in range(840, 1000, 2):
        nested = '{"a":' * depth + "1" + "}" * depth
        assert describe(wire(f'{{"event_type":"x","delta":{{"data":{nested}}}}}')).full
        assert describe(wire(f'{{"event_type":"x","delta":{nested}}}')).full
    assert time.process_time() - began < 20


@pytest.mark.parametrize(
    "event",
    [
        {"event_type": EVIL},
        {"index": EVIL},
        {"delta": {"text": EVIL}},
        {"delta": {"type": EVIL, EVIL: EVIL}},
        {"step": {"name": EVIL}},
        {"error": {"message": EVIL}},
        {"interaction": {"id": EVIL}},
        EVIL,
    ],
)
def test_html_in_any_field_is_text(event: object) -> None:
    """A model that writes a script runs none."""
    html = safe(wire(json.dumps(event)))
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "raw", [EVIL.encode(), f": {EVIL}\n\n".encode(), f"event: {EVIL}\ndata: 1\n\n".encode()]
)
def test_html_outside_of_json_is_text(raw: bytes) -> None:
    """In garbage, in comments and in the event's name."""
    assert "<script" not in safe(Frame(0, 0, 0, "wire", raw))


@pytest.mark.parametrize("note", NOTES)
def test_html_in_a_note_is_text(note: str) -> None:
    """A server words its own headers and messages."""
    details = {key: EVIL if isinstance(value, str) else value for key, value in NOTES[note][0].items()}
    details["message"] = EVIL
    assert "<script" not in safe(noted(Recorder(), note, **details))


def test_the_address_of_the_raw_bytes_cannot_leave_its_attribute() -> None:
    """It holds the conversation's id."""
    assert Document(row_html(wire("{}"), None, 'raw/"><script>')).links == ['raw/"><script>']


def test_a_row_has_its_times() -> None:
    """Since the request, and since the row above; in milliseconds."""
    html = row_html(wire("{}"), 1_000_000, "raw/a/b/3")
    assert Document(html).text.split()[:2] == ["2.5", "+1.5"]
    assert 'data-seq="3"' in html
    assert Document(row_html(wire("{}"), None, "raw/a/b/3")).text.split()[:2] == ["2.5", "untyped"]


def test_a_long_row_is_cut_and_says_so() -> None:
    """An image of a megabyte stays out of the page; its bytes are a link away."""
    data = json.dumps({"event_type": "x" * 5000, "index": "i" * 5000, "delta": {"data": "d" * 1_000_000}})
    html = safe(wire(data))
    assert len(html) < HEAD + 4 * GIST + 1000
    assert "characters more" in html
    assert f"{len(wire(data).raw):,} raw bytes</a>" in html


def test_the_base64_of_a_file_is_cut_short_and_all_else_of_its_request_is_seen() -> None:
    """5 MB of it: what stands behind it in the request is still in the row, which stays JSON."""
    part = {"type": "image", "data": "iVBORw0K" + "AAAA" * 1_700_000 + "==", "mime_type": "image/png"}
    body = {"input": [{"type": "user_input", "content": [part]}], "model": MODEL}
    frame = noted(Recorder(), "request", **{**NOTES["request"][0], "body": body})
    html = row_html(frame, None, "raw/a/b/0")
    assert len(html) < 2_000
    text = Document(html).text
    shown = json.loads(text[text.index("{") : text.rindex("}") + 1])
    (cut,) = shown["body"]["input"][0]["content"]
    assert cut["data"].startswith("iVBORw0KAAAA")
    assert cut["data"].endswith("… 6,799,950 characters more are in the raw bytes")
    assert shown["body"]["model"] == MODEL


def test_a_row_that_fits_is_shown_to_the_byte_also_with_base64_in_it() -> None:
    data = "iVBORw0K" * (HEAD // 10)
    assert data in row_html(wire(json.dumps({"delta": {"data": data}})), None, "")


@given(st.text('AB=/ \n"', max_size=4000), st.integers(0, 3))
def test_what_is_no_base64_is_never_cut(text: str, copies: int) -> None:
    """Words between the cuts stay, in their order."""
    whole = f"{text}{'x' * HEAD} {text}" * copies
    kept = re.sub(r"[A-Za-z0-9+/]{1000,}={0,2}", "", whole)
    assert re.sub(
        rf"[^ ]{{{KEPT}}}… [\d,]+ characters more are in the raw bytes", "", without_base64(whole)
    ) == (kept if len(whole) > HEAD else whole)


def test_a_gist_is_one_line() -> None:
    """Line feeds are shown as a sign."""
    assert "a⏎b" in row_html(wire('{"delta":{"text":"a\\nb"}}'), None, "")


UNSEEN = {
    "an escape": ("\x1b", "␛"),
    "a NUL": ("\0", "␀"),
    "a carriage return": ("\r", "␍"),
    "a tab": ("\t", "␉"),
    "a delete": ("\x7f", "␡"),
    "a control of the upper half": ("\x85", "[U+0085]"),
    "right to left from here": ("\u202e", "[U+202E]"),
    "an isolate": ("\u2066", "[U+2066]"),
    "a mark of direction": ("\u200f", "[U+200F]"),
    "an Arabic mark": ("\u061c", "[U+061C]"),
    "a space without a width": ("\u200b", "[U+200B]"),
    "a byte order mark": ("\ufeff", "[U+FEFF]"),
    "a line separator": ("\u2028", "[U+2028]"),
    "a letter of a tag": ("\U000e0041", "[U+E0041]"),
}


@pytest.mark.parametrize(("character", "sign"), UNSEEN.values(), ids=UNSEEN)
def test_what_would_not_be_seen_in_a_row_has_a_sign(character: str, sign: str) -> None:
    """In a gist, in a type, and as a step; the row still opens to what was sent."""
    event = {"event_type": f"t{character}t", "index": f"i{character}i", "delta": {"text": f"a{character}b"}}
    line, _, full = row_html(wire(json.dumps(event)), None, "").partition("</summary>")
    assert [f"{each}{sign}{each}" in line for each in "ti"] == [True, True]
    assert f"a{sign}b" in line
    assert character not in line
    assert sign not in full


@given(st.text())
def test_a_line_with_its_signs_has_nothing_that_is_not_seen(text: str) -> None:
    """And nothing else in it is changed."""
    line = visible(text)
    assert all(unicodedata.category(each) not in {"Cc", "Cs", "Zl", "Zp"} for each in line)
    assert not any(unicodedata.bidirectional(each) in BIDI for each in line)
    assert visible(line) == line
    if text.isalnum():
        assert line == text


def test_what_joins_emoji_and_letters_stays() -> None:
    assert visible("👩\u200d🔬 می\u200cخواهم ❤\ufe0f") == "👩\u200d🔬 می\u200cخواهم ❤\ufe0f"


def test_a_row_says_that_something_in_it_is_masked() -> None:
    """With what that means on a mark; all others are as they were."""
    for count, said in ((1, "key masked"), (3, "key masked in 3 places")):
        html = row_html(msgspec.structs.replace(wire('{"a":"****"}'), masked=count), None, "raw/a/b/3")
        assert f'<i title="{MASKED_HINT}">{said}</i> ' in html
        assert "raw bytes</a>" in html
    assert "<i" not in row_html(wire('{"a":"****"}'), None, "raw/a/b/3")
