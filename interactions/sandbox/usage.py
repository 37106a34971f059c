"""Token counts; a word is a token, so that anyone can check the sum."""

from collections.abc import Iterable

from interactions.sandbox.wire import Json, dumps

MEDIA_TOKENS = 258  # what Gemini charges for one small image


def count(text: str) -> int:
    return len(text.split())


def of_steps(steps: Iterable[Json]) -> dict[str, int]:
    """Tokens by modality."""
    tally: dict[str, int] = {"text": 0}
    for step in steps:
        for part in step.get("content", ()):
            kind = part["type"]
            tally[kind] = tally.get(kind, 0) + (count(part["text"]) if kind == "text" else MEDIA_TOKENS)
        payload = [step[key] for key in ("arguments", "result") if key in step]
        tally["text"] += sum(count(dumps(value).replace(",", ", ")) for value in payload)
    return tally


def report(tokens_in: dict[str, int], tokens_out: int, thought: int) -> Json:
    total_in = sum(tokens_in.values())
    return {
        "total_tokens": total_in + tokens_out + thought,
        "total_input_tokens": total_in,
        "input_tokens_by_modality": [{"modality": k, "tokens": n} for k, n in tokens_in.items() if n],
        "total_cached_tokens": 0,
        "total_output_tokens": tokens_out,
        "total_tool_use_tokens": 0,
        "total_thought_tokens": thought,
    }
