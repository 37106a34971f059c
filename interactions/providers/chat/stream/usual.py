"""The chunk that nearly all of a stream are, decoded into types instead of being looked through.

It has a piece of the answer or of a thought, and nothing else that says anything. Whatever does not fit goes
the long way, which reads this one just the same.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import msgspec

from interactions.providers.chat.stream.progress import Chunks, Read, say

_Nothing: TypeAlias = Annotated[list[None], msgspec.Meta(max_length=0)] | None
_Ignored: TypeAlias = str | int | float | None


class _Delta(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    role: str | None = None
    content: str | None = None
    refusal: None = None
    function_call: None = None
    tool_calls: _Nothing = None
    reasoning: str | None = None
    reasoning_content: str | None = None
    reasoning_details: _Nothing = None
    audio: None = None


class _Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    index: int
    delta: _Delta
    finish_reason: None = None
    native_finish_reason: None = None
    stop_reason: None = None
    matched_stop: None = None
    token_ids: None = None
    logprobs: None = None


class _Chunk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    choices: Annotated[list[_Choice], msgspec.Meta(min_length=1, max_length=1)]
    id: str = ""
    model: str = ""
    object: _Ignored = None
    created: _Ignored = None
    system_fingerprint: _Ignored = None
    obfuscation: _Ignored = None
    p: _Ignored = None
    provider: str | None = None
    service_tier: str | None = None
    usage: None = None
    error: None = None


_decoder: msgspec.json.Decoder[_Chunk] = msgspec.json.Decoder(_Chunk)


def short(state: Chunks, data: str | bytes) -> Read | None:
    """What a usual chunk says; None for any other, and where the state has more to do than to go on."""
    if not state.going:
        return None
    try:
        chunk = _decoder.decode(data)
    except ValueError:
        return None
    choice = chunk.choices[0]
    if choice.index != state.choice or chunk.id not in ("", state.latest):
        return None
    if not (_known(state, "service_tier", chunk.service_tier) and _known(state, "provider", chunk.provider)):
        return None
    delta = choice.delta
    if not (delta.reasoning or delta.reasoning_content):
        return say(state, "text", delta.content or "")
    if delta.reasoning and delta.reasoning_content:
        return None
    state, thought = say(state, "thought", delta.reasoning or delta.reasoning_content or "")
    state, text = say(state, "text", delta.content or "")
    return state, (*thought, *text)


def _known(state: Chunks, key: str, value: Any) -> bool:
    return not value or state.told.get(key) == value
