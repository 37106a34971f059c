"""What a message has used, from the figures that its events tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interactions.turns.events import Share, Usage
from interactions.turns.steps import Wire
from interactions.turns.values import count, each, inner, word

_INPUT = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
_ALIASES = {"prompt_tokens": "input_tokens", "completion_tokens": "output_tokens"}
_READ = frozenset({*_INPUT, "output_tokens", "output_tokens_details", "total_tokens", *_ALIASES})
# What is told with every answer, and says nothing of this one.
_ORDINARY: Mapping[str, tuple[str, ...]] = {
    "service_tier": ("standard",),
    "inference_geo": ("global", "not_available"),
}


def merged(known: Wire, more: Wire) -> Wire:
    """The figures after those of another event. They are running totals and take the place of those before.
    What is null changes nothing, and neither does a zero: a total does not shrink, but some servers fill in
    what they do not know. A prompt shrinks to nothing where it turns out to have come from a cache."""
    said = {_ALIASES.get(key, key): value for key, value in more.items() if value is not None}
    cached = any(said.get(key) and not known.get(key) for key in _INPUT[1:])
    real = {_INPUT[0]} if cached else set()
    return {
        **known,
        **{key: value for key, value in said.items() if value or key in real or key not in known},
    }


def usage_of(raw: Wire, model: str, *, replaced: bool) -> Usage | None:
    """The usage of a message that `model` began; `replaced` says that another one took its place."""
    if not raw:
        return None
    told = _counts(raw)
    shares = tuple(_shares(raw, told, model, replaced=replaced))
    return Usage(
        told.total_tokens,
        told.total_input_tokens,
        told.total_output_tokens,
        told.total_thought_tokens,
        told.total_cached_tokens,
        total_cache_write_tokens=told.total_cache_write_tokens,
        shares=shares or None,
    )


def unread(raw: Wire) -> dict[str, object]:
    """What else is told with the figures: the tier, the place, requests of tools, each of the iterations."""
    said = {key: value for key, value in raw.items() if key not in _READ and says(value)}
    if [word(one, "type") for one in each(raw, "iterations")] == ["message"]:
        del said["iterations"]  # the message itself
    return {key: value for key, value in said.items() if value not in _ORDINARY.get(key, ())}


def says(value: object) -> bool:
    """Whether there is anything in a value but nothing and zeros."""
    return any(map(says, value.values())) if isinstance(value, Mapping) else bool(value)


def _counts(raw: Wire) -> Usage:
    """The wire counts thoughts with the output, and the cached parts of a prompt beside its input. Servers
    that do otherwise are found out by a total."""
    cached, written = count(raw, _INPUT[2]) or 0, count(raw, _INPUT[1]) or 0
    parts = [figure for key in _INPUT if (figure := count(raw, key)) is not None]
    prompt = sum(parts) if parts else None
    output = count(raw, "output_tokens") or 0
    details = inner(raw, "output_tokens_details")
    thought = count(details, "thinking_tokens") or count(details, "reasoning_tokens") or 0
    total = count(raw, "total_tokens")
    beside = thought > output or (total is not None and total == (prompt or 0) + output + thought)
    if total is not None and prompt is not None and total == prompt - cached + output:
        prompt -= cached  # the input had them already
    return Usage(
        total_tokens=(prompt or 0) + output + (thought if beside else 0),
        total_input_tokens=prompt,
        total_output_tokens=output if beside else output - thought,
        total_thought_tokens=thought,
        total_cached_tokens=cached,
        total_cache_write_tokens=written or None,
    )


def _shares(raw: Wire, told: Usage, model: str, *, replaced: bool) -> Iterator[Share]:
    """What each model has used, where there were several, or where the figures of the message do not have all
    of it: an advisor and a compaction are counted apart. Nobody knows which model an iteration without a name
    was when one has taken another's place."""
    iterations = each(raw, "iterations")
    kinds = {word(one, "type") for one in iterations}
    others = {word(one, "model") for one in iterations} - {"", model}
    replaced = replaced or "fallback_message" in kinds
    if iterations and (replaced or others or kinds - {"message"}):
        for one in iterations:
            yield Share(word(one, "model") or ("" if replaced else model), _counts(one))
    elif replaced:
        yield Share("", told)
