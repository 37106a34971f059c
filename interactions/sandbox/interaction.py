"""An interaction as it is stored, and what it is marked with: times, signatures, ids of calls."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from interactions.sandbox.request import Step
from interactions.sandbox.wire import Json


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


def now(delay: float = 0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=delay)).strftime("%Y-%m-%dT%H:%M:%SZ")


def signature(*parts: object) -> str:
    """An opaque thought signature, the same for the same parts."""
    digests = (sha256(f"{parts}/{i}".encode()).digest() for i in range(4))
    return b64encode(b"\x12\x80\x01" + b"".join(digests)).decode()


def call_id(*parts: object) -> str:
    return sha256(f"call/{parts}".encode()).hexdigest()[:8]
