"""A short tone, without a library."""

import math
import struct
from base64 import b64encode
from functools import cache

RATE = 24_000  # samples a second, 16 bits each, one channel, low byte first


@cache
def tone(hertz: int, seconds: float) -> bytes:
    """Samples that fade in and out."""
    count = int(RATE * seconds)
    loud = (6000 * math.sin(math.pi * i / count) for i in range(count))
    samples = (int(peak * math.sin(2 * math.pi * hertz * i / RATE)) for i, peak in enumerate(loud))
    return struct.pack(f"<{count}h", *samples)


def raw(hertz: int, seconds: float) -> str:
    """Samples and nothing else in base64, as `audio/l16`."""
    return b64encode(tone(hertz, seconds)).decode()


def wav(hertz: int, seconds: float) -> str:
    samples = tone(hertz, seconds)
    shape = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    header = struct.pack("<4sI4s", b"RIFF", 36 + len(samples), b"WAVE") + shape
    return b64encode(header + struct.pack("<4sI", b"data", len(samples)) + samples).decode()
