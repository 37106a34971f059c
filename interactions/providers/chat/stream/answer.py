"""One delta of an answer, or its whole message, as what becomes of its steps."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from interactions.providers.chat.stream.calls import Call, arguments_in, kind_of, pieces, strange, taken_up
from interactions.providers.chat.stream.calls import unread as unread_piece
from interactions.providers.chat.stream.delta import (
    carried,
    details,
    marked,
    merged,
    pictures,
    sound,
    telling,
    texts,
    unread,
)
from interactions.providers.chat.stream.progress import (
    VENDOR,
    Chunks,
    Read,
    Result,
    Sound,
    apart,
    changed,
    closed,
    opened,
    pictured,
    say,
)
from interactions.providers.chat.stream.sources import cited_in, end_of, listed, placed
from interactions.providers.chat.stream.tags import PAIRS
from interactions.turns.events import (
    AnnotationsDelta,
    ArgumentsDelta,
    Body,
    Delta,
    NativeDelta,
    OtherDelta,
    Remark,
    StepDelta,
    Told,
    UnreadDelta,
)
from interactions.turns.steps import WAITS, Wire
from interactions.turns.values import inner, word

_PLAIN = frozenset({"role", "content"})
_NAMELESS = "A piece of a call came before the name of the call"


def add(state: Chunks, delta: Wire) -> Read:
    """The answer with a delta in it. What was said before it goes on, whatever ended it."""
    said = telling(delta)
    if said.get("role") == "tool" and word(said, "tool_call_id"):
        return _answered(state, said)
    usual = _PLAIN.issuperset(said) and isinstance(said.get("content", ""), str)
    if usual and not (state.waiting or state.closer):
        state, bodies = say(state, "text", word(said, "content"))
    else:
        state, bodies = each_of(state, _READERS, said)
    if state.finish and any(isinstance(body, StepDelta) and _speaks(body.delta) for body in bodies):
        state = changed(state, trailing=True)
    return state, bodies


def _speaks(delta: Delta) -> bool:
    return not isinstance(delta, UnreadDelta | NativeDelta | AnnotationsDelta)


def each_of(state: Chunks, readers: tuple[Callable[[Chunks, Wire], Read], ...], said: Wire) -> Read:
    """What all of these readers find, one behind the other."""
    bodies: tuple[Body, ...] = ()
    for reader in readers:
        state, more = reader(state, said)
        bodies += more
    return state, bodies


def _texts(state: Chunks, delta: Wire) -> Read:
    bodies: tuple[Body, ...] = ()
    tagged = marked(delta)
    for kind, text in texts(delta):
        if kind == "text" and state.closer and state.closer in text:
            thought, _, text = text.partition(state.closer)
            state, more = say(changed(state, closer=""), "thought", thought)
            bodies += more
        elif tagged or state.closer:
            state, text = _untagged(state, text, still=tagged)
        state, more = say(state, kind, text)
        bodies += more
    return state, bodies


def _untagged(state: Chunks, text: str, *, still: bool) -> tuple[Chunks, str]:
    """A thought that is marked as one may have tags as well, the last of them before the answer."""
    begun = next((tag for tag in PAIRS if text.startswith(tag)), "")
    if begun and not state.closer:
        return changed(state, closer=PAIRS[begun]), text.removeprefix(begun)
    if state.closer and (text.startswith(state.closer) or text.endswith(state.closer)):
        return changed(state, closer=""), text.removeprefix(state.closer).removesuffix(state.closer)
    return state if still or not text else changed(state, closer=""), text


def drawn(state: Chunks, delta: Wire) -> Read:
    bodies: tuple[Body, ...] = ()
    for picture in pictures(delta):
        state, more = pictured(state, picture)
        bodies += more
    return state, bodies


def heard(state: Chunks, delta: Wire) -> Read:
    """What is heard is a step beside the text of it, so that its pieces are one sound."""
    piece = sound(delta, state.sound.mime if state.sound else "")
    bodies: tuple[Body, ...] = ()
    if piece and state.sound is None:
        state, index, start = apart(state, {"type": "model_output"})
        state, bodies = changed(state, sound=Sound(index, piece["mime_type"])), (start,)
    if state.sound and inner(delta, "audio").get("expires_at"):
        state = changed(state, sound=msgspec.structs.replace(state.sound, whole=True))
    if piece and state.sound:
        bodies += (StepDelta(state.sound.index, OtherDelta("audio", piece)),)
    return state, bodies


def calls(state: Chunks, delta: Wire) -> Read:
    bodies: tuple[Body, ...] = ()
    for place, piece in enumerate(pieces(delta)):
        state, more = _call(state, piece, place)
        bodies += more
    return state, bodies


def _call(state: Chunks, piece: Wire, position: int) -> Read:
    blank = Call(index=state.next, answer=state.id, kind=kind_of(piece))
    before = {call.index: call.kept for call in state.calls}
    calls, call, news = taken_up(state.calls, piece, position, blank)
    bodies: tuple[Body, ...] = ()
    if news == "begun":
        state, bodies = closed(state)
        step = {"type": call.kind, "id": call.id, "name": call.name, WAITS: True}
        state, _, start = apart(state, step)
        bodies += (start, *(() if call.name else (Remark(_NAMELESS),)))
    elif news == "named":
        bodies = (StepDelta(call.index, OtherDelta(call.kind, {"id": call.id, "name": call.name})),)
    if arguments := arguments_in(piece):
        bodies += (StepDelta(call.index, ArgumentsDelta(arguments)),)
    if call.kept != before.get(call.index, {}):
        bodies += (StepDelta(call.index, NativeDelta(VENDOR, call.kept)),)
    if left := unread_piece(piece):
        bodies += (StepDelta(call.index, UnreadDelta(left)),)
    return changed(state, calls=calls), bodies


def _answered(state: Chunks, said: Wire) -> Read:
    """The result of a call that the server has run itself, in a message of its own: nobody here has to
    answer it."""
    id, text = word(said, "tool_call_id"), "".join(text for kind, text in texts(said) if kind == "text")
    call = next((call for call in state.calls if id in {call.told, call.id}), None)
    known = next((found for found in state.results if found.call == id), None)
    bodies: tuple[Body, ...] = ()
    if known is None:
        state, bodies = closed(state)
        name = {"name": call.name} if call else {}
        step = {"type": "function_result", "call_id": call.id if call else id, **name, "result": ""}
        state, index, start = apart(state, step)
        known = Result(id, index)
        waits = (StepDelta(call.index, OtherDelta(call.kind, {WAITS: False})),) if call else ()
        bodies += (*waits, start)
    more = msgspec.structs.replace(known, text=known.text + text)
    others = tuple(found for found in state.results if found.call != id)
    bodies += (StepDelta(more.index, OtherDelta("function_result", {"result": more.text})),)
    if left := {key: value for key, value in unread(said).items() if key not in {"tool_call_id", "name"}}:
        bodies += (StepDelta(more.index, UnreadDelta(left)),)
    return changed(state, results=(*others, more)), bodies


def thinking(state: Chunks, delta: Wire) -> Read:
    """What goes back stands at the thought that it belongs to, also where nobody can read that."""
    found = details(delta)
    if not found:
        return state, ()
    known = any(part.kind == "thought" for part in state.parts)
    state, bodies = (state, ()) if known else opened(state, "thought")
    kept = {key: [*state.kept.get(key, ()), *more] for key, more in found.items()}
    return changed(state, kept={**state.kept, **kept}), bodies


def carry(state: Chunks, delta: Wire) -> Read:
    found = carried(delta)
    return (changed(state, kept=merged(state.kept, found)) if found else state), ()


def annotated(state: Chunks, delta: Wire) -> Read:
    """They stand at the text once it is there."""
    new = tuple(one for one in cited_in(delta) if one not in state.cited)
    lists, waiting = {**state.sources, **listed(delta)}, (*state.waiting, *new)
    state = changed(state, cited=(*state.cited, *new), sources=lists, waiting=waiting)
    if not waiting:
        return state, ()
    said = [part for part in state.parts if part.kind == "text"]
    length = sum(len(part.text) for part in said)
    ready = [one for one in waiting if said and end_of(one) <= length]
    left = tuple(one for one in waiting if one not in ready)
    return changed(state, waiting=left), tuple(placed(ready, state.parts))


def leave(state: Chunks, delta: Wire) -> Read:
    """What nobody reads is shown on the step that was spoken of last, or else on the answer."""
    left = {**unread(delta), **strange(delta)}
    return state, (shown_raw(state, left),) if left else ()


def shown_raw(state: Chunks, fields: Wire) -> Body:
    return StepDelta(state.next - 1, UnreadDelta(fields)) if state.next else Told(fields)


_READERS = (_texts, drawn, heard, calls, thinking, carry, annotated, leave)


def other(state: Chunks, index: int, choice: Wire) -> Read:
    """A further choice: another answer to the same question, kept apart from the one that is read."""
    said = inner(choice, "delta") or inner(choice, "message")
    fields = {key: value for key, value in said.items() if key != "role" and value}
    fields |= {"finish_reason": choice["finish_reason"]} if choice.get("finish_reason") else {}
    known = dict(state.others)
    bodies: tuple[Body, ...] = ()
    if index not in known and fields:
        step = {"type": "choice", "choice": index, "native": {VENDOR: {}}}
        state, known[index], start = apart(state, step)
        remark = Remark("The server has sent several answers to choose from; the first is read")
        state, bodies = changed(state, others=tuple(known.items())), (start, remark)
    if fields:
        bodies += (StepDelta(known[index], UnreadDelta(fields)),)
    return state, bodies
