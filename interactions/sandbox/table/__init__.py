"""All that a prompt can ask for, by what it is about."""

from interactions.sandbox.table.answers import ANSWERS
from interactions.sandbox.table.later import LATER
from interactions.sandbox.table.refused import REFUSED
from interactions.sandbox.table.scenario import Scenario
from interactions.sandbox.table.streams import STREAMS

TABLE = (*ANSWERS, *REFUSED, *STREAMS, *LATER)

__all__ = ["TABLE", "Scenario"]
