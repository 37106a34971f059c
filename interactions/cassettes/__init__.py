"""Cassettes: saved journals. What was recorded can be carried elsewhere, shown again and answered with.

document  the file: one JSON document for a conversation or a turn
checks    what a file has to say for that
replay    a journal's frames once more, at the pace that they had
server    answers requests as the recorded server did: `python -m interactions.cassettes serve FILE`
"""

from interactions.cassettes.document import LARGEST, Cassette, Recording, dump, load
from interactions.cassettes.replay import replayed

__all__ = ["LARGEST", "Cassette", "Recording", "dump", "load", "replayed"]
