"""Chunks of a chat completion, in the words of Interactions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from interactions.providers.chat.stream.answer import add, other, shown_raw
from interactions.providers.chat.stream.delta import telling, texts
from interactions.providers.chat.stream.ends import Outcome, failed, outcome, reason_of, rest, stops
from interactions.providers.chat.stream.message import compare
from interactions.providers.chat.stream.progress import Chunks, Read, changed
from interactions.providers.chat.stream.sources import LISTS, listed
from interactions.providers.chat.stream.tags import Scan
from interactions.providers.chat.stream.usual import short
from interactions.providers.shared.fields import set_only
from interactions.providers.shared.foreign import beside_fault, fault, read_events, usage
from interactions.stream.journal import Frame
from interactions.turns.events import (
    Body,
    Error,
    ErrorDetail,
    Interaction,
    InteractionCompleted,
    InteractionCreated,
    Progress,
    Remark,
    Told,
    Unknown,
    Usage,
)
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, inner, word
from interactions.turns.wire import error_in, load_json

CHUNK = frozenset(
    {
        *("id", "object", "created", "model", "choices", "usage", "error", "system_fingerprint"),
        *("obfuscation", "p", "prompt_progress", *LISTS),  # the letter is Mistral's for what only pads
    }
)
CHOICE = frozenset(
    {
        *("index", "role", "delta", "message", "text", "finish_reason", "finishReason"),
        *("logprobs", "error", "usage"),
    }
)
_COUNTED = re.compile(
    r"(prompt|completion|input|output)_tokens(_details)?|(total|reasoning|\w*cache\w*)_tokens"
)


def read(state: Chunks, frame: Frame) -> Read:
    """What one frame says. Pure; never raises."""
    return read_events(state, frame, _event)


def _event(state: Chunks, data: str, name: str) -> Read:
    return short(state, data) or long(state, data, name)


def long(state: Chunks, data: str, name: str) -> Read:
    """What an event of any form says. An error ends the answer, behind what its chunk has beside it."""
    if data.strip() == "[DONE]":
        return _over(state, marked=True)
    raw = error_in(load_json(data))
    told = _refusal(raw) or fault(raw, name, word(raw, "type") if isinstance(raw, Mapping) else "")
    known = raw if isinstance(raw, Mapping) and {"choices", "usage"} & set(raw) else None
    if known is None and told is None:
        return state, (Unknown(name, raw),)
    state, bodies = (state, ()) if known is None else _chunk(state, known)
    if told is None:
        return state, bodies
    state, more = rest(state)
    return changed(state, over=True), (*bodies, *more, *beside_fault(raw), Error(told))


def _refusal(raw: object) -> ErrorDetail | None:
    """An error that a few servers tell in a status of their own, in which zero is none."""
    told = inner(raw, "base_resp") if isinstance(raw, Mapping) else {}
    code = count(told, "status_code")
    return ErrorDetail(str(code), word(told, "status_msg") or None) if code else None


def _chunk(state: Chunks, raw: Wire) -> Read:
    state, bodies = _created(*_next(state, raw), raw)
    if found := listed(raw):
        state = changed(state, sources={**state.sources, **found})
    state, more = _counted(state, [raw, *(inner(raw, key) for key in raw if key.startswith("x_"))])
    bodies += more
    for choice in _choices(raw):
        state, more = _choice(state, choice)
        bodies += more
    state, told = _told(state, _left(raw))
    return state, (*bodies, *told, *_progress(raw))


def _choices(raw: Wire) -> list[Wire]:
    return [raw["choices"]] if inner(raw, "choices") else each(raw, "choices")


def _next(state: Chunks, raw: Wire) -> Read:
    """The answer that a chunk belongs to. One with another id behind the end is a second answer in the same
    body; ids say so only where they are not new with every chunk."""
    id = word(raw, "id")
    if not id or id == state.latest:
        return state, ()
    if not state.latest:
        return changed(state, latest=id, id=id if state.created else ""), ()
    deltas = [inner(choice, "delta") for choice in _choices(raw)]
    begins, speaks = any("role" in delta for delta in deltas), any(map(set_only, deltas))
    if ((state.over or state.marked) and speaks) or (state.finish and begins and not state.various):
        state, bodies = _over(state, marked=True)
        return Chunks(scan=Scan(on=state.scan.on), next=state.next, latest=id), bodies
    return changed(state, latest=id, various=True), ()


def _created(state: Chunks, before: tuple[Body, ...], raw: Wire) -> Read:
    """The id is no key: Ollama's begin anew at 999. Azure's first chunk has neither an id nor a choice."""
    model = state.model or word(raw, "model")
    if state.created:
        return (state if model == state.model else changed(state, model=model)), before
    if not (word(raw, "id") or _choices(raw)):
        return state, before
    state = changed(state, created=True, id=word(raw, "id"), model=model)
    named = Interaction(state.id, "in_progress", model or None)
    return state, (*before, InteractionCreated(named))


def _counted(state: Chunks, places: list[Wire]) -> Read:
    """Usage stands in the chunk, in a choice, or in a field of the server's own; the last one stands. One
    that comes behind the end is told at once."""
    found = [inner(place, "usage") for place in places if place.get("usage")]
    used = {key: value for place in found for key, value in place.items() if value is not None}
    if not used:
        return state, ()
    total, late = _usage(used), state.over and state.finish and not state.used
    whole = total and None not in (total.total_input_tokens, total.total_output_tokens)
    known = {} if whole else {key: value for key, value in state.used.items() if key != "total_tokens"}
    state = changed(state, used={**known, **used})
    if not late:
        return state, ()
    status = _outcome(state, state.finish).status
    return state, (InteractionCompleted(Interaction(state.id, status, usage=total)),)


def _usage(used: Wire) -> Usage | None:
    """A few servers have the names of OpenAI's other protocol."""
    return usage(used, "prompt", "completion") or usage(used, "input", "output")


def _choice(state: Chunks, choice: Wire) -> Read:
    """A server that was not asked for a stream, or does not know what one is, sends a whole `message`; the
    oldest have the text in the choice itself."""
    index = count(choice, "index")
    state = changed(state, choice=index if state.choice is None else state.choice)
    if index is not None and index != state.choice:
        return other(state, index, choice)
    delta, message = _with_text(inner(choice, "delta"), word(choice, "text")), inner(choice, "message")
    state, bodies = add(state, delta)
    if message:
        heard = state.parts or state.calls or state.sound
        state, more = compare(state, message) if heard else add(changed(state, messages=True), message)
        bodies += more
    state, more = _counted(state, [choice, delta, message])
    odd = {key: choice.get(key) for key in ("delta", "message") if not isinstance(choice.get(key), Mapping)}
    left = {key: value for key, value in choice.items() if key not in CHOICE}
    state, told = _told(state, {**left, **odd})
    odds = tuple(_odds(state, choice))
    state, ends = _finished(state, choice)
    return state, (*bodies, *more, *told, *odds, *ends)


def _with_text(delta: Wire, text: str) -> Wire:
    """The text of a choice is the content of a delta that has none, or else a copy of what it has."""
    if not text:
        return delta
    said = [piece for _, piece in texts(delta) if piece]
    return delta if text in said else {**delta, "text" if said else "content": text}


def _finished(state: Chunks, choice: Wire) -> Read:
    """A reason is where most answers end, but some servers send one with every chunk: what comes behind it
    goes on in its step. What has failed stays so."""
    reason = reason_of(choice)
    if not reason or state.wrong or state.over or failed(state.finish):
        return state, ()
    ended = changed(state, finish=reason, wrong=choice.get("error") or None, trailing=False)
    return ended, stops(state)


def _odds(state: Chunks, choice: Wire) -> Iterator[Body]:
    """How likely each token was: as one list on the step."""
    if not choice.get("logprobs"):
        return
    tokens = [token for key in ("content", "refusal") for token in each(inner(choice, "logprobs"), key)]
    yield shown_raw(state, {"logprobs": tokens or choice["logprobs"]})


def _told(state: Chunks, fields: Wire) -> Read:
    """Fields that nobody reads, if they are news."""
    if not fields:
        return state, ()
    news = {key: value for key, value in telling(fields).items() if state.told.get(key) != value}
    if not news:
        return state, ()
    return changed(state, told={**state.told, **news}), (Told(news),)


def _left(raw: Wire) -> Wire:
    left = {key: value for key, value in raw.items() if key not in CHUNK}
    if raw.get("choices") and not _choices(raw):
        left["choices"] = raw["choices"]
    if not left:
        return left
    own = {key: inner(raw, key) for key in left if key.startswith("x_") and inner(raw, key)}
    return {**left, **{key: _without(fields, "usage", "id") for key, fields in own.items()}}


def _without(fields: Wire, *keys: str) -> Wire:
    return {key: value for key, value in fields.items() if key not in keys}


def _progress(raw: Wire) -> Iterator[Body]:
    """llama.cpp says how much of the prompt it has read, before it answers."""
    if "prompt_progress" not in raw:
        return
    told = inner(raw, "prompt_progress")
    total, done = count(told, "total"), count(told, "processed")
    if total and done is not None:
        yield Progress("prompt_processing", min(1.0, done / total))


def _over(state: Chunks, *, marked: bool) -> Read:
    """The end, by its marker or by the connection's. Without a finish reason nobody knows what it means; nor
    if more came behind that, unless the marker says that this was all."""
    if state.over:
        return state, ()
    state, bodies = rest(changed(state, marked=state.marked or marked))
    heard = marked and state.sound is not None and state.sound.whole
    reason = state.finish or ("stop" if heard else "")
    if not reason or (state.trailing and not marked):
        return state, bodies
    status, errors, remark = _outcome(state, reason)
    ended = Interaction(state.id, status, state.model or None, usage=_usage(state.used), errors=errors)
    left = telling({key: value for key, value in state.used.items() if not _COUNTED.fullmatch(key)})
    bodies += (Told({"usage": left}),) if left else ()
    remarks = (Remark(remark),) if remark else ()
    return changed(state, finish=reason, over=True), (*bodies, *remarks, InteractionCompleted(ended))


def _outcome(state: Chunks, reason: str) -> Outcome:
    return outcome(reason, state.wrong, calls=bool(state.calls), waits=state.waits)


def finish(state: Chunks) -> tuple[Body, ...]:
    """What is still to be said when the connection ends."""
    return _over(state, marked=False)[1]


def document(state: Chunks, value: Wire) -> tuple[Body, ...]:
    """A whole answer where a stream was asked for is one chunk. LM Studio says 200 to a wrong path, too."""
    if value.get("error") or "choices" not in value:
        return ()
    state, bodies = _chunk(state, value)
    return (*bodies, *finish(state))
