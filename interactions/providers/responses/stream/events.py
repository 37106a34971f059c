"""Events of the Responses API, in the words of Interactions: the response as a whole, and its items. What
comes of an item in pieces is in `pieces`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from interactions.providers.responses import unread
from interactions.providers.responses.stream.lifetimes import added, done, told_again
from interactions.providers.responses.stream.parted import PARTS
from interactions.providers.responses.stream.pieces import PIECES, untold
from interactions.providers.responses.stream.progress import Items
from interactions.providers.responses.stream.reaching import Read, judged
from interactions.providers.responses.whole import ended, interaction, used
from interactions.providers.shared.foreign import fault, read_events
from interactions.stream.journal import Frame
from interactions.turns.events import (
    Body,
    Error,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    Progress,
    Remark,
    StatusUpdate,
    Told,
    Unknown,
)
from interactions.turns.steps import Wire
from interactions.turns.values import each, inner, word
from interactions.turns.wire import load_json

SILENT = "The server says that the answer is complete, and has sent none"
UNSAID = "The server has not said how the answer ended"

# What a tool of the server does: the kind of its item, and a word for it.
_LIFE = re.compile(r"response\.(\w+?)(?:_call)?\.(in_progress|\w+ing|completed|failed|incomplete)")
_AT_REST = frozenset({"completed", "failed", "incomplete"})


def read(state: Items, frame: Frame) -> Read:
    """The bodies of one frame, and the state after it. Pure; never raises."""
    return read_events(state, frame, _event)


def _event(state: Items, data: str, name: str) -> Read:
    """An error is one whatever its type; the stream goes on, and `response.failed` may follow. Of an event
    that is known by its type the name counts for nothing; an error beside it is told first."""
    if data == "[DONE]":
        return state, ()
    raw = load_json(data)
    if not isinstance(raw, Mapping):
        told = fault(raw, name)
        return state, (Unknown(name, raw) if told is None else Error(told),)
    kind = word(raw, "type") or name
    handler, doing = HANDLERS.get(kind), _doing(kind, raw)
    told = fault(raw) if handler or doing else fault(raw, kind, name)
    errors = () if told is None else (Error(told),)
    if handler is None:
        return state, (*errors, doing) if doing else errors or (Unknown(kind, raw),)
    state, bodies = handler(state, raw)
    return state, (*errors, *bodies)


def _doing(kind: str, raw: Wire) -> Progress | None:
    """What a tool does, if an event says no more than that."""
    life = _LIFE.fullmatch(kind)
    if life is None or kind in HANDLERS or raw.get("delta") or raw.get("text"):
        return None
    tool, doing = life.groups()
    return Progress("" if doing in _AT_REST else f"{tool} {doing}")


def _created(state: Items, raw: Wire) -> Read:
    response = inner(raw, "response")
    status = word(response, "status") or "in_progress"
    named = Interaction(word(response, "id"), status, word(response, "model") or None)
    return _begun(state, response), (InteractionCreated(named), *_told(response))


def _begun(state: Items, response: Wire) -> Items:
    """Of another response nothing has come yet; its steps are counted on."""
    another = word(response, "id") not in {"", state.id} and state.id
    return _noted(Items(next=state.next) if another else state, response)


def _noted(state: Items, response: Wire) -> Items:
    """With the id of the response, the tools that it says it has, and which fields it has told."""
    tools = state.tools.and_those(each(response, "tools"))
    said = state.said | unread.of_response(response).keys()
    return msgspec.structs.replace(state, id=state.id or word(response, "id"), tools=tools, said=said)


def _told(response: Wire, said: frozenset[str] = frozenset()) -> tuple[Body, ...]:
    fields = unread.of_response(response, said)
    return (Told(fields),) if fields else ()


def _goes_on(status: str) -> Callable[[Items, Wire], Read]:
    def goes_on(state: Items, raw: Wire) -> Read:
        response = inner(raw, "response")
        id = word(response, "id")
        if state.over and id not in {"", state.id}:
            return _created(state, raw)
        return _noted(state, response), (StatusUpdate(status, id, usage=used(response, raw)),)

    return goes_on


def _over(name: str) -> Callable[[Items, Wire], Read]:
    def over(state: Items, raw: Wire) -> Read:
        response = inner(raw, "response") or raw
        opening: tuple[Body, ...] = ()
        # Behind an end a response of another id is a second one, which has not said that it begins.
        if state.over and word(response, "id") not in {"", state.id}:
            opening = (InteractionCreated(Interaction(word(response, "id"), "in_progress")),)
            state = _begun(state, response)
        state = _noted(state, response)
        state, bodies = told_again(state, response)
        state, flags = judged(state)
        flags += untold(state)
        waits = any(item.waits for item in state.items)
        found = ended(response, name or _named(response), waits=waits, beside=raw)
        state = msgspec.structs.replace(state, over=True)
        remarks = _remarks(state, response, found, name)
        return state, (
            *opening,
            *bodies,
            *flags,
            *_told(response, state.said),
            *remarks,
            InteractionCompleted(found),
        )

    return over


def _named(response: Wire) -> str:
    """How a response ended whose event does not say it."""
    good = word(response, "status") in {"completed", "requires_action"}
    return "completed" if good else "incomplete"


def _remarks(state: Items, response: Wire, found: Interaction, name: str) -> tuple[Body, ...]:
    """What is odd about an end."""
    if found.status == "completed" and not state.items and not response.get("output"):
        return (Remark(SILENT),)
    if not name and not word(response, "status"):
        return (Remark(UNSAID),)
    return ()


def document(value: Wire) -> tuple[Body, ...]:
    """The bodies of a finished response, sent where a stream was asked for; one that has failed brings its
    error along."""
    status = word(value, "status")
    over = status == "failed" or (status and value.get("error") is None)
    return (*_told(value), InteractionCompleted(interaction(value))) if over else ()


HANDLERS: Mapping[str, Callable[[Items, Wire], Read]] = {
    "response.created": _created,
    "response.queued": _goes_on("queued"),
    "response.in_progress": _goes_on("in_progress"),
    "response.completed": _over("completed"),
    "response.incomplete": _over("incomplete"),
    "response.failed": _over("failed"),
    "response.cancelled": _over("cancelled"),
    "response.done": _over(""),
    "response.output_item.added": added,
    "response.output_item.done": done,
    **PIECES,
    **PARTS,
}
