"""Streams of Gemini's generateContent: their chunks, and what its own client makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import httpx
from google.genai import types

from interactions.conversations.request import Access
from interactions.providers.generate_content.names import camel
from interactions.providers.generate_content.provider import GenerateContent
from interactions.stream.sse import read_frame
from interactions.turns.turn import Turn
from interactions.turns.wire import load_json
from tests.folding import cut
from tests.vendors import RECORDINGS, sse, turn_of

GENERATE = GenerateContent(httpx.Client(), Access("https://x.test"))
STREAMS = {
    name.removeprefix("generate_content_"): raw
    for name, raw in RECORDINGS.items()
    if name.startswith("generate_content_")
}
PARTS = ("text", "functionCall", "inlineData", "executableCode", "codeExecutionResult")


def chunk(*parts: Mapping[str, Any], finish: str = "", id: str = "r", **more: Any) -> dict[str, Any]:
    """A chunk with one candidate; other fields of the candidate are told by their names."""
    ended = {"finishReason": finish} if finish else {}
    content = {"content": {"role": "model", "parts": list(parts)}}
    return {"candidates": [{**content, **ended, **more}], "responseId": id}


def text(said: str, **more: Any) -> dict[str, Any]:
    return {"text": said, **more}


def call(**fields: Any) -> dict[str, Any]:
    return {"functionCall": fields}


def at(path: str, **value: Any) -> dict[str, Any]:
    """A piece of the arguments of a call."""
    return {"jsonPath": path, **value}


def body_of(chunks: Iterable[Mapping[str, Any]]) -> bytes:
    return b"".join(map(sse, chunks))


def turn(*chunks: Mapping[str, Any]) -> Turn:
    return turn_of(GENERATE, body_of(chunks))


def chunks_of(body: bytes) -> list[Any]:
    """The chunks of a stream, without errors."""
    values = [load_json(read_frame(raw).data) for raw in cut(body)]
    return [value for value in values if isinstance(value, dict) and "error" not in value]


def by_sdk(body: bytes) -> list[types.GenerateContentResponse]:
    """The same, as Google's client has them; it knows no field that is not in its types."""
    return [types.GenerateContentResponse.model_validate(value) for value in chunks_of(body)]


def parts_by_sdk(body: bytes, place: int = 0) -> list[types.Part]:
    candidates = (each for answer in by_sdk(body) for each in answer.candidates or [])
    mine = (each for each in candidates if (each.index or 0) == place)
    return [part for each in mine if each.content for part in each.content.parts or []]


def checked_by_sdk(body: Mapping[str, Any]) -> types.GenerateContentConfig:
    """The settings of a body as Google's client has them. Raises for what its types do not allow, and for a
    field that they do not know."""
    for content in body["contents"]:
        types.Content.model_validate(content)
    beside = {key: value for key, value in body.items() if key not in {"contents", "generationConfig"}}
    return types.GenerateContentConfig.model_validate({**body.get("generationConfig", {}), **beside})


def alike(value: Any) -> Any:
    """With all names in one spelling, and tools in one order: Google's client mixes them."""
    if isinstance(value, list):
        return sorted(map(alike, value), key=json.dumps)
    return {key: alike(each) for key, each in camel(value).items()} if isinstance(value, dict) else value
