"""Output items as steps. Those of tools that OpenAI's servers run are in `tools`, those that the client may
have to answer in `clients`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

from interactions.providers.responses.clients import CLIENTS, call_id
from interactions.providers.responses.tools import OUTPUTS, TOOLS, result
from interactions.turns.steps import CALLS, WAITS, Wire
from interactions.turns.values import each, encoded, word
from interactions.turns.wire import load_json

VENDOR = "openai"
TEXTS = frozenset({"message", "reasoning"})  # the kinds of items that are texts
GAP = "\n\n"  # between the parts of a thought, which are one text here

_CHUNKED = frozenset({"model_output", "thought", "function_call", "mcp_server_tool_call"})  # grow in pieces
_BEGUN = frozenset({"type", "id", "call_id", "name", "server_name"})
# Keys under which servers have the text of a thought beside the two lists that OpenAI has.
MORE_THOUGHTS = ("reasoning_text", "reasoning_content", "reasoning", "thinking", "text")
# What a call was given is a text under these keys, by the kind of the item.
GIVEN = {
    "function_call": "arguments",
    "mcp_call": "arguments",
    "mcp_approval_request": "arguments",
    "custom_tool_call": "input",
}
_SAID = ("text", "refusal", "transcript")  # what the text of a part of a message is under
WRITTEN = frozenset({"output_text", "text", "refusal", "audio", "output_audio", ""})  # parts that have such


def begun(item: Wire, waits: bool) -> Wire:
    """The step that an item opens: without the text that comes in pieces."""
    made = STEPS[word(item, "type")](item)
    known = {key: value for key, value in made.items() if made["type"] not in _CHUNKED or key in _BEGUN}
    return {**known, WAITS: waits} if made["type"] in CALLS else known


def typed(item: Wire) -> Wire:
    """An item with its type, which a server may leave out of a message. What a call was given is a text by
    the rules; some servers have it as the object that it is."""
    if "type" not in item and ("content" in item or "role" in item):
        return {"type": "message", **item}
    key = GIVEN.get(word(item, "type"), "")
    return {**item, key: as_text(item[key])} if key in item else item


def as_text(value: object) -> object:
    """The JSON of an object or a list; what is none stays as it is."""
    return encoded(value).decode() if isinstance(value, dict | list) else value


def speaks(item: Wire) -> bool:
    """Whether an item is an answer with words."""
    return item.get("type") == "message" and any(map(part_text, written(item)))


def written(item: Wire) -> list[Wire]:
    """The parts of a message that have words. Some servers have all of it as one text."""
    content = item.get("content")
    if isinstance(content, str):
        return [{"type": "output_text", "text": content}]
    return [part for part in each(item, "content") if word(part, "type") in WRITTEN]


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
        return {"text": [part_text(part) for part in written(item)]}
    found = {key: list(_strings(item.get(key))) for key in ("summary", "content")}
    if not any(map("".join, found.values())):
        found["content"] = [text for key in MORE_THOUGHTS for text in _strings(item.get(key))]
    if "".join(found["summary"]) == "".join(found["content"]):
        found["content"] = []  # the same thought in both lists
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
    parts = written(item)
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
