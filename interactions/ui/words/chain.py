"""The words for the id that the next turn builds on, and for how long the server keeps it."""

from __future__ import annotations

from collections.abc import Mapping

NEXT = "`{}` of the next turn"
NO_CHAIN = "The id that the next turn builds on"


def follows(field: str) -> str:
    """The caption above the id. `field` is its name in the protocol, "" if there is none."""
    return NEXT.format(field) if field else NO_CHAIN


def life(age: float, retention: Mapping[str, float]) -> str:
    """What remains of an interaction's id that is `age` seconds old; `retention` is how long the server keeps
    it, in seconds, by the words for whom."""
    if not retention:
        return "How long the server keeps it is not known here."
    left = [
        f"{_duration(length - age, ' more', 2)}{tier}" for tier, length in retention.items() if length > age
    ]
    if not left:
        return "Probably gone at the server; the history is then sent along."
    return f"Kept by the server for {' and '.join(left)}."


def how_long(retention: Mapping[str, float]) -> str:
    """A sentence that says how long interactions are kept; "" if it is not known."""
    spans = [f"{_duration(length)}{tier}" for tier, length in retention.items()]
    return f"Interactions are kept for {' and '.join(spans)}. " if spans else ""


def _duration(seconds: float, more: str = "", least: int = 1) -> str:
    """A duration in the largest unit of which there are at least `least`. Rounded down, so that it promises
    nothing that is not there."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= least * length or unit == "minute":
            count = int(seconds // length)
            return f"{count}{more} {unit}{'s' * (count != 1)}"
    raise AssertionError
