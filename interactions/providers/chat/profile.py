"""What is known, beside the wire, of OpenAI's chat completions and of the programs and gateways that serve
them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interactions.conversations.scripts import Sdk
from interactions.providers.profile import Local, Profile
from interactions.providers.shared.gists import counts, joined, texts
from interactions.providers.shared.gists import gist as native
from interactions.turns.steps import Wire
from interactions.turns.values import inner


def gist(kind: str, value: Wire) -> str:
    """Of a chunk; text stands for itself."""
    choices = value.get("choices")
    if not isinstance(choices, list):
        return native(kind, value)
    said = (word for choice in choices if isinstance(choice, Mapping) for word in _choice(choice))
    error = native("error", {"error": value["error"]}) if value.get("error") else ""
    return joined(error, *said, counts(value.get("usage")))


def _choice(choice: Wire) -> Iterator[str]:
    delta = inner(choice, "delta") or inner(choice, "message")
    for key, text in delta.items():
        if isinstance(text, str) and text and key != "role":
            yield text if key == "content" else f"{key} {text}"
        elif isinstance(text, Mapping | list) and text and key != "tool_calls":
            yield joined(key, *texts([inner(delta, key).get("transcript")]))
    calls = delta.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, Mapping):
            function = inner(call, "function")
            said = (function.get("name"), function.get("arguments"))
            place = call.get("index")
            yield " ".join([f"tool_calls[{place if type(place) is int else ''}]", *texts(said)])
    yield from (f"finish_reason {reason}" for reason in texts([choice.get("finish_reason")]))


PROFILE = Profile(
    local=(
        Local("lmstudio", "LM Studio", 1234),
        Local("ollama", "Ollama", 11434),
        Local("vllm", "vLLM", 8000),
        Local("llamacpp", "llama.cpp", 8080),
    ),
    sdk=Sdk(  # openai 3.52.0
        "openai",
        "from openai import OpenAI",
        "OpenAI",
        "client.chat.completions.create",
        "/chat/completions",
        """messages model audio frequency_penalty function_call functions logit_bias logprobs
            max_completion_tokens max_tokens metadata modalities moderation n parallel_tool_calls prediction
            presence_penalty prompt_cache_key prompt_cache_options prompt_cache_retention reasoning_effort
            response_format safety_identifier seed service_tier stop store stream stream_options temperature
            tool_choice tools top_logprobs top_p user verbosity web_search_options""",
        keys=("authorization",),
    ),
    # Of local servers; vLLM's are names of classes. What a gateway hands on is known by its vendor's profile.
    refusals={
        "authenticationerror": "key",
        "engine_overloaded": "busy",
        "internalservererror": "down",
        "badrequesterror": "refused",
        **dict.fromkeys(("exceed_context_size_error", "exceed_context_size"), "long"),
        "not_supported_error": "field",
        "permissiondeniederror": "forbidden",
        "notfounderror": "absent",
        "model_decommissioned": "no_model",
        "unavailable_error": "loading",
    },
    messages={
        "context length": "long",
        "context size": "long",
        "context window": "long",
        "unexpected endpoint": "no_such_path",
        "try pulling": "not_downloaded",
        "no models loaded": "loading",
        "model unloaded": "loading",
        "loading model": "loading",
        "does not support tools": "no_tools",
        "tool choice requires": "no_tools",
        **dict.fromkeys(
            ("not a valid model", "invalid model", "model not exist", "no endpoints found for"), "no_model"
        ),
    },
    vague=frozenset({"internalservererror", "badrequesterror", "notfounderror"}),
    gist=gist,
)
