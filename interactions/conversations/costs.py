"""The cost of a turn, by the public prices in the package genai-prices. All amounts are US dollars.

They are estimates, made of tokens alone: what a vendor charges for a search, for sound and pictures, for a
tier or under a contract is not in them, and old turns are counted at today's prices. None is "not known",
which is never zero. No network is used: prices are those of the installed package.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import assert_never

import msgspec

from interactions.turns.events import Share, Usage
from interactions.turns.steps import (
    Content,
    ModelOutput,
    OtherStep,
    Step,
    Text,
    Thought,
    ToolCall,
    ToolResult,
    UserInput,
)
from interactions.turns.turn import Turn

CHARACTERS_PER_TOKEN = 4  # of English, by most vendors' rule of thumb
_MILLION = 1_000_000


class Total(msgspec.Struct, frozen=True):
    """The sum of the known amounts, with how many are known and how many are not."""

    amount: Decimal
    known: int
    unknown: int


def price(usage: Usage, model: str, vendor: str, *, local: bool) -> Decimal | None:
    """The cost of one request by the price list of the `vendor`, as genai-prices calls it; "" is whichever
    the model's name belongs to. None for a model without a price, for figures that are missing or contradict
    each other, and always for a `local` server.

    Of several requests each is priced by itself: prices rise with the length of a prompt.
    """
    return None if local else _price(usage, model.removeprefix("models/"), vendor or None)


def spent(turn: Turn, model: str, vendor: str, *, local: bool) -> Decimal | None:
    """The cost of all requests of a turn; None if that of one of them is unknown. Where several models have
    answered one request, each has its own price."""
    if turn.usage is None:
        return None
    shares = (share for usage in turn.reported if usage for share in usage.shares or (Share(model, usage),))
    amounts = total(price(share.usage, share.model, vendor, local=local) for share in shares)
    return None if amounts.unknown else amounts.amount


def estimate(turn: Turn, model: str, vendor: str, *, local: bool) -> Decimal | None:
    """A rough cost of the output of a turn without usage figures: a token is taken for four characters. What
    went in, and thoughts that are not told, are not in it."""
    million = price(Usage(total_input_tokens=0, total_output_tokens=_MILLION), model, vendor, local=local)
    characters = sum(_length(step) for step in turn.steps if not step.sent)
    return None if million is None else million * characters / (CHARACTERS_PER_TOKEN * _MILLION)


def total(amounts: Iterable[Decimal | None]) -> Total:
    """The total of a conversation, from one amount for each turn."""
    told = list(amounts)
    known = [amount for amount in told if amount is not None]
    return Total(sum(known, Decimal(0)), len(known), len(told) - len(known))


def load() -> None:
    """Loads the prices, which takes about a second, so that the first call of `price` is as quick as the
    others."""
    price(Usage(total_input_tokens=0, total_output_tokens=0), "", "", local=False)  # looks through all lists


@lru_cache(maxsize=4096)
def _price(usage: Usage, model: str, vendor: str | None) -> Decimal | None:
    """The package, with its prices, takes half a second and more to import: not before a price is asked for.
    To it, as to vendors' bills, thoughts are output, and what tools put in is input."""
    if usage.total_input_tokens is None or usage.total_output_tokens is None:
        return None
    from genai_prices import Usage as Tokens
    from genai_prices import calc_price

    thoughts, fed = usage.total_thought_tokens or 0, usage.total_tool_use_tokens or 0
    try:
        tokens = Tokens(
            input_tokens=usage.total_input_tokens + fed,
            input_tool_tokens=fed,
            cache_read_tokens=usage.total_cached_tokens or 0,
            cache_write_tokens=usage.total_cache_write_tokens or 0,
            output_tokens=usage.total_output_tokens + thoughts,
            output_reasoning_tokens=thoughts,
        )
        return calc_price(tokens, model, provider_id=vendor).total_price
    except (LookupError, ValueError):
        return None


def _length(step: Step) -> int:
    match step:
        case ModelOutput() | Thought():
            return sum(_text_length(part) for part in step.content)
        case ToolCall(type="function_call"):
            return len(step.fragments)
        case UserInput() | ToolCall() | ToolResult() | OtherStep():
            return 0
        case _:
            assert_never(step)


def _text_length(part: Content) -> int:
    return len(part.text) if isinstance(part, Text) else 0
