"""Requests, and frames taken apart by means that share nothing with the sandbox."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

Json = dict[str, Any]

KEY = {"x-goog-api-key": "any"}
MODEL = "gemini-3.8-flash"
ENDLESS = "Give me a long answer, slowly."  # at pace 1, more than ten minutes
PATIENCE = 20  # seconds, for what takes one or two
AtPace = Callable[[float], httpx.Client]
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


def partial(http: httpx.Client, prompt: str, **fields: Any) -> bytes:
    """What came of a stream until it ended, properly or not."""
    received = b""
    body = {"model": MODEL, "input": prompt, "stream": True, **fields}
    with http.stream("POST", "/v1beta/interactions", json=body) as response:
        try:
            for chunk in response.iter_bytes():
                received += chunk
        except httpx.RemoteProtocolError:
            received += b"<cut>"
    return received


class Listener:
    """An open stream, read event by event."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.heard: list[Json] = []
        self.body = b""
        self._chunks = response.iter_bytes()

    @property
    def path(self) -> str:
        return f"/v1beta/interactions/{self.heard[0]['interaction']['id']}"

    def listen(self, until: str) -> Json:
        """To the first event that holds these words."""
        while not (found := [event for event in self.heard if until in str(event)]):
            self.body += next(self._chunks)
            self.heard = events(self.body[: self.body.rindex(b"\n\n") + 2])
        return found[0]

    def rest(self) -> list[Json]:
        self.body += b"".join(self._chunks)
        self.heard = events(self.body)
        return self.heard


@contextmanager
def listening(http: httpx.Client, prompt: str, **fields: Any) -> Iterator[Listener]:
    body = {"model": MODEL, "input": prompt, "stream": True, **fields}
    with http.stream("POST", "/v1beta/interactions", json=body) as response:
        yield Listener(response)


def again(http: httpx.Client, path: str, event_id: str = "") -> bytes:
    query = {"stream": "true"} | ({"last_event_id": event_id} if event_id else {})
    return http.get(path, params=query).content


def ended(http: httpx.Client, path: str) -> Json:
    """Polls."""
    patience = time.monotonic() + PATIENCE
    while (found := http.get(path).json())["status"] in ("queued", "in_progress"):
        assert time.monotonic() < patience
        time.sleep(0.02)
    return dict(found)


def path_of(body: bytes) -> str:
    return f"/v1beta/interactions/{events(body)[0]['interaction']['id']}"
