"""Gemini's Interactions API: the native dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

import httpx

from interactions.events import (
    Body,
    Event,
    InteractionCompleted,
    Requested,
    Unknown,
)
from interactions.journal import Frame
from interactions.providers.documents import Document, get
from interactions.providers.reading import ENDINGS, State, ending, opened, refusal
from interactions.request import Access, Input, Request
from interactions.sse import read_frame
from interactions.steps import Wire
from interactions.transport import Call, exchange
from interactions.wire import load_json, parse, read_interaction

DONE = "[DONE]"


class Gemini:
    """The API over the client that the process shares. A request may name another access and version than
    those it was made with."""

    name = "gemini"

    def __init__(self, client: httpx.Client, access: Access, api_version: str) -> None:
        self.endpoint = f"{access.base_url}/{api_version}"
        self._client = client
        self._access = access
        self._version = api_version

    def frames(self, request: Request) -> Iterator[Frame]:
        access = request.access or self._access
        url = f"{access.base_url}/{request.options.api_version or self._version}/interactions"
        headers = {"content-type": "application/json", "accept": "text/event-stream", **_key(access)}
        remarks = {"history": len(request.history)} if request.history else {}
        return exchange(
            self._client, Call("POST", url, headers, body(request), remarks), request.record, request.stop
        )

    def read(self, state: State, frame: Frame) -> tuple[State, tuple[Event, ...]]:
        return read(state, frame)

    def retrieve(self, interaction_id: str, access: Access | None = None) -> Document:
        return self._get(f"interactions/{quote(interaction_id, safe='')}?include_input=true", access)

    def reach(self, access: Access | None = None) -> Document:
        return self._get("models?pageSize=1", access)

    def _get(self, path: str, access: Access | None) -> Document:
        access = access or self._access
        return get(self._client, f"{access.base_url}/{self._version}/{path}", _key(access))


def _key(access: Access) -> dict[str, str]:
    return {"x-goog-api-key": access.api_key} if access.api_key else {}


def body(request: Request) -> dict[str, Any]:
    """The JSON of a request; what is unset is left out."""
    options = request.options
    config = {
        "temperature": options.temperature,
        "top_p": options.top_p,
        "max_output_tokens": options.max_output_tokens,
        "thinking_level": options.thinking_level,
        "thinking_summaries": options.thinking_summaries,
        "seed": options.seed,
        "stop_sequences": options.stop_sequences,
    }
    fields: dict[str, Any] = {
        "model": options.model,
        "input": (*request.history, *_input_steps(request.input)) if request.history else request.input,
        "system_instruction": options.system_instruction,
        "previous_interaction_id": request.previous_interaction_id,
        "continuation_token": request.continuation_token,
        "generation_config": {name: value for name, value in config.items() if value not in (None, "", ())},
        "tools": options.tools,
    }
    return {
        **{name: value for name, value in fields.items() if value},
        "stream": True,
        "store": options.store,
    }


def read(state: State, frame: Frame) -> tuple[State, tuple[Event, ...]]:
    """The events of one frame. Pure; never raises."""
    if frame.kind == "note":
        return _read_note(state, frame)
    if state.document:
        return State(state.status, True, (*state.parts, frame.raw)), ()
    reading = read_frame(frame.raw)
    bodies = [*_bare(reading.bare)] if reading.bare else []
    if reading.data and reading.data != DONE:
        bodies.append(parse(reading.data, reading.event))
    return state, tuple([Event(frame.seq, frame.at, body) for body in bodies])


def _bare(text: str) -> Iterator[Body]:
    """JSON that came without `data:`, as one value or a line each."""
    whole = load_json(text)
    for value in [text] if not isinstance(whole, str) else text.split("\n"):
        yield parse(value)


def _read_note(state: State, frame: Frame) -> tuple[State, tuple[Event, ...]]:
    note = load_json(frame.raw.decode())
    assert isinstance(note, dict), "notes are ours"
    kind = note["note"]
    if kind == "response":
        return opened(note), ()
    bodies: tuple[Body, ...] = ()
    if kind == "request" and note["attempt"] == 1:
        bodies = (_requested(note["body"], note.get("history", 0)),)
    elif kind == "refused" or (kind == "cut" and state.status >= 300):
        bodies = (refusal(state),)
    elif kind in ENDINGS:
        bodies = (*_document(state), ending(note))
    return State(), tuple(Event(frame.seq, frame.at, body) for body in bodies)


def _requested(sent: Mapping[str, Any], history: int) -> Requested:
    """What a turn begins with; the steps of earlier turns that went along in front of it are not its own."""
    steps = _input_steps(sent.get("input", ()))[history:]
    return Requested(
        input=() if "continuation_token" in sent else steps,
        model=str(sent.get("model", "")),
        previous_interaction_id=sent.get("previous_interaction_id"),
        stored=bool(sent.get("store", True)),
    )


def _input_steps(value: Input | list[Wire]) -> tuple[Wire, ...]:
    if isinstance(value, str):
        return ({"type": "user_input", "content": [{"type": "text", "text": value}]},)
    return tuple(value)


def _document(state: State) -> tuple[Body, ...]:
    """What a JSON body says where a stream was asked for: an error, or the finished interaction."""
    if not state.document or not state.parts:
        return ()
    value = load_json(state.text)
    if isinstance(value, Mapping) and value.get("error") is None and ("status" in value or "steps" in value):
        return (InteractionCompleted(read_interaction(value)),)
    if isinstance(value, Mapping | list):
        return (refusal(state),)
    return (Unknown("", value),)
