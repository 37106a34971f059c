"""A body read as a turn: by the protocol that was named, or the one that its events tell."""

from __future__ import annotations

from typing import Any, BinaryIO

from interactions.command.bodies import frames_of
from interactions.command.report import report
from interactions.endpoints.endpoint import Endpoint
from interactions.endpoints.protocols import NOWHERE, Protocols
from interactions.errors import InteractionsError
from interactions.providers.built_in import COMMON
from interactions.providers.reading import refold
from interactions.providers.tells import protocol_of
from interactions.stream.forms import page_title, unreadable
from interactions.stream.transport import new_client


class Unread(InteractionsError):
    """What keeps a body from being read, as a sentence."""


class Teller:
    """Tells what a body says. `think` is whether text between thought tags is thoughts. Raises `Unread` for
    the name of a `protocol` that is not here; "" is whichever the body is in."""

    def __init__(self, protocol: str = "", *, think: bool = False) -> None:
        self._protocols = Protocols()
        self._protocol = protocol
        self._think = think
        if protocol not in ("", *self._protocols.names):
            raise Unread(
                f"There is no protocol {protocol!r} here. Take one of {self._names}, or leave it out."
            )

    @property
    def _names(self) -> str:
        return ", ".join(self._protocols.names)

    def told(self, source: BinaryIO, name: str) -> dict[str, Any]:
        """The report of a body, which messages call by that name. Raises `Unread`, and `SettingsError` for a
        protocol whose package does not work."""
        frames = frames_of(source)
        body = b"".join(frame.raw for frame in frames if frame.kind == "wire")
        if not body.strip():
            raise Unread(f"{name} is empty. Give the body of an answer, as curl prints it.")
        found = self._protocol or protocol_of(body, self._protocols.names)
        # A web page is one in any protocol.
        if not found and page_title(body.decode("utf-8", "replace")) is None and not unreadable(body):
            raise Unread(f"Nothing in {name} tells its protocol. Name it with --protocol: {self._names}.")
        reader = found or COMMON
        with new_client(1.0) as client:
            endpoint = Endpoint(reader, reader, NOWHERE, think=self._think and reader == COMMON)
            return report(refold(self._protocols.provider(client, endpoint), frames), found)
