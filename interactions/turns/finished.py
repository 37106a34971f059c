"""A finished interaction beside what was streamed of it: what the stream had not, or had otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias, assert_never

from interactions.turns.deltas import add, closed
from interactions.turns.events import CorrectedDelta, OtherDelta
from interactions.turns.steps import (
    Media,
    ModelOutput,
    OtherStep,
    Step,
    Thought,
    ToolCall,
    ToolResult,
    UserInput,
    Wire,
    content_of,
    plain,
    step_from_wire,
)
from interactions.turns.values import encoded

Steps: TypeAlias = tuple[Step, ...]


class Finished(NamedTuple):
    """The steps after all, and whether one of them says something else than was streamed."""

    steps: Steps
    corrected: bool = False


def received(steps: Steps, hop: int, raws: Sequence[Wire], frame: int) -> Steps:
    """With the steps of a finished interaction behind them, as a stream would have left those."""
    after = max((step.index + 1 for step in steps if step.hop == hop and not step.sent), default=0)
    made = (
        closed(step_from_wire(raw, hop=hop, index=index, frame=frame), frame)
        for index, raw in enumerate(raws, start=after)
        if raw.get("type") != "user_input"
    )
    return (*steps, *made)


def reconciled(steps: Steps, hop: int, raws: Sequence[Wire], frame: int) -> Finished:
    """The steps with all that a finished interaction has and its stream had not. What it says otherwise takes
    the place of what was streamed."""
    told = received(steps, hop, raws, frame)[len(steps) :]
    steps = _named(steps, [step for step in steps if step.hop == hop and not step.sent], told, frame)
    streamed = [step for step in steps if step.hop == hop and not step.sent]
    if not streamed:
        return Finished((*steps, *told))
    news = [*_texts(streamed, told, ModelOutput), *_texts(streamed, told, Thought), *_tools(streamed, told)]
    rewritten = {id(old): closed(add(old, CorrectedDelta(text), frame), frame) for old, text in _pairs(news)}
    lacking = sorted((one for one in news if not isinstance(one, tuple)), key=lambda step: step.index)
    corrected = any(not text.startswith(_said(old)) for old, text in _pairs(news))
    return Finished((*(rewritten.get(id(step), step) for step in steps), *lacking), corrected)


_News: TypeAlias = Step | tuple[Step, str]  # a step that is not there, or one that is, with what it says


def _pairs(news: Sequence[_News]) -> list[tuple[Step, str]]:
    return [one for one in news if isinstance(one, tuple)]


def _texts(streamed: Sequence[Step], told: Sequence[Step], kind: type[Step]) -> Iterator[_News]:
    """Texts are compared with all that was said in steps of their kind: servers cut them otherwise."""
    old = [step for step in streamed if isinstance(step, kind)]
    new = [step for step in told if isinstance(step, kind)]
    said, media = "".join(map(_said, old)), [part for step in old for part in _media(step)]
    for place, step in enumerate(new):
        text, shown = _said(step), all(part in media for part in _media(step))
        # Servers part the pieces of a thought by an empty line, and do not always keep their order.
        pieces = text.split("\n\n") if kind is Thought else [text]
        if shown and all(piece in said for piece in pieces):
            continue
        paired = shown and len(old) == len(new)
        yield (old[place], text) if paired else step


def _tools(streamed: Sequence[Step], told: Sequence[Step]) -> Iterator[_News]:
    """Calls and results are known by their ids; what has none is known by its kind."""
    known = {_key(step): step for step in streamed}
    for step in told:
        match step, known.get(_key(step)):
            case ((ModelOutput() | Thought() | UserInput()), _):
                pass
            case _, None:
                yield step
            case ToolCall() as call, ToolCall() as before if _given(call) and _given(call) != _given(before):
                yield before, encoded(_given(call)).decode()
            case _:
                pass


def _named(steps: Steps, streamed: Sequence[Step], told: Sequence[Step], frame: int) -> Steps:
    """With the ids and names of calls whose beginning never came, as far as their order and their arguments
    tell which they are."""
    calls = [step for step in streamed if isinstance(step, ToolCall)]
    known, nameless = {_key(call) for call in calls}, [call for call in calls if not call.data.get("id")]
    found: dict[int, Step] = {}
    for call in told:
        if not isinstance(call, ToolCall) or not call.data.get("id") or _key(call) in known:
            continue
        if before := next((one for one in nameless if _alike(one, call)), None):
            nameless.remove(before)
            more = {key: call.data[key] for key in ("id", "name") if call.data.get(key)}
            found[id(before)] = add(before, OtherDelta(before.type, more), frame)
    return tuple(found.get(id(step), step) for step in steps)


def _alike(before: ToolCall, call: ToolCall) -> bool:
    named = before.data.get("name") in (None, "", call.data.get("name"))
    return before.type == call.type and named and _given(before) in ({}, _given(call))


def _given(call: ToolCall) -> Mapping[str, object]:
    """The arguments, as far as they are whole."""
    whole = closed(call, call.last)
    return whole.arguments if isinstance(whole, ToolCall) and isinstance(whole.arguments, Mapping) else {}


def _key(step: Step) -> tuple[str, str]:
    match step:
        case ToolCall():
            return step.type, str(step.data.get("id") or step.name)
        case ToolResult():
            return step.type, str(step.data.get("call_id") or step.name)
        case OtherStep():
            return step.type, str(step.data.get("id") or "")
        case UserInput() | ModelOutput() | Thought():
            return "", ""
        case _:
            assert_never(step)


def _said(step: Step) -> str:
    return str(step.fragments) if isinstance(step, ToolCall) else plain(content_of(step))


def _media(step: Step) -> list[Wire]:
    return [part.raw for part in content_of(step) if isinstance(part, Media)]
