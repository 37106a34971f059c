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
}
_ANY = re.compile("|".join(map(re.escape, (*PAIRS, *PAIRS.values()))))
_FENCE = "```"

# What a piece is; "turned" is no piece: it says that the text before it was a thought.
Kind: TypeAlias = Literal["thought", "text", "turned"]
Piece: TypeAlias = tuple[Kind, str]


class Scan(msgspec.Struct, frozen=True):
    """How far a text has been looked through. `on` is whether tags are looked for at all; `closer` is what
    ends the thought that is open; `held` is the end of the text, if it may be the beginning of a tag;
    `opened` is that a tag has begun a thought."""

    on: bool = False
    closer: str = ""
    held: str = ""
    opened: bool = False

    @property
    def mode(self) -> Kind:
        return "thought" if self.closer else "text"


def split(scan: Scan, text: str, before: object) -> tuple[Scan, list[Piece]]:
    """The pieces of a text, without their tags. `before` becomes the text of the answer right
    before it, if somebody wants to know.

    A tag that is quoted as code in the answer is text. One that ends a thought which none has begun says that
    all of the text before it was one: the templates of some models begin the thought themselves.
    """
    rest = scan.held + text
    pieces: list[Piece] = []
    shown: str | None = None
    while found := _tag(scan, rest):
        shown = str(before) if shown is None else shown
        piece, tag, rest = rest[: found.start()], found.group(), rest[found.end() :]
        if scan.closer:
            pieces.append(("thought", piece))
            scan, shown = msgspec.structs.replace(scan, closer=""), ""
            continue
        shown += piece
        if _quoted(shown) or (tag not in PAIRS and scan.opened and shown.strip()):
            pieces.append(("text", piece + tag))
            shown += tag
            continue
        pieces.append(("text", piece))
        if tag in PAIRS:
            scan = msgspec.structs.replace(scan, closer=PAIRS[tag], opened=True)
        elif shown.strip():
            pieces.append(("turned", ""))
        shown = ""
    held = _beginning(scan, rest)
    pieces.append((scan.mode, rest.removesuffix(held)))
    return msgspec.structs.replace(scan, held=held), pieces


def _tag(scan: Scan, text: str) -> re.Match[str] | None:
    """The next tag that means something here: in a thought only that which ends it."""
    return re.search(re.escape(scan.closer), text) if scan.closer else _ANY.search(text)


def _quoted(shown: str) -> bool:
    """Whether what comes behind this text is code: in a fence, or right behind a backtick."""
    return shown.count(_FENCE) % 2 == 1 or shown.endswith("`")


def _beginning(scan: Scan, text: str) -> str:
    """The end of the text that may be the beginning of a tag."""
    tags = (scan.closer,) if scan.closer else (*PAIRS, *PAIRS.values())
    ends = (tag[:size] for tag in tags for size in range(1, len(tag)) if text.endswith(tag[:size]))
    return max(ends, key=len, default="")
