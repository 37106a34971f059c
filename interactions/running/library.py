"""The conversations of each owner, as a page has them: found, opened, changed and deleted."""

from __future__ import annotations

from collections.abc import Callable

from interactions.conversations.conversation import Conversation, Owner
from interactions.endpoints.endpoints import NO_KEYS, Endpoints, OwnKeys
from interactions.errors import NotFound
from interactions.running.host import Host
from interactions.running.replays import Replays
from interactions.store.store import Store


class Library:
    """Every call names the owner first: what belongs to another owner does not exist here. `stop` ends the
    turn that runs in a conversation."""

    def __init__(
        self,
        store: Store,
        host: Host,
        replays: Replays,
        endpoints: Endpoints,
        stop: Callable[[Owner, str], None],
    ) -> None:
        self._store = store
        self._host = host
        self._replays = replays
        self._endpoints = endpoints
        self._stop = stop
        # The store's own calls: a method here would only hand them on.
        self.conversations = store.catalogue.conversations
        self.at_hand = store.catalogue.at_hand
        self.search = store.catalogue.search
        self.rename = store.rename
        self.pin = store.pin
        self.fork = store.fork
        self.restore = store.restore

    def conversation(self, owner: Owner, conversation: str) -> Conversation:
        """The conversation as a page shows it: while a turn of it is shown again, it ends with that. One that
        is not stored here is looked for in the application. Raises `NotFound` and `StoreError`."""
        return self._replays.shown(owner, self._host.conversation(owner, conversation))

    def frame(self, owner: Owner, conversation: str, turn: str, seq: int) -> bytes:
        """The bytes of one frame. Raises `NotFound`."""
        for stored in self._store.conversation(owner, conversation).turns:
            if stored.id == turn and 0 <= seq < len(stored.journal):
                return stored.journal.slice(seq, seq + 1)[0].raw
        raise NotFound("There is no such frame.")

    def forget(self, owner: Owner, conversation: str, keys: OwnKeys = NO_KEYS) -> int:
        """Deletes the conversation's interactions at their servers, as far as these accounts have them there;
        returns how many are left. Raises `UpstreamError`, and `SettingsError` for what cannot be a key."""
        turns = self._store.conversation(owner, conversation).turns
        kept = [each for each in turns if each.head.id and each.head.stored]
        return len(kept) - sum(self._endpoints.forget(each, keys) for each in kept)

    def delete(self, owner: Owner, conversation: str) -> None:
        """Deletes a conversation and stops its running turn. For a day, `restore` brings all back."""
        self._replays.stop(owner, conversation)
        self._stop(owner, conversation)
        self._store.delete(owner, conversation)
