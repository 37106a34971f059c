"""Runs turns in threads. A turn belongs to the process, not to a page: only its provider, a limit or Stop
ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import msgspec

from interactions.conversations.conversation import StoredTurn
from interactions.conversations.request import Request
from interactions.errors import InteractionsError
from interactions.errors.background import guard, report
from interactions.providers.profile import profile_of
from interactions.providers.protocol import Provider
from interactions.providers.reading import read_again, refold, take
from interactions.running.resume import bring_back, broken
from interactions.stream.journal import Frame, Journal
from interactions.stream.notes import Crash, Cut, LeftOut, Resume
from interactions.stream.stop import Stop
from interactions.turns.events import ErrorDetail
from interactions.turns.turn import Turn

LONGEST_CHAIN = 20  # hops of one turn; the documentation names no bound for a server that pauses
Ask: TypeAlias = Callable[[Request], Iterator[Frame]]
PAUSED = "The server paused the answer and did not go on with it."


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
        *,
        taken_up: bool = False,
        refusal: Frame | None = None,
        ask: Ask | None = None,
    ) -> None:
        """Streams the turn into its journal in a thread of its own; calls `ended` from there at the end. One
        that is taken up was begun by a process that has lost it. With a `refusal` nothing is sent. `ask`
        makes the requests in the place of the provider.

        The thread is a daemon: a process that is told to exit does not wait for a silent model.
        """
        with self._lock:
            self._running[stored.id] = request.stop

        def run() -> None:
            with _ending(stored.journal, request):
                if refusal is None:
                    stream(provider, request, stored.journal, taken_up=taken_up, ask=ask)
                else:
                    stored.journal.append([refusal], refold(provider, [*stored.journal.slice(), refusal]))
            with self._lock:
                del self._running[stored.id]
            with guard("the end of a turn"):
                ended()
            # Closed in any case, so that no reader waits for ever; last, because a reader that sees the end
            # may ask for the next turn, which `ended` has started.
            stored.journal.close()

        threading.Thread(target=run, name=f"turn-{stored.id[:8]}", daemon=True).start()

    def stop(self, turn_id: str, by: str = "you") -> None:
        """Returns at once; the journal says when it has happened. A turn that is over stays as it is."""
        with self._lock:
            stop = self._running.get(turn_id)
        if stop is not None:
            stop.set(by)

    def running(self) -> tuple[str, ...]:
        with self._lock:
            return tuple(self._running)


@contextmanager
def _ending(journal: Journal[Turn], request: Request) -> Iterator[None]:
    """Ends the turn with the reason if anything is raised inside."""
    try:
        yield
    # The second of two boundaries. `stream` writes a crash of a provider or a hook as a frame and folds it,
    # so the turn ends like any other. What fails here is that writing itself (the fold or the journal), so
    # nothing may be folded any more: the end is written over the newest known state of the turn.
    except Exception as error:  # noqa: BLE001 (a thread's boundary: the visitor sees it in the turn)
        report("a turn", error)
        message = f"{type(error).__name__}: {error}"
        note = request.record.note(Crash("crash", message))
        over = ErrorDetail("crash", message)
        turn = msgspec.structs.replace(journal.head, status="failed", ended=True, error=over)
        journal.append([note], turn)


class _Writing:
    """Folds frames and writes them to the journal. What ends a turn that is yet to be brought back is held
    until it is known what follows: nobody is told of an end that is none."""

    def __init__(self, provider: Provider, journal: Journal[Turn]) -> None:
        self._reading = read_again(provider, journal.slice())
        self._provider = provider
        self._journal = journal
        self._held: list[Frame] = []

    @property
    def turn(self) -> Turn:
        return self._reading.turn

    def take(self, frames: Iterable[Frame], request: Request) -> None:
        for frame in frames:
            self._reading = take(self._provider, self._reading, frame)
            self._held.append(frame)
            if not broken(self.turn, request):
                self.release()

    def forgotten(self, error: ErrorDetail) -> bool:
        """Whether the error means that the server no longer knows the id that the request names."""
        return _forgotten(error, profile_of(self._provider).forgotten)

    def release(self) -> None:
        if self._held:
            self._journal.append(self._held, self.turn)
            self._held = []


def stream(
    provider: Provider,
    request: Request,
    journal: Journal[Turn],
    *,
    taken_up: bool = False,
    ask: Ask | None = None,
) -> None:
    """Streams a turn: appends and folds the frames of all its requests. A turn that is taken up begins with
    the ladder."""
    writing = _Writing(provider, journal)
    if request.left_out and not taken_up:
        writing.take([request.record.note(LeftOut(request.left_out))], request)
    try:
        for _ in range(LONGEST_CHAIN):
            if not taken_up:
                writing.take((ask or provider.frames)(request), request)
            # A turn of a dead process is never sent again: the server may have begun to answer it.
            if taken_up or broken(writing.turn, request):
                writing.take(bring_back(provider, request, journal, lambda: writing.turn), request)
            taken_up = False
            following = _rebuilt(request, writing) or _continued(request, writing.turn)
            if following is None:
                break
            request = following
        if not writing.turn.ended:
            writing.take([request.record.note(Cut("cut", PAUSED))], request)
    except Exception as error:  # noqa: BLE001 (a thread's boundary: the visitor sees it in the turn)
        # Errors of ours come from a hook and are meant for the visitor; only unexpected ones are reported.
        if isinstance(error, InteractionsError):
            message = str(error)
        else:
            report("a turn", error)
            message = f"{type(error).__name__}: {error}"
        writing.take([request.record.note(Crash("crash", message))], request)
    # Also when the ladder raised: frames that are held back have been received and belong to the journal.
    finally:
        writing.release()


def _continued(request: Request, turn: Turn) -> Request | None:
    """The next hop of an answer that the server has paused; the same token twice would go round for ever."""
    token = turn.continuation_token
    if turn.ended or token is None or token == request.continuation_token:
        return None
    # A server that stores nothing gets the answer so far; any other goes on from its own record.
    if not turn.stored:
        return msgspec.structs.replace(request, continuation_token=token, begun=turn)
    return msgspec.structs.replace(
        request, continuation_token=token, input=(), history=(), previous_interaction_id=turn.id
    )


def _rebuilt(request: Request, writing: _Writing) -> Request | None:
    """The request once more, with the saved steps in the place of an id that the server no longer knows."""
    error = writing.turn.error
    if not request.previous_interaction_id or error is None or not writing.forgotten(error):
        return None
    writing.take([request.record.note(Resume("rebuild", afresh=True))], request)
    return msgspec.structs.replace(
        request, previous_interaction_id=None, history=request.earlier(), earlier=tuple, named=tuple
    )


def _forgotten(error: ErrorDetail, words: Collection[str]) -> bool:
    """Recorded: 404 for an id that has expired. What else says so is told by the provider's profile."""
    if error.code in words:
        return True
    if error.http_status == 404:
        return error.code != "model_not_found"
    message = (error.message or "").lower()
    return error.http_status == 400 and any(word in message for word in words)
