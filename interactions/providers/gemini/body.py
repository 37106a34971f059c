"""The body of a request to Gemini's Interactions API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from interactions.conversations.history import wire_input, wire_steps
from interactions.conversations.kinds import VERSIONS
from interactions.conversations.request import Input, Options, Request, input_steps
from interactions.providers.gemini.steps import ACCEPTED
from interactions.providers.shared.fields import Fields, address, one_of, part_of, set_only, to, written
from interactions.turns.steps import Wire

LEVELS = ("minimal", "low", "medium", "high", "xhigh")
SUMMARIES = ("auto", "none")
CHOICES = ("auto", "any", "none", "validated")
TIERS = ("standard", "flex", "priority", "deferred")


def _formats(options: Options) -> Wire | Sequence[Wire] | None:
    """A schema is the format of a text, which may be one of several parts of an answer."""
    schema, others = options.response_schema, options.response_format
    if not schema:
        return others
    text = {"type": "text", "mime_type": "application/json", "schema": schema}
    if not others:
        return text
    return [text, *([others] if isinstance(others, Mapping) else others)]


SETTINGS: Fields = {
    "model": to("model"),
    "agent": to("agent"),
    "system_instruction": to("system_instruction"),
    "temperature": to("generation_config.temperature"),
    "top_p": to("generation_config.top_p"),
    "max_output_tokens": to("generation_config.max_output_tokens"),
    "thinking_level": one_of("generation_config.thinking_level", LEVELS),
    "thinking_summaries": one_of("generation_config.thinking_summaries", SUMMARIES),
    "seed": to("generation_config.seed"),
    "stop_sequences": to("generation_config.stop_sequences"),
    "background": to("background", lambda on: on or None),
    "tools": to("tools"),
    "tool_choice": one_of("generation_config.tool_choice", CHOICES),
    "speech_config": to("generation_config.speech_config"),
    "image_config": to("generation_config.image_config"),
    "response_schema": part_of("response_format", _formats),
    "response_format": part_of("response_format", _formats),
    "service_tier": one_of("service_tier", TIERS),
    "safety_settings": to("safety_settings"),
    "labels": to("labels"),
    "environment": to("environment"),
    "agent_config": part_of("agent_config", lambda options: options.agent and options.agent_config),
    "store": to("store"),
    "api_version": address(VERSIONS),
}
_OF_A_MODEL = frozenset({"model", "generation_config"})  # an agent brings its own, and the API refuses both


def body(request: Request) -> dict[str, Any]:
    """The JSON body of a request, without the fields that are unset."""
    options, history = request.options, wire_steps(request.history, ACCEPTED)
    left_out = _OF_A_MODEL if options.agent else frozenset()
    fields = {
        "input": (*history, *wire_input(input_steps(request.input), ACCEPTED))
        # With a history all is one list of steps; alone, the input is sent as the user gave it.
        if history
        else _input(request.input),
        "previous_interaction_id": request.previous_interaction_id,
        "continuation_token": request.continuation_token,
    }
    return {
        **{name: value for name, value in written(SETTINGS, options).items() if name not in left_out},
        **set_only(fields),
        "stream": True,
    }


def _input(given: Input) -> Input:
    return given if isinstance(given, str) else wire_input(given, ACCEPTED)


def history_steps(request: Request) -> int:
    """The number of steps in the body that belong to earlier turns."""
    return len(wire_steps(request.history, ACCEPTED)) if request.history else 0


def changed_input(request: Request) -> object:
    """The input as the user gave it, if files in it are sent in another form; else `UNSET`."""
    own = input_steps(request.input)
    return own if wire_input(own, ACCEPTED) != own else UNSET
