"""The statuses of a turn, and which may follow which."""

# `interrupted` is ours: the stream ended and nobody said how the turn did.
FINAL = frozenset(
    {"completed", "requires_action", "incomplete", "budget_exceeded", "failed", "cancelled", "interrupted"}
)
_ANYTHING = FINAL | {"queued", "in_progress", "requires_continuation"}

TRANSITIONS: dict[str, frozenset[str]] = {
    "": _ANYTHING,
    "queued": _ANYTHING,
    "in_progress": _ANYTHING,
    "requires_continuation": _ANYTHING - {"completed", "queued", "in_progress"},  # the next hop begins anew
    **{status: frozenset({status}) for status in FINAL},
}

# A model does not have to be told about the future: these are kept on the server and can be built upon.
CHAINABLE = frozenset({"completed", "requires_action", "incomplete"})
ANSWERED = CHAINABLE | {"requires_continuation"}


def may_follow(before: str, after: str) -> bool:
    """A status that the table does not know may come and go while a turn is open."""
    return after not in TRANSITIONS or after in TRANSITIONS.get(before, _ANYTHING)
