"""What a turn asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta

from interactions.settings import ApiVersion
from interactions.stream.journal import Recorder
from interactions.stream.masks import shown_url
from interactions.stream.stop import Stop
from interactions.turns.steps import Wire
from interactions.turns.turn import Turn
from interactions.turns.values import LARGEST, Count, Place

Input: TypeAlias = str | tuple[Wire, ...]


class Options(msgspec.Struct, frozen=True):
    """Chosen in the page and sent with every turn, because a server inherits only the history.

    `None` and the empty string mean unset, and what is unset is not sent. `thinking_budget` counts tokens;
    `response_schema` is the JSON Schema of the answer.
    """

    model: str
    system_instruction: str = ""
    temperature: float | None = None
    max_output_tokens: int | None = None
    thinking_level: str | None = None
    thinking_summaries: str | None = None
    tools: tuple[Wire, ...] = ()
    store: bool = True
    top_p: float | None = None
    seed: int | None = None
    stop_sequences: tuple[str, ...] = ()
    api_version: str = ""
    background: bool = False
    agent: str = ""
    thinking_budget: int | None = None
    response_schema: Wire | None = None


_Name: TypeAlias = Annotated[str, Meta(max_length=1_000)]


class Choosable(Options, frozen=True):
    """Options as the page could have chosen them. What comes from a file is read as these: its fields could
    not show anything else, and some of them become a part of an address."""

    model: _Name
    agent: _Name = ""
    api_version: Literal["", ApiVersion] = ""
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    max_output_tokens: Annotated[int, Meta(ge=1, le=LARGEST)] | None = None
    seed: Place | None = None
    thinking_budget: Count | None = None


# What can be asked of an interaction that exists: how it stands, what it says from some place on, to end.
FollowUp: TypeAlias = Literal["get", "stream", "cancel"]


class Access(msgspec.Struct, frozen=True):
    """Where requests go, and the key they carry. Its `repr` shows no key."""

    base_url: str
    api_key: str = ""

    def __repr__(self) -> str:
        return f"Access({', '.join(f'{name}={value!r}' for name, value in self.__rich_repr__())})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        return [("base_url", shown_url(self.base_url)), ("api_key", "(set)" if self.api_key else "")]


class Request(msgspec.Struct, frozen=True):
    """One request of a turn: the values, and the two handles that the turn lends it.

    `input` is the user's text or wire steps; it is empty when a `continuation_token` takes up an answer
    that the server has paused. `history` is sent in front of it: the earlier turns that
    `previous_interaction_id` does not reach, without what is `left_out` of them; `earlier` loads all, for
    when the server has forgotten the id, and `named` the turn that it names, if that waits for results.
    `begun` is the turn so far when a server that keeps nothing has paused it: what it has said goes back to
    it. Without `access` the provider uses its own.
    """

    input: Input
    options: Options
    record: Recorder
    stop: Stop
    previous_interaction_id: str | None = None
    earlier: Callable[[], tuple[Turn, ...]] = tuple
    named: Callable[[], tuple[Turn, ...]] = tuple
    continuation_token: str | None = None
    history: tuple[Turn, ...] = ()
    left_out: tuple[str, ...] = ()
    begun: Turn | None = None
    access: Access | None = None


def input_steps(value: object) -> tuple[Wire, ...]:
    """A turn's input as steps: a plain text is the user's. What is no step is left out."""
    if isinstance(value, str):
        return ({"type": "user_input", "content": [{"type": "text", "text": value}]},)
    steps = value if isinstance(value, list | tuple) else ()
    return tuple(step for step in steps if isinstance(step, Mapping))
