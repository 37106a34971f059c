"""What went wrong in the threads of this process that nobody waits for: logged, kept for `/health`, and
survived."""

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


_lock = threading.Lock()
_seen: dict[_Kind, _Seen] = {}


@contextmanager
def survived(where: str) -> Iterator[None]:
    """Whatever is raised inside is met here, and goes no further."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (a thread's boundary: it is logged, and said in /health)
        met(where, error)


def met(where: str, error: BaseException) -> None:
    """Logs the first of each kind with its traceback, and counts all: what is tried again ten times a second
    may fail as often."""
    kind = _Kind(where, type(error).__name__)
    with _lock:
        known = _seen.pop(kind, None)
        _seen[kind] = _Seen(known.times + 1 if known else 1, datetime.now(UTC))
        if len(_seen) > MOST:
            del _seen[next(iter(_seen))]
    if known is None:
        _LOG.error("Something went wrong in %s; it goes on.", where, exc_info=error)


def told() -> str | None:
    """A sentence for each kind, the latest first; None when nothing has gone wrong."""
    with _lock:
        latest = list(_seen.items())[: -SHOWN - 1 : -1]
    return " ".join(_sentence(kind, seen) for kind, seen in latest) or None


def forget() -> None:
    """Begins anew."""
    with _lock:
        _seen.clear()


def _sentence(kind: _Kind, seen: _Seen) -> str:
    times = f" ({seen.times:,} times)" if seen.times > 1 else ""
    return f"{kind.type} in {kind.where} at {seen.last:%Y-%m-%d %H:%M:%S} UTC{times}: the log has more."
