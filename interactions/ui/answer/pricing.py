"""What turns and conversations have cost, as the page says it."""

from __future__ import annotations

from collections.abc import Callable

from interactions.conversations import costs
from interactions.conversations.conversation import Conversation, Prompt
from interactions.turns.turn import Turn
from interactions.ui.drawing.boundary import attempt
from interactions.ui.words import costs as words
from interactions.workspace import Workspace

FREE: Callable[[Turn], str] = lambda _turn: ""  # noqa: E731 (it has no name of its own)


def in_words(workspace: Workspace, prompt: Prompt) -> Callable[[Turn], str]:
    """For any state of the turn; nothing for what nobody asks money for, and nothing until something is
    known."""
    if workspace.endpoints.free(prompt):
        return FREE
    return lambda turn: attempt(
        lambda: _in_words(turn, turn.model or prompt.options.model, prompt.provider), lambda: words.UNKNOWN
    )


def _in_words(turn: Turn, model: str, protocol: str) -> str:
    if turn.usage is not None:
        return words.cost(costs.spent(turn, model, protocol, local=False))
    if turn.ended:
        return words.UNKNOWN if turn.id else ""
    amount = costs.estimate(turn, model, protocol, local=False)
    return words.SO_FAR.format(words.cost(amount)) if amount else ""


def total_in_words(workspace: Workspace, conversation: Conversation) -> str:
    """Of all its turns, as far as one can know without reading what they said."""
    paid = [
        stored
        for stored in conversation.tree or conversation.turns
        if not workspace.endpoints.free(stored.prompt)
    ]
    if not paid:
        return ""
    return words.costs(
        costs.total(
            costs.spent(each.head, each.prompt.options.model, each.prompt.provider, local=False)
            for each in paid
        )
    )
