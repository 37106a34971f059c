"""A response as a whole: how it has ended, and its items as steps."""

from __future__ import annotations

from collections.abc import Iterator

from interactions.providers.responses import unread
from interactions.providers.responses.clients import Tools, client_run
from interactions.providers.responses.items import STEPS, VENDOR, results, speaks, typed
from interactions.providers.shared.foreign import detail, usage
from interactions.turns.events import Interaction, Usage
from interactions.turns.steps import CALLS, UNREAD, WAITS, Wire
from interactions.turns.values import each, inner, word

# Ends of a response that its status says whatever the event is called.
_UNFINISHED = frozenset({"incomplete", "failed", "cancelled"})
_GOES_ON = frozenset({"", "completed", "in_progress", "queued"})


def interaction(response: Wire) -> Interaction:
    """A response object. One that was completed but waits for the results of calls says so here."""
    output = [typed(item) for item in each(response, "output")]
    waits = client_run([(item, speaks(item)) for item in output], Tools().and_those(each(response, "tools")))
    steps = [
        wire for item, flag in zip(output, waits, strict=True) for wire in (step(item, flag), *results(item))
    ]
    return ended(response, "", waits=any(waits), steps=tuple(steps) or None)


def ended(
    response: Wire,
    name: str,
    *,
    waits: bool,
    steps: tuple[Wire, ...] | None = None,
    beside: Wire | None = None,
) -> Interaction:
    """How a response has ended, whose calls wait or not. What is `beside` it may have its usage."""
    status = outcome(response, name)
    if status == "completed" and word(response, "status") == "requires_action" and not waits:
        status = "incomplete"
    return Interaction(
        id=word(response, "id"),
        status="requires_action" if status == "completed" and waits else status,
        model=word(response, "model") or None,
        usage=used(response, beside or {}),
        steps=steps,
        errors=_errors(response, waits=waits) or None,
    )


def used(*places: Wire) -> Usage | None:
    """What a response has used, wherever in it or beside it that is told."""
    return next(filter(None, map(_used, _counts(*places))), None)


def _counts(*places: Wire) -> Iterator[Wire]:
    """Where usage may stand: in the response or beside it, and there in a field of a vendor's own."""
    for place in places:
        yield inner(place, "usage")
        for key in place:
            if key.startswith("x_"):
                yield inner(inner(place, key), "usage")


def _used(counted: Wire) -> Usage | None:
    """As this API calls it, or as the older one does."""
    return usage(counted, "input", "output") or usage(counted, "prompt", "completion")


def outcome(response: Wire, name: str) -> str:
    """How a response ended: as it says itself, or else by the `name` of its event. vLLM ends every stream
    with `response.completed`; what failed may have nothing but an error in it. A word that nobody knows is no
    success."""
    status = word(response, "status")
    said = name or status
    if status in _UNFINISHED:
        return status
    if status not in _GOES_ON:
        known = status == "requires_action" and name in {"", "completed"}
        return "completed" if known else name if name in _UNFINISHED else "incomplete"
    if response.get("error") is not None and (name or said == "completed"):
        return "failed"
    return "incomplete" if said == "completed" and _reason(response) else said


def _reason(response: Wire) -> str:
    return word(inner(response, "incomplete_details"), "reason") or word(
        inner(response, "status_details"), "reason"
    )


def _errors(response: Wire, *, waits: bool) -> tuple[Wire, ...]:
    status, reason = word(response, "status"), _reason(response)
    error = response.get("error") or inner(response, "status_details").get("error")
    if error is not None:
        told = detail(error)
        return ({"code": told.code, "message": told.message},)
    if reason and reason != "max_output_tokens":  # that one is what "incomplete" says by itself
        return ({"code": reason, "message": f"The server ended the answer early: {reason}."},)
    if status == "requires_action" and waits:
        return ()
    if status not in _GOES_ON | _UNFINISHED:
        return (
            {
                "code": status,
                "message": f"The server ended the answer with a status that is not known here: {status}.",
            },
        )
    return ()


def step(item: Wire, waits: bool) -> Wire:
    """The step for a whole item; a kind without a counterpart stays as it came. The item itself goes along,
    to be sent back."""
    make = STEPS.get(word(item, "type"))
    made = make(item) if make else item
    told = {WAITS: waits} if made.get("type") in CALLS else {}
    fields = unread.of_item(item) if make else {}
    return {**made, **told, **({UNREAD: fields} if fields else {}), "native": {VENDOR: item}}
