"""Requests, and frames taken apart by means that share nothing with the sandbox."""

import json
from typing import Any

import httpx

Json = dict[str, Any]

KEY = {"x-goog-api-key": "any"}
MODEL = "gemini-3.8-flash"
WEATHER: Json = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather of a place.",
    "parameters": {
        "type": "object",
        "properties": {
            "location": {"type": "string"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["location"],
    },
}
CLOCK: Json = {
    "type": "function",
    "name": "get_time",
    "parameters": {
        "type": "object",
        "properties": {"timezone": {"type": "string"}},
        "required": ["timezone"],
    },
}


def create(http: httpx.Client, prompt: object, version: str = "v1beta", **fields: Any) -> httpx.Response:
    return http.post(f"/{version}/interactions", json={"model": MODEL, "input": prompt, **fields})


def stream(http: httpx.Client, prompt: object, **fields: Any) -> httpx.Response:
    return create(http, prompt, stream=True, **fields)


def events(body: bytes) -> list[Json]:
    """Of a well-formed stream, without the [DONE]."""
    frames = body.decode().removesuffix("\n\n").split("\n\n")
    data = [frame.split("\ndata: ", 1)[1] for frame in frames if "data: " in frame]
    return [json.loads(each) for each in data if each != "[DONE]"]


def types(body: bytes) -> list[str]:
    return [event["event_type"] for event in events(body)]


def text_of(body: bytes) -> str:
    deltas = [event.get("delta", {}) for event in events(body)]
    return "".join(delta["text"] for delta in deltas if delta.get("type") == "text")


def output_text(interaction: Json) -> str:
    parts = [part for step in interaction["steps"] for part in step.get("content", ())]
    return "".join(part["text"] for part in parts if part["type"] == "text")


def fetched(http: httpx.Client, body: bytes) -> Json:
    """The interaction that a stream was about, as a GET finds it."""
    first = json.loads(body.split(b"\n\n")[0].split(b"\ndata: ")[1])
    found: Json = http.get(f"/v1beta/interactions/{first['interaction']['id']}").json()
    return found


def partial(http: httpx.Client, prompt: str) -> bytes:
    """What came of a stream until it ended, properly or not."""
    received = b""
    body = {"model": MODEL, "input": prompt, "stream": True}
    with http.stream("POST", "/v1beta/interactions", json=body) as response:
        try:
            for chunk in response.iter_bytes():
                received += chunk
        except httpx.RemoteProtocolError:
            received += b"<cut>"
    return received
