"""Runs: what has happened of an interaction at any moment, whoever listens."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from enum import Enum
from functools import cached_property
from math import inf
from time import monotonic

from interactions.sandbox import resume, usage
from interactions.sandbox.interaction import Interaction, now
from interactions.sandbox.script import Beat, Script


class Later(Enum):
    """What is odd about the requests that come after the first."""

    REPEATED = "a stream that resumes a finished run repeats it"
    BUSY = "the first GETs are refused"
    NO_STREAM = "there is no second stream"
    SLOW_CANCEL = "a cancellation takes its time"


class Run:
    """A background run goes by the clock. A foreground run is as far as the stream that leads it says.

    `rehearse` writes the script of an interaction, the same at each call: a run is small, so that many can be
    remembered. All calls come from the event loop of one server.
    """

    def __init__(
        self,
        whole: Interaction,
        rehearse: Callable[[Interaction], Script],
        pace: float,
        later: frozenset[Later] = frozenset(),
    ) -> None:
        self._rehearse = rehearse
        self.pace = pace
        self.later = later
        self.seconds = rehearse(whole).beats[-1].at * pace
        self.whole = replace(whole, updated=now(self.seconds))
        self.refusals = 0  # of GETs
        self._began = monotonic() if whole.background else inf  # inf: it does not go by the clock
        self._heard = Beat(b"")  # by the leading stream
        self._stopped_as = ""
        self._stopped_at = inf
        self._stopped_on = ""
        self._told = asyncio.Event()

    @property
    def id(self) -> str:
        return self.whole.id

    @property
    def finished(self) -> bool:
        return not self._stopped_as and monotonic() >= self._end

    def script(self) -> Script:
        return self._rehearse(self.whole)

    def interaction(self) -> Interaction:
        """As it is at this moment. Its steps come with its end."""
        moment = monotonic()
        if moment >= self._end:
            return self._remains if self._stopped_as else self.whole
        beats = self.script().beats
        status = resume.told(self._past(beats, moment) or beats[:1])
        return _without_outcome(self.whole, status)

    def advance(self, beat: Beat) -> None:
        """The leading stream is at this beat."""
        if beat.place > self._heard.place:
            self._heard = beat
            self._tell()

    def go_on(self) -> None:
        """From here by the clock, if it was not stopped: nobody leads any more."""
        self._go(monotonic() - self._heard.at * self.pace)

    def finish(self) -> None:
        """All of it has happened, unless it was stopped."""
        self._go(-inf)

    def stop(self, status: str, seconds: float = 0.0) -> None:
        """Ends it so, after a while. A run that is over stays as it is, and so does one that is ending so."""
        if self._stopped_as or self.finished:
            return
        self._stopped_as, self._stopped_at, self._stopped_on = status, monotonic() + seconds, now(seconds)
        self._tell()

    async def happens(self, beat: Beat) -> bool:
        """Waits for a beat of the script; False when the run ended without it."""
        await asyncio.sleep(0)  # a long past, heard at once, leaves room for other streams
        while (moment := monotonic()) < (due := self._due(beat)):
            if moment >= self._end:
                return False
            await self._changes(min(due, self._end))
        return True

    @property
    def _end(self) -> float:
        return self._stopped_at if self._stopped_as else self._began + self.seconds

    @cached_property
    def _remains(self) -> Interaction:
        """Of a run that was stopped: the steps that were closed by then."""
        past = self._past(self.script().beats, self._end)
        closed = sum(beat.is_event("step.stop") for beat in past)
        steps = self.whole.steps[:closed]
        spent = usage.so_far(self.whole.usage or {}, steps)
        stopped = _without_outcome(self.whole, self._stopped_as)
        return replace(stopped, steps=steps, usage=spent, updated=self._stopped_on)

    def _go(self, began: float) -> None:
        if not self._stopped_as:
            self._began = began
            self._tell()

    def _past(self, beats: tuple[Beat, ...], moment: float) -> tuple[Beat, ...]:
        return tuple(beat for beat in beats if self._due(beat) <= moment)

    def _due(self, beat: Beat) -> float:
        """inf for what nobody can know yet, and for what will never be."""
        due = self._began + beat.at * self.pace
        if self._began == inf:
            due = -inf if beat.place <= self._heard.place else inf
        return inf if self._stopped_as and (beat.final or due > self._stopped_at) else due

    async def _changes(self, moment: float) -> None:
        """Until that moment, or until the run is told something."""
        with suppress(TimeoutError):
            async with asyncio.timeout(None if moment == inf else moment - monotonic()):
                await self._told.wait()

    def _tell(self) -> None:
        self._told.set()
        self._told = asyncio.Event()


def _without_outcome(whole: Interaction, status: str) -> Interaction:
    return replace(whole, status=status, steps=(), usage=None, errors=(), continuation_token="", updated="")
