"""The text of one output item as it comes: in parts that are streamed, and told again as a whole.

Text goes to the end of a step only. So a finished text either goes on where the streamed one ended, or takes
the place of all of it. Servers count parts as they like: what was said is compared, not the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from interactions.turns.rope import Rope


class Part(msgspec.Struct, frozen=True):
    """A part of a text. `lane` is the list of the item that it is in; `place` what the server counts in it,
    if it does. It is `drifting` when the server has counted on within it, and `sealed` when it was told as a
    whole. `echo` is what of it has come in no piece yet: pieces that bring it say nothing new."""

    lane: str
    place: int | None
    said: Rope
    pieces: int = 1
    drifting: bool = False
    sealed: bool = False
    echo: str = ""


class Said(NamedTuple):
    """What to add to the step, and the text after it; with `corrected`, the text takes the place of all."""

    streamed: Streamed
    piece: str = ""
    corrected: bool = False


class Streamed(msgspec.Struct, frozen=True):
    """What was said of an item. `announced` are the parts that were said to begin, `apart` that one without a
    number was; `mixed` that a part has grown behind which another stands already."""

    parts: tuple[Part, ...] = ()
    gap: str = ""
    announced: frozenset[tuple[str, int]] = frozenset()
    apart: bool = False
    mixed: bool = False

    @property
    def text(self) -> str:
        return self.gap.join(str(part.said) for part in self.parts)

    @property
    def lanes(self) -> str:
        """All of it, without gaps."""
        return "".join(str(part.said) for part in self.parts)

    @property
    def length(self) -> int:
        return sum(len(part.said) for part in self.parts)

    @property
    def sealed(self) -> bool:
        """Whether each part was told as a whole."""
        return all(part.sealed for part in self.parts)

    def under(self, lane: str) -> str:
        """What was said in a lane, without gaps."""
        return "".join(str(part.said) for part in self.parts if part.lane == lane)

    def at(self, lane: str, place: int | None) -> str:
        """What was said of a part."""
        return "".join(str(part.said) for part in self.parts if (part.lane, part.place) == (lane, place))

    def begins(self, lane: str, place: int | None) -> Streamed:
        """With a part announced."""
        if place is None:
            return msgspec.structs.replace(self, apart=True)
        return msgspec.structs.replace(self, announced=self.announced | {(lane, place)})

    def added(self, lane: str, place: int | None, text: str) -> Said:
        """With one more piece."""
        if (echoing := self._echo(lane, place, text)) is not None:
            return Said(echoing)
        known = None if self.apart else self._open(lane, place)
        last = self.parts[-1] if self.parts else None
        if known is not None:
            grown = msgspec.structs.replace(known, said=known.said + text, pieces=known.pieces + 1)
            return Said(self._with((known, grown), mixed=self.mixed or known is not last), text)
        if last is not None and self._drifts(last, lane, place):
            grown = msgspec.structs.replace(last, place=place, said=last.said + text, drifting=True)
            return Said(self._with((last, grown)), text)
        return self._new(Part(lane, place, Rope(text)))

    def _new(self, part: Part) -> Said:
        # Text under the name of a thought is the answer, which has no such gaps.
        piece = (self.gap if self.parts and part.lane != "text" else "") + str(part.said)
        return Said(msgspec.structs.replace(self, parts=(*self.parts, part), apart=False), piece)

    def _drifts(self, last: Part, lane: str, place: int | None) -> bool:
        """Whether the server counts pieces instead of parts. It is so as long as each number comes once."""
        counted = place is not None and last.place is not None and (lane, place) not in self.announced
        single = last.drifting or last.pieces == 1
        return counted and single and last.lane == lane and not last.sealed and not self.apart

    def _open(self, lane: str, place: int | None) -> Part | None:
        return next((part for part in self._opened(lane)[::-1] if part.place == place), None)

    def _opened(self, lane: str) -> list[Part]:
        return [part for part in self.parts if part.lane == lane and not part.sealed]

    def _echo(self, lane: str, place: int | None, text: str) -> Streamed | None:
        """With the piece taken off what was told as a whole, if it is a piece of that."""
        for part in reversed(self.parts):
            if part.echo and part.lane == lane and (part.place is None or part.place == place):
                # Where parts are not counted only their order tells.
                at = 0 if part.place is None else part.echo.find(text)
                if at < 0 or not part.echo.startswith(text, at):
                    return None
                rest = part.echo[:at] + part.echo[at + len(text) :]
                return self._with((part, msgspec.structs.replace(part, echo=rest)))
        return None

    def _with(self, *changed: tuple[Part, Part | None], **more: Any) -> Streamed:
        """With parts replaced by others, or by nothing."""
        by = {id(old): new for old, new in changed}
        kept = (by.get(id(part), part) for part in self.parts)
        parts = tuple([part for part in kept if part is not None])
        return msgspec.structs.replace(self, parts=parts, **more)

    def seeded(self, lane: str, place: int | None, text: str) -> Said:
        """With a text that an item or a part begins with; pieces may bring it again."""
        if not text or self._opened(lane):
            return Said(self)
        return self._new(Part(lane, place, Rope(text), echo=text))

    def finished(self, lane: str, place: int | None, whole: str) -> Said:
        """With a part told as a whole."""
        if not whole or self._known(lane, place, whole) or self._elsewhere(lane, whole):
            return Said(self)
        opened, part = self._opened(lane), self._open(lane, place) if place is not None else None
        if part and str(part.said) == whole:
            return Said(self._with((part, msgspec.structs.replace(part, sealed=True))))
        said = "".join(str(each.said) for each in opened)
        if opened and whole.startswith(said):
            return self._replaced(opened, place, whole)
        if part and whole.startswith(str(part.said)):
            return self._replaced([part], place, whole)
        loose = [each for each in opened if each.drifting or each.place is None or place is None]
        if loose and not (part and not part.drifting) and (split := self._split(opened, place, whole, said)):
            return Said(split)
        if part and not part.drifting:
            return self._replaced([part], place, whole)
        if loose:
            return self._replaced(opened, place, whole)
        earlier = [each for each in self.parts if (each.lane, each.place) == (lane, place)]
        if place is not None and earlier:
            return self._replaced(earlier[-1:], place, whole)
        return self._new(Part(lane, place, Rope(whole), sealed=True, echo=whole))

    def _known(self, lane: str, place: int | None, whole: str) -> bool:
        """Whether this part was told so before."""
        opened = self._opened(lane)
        return any(
            part.sealed and part.lane == lane and str(part.said) == whole
            for part in self.parts
            if (part.place == place if place is not None else not opened)
        ) and not (place is not None and self._open(lane, place))

    def _elsewhere(self, lane: str, whole: str) -> bool:
        """Whether all of it was said in another lane, as some servers do with thoughts."""
        lanes = {part.lane for part in self.parts} - {lane}
        return not self.under(lane) and any(self.under(other) == whole for other in lanes)

    def _split(self, opened: list[Part], place: int | None, whole: str, said: str) -> Streamed | None:
        """With a part cut off parts that the server has not counted apart, at their beginning or end."""
        if not said.startswith(whole) and not said.endswith(whole):
            return None
        first = said.startswith(whole)
        rest = said[len(whole) :] if first else said[: -len(whole)]
        told = Part(opened[0].lane, place, Rope(whole), sealed=True)
        left = msgspec.structs.replace(opened[-1], said=Rope(rest))
        at = next(n for n, part in enumerate(self.parts) if part is opened[0])
        others = tuple([part for part in self.parts if all(part is not each for each in opened)])
        pair = (told, left) if first else (left, told)
        # The two are one text in the step: a gap between them would be ours only.
        return msgspec.structs.replace(self, parts=(*others[:at], *pair, *others[at:]))

    def _replaced(self, parts: list[Part], place: int | None, whole: str) -> Said:
        """With these parts told as one whole, at the end of the step or in the place of what was said."""
        said = "".join(str(part.said) for part in parts)
        tail = whole[len(said) :] if whole.startswith(said) else whole
        told = Part(parts[0].lane, place, Rope(whole), parts[0].pieces, sealed=True, echo=tail)
        after = self._with((parts[0], told), *((part, None) for part in parts[1:]))
        # Between parts that turn out to be one stands a gap already.
        apart = bool(self.gap) and len(parts) > 1
        if whole.startswith(said) and not apart and (not tail or parts[-1] is self.parts[-1]):
            return Said(after, tail)
        return Said(msgspec.structs.replace(after, mixed=False), after.text, corrected=True)

    def settled(self, wholes: Mapping[str, list[str]]) -> Said:
        """With all texts of the finished item, by their lanes."""
        after, piece = self, ""
        for lane, texts in wholes.items():
            mine = [str(part.said) for part in after.parts if part.lane == lane]
            whole, said = after.gap.join(filter(None, texts)), after.gap.join(mine)
            if not whole or (whole == said and not after.mixed) or after._elsewhere(lane, "".join(texts)):
                continue
            last = after.parts[-1].lane if after.parts else lane
            if after.mixed or not whole.startswith(said) or (said and last != lane):
                return self._corrected(wholes)
            for text in _rest(texts, sum(map(len, mine))):
                begins = text in texts
                after, more, _ = after._new(Part(lane, None, Rope(text))) if begins else after._on(text)
                piece += more
        return Said(after, piece)

    def _on(self, text: str) -> Said:
        last = self.parts[-1]
        return Said(self._with((last, msgspec.structs.replace(last, said=last.said + text))), text)

    def _corrected(self, wholes: Mapping[str, list[str]]) -> Said:
        lanes = dict.fromkeys([*(part.lane for part in self.parts), *wholes])
        parts: list[Part] = []
        for lane in lanes:
            told = [Part(lane, None, Rope(text)) for text in wholes.get(lane, ()) if text]
            parts += told or [part for part in self.parts if part.lane == lane]
        after = msgspec.structs.replace(self, parts=tuple(parts), mixed=False)
        return Said(after, after.text, corrected=True)


def _rest(texts: Iterable[str], said: int) -> Iterable[str]:
    """What is left of the texts behind so many characters."""
    for text in texts:
        if said < len(text):
            yield text[said:]
        said = max(0, said - len(text))
