"""Which rows of the log a tab shows."""

from __future__ import annotations

from typing import NamedTuple


class Filter(NamedTuple):
    """Rows of these event types (all, if none is named), with this text, of this turn."""

    types: frozenset[str] = frozenset()
    text: str = ""
    turn: str = ""

    @property
    def all_rows(self) -> bool:
        """Whether no row of the turns that are shown is left out."""
        return not (self.types or self.text)
