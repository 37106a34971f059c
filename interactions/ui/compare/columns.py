"""The columns of a comparison as values: conversation, endpoint, model, and when the prompt was sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from interactions.conversations.conversation import Conversation, StoredTurn
from interactions.conversations.request import Options
from interactions.providers.profile import Profiles
from interactions.providers.protocol import Capabilities
from interactions.turns.turn import Turn

TOGETHER = timedelta(seconds=5)  # turns with the same input that begin within it were sent together
OWN = frozenset({"model", "agent", "api_version", "store"})  # settings that are not common to all columns
USUAL = Options("")


class Column(NamedTuple):
    """A conversation in a comparison. `refused` is why the last prompt was not sent here; `ignored` are the
    settings that its provider was not sent; `cost` tells what a turn has cost; `profiles` are what is known
    of the protocols."""

    conversation: Conversation
    endpoint: str
    title: str
    model: str
    refused: str = ""
    ignored: tuple[str, ...] = ()
    cost: Callable[[Turn], str] = lambda _turn: ""
    profiles: Profiles = Profiles(())

    @property
    def newest(self) -> StoredTurn | None:
        return self.conversation.turns[-1] if self.conversation.turns else None


def ignored(can: Capabilities, options: Options) -> tuple[str, ...]:
    """The names of the common settings that a provider is not sent."""
    return tuple(name for name in can.ignored(options) if name not in OWN)


def began(stored: StoredTurn, columns: Sequence[Column]) -> datetime:
    """When the prompt of this turn was sent to all: the beginning of the first turn of those that were sent
    together. The store knows of no comparison; a turn that was sent alone begins by itself."""
    return min(each.created for each in _together(stored, columns))


def with_left_out(columns: Sequence[Column]) -> list[Column]:
    """The columns, each with the settings that it was not sent although others were."""
    return [
        column._replace(ignored=tuple(dict.fromkeys((*column.ignored, *_left_out(column.newest, columns)))))
        for column in columns
    ]


def _left_out(stored: StoredTurn | None, columns: Sequence[Column]) -> tuple[str, ...]:
    """The settings that other columns were sent with the same prompt: all that is known after a reload."""
    if stored is None:
        return ()
    together = _together(stored, columns)
    return tuple(
        name
        for name in Options.__struct_fields__
        if name not in OWN and _usual(stored, name) and not all(_usual(each, name) for each in together)
    )


def _usual(stored: StoredTurn, name: str) -> bool:
    return bool(getattr(stored.prompt.options, name) == getattr(USUAL, name))


def _together(stored: StoredTurn, columns: Sequence[Column]) -> list[StoredTurn]:
    return [
        each
        for each in (column.newest for column in columns)
        if each is not None
        and each.prompt.input == stored.prompt.input
        and abs(each.created - stored.created) < TOGETHER
    ]
