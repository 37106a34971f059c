"""How far a response has come: the items that have begun, and which of them an event is about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from interactions.providers.responses.clients import Tools, call_id
from interactions.providers.responses.items import TEXTS, texts
from interactions.providers.responses.stream.parts import Streamed
from interactions.turns.steps import Wire
from interactions.turns.values import count, word


class Item(msgspec.Struct, frozen=True):
    """An output item that has begun: the index of its step, and what names it in the stream.

    It is `announced` if its step has begun, `added` once the server has said that it begins, `named` once an
    event has called it by its id, and `again` if it was added once more behind its end. `head` is the newest
    that the server has said of it as an item. What does not fit its kind is `aside`; `unread` has the fields
    that were told as such, `cited` the annotations, and `told` is how long the text was when the step was
    last told all of it."""

    index: int
    place: int | None
    id: str
    kind: str
    head: Wire = {}
    waits: bool = False
    streamed: Streamed = Streamed()
    aside: Streamed = Streamed()
    announced: bool = False
    added: bool = False
    named: bool = False
    done: bool = False
    again: bool = False
    unread: frozenset[str] = frozenset()
    cited: tuple[Wire, ...] = ()
    told: int = 0


class Items(msgspec.Struct, frozen=True):
    """The items so far. `next` is the index of the next step: a call that brings its result makes two. `id`
    is that of the response, `over` whether its end has come, `tools` what it may call, and `said` are the
    fields that it has told of itself."""

    items: tuple[Item, ...] = ()
    next: int = 0
    id: str = ""
    over: bool = False
    tools: Tools = Tools()
    said: frozenset[str] = frozenset()

    def begun(self, raw: Wire, id: str, kind: str, **more: Any) -> tuple[Items, Item]:
        item = Item(self.next, count(raw, "output_index"), id, kind, **more)
        return msgspec.structs.replace(self, items=(*self.items, item), next=self.next + 1), item

    def changed(self, item: Item, **changes: Any) -> tuple[Items, Item]:
        changed = msgspec.structs.replace(item, **changes)
        return self.replaced(item, changed), changed

    def replaced(self, item: Item, by: Item) -> Items:
        return msgspec.structs.replace(self, items=tuple([by if one is item else one for one in self.items]))

    def at(self, index: int) -> Item:
        """The item of a step."""
        return next(item for item in self.items if item.index == index)

    def streaming(self, raw: Wire, id: str, kind: str) -> Item | None:
        """The item that a piece belongs to, of the kind that has such pieces; servers that neither count nor
        name items stream one after the other."""
        place, newest = count(raw, "output_index"), self.items[::-1]
        fitting = [item for item in newest if item.kind == kind]
        if id:
            named = [item for item in (*fitting, *newest) if id in {item.id, word(item.head, "call_id")}]
            if named:
                return named[0]
        if place is not None:
            for item in (*fitting, *(() if id else newest)):
                if item.place == place and not (id and (item.named or item.done)):
                    return item
        open = [item for item in fitting if not item.done]
        if id and place is not None:
            # Some servers announce an item under another name and number than it is streamed under.
            free = [item for item in open if not item.named and not item.streamed.parts]
            return free[0] if free and kind in TEXTS else None
        loose = [item for item in open if place is None or item.place is None] or _nameless(open, raw)
        return loose[0] if loose else None

    def announcing(self, raw: Wire, wire: Wire) -> Item | None:
        """The item that was begun already by what an event says to begin: by its content, or twice."""
        id, kind, place = word(wire, "id"), word(wire, "type"), count(raw, "output_index")
        for item in reversed(self.items):
            if id and item.id == id and (item.kind == kind or not (item.announced or item.done)):
                elsewhere = item.done and None not in (item.place, place) and item.place != place
                return None if elsewhere else item
        call = word(wire, "call_id")
        for item in reversed(self.items):
            if call and item.kind == kind and word(item.head, "call_id") == call and not item.done:
                return item
            nameless = not (item.announced or item.done) and not (id and item.id) and item.kind == kind
            if nameless and (place is None or item.place is None or place == item.place):
                return item
        return None

    def finishing(self, raw: Wire, wire: Wire) -> Item | None:
        """The item that is finished by what an event says."""
        id, kind, place = word(wire, "id"), word(wire, "type"), count(raw, "output_index")
        newest = self.items[::-1]
        for item in newest:
            if id and item.id == id and (item.kind == kind or not (item.announced or item.done)):
                return item
        call = word(wire, "call_id")
        for item in newest:
            if call and item.kind == kind and word(item.head, "call_id") == call:
                return item
        open = [item for item in newest if item.kind == kind and not item.done and not _another(item, wire)]
        placed = [item for item in open if place is not None and item.place == place]
        placed = [item for item in placed if not (id and item.id and item.named)]
        if placed:
            return placed[0]
        if not id and (moved := _nameless(open, wire)):
            return moved[0]
        loose = [item for item in open if place is None or item.place is None]
        if loose and not (id and loose[0].id and loose[0].named):
            return loose[0]
        free = [item for item in open if not item.named and not item.streamed.parts and item.announced]
        return free[0] if free and kind in TEXTS and not loose and id else None

    def matching(self, output: Sequence[Wire]) -> list[Item | None]:
        """The items that those of a finished response are, as far as they have begun."""
        found: list[Item | None] = [None] * len(output)
        free = list(self.items)

        def match(at: int, item: Item) -> None:
            found[at] = item
            free[:] = [one for one in free if one is not item]

        for at, wire in enumerate(output):
            same = [item for item in free if item.id and (item.id, item.kind) == _name(wire)]
            if same:
                match(at, same[0])
        for at, wire in enumerate(output):
            call = word(wire, "call_id")
            called = [one for one in free if call and _call(one) == (word(wire, "type"), call)]
            if found[at] is None and called:
                match(at, called[0])
        for at, wire in enumerate(output):
            twins = [item for item in free if item.done and call_id(wire) and _twins(item.head, wire)]
            if found[at] is None and twins:
                match(at, twins[0])
        by_id = any(found)
        for at, wire in enumerate(output):
            kind = word(wire, "type")
            alike = [item for item in free if item.kind == kind and not _another(item, wire)]
            same = [item for item in alike if _same(item, wire)]
            rest = [
                one for one, item in zip(output, found, strict=True) if item is None and _alike(one, wire)
            ]
            nameless = [item for item in alike if not (item.id and word(wire, "id"))]
            # As many of a kind as there were: the same, under other names.
            drafts = [item for item in alike if not item.done]
            pairs = nameless or (drafts if not by_id or len(alike) == len(rest) else [])
            if found[at] is None and (same or pairs):
                match(at, (same or pairs)[0])
        return found


def _nameless(items: Sequence[Item], whole: Wire) -> list[Item]:
    """The items without a name that have said what is told as a whole here, wherever it is counted now."""
    said = [] if "delta" in whole else [value for value in whole.values() if value]
    return [item for item in items if not item.id and item.streamed.lanes in said]


def _twins(one: Wire, other: Wire) -> bool:
    """Whether two items are the same call but for its names: some servers give new ones at the end."""
    return all(one.get(key) == other.get(key) for key in {*one, *other} - _NAMES)


_NAMES = frozenset({"id", "call_id", "status"})


def _another(item: Item, wire: Wire) -> bool:
    """Whether these are two calls, by what answers name."""
    known, told = word(item.head, "call_id"), word(wire, "call_id")
    return bool(known and told) and known != told


def _alike(one: Wire, other: Wire) -> bool:
    return word(one, "type") == word(other, "type")


def _name(wire: Wire) -> tuple[str, str]:
    return word(wire, "id"), word(wire, "type")


def _call(item: Item) -> tuple[str, str]:
    return item.kind, word(item.head, "call_id")


def _same(item: Item, wire: Wire) -> bool:
    """Whether an item was told as this very one, but for its name, or has said the same, or some of it."""
    said = item.streamed.lanes
    whole = "".join(text for lane in texts(wire).values() for text in lane) if item.kind in TEXTS else ""
    alike = bool(said and whole) and (whole.startswith(said) or whole in said)
    return alike or _unnamed(item.head) == _unnamed(wire)


def _unnamed(wire: Wire) -> Wire:
    return {key: value for key, value in wire.items() if key != "id"}
