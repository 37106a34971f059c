"""The request of a turn: its settings, its input, and the access that it is sent with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_origin, get_type_hints

import msgspec

from interactions.conversations import kinds
from interactions.stream.journal import Recorder
from interactions.stream.masks import shown_url
from interactions.stream.stop import Stop
from interactions.turns.steps import Wire
from interactions.turns.turn import Turn
from interactions.turns.values import LARGEST

Input: TypeAlias = str | tuple[Wire, ...]


class Options(msgspec.Struct, frozen=True):
    """The settings that a turn is sent with. It goes with every turn, because a server inherits only the
    history.

    Each field is one setting, and its kind says what can be chosen: the check of files, the form of the page
    and what is remembered there follow from it. Those without a kind are not in the form. A default means
    unset, and what is unset is not sent. `thinking_budget` counts tokens; `response_format` is for answers
    of more than text, whose form `response_schema` describes.
    """

    model: Annotated[str, kinds.Model()]
    system_instruction: Annotated[str, kinds.Text()] = ""
    temperature: Annotated[float | None, kinds.Number(0, 2, step=0.1)] = None
    max_output_tokens: Annotated[int | None, kinds.Number(1, LARGEST, step=256)] = None
    thinking_level: Annotated[str | None, kinds.Choice()] = None
    thinking_summaries: Annotated[str | None, kinds.Choice()] = None
    tools: tuple[Wire, ...] = ()
    store: Annotated[bool, kinds.Switch()] = True
    top_p: Annotated[float | None, kinds.Number(0, 1, step=0.05)] = None
    seed: Annotated[int | None, kinds.Number(-LARGEST, LARGEST)] = None
    stop_sequences: Annotated[tuple[str, ...], kinds.Lines()] = ()
    api_version: Annotated[str, kinds.Version()] = ""
    background: Annotated[bool, kinds.Switch()] = False
    agent: Annotated[str, kinds.Name()] = ""
    thinking_budget: Annotated[int | None, kinds.Number(0, LARGEST, step=1024)] = None
    response_schema: Annotated[Wire | None, kinds.Json()] = None
    tool_choice: Annotated[str | None, kinds.Choice()] = None
    service_tier: Annotated[str | None, kinds.Choice()] = None
    response_format: Annotated[Wire | tuple[Wire, ...] | None, kinds.Json()] = None
    speech_config: Annotated[Wire | tuple[Wire, ...] | None, kinds.Json()] = None
    image_config: Annotated[Wire | None, kinds.Json()] = None
    safety_settings: Annotated[tuple[Wire, ...] | None, kinds.Json()] = None
    labels: Annotated[Mapping[str, str] | None, kinds.Json()] = None
    environment: Annotated[Wire | str | None, kinds.Json()] = None
    agent_config: Annotated[Wire | None, kinds.Json()] = None


# The settings that files have had from the first. They are written whether they are set or not.
_ALWAYS = frozenset(Options.__struct_fields__[:16])


def for_file(options: Options) -> dict[str, Any]:
    """The settings as a preset or a cassette has them. A later setting is there only if it is set: so a file
    that does without it stays the same, and an older version, which would refuse the field, reads it."""
    return {
        field.name: value
        for field in msgspec.structs.fields(options)
        if (value := getattr(options, field.name)) != field.default or field.name in _ALWAYS
    }


_HINTS = get_type_hints(Options, include_extras=True)
_CHOSEN = {name: hint for name, hint in _HINTS.items() if get_origin(hint) is Annotated}
KINDS: Mapping[str, kinds.Kind] = {name: hint.__metadata__[0] for name, hint in _CHOSEN.items()}
TYPES: Mapping[str, Any] = {name: hint.__origin__ for name, hint in _CHOSEN.items()}  # of their values


def _as_chosen() -> type[msgspec.Struct]:
    """`Options` with the bounds of its kinds."""
    fields = [
        (field.name, kinds.checked(KINDS[field.name], TYPES[field.name]), field.default)
        for field in msgspec.structs.fields(Options)
        if field.name in KINDS
    ]
    return msgspec.defstruct("Choosable", fields, bases=(Options,), module=__name__, frozen=True)


# Options as the page could have chosen them. What comes from a file is read as these: the form could not show
# anything else, and some become a part of an address. Stored turns are read as plain `Options`: there are
# some that are older than these bounds.
if TYPE_CHECKING:
    Choosable: TypeAlias = Options
else:
    Choosable = _as_chosen()


# What can be asked of an interaction that exists: how it stands, what it says from some place on, to end.
FollowUp: TypeAlias = Literal["get", "stream", "cancel"]


class Access(msgspec.Struct, frozen=True):
    """The address that requests go to, and the key that they carry. Its `repr` shows no key."""

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
