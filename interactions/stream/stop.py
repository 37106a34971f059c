"""Stop and Limit: they end a request from another thread, whatever that request is waiting for."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any


class Stop:
    """A request to stop, set once, with who set it: "you", or what has happened.

    Closing an httpx response or client from another thread leaves a blocked read blocked until its time-out,
    and the server unaware; only the socket's own `shutdown` wakes it (measured, httpx 0.28).
    """

    def __init__(self) -> None:
        self._set = threading.Event()
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.by = ""

    def set(self, by: str = "you") -> None:
        self.by = self.by or by
        self._set.set()
        self.cut()

    def is_set(self) -> bool:
        return self._set.is_set()

    def wait(self, seconds: float) -> bool:
        """Sleeps until the time is over or it is stopped; returns whether it was stopped."""
        return self._set.wait(seconds)

    def trace(self, name: str, info: dict[str, Any]) -> None:
        """An httpcore `trace` hook. It sees the socket before any header has come, but only of new
        connections: a client that is to be stoppable keeps none alive."""
        if name in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            with self._lock:
                self._socket = info["return_value"].get_extra_info("socket")
            if self.is_set():
                self.cut()

    def cut(self) -> None:
        """Ends the request that is under way, and stops nothing else."""
        with self._lock, contextlib.suppress(OSError):  # it may be closed already: that is the aim
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)


class Limit:
    """Cuts off a request that goes on for `seconds` before `lift` is called; 0 is never. httpx has a time-out
    for each read: a server that sends a byte now and then never runs into it."""

    def __init__(self, stop: Stop, seconds: float) -> None:
        self._stop = stop
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True
        self.passed = False
        if seconds:
            self._timer.start()

    def lift(self) -> None:
        self._timer.cancel()

    def trace(self, name: str, info: dict[str, Any]) -> None:
        """An httpcore `trace` hook, in the place of the one of `stop`."""
        self._stop.trace(name, info)
        if self.passed:
            self._stop.cut()

    def _pass(self) -> None:
        self.passed = True
        self._stop.cut()
