"""What a turn asks for."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from interactions.journal import Recorder
from interactions.steps import Wire
from interactions.stop import Stop

Input: TypeAlias = str | tuple[Wire, ...]


class Options(msgspec.Struct, frozen=True):
    """Chosen in the page and sent with every turn, because a server inherits only the history.

    `None` and the empty string mean unset, and what is unset is not sent.
    """

    model: str
    system_instruction: str = ""
    temperature: float | None = None
    max_output_tokens: int | None = None
    thinking_level: str | None = None
    thinking_summaries: str | None = None
    tools: tuple[Wire, ...] = ()
    store: bool = True


class Request(msgspec.Struct, frozen=True):
    """One request of a turn: the values, and the two handles that the turn lends it.

    `input` is the user's text or wire steps; it is empty when a `continuation_token` takes up an answer
    that the server has paused.
    """

    input: Input
    options: Options
    record: Recorder
    stop: Stop
    previous_interaction_id: str | None = None
    continuation_token: str | None = None
