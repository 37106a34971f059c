"""The settings that a provider knows, as fields of the body of its requests.

Each provider has one table of them. What is sent is written from it, and what `Capabilities` offers is read
from it: so nothing is offered that is not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import msgspec

from interactions.conversations.request import Options

NOTHING: tuple[object, ...] = (None, "", (), [], {})


class Field(msgspec.Struct, frozen=True):
    """Where a setting stands in a body, and how its value is made. `place` has a dot between the levels.
    `make` is given all options and the name of the setting. `values` are those that can be chosen, if they
    are few."""

    place: str
    make: Callable[[Options, str], object]
    values: tuple[str, ...] = ()


Fields: TypeAlias = Mapping[str, Field]  # by the name of the setting


def to(place: str, make: Callable[[Any], object] = lambda value: value) -> Field:
    """A setting that is a field by itself; `make` is given its value, and made nothing of it is unset."""
    return Field(place, lambda options, name: make(getattr(options, name)))


def one_of(place: str, values: tuple[str, ...], called: Mapping[str, object] | None = None) -> Field:
    """A setting with few values, any other of which is not sent; `called` has what they are over there."""
    known: Mapping[str, object] = dict(zip(values, values, strict=True)) if called is None else called
    return Field(place, lambda options, name: known.get(getattr(options, name)), values)


def part_of(place: str, make: Callable[[Options], object], values: tuple[str, ...] = ()) -> Field:
    """One of several settings that are one field together: each of them has the same `make`."""
    return Field(place, lambda options, _name: make(options), values)


def address(values: tuple[str, ...]) -> Field:
    """A setting that goes into the address instead."""
    return Field("", lambda _options, _name: None, values)


def values(fields: Fields) -> Mapping[str, tuple[str, ...]]:
    """What can be chosen in the settings that have few values."""
    return {name: field.values for name, field in fields.items() if field.values}


def written(fields: Fields, options: Options) -> dict[str, Any]:
    """The part of a body that the settings are; what is unset is left out."""
    body: dict[str, Any] = {}
    for name, field in fields.items():
        value = field.make(options, name)
        if value not in NOTHING:
            *levels, last = field.place.split(".")
            place = body
            for level in levels:
                place = place.setdefault(level, {})
            place[last] = value
    return body


def set_only(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that are set; zero and `False` count as set."""
    return {name: value for name, value in fields.items() if value not in NOTHING}
