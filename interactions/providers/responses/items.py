"""What a response object is as an interaction, and an output item as a step. The items of tools that OpenAI's
servers run are in `tools`, those that the client may have to answer in `clients`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

from interactions.providers.responses.clients import CLIENTS, Tools, call_id, client_run
from interactions.providers.responses.parts import GAP
from interactions.providers.responses.tools import OUTPUTS, TOOLS, result
from interactions.providers.shared.foreign import detail, usage
from interactions.turns.events import Interaction
from interactions.turns.steps import CALLS, WAITS, Wire
from interactions.turns.values import each, inner, word
from interactions.turns.wire import load_json

VENDOR = "openai"

_CHUNKED = frozenset({"model_output", "thought", "function_call", "mcp_server_tool_call"})  # grow in pieces
_BEGUN = frozenset({"type", "id", "call_id", "name", "server_name"})
# Keys under which servers have the text of a thought beside the two lists that OpenAI has.
MORE_THOUGHTS = ("reasoning_text", "reasoning_content", "reasoning", "thinking", "text")
_SAID = ("text", "refusal", "transcript")  # what the text of a part of a message is under
WRITTEN = frozenset({"output_text", "text", "refusal", "audio", "output_audio"})  # parts that have such

# Ends of a response that its status says whatever the event is called.
_UNFINISHED = frozenset({"incomplete", "failed", "cancelled"})
_GOES_ON = frozenset({"", "completed", "in_progress", "queued"})


def interaction(response: Wire, name: str = "") -> Interaction:
    """A response object, whole or with the event of this `name` that it ends with. One that was completed but
    waits for the results of calls says so here."""
    output = each(response, "output")
    waits = client_run([(item, speaks(item)) for item in output], Tools().and_those(each(response, "tools")))
    steps = [
        wire for item, flag in zip(output, waits, strict=True) for wire in (step(item, flag), *results(item))
    ]
    return ended(response, name, waits=any(waits), steps=tuple(steps) or None)


def ended(
    response: Wire, name: str, *, waits: bool, steps: tuple[Wire, ...] | None = None, used: object = None
) -> Interaction:
    """How a response has ended, whose calls wait or not."""
    status = outcome(response, name)
    if status == "completed" and word(response, "status") == "requires_action" and not waits:
        status = "incomplete"
    counted = response.get("usage") or used
    return Interaction(
        id=word(response, "id"),
        status="requires_action" if status == "completed" and waits else status,
        model=word(response, "model") or None,
        usage=usage(counted, "input", "output") if isinstance(counted, dict) else None,
        steps=steps,
        errors=_errors(response, waits=waits) or None,
    )


def outcome(response: Wire, name: str) -> str:
    """How a response ended: as it says itself, or else by the `name` of its event. vLLM ends every stream
    with `response.completed`; what failed may have nothing but an error in it. A word that nobody knows is no
    success."""
    status = word(response, "status")
    said = name or status
    if status in _UNFINISHED:
        return status
    if status not in _GOES_ON:
        return "completed" if status == "requires_action" else "incomplete"
    if response.get("error") is not None and (name or said == "completed"):
        return "failed"
    return "incomplete" if said == "completed" and _reason(response) else said


def _reason(response: Wire) -> str:
    return word(inner(response, "incomplete_details"), "reason") or word(
        inner(response, "status_details"), "reason"
    )


def _errors(response: Wire, *, waits: bool) -> tuple[Wire, ...]:
    status, reason = word(response, "status"), _reason(response)
    error = response.get("error") or inner(response, "status_details").get("error")
    if error is not None:
        told = detail(error)
        return ({"code": told.code, "message": told.message},)
    if reason and reason != "max_output_tokens":  # that one is what "incomplete" says by itself
        return ({"code": reason, "message": f"The server ended the answer early: {reason}."},)
    if status == "requires_action" and waits:
        return ()
    if status not in _GOES_ON | _UNFINISHED:
        return (
            {"code": status, "message": f"The server ended the answer with a word of its own: {status}."},
        )
    return ()


def step(item: Wire, waits: bool) -> Wire:
    """The step for a whole item; a kind without a counterpart stays as it came. The item itself goes along,
    to be sent back."""
    make = STEPS.get(word(item, "type"))
    made = make(item) if make else item
    told = {WAITS: waits} if made.get("type") in CALLS else {}
    return {**made, **told, "native": {VENDOR: item}}


def begun(item: Wire, waits: bool) -> Wire:
    """The step that an item opens: without the text that comes in pieces."""
    made = STEPS[word(item, "type")](item)
    known = {key: value for key, value in made.items() if made["type"] not in _CHUNKED or key in _BEGUN}
    return {**known, WAITS: waits} if made["type"] in CALLS else known


def speaks(item: Wire) -> bool:
    """Whether an item is an answer with words."""
    return item.get("type") == "message" and any(map(part_text, each(item, "content")))


def part_text(part: Wire) -> str:
    """The words of a part of a message."""
    return next((said for key in _SAID if (said := word(part, key))), "")


def results(item: Wire) -> tuple[Wire, ...]:
    """The step that follows a call whose item has its result in it, and goes back with it only."""
    found = result(item)
    return ({**found, "native": {VENDOR: {}}},) if found else ()


def texts(item: Wire) -> dict[str, list[str]]:
    """The texts of a message or a thought, by the lists that they stand in."""
    if item.get("type") == "message":
        return {"text": [part_text(part) for part in each(item, "content") if word(part, "type") in WRITTEN]}
    found = {key: list(_strings(item.get(key))) for key in ("summary", "content")}
    if not any(map("".join, found.values())):
        found["content"] = [text for key in MORE_THOUGHTS for text in _strings(item.get(key))]
    return found


def _strings(value: object) -> list[str]:
    """The texts in a list of parts, or a text alone."""
    parts = value if isinstance(value, list) else [value]
    return [
        part if isinstance(part, str) else next((word(part, key) for key in _PART if word(part, key)), "")
        for part in parts
        if isinstance(part, str | dict)
    ]


_PART = ("text", "summary", "reasoning_text", "thinking")  # what the text of a part of a thought is under


def _message(item: Wire) -> Wire:
    """All its text as one part, as it is when it was streamed."""
    whole: dict[str, Any] = {"type": "text", "text": "".join(texts(item)["text"])}
    if cited := [told for _, told in citations(item)]:
        whole["annotations"] = cited
    return {"type": "model_output", "content": [whole] if whole["text"] else []}


def citations(item: Wire) -> list[tuple[Wire, Wire]]:
    """What a message cites: as the server says it, and as it is here."""
    parts = [part for part in each(item, "content") if word(part, "type") in WRITTEN]
    said = [part_text(part) for part in parts]
    starts = accumulate((len(text.encode()) for text in said), initial=0)
    return [
        (annotation, in_bytes(annotation, text, start))
        for part, text, start in zip(parts, said, starts, strict=False)
        for annotation in each(part, "annotations")
    ]


def in_bytes(annotation: Wire, text: str, start: int) -> Wire:
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
    said = GAP.join(text for lane in texts(item).values() for text in lane if text)
    content = [{"type": "text", "text": said}] if said else []
    return {"type": "thought", "summary": content, "signature": word(item, "encrypted_content")}


def _function_call(item: Wire) -> Wire:
    parsed = load_json(word(item, "arguments") or "{}")
    return {"type": "function_call", "id": call_id(item), "name": word(item, "name"), "arguments": parsed}


STEPS: dict[str, Callable[[Wire], Wire]] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _function_call,
    **CLIENTS,
    **TOOLS,
    **OUTPUTS,
}
