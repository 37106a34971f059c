"""A whole message beside what was streamed of it."""

from __future__ import annotations

import msgspec

from interactions.providers.chat.stream.answer import (
    annotated,
    calls,
    carry,
    drawn,
    each_of,
    heard,
    leave,
    thinking,
)
from interactions.providers.chat.stream.calls import pieces
from interactions.providers.chat.stream.delta import Kind, texts
from interactions.providers.chat.stream.progress import Chunks, Read, changed, flushed, said_of, say
from interactions.turns.events import Body, CorrectedDelta, Remark, StepDelta
from interactions.turns.rope import Rope
from interactions.turns.steps import Wire
from interactions.turns.values import word

_OTHERWISE = "The finished message is not what was streamed"


def compare(state: Chunks, message: Wire) -> Read:
    """The answer after a whole message, of which all or some may have been streamed: some servers send what
    there is so far with every delta, and others once more at the end."""
    readers = (
        _rest,
        *(() if state.drawn else (drawn,)),
        *(() if state.sound else (heard,)),
        _missing,
        *(() if state.kept else (thinking, carry)),
        annotated,
        leave,
    )
    return each_of(state, readers, message)


def _rest(state: Chunks, message: Wire) -> Read:
    """The texts of a whole message: what was not streamed of them, or what they say instead."""
    whole: dict[Kind, str] = {}
    for kind, text in texts(message):
        whole[kind] = whole.get(kind, "") + text
    bodies: tuple[Body, ...] = ()
    for kind, text in whole.items():
        said = said_of(state, kind)
        if text.startswith(said):
            state, more = say(state, kind, text.removeprefix(said))
        elif _old(state, said.strip(), text.strip()):
            more = ()
        else:
            state, more = _corrected(state, kind, text)
        bodies += more
    return state, bodies


def _old(state: Chunks, said: str, text: str) -> bool:
    """Whether a text is what was said, or the beginning of it; a piece of an answer may be that by chance."""
    return said == text if state.messages else said.startswith(text)


def _corrected(state: Chunks, kind: Kind, text: str) -> Read:
    """What contradicts the stream stands in its place, if it has one place. Where messages come in the place
    of deltas, it is what follows."""
    if state.messages:
        return say(state, kind, text)
    state, bodies = flushed(state)
    places = [at for at, part in enumerate(state.parts) if part.kind == kind]
    if len(places) != 1 or state.scan.on:
        return state, (*bodies, Remark(_OTHERWISE))
    at = places[0]
    part = msgspec.structs.replace(state.parts[at], text=Rope(text))
    state = changed(state, parts=(*state.parts[:at], part, *state.parts[at + 1 :]))
    return state, (*bodies, StepDelta(part.index, CorrectedDelta(text)))


def _missing(state: Chunks, message: Wire) -> Read:
    """The calls of a whole message that were not streamed, as far as their ids tell."""
    known = {call.told for call in state.calls}
    new = [piece for piece in pieces(message) if word(piece, "id") not in known | {""} or not state.calls]
    return calls(state, {"tool_calls": new})
