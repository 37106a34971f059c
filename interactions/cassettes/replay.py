"""Replay of a journal, with the delays of the recording."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

from interactions.stream.journal import Frame, Recorder
from interactions.stream.stop import Stop
from interactions.stream.transport import stopped


def replayed(frames: Iterable[Frame], stop: Stop, pace: float = 1.0) -> Iterator[Frame]:
    """Yields the frames again, each after the delay that it was recorded with. `pace` multiplies the time: 0
    is at once.

    When it is stopped, a note that says so follows the frames that were shown.
    """
    began = time.perf_counter()
    last: Frame | None = None
    for frame in frames:
        due = began + frame.at / 1e9 * pace
        if stop.wait(max(0.0, due - time.perf_counter())):
            yield stopped(Recorder(last), stop)
            return
        yield frame
        last = frame
