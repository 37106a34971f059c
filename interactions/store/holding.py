"""The turns that this process streams: begun here or taken up, saved while they run, and closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import NoReturn, TypeAlias

from sqlalchemy import Connection, Engine

from interactions.conversations.conversation import Conversation, Owner, Prompt, StoredTurn
from interactions.conversations.words import title_of
from interactions.errors import NotFound, StoreError
from interactions.errors.background import guard
from interactions.store import changes, sending
from interactions.store.checkup import Checkup
from interactions.store.desk import Desk, Held
from interactions.store.ground import ground
from interactions.store.migrations import migrate
from interactions.store.past import Past
from interactions.store.reader import Reader
from interactions.store.recovery import Left, take_abandoned, take_back
from interactions.store.rows import Refold, unreadable
from interactions.store.sending import Newest, Waiting
from interactions.store.shelf import Shelf
from interactions.store.unsaved import Claim
from interactions.store.writer import Writer
from interactions.stream.journal import Journal
from interactions.turns.status import CHAINABLE
from interactions.turns.turn import Turn

ROUNDS = 10  # turns of other processes that may come in between
GIVEN_UP = "What is stored of this turn cannot be read. It stays in the database as it is."
BUSY = "Other processes send in this conversation all the time; try again."

Ready: TypeAlias = Callable[[Prompt], bool]


def anything(_prompt: Prompt) -> bool:
    return True


class Holding:
    """`refold` makes a turn of its frames; `lost` is told of turns that another process has taken from this
    one."""

    def __init__(
        self,
        engine: Engine,
        refold: Refold,
        lost: Callable[[str], None] = lambda _turn: None,
    ) -> None:
        self._engine = engine
        self._lost = lost
        self._reader = Reader(engine)
        self._past = Past(self._reader.connection, refold)
        self._writer = Writer(engine, self._prepare)
        self._desk = Desk(self._writer.unsaved)
        self._shelf = Shelf(self._reader, self._past, self._desk, self._writer.unsaved)
        self._checkup = Checkup(engine)
        self._writer.start()

    def next_turn(self, owner: Owner, conversation: str, ready: Ready = anything) -> StoredTurn | None:
        """Makes a turn of the first prompt that waits, unless one runs, here or in another process, and if it
        is `ready`. What it builds on is read in the same step, so neither two tabs nor two processes fork a
        conversation by accident; while the database does not work, only what is in memory counts. Raises
        `NotFound`, and `StoreError` if that cannot be read; the prompt waits on."""
        for _ in range(ROUNDS):
            held = self._shelf.find(owner, conversation)
            with held.lock:
                found = held.value
                if found.running or not found.queue or not ready(found.queue[0]):
                    return None
                stored, along = _turn_of(found)
                if self._begun(owner, held, stored, along):
                    return stored
                self._shelf.reread(owner, held)
        raise StoreError(BUSY)

    def finish(self, owner: Owner, stored: StoredTurn, ready: Ready = anything) -> StoredTurn | None:
        """Closes the journal, and makes the next turn if this one ended well. A page that sees the one
        sees the other; a queue behind a turn that failed waits."""
        try:
            held = self._shelf.find(owner, stored.conversation)
        except (StoreError, NotFound):
            stored.journal.close()
            return None
        with held.lock:
            stored.journal.close()
            if stored.head.status not in CHAINABLE:
                return None
            with suppress(StoreError, NotFound):  # what waits is looked after: see `held_up`
                return self.next_turn(owner, stored.conversation, ready)
            return None

    def held_up(self) -> Sequence[Waiting]:
        """What waits although nothing runs before it: the database could not be read then, or the turn before
        it was another process's. Raises `StoreError`."""
        with self._reader.connection() as connection:
            return sending.held_up(connection)

    def take_abandoned(self) -> list[tuple[Owner, StoredTurn]]:
        """Turns whose process is gone. They are this one's from now on. Raises `StoreError`."""
        with self._reader.connection() as connection, connection.begin():
            left = take_abandoned(connection, self._writer.turns())
        taken = []
        for each in left:  # one that cannot be read here keeps nobody from the others
            with guard("a turn that is taken up"), suppress(StoreError, NotFound):
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
        frames, turn = self._past.load(left.turn)
        if unreadable(turn):
            self._give_up(left)
        journal = Journal(Turn())
        if frames:
            journal.append(frames, turn)
        found = self._shelf.read(left.owner, left.conversation, {left.turn: journal})
        stored = next((each for each in found.turns.newest if each.id == left.turn), None)
        if stored is None or stored.journal is not journal:
            self._give_up(left)
        held = self._desk.keep(left.owner, found)
        with held.lock:
            held.change(turns=found.turns)
        self._follow(left.owner, stored)
        return stored

    def _give_up(self, left: Left) -> NoReturn:
        """Nobody waits any more for a turn that nobody can read. Raises `StoreError`."""
        with self._reader.connection() as connection, connection.begin():
            changes.give_up(connection, left.turn)
        raise StoreError(GIVEN_UP)

    def _prepare(self, connection: Connection) -> None:
        migrate(connection)
        changes.purge(connection)

    def _begun(self, owner: Owner, held: Held, stored: StoredTurn, along: Sequence[str]) -> bool:
        """Whether this is the next turn of the conversation; False if another process was quicker."""
        decided = None if held.new else self._decided(owner, held.value, stored, along)
        if decided is False:
            return False
        if decided is None:
            self._writer.submit(stored.conversation, sending.begin(owner, stored, along))
        held.new = False
        self._begin(owner, held, stored)
        return True

    def _decided(
        self, owner: Owner, found: Conversation, stored: StoredTurn, along: Sequence[str]
    ) -> bool | None:
        """By the database; None if it does not work, and memory decides."""
        newest = Newest(len(found.turns), found.turns[-1].id if found.turns else "")
        try:
            return self._writer.decide(Claim(found.id, sending.begin_first(owner, stored, along, newest)))
        except StoreError:
            return None

    def _begin(self, owner: Owner, held: Held, stored: StoredTurn) -> None:
        found = held.value
        title = found.title or title_of(stored.prompt.input)
        queue = tuple(prompt for prompt in found.queue if prompt.id != stored.id)
        held.change(
            turns=found.turns.plus(stored), queue=queue, title=title, touched=stored.created.timestamp()
        )
        if title != found.title:
            self._writer.submit(found.id, changes.entitle(owner, found.id, title, renamed=False))
        self._follow(owner, stored)

    def _follow(self, owner: Owner, stored: StoredTurn) -> None:
        def lost() -> None:
            self._desk.drop(owner, stored.conversation)
            self._lost(stored.id)

        self._writer.follow(stored, partial(self._past.keep, stored.id), lost, len(stored.journal))


def _turn_of(found: Conversation) -> tuple[StoredTurn, Sequence[str]]:
    """The first prompt that waits as the turn that it would be now, and the turns that are sent along. The
    one that it follows is read in any case: nobody goes on with what cannot be seen. Raises `StoreError`."""
    prompt = found.queue[0]
    parent = found.parent_of(prompt)
    for before in found.line(parent)[-1:]:
        before.journal.slice()
    built = ground(found, prompt.account, prompt.options.store, parent)
    stored = StoredTurn(
        id=prompt.id,
        conversation=found.id,
        prompt=prompt,
        previous_interaction_id=built.previous_interaction_id,
        created=datetime.now(UTC),
        journal=Journal(Turn()),
        history=built.history,
        left_out=built.left_out(prompt.provider),
        parent=parent,
    )
    return stored, [turn.id for turn in built.along]
