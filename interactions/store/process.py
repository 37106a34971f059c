"""This process as the holder of turns."""

from __future__ import annotations

import os
import socket
import uuid

HOLDER = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
