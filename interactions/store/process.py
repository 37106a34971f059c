"""This process as the holder of turns, and whether another one still lives."""

from __future__ import annotations

import os
import socket
import uuid

HOLDER = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"


def gone(holder: str) -> bool:
    """Whether the process has certainly ended: never known of other machines, and on Windows."""
    host, pid, _ = holder.rsplit("/", 2)
    if holder == HOLDER or host != socket.gethostname() or os.name == "nt":
        return False
    if pid == str(os.getpid()):
        return True  # the same number, another life
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
