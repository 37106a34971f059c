"""What a delta of a chat completion says: texts of three kinds, and pictures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from interactions.providers.shared.foreign import pictured
from interactions.turns.steps import Wire
from interactions.turns.values import each, inner, word

Kind: TypeAlias = Literal["thought", "text", "refusal"]


def texts(delta: Wire) -> Iterator[tuple[Kind, str]]:
    """In the order of one chunk: thoughts come before what they lead to."""
    # Both names in one chunk are the same text twice (seen where a proxy adds the other).
    yield "thought", word(delta, "reasoning") or word(delta, "reasoning_content")
    yield "text", word(delta, "content")
    yield from _listed(delta)
    yield "refusal", word(delta, "refusal")


def _listed(delta: Wire) -> Iterator[tuple[Kind, str]]:
    """Mistral's content is a list once its model thinks, with a list of texts in each thought."""
    for part in each(delta, "content"):
        if word(part, "type") == "thinking":
            yield "thought", "".join(word(piece, "text") for piece in each(part, "thinking"))
        else:
            yield "text", word(part, "text")


def pictures(delta: Wire) -> list[Wire]:
    """As OpenRouter sends them, in the words of Interactions."""
    urls = (word(inner(picture, "image_url"), "url") for picture in each(delta, "images"))
    return [pictured(url) for url in urls if url]
