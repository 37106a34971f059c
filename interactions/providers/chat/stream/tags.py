"""Thoughts that a model marks by tags in its text, as servers leave them there that do not know the model."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import msgspec

# What models begin their thoughts with, and end them.
PAIRS = {
    "<think>": "</think>",
    "<thinking>": "</thinking>",
    "<thought>": "</thought>",
    "<reasoning>": "</reasoning>",
    "[THINK]": "[/THINK]",
    "<seed:think>": "</seed:think>",
    "<longcat_think>": "</longcat_think>",
    "◁think▷": "◁/think▷",
    "<|begin_of_thought|>": "<|end_of_thought|>",
    "<|START_THINKING|>": "<|END_THINKING|>",
    "<|channel>thought": "<channel|>",
    # The first word of its end ends any message; with that of the answer behind it, it ends a thought.
    "<|channel|>analysis<|message|>": "<|end|><|start|>assistant<|channel|>final<|message|>",
}
_TAGS = (*PAIRS, *PAIRS.values())
_BOTH = {closer: (opener, closer) for opener, closer in PAIRS.items()}
_BEGINNINGS = frozenset(tag[:1] for tag in _TAGS)
_LONGEST = max(map(len, _TAGS))
_ANY = re.compile("|".join(map(re.escape, _TAGS)))
_OWN = {closer: re.compile("|".join(map(re.escape, tags))) for closer, tags in _BOTH.items()}
_FENCE, _OTHER_FENCE = "```", re.compile(r"^[ \t]*~~~", re.MULTILINE)

# What a piece is; "turned" is no piece: it says that the text before it was a thought.
Kind: TypeAlias = Literal["thought", "text", "turned"]
Piece: TypeAlias = tuple[Kind, str]


class Scan(msgspec.Struct, frozen=True):
    """How far a text has been looked through. `on` is whether tags are looked for at all; `closer` is what
    ends the thought that is open; `held` is the end of the text, if it may be the beginning of a tag;
    `opened` is that a tag has begun a thought, and `inner` how many have begun within one and not ended."""

    on: bool = False
    closer: str = ""
    held: str = ""
    opened: bool = False
    inner: int = 0

    @property
    def mode(self) -> Kind:
        return "thought" if self.closer else "text"


def split(scan: Scan, text: str, before: object) -> tuple[Scan, list[Piece]]:
    """The pieces of a text, without their tags. `before` becomes the text of the answer right
    before it, if somebody wants to know.

    A tag that is quoted as code in the answer is text. One that ends a thought which none has begun says that
    all of the text before it was one: the templates of some models begin the thought themselves. So does one
    behind a thought in which another had begun: whether they are nested, or the first was said twice, only
    the second end tells.
    """
    rest = scan.held + text
    pieces: list[Piece] = []
    shown: str | None = None
    while found := _tag(scan, rest):
        shown = str(before) if shown is None else shown
        piece, tag, rest = rest[: found.start()], found.group(), rest[found.end() :]
        if scan.closer and tag != scan.closer:
            pieces.append(("thought", piece + tag))
            scan = msgspec.structs.replace(scan, inner=scan.inner + 1)
            continue
        if scan.closer:
            pieces.append(("thought", piece))
            scan, shown = msgspec.structs.replace(scan, closer=""), ""
            continue
        shown += piece
        closes = tag not in PAIRS
        if _quoted(shown) or (closes and scan.opened and not scan.inner and shown.strip()):
            pieces.append(("text", piece + tag))
            shown += tag
            continue
        pieces.append(("text", piece))
        if closes:
            scan = msgspec.structs.replace(scan, inner=max(0, scan.inner - 1))
            pieces += [("turned", "")] if shown.strip() else []
        else:
            scan = msgspec.structs.replace(scan, closer=PAIRS[tag], opened=True)
        shown = ""
    held = _beginning(scan, rest)
    pieces.append((scan.mode, rest.removesuffix(held)))
    return msgspec.structs.replace(scan, held=held), pieces


def _tag(scan: Scan, text: str) -> re.Match[str] | None:
    """The next tag that means something here: in a thought that which ends it, or begins another in it."""
    return _OWN[scan.closer].search(text) if scan.closer else _ANY.search(text)


def _quoted(shown: str) -> bool:
    """Whether what comes behind this text is code: in a fence, or behind a backtick of the same line that has
    no second."""
    line = shown.rpartition("\n")[2]
    fenced = shown.count(_FENCE) % 2 == 1 or len(_OTHER_FENCE.findall(shown)) % 2 == 1
    return fenced or line.count("`") % 2 == 1


def _beginning(scan: Scan, text: str) -> str:
    """The end of the text that may be the beginning of a tag."""
    tags = _BOTH[scan.closer] if scan.closer else _TAGS
    for at in range(max(0, len(text) - _LONGEST), len(text)):
        if text[at] in _BEGINNINGS and any(tag.startswith(text[at:]) for tag in tags):
            return text[at:]
    return ""
