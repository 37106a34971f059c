"""A request as generateContent takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from interactions.conversations.kinds import VERSIONS
from interactions.conversations.request import Options, Request
from interactions.providers.generate_content.history import contents
from interactions.providers.generate_content.names import camel
from interactions.providers.shared.fields import Fields, address, one_of, part_of, set_only, to, written
from interactions.turns.steps import Wire
from interactions.turns.values import inner, word

LEVELS = ("minimal", "low", "medium", "high", "xhigh")
SUMMARIES: Mapping[str, bool] = {"auto": True, "none": False}
CHOICES = ("auto", "any", "none", "validated")
TIERS = ("standard", "flex", "priority")

_CONFIG = "generationConfig"
_FUNCTIONS = "functionDeclarations"
_HARM = "HARM_CATEGORY_"
_SEARCHES = {"web_search": "webSearch", "image_search": "imageSearch"}


def body(request: Request) -> dict[str, Any]:
    """The JSON of a request; what is unset is left out. The model and the version are in the address."""
    made = {"contents": contents(request), **written(SETTINGS, request.options)}
    if "responseJsonSchema" in inner(made, _CONFIG):
        made[_CONFIG] = {**made[_CONFIG], "responseMimeType": "application/json"}
    tools = made.get("tools", ())
    if any(_FUNCTIONS in tool for tool in tools) and any(set(tool) - {_FUNCTIONS} for tool in tools):
        # Tools that run over there go beside functions only if their calls are told.
        made["toolConfig"] = {**made.get("toolConfig", {}), "includeServerSideToolInvocations": True}
    return {**made, **set_only({"continuationToken": request.continuation_token})}


def _instruction(text: str) -> Wire | None:
    return {"parts": [{"text": text}]} if text else None


def _tools(tools: Iterable[Wire]) -> list[Wire]:
    """The functions are one tool together; of the others, each has a field by its name."""
    functions = [_function(tool) for tool in tools if tool.get("type") == "function"]
    others = [_tool(tool) for tool in tools if tool.get("type") != "function"]
    return [*([{_FUNCTIONS: functions}] if functions else []), *others]


def _function(tool: Wire) -> Wire:
    declared = {
        key: value for key, value in camel(tool).items() if key not in {"type", "parameters", "strict"}
    }
    return {**declared, **set_only({"parametersJsonSchema": tool.get("parameters")})}


def _tool(tool: Wire) -> Wire:
    """One without a type is written as this API has it."""
    kind = word(tool, "type")
    if not kind:
        return tool
    fields = {key: value for key, value in camel(tool).items() if key != "type"}
    searches = fields.get("searchTypes")
    if isinstance(searches, list):
        fields["searchTypes"] = {_SEARCHES.get(str(one), str(one)): {} for one in searches}
    return {next(iter(camel({kind: 0}))): fields}


def _safety(settings: Iterable[Wire] | None) -> list[Wire]:
    return [_threshold(camel(one)) for one in settings or ()]


def _threshold(setting: Wire) -> Wire:
    """As this API has it, from its own words or those of Interactions."""
    category = str(setting.get("category") or setting.get("type") or "").upper()
    others = {key: value for key, value in setting.items() if key not in {"category", "type"}}
    upper = {key: value.upper() if isinstance(value, str) else value for key, value in others.items()}
    return {"category": category if category.startswith(_HARM) else _HARM + category, **upper}


def _speech(config: Wire | Iterable[Wire] | None) -> Wire | None:
    """A voice, or one for each speaker; what is in this API's words already stays as it is."""
    if not config:
        return None
    voices = [config] if isinstance(config, Mapping) else list(config)
    if not any("voice" in one or "speaker" in one or "language" in one for one in voices):
        return camel(dict(voices[0]))
    language = next((one["language"] for one in voices if one.get("language")), None)
    spoken = [{"speaker": one["speaker"], **_voice(one)} for one in voices if one.get("speaker")]
    several = {"multiSpeakerVoiceConfig": {"speakerVoiceConfigs": spoken}} if spoken else _voice(voices[0])
    return {**several, **set_only({"languageCode": language})}


def _voice(one: Wire) -> Wire:
    voice = word(one, "voice")
    return {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": voice}}} if voice else {}


def _formats(options: Options) -> list[Wire]:
    told = options.response_format
    return [] if not told else [told] if isinstance(told, Mapping) else list(told)


def _modalities(options: Options) -> list[str]:
    kinds = [word(one, "type").upper() for one in _formats(options)]
    return [
        *(["TEXT"] if kinds and options.response_schema and "TEXT" not in kinds else []),
        *filter(None, kinds),
    ]


def _pictures(options: Options) -> Wire:
    """How pictures are to be, from either setting."""
    formats = (one for one in _formats(options) if one.get("type") == "image")
    told = {key: one[key] for one in formats for key in ("aspect_ratio", "image_size") if key in one}
    return camel({**told, **(options.image_config or {})})


SETTINGS: Fields = {
    "model": address(()),
    "api_version": address(VERSIONS),
    "system_instruction": to("systemInstruction", _instruction),
    "temperature": to(f"{_CONFIG}.temperature"),
    "top_p": to(f"{_CONFIG}.topP"),
    "max_output_tokens": to(f"{_CONFIG}.maxOutputTokens"),
    "stop_sequences": to(f"{_CONFIG}.stopSequences", list),
    "seed": to(f"{_CONFIG}.seed"),
    "thinking_level": one_of(
        f"{_CONFIG}.thinkingConfig.thinkingLevel", LEVELS, {level: level.upper() for level in LEVELS}
    ),
    "thinking_budget": to(f"{_CONFIG}.thinkingConfig.thinkingBudget"),
    "thinking_summaries": one_of(f"{_CONFIG}.thinkingConfig.includeThoughts", tuple(SUMMARIES), SUMMARIES),
    "response_schema": to(f"{_CONFIG}.responseJsonSchema"),
    "response_format": part_of(f"{_CONFIG}.responseModalities", _modalities),
    "speech_config": to(f"{_CONFIG}.speechConfig", _speech),
    "image_config": part_of(f"{_CONFIG}.imageConfig", _pictures),
    "tools": to("tools", _tools),
    "tool_choice": one_of(
        "toolConfig.functionCallingConfig.mode", CHOICES, {choice: choice.upper() for choice in CHOICES}
    ),
    "safety_settings": to("safetySettings", _safety),
    "labels": to("labels"),
    "service_tier": one_of("serviceTier", TIERS),
}
