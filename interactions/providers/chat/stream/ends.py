"""The end of an answer: what a finish reason means, in the spellings that servers have for it, and what is
said only then."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from interactions.providers.chat.stream.delta import DETAILS, joined
from interactions.providers.chat.stream.progress import VENDOR, Chunks, Read, changed, closed, flushed, opened
from interactions.providers.chat.stream.sources import numbered, placed
from interactions.providers.shared.foreign import MISSING_CALL, NO_CALL, json_text
from interactions.turns.events import NativeDelta, StepDelta, StepStop
from interactions.turns.steps import Wire
from interactions.turns.values import word

_CALLING = frozenset({"tool_calls", "tool_call", "tool_use", "function_call", "function_calls"})
_PLAIN = frozenset({"stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "completed"})
_STATUSES = {
    **dict.fromkeys((*_CALLING, *_PLAIN), "completed"),
    **dict.fromkeys(("length", "max_tokens", "max_output_tokens", "model_length"), "incomplete"),
    **dict.fromkeys(("content_filter", "safety", "recitation", "prohibited_content"), "failed"),
    **dict.fromkeys(("blocklist", "spii", "refusal", "sensitive"), "failed"),
    "insufficient_system_resource": "failed",  # DeepSeek
    "error": "failed",  # OpenRouter; the choice may have the words to it
    "abort": "cancelled",  # vLLM
}
_NONE = ("null", "none", "None")  # as a word, with every chunk but the last
_FILTERED = "The server's content filter has ended the answer."
_ERRORS = {
    **dict.fromkeys((word for word, status in _STATUSES.items() if status == "failed"), _FILTERED),
    "refusal": "The model has refused to answer.",
    "insufficient_system_resource": "The server broke the answer off: it was short of resources.",
    "error": "The server broke the answer off, and does not say why.",
}
_UNKNOWN = "The server has ended the answer for a reason that is not known here: {}."


class Outcome(NamedTuple):
    """How an answer ended: its status, what went wrong, and what is odd about it."""

    status: str
    errors: tuple[Wire, ...] | None = None
    remark: str = ""


def reason_of(choice: Wire) -> str:
    """The finish reason of a choice in the server's own word, or "" if it has none. One that comes with an
    error is that error."""
    if choice.get("error"):
        return "error"
    told = word(choice, "finish_reason") or choice.get("finish_reason") or word(choice, "finishReason")
    said = told if isinstance(told, str) else json_text(told)
    return "" if said in _NONE else said


def failed(reason: str) -> bool:
    """Whether an answer with this reason is lost, whatever comes behind it."""
    return _STATUSES.get(_known(reason)) in {"failed", "cancelled"}


def _known(reason: str) -> str:
    return re.sub(r"[\s-]+", "_", reason.strip().lower()).removeprefix("finish_reason_")


def outcome(reason: str, error: object, *, calls: bool, waits: bool) -> Outcome:
    """What an end means with what came: calls wait, unless the server has answered them, whether they are
    named as the reason or not. A reason that nobody knows is no success."""
    known = _known(reason)
    status = _STATUSES.get(known, "incomplete")
    if known in _CALLING and not calls:
        return Outcome("incomplete", (MISSING_CALL,), NO_CALL)
    if status == "completed" and waits:
        return Outcome("requires_action")
    return Outcome(status, _errors(reason, known, error))


def _errors(reason: str, known: str, error: object) -> tuple[Wire, ...] | None:
    """What went wrong: the server's own `error`, if the choice brought one."""
    if error:
        return (error if isinstance(error, Mapping) else {"message": str(error)},)
    if known in _STATUSES and known not in _ERRORS:
        return None
    return ({"code": reason, "message": _ERRORS.get(known) or _UNKNOWN.format(reason)},)


def rest(state: Chunks) -> Read:
    """The answer at rest: every step is closed, what was cited stands at its text, and what goes back with
    the step that it belongs to."""
    at_rest = bool(state.finish) and not state.trailing
    ends = () if at_rest else stops(state)
    state, bodies = flushed(state)
    state, text = changed(state, open=""), said_text(state)
    cited = (*state.waiting, *numbered(state.sources, state.cited, text))
    if cited and not any(part.kind == "text" for part in state.parts):
        state, more = opened(state, "text")
        state, after = closed(state)
        bodies += (*more, *after)
    bodies += (*placed(cited, state.parts), *_natives(state))
    return changed(state, waiting=(), sources={}), (*bodies, *ends)


def stops(state: Chunks) -> tuple[StepStop, ...]:
    """The ends of all steps that may be open."""
    ends = [state.at] if state.open else []
    ends += [call.index for call in state.calls] + [index for _, index in state.others]
    ends += [result.index for result in state.results]
    ends += [state.sound.index] if state.sound else []
    return tuple(map(StepStop, ends))


def said_text(state: Chunks) -> str:
    """The text of the answer as its steps have it."""
    return "".join(str(part.text) for part in state.parts if part.kind == "text")


def _natives(state: Chunks) -> Iterator[StepDelta]:
    thoughts = {key: joined(list(state.kept[key])) for key in DETAILS if key in state.kept}
    others = {key: value for key, value in state.kept.items() if key not in thoughts}
    for kinds, item in (({"thought"}, thoughts), ({"text", "refusal"}, others)):
        own = [part.index for part in state.parts if part.kind in kinds]
        if item and state.next:
            yield StepDelta(own[-1] if own else state.next - 1, NativeDelta(VENDOR, item))
