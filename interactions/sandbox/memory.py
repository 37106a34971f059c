"""Stored interactions by their ids, and which of them `previous_interaction_id` can go on from."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256

from interactions.sandbox.interaction import Interaction
from interactions.sandbox.refusals import Refusal, invalid
from interactions.sandbox.runs import Run

WELL_FORMED = re.compile(r"v1_[\w-]{10,}", re.ASCII)
CAPACITY = 2000  # interactions; the oldest go first


class Memory:
    """`seed` decides every id: the nth interaction of two servers with one seed has the same id."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0
        self._kept: dict[str, Run] = {}

    def new_id(self) -> str:
        """Google's form: two length-prefixed tokens of 23 characters in base64url, 70 characters in all."""
        self._count += 1
        token = urlsafe_b64encode(sha256(f"{self._seed}/{self._count}".encode()).digest())[:23]
        return "v1_" + urlsafe_b64encode(b"\n\x17" + token + b"\x12\x17" + token).decode().rstrip("=")

    def keep(self, run: Run) -> None:
        self._kept[run.id] = run
        while len(self._kept) > CAPACITY:
            del self._kept[next(iter(self._kept))]

    def get(self, name: str) -> Run:
        if not WELL_FORMED.fullmatch(name):
            raise invalid(f"Invalid interaction name: interactions/{name}")
        if name not in self._kept:
            raise Refusal(404, f"Interaction interactions/{name} was not found.")
        return self._kept[name]

    def parent(self, name: str) -> Interaction:
        found = self.get(name).interaction()
        if found.status in ("queued", "in_progress"):
            raise invalid(f"Interaction interactions/{name} has not finished.", "failed_precondition")
        return found

    def background(self, name: str) -> Run:
        run = self.get(name)
        if not run.whole.background:
            raise invalid(f"Interaction interactions/{name} is not a background interaction.")
        return run

    def forget(self, name: str) -> None:
        """A run that is deleted while it is in progress is cancelled, for those who still listen."""
        self.get(name).stop("cancelled")
        del self._kept[name]

    def lose(self, name: str) -> None:
        """Forgets it, if it was ever stored."""
        if name in self._kept:
            self.forget(name)
