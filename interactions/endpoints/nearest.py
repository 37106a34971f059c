"""The model of a list that comes nearest to one that is not there (any more)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import NamedTuple

# Words in the names of models that do something else than to answer in text.
_ELSE = frozenset(
    {
        *("embed", "embedding", "embeddings", "rerank", "reranker", "moderation", "guard", "whisper"),
        *(
            "tts",
            "transcribe",
            "audio",
            "image",
            "video",
            "realtime",
            "live",
            "dall",
            "sora",
            "veo",
            "imagen",
        ),
    }
)
_DATE = re.compile(r"[-@](?:\d{6,}|\d{4}-\d\d-\d\d|\d\d-\d{4})(?=$|[-:])")
_VERSION = re.compile(r"\d+(?:[.-]\d)*(?!\d*b\b)")
_WORD = re.compile(r"[a-z]+")


class _Name(NamedTuple):
    """A name in its parts: "gemini-2.5-flash" is of the family gemini and of the version 2.5."""

    family: str
    words: frozenset[str]
    version: float


def nearest(model: str, listed: Iterable[str]) -> str:
    """The name that is nearest to this one: of its family, with the same words, of a version close to it and
    rather newer than older. "" if the list has none that could stand in for it."""
    wanted = _parts(model)
    others = [name for name in listed if _bare(name) != _bare(model)]
    fitting = [name for name in others if not (_parts(name).words & _ELSE) - wanted.words]
    return max(fitting, key=lambda name: _likeness(model, name), default="")


def _likeness(model: str, name: str) -> tuple[bool, float, float, bool, float]:
    wanted, found = _parts(model), _parts(name)
    common = len(wanted.words & found.words) / max(1, len(wanted.words | found.words))
    apart = found.version - wanted.version
    alike = SequenceMatcher(None, _bare(model), _bare(name)).ratio()
    return wanted.family == found.family, common, -abs(apart), apart > 0, alike


def _bare(name: str) -> str:
    """Without the vendor in front of it, and without the day of a snapshot."""
    return _DATE.sub("", name.lower().rpartition("/")[2])


def _parts(name: str) -> _Name:
    bare = _bare(name)
    words = _WORD.findall(bare)
    number = _VERSION.search(bare)
    whole, _, rest = number[0].replace("-", ".").partition(".") if number else ("0", "", "")
    return _Name(words[0] if words else "", frozenset(words), float(f"{whole}.{rest.replace('.', '') or 0}"))
