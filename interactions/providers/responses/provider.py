"""OpenAI's Responses API: requests out, frames in, and what can be asked of a response that exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from interactions.conversations.history import TEXTS
from interactions.conversations.request import Access, FollowUp, Request
from interactions.providers.protocol import Capabilities
from interactions.providers.responses.body import SETTINGS, body
from interactions.providers.responses.profile import PROFILE
from interactions.providers.responses.stream.events import document, read
from interactions.providers.responses.stream.pieces import untold
from interactions.providers.responses.stream.progress import Items
from interactions.providers.responses.whole import interaction
from interactions.providers.shared.bearer import Bearer
from interactions.providers.shared.fields import values
from interactions.providers.shared.foreign import PICTURES
from interactions.providers.shared.gateway import follow_up, segment
from interactions.stream.documents import Document
from interactions.stream.journal import Frame
from interactions.stream.sse import read_frame
from interactions.stream.transport import STREAMED, Call
from interactions.turns.events import Body, Interaction
from interactions.turns.steps import Wire
from interactions.turns.values import count
from interactions.turns.wire import load_json

CAPABILITIES = Capabilities(
    follow_ups=frozenset({"get", "stream", "cancel"}),
    settings=frozenset(SETTINGS),
    values=values(SETTINGS),
    media=(*PICTURES, "application/pdf", *TEXTS),
)


class OpenAIResponses:
    """The Responses API, called with the HTTP client that the process shares. `headers` go with every request
    (an organization, a project, what a gateway wants), and never into the journal; `extra` goes over the
    fields of every body. A server that keeps no answers is given fewer capabilities."""

    protocol = "openai_responses"
    profile = PROFILE
    start = Items()

    def __init__(
        self,
        client: httpx.Client,
        access: Access,
        headers: Mapping[str, str] | None = None,
        can: Capabilities = CAPABILITIES,
        *,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._api = Bearer(client, access, headers or {})
        self.can = can
        self._extra = extra or {}

    def frames(self, request: Request) -> Iterator[Frame]:
        sent = {**body(request), **self._extra}
        return self._api.exchange(request, Call("POST", "/responses", STREAMED, sent))

    def follow_up(
        self, request: Request, kind: FollowUp, interaction: str, mark: str = ""
    ) -> Iterator[Frame]:
        after = f"starting_after={segment(mark)}" if mark else ""
        return self._api.exchange(request, follow_up(kind, _path(interaction), after))

    def mark(self, frame: Frame) -> str:
        """Only a background run can be streamed from some place on; any other is refused then."""
        value = load_json(read_frame(frame.raw).data)
        number = count(value, "sequence_number") if isinstance(value, Mapping) else None
        return "" if number is None else str(number)

    def read(self, state: Items, frame: Frame) -> tuple[Items, tuple[Body, ...]]:
        return read(state, frame)

    def finish(self, state: Items) -> tuple[Body, ...]:
        return untold(state)

    def document(self, _state: Items, value: Wire) -> tuple[Body, ...]:
        return document(value)

    def interaction(self, value: Wire) -> Interaction:
        return interaction(value)

    def retrieve(self, interaction_id: str, access: Access | None = None) -> Document:
        return self._api.ask("GET", _path(interaction_id), access)

    def forget(self, interaction_id: str, access: Access | None = None) -> Document:
        return self._api.ask("DELETE", _path(interaction_id), access)

    def reach(self, access: Access | None = None) -> Document:
        return self._api.ask("GET", "/models", access)

    def models(self, access: Access | None = None) -> tuple[str, ...]:
        return self._api.models(access)


def _path(interaction: str) -> str:
    return f"/responses/{segment(interaction)}"
