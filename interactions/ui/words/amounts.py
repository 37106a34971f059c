"""What a turn has cost, in words that never promise more than an estimate."""

from __future__ import annotations

from decimal import Decimal

from interactions.conversations.costs import Total

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
    """Of a conversation."""
    if not total.unknown:
        return cost(total.amount)
    if not total.known:
        return UNKNOWN
    return f"{cost(total.amount)}, and {total.unknown} turn{'s' * (total.unknown != 1)} of unknown cost"
