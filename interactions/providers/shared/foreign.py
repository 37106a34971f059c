"""What the translators of other vendors' protocols share: JSON read with care, usage, errors, and content on
its way out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias, TypeVar, assert_never

import msgspec

from interactions.files.signatures import UNKNOWN
from interactions.providers.shared.fields import set_only
from interactions.stream.forms import page_message, page_title
from interactions.stream.journal import Frame
from interactions.stream.sse import read_frame
from interactions.turns.events import Body, ErrorDetail, Told, Usage
from interactions.turns.steps import (
    Media,
    ModelOutput,
    OtherStep,
    Step,
    Thought,
    ToolCall,
    ToolResult,
    UserInput,
    Wire,
    step_from_wire,
)
from interactions.turns.turn import Turn
from interactions.turns.values import count, encoded, inner, word
from interactions.turns.wire import error_in, load_json, read_error

S = TypeVar("S")
EventReader: TypeAlias = Callable[[S, str, str], tuple[S, tuple[Body, ...]]]

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")  # of OpenAI's reasoning, 3.52.0
UNANSWERED = "No result was given."
NO_CALL = "The server says that a call follows, but there is none"
MISSING_CALL: Wire = {"code": "no_call", "message": f"{NO_CALL}."}  # the error of an answer that ends so
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")  # that OpenAI and Anthropic can read


# Where servers say what was read from a cache or written to one, if not in the details of what went in.
_CACHED = ("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens", "num_cached_tokens")
_CACHE_WRITES = ("cache_write_tokens", "cache_creation_input_tokens")


def usage(raw: Wire, given: str, made: str) -> Usage | None:
    """`given` and `made` begin the names that a protocol has for what went in and what came out."""
    taken, out = count(raw, f"{given}_tokens"), count(raw, f"{made}_tokens")
    if taken is None and out is None:
        return None
    inside, outside = inner(raw, f"{given}_tokens_details"), inner(raw, f"{made}_tokens_details")
    thoughts = _first(("reasoning_tokens",), outside, raw)
    total, shown = _split(taken or 0, out, thoughts or 0, count(raw, "total_tokens"))
    return Usage(
        total_tokens=total,
        total_input_tokens=taken,
        total_output_tokens=shown,
        total_thought_tokens=thoughts,
        total_cached_tokens=_first(_CACHED, inside, raw),
        total_cache_write_tokens=_first(_CACHE_WRITES, inside, raw) or None,
    )


def _first(names: tuple[str, ...], *places: Wire) -> int | None:
    counts = (count(place, name) for place in places for name in names)
    return next((found for found in counts if found is not None), None)


def _split(taken: int, out: int | None, thoughts: int, total: int | None) -> tuple[int, int | None]:
    """The total, and what came out without the thoughts. OpenAI counts those in what came out, and others
    beside it: there the total has room for both."""
    if out is None:
        return taken if total is None else total, None
    beside = thoughts > out or (total is not None and thoughts > 0 and total >= taken + out + thoughts)
    shown = out if beside else out - thoughts
    return taken + shown + thoughts if total is None else total, shown


def detail(error: object) -> ErrorDetail:
    """An error whose word is its `code`, or else its `type`: servers put a number, or nothing, in `code`."""
    found = read_error(error)
    kind = word(error, "type") if isinstance(error, Mapping) else ""
    # A number in `code` is the HTTP status once more; the word is in `type` then.
    if isinstance(found.code, str) or not kind:
        return found
    return msgspec.structs.replace(found, code=kind)


def refused(
    status: int,
    body: str,
    detail_of: Callable[[object], ErrorDetail] = detail,
    retry_after: int | None = None,
) -> ErrorDetail:
    """The error that an HTTP status and its body amount to, in the server's own words. Bodies come as
    `{"error": …}`, in an array, or as anything at all from a proxy."""
    value, found = error_in(load_json(body)), ErrorDetail()
    if isinstance(value, Mapping):
        found = detail_of(value if value.get("error") is None else value["error"])
    title = page_title(body)
    words = body.strip()[:2000] if title is None else title or page_message("")
    message = found.message or words or f"HTTP {status} without a body"
    code = found.code if isinstance(found.code, str) else found.status
    return ErrorDetail(code=code, message=message, http_status=status, retry_after=retry_after)


def read_events(state: S, frame: Frame, read: EventReader[S]) -> tuple[S, tuple[Body, ...]]:
    """The bodies of one frame, which may hold several events, and the state after it. `read` is given the
    data of each event and its name."""
    bodies: tuple[Body, ...] = ()
    for data, name in read_frame(frame.raw).values:
        state, more = read(state, data, name)
        bodies += more
    return state, bodies


def fault(raw: object, *names: str) -> ErrorDetail | None:
    """The error that an event is: one with something under `error`, or one of that name, which may have it
    flat, or as a plain text. `names` are what the event is called."""
    fields = raw if isinstance(raw, Mapping) else {}
    if nested := fields.get("error"):
        return detail(nested)
    if "error" not in names and fields.get("object") != "error":
        return None
    return detail({key: value for key, value in fields.items() if (key, value) != ("type", "error")} or raw)


_OF_ERROR = frozenset({"code", "message", "status", "type", "param"})


def beside_fault(raw: object) -> tuple[Told, ...]:
    """What an error says besides its words: who has failed behind the server, or what a model has said that
    could not be read."""
    fields = inner(raw, "error") if isinstance(raw, Mapping) else {}
    left = set_only({key: value for key, value in fields.items() if key not in _OF_ERROR})
    return (Told({"error": left}),) if left else ()


def steps_of(wires: tuple[Wire, ...]) -> list[Step]:
    return [step_from_wire(wire, hop=0, index=index, frame=0) for index, wire in enumerate(wires)]


def all_steps(turns: tuple[Turn, ...], input: tuple[Wire, ...]) -> list[Step]:
    """Earlier turns and the input of this one, in order."""
    return [step for turn in turns for step in turn.steps] + steps_of(input)


def answered(steps: Iterable[Step], kept: Iterable[Step] = ()) -> list[Step]:
    """With a result for every call that the user has passed over, which the vendors would refuse for ever.
    `kept` is what the server knows already; its last calls may wait."""
    made: list[Step] = []
    waiting: dict[str, Step] = {}
    for step in kept:
        _follow(waiting, step)
    for step in steps:
        if isinstance(step, UserInput):
            made += waiting.values()
            waiting.clear()
        made.append(step)
        _follow(waiting, step)
    return [*made, *waiting.values()]


def _follow(waiting: dict[str, Step], step: Step) -> None:
    match step:
        case ToolCall(waits=True) if id := word(step.data, "id"):
            kind = f"{step.type.removesuffix('_call')}_result"
            result = {"type": kind, "call_id": id, "name": step.name, "result": UNANSWERED}
            waiting[id] = step_from_wire(result, hop=0, index=0, frame=0)
        case ToolResult():
            waiting.pop(word(step.data, "call_id"), None)
        case UserInput() | ModelOutput() | ToolCall() | ToolResult() | Thought() | OtherStep():
            pass
        case _:
            assert_never(step)


def arguments_of(call: ToolCall) -> str:
    """The arguments of a call as the JSON text that OpenAI's protocols want; what is no JSON goes back as it
    was said."""
    said = call.arguments
    if isinstance(said, str):
        return said or "{}"
    return json_text({} if said is None else said)


def json_text(value: object) -> str:
    return encoded(value).decode()


def result_text(result: object) -> str:
    """What a tool has answered, as a text; parts that are no text have none here."""
    if isinstance(result, str):
        return result
    parts = content_parts(result)
    if parts and all(part.get("type") == "text" for part in parts):
        return "".join(word(part, "text") for part in parts)
    return json_text(result)


def content_parts(result: object) -> list[Wire]:
    """The parts of a result that is a list of content, or nothing if it is any other value."""
    known = isinstance(result, list | tuple) and all(
        isinstance(one, Mapping) and word(one, "type") in {"text", "image", "document"} for one in result
    )
    return list(result) if known and isinstance(result, list | tuple) else []


def data_url(media: Media) -> str:
    """Where the content of a media part is: inline, or at its own address."""
    data, mime = word(media.raw, "data"), word(media.raw, "mime_type") or UNKNOWN
    return f"data:{mime};base64,{data}" if data else word(media.raw, "uri")


def pictured(url: str) -> Wire:
    """The picture at an address, which may hold it: what `data_url` makes, and any other."""
    head, _, data = url.partition(";base64,")
    if head.startswith("data:") and data:
        return {"type": "image", "mime_type": head.removeprefix("data:"), "data": data}
    return {"type": "image", "uri": url}


def file_name(media: Media) -> str:
    """OpenAI refuses a file without a name."""
    return word(media.raw, "name") or f"file.{word(media.raw, 'mime_type').rpartition('/')[2] or 'pdf'}"


def schema_format(schema: Wire | None) -> Wire:
    """What both of OpenAI's APIs are told of the schema of an answer, or nothing. They hold a model strictly
    only to a schema that is closed, and refuse any other if told to be strict."""
    return {"name": "answer", "schema": schema, "strict": closed(schema)} if schema else {}


def closed(schema: object) -> bool:
    """Whether no object in a JSON Schema has a property that is optional or not named."""
    if isinstance(schema, list | tuple):
        return all(closed(each) for each in schema)
    if not isinstance(schema, Mapping):
        return True
    kind, required = schema.get("type"), schema.get("required")
    if kind == "object" or (isinstance(kind, list) and "object" in kind):
        known = required if isinstance(required, list) else []
        if schema.get("additionalProperties") is not False or set(inner(schema, "properties")) - {*known}:
            return False
    return all(closed(each) for each in schema.values())
