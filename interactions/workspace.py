"""The composition root: the only place that names concrete providers and stores. Pages talk to it alone."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from importlib.metadata import version

from interactions import __version__, sandbox
from interactions.errors import NotFound
from interactions.journal import Recorder
from interactions.providers import Provider
from interactions.providers.documents import Document
from interactions.providers.gemini import Gemini
from interactions.request import Input, Options, Request
from interactions.runner import Runner
from interactions.settings import GOOGLE, Settings, shown_url
from interactions.stop import Stop
from interactions.store.memory import Conversation, MemoryStore, Owner, Prompt, StoredTurn, new_id
from interactions.transport import new_client

PACKAGES = ("streamlit", "httpx", "httpx-sse", "msgspec", "starlette", "uvicorn")


class Workspace:
    """Everything a process has, made once: the provider, the store, and the turns that run."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._sandbox = sandbox.serve() if settings.sandboxed else None
        base_url = self._sandbox.url if self._sandbox else settings.base_url or GOOGLE
        api_key = settings.api_key or ("sandbox" if self._sandbox else "")
        client = new_client(settings.silence)
        self._provider: Provider = Gemini(client, base_url, settings.api_version, api_key)
        self._store = MemoryStore()
        self._runner = Runner()

    def send(self, owner: Owner, conversation: str, input: Input, options: Options) -> None:
        """Starts a turn, or queues it behind the one that runs. The conversation is made if need be."""
        self._store.create(owner, conversation)
        self._store.enqueue(owner, conversation, Prompt(new_id(), input, options))
        self._start(owner, self._store.next_turn(owner, conversation))

    def send_next(self, owner: Owner, conversation: str) -> None:
        """Sends the first waiting message although the turn before it did not end well."""
        self._start(owner, self._store.next_turn(owner, conversation))

    def remove(self, owner: Owner, conversation: str, prompt: str) -> None:
        self._store.remove(owner, conversation, prompt)

    def stop(self, owner: Owner, conversation: str) -> None:
        for stored in self._store.conversation(owner, conversation).turns[-1:]:
            self._runner.stop(stored.id)

    def conversation(self, owner: Owner, conversation: str) -> Conversation:
        """Raises `NotFound`."""
        return self._store.conversation(owner, conversation)

    def conversations(self, owner: Owner) -> Sequence[Conversation]:
        return self._store.conversations(owner)

    def frame(self, owner: Owner, conversation: str, turn: str, seq: int) -> bytes:
        """The bytes of one frame. Raises `NotFound`."""
        for stored in self._store.conversation(owner, conversation).turns:
            if stored.id == turn and 0 <= seq < len(stored.journal):
                return stored.journal.slice(seq, seq + 1)[0].raw
        raise NotFound("There is no such frame.")

    def retrieve(self, interaction_id: str) -> Document:
        """An interaction as its server has it now. Raises `UpstreamError`."""
        return self._provider.retrieve(interaction_id)

    def reach(self) -> Document:
        """Asks the endpoint for something small. Raises `UpstreamError`."""
        return self._provider.reach()

    def running(self) -> int:
        return len(self._runner.running())

    def health(self) -> dict[str, object]:
        """What `/health` answers; it never calls the provider."""
        return {
            "ok": True,
            "provider": self._provider.name,
            "model": self.settings.model,
            "sandbox": self.settings.sandboxed,
            "api_version": self.settings.api_version,
            "running_turns": self.running(),
            "version": __version__,
        }

    def configuration(self) -> dict[str, object]:
        """What the process was started with, keys masked."""
        return {
            "endpoint": shown_url(self._provider.endpoint),
            "key": f"set by {self.settings.key_source}" if self.settings.api_key else "none",
            "default_model": self.settings.model,
            "silence_seconds": self.settings.silence,
        }

    def _start(self, owner: Owner, stored: StoredTurn | None) -> None:
        if stored is None:
            return
        request = Request(
            input=stored.prompt.input,
            options=stored.prompt.options,
            record=Recorder(),
            stop=Stop(),
            previous_interaction_id=stored.previous_interaction_id,
        )
        following = lambda: self._start(owner, self._store.finish(owner, stored))  # noqa: E731
        self._runner.start(stored, self._provider, request, following)


def versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
