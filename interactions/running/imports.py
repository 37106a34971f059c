"""Imports of files, each in a thread of its own, so that a page can show how far one is, and stop it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeAlias

from interactions.conversations.conversation import Owner
from interactions.errors import CassetteError, InteractionsError
from interactions.errors.background import report

BUSY = "Another file is on its way in: wait for it, or stop it, and choose this one again."
STOPPED = "The import was stopped. Nothing of the file was kept."
BROKEN = "The file could not be imported, and nothing of it was kept. The app's log says why."


class Import(NamedTuple):
    """The progress of an import, in parts of the work; `total` is known once the file is read. When it is
    over, it has led to a `conversation`, or there is `trouble`, as a sentence."""

    done: int = 0
    total: int = 0
    conversation: str = ""
    trouble: str = ""

    @property
    def over(self) -> bool:
        return bool(self.conversation or self.trouble)


class Progress:
    """Counts what is done of an import: the thread that works reports here, whoever asks reads `state`."""

    def __init__(self) -> None:
        self.state = Import()
        self.stop, self.ended = threading.Event(), threading.Event()

    def begin(self, total: int) -> None:
        self.state = self.state._replace(total=total)

    def step(self) -> None:
        """Counts one more part as done. Raises `CassetteError` if somebody has stopped it."""
        if self.stop.is_set():
            raise CassetteError(STOPPED)
        self.state = self.state._replace(done=self.state.done + 1)


ImportFile: TypeAlias = Callable[[Owner, bytes, Progress], str]


class Imports:
    """The running imports, one at a time for an owner. `import_file` stores a file as a conversation and
    returns its id, or stores nothing of it."""

    def __init__(self, import_file: ImportFile) -> None:
        self._import_file = import_file
        self._known: dict[Owner, Progress] = {}
        self._lock = threading.Lock()

    def start(self, owner: Owner, data: bytes) -> None:
        """Starts an import. Raises `CassetteError` while another one of the owner runs."""
        progress = Progress()
        with self._lock:
            known = self._known.get(owner)
            if known is not None and not known.state.over:
                raise CassetteError(BUSY)
            self._known[owner] = progress
        run = partial(self._run, owner, data, progress)
        threading.Thread(target=run, name=f"import-{owner[:8]}", daemon=True).start()

    def of(self, owner: Owner, wait: float = 0.0) -> Import | None:
        """The owner's import; waits `wait` seconds for its end. None if there is none, or none any more."""
        progress = self._known.get(owner)
        if progress is None:
            return None
        progress.ended.wait(wait)
        return progress.state

    def stop(self, owner: Owner) -> None:
        """Tells the import to stop, and returns at once. One that is over stays as it is."""
        if progress := self._known.get(owner):
            progress.stop.set()

    def forget(self, owner: Owner) -> None:
        """Drops an import that is over, because its owner has seen how it ended."""
        with self._lock:
            known = self._known.get(owner)
            if known is not None and known.state.over:
                del self._known[owner]

    def _run(self, owner: Owner, data: bytes, progress: Progress) -> None:
        try:
            conversation = self._import_file(owner, data, progress)
        except InteractionsError as error:
            progress.state = progress.state._replace(trouble=str(error))
        except Exception as error:  # noqa: BLE001 (a thread's boundary: its owner is told)
            report("an import", error)
            progress.state = progress.state._replace(trouble=BROKEN)
        else:
            progress.state = progress.state._replace(conversation=conversation)
        progress.ended.set()
