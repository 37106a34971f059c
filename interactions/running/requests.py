"""The request of a stored turn, and what it may still need of the turns before it."""

from __future__ import annotations

from itertools import islice

from interactions.conversations.conversation import Owner, StoredTurn
from interactions.conversations.request import Access, Request
from interactions.store.context import context_of
from interactions.store.store import Store
from interactions.stream.journal import Recorder
from interactions.stream.masks import secrets_of
from interactions.stream.stop import Stop
from interactions.turns.turn import Turn


def request_of(
    store: Store, owner: Owner, stored: StoredTurn, record: Recorder, access: Access | None
) -> Request:
    """The request of a stored turn. From now on the key of `access` is masked in all that `record` makes."""
    if access is not None:
        record.hide(secrets_of(access.base_url, {"authorization": access.api_key}))
    return Request(
        input=stored.prompt.input,
        options=stored.prompt.options,
        record=record,
        stop=Stop(),
        previous_interaction_id=stored.previous_interaction_id,
        history=stored.history,
        left_out=stored.left_out,
        earlier=lambda: _earlier(store, owner, stored),
        named=lambda: _named(store, owner, stored),
        access=access,
    )


def _earlier(store: Store, owner: Owner, stored: StoredTurn) -> tuple[Turn, ...]:
    """All that the turn builds on, as saved here. Raises `StoreError`."""
    found = store.conversation(owner, stored.conversation)
    return context_of(found, stored.prompt.account, store=False, leaf=stored.parent).history


def _named(store: Store, owner: Owner, stored: StoredTurn) -> tuple[Turn, ...]:
    """The turn that is named as the one before, if it waits for the results of its calls. Raises
    `StoreError`."""
    id = stored.previous_interaction_id
    line = store.conversation(owner, stored.conversation).line(stored.parent) if id else ()
    found = (each for each in reversed(line) if each.head.id == id)
    return tuple(each.turn for each in islice(found, 1) if each.head.status == "requires_action")
