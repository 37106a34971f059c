"""The figures of an answer: tokens, times, files and what it has cost, which is always an estimate."""

from __future__ import annotations

from decimal import Decimal

from interactions.conversations.costs import Total

INPUT = "{:,} in"
OUTPUT = "{:,} out"
THOUGHT = "{:,} thought"
CACHED = "{:,} cached"
TOOL_USE = "{:,} tool use"
FIRST = "first token {:,.0f} ms"
SPEED = "{:,.0f} tokens/s"
DURATION = "{:,.2f} s"
SILENT = "{} · no data for {} s"

NOT_LOADED = "{}, not loaded"
PIECES = "{:,} pieces so far"

UNKNOWN = "cost unknown"
SO_FAR = "{} so far"
HINT = (
    "An estimate by public prices for tokens. Searches, sound, pictures, tiers and discounts are not in it; "
    "what you pay is on the vendor's bill."
)

_LEAST = Decimal("0.0001")


def cost(amount: Decimal | None) -> str:
    """An amount in US dollars."""
    if amount is None:
        return UNKNOWN
    if 0 < amount < _LEAST:
        return f"≈ < ${_LEAST}"
    return f"≈ ${amount:,.2f}" if amount >= 1 or not amount else f"≈ ${amount:.4f}"


def costs(total: Total) -> str:
    """The cost of a conversation; turns whose cost nobody knows are counted."""
    if not total.unknown:
        return cost(total.amount)
    if not total.known:
        return UNKNOWN
    return f"{cost(total.amount)}, and {total.unknown} turn{'s' * (total.unknown != 1)} of unknown cost"
