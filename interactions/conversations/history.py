"""Turns as wire steps: earlier ones, for a server that has not kept them, and the input of a new one."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

import msgspec

from interactions.turns.status import CHAINABLE
from interactions.turns.steps import (
    OTHERS_CALLS,
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
    sent_arguments,
)
from interactions.turns.turn import Turn

# In the place of a signature that was not made for the account; no server is sent it.
UNSIGNED = "(unsigned)"

TEXTS = ("text/", "application/json")  # the beginnings of MIME types of files that are text


class Accepted(msgspec.Struct, frozen=True):
    """What a server takes of our steps, where it is not all.

    `keys` are those that it knows of a call or a result, by type, and `media` those of a part with a file; a
    type that is not there keeps all of its own. `documents` are MIME types of text files that it takes as
    files; of others it gets the text. `unsigned` stands in the place of a signature that was not made for the
    account; without one there is none. With `signed` a thought that has no signature at all would be refused,
    and is left out.
    """

    keys: Mapping[str, tuple[str, ...]] = {}
    media: Mapping[str, tuple[str, ...]] = {}
    documents: frozenset[str] = frozenset()
    unsigned: str = ""
    signed: bool = False


ALL = Accepted()


def remembered(turn: Turn) -> bool:
    """Whether the turn belongs to the history: it ended well, on the server or only here."""
    return turn.ended and turn.status in CHAINABLE


def transplanted(turn: Turn) -> Turn:
    """The turn rewritten for another account than the one it was made with, whose signatures are not valid
    there. What a vendor's own servers did and have told, in that vendor's words, is left out. Where nothing
    is signed, it was made by a model that signs nothing."""
    signs = any(_signature(step) for step in turn.steps)
    steps = tuple(_unsigned(step, signs) for step in turn.steps if not (step.native and _served(step)))
    return msgspec.structs.replace(turn, steps=steps, details={})


def left_behind(turn: Turn, *, vendor: bool) -> frozenset[str]:
    """The parts of the turn that another account does not get, by name: what a vendor's servers did, in that
    vendor's own words, and, if it is with another `vendor`, all that they did, and signatures."""
    signed = vendor and any(_signature(step) for step in turn.steps)
    served = (_kind(step) for step in turn.steps if _served(step) and (vendor or step.native))
    return frozenset(served) | ({"signatures"} if signed else set())


def wire_steps(turns: Iterable[Turn], accepted: Accepted = ALL) -> tuple[Wire, ...]:
    """Every step of the turns, in order, as the server takes it back; what says nothing is left out."""
    return tuple(wire for turn in turns for step in turn.steps for wire in _wire(step, accepted))


def wire_input(steps: Iterable[Wire], accepted: Accepted) -> tuple[Wire, ...]:
    """The input of a turn as the server takes it."""
    return tuple(_input(step, accepted) for step in steps)


def file_text(raw: Wire) -> str:
    """The text of a text file that came inline, under its name if it has one; "" of any other part."""
    if "data" not in raw or not mime_type(raw).startswith(TEXTS):
        return ""
    try:
        text = b64decode(str(raw["data"]), validate=True).decode("utf-8-sig", "replace")
    except ValueError:
        return ""
    name = " ".join(str(raw.get("name") or "").split())
    return f"{name}:\n\n{text}" if name else text


def mime_type(raw: Wire) -> str:
    """The MIME type of a part, without parameters."""
    return str(raw.get("mime_type") or "").partition(";")[0].strip().lower()


def _input(step: Wire, accepted: Accepted) -> Wire:
    if step.get("type") != "user_input" or not isinstance(step.get("content"), list | tuple):
        return step
    return {**step, "content": _parts(contents(step["content"]), accepted)}


def _unsigned(step: Step, signs: bool) -> Step:
    foreign = bool(step.native) or not signs
    if step.native:
        step = msgspec.structs.replace(step, native={})
        if isinstance(step, ModelOutput):
            step = msgspec.structs.replace(step, error=None)  # in that vendor's words
    match step:
        case Thought() if foreign or step.signature:
            return msgspec.structs.replace(step, signature=UNSIGNED)
        case ToolCall() | ToolResult() | OtherStep() if _signature(step) or _wants(step, foreign):
            return msgspec.structs.replace(step, data={**step.data, "signature": UNSIGNED})
        case UserInput() | ModelOutput() | Thought() | ToolCall() | ToolResult() | OtherStep():
            return step
        case _:
            assert_never(step)


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


def _wire(step: Step, accepted: Accepted) -> Iterator[Wire]:
    """A call or a result without what pairs the two would be refused, and is left out."""
    match step:
        case UserInput():
            yield from _saying("user_input", content=_parts(step.content, accepted))
        case ModelOutput():
            yield from _saying("model_output", content=_parts(step.content, accepted), error=step.error)
        case Thought():
            signature = accepted.unsigned if step.signature == UNSIGNED else step.signature
            if signature or not accepted.signed:
                yield from _saying("thought", signature=signature, summary=_parts(step.content, accepted))
        case OtherStep():
            yield from [_readdressed(step.data, accepted)] if step.type and not step.native else []
        case ToolCall():
            data = {**step.data, "arguments": sent_arguments(step)}
            yield from [_tool(step.type, data, accepted)] if "id" in data and _spoken(step) else []
        case ToolResult():
            known = "call_id" in step.data and _spoken(step)
            yield from [_tool(step.type, step.data, accepted)] if known else []
        case _:
            assert_never(step)


def known_keys(part: Wire, media: Mapping[str, tuple[str, ...]]) -> Wire:
    """A part of a message with the keys that its type has; a kind not known here keeps all of its own."""
    known = {"type", *media.get(str(part.get("type")), part)}
    return {key: value for key, value in part.items() if key in known}


def _saying(kind: str, **fields: object) -> Iterator[Wire]:
    said = {key: value for key, value in fields.items() if value}
    if said:
        yield {"type": kind, **said}


def _tool(kind: str, data: Wire, accepted: Accepted) -> Wire:
    """A call or a result, with the keys that the server knows of its kind."""
    data = _readdressed(data, accepted)
    known = {key: data[key] for key in accepted.keys.get(kind, tuple(data)) if key in data}
    return {"type": kind} | {key: value for key, value in known.items() if key != "signature" or value}


def _readdressed(data: Wire, accepted: Accepted) -> Wire:
    """With what the server takes in the place of a signature that was not made for the account."""
    if data.get("signature") != UNSIGNED:
        return data
    others = {key: value for key, value in data.items() if key != "signature"}
    return {**others, "signature": accepted.unsigned} if accepted.unsigned else others


def _spoken(step: ToolCall | ToolResult) -> bool:
    """Whether the Interactions API has a name for the tool."""
    return step.type.removesuffix("_result").removesuffix("_call") + "_call" not in OTHERS_CALLS


def _parts(content: Iterable[Content], accepted: Accepted) -> list[Wire]:
    said = (part for part in content if not isinstance(part, Text) or len(part.text))
    return [_part(part, accepted) for part in said]


def _part(part: Content, accepted: Accepted) -> Wire:
    if isinstance(part, Media):
        if mime_type(part.raw) not in accepted.documents and (text := file_text(part.raw)):
            return {"type": "text", "text": text}
        return known_keys(part.raw, accepted.media)
    annotations = {"annotations": list(part.annotations)} if part.annotations else {}
    return {"type": "text", "text": str(part.text), **annotations}
