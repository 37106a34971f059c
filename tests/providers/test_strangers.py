"""What nobody knows yet: events of later versions, in the streams of every vendor."""

from __future__ import annotations

import json
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from interactions.conversations.request import Access
from interactions.providers.anthropic.provider import Anthropic
from interactions.providers.chat.provider import OpenAIChat
from interactions.providers.gemini.provider import Gemini
from interactions.providers.generate_content.provider import GenerateContent
from interactions.providers.lmstudio.provider import LMStudio
from interactions.providers.protocol import Provider
from interactions.providers.responses.provider import OpenAIResponses
from interactions.stream.journal import Frame
from interactions.turns.fold import fold
from tests.folding import RECORDINGS as NATIVE
from tests.folding import exchange, jsons, value
from tests.vendors import RECORDINGS, STRANGERS, events_of

CLIENT, NOWHERE = httpx.Client(), Access("http://x.test")
READERS: dict[str, Provider] = {
    "generate": GenerateContent(CLIENT, NOWHERE),
    "anthropic": Anthropic(CLIENT, NOWHERE),
    "openai": OpenAIResponses(CLIENT, NOWHERE),
    "chat": OpenAIChat(CLIENT, NOWHERE),
    "lmstudio": LMStudio(CLIENT, NOWHERE),
}
GEMINI = Gemini(CLIENT, NOWHERE, "v1beta")
STREAMS: dict[str, tuple[Provider, bytes]] = {
    **{name: (GEMINI, body) for name, body in NATIVE.items()},
    **{name: (READERS[name.partition("_")[0]], body) for name, body in RECORDINGS.items()},
}
FIELDS = (
    *("index", "delta", "item", "item_id", "output_index", "content_block", "part"),
    *("text", "step", "surprise", "sequence_number"),
)


def strangers() -> st.SearchStrategy[bytes]:
    """Frames of a kind that no version has so far, with known names in them."""
    kinds = st.from_regex(r"hologram(\.[a-z]{1,6})?", fullmatch=True)
    return st.builds(_frame, kinds, st.booleans(), st.dictionaries(st.sampled_from(FIELDS), jsons()))


def _frame(kind: str, named: bool, fields: dict[str, Any]) -> bytes:
    event = {"type": kind, "event_type": kind, "object": kind, **fields}
    return (f"event: {kind}\n" if named else "").encode() + f"data: {json.dumps(event)}\n\n".encode()


@given(
    st.sampled_from(sorted(STREAMS)),
    st.lists(st.tuples(st.integers(min_value=0), strangers() | st.sampled_from(STRANGERS)), max_size=4),
)
def test_events_of_no_known_kind_are_rows_of_the_log_and_nothing_else(
    name: str, extra: list[tuple[int, bytes]]
) -> None:
    """Wherever they come between the frames of an answer, the turn is the same."""
    provider, body = STREAMS[name]
    plain = list(exchange(body))
    expected = value(fold(events_of(provider, plain)))
    frames = list(plain)
    for at, raw in extra:
        frames.insert(2 + at % (len(frames) - 2), Frame(9999, 1, 1, "wire", raw))
    assert value(fold(events_of(provider, frames))) == expected
