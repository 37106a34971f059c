"""A message as it comes: its blocks, and which of them an event is for.

By the rules each block has an index, begins, grows and ends, one after the other. Servers leave out
beginnings, ends and indexes, use one index for several blocks and several for one, and put one kind of
content into a block of another. Whatever comes has its place in a block here, if need be in one that it
begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from interactions.providers.anthropic import deltas as wire
from interactions.providers.anthropic.blocks import CALLS, LATE, Block, closing, step_of, unread
from interactions.turns.deltas import arguments_in
from interactions.turns.events import (
    Body,
    Interaction,
    InteractionCreated,
    OtherDelta,
    Remark,
    StepDelta,
    StepStart,
    UnreadDelta,
)
from interactions.turns.steps import WAITS, Wire
from interactions.turns.values import inner, word

TOLD_TWICE = "A block began with the text of its first piece; it is shown once"
AFTER_ITS_END = "Content of a block arrived after the block's end"
ANOTHER_INDEX = "The index of a block changed while the block was open"


class Place(NamedTuple):
    """Where a block stands: its index as it was told, and the kind of content that it holds."""

    where: str
    holds: str


class Message(msgspec.Struct, frozen=True):
    """What the stream of a message has said so far that counts at its end. `blocks` are the newest of each
    place, in the order in which they began; `kinds` are those of all blocks, in order. `index` is that of the
    last beginning; `over` says that the end has come."""

    id: str = ""
    model: str = ""
    usage: Wire = msgspec.field(default_factory=dict)
    ended: Wire = msgspec.field(default_factory=dict)
    blocks: Mapping[Place, Block] = msgspec.field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    index: str = ""
    over: bool = False


Read: TypeAlias = tuple[Message, tuple[Body, ...]]


def begin(state: Message, raw: Wire) -> Read:
    """A block begins; or the beginning of one is told whose content has come already, or once more."""
    block = wire.typed(inner(raw, "content_block"))
    index = _index(raw) or str(len(state.kinds))
    place = Place(index, _holds(block))
    if block and _known(state, place, block):
        return _told_late(state, place, block)
    ended = _closed(state, index)
    state = msgspec.structs.replace(ended[0], index=index)
    if not block:
        return state, ended[1]
    step = step_of(block)
    kind = word(step, "type")
    made = Block(len(state.kinds), kind, block, shown=kind not in LATE)
    bodies = (*ended[1], *_handed_over(state.id, block), *_answered(state, block), *_begun(made, step))
    return _with(state, place, made), bodies


def grow(state: Message, raw: Wire) -> Read:
    """A delta goes to the block of its index that holds such content. Without one it begins a block."""
    delta, index = wire.delta_in(raw), _index(raw) or state.index
    place = _place_of(state, index, wire.FAMILIES.get(word(delta, "type"), ""))
    block = state.blocks.get(place)
    if block and _again(block, delta):
        return _with(state, place, msgspec.structs.replace(block, grown=True)), (Remark(TOLD_TWICE),)
    known = block or _unannounced(state, place, delta)
    added = wire.grown(known, delta)
    bodies = tuple(wire.said(known, added, delta))
    if not bodies:
        return state, ()  # an empty one, which says nothing
    if block is None:
        bodies = bodies if place.holds else (StepStart(added.index, added.raw), *bodies)
    elif not block.open:
        bodies = (Remark(AFTER_ITS_END), *bodies)
    elif place.where != index:
        bodies = (Remark(ANOTHER_INDEX), *bodies)
    if added is not block:
        state = _with(state, place, added)
    return _at_rest_again(state, place, bodies)


def _again(block: Block, delta: Wire) -> bool:
    """Whether the first piece of a block is what it has begun with. A single word may come twice."""
    said = (word(delta, key) for key in ("text", "thinking") if word(delta, key) == word(block.raw, key))
    return not block.grown and any(len(text.split()) > 1 for text in said)


def stop(state: Message, raw: Wire) -> Read:
    """A block ends. One that has said nothing may be told whole with its end."""
    index = _index(raw) or state.index or str(len(state.kinds))
    block = wire.typed(inner(raw, "content_block"))
    before: tuple[Body, ...] = ()
    if block and not any(place.where == index for place in state.blocks):
        state, before = begin(state, {"index": index, "content_block": block})
    elif block and (known := state.blocks.get(Place(index, _holds(block)))) and _empty(known):
        for delta in wire.deltas_in(block):
            state, bodies = grow(state, {"index": index, "delta": delta})
            before += bodies
    state, bodies = _closed(state, index)
    return state, (*before, *bodies)


def _empty(block: Block) -> bool:
    """Whether nothing is known of what a block holds."""
    return block.open and not block.grown and not [*wire.deltas_in(block.raw)]


def at_rest(state: Message) -> Read:
    """No block is open."""
    return _closed(state, *{place.where for place in state.blocks})


def unasked(state: Message, id: str = "") -> Iterator[Body]:
    """The calls, or that of the id, wait for nobody."""
    for block in state.blocks.values():
        if block.step == "function_call" and id in {"", _name(block.raw)}:
            yield StepDelta(block.index, OtherDelta(block.step, {WAITS: False}))


def _index(raw: Wire) -> str:
    """The index as a word, whatever it is counted in; "" if there is none."""
    value = raw.get("index")
    return str(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""


def _holds(block: Wire) -> str:
    kind = word(block, "type")
    return "input" if kind in CALLS else kind


def _known(state: Message, place: Place, block: Wire) -> bool:
    """Whether this is the beginning of the block that has the place already, told late or once more."""
    known = state.blocks.get(place)
    if known is None or not known.announced:
        return known is not None
    mine, its = _name(block), _name(known.raw)
    return mine == its if mine and its else place.holds == "input" and known.open and not its


def _name(block: Wire) -> str:
    return word(block, "id") or word(block, "tool_use_id")


def _told_late(state: Message, place: Place, block: Wire) -> Read:
    """With what a beginning says that comes late, or again."""
    old, step = state.blocks[place], step_of(block)
    said = {key: value for key, value in block.items() if value} if old.announced else block
    kind = old.step if old.announced else word(step, "type")
    new = msgspec.structs.replace(old, step=kind, raw={**old.raw, **said}, announced=True, open=True)
    bodies: tuple[Body, ...] = ()
    if not old.announced:
        bodies = tuple(_begun(new, step))
    elif place.holds == "input":
        named = {key: value for key, value in step.items() if value and key not in {"type", "arguments"}}
        bodies = (StepDelta(new.index, OtherDelta(kind, named)),) if named else ()
    state = msgspec.structs.replace(_with(state, place, new), index=place.where)
    return _at_rest_again(state, place, bodies)


def _at_rest_again(state: Message, place: Place, bodies: tuple[Body, ...]) -> Read:
    """What comes behind the end of the message leaves nothing open."""
    state, ends = _closed(state, place.where) if state.over else (state, ())
    return state, (*bodies, *ends)


def _begun(block: Block, step: Wire) -> Iterator[Body]:
    if block.shown:
        yield StepStart(block.index, step)
        if fields := unread(block.raw):
            yield StepDelta(block.index, UnreadDelta(fields))


def _handed_over(id: str, block: Wire) -> tuple[Body, ...]:
    """From a fallback on, the answer is that of the model it names."""
    model = word(inner(block, "to"), "model") if word(block, "type") == "fallback" else ""
    return (InteractionCreated(Interaction(id, model=model)),) if model else ()


def _answered(state: Message, block: Wire) -> Iterator[Body]:
    """A call that the server has answered waits for nobody."""
    if word(block, "type") == "tool_result":
        yield from unasked(state, _name(block))


def _place_of(state: Message, index: str, holds: str) -> Place:
    """The place that a delta is for. Some servers count the index of one block up: a delta of an index that
    nobody knows belongs to the newest block that it can go on with."""
    place = Place(index, holds)
    if place in state.blocks:
        return place
    there = [at for at in state.blocks if at.where == index]
    if there:
        return place if holds else there[-1]
    fitting = (at for at in reversed([*state.blocks]) if at.holds == holds and _goes_on(state.blocks[at]))
    return next(fitting, place)


def _goes_on(block: Block) -> bool:
    """Whether content that has no block can belong to this one. The input of a call that is whole is over."""
    said = str(block.fragments).rstrip() if block.open else ""
    whole = said.endswith("}") and not isinstance(arguments_in(said), str)
    return block.open and not whole


def _unannounced(state: Message, place: Place, delta: Wire) -> Block:
    """A block that its content begins. A delta of a kind not known here is a step of its own."""
    raw = {"type": wire.BEGUN.get(place.holds, word(delta, "type"))}
    kind = word(step_of(raw), "type")
    return Block(len(state.kinds), kind, raw, announced=False, shown=kind not in LATE)


def _closed(state: Message, *indexes: str) -> Read:
    """The state without open blocks of these indexes, and their ends."""
    bodies, blocks = list[Body](), dict(state.blocks)
    for place, block in state.blocks.items():
        if place.where in indexes and block.open:
            blocks[place] = msgspec.structs.replace(block, open=False, shown=True)
            bodies += closing(block)
    return (msgspec.structs.replace(state, blocks=blocks), tuple(bodies)) if bodies else (state, ())


def _with(state: Message, place: Place, block: Block) -> Message:
    kinds = list(state.kinds)
    kinds[block.index : block.index + 1] = [word(block.raw, "type")]
    known = state.blocks.get(place)
    blocks = _without(state.blocks, place) if known is None or known.index != block.index else state.blocks
    return msgspec.structs.replace(state, blocks={**blocks, place: block}, kinds=tuple(kinds))


def _without(blocks: Mapping[Place, Block], place: Place) -> Mapping[Place, Block]:
    return {at: block for at, block in blocks.items() if at != place}
