"""Gemini's Interactions API: the native dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import msgspec

from interactions.conversations.history import TEXTS, wire_input, wire_steps
from interactions.conversations.request import VERSIONS, Access, Errand, Input, Options, Request
from interactions.providers.gemini.profile import PROFILE
from interactions.providers.gemini.steps import ACCEPTED
from interactions.providers.protocol import Capabilities
from interactions.providers.shared.gateway import meant_for, segment
from interactions.providers.shared.listing import MOST, gathered
from interactions.providers.shared.notes import Dialect, input_steps, read_note
from interactions.providers.shared.reading import State, kept, refusal
from interactions.stream.documents import Document, ask
from interactions.stream.journal import Frame
from interactions.stream.sse import read_frame
from interactions.stream.transport import Call, exchange
from interactions.turns.events import Body, Event, InteractionCompleted, Requested, Unknown
from interactions.turns.steps import Wire
from interactions.turns.wire import load_json, parse, read_interaction

DONE = "[DONE]"
LEVELS = ("minimal", "low", "medium", "high", "xhigh")
SUMMARIES = ("auto", "none")
CAPABILITIES = Capabilities(
    errands=frozenset({"get", "stream", "cancel"}),
    settings=frozenset(Options.__struct_fields__) - {"thinking_budget"},
    levels=LEVELS,
    summaries=SUMMARIES,
    versions=VERSIONS,
    media=(
        *(f"image/{kind}" for kind in ("png", "jpeg", "webp", "heic", "heif", "gif", "bmp", "tiff")),
        *("audio/", "video/", "application/pdf", *TEXTS),
    ),
)
_ERRANDS = {"get": ("GET", ""), "stream": ("GET", "?stream=true"), "cancel": ("POST", "/cancel")}


class Gemini:
    """The API over the client that the process shares. A request may name another access and version than
    those it was made with. `headers` go with every request, and never into the journal; `extra` goes over the
    fields of every body."""

    name = "gemini"
    profile = PROFILE
    can = CAPABILITIES
    start = State()

    def __init__(
        self,
        client: httpx.Client,
        access: Access,
        api_version: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.endpoint = f"{access.base_url}/{api_version}"
        self._client = client
        self._access = access
        self._version = api_version
        self._headers = headers or {}
        self._extra = extra or {}

    def frames(self, request: Request) -> Iterator[Frame]:
        headers = {"content-type": "application/json", "accept": "text/event-stream"}
        sent = {**body(request), **self._extra}
        return self._exchange(request, Call("POST", "", headers, sent, _remarks(request)))

    def errand(self, request: Request, errand: Errand, interaction: str, mark: str = "") -> Iterator[Frame]:
        method, ending = _ERRANDS[errand]
        after = f"&last_event_id={segment(mark)}" if mark else ""
        kind = "text/event-stream" if errand == "stream" else "application/json"
        path = f"/{segment(interaction)}{ending}{after}"
        return self._exchange(request, Call(method, path, {"accept": kind}, None, {"errand": errand}))

    def mark(self, frame: Frame) -> str:
        value = load_json(read_frame(frame.raw).data)
        return str(value.get("event_id") or "") if isinstance(value, Mapping) else ""

    def _exchange(self, request: Request, call: Call) -> Iterator[Frame]:
        """`call` with the path behind the collection for its URL, sent with the request's key."""
        access = request.access or self._access
        version = segment(request.options.api_version or self._version)
        url = f"{access.base_url}/{version}/interactions{call.url}"
        added = self._added(access)
        whole = msgspec.structs.replace(
            call, url=url, headers={**call.headers, **added}, secret=frozenset(added)
        )
        return exchange(self._client, whole, request.record, request.stop)

    def read(self, state: State, frame: Frame) -> tuple[State, tuple[Event, ...]]:
        return read(state, frame)

    def retrieve(self, interaction_id: str, access: Access | None = None) -> Document:
        return self._ask("GET", f"interactions/{segment(interaction_id)}?include_input=true", access)

    def forget(self, interaction_id: str, access: Access | None = None) -> Document:
        return self._ask("DELETE", f"interactions/{segment(interaction_id)}", access)

    def reach(self, access: Access | None = None) -> Document:
        return self._ask("GET", "models?pageSize=1", access)

    def models(self, access: Access | None = None) -> tuple[str, ...]:
        def fetch(mark: str) -> Document:
            behind = f"&pageToken={segment(mark)}" if mark else ""
            return self._ask("GET", f"models?pageSize={MOST}{behind}", access)

        return gathered(fetch)

    def _ask(self, method: str, path: str, access: Access | None) -> Document:
        access = access or self._access
        return ask(self._client, method, f"{access.base_url}/{self._version}/{path}", self._added(access))

    def _added(self, access: Access) -> dict[str, str]:
        own = meant_for(access, self._access, self._headers)
        return {**own, "x-goog-api-key": access.api_key} if access.api_key else own


def body(request: Request) -> dict[str, Any]:
    """The JSON of a request; what is unset is left out."""
    options, history = request.options, wire_steps(request.history, ACCEPTED)
    level, summaries, schema = options.thinking_level, options.thinking_summaries, options.response_schema
    config = {
        "temperature": options.temperature,
        "top_p": options.top_p,
        "max_output_tokens": options.max_output_tokens,
        "thinking_level": level if level in LEVELS else None,
        "thinking_summaries": summaries if summaries in SUMMARIES else None,
        "seed": options.seed,
        "stop_sequences": options.stop_sequences,
    }
    fields: dict[str, Any] = {
        "model": "" if options.agent else options.model,
        "agent": options.agent,
        "input": (*history, *wire_input(input_steps(request.input), ACCEPTED))
        if history
        else _input(request.input),
        "system_instruction": options.system_instruction,
        "previous_interaction_id": request.previous_interaction_id,
        "continuation_token": request.continuation_token,
        "generation_config": {} if options.agent else _set(config),
        "background": options.background,
        "tools": options.tools,
        "response_format": schema and {"type": "text", "mime_type": "application/json", "schema": schema},
    }
    return {
        **{name: value for name, value in fields.items() if value},
        "stream": True,
        "store": options.store,
    }


def _input(given: Input) -> Input:
    return given if isinstance(given, str) else wire_input(given, ACCEPTED)


def _remarks(request: Request) -> dict[str, object]:
    """How many steps belong to earlier turns; and the input, if files in it were sent as something else."""
    history, own = wire_steps(request.history, ACCEPTED), input_steps(request.input)
    return {
        **({"history": len(history)} if request.history else {}),
        **({"input": own} if wire_input(own, ACCEPTED) != own else {}),
    }


def _set(config: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in config.items() if value not in (None, "", ())}


def read(state: State, frame: Frame) -> tuple[State, tuple[Event, ...]]:
    """The events of one frame. Pure; never raises."""
    if frame.kind == "note":
        return read_note(_DIALECT, state, frame)
    if state.document:
        return kept(state, frame.raw), ()
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


def _asked(note: Wire) -> Requested:
    """What a turn begins with; the steps of earlier turns that went along in front of it are not its own."""
    sent = note["body"]
    steps = input_steps(note.get("input", sent.get("input", ())))
    steps = steps if "input" in note else steps[note.get("history", 0) :]
    return Requested(
        input=() if "continuation_token" in sent else steps,
        model=str(sent.get("model", "")),
        previous_interaction_id=sent.get("previous_interaction_id"),
        stored=bool(sent.get("store", True)),
    )


def _document(state: State) -> tuple[Body, ...]:
    """What a JSON body says where a stream was asked for: an error, or the finished interaction."""
    if state.errand or not state.document or not state.parts:
        return ()
    value = load_json(state.text)
    if isinstance(value, Mapping) and value.get("error") is None and ("status" in value or "steps" in value):
        return (InteractionCompleted(read_interaction(value)),)
    if isinstance(value, Mapping | list):
        return (refusal(state),)
    return (Unknown("", value),)


_DIALECT = Dialect(State(), _asked, _document, read_interaction)
