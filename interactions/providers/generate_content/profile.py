"""What is known, beside the wire, of Google's generateContent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from interactions.conversations.scripts import Sdk
from interactions.providers.generate_content.names import camel, unwrapped
from interactions.providers.profile import Profile, Service
from interactions.providers.shared.gists import counts, joined, told
from interactions.providers.shared.gists import gist as native
from interactions.turns.steps import Wire
from interactions.turns.values import each, inner

_TELLING = ("text", "code", "output", "name", "args", "partialArgs", "response", "mimeType", "fileUri")


def gist(kind: str, value: Wire) -> str:
    """Of a chunk; text stands for itself. Each chunk counts tokens: only the last count says something."""
    chunk = unwrapped(value)
    if error := camel(chunk.get("error")):
        return joined(error.get("status"), error.get("message")) or native(kind, value)
    if "candidates" not in chunk and "promptFeedback" not in chunk:
        return counts(chunk.get("usageMetadata")) or native(kind, value)
    candidates = [camel(candidate) for candidate in each(chunk, "candidates")]
    said = [word for candidate in candidates for word in _candidate(candidate)]
    reason = camel(chunk.get("promptFeedback")).get("blockReason")
    blocked = f"blockReason {reason}" if reason else ""
    over = not said or blocked or any(candidate.get("finishReason") for candidate in candidates)
    return joined(*said, blocked, counts(chunk.get("usageMetadata")) if over else "")


def _candidate(candidate: Wire) -> Iterator[str]:
    for part in each(camel(candidate.get("content")), "parts"):
        yield from _part(camel(part))
    if reason := candidate.get("finishReason"):
        yield f"finishReason {reason}"


def _part(part: Wire) -> Iterator[str]:
    for key, said in part.items():
        if key == "text" and said:
            yield f"thought {said}" if part.get("thought") is True else str(said)
        elif isinstance(said, Mapping):
            name, rest = said.get("name"), told({**camel(said), "name": None}, _TELLING)
            yield " ".join(str(word) for word in (key, name, rest) if word)
        elif key == "thoughtSignature" and said:
            yield key


# The settings that google-genai 3.6.1 knows; any other goes as it is.
SETTINGS = frozenset(
    {
        *("audioTranscriptionConfig", "cachedContent", "candidateCount", "continuationToken"),
        *("enableEnhancedCivicAnswers", "frequencyPenalty", "imageConfig", "labels", "logprobs"),
        *("maxOutputTokens", "mediaResolution", "presencePenalty", "responseJsonSchema", "responseLogprobs"),
        *("responseMimeType", "responseModalities", "responseSchema", "safetySettings", "seed"),
        *("serviceTier", "speechConfig", "stopSequences", "store", "systemInstruction", "temperature"),
        *("thinkingConfig", "toolConfig", "tools", "topK", "topP"),
    }
)


def call(path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the client's method takes: the model, and all settings in one place."""
    inside, beside = inner(body, "generationConfig"), {"contents", "generationConfig"}
    said = {**inside, **{key: value for key, value in body.items() if key not in beside}}
    config = {key: value for key, value in said.items() if key in SETTINGS}
    unknown = {key: value for key, value in inside.items() if key not in SETTINGS}
    others = {key: value for key, value in body.items() if key not in SETTINGS | beside}
    others |= {"generationConfig": unknown} if unknown else {}
    config |= {"httpOptions": {"extraBody": others}} if others else {}
    contents = body.get("contents", [])
    return {"model": path.partition(":")[0], "contents": contents, **({"config": config} if config else {})}


PROFILE = Profile(
    service=Service(
        "gemini_generate_content",
        "Gemini generateContent",
        "https://generativelanguage.googleapis.com",
        models=(
            *("gemini-2.5-flash", "gemini-3.8-flash"),
            *("gemini-4-hydrogen", "gemini-4-neon", "gemini-4-carbon", "gemini-4-argon"),
            *("gemini-3.5-flash-lite", "gemini-3.1-pro-preview"),
        ),
        keys=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        address="GOOGLE_GEMINI_BASE_URL",
        header="x-goog-api-key",
        looked_up="2026-12-01",  # google-genai 3.6.1
    ),
    sdk=Sdk(
        "google-genai",
        "from google import genai",
        "genai.Client",
        "client.models.generate_content_stream",
        "/models/",
        "model contents config",
        keys=("x-goog-api-key",),
        options="http_options",
        version="api_version",
        call=call,
    ),
    prices="google",
    refusals={
        **dict.fromkeys(
            (
                *(
                    "safety",
                    "recitation",
                    "language",
                    "blocklist",
                    "prohibited_content",
                    "spii",
                    "model_armor",
                ),
                *("image_safety", "image_prohibited_content", "image_recitation", "jailbreak", "escalation"),
            ),
            "blocked",
        ),
        **dict.fromkeys(
            (
                *("malformed_function_call", "malformed_response", "unexpected_tool_call"),
                "too_many_tool_calls",
            ),
            "bad_tool_call",
        ),
        **dict.fromkeys(("unauthenticated", "api_key_invalid"), "key"),
        **dict.fromkeys(("deadline_exceeded", "cancelled"), "late"),
        "missing_thought_signature": "no_signature",
        "invalid_argument": "refused",
        "failed_precondition": "setup",
        "permission_denied": "forbidden",
        "not_found": "no_model",
        "resource_exhausted": "often",
        "unavailable": "busy",
        "internal": "down",
    },
    messages={
        "api key": "key",
        "location is not supported": "region",
        "thought signature": "no_signature",
        "thought_signature": "no_signature",
        "token count exceeds": "long",
        "overloaded": "busy",
    },
    vague=frozenset({"invalid_argument", "failed_precondition", "internal"}),
    gist=gist,
)
