"""Conversations as cassettes: exported, and imported again, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeAlias

from sqlalchemy import Connection, Engine

from interactions.cassettes import Cassette, Recording
from interactions.conversations.conversation import Conversation, Owner, Prompt, StoredTurn, Turns, new_id
from interactions.errors import CassetteError, NotFound
from interactions.store import changes, sending
from interactions.store.database import durable_transaction
from interactions.store.rows import Refold, unreadable
from interactions.store.writer import FRAMES_PER_COMMIT
from interactions.stream.journal import Journal
from interactions.turns.turn import Turn

IMPORTED = "imported:"  # the beginning of the account of imported turns; no account here has it
Step: TypeAlias = Callable[[], None]  # called after each turn; it may raise to stop the work


def cassette_of(conversation: Conversation, turn: str = "") -> Cassette:
    """A cassette of the turns that are over, or of one of them. Raises `NotFound` if there is none, and
    `StoreError`."""
    chosen = (each for each in conversation.turns if each.journal.closed and turn in ("", each.id))
    over = [each for each in chosen if not unreadable(each.turn)]
    if not over:
        raise NotFound(
            "There is no turn yet that could be exported.", conversation=conversation.id, turn=turn
        )
    numbers = {each.id: number for number, each in enumerate(over, start=1)}
    parents = {each.id: each.parent for each in conversation.turns}

    def parent(stored: StoredTurn) -> int | None:
        """The number of the nearest earlier turn on its line that is in the cassette, if there is one."""
        before, passed = stored.parent, {stored.id}  # rows that are damaged may follow each other in a circle
        while before is not None and before not in numbers and before not in passed:
            passed.add(before)
            before = parents.get(before)
        return numbers.get(before or "")

    return Cassette(conversation.title, tuple(_recording(each, parent(each)) for each in over))


def _recording(stored: StoredTurn, parent: int | None) -> Recording:
    return Recording(
        parent=parent,
        protocol=stored.prompt.protocol,
        created=stored.created,
        previous_interaction_id=stored.previous_interaction_id,
        input=stored.prompt.input,
        options=stored.prompt.options,
        frames=tuple(stored.journal.slice()),
    )


def conversation_of(
    cassette: Cassette,
    providers: Collection[str],
    refold: Refold,
    conversation: str,
    step: Step,
) -> Conversation:
    """A conversation with this id, made of the turns of a cassette; it is not stored yet. Raises
    `CassetteError` for turns that cannot be read here."""
    # An account that matches none here: so no server is ever asked to go on from one of these interactions.
    account = f"{IMPORTED}{new_id()}"
    made: list[StoredTurn] = []
    for number, recorded in enumerate(cassette.turns, start=1):
        if recorded.protocol not in providers:
            raise CassetteError(
                f"Turn {number} is from {recorded.protocol!r}, which this app does not know.", turn=number
            )
        id = new_id()
        stored = StoredTurn(
            id=id,
            conversation=conversation,
            prompt=Prompt(id, recorded.input, recorded.options, account, protocol=recorded.protocol),
            previous_interaction_id=recorded.previous_interaction_id,
            created=recorded.created,
            journal=_journal(recorded, number, refold),
            parent=None if recorded.parent is None else made[recorded.parent - 1].id,
        )
        made.append(stored)
        step()
    return Conversation(conversation, Turns(made), title=cassette.title)


def _journal(recorded: Recording, number: int, refold: Refold) -> Journal[Turn]:
    try:
        turn = refold(recorded.protocol, recorded.frames)
    except Exception as error:  # a file may say anything: what cannot be folded is no turn
        raise CassetteError(f"Turn {number} of the file cannot be read.", turn=number) from error
    if not turn.ended:
        raise CassetteError(f"Turn {number} of the file has no end.", turn=number)
    journal: Journal[Turn] = Journal(Turn())
    journal.append(recorded.frames, turn)
    journal.close()
    return journal


def insert(engine: Engine, owner: Owner, conversation: Conversation, step: Step) -> None:
    """Stores a new conversation whose turns are over, in one transaction; nothing happens if its id is taken.
    Raises `StoreError`."""
    with durable_transaction(engine, "The conversation could not be stored.") as connection:
        _insert(connection, owner, conversation, step)


def _insert(connection: Connection, owner: Owner, conversation: Conversation, step: Step) -> None:
    id, title = conversation.id, conversation.title
    if not changes.try_create(connection, owner, id):
        return
    changes.set_title(owner, id, title, renamed=bool(title))(connection)
    for stored in conversation.turns:
        sending.begin(owner, stored, ())(connection)
        for start in range(0, len(stored.journal), FRAMES_PER_COMMIT):
            frames = stored.journal.slice(start, start + FRAMES_PER_COMMIT)
            changes.append(connection, stored.id, stored.epoch, frames)
        changes.finish(connection, stored)
        step()
