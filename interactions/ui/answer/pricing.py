"""The cost of turns and conversations, in words."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from interactions.conversations import costs
from interactions.conversations.conversation import Conversation, Prompt, StoredTurn
from interactions.turns.turn import Turn
from interactions.ui.drawing.boundary import attempt
from interactions.ui.words import figures
from interactions.workspace import Workspace

FREE: Callable[[Turn], str] = lambda _turn: ""  # noqa: E731 (it has no name of its own)


def in_words(workspace: Workspace, prompt: Prompt) -> Callable[[Turn], str]:
    """A function that tells the cost of any state of the turn: "" if it is free or not known yet."""
    if workspace.endpoints.free(prompt):
        return FREE
    vendor = workspace.profiles.of(prompt.protocol).prices
    return lambda turn: attempt(
        lambda: _in_words(turn, turn.model or prompt.options.model, vendor), lambda: figures.UNKNOWN
    )


def _in_words(turn: Turn, model: str, vendor: str) -> str:
    if turn.usage is not None:
        return figures.cost(costs.spent(turn, model, vendor, local=False))
    if turn.ended:
        return figures.UNKNOWN if turn.id else ""
    amount = costs.estimate(turn, model, vendor, local=False)
    return figures.SO_FAR.format(figures.cost(amount)) if amount else ""


def total_in_words(workspace: Workspace, conversation: Conversation) -> str:
    """The cost of all turns of a conversation, in words. It reads their heads only, not their journals."""
    paid = [
        stored
        for stored in conversation.tree or conversation.turns
        if not workspace.endpoints.free(stored.prompt)
    ]
    if not paid:
        return ""
    return figures.costs(costs.total(_spent(workspace, each) for each in paid))


def _spent(workspace: Workspace, stored: StoredTurn) -> Decimal | None:
    vendor = workspace.profiles.of(stored.prompt.protocol).prices
    return costs.spent(stored.head, stored.head.model or stored.prompt.options.model, vendor, local=False)
