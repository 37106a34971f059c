"""Stored interactions, their ids, and the histories that `previous_interaction_id` reaches."""

import re
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from interactions.sandbox.refusals import Refusal, invalid
from interactions.sandbox.request import Step
from interactions.sandbox.wire import Json

WELL_FORMED = re.compile(r"v1_[\w-]{10,}", re.ASCII)
CAPACITY = 2000  # interactions; the oldest go first


@dataclass(frozen=True)
class Interaction:
    """Children hold their parent itself: deleting it takes away its id, not their history."""

    id: str
    whose: Json
    input: tuple[Step, ...]
    echo: Json
    parent: "Interaction | None"
    created: str
    updated: str = ""
    background: bool = False
    status: str = "in_progress"
    steps: tuple[Step, ...] = ()
    usage: Json | None = None
    errors: tuple[Json, ...] = ()
    continuation_token: str = ""
    service_tier: str = "standard"

    def lineage(self) -> Iterator["Interaction"]:
        """From this one back to the first."""
        ancestor: Interaction | None = self
        while ancestor:
            yield ancestor
            ancestor = ancestor.parent

    def history(self) -> tuple[Step, ...]:
        generations = reversed(list(self.lineage()))
        return tuple(step for one in generations for step in (*one.input, *one.steps))

    def resource(self, *, echo: bool = False, include_input: bool = False) -> Json:
        steps = [*(self.input if include_input else ()), *self.steps]
        fields: Json = {
            "id": self.id,
            "status": self.status,
            "usage": self.usage,
            "continuation_token": self.continuation_token,
            "created": self.created,
            "updated": self.updated or self.created,
            "service_tier": self.service_tier,
            "steps": steps,
            **(self.echo if echo else {}),
            "object": "interaction",
            **self.whose,
            "errors": list(self.errors),
        }
        return {key: value for key, value in fields.items() if value or key in ("id", "steps")}


class Memory:
    """`seed` decides every id: the nth interaction of two servers with one seed has the same id."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0
        self._kept: dict[str, Interaction] = {}
        self._due: dict[str, tuple[float, Interaction]] = {}

    def new_id(self) -> str:
        """Google's form: two length-prefixed tokens of 23 characters in base64url, 70 characters in all."""
        self._count += 1
        token = urlsafe_b64encode(sha256(f"{self._seed}/{self._count}".encode()).digest())[:23]
        return "v1_" + urlsafe_b64encode(b"\n\x17" + token + b"\x12\x17" + token).decode().rstrip("=")

    def keep(self, interaction: Interaction) -> None:
        self._kept[interaction.id] = interaction
        while len(self._kept) > CAPACITY:
            del self._kept[next(iter(self._kept))]

    def keep_later(self, interaction: Interaction, seconds: float) -> None:
        """A background run: in progress until `seconds` have passed, then `interaction`."""
        self.keep(replace(interaction, status="in_progress", steps=(), usage=None, continuation_token=""))
        self._due[interaction.id] = (time.monotonic() + seconds, interaction)

    def get(self, name: str) -> Interaction:
        if not WELL_FORMED.fullmatch(name):
            raise invalid(f"Invalid interaction name: interactions/{name}")
        if name not in self._kept:
            raise Refusal(404, f"Interaction interactions/{name} was not found.")
        due, finished = self._due.get(name, (0.0, None))
        if finished and time.monotonic() >= due:
            self.keep(finished)
            del self._due[name]
        return self._kept[name]

    def final(self, name: str) -> Interaction:
        """What the interaction is, or will be when its background run ends."""
        current = self.get(name)
        return self._due.get(name, (0.0, current))[1]

    def parent(self, name: str) -> Interaction:
        found = self.get(name)
        if found.status in ("queued", "in_progress"):
            raise invalid(f"Interaction interactions/{name} has not finished.", "failed_precondition")
        return found

    def cancel(self, name: str) -> Interaction:
        found = self.get(name)
        if not found.background:
            raise invalid(f"Interaction interactions/{name} is not a background interaction.")
        if self._due.pop(name, None):
            self.keep(replace(found, status="cancelled"))
        return self._kept[name]

    def holds(self, name: str) -> bool:
        return name in self._kept

    def forget(self, name: str) -> None:
        self.get(name)
        del self._kept[name]
        self._due.pop(name, None)


def now(delay: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=delay)).strftime("%Y-%m-%dT%H:%M:%SZ")


def signature(*parts: object) -> str:
    """An opaque thought signature, the same for the same parts."""
    digests = (sha256(f"{parts}/{i}".encode()).digest() for i in range(4))
    return b64encode(b"\x12\x80\x01" + b"".join(digests)).decode()


def call_id(*parts: object) -> str:
    return sha256(f"call/{parts}".encode()).hexdigest()[:8]
