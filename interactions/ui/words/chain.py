"""The words for the id that the next turn builds on, and for how long the server keeps it."""

from __future__ import annotations

from collections.abc import Iterator

from interactions.providers.profile import Retention

NEXT = "`{}` of the next turn"
NO_CHAIN = "The id that the next turn builds on"


def follows(field: str) -> str:
    """The caption above the id. `field` is its name in the protocol, "" if there is none."""
    return NEXT.format(field) if field else NO_CHAIN


def life(age: float, retention: Retention) -> str:
    """What remains of an interaction's id that is `age` seconds old."""
    if not retention:
        return "How long the server keeps it is not known here."
    left = [*_spans(retention, age, " more", 2)]
    if not left:
        return "Probably gone at the server; the history is then sent along."
    return f"Kept by the server for {' and '.join(left)}."


def how_long(retention: Retention) -> str:
    """A sentence that says how long interactions are kept; "" if it is not known."""
    spans = [*_spans(retention)]
    return f"Interactions are kept for {' and '.join(spans)}. " if spans else ""


def _spans(retention: Retention, age: float = 0, more: str = "", least: int = 1) -> Iterator[str]:
    """What is left of each length at this age, with the words for whom."""
    for tier, length in retention.items():
        lengths = length if isinstance(length, tuple) else (length,)
        spans = [_duration(each - age, more, least) for each in lengths if each > age]
        gone = ", or gone already" if len(spans) < len(lengths) else ""
        chosen = ", depending on its project's settings" if len(lengths) > 1 else ""
        if spans:
            yield f"{_either(spans)}{tier}{gone}{chosen}"


def _either(spans: list[str]) -> str:
    """One of several durations; a unit that they share is said once."""
    *numbers, last = spans
    unit = last.partition(" ")[2]
    if not numbers:
        return last
    shared = all(span.partition(" ")[2] == unit for span in numbers)
    told = [span.partition(" ")[0] for span in numbers] if shared else numbers
    return f"{', '.join(told)} or {last}"


def _duration(seconds: float, more: str = "", least: int = 1) -> str:
    """A duration in the largest unit of which there are at least `least`. Rounded down, so that it promises
    nothing that is not there."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= least * length or unit == "minute":
            count = int(seconds // length)
            return f"{count}{more} {unit}{'s' * (count != 1)}"
    raise AssertionError
