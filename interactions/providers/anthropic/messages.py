"""The history as messages of Anthropic's API.

The API keeps nothing: all that was said goes along. What a server of this protocol has said goes back exactly
as it came, because signatures and encrypted parts are checked; what others have said is translated.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from operator import itemgetter
from typing import Any, Literal, TypeAlias, assert_never

from interactions.conversations.history import TEXTS, mime_type
from interactions.conversations.request import Request, input_steps
from interactions.providers.anthropic.blocks import VENDOR
from interactions.providers.shared.foreign import UNANSWERED, content_parts, json_text
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
    plain,
    sent_arguments,
    step_from_wire,
)
from interactions.turns.turn import Turn
from interactions.turns.values import word

Role: TypeAlias = Literal["user", "assistant"]
Said: TypeAlias = tuple[Role, Wire]

_DATED = re.compile(r"[-@](?:\d{8}|latest)$")
_THOUGHTS = frozenset({"thinking", "redacted_thinking"})
_NEEDED = {"thinking": "signature", "redacted_thinking": "data", "tool_use": "name"}  # or they are refused
_RUN_BY_SERVER = frozenset({"server_tool_use", "mcp_tool_use"})
_NOT_HANDED_OVER = _THOUGHTS | {"tool_use"}


def messages(request: Request) -> list[dict[str, Any]]:
    """What was said so far, and then the input; or, of a turn that was paused, its answer so far."""
    said = [each for turn in sent(request) for each in _said(turn, request.options.model)]
    if request.begun is None:
        made = (step_from_wire(raw, hop=0, index=0, frame=0) for raw in input_steps(request.input))
        said += [(_role(step), block) for step in made for block in _blocks(step)]
    return _answered(_merged(_asked_for(said)))


def sent(request: Request) -> tuple[Turn, ...]:
    """The turns that are sent along. Those that another server's id would have named are sent like all
    others."""
    turns = request.earlier() if request.previous_interaction_id else request.history
    return turns if request.begun is None else (*turns, request.begun)


def _asked_for(said: list[Said]) -> Iterator[Said]:
    """Without the results of calls that do not go back, which the API would refuse. The others name their
    calls as these are named."""
    called = {_id(block["id"]): block["id"] for _, block in said if block["type"] == "tool_use"}
    for role, block in said:
        call = called.get(_id(block.get("tool_use_id")))
        if block["type"] != "tool_result":
            yield role, block
        elif call:
            yield role, {**block, "tool_use_id": call}


def _merged(said: Iterable[Said]) -> list[dict[str, Any]]:
    """One message for all that one side says in a row; a user's begins with the results of tools."""
    merged = []
    for role, group in groupby(said, key=itemgetter(0)):
        blocks = [block for _, block in group]
        if role == "user":
            blocks.sort(key=lambda block: block["type"] != "tool_result")
        merged.append({"role": role, "content": blocks})
    return merged


def _answered(merged: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with a result added for every call that the user did not answer, which the API would
    refuse for ever."""
    for message, answer in pairwise(merged):
        if message["role"] == "assistant":
            known = {word(block, "tool_use_id") for block in answer["content"]}
            called = [block for block in message["content"] if block["type"] == "tool_use"]
            passed_over = [
                {
                    "type": "tool_result",
                    "tool_use_id": call.get("id"),
                    "content": UNANSWERED,
                    "is_error": True,
                }
                for call in called
                if word(call, "id") not in known
            ]
            answer["content"] = passed_over + answer["content"]
    return merged


def _said(turn: Turn, model: str) -> Iterator[Said]:
    """Thoughts are bound to the model that had them; one that took another's place takes neither its thoughts
    nor its calls. A tool's call that a limit or a fallback has cut off has no result, and never will."""
    said = [(_role(step), block) for step in turn.steps for block in _blocks(step)]
    same = _undated(turn.model) == _undated(model)
    known = {word(block, "tool_use_id") for _, block in said}
    handed_over = max((at for at, (_, block) in enumerate(said) if block["type"] == "fallback"), default=-1)
    for at, (role, block) in enumerate(said):
        kind, earlier = block["type"], at < handed_over
        foreign = (earlier and kind in _NOT_HANDED_OVER) or (kind in _THOUGHTS and not same)
        cut_off = kind in _RUN_BY_SERVER and word(block, "id") not in known
        if not foreign and not (cut_off and (earlier or turn.status == "incomplete")):
            yield role, block


def _undated(model: str) -> str:
    return _DATED.sub("", model)


def _role(step: Step) -> Role:
    match step:
        case UserInput() | ToolResult(type="function_result"):
            return "user"
        case ModelOutput() | Thought() | ToolCall() | ToolResult() | OtherStep():
            return "assistant"
        case _:
            assert_never(step)


def _blocks(step: Step) -> list[Wire]:
    """The blocks of a step: its own, or else a translation of what any model can read."""
    if word(native := step.native.get(VENDOR, {}), "type"):
        block = _verbatim(step, native)
        return [block] if _accepted(block) else []
    match step:
        case UserInput():
            return _parts(step.content)
        case ModelOutput():
            return [block for block in _parts(step.content) if block["type"] == "text"]
        case ToolCall(type="function_call"):
            return [
                {
                    "type": "tool_use",
                    "id": _id(step.data.get("id")),
                    "name": step.name,
                    "input": sent_arguments(step),
                }
            ]
        case ToolResult(type="function_result"):
            return [_tool_result(step.data)]
        case ToolCall() | ToolResult() | Thought() | OtherStep():  # run by another vendor's servers
            return []
        case _:
            assert_never(step)


def _verbatim(step: Step, native: Wire) -> Wire:
    """The block as it came, with what has grown in it since."""
    kind = native["type"]
    if kind == "text" and isinstance(step, ModelOutput):
        return {**native, "text": plain(step.content)}
    if kind == "thinking" and isinstance(step, Thought):
        return {**native, "thinking": plain(step.content), "signature": step.signature}
    if kind == "tool_use" and isinstance(step, ToolCall):
        return {**native, "id": word(native, "id") or _id(None), "input": sent_arguments(step)}
    return native


def _accepted(block: Wire) -> bool:
    """The API sends empty texts, and thoughts that a limit has cut off, and takes neither back. A summary is
    null if it has failed, which it takes, and never empty."""
    if block["type"] == "text":
        return bool(word(block, "text").strip())
    if block["type"] == "compaction":
        return block.get("content") != ""
    needed = _NEEDED.get(block["type"])
    return needed is None or bool(word(block, needed))


def _id(value: object) -> str:
    """The API takes no other characters in an id; those of other vendors have some."""
    return re.sub(r"[^A-Za-z0-9_-]", "_", str(value or "call"))


def _tool_result(data: Wire) -> Wire:
    found = data.get("result", "")
    parts = _parts(contents(content_parts(found)))
    content = found if isinstance(found, str) else parts or json_text(found)
    block = {"type": "tool_result", "tool_use_id": _id(data.get("call_id")), "content": content}
    return {**block, "is_error": True} if data.get("is_error") else block


def _parts(content: Iterable[Content]) -> list[Wire]:
    blocks = (_text(part) if isinstance(part, Text) else _media(part) for part in content)
    return [block for block in blocks if block is not None]


def _text(part: Text) -> Wire | None:
    said = str(part.text)
    return {"type": "text", "text": said} if said.strip() else None


def _media(part: Media) -> Wire | None:
    """A picture or document as a block; the API takes neither sound nor video."""
    kind, name = word(part.raw, "type"), part.raw.get("name")
    if kind not in {"image", "document"}:
        return None
    title = {"title": str(name)} if name and kind == "document" else {}
    return {"type": kind, "source": _source(part.raw), **title}


def _source(raw: Wire) -> Wire:
    kind = mime_type(raw)
    if raw.get("uri"):
        return {"type": "url", "url": raw["uri"]}
    data = str(raw.get("data") or "")
    if kind.startswith(TEXTS):
        return {"type": "text", "media_type": "text/plain", "data": _decoded(data)}
    return {"type": "base64", "media_type": kind, "data": data}


def _decoded(data: str) -> str:
    """The text in base64; what is none was text already."""
    try:
        return base64.b64decode(data, validate=True).decode("utf-8", "replace")
    except ValueError:
        return data
