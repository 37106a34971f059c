"""What a response object is as an interaction, and an output item as a step: whole, or as the deltas that
finish it. The items of tools that OpenAI's servers ran are in `tools`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

from interactions.providers.responses.progress import GAP, Streamed
from interactions.providers.responses.tools import TOOLS, result
from interactions.providers.shared.foreign import detail, json_text, usage
from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    Delta,
    Interaction,
    OtherDelta,
    SignatureDelta,
    SummaryDelta,
    TextDelta,
)
from interactions.turns.steps import WAITS, Wire
from interactions.turns.values import each, inner, word
from interactions.turns.wire import load_json

VENDOR = "openai"

_CLIENT_SIDE = frozenset(
    {
        "function_call",
        "custom_tool_call",
        "computer_call",
        "local_shell_call",
        "shell_call",
        "apply_patch_call",
        "mcp_approval_request",
    }
)
_THOUGHTS = {"summary_index": "summary", "content_index": "content"}  # what counts the parts of which list
_BEGUN = frozenset({"type", "id", "call_id", "name", "server_name"})


def interaction(response: Wire) -> Interaction:
    """A response object. One that was completed but waits for the results of calls says so here."""
    output, status = each(response, "output"), word(response, "status")
    return Interaction(
        id=word(response, "id"),
        status="requires_action" if status == "completed" and _waiting(output) else status,
        model=word(response, "model") or None,
        usage=usage(inner(response, "usage"), "input", "output"),
        steps=_steps(output) or None,
        errors=_errors(response) or None,
    )


def _errors(response: Wire) -> tuple[Wire, ...]:
    reason = word(inner(response, "incomplete_details"), "reason")
    if response.get("error") is not None:
        told = detail(response["error"])
        return ({"code": told.code, "message": told.message},)
    if reason and reason != "max_output_tokens":  # that one is what "incomplete" says by itself
        return ({"code": reason, "message": f"The server ended the answer early: {reason}."},)
    return ()


def step(item: Wire) -> Wire:
    """The step for a whole item; a kind without a counterpart stays as it came. The item itself goes along,
    to be sent back."""
    make = STEPS.get(word(item, "type"))
    return {**(make(item) if make else {**item, WAITS: client_side(item)}), "native": {VENDOR: item}}


def _steps(output: list[Wire]) -> tuple[Wire, ...]:
    return tuple(wire for item in output for wire in (step(item), *results(item)))


def begun(item: Wire) -> Wire:
    """The step that an item opens before its content has come."""
    return {key: value for key, value in STEPS[word(item, "type")](item).items() if key in _BEGUN}


def _waiting(output: list[Wire]) -> bool:
    """Whether somebody has to answer a call: one that was not run over there."""
    answered = {word(one, "call_id") for one in output if word(one, "type").endswith("_output")} - {""}
    return any(client_side(one) and word(one, "call_id") not in answered for one in output)


def client_side(item: Wire) -> bool:
    return word(item, "type") in _CLIENT_SIDE or item.get("execution") == "client"


def finishing(item: Wire, streamed: Streamed) -> Iterator[Delta]:
    """The deltas that a finished item adds to what was `streamed` of it."""
    whole = STEPS[word(item, "type")](item)
    match whole["type"]:
        case "model_output":
            yield from _written(item, whole["content"], streamed)
            if "error" in whole:
                yield OtherDelta("error", whole["error"])
        case "thought":
            yield from _thought(item, streamed)
            if whole["signature"]:
                yield SignatureDelta(whole["signature"])
        case "function_call":
            if text := streamed.rest("", [_arguments(item)]):
                yield ArgumentsDelta(text)
        case kind:
            yield OtherDelta(kind, {key: value for key, value in whole.items() if key not in _BEGUN})


def _written(item: Wire, content: list[Wire], streamed: Streamed) -> Iterator[Delta]:
    for part in content:
        if part["type"] != "text":
            yield OtherDelta(part["type"], {key: value for key, value in part.items() if key != "type"})
            continue
        if text := streamed.rest("content_index", [part["text"]]):
            yield TextDelta(text)
        if part.get("annotations"):
            yield AnnotationsDelta(tuple(part["annotations"]))
    if any(part.get("type") == "refusal" for part in each(item, "content")):
        yield OtherDelta("refusal", {})


def _thought(item: Wire, streamed: Streamed) -> Iterator[Delta]:
    """Each of its two lists of texts goes on where it was streamed to."""
    for places, key in _THOUGHTS.items():
        if text := streamed.rest(places, [word(part, "text") for part in each(item, key)], GAP):
            begun = all(name != places for name, _ in streamed.parts)
            streamed, piece = streamed.added((places, 0), text, GAP) if begun else (streamed, text)
            yield summary(piece)


def summary(text: str) -> SummaryDelta:
    return SummaryDelta({"type": "text", "text": text})


def results(item: Wire) -> tuple[Wire, ...]:
    """The step that follows a call whose item has its result in it, and goes back with it only."""
    found = result(item)
    return ({**found, "native": {VENDOR: {}}},) if found else ()


def _message(item: Wire) -> Wire:
    """All its text as one part, as it is when it was streamed."""
    parts = [part for part in each(item, "content") if word(part, "type") in {"output_text", "refusal"}]
    texts = [word(part, "text") or word(part, "refusal") for part in parts]
    starts = accumulate((len(text.encode()) for text in texts), initial=0)
    cited = [
        _in_bytes(annotation, text, start)
        for part, text, start in zip(parts, texts, starts, strict=False)
        for annotation in each(part, "annotations")
    ]
    whole: dict[str, Any] = {"type": "text", "text": "".join(texts)}
    if cited:
        whole["annotations"] = cited
    return {"type": "model_output", "content": [whole] if whole["text"] else []}


def _in_bytes(annotation: Wire, text: str, start: int) -> Wire:
    """Offsets count characters of a part there, and bytes of the whole text here. A file is cited at one
    place, its `index`."""
    index = annotation.get("index")
    places = {"start_index": index, "end_index": index} if annotation.get("type") == "file_citation" else {}
    found = {**places, **annotation}
    for key in ("start_index", "end_index"):
        if isinstance(place := found.get(key), int):
            found[key] = start + len(text[: max(0, place)].encode())
    return {**found, "file_name": annotation["filename"]} if "filename" in annotation else found


def _reasoning(item: Wire) -> Wire:
    texts = [word(part, "text") for key in _THOUGHTS.values() for part in each(item, key)]
    said = GAP.join(filter(None, texts))
    content = [{"type": "text", "text": said}] if said else []
    return {"type": "thought", "summary": content, "signature": word(item, "encrypted_content")}


def _function_call(item: Wire) -> Wire:
    parsed = load_json(_arguments(item) or "{}")
    return {"type": "function_call", **_called(item), "arguments": parsed}


def _called(item: Wire) -> Wire:
    """An answer names the `call_id`, which is not the item's own id."""
    return {"id": word(item, "call_id") or word(item, "id"), "name": word(item, "name")}


def _arguments(item: Wire) -> str:
    """A custom tool is given free text; here that is its one argument."""
    if item.get("type") == "custom_tool_call":
        return json_text({"input": item["input"]}) if word(item, "input") else ""
    return word(item, "arguments")


STEPS: dict[str, Callable[[Wire], Wire]] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _function_call,
    "custom_tool_call": _function_call,
    **TOOLS,
}
