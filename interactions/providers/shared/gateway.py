"""A call on its way to an address: the parts of the address, the headers that were set for it (an
organization, a beta, what a gateway wants beside the key), and what its note says beside the body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote

import httpx
import msgspec

from interactions.conversations.request import Access, FollowUp, Request, input_steps
from interactions.stream.journal import Frame
from interactions.stream.transport import Call, exchange

_FOLLOW_UPS: Mapping[FollowUp, tuple[str, str]] = {
    "get": ("GET", ""),
    "stream": ("GET", "?stream=true"),
    "cancel": ("POST", "/cancel"),
}


def send(client: httpx.Client, request: Request, call: Call) -> Iterator[Frame]:
    """The frames of a call whose body is in another protocol than ours: its note says in our words what the
    turn asks for. Never raises."""
    if not call.follow_up:
        call = msgspec.structs.replace(call, asked=_asked(request, call.body))
    return exchange(client, call, request.record, request.stop)


def _asked(request: Request, body: object) -> Mapping[str, object]:
    """Model, storing and the answer before as they were sent: not every server knows them, and an endpoint's
    `extra_body` may have changed them. A model that is not in the body is in the address. An answer that goes
    on where it was paused begins with nothing."""
    sent = body if isinstance(body, Mapping) else {}
    previous = request.previous_interaction_id if request.previous_interaction_id in sent.values() else None
    return {
        "input": input_steps(request.input) if request.begun is None else (),
        "model": sent.get("model", request.options.model),
        **({"previous_interaction_id": previous} if previous else {}),
        "stored": sent.get("store", request.options.store),
    }


def meant_for(access: Access, own: Access, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, by their names in lower case, if `access` leads to the address that they were set for; no
    other address gets them."""
    return {name.lower(): value for name, value in headers.items()} if access.base_url == own.base_url else {}


def follow_up(kind: FollowUp, path: str, after: str = "") -> Call:
    """A further request about the stored answer at `path`. `after` is a parameter that says where its stream
    goes on."""
    method, ending = _FOLLOW_UPS[kind]
    accept = "text/event-stream" if kind == "stream" else "application/json"
    url = f"{path}{ending}{f'&{after}' if after else ''}"
    return Call(method, url, {"accept": accept}, follow_up=kind)


def segment(value: str) -> str:
    """One segment of a path, or the value of one parameter, whatever it says: no part of it leads anywhere
    else. Clients and servers take `..` for a step up, unless its dots are escaped."""
    encoded = quote(value, safe="", errors="replace")
    return encoded if encoded.strip(".") else encoded.replace(".", "%2E")
