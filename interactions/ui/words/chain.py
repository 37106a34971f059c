"""What the next turn builds on, and how long that lasts."""

from __future__ import annotations

# What the next turn names, by the protocol; the others have no such field.
CHAIN = {
    "gemini": "`previous_interaction_id` of the next turn",
    "openai_responses": "`previous_response_id` of the next turn",
}
NO_CHAIN = "The id that the next turn builds on"

# How long Google and OpenAI keep an interaction, in seconds, and for whom.
_DAY = 24 * 3600
KEPT = {
    "gemini": {" on the free tier": _DAY, " on a paid one": 55 * _DAY},
    "openai_responses": {"": 30 * _DAY},
}


def life(age: float, protocol: str) -> str:
    """What remains of an interaction's id that is `age` seconds old."""
    if protocol not in KEPT:
        return "How long the server keeps it is not known here."
    left = [f"{_span(kept - age)}{tier}" for tier, kept in KEPT[protocol].items() if kept > age]
    if not left:
        return "Probably gone at the server; the history is then sent along."
    return f"Kept by the server for {' and '.join(left)}."


def _span(seconds: float) -> str:
    """Rounded down: nobody is promised more than there is."""
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length or unit == "minute":
            count = int(seconds // length)
            return f"{count} more {unit}{'s' * (count != 1)}"
    raise AssertionError
