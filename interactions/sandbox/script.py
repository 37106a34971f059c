"""A stream before it is sent: what is written, after which pause, and how it ends."""

import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from interactions.sandbox import wire
from interactions.sandbox.request import Step
from interactions.sandbox.wire import Json

WORDS_PER_SECOND = 40
WORDS_PER_DELTA = (3, 5, 2, 6, 4)
THINKING = 0.6  # seconds
ARGUMENTS = 0.15  # seconds before each fragment
TOOL = 0.5  # seconds before what a tool was asked, and before what it returned
LETTERS = 14  # of JSON in one delta; it has few spaces to be cut at
SAMPLE = 2  # bytes of audio/l16, which must not be parted


@dataclass(frozen=True)
class Beat:
    """One write to the socket, `pause` seconds (at pace 1) after the one before."""

    data: Json | bytes
    pause: float = 0.0
    final: bool = False  # with it the interaction is over
    place: int = -1  # in the script of its run; -1 if it is not of the run
    at: float = 0.0  # seconds (at pace 1) after the run began

    @property
    def bytes(self) -> bytes:
        return self.data if isinstance(self.data, bytes) else wire.frame(self.data)

    def is_event(self, event_type: str) -> bool:
        return isinstance(self.data, dict) and self.data["event_type"] == event_type


class Ending(Enum):
    CLEAN = "the body ends as HTTP wants it"
    CUT = "the socket closes without the last chunk"
    SILENT = "nothing more comes until the client leaves"


class Stored(Enum):
    """What a later GET finds."""

    WHOLE = "the finished interaction, whatever the stream showed of it"
    FAILED = "a failed interaction with the steps that were sent"
    CANCELLED = "a cancelled interaction with the steps that were sent"
    LATER = "an interaction in progress, and when its time has come the finished one"
    NOTHING = "404"


@dataclass(frozen=True)
class Script:
    resource: Json  # what is said instead where no stream is wanted
    beats: tuple[Beat, ...]
    ending: Ending = Ending.CLEAN
    stored: Stored = Stored.WHOLE
    headers: bool = True  # False: silent before the first byte
    content_type: str = "text/event-stream"

    @property
    def settling(self) -> int:
        """The beat before which the interaction is over; -1 if it never is."""
        final = (i for i, beat in enumerate(self.beats) if beat.final)
        return -1 if self.ending is Ending.SILENT else next(final, len(self.beats) - 1)

    @property
    def seconds(self) -> float:
        return sum(beat.pause for beat in self.beats)

    def find(self, event_type: str) -> list[int]:
        return [i for i, beat in enumerate(self.beats) if beat.is_event(event_type)]

    def with_beats(self, *beats: Beat) -> "Script":
        return replace(self, beats=beats)


def write(resource: Json) -> Script:
    """The stream of a finished interaction."""
    opening = (Beat(wire.created(resource), 0.05), Beat(wire.status_update(resource)))
    steps = [beat for i, step in enumerate(resource["steps"]) for beat in _step(i, step)]
    return Script(resource, (*opening, *steps, *closing(resource)))


def closing(resource: Json) -> tuple[Beat, Beat]:
    return Beat(wire.completed(resource), final=True), Beat(wire.DONE)


def split(text: str, sizes: tuple[int, ...] = WORDS_PER_DELTA) -> Iterator[str]:
    """Pieces of so many words that join to `text`."""
    words = re.findall(r"\s*\S+\s*|\s+", text)
    start = turn = 0
    while start < len(words):
        end = start + sizes[turn % len(sizes)]
        yield "".join(words[start:end])
        start, turn = end, turn + 1


def _step(index: int, step: Step) -> Iterator[Beat]:
    skeleton, deltas = _PERFORMERS.get(step["type"], (HANDLES, _whole))
    yield Beat(wire.step_start(index, {k: v for k, v in step.items() if k in skeleton} | _placeholder(step)))
    for delta, pause in deltas(step):
        yield Beat(wire.step_delta(index, delta), pause)
    yield Beat(wire.step_stop(index))


def _placeholder(step: Step) -> Json:
    """What a step starts with instead of its value, which is still to come."""
    arguments = step["type"] in ("function_call", "mcp_server_tool_call")
    signed = "signature" in step and step["type"] != "thought"
    return ({"arguments": {}} if arguments else {}) | ({"signature": ""} if signed else {})


Deltas = Iterator[tuple[Json, float]]


def _thought(step: Step) -> Deltas:
    pieces = [piece for part in step.get("summary", ()) for piece in split(part["text"], (12,))]
    pause = THINKING / (len(pieces) + 1)
    for piece in pieces:
        yield {"content": wire.text(piece), "type": "thought_summary"}, pause
    yield {"signature": step["signature"], "type": "thought_signature"}, pause


def _model_output(step: Step) -> Deltas:
    for part in step["content"]:
        if part["type"] == "text":
            yield from _text(part)
        elif part.get("mime_type") == "audio/l16":
            yield from _halves(part)
        else:
            yield part, 0.3


def _text(part: Json) -> Deltas:
    """Annotations come once, after the last word, as recorded."""
    words = part["text"]
    pieces = re.findall(rf"(?s).{{1,{LETTERS}}}", words) if words[:1] in ("{", "[") else split(words)
    for piece in pieces:
        yield wire.text(piece), max(1, len(piece.split())) / WORDS_PER_SECOND
    if "annotations" in part:
        yield {"annotations": part["annotations"], "type": "text_annotation_delta"}, 0.1


def _halves(part: Json) -> Deltas:
    """Sound in two chunks, each base64 of its own."""
    samples = b64decode(part["data"])
    middle = len(samples) // 2 // SAMPLE * SAMPLE
    for half in (samples[:middle], samples[middle:]):
        yield {**part, "data": b64encode(half).decode()}, 0.3


def _function_call(step: Step) -> Deltas:
    """At least two fragments, cut where no JSON value ends."""
    arguments = wire.dumps(step["arguments"])
    size = max(1, min(24, len(arguments) // 2))
    for start in range(0, len(arguments), size):
        yield {"arguments": arguments[start : start + size], "type": "arguments_delta"}, ARGUMENTS


def _whole(step: Step) -> Deltas:
    """Server tools send one delta with all that they have to say, and so does a kind that nobody knows."""
    delta = {key: value for key, value in step.items() if key not in ("id", "call_id")}
    yield (delta if step["type"] != "file_search_result" else {"result": [], **delta}), TOOL


HANDLES = ("id", "call_id", "signature", "type", "name", "server_name")
_PERFORMERS = {
    "thought": (("type",), _thought),
    "model_output": (("type",), _model_output),
    "function_call": (("id", "signature", "type", "name"), _function_call),
}
