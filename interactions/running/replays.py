"""Replays: stored turns that run once more, from their journals.

A replay asks no server and is kept nowhere. While it plays, its conversation ends with it: that is what was
to be seen then.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from interactions.cassettes import replayed
from interactions.conversations.conversation import Conversation, Owner, Turns
from interactions.errors import NotFound
from interactions.errors.background import guard
from interactions.providers.protocol import Provider
from interactions.providers.reading import begin, take
from interactions.store.store import Store
from interactions.stream.journal import Frame, Journal
from interactions.stream.stop import Stop
from interactions.turns.turn import Turn


class _Replay(NamedTuple):
    turns: Turns
    stop: Stop

    @property
    def journal(self) -> Journal[Turn]:
        return self.turns[-1].journal


class Replays:
    """The running replays, one for a conversation, each in a thread of its own. `providers` read the frames,
    by name."""

    def __init__(self, store: Store, providers: Mapping[str, Provider]) -> None:
        self._store = store
        self._providers = providers
        self._playing: dict[tuple[Owner, str], _Replay] = {}
        self._lock = threading.Lock()

    def start(self, owner: Owner, conversation: str, turn: str, pace: float = 1.0) -> None:
        """Shows a turn as it came, `pace` times as slowly; 0 is at once. Raises `NotFound` for a turn that is
        not there or not over, and `StoreError`."""
        *before, stored = self._store.conversation(owner, conversation).line(turn) or (None,)
        if stored is None or not stored.journal.closed:
            raise NotFound("There is no such turn that could be shown again.")
        again = msgspec.structs.replace(stored, journal=Journal(Turn()))
        replay = _Replay(Turns((*before, again)), Stop())
        frames = stored.journal.slice()
        key = (owner, conversation)
        with self._lock:
            former, self._playing[key] = self._playing.get(key), replay
        if former is not None:
            former.stop.set()
        args = (key, replay, stored.prompt.protocol, frames, pace)
        threading.Thread(target=self._run, args=args, name=f"replay-{turn[:8]}", daemon=True).start()

    def stop(self, owner: Owner, conversation: str) -> bool:
        """Ends the replay at once; says whether there was one."""
        with self._lock:
            replay = self._playing.pop((owner, conversation), None)
        if replay is not None:
            replay.stop.set()
        return replay is not None

    def playing(self, owner: Owner, conversation: str) -> bool:
        return (owner, conversation) in self._playing

    def shown(self, owner: Owner, conversation: Conversation) -> Conversation:
        """The conversation with its replay, if one plays."""
        replay = self._playing.get((owner, conversation.id))
        if replay is None:
            return conversation
        return msgspec.structs.replace(conversation, turns=replay.turns, queue=())

    def _run(
        self, key: tuple[Owner, str], replay: _Replay, provider: str, frames: Sequence[Frame], pace: float
    ) -> None:
        try:
            with guard("a replay"):
                told = replayed(frames, replay.stop, pace)
                self._fold(self._providers[provider], told, replay.journal)
        finally:
            with self._lock:
                if self._playing.get(key) is replay:
                    del self._playing[key]
            replay.journal.close()  # last: whoever sees the end finds the stored turn in its place

    @staticmethod
    def _fold(provider: Provider, frames: Iterable[Frame], journal: Journal[Turn]) -> None:
        reading = begin(provider)
        for frame in frames:
            reading = take(provider, reading, frame)
            journal.append((frame,), reading.turn)
