"""The turns that a visitor may have within an hour."""

from __future__ import annotations

import pytest

from interactions.endpoints.allowance import HOUR, Allowance
from interactions.errors import OverLimit


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_turn_over_the_limit_is_refused_with_the_time_of_the_next() -> None:
    """The sentence says when, and what lifts the limit; a refused turn is not counted."""
    clock = Clock()
    allowance = Allowance(2, clock)
    allowance.take("ann", "one")
    clock.now += 600
    allowance.take("ann", "two")
    clock.now += 30
    for _ in range(2):
        with pytest.raises(
            OverLimit, match=r"2 turns .* in 50 minutes\. With an API key of your own"
        ) as caught:
            allowance.take("ann", "three")
        assert (caught.value.limit, caught.value.seconds) == (2, 2970)
    clock.now = 1000 + HOUR
    allowance.take("ann", "three")
    with pytest.raises(OverLimit, match="in 10 minutes"):
        allowance.take("ann", "four")


def test_each_visitor_has_an_hour_of_their_own() -> None:
    """What one has taken is not missing for another."""
    allowance = Allowance(1)
    allowance.take("ann", "one")
    allowance.take("bob", "two")
    with pytest.raises(OverLimit, match="1 turn in the last hour"):
        allowance.take("bob", "three")


def test_a_message_that_was_never_sent_can_be_given_back() -> None:
    """Once; what was not taken is no credit."""
    allowance = Allowance(1)
    allowance.take("ann", "one")
    allowance.give_back("ann", "one")
    allowance.give_back("ann", "one")
    allowance.give_back("bob", "one")
    allowance.take("ann", "two")
    with pytest.raises(OverLimit):
        allowance.take("ann", "three")


def test_nought_is_no_limit() -> None:
    """And nothing is remembered."""
    allowance = Allowance(0)
    for turn in "abcdefgh":
        allowance.take("ann", turn)
