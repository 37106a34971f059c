"""Recordings, and the way from their bytes to a turn, without a network.

The frames here are what transport and runner would have written around the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from msgspec import structs

from interactions.conversations.request import Access
from interactions.providers.gemini.provider import Gemini
from interactions.providers.protocol import Provider
from interactions.providers.reading import begin, interpret
from interactions.stream import notes
from interactions.stream.cutters import Cutter
from interactions.stream.journal import Frame, Recorder
from interactions.turns.events import Body, Event
from interactions.turns.fold import apply, fold
from interactions.turns.turn import Turn

settings.register_profile("steady", deadline=None)  # a busy machine is no failure
settings.load_profile("steady")

MODEL = "gemini-3.8-flash"
HERE = Path(__file__).parent
CASES = {path.stem: path.read_bytes() for path in sorted((HERE / "recordings" / "cases").glob("*.sse"))}


def cases(protocol: str, called: str = "") -> dict[str, bytes]:
    """The cases of a protocol, which stands in front of their names, with another beginning of those."""
    names = (name for name in CASES if name.startswith(protocol))
    return {called + name.removeprefix(protocol): CASES[name] for name in names}


RECORDINGS = {path.stem: path.read_bytes() for path in sorted((HERE / "recordings").glob("*.sse"))}
RECORDINGS |= cases("gemini_")


def _of_others(path: Path) -> bytes:
    return b"".join(b"data: " + line + b"\n\n" for line in path.read_bytes().splitlines())


# Real traffic that belongs to others is read where it lies beside the project, and never copied.
STREAMS = RECORDINGS | {
    path.stem: _of_others(path)
    for path in sorted((HERE.parent.parent / "shared/streams/recorded").glob("*.jsonl"))
}

# What servers send where something else was agreed, as JSON text.
ODD_VALUES = (
    "null",
    "true",
    "-1",
    "1.5",
    "1e999",
    "NaN",
    "-Infinity",
    "9" * 30,
    "9" * 5000,
    '""',
    '"odd"',
    '"\\ud800"',
    "[]",
    "[[], {}, null]",
    "{}",
    '{"type": []}',
    '{"text": {"text": null}}',
    "[" * 200 + "]" * 200,
    '{"a":' * 970 + "1" + "}" * 970,
    "[" * 100_000 + "]" * 100_000,
)

WORDS = """
event_type type index delta step content text annotations interaction interaction_id status error
code message id usage total_tokens steps errors arguments signature summary name call_id result data
"""
KINDS = """
interaction.created interaction.status_update step.start step.delta step.stop interaction.completed
interaction.start interaction.complete content.start content.delta content.stop error text thought
model_output thought_summary thought_signature arguments_delta text_annotation_delta text_annotation
function_call google_search_call google_search_result image user_input completed failed cancelled
queued in_progress requires_action requires_continuation incomplete budget_exceeded
"""


def cut(body: bytes, size: int | None = None) -> list[bytes]:
    """The frames of a body that arrives in pieces of one size."""
    cutter = Cutter()
    size = size or len(body) or 1
    frames = [raw for at in range(0, len(body), size) for raw in cutter.feed(body[at : at + size])]
    rest = cutter.rest()
    return [*frames, rest] if rest else frames


class Pieces(BytesIO):
    """A file that is read in pieces of one size, as a pipe may be."""

    def __init__(self, body: bytes, size: int) -> None:
        super().__init__(body)
        self._most = size

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(self._most)


def exchange(*bodies: bytes, ending: str = "end", **details: Any) -> Iterator[Frame]:
    """The frames of a turn: one request for each body, and how each of them ended."""
    record = Recorder()
    for hop, body in enumerate(bodies):
        yield noted(record, "request", attempt=1, method="POST", url="https://x.test", body=_request(hop))
        yield noted(record, "response", **ANSWERED)
        for raw in cut(body):
            record.tick()
            yield record.wire(raw)
        yield noted(record, ending, **details)


ANSWERED = {
    "status": 200,
    "reason": "OK",
    "http_version": "HTTP/1.1",
    "headers": [("Content-Type", "text/event-stream")],
}


def _request(hop: int) -> dict[str, Any]:
    body: dict[str, Any] = {"model": MODEL, "stream": True, "store": True}
    if hop:
        return {**body, "continuation_token": "dG9rZW4=", "previous_interaction_id": f"v1_hop{hop}"}
    return {**body, "input": "Hi"}


GEMINI = Gemini(httpx.Client(), Access("https://x.test"), "v1beta")


def events_of(frames: Iterable[Frame], provider: Provider = GEMINI) -> Iterator[Event]:
    """What the frames say, before it is applied to a turn."""
    reading = begin(provider)
    for frame in frames:
        reading, events = interpret(provider, reading, frame)
        yield from events


def noted(record: Recorder, kind: str, **details: Any) -> Frame:
    """A note; of a kind of ours all that a test does not name is as usual."""
    made = notes.KINDS.get(kind)
    if made is None:
        return record.note(notes.Other(kind, details))
    usual = {field.encode_name: USUAL[field.name] for field in structs.fields(made) if field.required}
    return record.note(notes.Other(kind, {**usual, **details}))


def requested(**said: Any) -> notes.Request:
    """A request as its note tells of it; what a test does not name is as usual."""
    return notes.Request(**{"attempt": 1, "method": "POST", "url": "https://x.test", "headers": {}, **said})


USUAL: dict[str, Any] = {
    "attempt": 1,
    "method": "POST",
    "url": "https://x.test",
    "headers": {},
    "status": 200,
    "reason": "OK",
    "http_version": "HTTP/1.1",
    "seconds": 1.0,
    "of": 4,
    "rung": "get",
    "afresh": False,
    "parts": [],
}


def turn_of(*bodies: bytes) -> Turn:
    return fold(events_of(exchange(*bodies)))


def after(turn: Turn, *bodies: Body) -> Turn:
    """The turn after events that follow one another, a millisecond and a row apart."""
    for row, body in enumerate(bodies, start=100):
        turn = apply(turn, Event(row, row * 1_000_000, body))
    return turn


def value(turn: Turn) -> Any:
    """The turn as plain values, to be compared with itself later."""
    return msgspec.to_builtins(turn, enc_hook=str, builtin_types=())


def jsons() -> st.SearchStrategy[Any]:
    """Any JSON value, drawn towards the words of the API so that it comes close to events."""
    scalars = (
        st.none()
        | st.booleans()
        | st.integers(min_value=-3, max_value=5)
        | st.integers()
        | st.floats(allow_nan=True)
        | st.sampled_from(KINDS.split())
        | st.text(max_size=8)
    )
    keys = st.sampled_from(WORDS.split()) | st.text(max_size=4)
    return st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=6),
        max_leaves=12,
    )


def wire_events() -> st.SearchStrategy[dict[str, Any]]:
    """Objects that look like events, with anything in their fields."""
    deltas = st.fixed_dictionaries(
        {"type": st.sampled_from(KINDS.split())},
        optional={word: jsons() for word in ("text", "content", "signature", "arguments", "annotations")},
    )
    return st.fixed_dictionaries(
        {"event_type": st.sampled_from(KINDS.split())},
        optional={
            "index": st.integers(min_value=0, max_value=3) | jsons(),
            "delta": deltas | jsons(),
            "step": st.dictionaries(st.sampled_from(WORDS.split()), jsons(), max_size=4) | jsons(),
            "interaction": st.dictionaries(st.sampled_from(WORDS.split()), jsons(), max_size=5) | jsons(),
            "status": st.sampled_from(KINDS.split()) | jsons(),
            "error": jsons(),
        },
    )
