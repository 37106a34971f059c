"""Gemini's Interactions API: the native protocol."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import msgspec

from interactions.conversations.history import TEXTS
from interactions.conversations.request import Access, FollowUp, Request
from interactions.providers.gemini.body import SETTINGS, body, changed_input, history_steps
from interactions.providers.gemini.listening import Heard, calls, heard, judged, settled
from interactions.providers.gemini.profile import PROFILE
from interactions.providers.gemini.unread import unread
from interactions.providers.protocol import Capabilities
from interactions.providers.shared.fields import values
from interactions.providers.shared.gateway import follow_up, meant_for, segment
from interactions.providers.shared.listing import MOST, gathered
from interactions.stream.documents import Document, ask
from interactions.stream.journal import Frame
from interactions.stream.sse import read_frame
from interactions.stream.transport import Call, exchange
from interactions.turns.events import (
    Body,
    Interaction,
    InteractionCompleted,
    KnownStepDelta,
    SummaryDelta,
    TextDelta,
)
from interactions.turns.steps import Wire
from interactions.turns.wire import error_in, load_json, parse, read_interaction

DONE = "[DONE]"
CAPABILITIES = Capabilities(
    follow_ups=frozenset({"get", "stream", "cancel"}),
    settings=frozenset(SETTINGS),
    values=values(SETTINGS),
    media=(
        *(f"image/{kind}" for kind in ("png", "jpeg", "webp", "heic", "heif", "gif", "bmp", "tiff")),
        *("audio/", "video/", "application/pdf", *TEXTS),
    ),
)


class Gemini:
    """The Interactions API, called with the HTTP client that the process shares. A request may name another
    access and version than those it was made with. `headers` go with every request, and never into the
    journal; `extra` goes over the fields of every body."""

    protocol = "gemini"
    profile = PROFILE
    can = CAPABILITIES
    start = Heard()

    def __init__(
        self,
        client: httpx.Client,
        access: Access,
        api_version: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._client = client
        self._access = access
        self._version = api_version
        self._headers = headers or {}
        self._extra = extra or {}

    def frames(self, request: Request) -> Iterator[Frame]:
        headers = {"content-type": "application/json", "accept": "text/event-stream"}
        sent = {**body(request), **self._extra}
        call = Call("POST", "", headers, sent, history=history_steps(request), input=changed_input(request))
        return self._exchange(request, call)

    def follow_up(
        self, request: Request, kind: FollowUp, interaction: str, mark: str = ""
    ) -> Iterator[Frame]:
        after = f"last_event_id={segment(mark)}" if mark else ""
        return self._exchange(request, follow_up(kind, f"/{segment(interaction)}", after))

    def mark(self, frame: Frame) -> str:
        value = load_json(read_frame(frame.raw).data)
        return str(value.get("event_id") or "") if isinstance(value, Mapping) else ""

    def _exchange(self, request: Request, call: Call) -> Iterator[Frame]:
        """`call` with the path behind the collection for its URL, sent with the request's key."""
        access = request.access or self._access
        # Presets and imported files can name any version, so it is escaped like an id.
        version = segment(request.options.api_version or self._version)
        url = f"{access.base_url}/{version}/interactions{call.url}"
        added = self._added(access)
        whole = msgspec.structs.replace(
            call, url=url, headers={**call.headers, **added}, secret=frozenset(added)
        )
        return exchange(self._client, whole, request.record, request.stop)

    def read(self, state: Heard, frame: Frame) -> tuple[Heard, tuple[Body, ...]]:
        return read(state, frame)

    def document(self, state: Heard, value: Wire) -> tuple[Body, ...]:
        if value.get("error") is None and ("status" in value or "steps" in value or "outputs" in value):
            body = InteractionCompleted(read_interaction(value))
            return (*judged(state, body), *unread({"interaction": value}, body))
        return ()

    def interaction(self, value: Wire) -> Interaction:
        found = read_interaction(value)
        waits = found.status == "requires_action"
        return settled(found, bool(calls(found.steps)) if found.steps else waits)

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


def read(state: Heard, frame: Frame) -> tuple[Heard, tuple[Body, ...]]:
    """What is heard after one frame, and its bodies. Pure; never raises."""
    reading = read_frame(frame.raw)
    bare: tuple[Body, ...] = ()
    for text in _lines(reading.bare) if reading.bare else ():
        state, said = _event(state, text, "")
        bare += said
    if not reading.data or reading.data == DONE:
        return state, bare
    state, said = _event(state, reading.data, reading.event)
    return state, bare + said


def _event(state: Heard, text: str, name: str) -> tuple[Heard, tuple[Body, ...]]:
    body = parse(text, name, state.newest)
    if isinstance(body, KnownStepDelta) and not isinstance(body.delta, SummaryDelta):
        # Nearly always, and then all of it was read: only what a summary holds was not looked at.
        usual = body.index == state.newest and isinstance(body.delta, TextDelta)
        return state if usual else heard(state, body), (body,)
    return heard(state, body), (*judged(state, body), *_beside(text, body))


def _beside(text: str, body: Body) -> Iterator[Body]:
    raw = error_in(load_json(text))
    return unread(raw, body) if isinstance(raw, Mapping) else iter(())


def _lines(text: str) -> list[str]:
    """JSON that came without `data:`: one value, or one on each line."""
    return [text] if not isinstance(load_json(text), str) else text.split("\n")
