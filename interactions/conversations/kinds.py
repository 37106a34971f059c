"""The kinds of settings: what can be chosen there, and so what a file may say and which widget shows it."""

from __future__ import annotations

from types import NoneType
from typing import Annotated, Any, Literal, TypeAlias, assert_never, get_args

import msgspec
from msgspec import Meta

ApiVersion: TypeAlias = Literal["v1beta", "v1"]

VERSIONS: tuple[ApiVersion, ...] = get_args(ApiVersion)
LONGEST_NAME = 1_000  # characters


class Model(msgspec.Struct, frozen=True):
    """A model that the endpoint lists, or the name of another one."""


class Name(msgspec.Struct, frozen=True):
    """A short text in one line."""


class Text(msgspec.Struct, frozen=True):
    """A text of any length."""


class Lines(msgspec.Struct, frozen=True):
    """Several short texts."""


class Json(msgspec.Struct, frozen=True):
    """A JSON value, written as text. The type of the field says of which form it may be; if it may be a text,
    what begins with no bracket is one."""


class Number(msgspec.Struct, frozen=True):
    """A number within bounds, both included. It is whole if its `step` is, by which a button changes it."""

    least: int
    most: int
    step: float = 1


class Choice(msgspec.Struct, frozen=True):
    """One of the values that the provider offers: those of another provider are other ones."""


class Version(msgspec.Struct, frozen=True):
    """A version of Google's API; it becomes a part of the address."""


class Switch(msgspec.Struct, frozen=True):
    """Yes or no."""


Kind: TypeAlias = Model | Name | Text | Lines | Json | Number | Choice | Version | Switch


def checked(kind: Kind, hint: Any) -> Any:
    """The type `hint` with the bounds of its kind, as msgspec checks them."""
    match kind:
        case Model() | Name():
            return Annotated[str, Meta(max_length=LONGEST_NAME)]
        case Number(least, most):
            (number,) = {*get_args(hint)} - {NoneType}
            return Annotated[number, Meta(ge=least, le=most)] | None
        case Version():
            return Literal["", ApiVersion]
        case Text() | Lines() | Json() | Choice() | Switch():
            return hint
        case _:
            assert_never(kind)
