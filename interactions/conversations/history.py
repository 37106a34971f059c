"""Turns as wire steps: earlier ones, for a server that has not kept them, and the input of a new one.

Servers refuse a step with a key that its type does not have, so each type has its list of keys here. They
are those of Google's own client, 3.4.0.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

import msgspec

from interactions.turns.status import CHAINABLE
from interactions.turns.steps import (
    Content,
    Media,
    ModelOutput,
    OtherStep,
    Step,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    UserInput,
    Wire,
    contents,
)
from interactions.turns.turn import Turn

# Accepted by the server in the place of a signature that was not made for this account.
TRANSPLANTED = "skip_thought_signature_validator"

TEXTS = ("text/", "application/json")  # the beginnings of MIME types of files that are text
_DOCUMENTS = frozenset({"text/csv"})  # of those, what Google has documents of

# The first key of each is what pairs call and result: a step without it would be refused, and is left out.
_CALL = ("id", "arguments", "signature")
_RESULT = ("call_id", "result", "signature")
_FALLIBLE = (*_RESULT, "is_error")
_KEYS: Mapping[str, tuple[str, ...]] = {
    "function_call": ("id", "name", "arguments", "signature"),
    "function_result": ("call_id", "name", "result", "is_error"),
    "code_execution_call": _CALL,
    "code_execution_result": _FALLIBLE,
    "google_search_call": (*_CALL, "search_type"),
    "google_search_result": _FALLIBLE,
    "google_maps_call": _CALL,
    "google_maps_result": _RESULT,
    "url_context_call": _CALL,
    "url_context_result": _FALLIBLE,
    "file_search_call": ("id", "signature"),
    "file_search_result": ("call_id", "signature"),
    "mcp_server_tool_call": ("id", "name", "server_name", "arguments"),
    "mcp_server_tool_result": ("call_id", "name", "server_name", "result"),
    "retrieval_call": (*_CALL, "retrieval_type"),
    "retrieval_result": ("call_id", "is_error", "signature"),
    "tool_search_call": _CALL,
    "tool_search_result": _RESULT,
    "processing_call": ("id", "signature"),
    "processing_result": ("call_id", "signature"),
}
_MEDIA_KEYS: Mapping[str, tuple[str, ...]] = {
    "image": ("data", "uri", "mime_type", "resolution"),
    "audio": ("data", "uri", "mime_type", "channels", "sample_rate", "processing"),
    "video": ("data", "uri", "mime_type", "name", "resolution", "processing"),
    "document": ("data", "uri", "mime_type", "resolution", "processing"),
}


def remembered(turn: Turn) -> bool:
    """Whether the turn belongs to the history: it ended well, on the server or only here."""
    return turn.ended and turn.status in CHAINABLE


def transplanted(turn: Turn) -> Turn:
    """The turn for another account than the one it was made with, whose signatures are not valid there. What
    a vendor's own servers did, in that vendor's words, is left out. Where nothing is signed, it was made by a
    model that signs nothing."""
    signs = any(_signature(step) for step in turn.steps)
    steps = tuple(_unsigned(step, signs) for step in turn.steps if not (step.native and _served(step)))
    return msgspec.structs.replace(turn, steps=steps)


def left_behind(turn: Turn, *, vendor: bool) -> frozenset[str]:
    """What of the turn another account does not get, by name: what a vendor's servers did, in that vendor's
    own words, and, if it is with another `vendor`, all that they did, and signatures."""
    signed = vendor and any(_signature(step) for step in turn.steps)
    served = (_kind(step) for step in turn.steps if _served(step) and (vendor or step.native))
    return frozenset(served) | ({"signatures"} if signed else set())


def wire_steps(turns: Iterable[Turn]) -> tuple[Wire, ...]:
    """Every step of the turns, in order, as the server takes it back; what says nothing is left out."""
    return tuple(wire for turn in turns for step in turn.steps for wire in _wire(step))


def wire_input(steps: Iterable[Wire]) -> tuple[Wire, ...]:
    """The input of a turn as the server takes it, which has few kinds of documents and no names of files."""
    return tuple(_input(step) for step in steps)


def file_text(raw: Wire) -> str:
    """What a text file says that came inline, under its name if it has one; "" of any other part."""
    if "data" not in raw or not mime_type(raw).startswith(TEXTS):
        return ""
    try:
        text = b64decode(str(raw["data"]), validate=True).decode("utf-8-sig", "replace")
    except ValueError:
        return ""
    name = " ".join(str(raw.get("name") or "").split())
    return f"{name}:\n\n{text}" if name else text


def mime_type(raw: Wire) -> str:
    """That of a part, without its parameters."""
    return str(raw.get("mime_type") or "").partition(";")[0].strip().lower()


def _input(step: Wire) -> Wire:
    if step.get("type") != "user_input" or not isinstance(step.get("content"), list | tuple):
        return step
    return {**step, "content": _parts(contents(step["content"]))}


def _unsigned(step: Step, signs: bool) -> Step:
    foreign = bool(step.native) or not signs
    if step.native:
        step = msgspec.structs.replace(step, native={})
        if isinstance(step, ModelOutput):
            step = msgspec.structs.replace(step, error=None)  # in that vendor's words
    if isinstance(step, Thought) and (foreign or step.signature):
        return msgspec.structs.replace(step, signature=TRANSPLANTED)
    if isinstance(step, ToolCall | ToolResult | OtherStep) and (_signature(step) or _wants(step, foreign)):
        return msgspec.structs.replace(step, data={**step.data, "signature": TRANSPLANTED})
    return step


def _wants(step: Step, foreign: bool) -> bool:
    """A call that another vendor's model has made never had a signature, and the server wants one."""
    return foreign and _kind(step) == "function_call"


def _signature(step: Step) -> object:
    match step:
        case UserInput() | ModelOutput():
            return None
        case Thought():
            return step.signature
        case ToolCall() | ToolResult() | OtherStep():
            return step.data.get("signature")
        case _:
            assert_never(step)


def _served(step: Step) -> bool:
    """Whether a vendor's servers made it: all but what is said, thought, called here and answered."""
    return _kind(step) not in {"", "function_call", "function_result"}


def _kind(step: Step) -> str:
    match step:
        case UserInput() | ModelOutput() | Thought():
            return ""
        case ToolCall() | ToolResult() | OtherStep():
            return step.type
        case _:
            assert_never(step)


def _wire(step: Step) -> Iterator[Wire]:
    match step:
        case UserInput():
            yield from _saying("user_input", content=_parts(step.content))
        case ModelOutput():
            yield from _saying("model_output", content=_parts(step.content), error=step.error)
        case Thought():
            yield from _saying("thought", signature=step.signature, summary=_parts(step.content))
        case OtherStep():
            yield from [step.data] if step.type and not step.native else []
        case ToolCall() | ToolResult():
            tool = _tool(step)
            yield from [tool] if _KEYS[step.type][0] in tool else []
        case _:
            assert_never(step)


def known_keys(part: Wire) -> Wire:
    """A part of a message with the keys that its type has; a kind not known here keeps all of its own."""
    known = {"type", *_MEDIA_KEYS.get(str(part.get("type")), part)}
    return {key: value for key, value in part.items() if key in known}


def _saying(kind: str, **fields: object) -> Iterator[Wire]:
    said = {key: value for key, value in fields.items() if value}
    if said:
        yield {"type": kind, **said}


def _tool(step: ToolCall | ToolResult) -> Wire:
    data = {**step.data, "arguments": _object(step.arguments)} if isinstance(step, ToolCall) else step.data
    known = {key: data[key] for key in _KEYS[step.type] if key in data}
    return {"type": step.type, **{key: value for key, value in known.items() if key != "signature" or value}}


def _object(arguments: object) -> Wire:
    """Arguments that are no JSON object were never valid; the server takes no other type."""
    return arguments if isinstance(arguments, Mapping) else {}


def _parts(content: Iterable[Content]) -> list[Wire]:
    return [_part(part) for part in content if not isinstance(part, Text) or len(part.text)]


def _part(part: Content) -> Wire:
    if isinstance(part, Media):
        if mime_type(part.raw) not in _DOCUMENTS and (text := file_text(part.raw)):
            return {"type": "text", "text": text}
        return known_keys(part.raw)
    annotations = {"annotations": list(part.annotations)} if part.annotations else {}
    return {"type": "text", "text": str(part.text), **annotations}
