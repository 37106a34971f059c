"""Failures in background threads: each is logged, counted, and reported by `/health`.

For a thread's boundary only: where a caller waits for a result, raise the error to it instead.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import NamedTuple

MOST = 50  # kinds
SHOWN = 5  # kinds

_LOG = logging.getLogger(__name__)


class _Kind(NamedTuple):
    """Where it happened, and what."""

    where: str
    type: str


class _Seen(NamedTuple):
    times: int
    last: datetime


# Of the process, not of a workspace: threads and pages report here without being handed anything.
_lock = threading.Lock()
_seen: dict[_Kind, _Seen] = {}


@contextmanager
def guard(where: str) -> Iterator[None]:
    """Reports every exception raised inside, and does not raise it again."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (a thread's boundary: it is logged, and said in /health)
        report(where, error)


def report(where: str, error: BaseException) -> None:
    """Logs the first of each kind with its traceback, and counts all: what is tried again ten times a second
    may fail as often."""
    kind = _Kind(where, type(error).__name__)
    with _lock:
        known = _seen.pop(kind, None)
        _seen[kind] = _Seen(known.times + 1 if known else 1, datetime.now(UTC))
        # The kind that was seen longest ago goes: `pop` above moves each new report to the end.
        if len(_seen) > MOST:
            del _seen[next(iter(_seen))]
    if known is None:
        _LOG.error("Something went wrong in %s; it goes on.", where, exc_info=error)


def summary() -> str | None:
    """A sentence for each kind, the latest first; None when nothing has gone wrong."""
    with _lock:
        latest = list(_seen.items())[: -SHOWN - 1 : -1]
    return " ".join(_sentence(kind, seen) for kind, seen in latest) or None


def forget() -> None:
    """Drops all reports: nothing has gone wrong."""
    with _lock:
        _seen.clear()


def _sentence(kind: _Kind, seen: _Seen) -> str:
    # What the exception says is left out: it may be anything, and `/health` is open to all.
    times = f" ({seen.times:,} times)" if seen.times > 1 else ""
    return f"{kind.type} in {kind.where} at {seen.last:%Y-%m-%d %H:%M:%S} UTC{times}: the log has more."
