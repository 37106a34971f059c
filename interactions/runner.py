"""Turns in threads. A turn belongs to the process: only its provider, a limit or Stop ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

import msgspec

from interactions.journal import Frame, Journal
from interactions.providers import Provider
from interactions.providers.reading import State
from interactions.request import Request
from interactions.stop import Stop
from interactions.store.conversation import StoredTurn
from interactions.turn import Turn, apply

LONGEST_CHAIN = 20  # hops of one turn; the documentation names no bound for a server that pauses


class Runner:
    def __init__(self) -> None:
        self._running: dict[str, Stop] = {}
        self._lock = threading.Lock()

    def start(
        self,
        stored: StoredTurn,
        provider: Provider,
        request: Request,
        ended: Callable[[], None],
        refusal: str = "",
    ) -> None:
        """Streams the turn into its journal in a thread of its own; calls `ended` from there at the end.
        With a `refusal` nothing is sent: the turn fails, and that is why.

        The thread is a daemon: a process that is told to exit does not wait for a silent model.
        """
        with self._lock:
            self._running[stored.id] = request.stop

        def run() -> None:
            try:
                if refusal:
                    _note(provider, request, stored.journal, "unreachable", refusal)
                    return
                stream(provider, request, stored.journal)
            finally:
                with self._lock:
                    del self._running[stored.id]
                ended()

        threading.Thread(target=run, name=f"turn-{stored.id[:8]}", daemon=True).start()

    def stop(self, turn_id: str) -> None:
        """Returns at once; the journal says when it has happened. A turn that is over stays as it is."""
        with self._lock:
            stop = self._running.get(turn_id)
        if stop is not None:
            stop.set()

    def running(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._running)


def stream(provider: Provider, request: Request, journal: Journal[Turn]) -> None:
    """Frames, appended and folded, through all the requests that one turn takes."""
    try:
        for _ in range(LONGEST_CHAIN):
            _exchange(provider, request, journal)
            following = _continued(request, journal.turn)
            if following is None:
                break
            request = following
        if not journal.turn.ended:
            _note(
                provider, request, journal, "cut", "The server paused the answer and did not go on with it."
            )
    except Exception as error:  # noqa: BLE001 (a thread's boundary: the visitor sees it in the turn)
        _note(provider, request, journal, "crash", f"{type(error).__name__}: {error}")


def _exchange(provider: Provider, request: Request, journal: Journal[Turn]) -> None:
    state, turn = State(), journal.turn
    for frame in provider.frames(request):
        state, events = provider.read(state, frame)
        for event in events:
            turn = apply(turn, event)
        journal.append((frame,), turn)


def refold(provider: Provider, frames: Iterable[Frame]) -> Turn:
    """The turn that these frames were once folded to: a stored turn is its journal."""
    state, turn = State(), Turn()
    for frame in frames:
        state, events = provider.read(state, frame)
        for event in events:
            turn = apply(turn, event)
    return turn


def _continued(request: Request, turn: Turn) -> Request | None:
    """The next hop of an answer that the server has paused; the same token twice would go round for ever."""
    token = turn.continuation_token
    if turn.ended or token is None or token == request.continuation_token:
        return None
    if not turn.stored:
        return msgspec.structs.replace(request, continuation_token=token)
    return msgspec.structs.replace(
        request, continuation_token=token, input=(), history=(), previous_interaction_id=turn.id
    )


def _note(provider: Provider, request: Request, journal: Journal[Turn], note: str, message: str) -> None:
    frame = request.record.note(note, error=note, message=message)
    turn = journal.turn
    for event in provider.read(State(), frame)[1]:
        turn = apply(turn, event)
    journal.append((frame,), turn)
