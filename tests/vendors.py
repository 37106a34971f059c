"""Streams of vendors whose protocol is not the native one, and the way from their bytes to a turn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter

from interactions.conversations.request import Options, Request
from interactions.providers.protocol import Provider
from interactions.providers.reading import begin, take
from interactions.stream.journal import Frame, Recorder
from interactions.stream.stop import Stop
from interactions.turns.events import Body, Event
from interactions.turns.fold import fold
from interactions.turns.steps import ModelOutput, Step, Text, Thought, ToolCall, ToolResult, plain
from interactions.turns.turn import Turn
from tests import folding
from tests.folding import ANSWERED, HERE, cases, cut, noted, value

RECORDINGS = {
    path.stem: path.read_bytes() for path in sorted((HERE / "recordings" / "vendors").glob("*.sse"))
}
RECORDINGS |= cases("anthropic_", "anthropic_") | cases("responses_", "openai_odd_")
RECORDINGS |= cases("chat_", "chat_")
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}
CITY = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
PICTURE = {"type": "image", "data": "iVBORw0KGgo=", "mime_type": "image/png"}
PDF = {"type": "document", "data": "JVBERg==", "mime_type": "application/pdf", "name": "plan.pdf"}
NOTES = {"type": "document", "data": "w7xiZXI=", "mime_type": "text/plain", "name": "notes.txt"}
TABLE = {"type": "document", "data": "YSxi", "mime_type": "text/csv", "name": "table.csv"}
VALUE = {"type": "document", "data": "eyJhIjoxfQ==", "mime_type": "application/json", "name": "a\n.json"}
SOUND = {"type": "audio", "data": "UklGRg==", "mime_type": "audio/x-wav", "name": "bell.wav"}
SAID = {"type": "user_input", "content": [{"type": "text", "text": "Hi"}]}
STRANGERS = (
    b": a comment\n\n",
    b'event: hologram\ndata: {"type":"hologram","sequence_number":3,"output_index":0,"delta":"x"}\n\n',
    b'data: {"surprise":{"text":"x"}}\n\n',
    b"data: [1,2]\n\n",
    b"data: half a line {\n\n",
    b"event: ping\n\n",
)


def asking(**changes: Any) -> Request:
    """A request that says `Hi`; fields of its options are told by their names."""
    chosen = {key: changes.pop(key) for key in list(changes) if key in Options.__struct_fields__}
    options = Options(**{"model": "m", **chosen})
    fields = {"input": "Hi", "options": options, "record": Recorder(), "stop": Stop()}
    return Request(**{**fields, **changes})


def exchange(body: bytes, kind: str = "text/event-stream", status: int = 200) -> list[Frame]:
    """The frames of a turn around the bytes of an answer."""
    record = Recorder()
    said = {"input": [SAID], "model": "m", "previous_interaction_id": None, "stored": True}
    frames = [
        noted(record, "request", attempt=1, method="POST", url="https://x.test", body={}, asked=said),
        noted(record, "response", **{**ANSWERED, "status": status, "headers": [("content-type", kind)]}),
    ]
    whole = kind == "application/json" or status >= 300
    frames += [record.wire(raw) for raw in ([body] if whole and body else cut(body))]
    ending = noted(record, "refused", status=status) if status >= 300 else noted(record, "end")
    return [*frames, ending]


def events_of(provider: Provider, frames: Iterable[Frame]) -> Iterator[Event]:
    return folding.events_of(frames, provider)


def said(provider: Provider, *chunks: Mapping[str, Any]) -> list[Body]:
    """What is read out of events, one after the other."""
    body = b"".join(sse(chunk) for chunk in chunks)
    frames = (frame for frame in exchange(body) if frame.kind == "wire")
    return [event.body for event in events_of(provider, frames)]


def sse(event: Mapping[str, Any]) -> bytes:
    name = f"event: {event['type']}\n" if "type" in event else ""
    return f"{name}data: {json.dumps(event)}\n\n".encode()


def turn_of(provider: Provider, body: bytes, kind: str = "text/event-stream", status: int = 200) -> Turn:
    return fold(events_of(provider, exchange(body, kind, status)))


def turn_after(provider: Provider, *events: Mapping[str, Any], done: bool = False) -> Turn:
    end = b"data: [DONE]\n\n" if done else b""
    return turn_of(provider, b"".join(sse(event) for event in events) + end)


def brief(step: Step) -> tuple[object, ...]:
    """A step as what it says."""
    match step:
        case ModelOutput():
            return ("output", plain(step.content))
        case Thought():
            return ("thought", plain(step.content))
        case ToolCall():
            return (step.type, step.name, step.arguments)
        case ToolResult():
            return (step.type, step.data.get("result"))
    return (getattr(step, "type", "input"),)


def answer(turn: Turn) -> list[tuple[object, ...]]:
    """What the server has said, step by step."""
    return [brief(step) for step in turn.steps if not step.sent]


def calls_of(turn: Turn) -> dict[str, object]:
    """The arguments of the calls that somebody here has to answer, by their ids."""
    calls = [step for step in turn.steps if isinstance(step, ToolCall) and not step.server_executed]
    return {step.data["id"]: step.arguments for step in calls}


def content(turn: Turn) -> Any:
    """The received steps as values, without where they stood in the stream."""
    steps = [step for step in turn.steps if not step.sent]
    return [
        {key: part for key, part in value_of(step).items() if key not in {"first", "last", "index", "other"}}
        for step in steps
    ]


def value_of(step: Step) -> dict[str, Any]:
    return dict(value(Turn(steps=(step,)))["steps"][0])


def cut_everywhere(provider: Provider, body: bytes) -> Iterator[tuple[int, Turn]]:
    """For every number of bytes after which the connection ends, the turn that is left."""
    first, response, *wire, end = exchange(body)
    reading = take(provider, take(provider, begin(provider), first), response)
    done = 0
    for frame in wire:
        for size in range(len(frame.raw)):
            half = Frame(frame.seq, frame.at, frame.read, "wire", frame.raw[:size])
            left = take(provider, reading, half) if size else reading
            yield done + size, take(provider, left, end).turn
        reading = take(provider, reading, frame)
        done += len(frame.raw)
    yield done, take(provider, reading, end).turn


def with_strangers(frames: list[Frame]) -> Iterator[list[Frame]]:
    """The frames of an exchange with something that nobody knows in between, once at each place."""
    for place in range(2, len(frames)):
        for raw in STRANGERS:
            yield [*frames[:place], Frame(9999, 1, 1, "wire", raw), *frames[place:]]


def drained(checked: object) -> object:
    """All of what pydantic has checked: it looks into an iterable only when somebody goes through it."""
    if isinstance(checked, str | bytes) or not isinstance(checked, Iterable):
        return checked
    if isinstance(checked, Mapping):
        return {key: drained(inner) for key, inner in checked.items()}
    return [drained(inner) for inner in checked]


def check(adapter: TypeAdapter[Any], body: object, extra: Literal["forbid", "ignore"] = "forbid") -> None:
    """Raises for a body that the vendor's own types do not allow, or that says more than they know."""
    drained(adapter.validate_python(body, extra=extra))


def strangers(value: object) -> set[str]:
    """The keys of a value, and of all in it, that the client's types do not have."""
    if isinstance(value, BaseModel):
        return {*(value.model_extra or {})}.union(*map(strangers, vars(value).values()))
    return set().union(*map(strangers, value)) if isinstance(value, list) else set()


def text_at(turn: Turn, start: int, end: int) -> str:
    """The bytes of the last text that an annotation points to."""
    parts = [part for step in turn.steps if isinstance(step, ModelOutput) for part in step.content]
    text = next(part.text for part in reversed(parts) if isinstance(part, Text))
    return str(text).encode()[start:end].decode()
