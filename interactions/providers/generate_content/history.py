"""The turns so far as contents.

Nothing is stored over there: all that was said goes along. What a server of this protocol has said goes back
as it came, because thought signatures are checked; what others have said is translated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, TypeAlias, assert_never

from interactions.conversations.history import file_text
from interactions.conversations.request import Request, input_steps
from interactions.files.signatures import UNKNOWN
from interactions.providers.generate_content.names import VENDOR
from interactions.providers.shared.foreign import all_steps, answered, content_parts
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
    plain,
    sent_arguments,
)
from interactions.turns.steps import (
    contents as parts_of,
)
from interactions.turns.values import count, each, inner, word

Role: TypeAlias = Literal["user", "model"]
Said: TypeAlias = tuple[Role, Wire]

# Accepted in the place of the signature of a call that no model of this account has made.
UNSIGNED = "skip_thought_signature_validator"


def contents(request: Request) -> list[Wire]:
    """What was said so far, and then the input. Turns that an id would stand for elsewhere go along."""
    turns = request.earlier() if request.previous_interaction_id else request.history
    steps = answered(all_steps(turns, input_steps(request.input)))
    said = list(_said(steps))
    return [_content(role, [part for _, part in group]) for role, group in groupby(said, key=itemgetter(0))]


def _content(role: Role, parts: list[Wire]) -> Wire:
    """One content for all that one side says in a row. A user's begins with the results of calls; of a
    model's the first call is signed, and only that one need be."""
    if role == "user":
        return {"role": role, "parts": sorted(parts, key=lambda part: "functionResponse" not in part)}
    calls = [place for place, part in enumerate(parts) if "functionCall" in part]
    foreign = [place for place in calls if parts[place].get(_FOREIGN)]
    bare = [{key: value for key, value in part.items() if key != _FOREIGN} for part in parts]
    if foreign and foreign[0] == calls[0]:
        bare[calls[0]] = {**bare[calls[0]], "thoughtSignature": UNSIGNED}
    return {"role": role, "parts": bare}


_FOREIGN = "foreign"  # ours, of a call's part, until it is known which is the first


def _said(steps: Iterable[Step]) -> Iterator[Said]:
    """The parts of all steps. A result names its call as that was named; one without a call is left out."""
    calls: dict[str, Wire] = {}
    for step in steps:
        if isinstance(step, ToolResult) and step.type == "function_result" and not step.native.get(VENDOR):
            if call := calls.get(word(step.data, "call_id")):
                yield "user", _result(step.data, call)
            continue
        for said in _parts(step):
            if isinstance(step, ToolCall) and step.type == "function_call":
                calls[word(step.data, "id")] = inner(said[1], "functionCall")
            yield said


def _parts(step: Step) -> Iterator[Said]:
    if item := step.native.get(VENDOR):
        for part in _verbatim(step, item):
            yield "model", part
        return
    match step:
        case UserInput():
            for part in _given(step.content):
                yield "user", part
        case ModelOutput() if text := plain(step.content):
            yield "model", {"text": text}
        case ToolCall(type="function_call") if id := word(step.data, "id"):
            function = {"id": id, "name": step.name, "args": sent_arguments(step)}
            yield "model", {"functionCall": function, _FOREIGN: True}
        case ModelOutput() | ToolCall() | ToolResult() | Thought() | OtherStep():
            pass  # without a text, or thought and run by the servers of other vendors
        case _:
            assert_never(step)


def _verbatim(step: Step, item: Wire) -> Iterator[Wire]:
    """The parts as they came, with what has grown in them since."""
    kept = inner(item, "part")
    match step:
        case ModelOutput() if item.get("kind") == "text":
            yield from _spans(plain(step.content), each(item, "spans"))
        case ModelOutput() if item.get("kind") == "media":
            yield from ({**_file(part), **kept} for part in step.content if isinstance(part, Media))
        case Thought() if item.get("kind") == "thought":
            yield from _thought(step)
        case ToolCall() if item.get("kind") == "call":
            args, function = sent_arguments(step), inner(kept, "functionCall")
            yield {**kept, "functionCall": {**function, **({"args": args} if args else {})}}
        case _ if item.get("kind") == "part" and kept:
            yield kept
        case _:
            pass  # told beside the parts, or of a candidate that is not the answer


def _spans(text: str, spans: list[Wire]) -> Iterator[Wire]:
    """The text, with the parts of it that were signed by themselves."""
    at = 0
    for span in spans:
        start, end = (max(at, count(span, key) or 0) for key in ("start", "end"))
        if text[at:start]:
            yield {"text": text[at:start]}
        yield {"text": text[start:end], **inner(span, "part")}
        at = max(start, end)
    if text[at:]:
        yield {"text": text[at:]}


def _thought(step: Thought) -> Iterator[Wire]:
    """Its signature is that of its last part."""
    said = [{**part, "thought": True} for part in _given(step.content)]
    signature = {"thoughtSignature": step.signature} if step.signature else {}
    if signature and not said:
        said = [{"text": "", "thought": True}]
    yield from said[:-1]
    yield from ({**part, **signature} for part in said[-1:])


def _given(content: Iterable[Content]) -> Iterator[Wire]:
    for part in content:
        text = str(part.text) if isinstance(part, Text) else file_text(part.raw)
        if text:
            yield {"text": text}
        elif isinstance(part, Media) and (file := _file(part)):
            yield file


def _file(media: Media) -> dict[str, Any]:
    """A file inline, or at its address; nothing for a part that has neither."""
    data, uri = word(media.raw, "data"), word(media.raw, "uri")
    mime = {"mimeType": word(media.raw, "mime_type") or UNKNOWN}
    if data:
        return {"inlineData": {**mime, "data": data}}
    return {"fileData": {**mime, "fileUri": uri}} if uri else {}


def _result(data: Wire, call: Wire) -> Wire:
    """The result of a call, under its name and id as the call has them. It has to be an object."""
    named = {key: call[key] for key in ("id", "name") if key in call}
    found = data.get("result", "")
    parts = content_parts(found)
    files = [file for part in parts_of(parts) if isinstance(part, Media) and (file := _file(part))]
    if parts:
        found = plain(parts_of(parts))
    key = "error" if data.get("is_error") else "output"
    response = found if isinstance(found, Mapping) and key == "output" else {key: found}
    return {"functionResponse": {**named, "response": response, **({"parts": files} if files else {})}}
