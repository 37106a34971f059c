"""How far a response has come: the items that have begun, and what was streamed of each, part by part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from interactions.turns.rope import Rope
from interactions.turns.steps import Wire
from interactions.turns.values import count

GAP = "\n\n"  # between the parts of a thought, which are one text here

Part: TypeAlias = tuple[str, int | None]  # a list of the item, and the place in it, if the server counts


class Streamed(msgspec.Struct, frozen=True):
    """What was streamed of an item, in the order in which its parts began. `apart` is that a part has been
    announced since. Text goes to the end of a step only: a part that another follows stays as it is."""

    parts: Mapping[Part, Rope] = {}
    apart: bool = False

    def added(self, part: Part, text: str, gap: str = "") -> tuple[Streamed, str]:
        """A copy with one more piece, and the piece itself, behind a gap if it begins a part."""
        known = self.parts.get(part)
        piece = gap + text if self.parts and (known is None or self.apart) else text
        return Streamed({**self.parts, part: Rope(text) if known is None else known + piece}), piece

    def missing(self, part: Part, whole: str) -> str:
        """The end of a part that was not streamed. Where parts are not counted, only the whole item can
        tell."""
        if part in self.parts:
            return _tail(whole, str(self.parts[part])) if self._last == part else ""
        places = [place for name, place in self.parts if name == part[0]]
        uncounted = places and None in (*places, part[1])
        return "" if uncounted or self._elsewhere(part[0], whole) else whole

    def rest(self, name: str, texts: list[str], gap: str = "") -> str:
        """The end of a list of parts that was not streamed."""
        whole, said = gap.join(filter(None, texts)), self._under(name, gap)
        if not said:
            return "" if self._elsewhere(name, whole, gap) else whole
        return _tail(whole, said) if self._last[0] == name else ""

    def _elsewhere(self, name: str, whole: str, gap: str = "") -> bool:
        """Whether it was streamed under another name, as some servers do with thoughts."""
        return any(other != name and self._under(other, gap) == whole for other, _ in self.parts)

    @property
    def _last(self) -> Part:
        return next(reversed([*self.parts]))

    def _under(self, name: str, gap: str) -> str:
        return gap.join(str(text) for (each, _), text in self.parts.items() if each == name)


def _tail(whole: str, said: str) -> str:
    return whole[len(said) :] if whole.startswith(said) else ""


class Item(msgspec.Struct, frozen=True):
    """An output item that has begun: the index of its step, and what names it in the stream."""

    index: int
    place: int | None
    id: str
    kind: str = ""
    waits: bool = False
    streamed: Streamed = Streamed()
    done: bool = False


class Items(msgspec.Struct, frozen=True):
    """The items so far. `next` is the index of the next step: a call that brings its result makes two."""

    items: tuple[Item, ...] = ()
    next: int = 0

    def begun(self, raw: Wire, id: str, **more: Any) -> tuple[Items, Item]:
        item = Item(self.next, count(raw, "output_index"), id, **more)
        return msgspec.structs.replace(self, items=(*self.items, item), next=self.next + 1), item

    def find(self, raw: Wire, id: str) -> Item | None:
        """Of the item that an event is about, the newest record. OpenAI counts them; other servers name them
        at best, and not always by the same name: then it is the last that was begun."""
        place = count(raw, "output_index")
        newest = self.items[::-1]
        placed = (item for item in newest if place is not None and item.place == place)
        named = (item for item in newest if id and item.id == id)
        last = (item for item in newest if not item.done and (place is None or item.place is None))
        return next(placed, None) or next(named, None) or next(last, None)

    def changed(self, item: Item, **changes: Any) -> Items:
        changed = msgspec.structs.replace(item, **changes)
        items = tuple([changed if one is item else one for one in self.items])
        return msgspec.structs.replace(self, items=items)
