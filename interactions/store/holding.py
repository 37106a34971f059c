"""The turns that this process streams: begun here or taken up, saved while they run, and closed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection, Engine

from interactions.errors import StoreError
from interactions.journal import Journal
from interactions.status import CHAINABLE
from interactions.store import changes
from interactions.store.changes import Change
from interactions.store.conversation import Owner, Prompt, StoredTurn
from interactions.store.desk import Desk, Held
from interactions.store.library import frames_of, provider_of
from interactions.store.migrations import migrate
from interactions.store.past import Past, Refold
from interactions.store.reader import Reader
from interactions.store.recovery import Left, take_abandoned, take_back
from interactions.store.shelf import Shelf
from interactions.store.words import title_of
from interactions.store.writer import Writer
from interactions.turn import Turn

GLANCE = 2.0  # seconds between looks at what other processes have done to a conversation


class Holding:
    """`refold` makes a turn of its frames; `lost` is told of
    turns that another process has taken from this one."""

    def __init__(
        self,
        engine: Engine,
        refold: Refold,
        lost: Callable[[str], None] = lambda _turn: None,
    ) -> None:
        self._engine = engine
        self._lost = lost
        self._refold = refold
        self._reader = Reader(engine)
        self._past = Past(self._reader.connection, refold)
        self._writer = Writer(engine, self._prepare)
        self._desk = Desk(self._writer.unsaved)
        self._shelf = Shelf(self._reader, self._past, self._desk, self._writer.unsaved)
        self._writer.start()

    def next_turn(self, owner: Owner, conversation: str) -> StoredTurn | None:
        """Makes a turn of the first prompt that waits, unless one runs. What it builds on is read in the
        same step, so two tabs cannot fork a conversation by accident. Raises `StoreError` if that cannot
        be read; the prompt waits on."""
        held = self._shelf.find(owner, conversation)
        with held.lock:
            found = held.value
            if found.running or not found.queue:
                return None
            prompt, *rest = found.queue
            parent = found.parent_of(prompt)
            ground = found.ground(prompt.account, prompt.options.store, parent)
            stored = StoredTurn(
                id=prompt.id,
                conversation=conversation,
                prompt=prompt,
                previous_interaction_id=ground.previous_interaction_id,
                created=datetime.now(UTC),
                journal=Journal(Turn()),
                history=ground.history,
                left_out=ground.left_out(prompt.provider),
                parent=parent,
            )
            along = [turn.id for turn in ground.along]
            self._begin(owner, held, stored, tuple(rest), changes.begin(owner, stored, along))
            return stored

    def finish(self, owner: Owner, stored: StoredTurn) -> StoredTurn | None:
        """Closes the journal, and makes the next turn if this one ended well. A page that sees the one
        sees the other; a queue behind a turn that failed waits."""
        try:
            held = self._shelf.find(owner, stored.conversation)
        except StoreError:
            stored.journal.close()
            return None
        with held.lock:
            stored.journal.close()
            if stored.head.status not in CHAINABLE:
                return None
            with suppress(StoreError):
                return self.next_turn(owner, stored.conversation)
            return None

    def take_abandoned(self) -> list[tuple[Owner, StoredTurn]]:
        """Turns whose process is gone. They are this one's from now on. Raises `StoreError`."""
        with self._reader.connection() as connection, connection.begin():
            left = take_abandoned(connection)
        taken = []
        for each in left:
            with suppress(StoreError):  # one that cannot be read here keeps nobody from the others
                taken.append((each.owner, self._taken(each)))
        return taken

    def take_back(self, owner: Owner, conversation: str, turn: str) -> StoredTurn | None:
        """A turn that is over, to be gone on with; None if another process has been quicker, or if a turn
        runs. Raises `StoreError`."""
        self._writer.save()
        held = self._shelf.find(owner, conversation)
        with held.lock:
            if held.value.running:
                return None
            left = Left(owner, conversation, turn)
            with self._reader.connection() as connection, connection.begin():
                taken = take_back(connection, left)
            return self._taken(left) if taken else None

    def _taken(self, left: Left) -> StoredTurn:
        with self._reader.connection() as connection:
            frames, provider = frames_of(connection, left.turn), provider_of(connection, left.turn)
        journal = Journal(Turn())
        if frames:
            journal.append(frames, self._refold(provider, frames))
        found = self._shelf.read(left.owner, left.conversation, {left.turn: journal})
        held = self._desk.keep(left.owner, found)
        with held.lock:
            held.change(turns=found.turns)
        stored = next(each for each in found.turns.newest if each.id == left.turn)
        self._follow(left.owner, stored)
        return stored

    def _prepare(self, connection: Connection) -> None:
        migrate(connection)
        changes.purge(connection)

    def _begin(
        self, owner: Owner, held: Held, stored: StoredTurn, queue: tuple[Prompt, ...], begun: Change
    ) -> None:
        found = held.value
        title = found.title or title_of(stored.prompt.input)
        held.change(
            turns=found.turns.plus(stored), queue=queue, title=title, touched=stored.created.timestamp()
        )
        self._writer.submit(found.id, begun)
        if title != found.title:
            self._writer.submit(found.id, changes.entitle(owner, found.id, title, renamed=False))
        self._follow(owner, stored)

    def _follow(self, owner: Owner, stored: StoredTurn) -> None:
        def lost() -> None:
            self._desk.drop(owner, stored.conversation)
            self._lost(stored.id)

        self._writer.follow(stored, partial(self._past.keep, stored.id), lost, len(stored.journal))
