"""The hooks by which an application changes what the playground does: `INTERACTIONS_HOOKS=module:object`.

No hook is shown a key: requests come without `access`, and endpoints without key and headers.
"""

from __future__ import annotations

import importlib
import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import NamedTuple

from interactions.conversations.request import Options, Request
from interactions.endpoints.endpoint import Endpoint
from interactions.errors import SettingsError
from interactions.providers.protocol import Capabilities
from interactions.settings import Secrets
from interactions.stream.journal import Frame

HOOKS = "INTERACTIONS_HOOKS"


class Source(NamedTuple):
    """A provider as a hook sees it: a protocol, an address, and the call itself, which adds the key."""

    protocol: str
    endpoint: str
    can: Capabilities
    frames: Callable[[Request], Iterator[Frame]]


class Hooks:
    """The points; each does here what happens without it. They are called from many threads at once.

    An `InteractionsError` that a hook raises is said to the visitor in its own words.
    """

    def endpoint(self, endpoint: Endpoint) -> Endpoint:
        """The endpoint to make a provider of, at start; its name has to stay, and so does the protocol of the
        default one. The key and headers that it had stay unless it gets others. An exception keeps the app
        from starting."""
        return endpoint

    def route(self, *, owner: str, conversation: str, options: Options, chosen: str) -> str:
        """The name of the endpoint for this turn; `chosen` is the visitor's. To another one their own key
        does not go. After an exception nothing is sent."""
        del owner, conversation, options
        return chosen

    def system(self, *, owner: str, options: Options) -> str:
        """The system instruction to send, which the log shows and the visitor's settings do not. Called when
        a turn is sent, and for each further request of it. An exception ends the turn as failed."""
        del owner
        return options.system_instruction

    def frames(self, source: Source, request: Request) -> Iterator[Frame]:
        """The stream of a turn, in the turn's thread: each frame is one of `source.frames` or a note of
        `request.record`. An exception ends the turn as failed."""
        return source.frames(request)

    def persist(self, *, owner: str, conversation: str, cassette: bytes) -> None:
        """Takes the conversation with all its turns that are over, each time that one has ended here and is
        saved, in that turn's thread; of one conversation, one after the other. An exception costs
        nothing: the log and `/health` tell of it, and with the next turn all comes again."""

    def load(self, *, owner: str, conversation: str) -> bytes | None:
        """The cassette of a conversation that is not stored here, which is then stored under its id; or None.
        Called when one is opened or begun. After an exception neither is done, and the page says so."""
        del owner, conversation
        return None


# How each point is called, to see at start whether a method can be.
_CALLS: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "endpoint": (1, ()),
    "route": (0, ("owner", "conversation", "options", "chosen")),
    "system": (0, ("owner", "options")),
    "frames": (2, ()),
    "persist": (0, ("owner", "conversation", "cassette")),
    "load": (0, ("owner", "conversation")),
}


def overridden(hooks: Hooks, point: str) -> bool:
    """Whether the application overrides that point; if not, nothing has to be prepared for it."""
    return getattr(getattr(hooks, point), "__func__", None) is not getattr(Hooks, point)


def read_hooks(environ: Mapping[str, str] = os.environ, secrets: Secrets | None = None) -> Hooks:
    """The hooks named in the environment, or else in the secrets. Raises `SettingsError`."""
    value = str(environ.get(HOOKS) or (secrets or {}).get(HOOKS) or "").strip()
    return _found(value) if value else Hooks()


def _found(value: str) -> Hooks:
    module, colon, name = value.partition(":")
    if not (module and colon and name):
        raise SettingsError(
            f"{HOOKS} is {value!r}; it takes module:object, such as ours.hooks:Ours.", setting=HOOKS
        )
    try:
        found = attrgetter(name)(importlib.import_module(module))
        # A class is as good as an object: hooks need no arguments.
        hooks = found() if isinstance(found, type) else found
    except Exception as error:  # anything: it is another's code
        said = f"{type(error).__name__}: {error}"
        raise SettingsError(
            f"{HOOKS} is {value!r}, which cannot be had ({said}). Check the name, and that the module is on"
            " Python's path; a class is called without arguments.",
            setting=HOOKS,
        ) from error
    return checked(hooks, f"{HOOKS} is {value!r}, which")


def checked(hooks: Hooks, who: str) -> Hooks:
    """The hooks themselves, if each point can be called as it will be. Raises `SettingsError`."""
    for point, (positional, named) in _CALLS.items():
        try:
            inspect.signature(getattr(hooks, point)).bind(*[None] * positional, **dict.fromkeys(named))
        except (AttributeError, TypeError, ValueError) as error:
            takes = ", ".join(inspect.signature(getattr(Hooks(), point)).parameters)
            raise SettingsError(
                f"{who} has no usable method {point!r}: it has to take {takes}. Derive from"
                " interactions.running.hooks.Hooks, which has all of them.",
                setting=HOOKS,
            ) from error
    return hooks
