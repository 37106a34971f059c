"""Token counts; a word is a token, so that anyone can check the sum."""

from collections import Counter
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


def report(tokens_in: dict[str, int], output: tuple[Json, ...], thought: int) -> Json:
    """What server tools return is counted apart from what the model says."""
    returned = [step for step in output if step["type"] in _RETURNED]
    total_in, total_out = sum(tokens_in.values()), sum(of_steps(output).values())
    tools = sum(of_steps(returned).values())
    report = {
        "total_tokens": total_in + total_out + thought,
        "total_input_tokens": total_in,
        "input_tokens_by_modality": [{"modality": k, "tokens": n} for k, n in tokens_in.items() if n],
        "total_cached_tokens": 0,
        "total_output_tokens": total_out - tools,
        "total_tool_use_tokens": tools,
        "total_thought_tokens": thought,
    }
    grounded = Counter(step["type"].removesuffix("_call") for step in output if step["type"] in _GROUNDED)
    counts = [{"type": tool, "count": count} for tool, count in grounded.items()]
    return {**report, "grounding_tool_count": counts} if counts else report


def so_far(whole: Json, steps: tuple[Json, ...]) -> Json:
    """What a run has used that stopped after these steps; `whole` is the report of all of it."""
    tokens_in = {each["modality"]: each["tokens"] for each in whole["input_tokens_by_modality"]}
    thought = any(step["type"] == "thought" for step in steps)
    return report(tokens_in, steps, whole["total_thought_tokens"] if thought else 0)


_GROUNDED = ("google_search_call", "google_maps_call", "retrieval_call")
_RETURNED = tuple(
    f"{tool}_result"
    for tool in (
        "code_execution",
        "google_search",
        "google_maps",
        "url_context",
        "mcp_server_tool",
        "tool_search",
    )
)
