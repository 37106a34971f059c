"""Text that grows at its end, as a value.

A turn is folded by adding a few characters thousands of times. Adding to a `str` copies it each time,
so a long answer would cost the square of its length. The versions of a rope share one list of pieces,
and each knows how many of them are its own.
"""

from __future__ import annotations


class Rope:
    """An immutable text with a constant-time `+`.

    Only the newest version grows in place; adding to an older one copies. One thread at a time may add
    (the one that folds the turn); any thread may read any version at any time.
    """

    __slots__ = ("_count", "_length", "_pieces")

    def __init__(self, text: str = "") -> None:
        self._pieces = [text]
        self._count = 1
        self._length = len(text)

    def __add__(self, piece: str) -> Rope:
        grown = Rope.__new__(Rope)
        if len(self._pieces) == self._count:
            grown._pieces = self._pieces
        else:
            grown._pieces = self._pieces[: self._count]
        grown._pieces.append(piece)
        grown._count = self._count + 1
        grown._length = self._length + len(piece)
        return grown

    def __str__(self) -> str:
        return "".join(self._pieces[: self._count])

    def __len__(self) -> int:
        return self._length

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rope) and self._length == other._length and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    def __repr__(self) -> str:
        return f"Rope({str(self)!r})"
