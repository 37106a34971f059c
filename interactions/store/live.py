"""The turns that this process streams: begun here or taken up, saved while they run, and closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import NoReturn, TypeAlias

from sqlalchemy import Engine

from interactions.conversations.conversation import Conversation, Owner, Prompt, StoredTurn
from interactions.conversations.words import title_of
from interactions.errors import NotFound, StoreError
from interactions.errors.background import guard
from interactions.store import changes, leases, sending
from interactions.store.backlog import Claim
from interactions.store.cache import Cache, Cached
from interactions.store.context import context_of
from interactions.store.database import reading
from interactions.store.fingerprint import newest
from interactions.store.journals import Journals
from interactions.store.leases import Abandoned
from interactions.store.lookup import Lookup
from interactions.store.rows import damage_message, unreadable
from interactions.store.sending import Waiting
from interactions.store.writer import Writer
from interactions.stream.journal import Journal
from interactions.turns.status import CHAINABLE
from interactions.turns.turn import Turn

ROUNDS = 10  # turns of other processes that may come in between
BUSY = "Other processes send in this conversation all the time; try again."

Ready: TypeAlias = Callable[[Prompt], bool]


def always(_prompt: Prompt) -> bool:
    return True


class LiveTurns:
    """`lost` is called with the id of each turn that another process has taken from this one."""

    def __init__(
        self,
        engine: Engine,
        lookup: Lookup,
        cache: Cache,
        journals: Journals,
        writer: Writer,
        lost: Callable[[str], None],
    ) -> None:
        self._engine = engine
        self._lookup = lookup
        self._cache = cache
        self._journals = journals
        self._writer = writer
        self._lost = lost

    def begin_next(self, owner: Owner, conversation: str, ready: Ready = always) -> StoredTurn | None:
        """Makes a turn of the first prompt that waits, if it is `ready`; None if a turn runs, here or in
        another process. Its context is read in the same step, so neither two tabs nor two processes fork a
        conversation by accident; while the database does not work, only what is in memory counts. Raises
        `NotFound`, and `StoreError` if the context cannot be read; the prompt waits on."""
        for _ in range(ROUNDS):
            cached = self._lookup.find(owner, conversation)
            with cached.lock:
                found = cached.value
                if found.running or not found.queue or not ready(found.queue[0]):
                    return None
                stored, along = _next_turn(found)
                if self._claimed(owner, cached, stored, along):
                    self._begin(owner, cached, stored)
                    return stored
                self._lookup.reread(owner, cached)
        raise StoreError(BUSY, conversation=conversation)

    def finish(self, owner: Owner, stored: StoredTurn, ready: Ready = always) -> StoredTurn | None:
        """Closes the journal of a turn, and begins the next one if this one ended well; otherwise what waits
        goes on waiting. A page that sees the one sees the other."""
        try:
            cached = self._lookup.find(owner, stored.conversation)
        except (StoreError, NotFound):
            stored.journal.close()
            return None
        # One step under the lock: a page that sees the end asks what is next, and must not hear "nothing" a
        # moment before it begins.
        with cached.lock:
            stored.journal.close()
            if stored.head.status not in CHAINABLE:
                return None
            with suppress(StoreError, NotFound):  # what waits is looked for again: see `unblocked`
                return self.begin_next(owner, stored.conversation, ready)
            return None

    def unblocked(self) -> Sequence[Waiting]:
        """The prompts that wait although nothing runs before them: the database could not be read when their
        turn came, or the turn before was another process's. Raises `StoreError`."""
        with reading(self._engine) as connection:
            return sending.unblocked(connection)

    def take_abandoned(self) -> list[tuple[Owner, StoredTurn]]:
        """Takes up the turns whose process is gone: they are this one's from now on. Raises `StoreError`."""
        with reading(self._engine) as connection, connection.begin():
            # Not those that run here: their lease may have run out while the database was locked.
            abandoned = leases.take_abandoned(connection, self._writer.own_turns())
        taken = []
        for each in abandoned:  # one that cannot be read here keeps nobody from the others
            with guard("a turn that is taken up"), suppress(StoreError, NotFound):
                taken.append((each.owner, self._taken(each)))
        return taken

    def take_back(self, owner: Owner, conversation: str, turn: str) -> StoredTurn | None:
        """Takes up a turn that is over, to go on with it; None if another process was quicker, or if a turn
        runs. Raises `StoreError`."""
        self._writer.save()
        cached = self._lookup.find(owner, conversation)
        with cached.lock:
            if cached.value.running:
                return None
            with reading(self._engine) as connection, connection.begin():
                taken = leases.take_back(connection, turn)
            return self._taken(Abandoned(owner, conversation, turn)) if taken else None

    def _taken(self, abandoned: Abandoned) -> StoredTurn:
        frames, turn = self._journals.load(abandoned.turn)
        if unreadable(turn):
            self._give_up(abandoned)
        journal = Journal(Turn())
        if frames:
            journal.append(frames, turn)
        found = self._lookup.read(abandoned.owner, abandoned.conversation, {abandoned.turn: journal})
        stored = next((each for each in found.turns.newest if each.id == abandoned.turn), None)
        # A row that cannot be read has a journal of its own, which is closed.
        if stored is None or stored.journal is not journal:
            self._give_up(abandoned)
        cached = self._cache.add(abandoned.owner, found)
        with cached.lock:
            cached.change(turns=found.turns)
        self._follow(abandoned.owner, stored)
        return stored

    def _give_up(self, abandoned: Abandoned) -> NoReturn:
        """Ends a turn that cannot be read, so that nobody waits for it any more. Raises `StoreError`."""
        with reading(self._engine) as connection, connection.begin():
            leases.give_up(connection, abandoned.turn)
        raise StoreError(damage_message(), conversation=abandoned.conversation, turn=abandoned.turn)

    def _claimed(self, owner: Owner, cached: Cached, stored: StoredTurn, along: Sequence[str]) -> bool:
        """Whether this is the next turn of the conversation; False if another process was quicker. The
        database decides; memory does if the database does not work, or if no other process knows the
        conversation."""
        if not cached.new:
            change = sending.begin_if_newest(owner, stored, along, newest(cached.value))
            with suppress(StoreError):
                return self._writer.decide(Claim(stored.conversation, change))
        self._writer.submit(stored.conversation, sending.begin(owner, stored, along))
        return True

    def _begin(self, owner: Owner, cached: Cached, stored: StoredTurn) -> None:
        found, cached.new = cached.value, False
        title = found.title or title_of(stored.prompt.input)
        queue = tuple(prompt for prompt in found.queue if prompt.id != stored.id)
        cached.change(
            turns=found.turns.plus(stored), queue=queue, title=title, touched=stored.created.timestamp()
        )
        if title != found.title:
            self._writer.submit(found.id, changes.set_title(owner, found.id, title, renamed=False))
        self._follow(owner, stored)

    def _follow(self, owner: Owner, stored: StoredTurn) -> None:
        def lost() -> None:
            # Read anew, the turn has a journal that follows the other process.
            self._cache.drop(owner, stored.conversation)
            self._lost(stored.id)

        self._writer.follow(stored, partial(self._journals.saved, stored.id), lost, len(stored.journal))


def _next_turn(found: Conversation) -> tuple[StoredTurn, Sequence[str]]:
    """The first prompt that waits as the turn that it would be now, and the ids of the turns that are sent
    along. The turn that it follows is read in any case: nobody goes on from what they cannot see. Raises
    `StoreError`."""
    prompt = found.queue[0]
    parent = found.parent_of(prompt)
    for before in found.line(parent)[-1:]:
        before.journal.slice()
    context = context_of(found, prompt.account, prompt.options.store, parent)
    stored = StoredTurn(
        id=prompt.id,
        conversation=found.id,
        prompt=prompt,
        previous_interaction_id=context.previous_interaction_id,
        created=datetime.now(UTC),
        journal=Journal(Turn()),
        history=context.history,
        left_out=context.left_out(prompt.protocol),
        parent=parent,
    )
    return stored, [turn.id for turn in context.along]
